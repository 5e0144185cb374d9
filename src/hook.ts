/**
 * `blackbox-ts guard --hook pre-commit` alone: every commit waits for it, so it has an entry of its own, of few files and nothing that it does
 * not need.
 */
import { command } from './commands/guard.js';
import { nodeHost } from './host/host.js';
import type { Host } from './host/types.js';
import { runMain } from './main.js';

/** @returns the exit code */
export function main(argv: readonly string[], host: Host = nodeHost()): Promise<number> {
  const [, , hook = ''] = argv;
  return runMain(host, async () => (await command.run(host, { args: [], options: { hook } })) ?? 0);
}
