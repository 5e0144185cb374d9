/** The library: all that is promised to programs that depend on this package. */
import { decrypt as decryptWith, encrypt as encryptWith, type Identities, type Recipients } from './age/file.js';
import { nodeHost } from './host/host.js';
import { type Cipher, type CipherKey, newCipher } from './runtime/cipher.js';
import { load, loadBytes, loadBytesSync, loadSync, openWritable } from './runtime/load.js';
import { mocked } from './runtime/mock.js';
import type { OutputOf, Schema } from './runtime/schema.js';
import { revealed } from './runtime/sealed.js';
import type {
  LoadOptions,
  OpenedVault,
  OpenOptions,
  Revealed,
  SchemaOptions,
  Secrets,
  Shape,
  Watching,
  WatchOptions,
} from './runtime/types.js';
import { follow } from './runtime/watch.js';

// From the files that hold them: the layer's index would bring the types of packages that a consumer need not have.
export {
  decryptSync,
  encryptSync,
  type Identities,
  type Passphrase,
  type Recipients,
} from './age/file.js';
export type { Identity, Recipient, Signer, Stanza } from './age/types.js';
export { generateIdentity } from './age/x25519.js';
export { BlackboxError, codes, type ErrorCode, type FailureDetails } from './errors.js';
export type { Tree, Value } from './formats/types.js';
export type { Cipher, CipherKey, EncryptOptions } from './runtime/cipher.js';
export type { Origin } from './runtime/layers.js';
export { asPublic, type Public } from './runtime/public.js';
export type { OutputOf, Schema, SchemaDictionary, StandardSchema } from './runtime/schema.js';
export { Secret } from './runtime/secret.js';
export type {
  Access,
  CacheOptions,
  CacheStore,
  LoadOptions,
  Name,
  OpenedVault,
  OpenOptions,
  Registered,
  Revealed,
  SchemaOptions,
  Sealed,
  Secrets,
  Untyped,
  UntypedValue,
  Watching,
  WatchOptions,
} from './runtime/types.js';

/**
 * Encrypts bytes as a binary age v1 file, for every kind of key. For one of an age plugin, that runs `age-plugin-<name>` from the `PATH`.
 *
 * Throws a BlackboxError: `ERR_BLACKBOX_NO_RECIPIENTS`, `ERR_BLACKBOX_BAD_RECIPIENT` for a key that cannot be used,
 * `ERR_BLACKBOX_PRIVATE_KEY_GIVEN`, `ERR_BLACKBOX_PLUGIN_MISSING`, `ERR_BLACKBOX_PLUGIN_FAILED`, `ERR_BLACKBOX_TOO_MANY_RECIPIENTS` above 1,024.
 *
 * @example
 * ```ts
 * const { identity, recipient } = generateIdentity();
 * const sealed = await encrypt(Buffer.from('hello'), [recipient, 'ssh-ed25519 AAAA…']);
 * ```
 */
export async function encrypt(bytes: Uint8Array, recipients: Recipients): Promise<Buffer> {
  return encryptWith(bytes, recipients, nodeHost().plugins);
}

/**
 * Decrypts an age v1 file, binary or armored, with the first identity that opens it; with one of an age plugin only when no other does.
 *
 * Throws a BlackboxError: `ERR_BLACKBOX_NO_MATCHING_IDENTITY` when the file is for somebody else, `ERR_BLACKBOX_WRONG_PASSPHRASE`,
 * `ERR_BLACKBOX_DAMAGED` when it was altered or cut off anywhere, `ERR_BLACKBOX_NOT_AGE` when it is something else,
 * `ERR_BLACKBOX_BAD_IDENTITY`, `ERR_BLACKBOX_NO_IDENTITY`, `ERR_BLACKBOX_PLUGIN_MISSING`, `ERR_BLACKBOX_PLUGIN_FAILED`.
 *
 * @example
 * ```ts
 * const plaintext = await decrypt(await readFile('notes.txt.age'), [process.env.AGE_IDENTITY ?? '']);
 * const other = await decrypt(sealed, { passphrase: 'correct horse battery staple' });
 * ```
 */
