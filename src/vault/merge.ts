/** Two versions of a sealed file made into one, as git asks when both branches have written it. */
import { BlackboxError } from '../errors.js';
import type { Keyring } from './keyring.js';
import { openBytes } from './open.js';
import { inspectSealed } from './sealed.js';
import type { Vault } from './types.js';

/** The three versions that git hands over. Empty where there is none. */
export interface Versions {
  readonly base: Buffer;
  readonly ours: Buffer;
  readonly theirs: Buffer;
}

type Side = 'ours' | 'theirs';

/** Which side has the content that both come to; null when both have changed it. */
function decide(base: string | null, ours: string | null, theirs: string | null): Side | null {
  if (ours === null || theirs === null) return null;
  if (ours === theirs || base === theirs) return 'ours';
  return base === ours ? 'theirs' : null;
}

/** What stands for a version's content, without any key: a payload is encrypted anew only when a file key is. */
function payloadOf(bytes: Buffer, path: string): string | null {
  try {
    return inspectSealed(bytes, path).seal?.payload ?? null;
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

async function contentOf(vault: Vault, bytes: Buffer, path: string, keyring: Keyring): Promise<string | null> {
  try {
    return bytes.length === 0 ? null : (await openBytes(vault, path, bytes, keyring)).toString('base64');
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

/**
 * The side to keep, whole: its signature stays good, and `reencrypt` brings it to the readers of the merged roster. null when both have changed
 * the content, or it cannot be told: that is a person's to decide.
 * @param path of the sealed file
 */
export async function mergeSealed(
  vault: Vault,
  path: string,
  versions: Versions,
  keyring: Keyring,
): Promise<Side | null> {
  const { base, ours, theirs } = versions;
  const told = decide(payloadOf(base, path), payloadOf(ours, path), payloadOf(theirs, path));
  if (told !== null) return told;
  const open = (bytes: Buffer) => contentOf(vault, bytes, path, keyring);
  return decide(await open(base), await open(ours), await open(theirs));
}
