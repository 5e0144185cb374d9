/**
 * A value that does not show itself: printed, logged, serialized or thrown, it is its name. Only `reveal()` gives it away.
 *
 * The value is in a private field, where no inspection finds it. As comparisons do not find it there either, and would call any two secrets
 * equal, each has one enumerable accessor under a symbol, which gives the symbol of its value (see same.ts): that is what
 * `util.isDeepStrictEqual`, `node:assert`, Jest, Vitest and Chai compare. The name is not part of it.
 */
import { timingSafeEqual } from 'node:crypto';
import { visible } from '../text.js';
import { disposed } from './errors.js';
import { digestOf, symbolOf } from './same.js';

const brand = Symbol.for('blackbox-ts.secret');
const same = Symbol.for('blackbox-ts.value');
const inspect = Symbol.for('nodejs.util.inspect.custom');
const dropped = Symbol('dropped');

/** Gives the plaintext of a secret up. Known to this layer only. */
export let drop: (secret: Secret<unknown>) => void;
/** One getter for all of them: comparisons call it, inspections say [Getter]. */
let sameOf: (this: Secret<unknown>) => symbol;

/**
 * One secret value.
 *
 * @example
 * ```ts
 * const { password } = loadSecretsSync({ files: 'db.json' });
 * console.log(`${password}`); // [secret password]
 * connect({ password: password.reveal() });
 * ```
 */
export class Secret<out T = string> {
  readonly #name: string;
  #value: T | typeof dropped;

  static {
    drop = (secret) => {
      secret.#value = dropped;
    };
    // What has been dropped is equal to itself only; a comparison must not throw.
    sameOf = function (this: Secret<unknown>) {
      return symbolOf(this.#value === dropped ? this : this.#value);
    };
  }

  /** @param name what is shown in its place: where the value stands, `db.password` */
  constructor(value: T, name = '') {
    this.#value = value;
    this.#name = visible(name);
    Object.defineProperty(this, same, { get: sameOf, enumerable: true });
    Object.freeze(this);
  }

  /** Whether something is a secret, of this copy of the package or of another one. */
  static [Symbol.hasInstance](value: unknown): value is Secret<unknown> {
    return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }

  /** The value itself. @throws ERR_BLACKBOX_DISPOSED once the plaintext has been dropped */
  reveal(): T {
    if (this.#value === dropped) throw disposed(this.#name);
    return this.#value;
  }

  /** Whether a value, or another secret, is the same. Takes the same time for every value of equal length. */
  equals(other: unknown): boolean {
    const mine = this.reveal();
    const theirs: unknown = other instanceof Secret ? other.reveal() : other;
    const [a, b] = [digestOf(mine), digestOf(theirs)];
    return a === null || b === null ? mine === theirs : timingSafeEqual(a, b);
  }

  toString(): string {
    return this.#name === '' ? '[secret]' : `[secret ${this.#name}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  /** For libraries that compare by it. Arithmetic on a secret fails. */
  valueOf(): unknown {
    return (this as { [same]?: unknown })[same];
  }

  [Symbol.toPrimitive](hint: string): string | number {
    return hint === 'number' ? Number.NaN : this.toString();
  }

  [inspect](): string {
    return this.toString();
  }

  get [Symbol.toStringTag](): string {
    return 'secret';
  }

  get [brand](): true {
    return true;
  }
}