export async function decrypt(bytes: Uint8Array, identities: Identities): Promise<Buffer> {
  return decryptWith(bytes, identities, nodeHost().plugins);
}

/**
 * The secrets of the repository that holds the working directory (or `root`), decrypted with the key of whoever runs the program.
 *
 * The result is a frozen tree whose leaves are {@link Secret}s: `secrets.db.password.reveal()` is the value. With a `schema` its type follows
 * from that, and the values are checked; without one it is what the caller says, and nothing checks it.
 *
 * Throws a {@link BlackboxError} and never returns less than everything: among others `ERR_BLACKBOX_NO_VAULT`,
 * `ERR_BLACKBOX_NOT_REGISTERED`, `ERR_BLACKBOX_SEALED_MISSING`, `ERR_BLACKBOX_NO_IDENTITY` and `ERR_BLACKBOX_NOT_A_RECIPIENT` (each with what
 * was tried), `ERR_BLACKBOX_DAMAGED`, `ERR_BLACKBOX_SYNTAX`, `ERR_BLACKBOX_AMBIGUOUS_FILES`, `ERR_BLACKBOX_INVALID`.
 *
 * @example
 * ```ts
 * const secrets = await loadSecrets<{ db: { password: string } }>();
 * connect(secrets.db.password.reveal());
 * ```
 */
export async function loadSecrets<S extends Schema, const P extends string = never>(
  options: SchemaOptions<S, P>,
): Promise<Secrets<OutputOf<S>, P>>;
export async function loadSecrets<T = Shape>(options?: LoadOptions & { schema?: undefined }): Promise<Secrets<T>>;
export async function loadSecrets(options: LoadOptions = {}): Promise<unknown> {
  return load(nodeHost(), options);
}

/**
 * {@link loadSecrets} at once: the same options, the same result, the same errors. Works with age, SSH and gpg keys;
 * throws `ERR_BLACKBOX_ASYNC_ONLY` when the file can be opened by a key of another kind only (an exported OpenPGP key, a post-quantum one, one of an age plugin),
 * and `ERR_BLACKBOX_ASYNC_SCHEMA` when the schema cannot answer at once.
 *
 * @example
 * ```ts
 * export const secrets = loadSecretsSync({ schema: z.object({ db: z.object({ password: z.string() }) }) });
 * ```
 */
export function loadSecretsSync<S extends Schema, const P extends string = never>(
  options: SchemaOptions<S, P>,
): Secrets<OutputOf<S>, P>;
export function loadSecretsSync<T = Shape>(options?: LoadOptions & { schema?: undefined }): Secrets<T>;
export function loadSecretsSync(options: LoadOptions = {}): unknown {
  return loadSync(nodeHost(), options);
}

/**
 * All values in the clear, as a plain frozen object: for the one place that hands them on. The name is easy to search for.
 *
 * @example
 * ```ts
 * const pool = new Pool(revealAll(secrets.db));
 * ```
 */
export function revealAll<T>(secrets: T): Revealed<T> {
  return revealed(secrets) as Revealed<T>;
}

/**
 * Secrets for tests, from the values given: no vault, no key, no environment, and all else as {@link loadSecretsSync} does it.
 *
 * @example
 * ```ts
 * const secrets = mockSecrets(schema, { db: { password: 'for the test' } });
 * ```
 */
export function mockSecrets<S extends Schema, const P extends string = never>(
  schema: S,
  values?: Readonly<Record<string, unknown>>,
  options?: { readonly public?: readonly P[] },
): Secrets<OutputOf<S>, P>;
export function mockSecrets<const T extends Readonly<Record<string, unknown>>>(
  schema: undefined,
  values: T,
): Secrets<T>;
export function mockSecrets(
  schema: Schema | undefined,
  values: Readonly<Record<string, unknown>> = {},
  options: Pick<LoadOptions, 'public'> = {},
): unknown {
  return mocked(values, { ...options, schema });
}

