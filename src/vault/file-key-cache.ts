/** File keys that were opened before: for identities that are slow or want a touch. */
import { verifyHeader } from '../age/index.js';
import type { SealedInfo } from './types.js';

/** Where they may be found. What it gives is checked like any other; it must not throw. */
export interface FileKeyCache {
  get(file: string, info: SealedInfo): Promise<Uint8Array | null>;
  put(file: string, info: SealedInfo, fileKey: Uint8Array): Promise<void>;
}

function isKeyOf({ header }: SealedInfo, fileKey: Uint8Array): boolean {
  try {
    verifyHeader(header, fileKey);
    return true;
  } catch {
    return false;
  }
}

/** The file key from the cache, else what `ask` answers, which is remembered. */
export async function rememberedKey(
  cache: FileKeyCache | undefined,
  file: string,
  info: SealedInfo,
  ask: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  if (cache === undefined) return ask();
  const known = await cache.get(file, info);
  if (known !== null && isKeyOf(info, known)) return known;
  const fileKey = await ask();
  await cache.put(file, info, fileKey);
  return fileKey;
}
