/** What a program says to load secrets, and what it gets. */
import type { Origin } from './layers.js';
import type { Public } from './public.js';
import type { OutputOf, Schema } from './schema.js';
import type { Secret } from './secret.js';

/** What Keyv is, and everything that is like it. */
export interface CacheStore {
  get(key: string): Promise<unknown> | unknown;
  /** @param ttl in ms */
  set(key: string, value: string, ttl?: number): Promise<unknown> | unknown;
}

export interface CacheOptions {
  readonly store: CacheStore;
  /** For how long an entry is used, in ms. Default: a quarter of an hour. */
  readonly ttl?: number | undefined;
  /** Seals the entries: 32 bytes or characters at least, the same wherever the store is shared. Default: a key of this clone's own. */
  readonly key?: Secret<unknown> | string | Uint8Array | undefined;
}

/** Whose secrets to load, and with what. */
export interface OpenOptions {
  /** Where to start: a folder of the repository. Default: the working directory. A relative one is relative to the working directory. */
  readonly root?: string | undefined;
  /**
   * Private keys to use instead of those that would be found: each the text of one (`AGE-SECRET-KEY-1…`, an SSH private key), or the path
   * of a file with some, relative to the working directory.
   */
  readonly identities?: string | readonly string[] | undefined;
  /**
   * Answers with the passphrase of a protected private key; `what` says of which. Without it, protected keys are not used and nobody is ever
   * asked anything.
   */
  readonly passphrase?: ((what: string) => string) | undefined;
  /**
   * The vault's fingerprint, as `blackbox-ts admin list` shows it: any other vault is refused. Default: `BLACKBOX_VAULT`, else what this clone
   * has pinned. On machines that have never seen the repository before (CI, servers), one of the two should be given.
   */
  readonly vault?: string | undefined;
  /**
   * What becomes of a file that nobody entitled has sealed, here and as it is: refused (`require`, the default), or loaded with a warning on
   * the process (`warn`, code `BLACKBOX_NOT_AUTHENTIC`).
   */
  readonly authenticity?: 'require' | 'warn' | undefined;
}

