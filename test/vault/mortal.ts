/** A host that dies between any two things it does. */
import type { Files, GitPort, Write } from '../../src/host/types.js';
import type { VaultHost } from '../../src/vault/index.js';

export class Death extends Error {}

/** What would be put in place, headers included: they can be told when all contents have been written. */
async function inMemory(writes: readonly Write[], beforeHeads?: () => Promise<void>): Promise<Write[]> {
  const contents = writes.map(({ content }) => (content instanceof Uint8Array ? [content] : [...content()]));
  if (writes.some(({ head }) => head !== undefined)) await beforeHeads?.();
  return writes.map(({ path, mode, head }, i) => {
    const content = Buffer.concat([head?.bytes() ?? Buffer.alloc(0), ...(contents[i] ?? [])]);
    return { path, mode, content };
  });
}

/** Dies before the n-th change; `replace` is one change for each file, as its renames are. */
export function mortalHost(host: VaultHost, n: number): { host: VaultHost; died: () => boolean } {
  let left = n;
  const tick = () => {
    if (left-- === 0) throw new Death();
  };
  const dying =
    <A extends unknown[], R>(work: (...args: A) => R) =>
    (...args: A): R => {
      tick();
      return work(...args);
    };
  const files: Files = {
    ...host.files,
    replace: async (writes, journal, on = {}) => {
      const whole = await inMemory(writes, on.contents);
      for (const write of whole) {
        tick();
        await host.files.replace([write], journal);
      }
    },
    writeLocal: dying(host.files.writeLocal),
    remove: dying(host.files.remove),
    shred: dying(host.files.shred),
  };
  const git: GitPort = {
    findBare: host.git.findBare,
    find: host.git.find,
    open: (repository) => {
      const opened = host.git.open(repository);
      return { ...opened, stage: dying(opened.stage), unstage: dying(opened.unstage) };
    },
  };
  return { host: { ...host, files, git }, died: () => left < 0 };
}
