/** `blackbox-ts cat` alone, as it is usually typed: scripts call it again and again, so it has an entry of its own, of what it needs. */
import { command } from './commands/cat.js';
import { parsePlainly } from './commands/plain.js';
import { nodeHost } from './host/host.js';
import type { Host } from './host/types.js';
import { runMain } from './main.js';

/** @returns the exit code; null for a command line that the whole program has to look at */
export async function main(argv: readonly string[], host: Host = nodeHost(true)): Promise<number | null> {
  const given = parsePlainly(command, argv.slice(1));
  return given === null ? null : runMain(host, async () => (await command.run(host, given)) ?? 0);
}
