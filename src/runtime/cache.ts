/**
 * Remembering opened file keys in somebody else's store, for identities that are slow or ask for a touch. What lies there is sealed under a key
 * that does not; it opens for one sealed file, as it is, and for a time. A store that fails, lies or forgets costs time and nothing else.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { FileKeyCache } from '../vault/file-key-cache.js';
import type { SealedInfo, Vault } from '../vault/types.js';
import { localKey } from '../vault/vault.js';
import { badOption } from './errors.js';
import { checkNames } from './options.js';
import { Secret } from './secret.js';
import type { CacheOptions, CacheStore } from './types.js';

const usualTtl = 15 * 60 * 1000;
/** In ms: a store that is there answers sooner, and many a client waits for one that is not for ever. */
const longestAnswer = 2000;
const [nonceLength, tagLength, expiryLength] = [12, 16, 8];

interface Keys {
  readonly seal: Buffer;
  readonly name: Buffer;
}

/** A clone's own key. Where there is no clone, as in an image, there is no place for one. */
function ownKey(vault: Vault): Uint8Array {
  if (vault.host.files.stat(vault.repository.gitDir) === null)
    throw badOption('cache', 'needs a key where there is no clone');
  return localKey(vault);
}

function keysOf(vault: Vault, given: CacheOptions['key']): Keys {
  const value: unknown = given instanceof Secret ? given.reveal() : (given ?? ownKey(vault));
  const isKey = (typeof value === 'string' || value instanceof Uint8Array) && Buffer.byteLength(value) >= 32;
  if (!isKey) throw badOption('cache', 'has a key of fewer than 32 bytes');
  const derive = (what: string) => Buffer.from(hkdfSync('sha256', value, '', `blackbox-ts cache 1 ${what}`, 32));
  return { seal: derive('seal'), name: derive('name') };
}

/** What an entry is bound to: this vault, this file, with these recipients and this content. */
function bindingOf(vault: Vault, file: string, info: SealedInfo): Buffer {
  const { header, stanzas, payload, seal } = info;
  const parts = [vault.id, file, header.length, stanzas, info.digest, payload, seal?.payload ?? ''];
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

function sealed({ seal }: Keys, binding: Buffer, fileKey: Uint8Array, end: number): string {
  const [nonce, expiry] = [randomBytes(nonceLength), Buffer.alloc(expiryLength)];
  expiry.writeBigUInt64BE(BigInt(end));
  const cipher = createCipheriv('aes-256-gcm', seal, nonce);
  cipher.setAAD(Buffer.concat([binding, expiry]));
  const body = Buffer.concat([cipher.update(fileKey), cipher.final()]);
  return Buffer.concat([nonce, expiry, body, cipher.getAuthTag()]).toString('base64');
}

function opened({ seal }: Keys, binding: Buffer, entry: unknown): Buffer | null {
  const raw = typeof entry === 'string' ? Buffer.from(entry, 'base64') : Buffer.alloc(0);
  if (raw.length <= nonceLength + expiryLength + tagLength) return null;
  const expiry = raw.subarray(nonceLength, nonceLength + expiryLength);
  if (expiry.readBigUInt64BE() <= BigInt(Date.now())) return null;
  const decipher = createDecipheriv('aes-256-gcm', seal, raw.subarray(0, nonceLength), { authTagLength: tagLength });
  decipher.setAAD(Buffer.concat([binding, expiry]));
  decipher.setAuthTag(raw.subarray(-tagLength));
  const body = decipher.update(raw.subarray(nonceLength + expiryLength, -tagLength));
  try {
    return Buffer.concat([body, decipher.final()]);
  } catch {
    return null;
  }
}

function isStore(value: object): value is CacheStore {
  return (
    typeof (value as Partial<CacheStore>).get === 'function' && typeof (value as Partial<CacheStore>).set === 'function'
  );
}

const late = new (class NoAnswer extends Error {
  override readonly name = 'no answer';
})();

async function inTime<T>(work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), longestAnswer);
  });
  return Promise.race([work(), tooLate]).finally(() => clearTimeout(timer));
}

type Asking = <T>(work: () => Promise<T>) => Promise<T | null>;

/** Without the store it takes longer, and that is all: but somebody should know. Whoever does not answer is not asked again. */
function orWarn(): Asking {
  let isSilent = false;
  return async (work) => {
    if (isSilent) return null;
    try {
      return await inTime(work);
    } catch (error) {
      isSilent ||= error === late;
      const why = error instanceof Error ? error.name : typeof error;
      process.emitWarning(`the cache does not answer (${why}): keys are asked instead`, { code: 'BLACKBOX_CACHE' });
      return null;
    }
  };
}

/** @throws ERR_BLACKBOX_BAD_OPTION */
export function fileKeyCache(vault: Vault, given: CacheStore | CacheOptions): FileKeyCache {
  const options: CacheOptions =
    typeof given === 'object' && given !== null && isStore(given) ? { store: given } : given;
  checkNames(options, ['store', 'ttl', 'key'], 'a store with its options: { store, ttl: 60_000 }');
  const { store, ttl = usualTtl } = options;
  if (typeof store !== 'object' || store === null || !isStore(store))
    throw badOption('cache', 'is no store: it lacks get and set');
  if (!(Number.isSafeInteger(ttl) && ttl > 0)) throw badOption('cache', 'is to keep entries for no time: ttl');
  const keys = keysOf(vault, options.key);
  const asked = orWarn();
  const place = (binding: Buffer) => `blackbox-ts:${createHmac('sha256', keys.name).update(binding).digest('hex')}`;
  return {
    get: async (file, info) => {
      const binding = bindingOf(vault, file, info);
      return opened(keys, binding, await asked(async () => store.get(place(binding))));
    },
    put: async (file, info, fileKey) => {
      const binding = bindingOf(vault, file, info);
      const entry = sealed(keys, binding, fileKey, Date.now() + ttl);
      await asked(async () => store.set(place(binding), entry, ttl));
    },
  };
}
