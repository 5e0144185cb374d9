/** The library: all that is promised to programs that depend on this package. */
import type { Tree } from './formats/types.js';
import { nodeHost } from './host/host.js';
import { loadBytes, loadBytesSync, loadTree, loadTreeSync } from './runtime/index.js';
import type { LoadOptions, OpenOptions } from './runtime/types.js';

// From the files that hold them: the layer's index would bring the types of packages that a consumer need not have.
export {
  decrypt,
  decryptSync,
  encrypt,
  encryptSync,
  type Identities,
  type Passphrase,
  type Recipients,
} from './age/file.js';
export type { Identity, Recipient, Signer, Stanza } from './age/types.js';
export { generateIdentity } from './age/x25519.js';
export { BlackboxError, codes, type ErrorCode, type FailureDetails } from './errors.js';
export type { Tree, Value } from './formats/types.js';
export type { LoadOptions, OpenOptions } from './runtime/types.js';

/**
 * The secrets of the repository that holds the working directory (or `root`), decrypted with the key of whoever runs the program.
 *
 * The result is a plain object that the caller owns. Its type is what the caller says it is; nothing checks that.
 *
 * Throws a {@link BlackboxError} and never returns less than everything: among others `ERR_BLACKBOX_NO_VAULT`,
 * `ERR_BLACKBOX_NOT_REGISTERED`, `ERR_BLACKBOX_SEALED_MISSING`, `ERR_BLACKBOX_NO_IDENTITY` and `ERR_BLACKBOX_NOT_A_RECIPIENT` (each with what
 * was tried), `ERR_BLACKBOX_DAMAGED`, `ERR_BLACKBOX_SYNTAX`, `ERR_BLACKBOX_AMBIGUOUS_FILES`.
 *
 * @example
 * ```ts
 * const secrets = await loadSecrets<{ db: { password: string } }>();
 * connect(secrets.db.password);
 * ```
 */
export async function loadSecrets<T = Tree>(options: LoadOptions = {}): Promise<T> {
  return (await loadTree(nodeHost(), options)) as T;
}

/**
 * {@link loadSecrets} at once: the same options, the same result, the same errors. Works with age, SSH and gpg keys;
 * throws `ERR_BLACKBOX_ASYNC_ONLY` when the file can be opened by a key of another kind only (an exported OpenPGP key, a post-quantum one).
 *
 * @example
 * ```ts
 * export const secrets = loadSecretsSync<{ db: { password: string } }>({ files: 'config/secrets.yaml' });
 * ```
 */
export function loadSecretsSync<T = Tree>(options: LoadOptions = {}): T {
  return loadTreeSync(nodeHost(), options) as T;
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
