/**
 * In the place of `dotenv/config` and `dotenv`: the sealed `.env`, and `.env.<environment>` over it, in `process.env`. Importing it fills that,
 * and throws when it cannot.
 */
import { parseEnv } from 'node:util';
import { nodeHost } from './host/host.js';
import { fillEnvironment } from './runtime/process-env.js';

export interface DotenvOptions {
  /** Registered files, relative to the working directory, later ones over earlier ones. Default: `.env` and `.env.<environment>`. */
  readonly path?: string | readonly string[] | undefined;
  /** Also variables that are there already. */
  readonly override?: boolean | undefined;
  /** What to fill instead of `process.env`. */
  readonly processEnv?: Record<string, string | undefined> | undefined;
}

/**
 * The names and values of a dotenv text, exactly as `util.parseEnv` of Node.js reads it: nothing is expanded.
 *
 * @example
 * ```ts
 * parse('A=1\nB="two"'); // { A: '1', B: 'two' }
 * ```
 */
export function parse(text: string | Uint8Array): Record<string, string> {
  return { ...parseEnv(typeof text === 'string' ? text : Buffer.from(text).toString('utf8')) } as Record<
    string,
    string
  >;
}

/**
 * Fills `process.env` from sealed dotenv files. Throws a `BlackboxError` where `dotenv` would answer with one and let the program begin without.
 *
 * @example
 * ```ts
 * const { parsed } = config({ path: ['.env', '.env.local-db'] });
 * ```
 */
export function config({ path, override = false, processEnv = process.env }: DotenvOptions = {}): {
  readonly parsed: Record<string, string>;
} {
  const options = { override, env: false as const, ...(path === undefined ? {} : { files: path }) };
  return { parsed: fillEnvironment(nodeHost(), processEnv, options, { dotenv: true }) };
}

config();
