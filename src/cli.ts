/** The program: finds the command and runs it. */
import { checkTogether } from './commands/command.js';
import { parsePlainly } from './commands/plain.js';
import { entries, entryNamed } from './commands/table.js';
import { nodeHost } from './host/host.js';
import type { Host } from './host/types.js';
import { runMain } from './main.js';
import { version } from './version.js';

/** Runs a command line that needs no commander to be understood; null for any other. */
async function runPlainly(host: Host, argv: readonly string[]): Promise<number | null> {
  const [first, second] = argv;
  const entry = entryNamed(entries, first, second);
  if (entry === undefined) return null;
  const command = await entry.load();
  const given = parsePlainly(command, argv.slice(entry.name.split(' ').length));
  if (given === null) return null;
  checkTogether(command, given);
  return (await command.run(host, given)) ?? 0;
}

async function run(host: Host, argv: readonly string[]): Promise<number> {
  const code = await runPlainly(host, argv);
  if (code !== null) return code;
  const { runProgram } = await import('./commands/program.js');
  return runProgram(host, { entries, version }, argv);
}

/** Runs one command line. @returns the exit code */
export function main(argv: readonly string[], host: Host = nodeHost(true)): Promise<number> {
  return runMain(host, () => run(host, argv));
}
