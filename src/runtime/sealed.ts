/** What `loadSecrets()` gives: the tree of values, each leaf a {@link Secret} unless it was said to be public. */
import { put } from '../formats/tree.js';
import { noName, noSuchName, reservedName } from './errors.js';
import { type Layer, type Origin, originsOf } from './layers.js';
import { at, dotted, find, nearMisses, type Path, walkable } from './names.js';
import { isPublicValue, publicValue } from './public.js';
import { forget } from './recall.js';
import { drop, Secret } from './secret.js';
import type { Access, Secrets } from './types.js';

interface Wrapping {
  readonly isPublic: (path: Path) => boolean;
  /** Collected, so that all of them can be dropped. */
  readonly made: Secret<unknown>[];
}

function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A value as it is, without the boxes that schemas put around some. Frozen. */
function bare(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (isPublicValue(value)) return bare(publicValue(value));
  if (Array.isArray(value)) return Object.freeze(value.map(bare));
  if (typeof value !== 'object' || value === null || !isPlainObject(value)) return value;
  return Object.freeze(mapped(value, (inner) => bare(inner)));
}

function mapped(object: object, each: (value: unknown, name: string) => unknown): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) put(copy as never, name, each(value, name) as never);
  return copy;
}

/**
 * What stays as it is: `false`, `true` and nothing. There is no secret to keep in a single bit, and a wrapped `false` would count as true in
 * every condition.
 */
function isNoSecret(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'boolean';
}

function wrap(value: unknown, path: Path, wrapping: Wrapping): unknown {
  if (isPublicValue(value) || (path.length > 0 && wrapping.isPublic(path))) return bare(value);
  if (isNoSecret(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item, i) => wrap(item, [...path, String(i)], wrapping)));
  if (typeof value === 'object' && value !== null && !(value instanceof Secret) && isPlainObject(value))
    return Object.freeze(mapped(value, (inner, name) => wrap(inner, [...path, name], wrapping)));
  const secret = new Secret(value instanceof Secret ? value.reveal() : value, dotted(path));
  wrapping.made.push(secret);
  return secret;
}

/** Where the leaves of a tree of secrets are, in its order. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || value instanceof Secret) return [path];
  if (!Array.isArray(value) && !isPlainObject(value) && !(walkable in value)) return [path];
  return Object.entries(value).flatMap(([name, item]) => pathsIn(item, [...path, name]));
}

function found(tree: object, name: string | Path): unknown {
  if (typeof name === 'string') return find(tree, name);
  if (!Array.isArray(name)) throw noName();
  return at(tree, name);
}

class Loaded implements Access {
  readonly #origins: readonly Origin[];
  readonly #made: readonly Secret<unknown>[];

  constructor(tree: object, made: readonly Secret<unknown>[], origins: readonly Origin[]) {
    this.#origins = origins;
    this.#made = made;
    for (const [name, value] of Object.entries(tree)) {
      if (methods.has(name)) throw reservedName(name);
      put(this as never, name, value as never);
    }
    Object.freeze(this);
  }

  get(name: string | Path, fallback?: unknown): unknown {
    return found(this, name) ?? fallback;
  }

  require(name: string | Path): unknown {
    const value = found(this, name);
    if (value !== undefined && value !== null) return value;
    const wanted = typeof name === 'string' ? name : dotted(name);
    throw noSuchName(wanted, nearMisses(wanted, pathsIn(this).map(dotted)));
  }

  has(name: string | Path): boolean {
    return found(this, name) !== undefined;
  }

  explain(): readonly Origin[] {
    return this.#origins;
  }

  [Symbol.dispose](): void {
    for (const secret of this.#made) drop(secret);
    forget(this);
  }

  get [walkable](): true {
    return true;
  }
}

const methods: ReadonlySet<string> = new Set(['get', 'require', 'has', 'explain']);

/** `db` covers all that is below it. */
function publicNames(names: readonly string[]): (path: Path) => boolean {
  const all = new Set(names);
  return (path) => all.has(dotted(path));
}

/**
 * The values as a program gets them.
 * @throws ERR_BLACKBOX_RESERVED_NAME
 */
export function sealed(tree: object, layers: readonly Layer[], publicPaths: readonly string[]): Secrets<unknown> {
  const made: Secret<unknown>[] = [];
  const wrapped = wrap(tree, [], { isPublic: publicNames(publicPaths), made });
  return new Loaded(wrapped as object, made, originsOf(pathsIn(wrapped), layers)) as unknown as Secrets<unknown>;
}

/** Values as secrets, without the methods of what is loaded. */
export function sealedValues(tree: object): object {
  return wrap(tree, [], { isPublic: () => false, made: [] }) as object;
}

/** A copy in the clear that shares nothing and may be changed: schemas may write into what they are given. */
export function copied(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null || !(isPlainObject(value) || walkable in value)) return value;
  return mapped(value, (inner) => copied(inner));
}

/** See the public function of this name. */
export function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return Object.freeze(value.map(revealed));
  if (typeof value !== 'object' || value === null || !(isPlainObject(value) || walkable in value)) return value;
  return Object.freeze(mapped(value, (inner) => revealed(inner)));
}