/**
 * The bytes of one registered file, whatever its format: certificates, key stores. Throws as {@link loadSecrets} does, apart from its format.
 *
 * @example
 * ```ts
 * const key = await loadFile('certs/server.key');
 * ```
 */
export async function loadFile(file: string, options: OpenOptions = {}): Promise<Buffer> {
  return loadBytes(nodeHost(), file, options);
}

/**
 * {@link loadFile} at once, for the keys that {@link loadSecretsSync} works with.
 *
 * @example
 * ```ts
 * const server = createServer({ key: loadFileSync('certs/server.key'), cert: readFileSync('certs/server.crt') });
 * ```
 */
export function loadFileSync(file: string, options: OpenOptions = {}): Buffer {
  return loadBytesSync(nodeHost(), file, options);
}

/**
 * Loads secrets, and again whenever their files change: for servers that run for long, and for development. New ones are validated before
 * they are taken; when that fails, the last good ones stay, and `onError` is told, as it is when `onChange` fails. Nothing is called when nothing
 * has changed.
 *
 * @example
 * ```ts
 * const watching = await watchSecrets({ schema }, (secrets) => pool.reconnect(secrets.db.password.reveal()));
 * watching.secrets.db.password; // the last good one
 * watching.close();
 * ```
 */
export async function watchSecrets<S extends Schema, const P extends string = never>(
  options: SchemaOptions<S, P> & Pick<WatchOptions, 'onError'>,
  onChange: (secrets: Secrets<OutputOf<S>, P>, before: Secrets<OutputOf<S>, P>) => unknown,
): Promise<Watching<Secrets<OutputOf<S>, P>>>;
export async function watchSecrets<T = Shape>(
  options: WatchOptions & { schema?: undefined },
  onChange: (secrets: Secrets<T>, before: Secrets<T>) => unknown,
): Promise<Watching<Secrets<T>>>;
export async function watchSecrets(
  options: WatchOptions,
  onChange: (secrets: never, before: never) => unknown,
): Promise<unknown> {
  const host = nodeHost();
  return follow(host, host.watch, options, onChange as Parameters<typeof follow>[3]);
}

/**
 * Encryption of an application's own data with AES-256-GCM: each value for the place where it belongs, and under a key that is a secret.
 * With several keys the first writes and all of them read.
 *
 * @example
 * ```ts
 * const cipher = createCipher([secrets.cipher.key, secrets.cipher.oldKey]);
 * const ssn = cipher.encrypt('078-05-1120', `users.ssn:${user.id}`);
 * cipher.decrypt(ssn, `users.ssn:${user.id}`);
 * ```
 */
export function createCipher(keys: CipherKey | readonly CipherKey[]): Cipher {
  return newCipher(keys);
}

/**
 * The vault of a repository, for a program that reads and writes: files, and single values of them. What it writes is signed, staged and not
 * committed, as the commands do it, and the guard of this clone learns the values.
 *
 * @param root a folder of the repository; default: the working directory
 *
 * @example
 * ```ts
 * const vault = await openVault();
 * await vault.set('secrets.json', 'db.password', randomBytes(24).toString('base64'));
 * ```
 */
export async function openVault(root?: string, options: Omit<OpenOptions, 'root'> = {}): Promise<OpenedVault> {
  const [{ openedVault }, { learn, unlearn }, { readRegistry }] = await Promise.all([
    import('./runtime/vault-api.js'),
    import('./guard/learn.js'),
    import('./vault/registry.js'),
  ]);
  const { vault, keyring } = openWritable(nodeHost(), { ...options, ...(root === undefined ? {} : { root }) });
  const learning = {
    vault,
    registered: () => readRegistry(vault).map((entry) => entry.path),
    warn: (sentence: string) => process.emitWarning(sentence, { code: 'BLACKBOX_GUARD' }),
  };
  return openedVault(vault, keyring, {
    learn: (path, plaintext) => learn(learning, [{ path, plaintext }]),
    forget: (paths) => unlearn(vault, paths),
  });
}
