/** The only place that catches: whatever a program of ours throws becomes words and an exit code. */
import { BlackboxError } from './errors.js';
import type { Host } from './host/types.js';
import { version } from './version.js';

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

/** @returns the exit code */
export async function runMain(host: Host, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    return report(host, error);
  }
}
