/** The program: finds the command, runs it, and is the only place that catches and sets the exit code. */
import { parsePlainly } from './commands/plain.js';
import { entries, entryNamed } from './commands/table.js';
import { BlackboxError } from './errors.js';
import { nodeHost } from './host/host.js';
import type { Host } from './host/types.js';
import { version } from './version.js';

/** Runs a command line that needs no commander to be understood; null for any other. */
async function runPlainly(host: Host, argv: readonly string[]): Promise<number | null> {
  const [first, second] = argv;
  const entry = entryNamed(entries, first, second);
  if (entry === undefined) return null;
  const command = await entry.load();
  const given = parsePlainly(command, argv.slice(entry.name.split(' ').length));
  return given === null ? null : ((await command.run(host, given)) ?? 0);
}

async function run(host: Host, argv: readonly string[]): Promise<number> {
  const code = await runPlainly(host, argv);
  if (code !== null) return code;
  const { runProgram } = await import('./commands/program.js');
  return runProgram(host, { entries, version }, argv);
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
  if (!(error instanceof BlackboxError)) return reportBug(host, error);
  host.terminal.say(`blackbox-ts: ${error.message}`);
  return error.exitCode;
}

/** Runs one command line. @returns the exit code */
export async function main(argv: readonly string[], host: Host = nodeHost()): Promise<number> {
  try {
    return await run(host, argv);
  } catch (error) {
    return report(host, error);
  }
}
