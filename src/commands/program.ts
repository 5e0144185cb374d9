/** The whole command line, as commander sees it: help, usage errors, and every way to write an option. */
import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander';
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { type Command, checkTogether, type Given } from './command.js';
import { type Entry, entryNamed } from './table.js';

const exitCodes = 'Exit codes: 0 done, 1 refused or failed, 2 usage, 3 findings, 70 a bug.';

/** What the program is made of. Handed in, so that the file that needs it every time holds it. */
export interface Parts {
  readonly entries: readonly Entry[];
  readonly version: string;
}

/** The entry whose name stands at the beginning of the command line, options aside. */
function invoked(entries: readonly Entry[], argv: readonly string[]): Entry | undefined {
  const [first, second] = argv.filter((word) => !word.startsWith('-'));
  return entryNamed(entries, first, second);
}

function describe(target: Commander, command: Command): void {
  if (command.passThrough === true) target.passThroughOptions();
  for (const arg of command.args ?? []) target.argument(arg.name, arg.what);
  for (const option of command.options ?? []) {
    const made = new CommanderOption(option.flags, option.what);
    if (option.many === true)
      made.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
    target.addOption(made);
  }
  const examples = command.examples.map(([line, what]) => `  $ ${line}\n      ${what}`).join('\n');
  const details = command.details === undefined ? '' : `\n${command.details}\n`;
  target.addHelpText('after', `${details}\nExamples:\n${examples}\n\n${exitCodes}`);
}

/** The commander command for `a b`, with its parents made as needed. */
function place(program: Commander, entries: readonly Entry[], entry: Entry): Commander {
  const [first = '', second] = entry.name.split(' ');
  if (second === undefined)
    return program
      .command(first, { hidden: entry.hidden === true })
      .summary(entry.summary)
      .helpGroup(entry.group);
  const known = program.commands.find((c) => c.name() === first);
  const parent = known ?? program.command(first).helpGroup(entry.group);
  if (known === undefined) {
    const verbs = entries.filter((e) => e.name.startsWith(`${first} `)).map((e) => e.name.split(' ')[1]);
    parent.summary(verbs.join(', '));
  }
  return parent.command(second).summary(entry.summary);
}

/** Commander calls `--no-groups` a `groups` that is false, and true when nothing was said. Here it goes by its own name, like any flag. */
function optionsOf(target: Commander): Given['options'] {
  const options: Record<string, string | boolean | string[]> = target.opts();
  for (const option of target.options.filter((o) => o.negate)) {
    const name = option.attributeName();
    if (options[name] === false) options[`no${name[0]?.toUpperCase()}${name.slice(1)}`] = true;
    delete options[name];
  }
  return options;
}

function asGiven(target: Commander): Given {
  return {
    args: target.processedArgs.flat().filter((a): a is string => typeof a === 'string'),
    options: optionsOf(target),
  };
}

/** What commander makes of the words after a command's name. Throws CommanderError. For a test, beside {@link parsePlainly}. */
export function parseFully(command: Command, words: readonly string[]): Given {
  const target = new Commander('command')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  describe(target, command);
  target.parse([...words], { from: 'user' });
  return asGiven(target);
}

async function build(
  host: Host,
  { entries, version }: Parts,
  argv: readonly string[],
  onDone: (code: number) => void,
): Promise<Commander> {
  const program = new Commander('blackbox-ts')
    .description("A team's secrets in its own git repository, encrypted for the people who may read them.")
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined, writeOut: (text) => host.terminal.data(text) });
  const chosen = invoked(entries, argv);
  for (const entry of entries) {
    const target = place(program, entries, entry).description(entry.summary).copyInheritedSettings(program);
    if (entry !== chosen) continue;
    const command = await entry.load();
    if (command.passThrough === true) program.enablePositionalOptions();
    describe(target, command);
    target.action(async () => {
      const given = asGiven(target);
      checkTogether(command, given);
      onDone((await command.run(host, given)) ?? 0);
    });
  }
  program.addHelpText('after', `\n${exitCodes}\nTo see it all at work: blackbox-ts demo`);
  return program;
}

/** @param entry the command that was meant, as far as it can be told */
function usage(error: CommanderError, entry: Entry | undefined): BlackboxError {
  // Commander shows help for a group without a verb through this code; its text has been printed.
  const sentence = error.code === 'commander.help' ? 'which one?' : error.message.replace(/^error: /, '');
  return new BlackboxError('ERR_BLACKBOX_USAGE', sentence, {
    hints: [`to see what there is: blackbox-ts ${entry === undefined ? '' : `${entry.name} `}--help`],
    exitCode: 2,
  });
}

/** Runs whatever the command line says. @returns the exit code. @throws ERR_BLACKBOX_USAGE, and what the command throws */
export async function runProgram(host: Host, parts: Parts, argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = await build(host, parts, argv, (result) => {
    code = result;
  });
  if (argv.length === 0) {
    host.terminal.data(program.helpInformation());
    return 0;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usage(error, invoked(parts.entries, argv));
  }
  return code;
}
