/** The program: finds the command, runs it, and is the only place that catches and sets the exit code. */
import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander';
import type { Command, Given } from './commands/command.js';
import { type Entry, entries } from './commands/table.js';
import { BlackboxError } from './errors.js';
import { nodeHost } from './host/host.js';
import type { Host } from './host/types.js';
import { version } from './version.js';

const exitCodes = 'Exit codes: 0 done, 1 refused or failed, 2 usage, 3 findings, 70 a bug.';

/** The entry whose name stands at the beginning of the command line, options aside. */
function invoked(argv: readonly string[]): Entry | undefined {
  const [first, second] = argv.filter((word) => !word.startsWith('-'));
  return entries.find((e) => e.name === first || e.name === `${first} ${second}`);
}

function describe(target: Commander, command: Command): void {
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
function place(program: Commander, entry: Entry): Commander {
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

function asGiven(target: Commander): Given {
  return {
    args: target.processedArgs.flat().filter((a): a is string => typeof a === 'string'),
    options: target.opts(),
  };
}

async function build(host: Host, argv: readonly string[], onDone: (code: number) => void): Promise<Commander> {
  const program = new Commander('blackbox-ts')
    .description("A team's secrets in its own git repository, encrypted for the people who may read them.")
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined, writeOut: (text) => host.terminal.data(text) });
  const chosen = invoked(argv);
  for (const entry of entries) {
    const target = place(program, entry).description(entry.summary).copyInheritedSettings(program);
    if (entry !== chosen) continue;
    const command = await entry.load();
    describe(target, command);
    target.action(async () => onDone((await command.run(host, asGiven(target))) ?? 0));
  }
  program.addHelpText('after', `\n${exitCodes}\nTo see it all at work: blackbox-ts demo`);
  return program;
}

function reportUsage(host: Host, error: CommanderError): number {
  if (error.exitCode === 0) return 0;
  // Commander shows help for a group without a verb through this code; its text has been printed.
  const sentence = error.code === 'commander.help' ? 'which one?' : error.message.replace(/^error: /, '');
  host.terminal.say(`blackbox-ts: ${sentence}`);
  host.terminal.say('  to see what there is: blackbox-ts --help');
  return 2;
}

function reportBug(host: Host, error: unknown): number {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  host.terminal.say(
    `blackbox-ts: this is a bug in blackbox-ts ${version} (Node ${process.version}); please report it with these lines`,
  );
  host.terminal.say(trace);
  return 70;
}

function report(host: Host, error: unknown): number {
  if (error instanceof CommanderError) return reportUsage(host, error);
  if (!(error instanceof BlackboxError)) return reportBug(host, error);
  host.terminal.say(`blackbox-ts: ${error.message}`);
  return error.exitCode;
}

/** Runs one command line. @returns the exit code */
export async function main(argv: readonly string[], host: Host = nodeHost()): Promise<number> {
  let code = 0;
  try {
    const program = await build(host, argv, (result) => {
      code = result;
    });
    if (argv.length === 0) {
      host.terminal.data(program.helpInformation());
      return 0;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return report(host, error);
  }
}