/** What to load. Without `files`, the nearest `secrets.<ext>` and the environment's `secrets.<environment>.<ext>` over it. */
export interface LoadOptions extends OpenOptions {
  /** Registered files, relative to `root`, in the order in which they lie over each other. */
  readonly files?: string | readonly string[] | undefined;
  /** The environment's name, `''` for none. Default: `BLACKBOX_ENV`, else `NODE_ENV`. */
  readonly environment?: string | undefined;
  /** Checks and converts what was loaded: any Standard Schema (zod, valibot, arktype, …), or a dictionary of such by name. */
  readonly schema?: Schema | undefined;
  /** Names whose values are no secrets, `db.host`; of a name that holds others, all of them. */
  readonly public?: readonly string[] | undefined;
  /**
   * A plaintext file that lies over the sealed ones, for this machine only, relative to `root`; `false` for none. It must not be tracked by
   * git. Default: `secrets.local.<ext>` beside the sealed `secrets.<ext>`, unless `files` says what to load.
   */
  readonly local?: string | false | undefined;
  /**
   * What the names of environment variables begin with that lie over the files: `APP_` takes `APP_DB_PASSWORD` for `db.password`; `''` takes
   * them as they are; `false` takes none. Default: `BLACKBOX_SECRET_`.
   */
  readonly env?: string | false | undefined;
  /**
   * Remembers what slow identities have opened, for a time, sealed: any Keyv-compatible store, or one with a key and a time to live. For
   * `await loadSecrets()`.
   */
  readonly cache?: CacheStore | CacheOptions | undefined;
  /** Lies over everything else. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * What `blackbox-ts types` fills in, so that `loadSecrets()` is typed without a schema.
 *
 * @example
 * ```ts
 * declare module 'blackbox-ts' {
 *   interface Registered { secrets: { db: { password: string } } }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be merged with.
export interface Registered {}

/** The shape that {@link Registered} has, else that of a tree about which nothing is known. */
export type Shape = Registered extends { readonly secrets: infer S } ? S : Untyped;

declare const untyped: unique symbol;
export interface Untyped {
  readonly [untyped]: true;
}

/** Any value of a tree about which nothing is known: what it really is, is only known when the program runs. */
export type UntypedValue = Secret<string | number> & { readonly [name: string]: UntypedValue };

type Whole =
  | Date
  | URL
  | RegExp
  | Uint8Array
  | ArrayBuffer
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ((...args: never) => unknown);

type Under<At extends string, Name> = Name extends string | number
  ? At extends ''
    ? `${Name}`
    : `${At}.${Name}`
  : never;

/** Public paths that the compiler knows; of a `string[]` it knows none, and any value may be a secret or not. */
type Told<P extends string> = string extends P ? never : P;
type Unless<P extends string, T> = string extends P ? T : never;

/** A type with its leaves as secrets, but for those at the public paths `P`, and for truth values and nothing. */
export type Sealed<T, P extends string = never, At extends string = ''> = [T] extends [Untyped]
  ? { readonly [name: string]: UntypedValue }
  : T extends Public<infer V>
    ? V
    : T extends Secret<unknown> | boolean | null | undefined
      ? T
      : T extends string | number | bigint | symbol | Whole
        ? Secret<T> | Unless<P, T>
        : T extends object
          ? { readonly [K in keyof T]: Under<At, K> extends Told<P> ? T[K] : Sealed<T[K], P, Under<At, K>> }
          : Secret<T> | Unless<P, T>;

/** A type without its secrets: what `revealAll` gives. */
export type Revealed<T> =
  T extends Secret<infer V>
    ? V
    : T extends Whole
      ? T
      : T extends object
        ? { readonly [K in keyof T as K extends keyof Access ? never : K]: Revealed<T[K]> }
        : T;

/** What lies at a dotted path of a type. */
export type At<T, P extends string> = P extends keyof T
  ? T[P]
  : P extends `${infer Name}.${infer Rest}`
    ? Name extends keyof T
      ? At<T[Name], Rest>
      : T extends readonly (infer Item)[]
        ? At<Item, Rest>
        : unknown
    : T extends readonly (infer Item)[]
      ? Item
      : unknown;

/** The methods of what is loaded. No value at the top level may have one of their names. */
export interface Access {
  /** Where each value comes from, and what it lies over. Never a value. */
  explain(): readonly Origin[];
  /** Drops the plaintext of all secrets: `reveal()` throws from then on. With `using`, at the end of the block. */
  [Symbol.dispose](): void;
}

/** What `loadSecrets()` gives: frozen, typed, each leaf a {@link Secret} unless it was said to be public. */
export type Secrets<T, P extends string = never> = Sealed<T, P> &
  Access & {
    /** What lies at a name, `db.password` or `['db', 'password']`; the fallback when there is nothing, or null. */
    get<Name extends string>(name: Name): At<Sealed<T, P>, Name> | undefined;
    get<Name extends string, F>(name: Name, fallback: F): NonNullable<At<Sealed<T, P>, Name>> | F;
    get(name: readonly string[], fallback?: unknown): unknown;
    /** What lies at a name. @throws ERR_BLACKBOX_NO_SUCH_NAME, with the names that may have been meant */
    require<Name extends string>(name: Name): NonNullable<At<Sealed<T, P>, Name>>;
    require(name: readonly string[]): unknown;
    has(name: string | readonly string[]): boolean;
  };

/** {@link LoadOptions} with a schema, for which the result's type follows. */
export interface SchemaOptions<S extends Schema, P extends string = never> extends LoadOptions {
  readonly schema: S;
  readonly public?: readonly P[] | undefined;
}

export type { OutputOf };

export interface WatchOptions extends LoadOptions {
  /** Told why new secrets were not taken (the last good ones stay), and with what `onChange` failed. Without it, the process is warned (`BLACKBOX_NOT_RELOADED`). */
  readonly onError?: ((error: Error) => void) | undefined;
}

/** What `watchSecrets` gives. */
export interface Watching<S> extends Disposable {
  /** The last good ones. */
  readonly secrets: S;
  /** Looks at once, without waiting for a change. Answers when that is done, whatever came of it. */
  reload(): Promise<void>;
  close(): void;
}

/** `db.password`, or `['db', 'password']` where names have dots of their own. */
export type Name = string | readonly string[];

/** What `openVault` gives. Paths of files are relative to the top of the repository. */
export interface OpenedVault {
  /** Top of the repository. */
  readonly root: string;
  /** The registered files, with the groups they are for. */
  list(): readonly { readonly path: string; readonly groups: readonly string[] }[];
  /** The names in a file. */
  names(file: string): Promise<readonly string[]>;
  /** What a file holds. */
  read(file: string): Promise<Buffer>;
  /** One value of a file: a Secret, or a tree of them; undefined when there is none. */
  get(file: string, name: Name): Promise<unknown>;
  /** Seals a file; registers one that is new. Stages it, and commits nothing. */
  write(file: string, content: string | Uint8Array): Promise<void>;
  /** Changes one value, and nothing else of the file. */
  set(file: string, name: Name, value: unknown): Promise<void>;
  /** Takes one value out. @throws ERR_BLACKBOX_NO_SUCH_NAME */
  unset(file: string, name: Name): Promise<void>;
  /** Takes a file out of the registry and removes it. */
  remove(file: string): Promise<void>;
}
