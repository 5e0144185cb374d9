/** Secrets and bundlers: what of them may get into code that is sent to everybody, and a look at whether more did. */
import type { VaultHost } from '../vault/types.js';
import { exposedSecrets, unknownPublic } from './errors.js';
import { type Layer, merged, variableName } from './layers.js';
import { gather } from './load.js';
import { dotted, find, nearMisses } from './names.js';
import { newFinder } from './redact.js';
import type { LoadOptions } from './types.js';
import { maskedTexts } from './variables.js';

export interface BundleOptions extends LoadOptions {
  /** Names whose values the code may have: `api.url` as `import.meta.env.API_URL`. */
  readonly public?: readonly string[] | undefined;
  /** What the names begin with in code. Default: `VITE_`. */
  readonly prefix?: string | undefined;
}

export interface Bundling {
  /** `import.meta.env.VITE_API_URL`, each with its value as code. */
  readonly define: Readonly<Record<string, string>>;
  /** @throws ERR_BLACKBOX_EXPOSED when one of the files has a value that is not public */
  check(files: Iterable<readonly [name: string, content: string | Uint8Array]>): void;
}

function isPublic(path: string, names: readonly string[]): boolean {
  return names.some((name) => path === name || path.startsWith(`${name}.`));
}

function defined(layers: readonly Layer[], names: readonly string[], prefix: string): Record<string, string> {
  const tree = merged(layers);
  const all = maskedTexts(layers).map(({ path }) => path);
  return Object.fromEntries(
    names.map((name) => {
      const value = find(tree, name);
      // A name that is mistyped would be `undefined` in the browser of somebody else.
      if (value === undefined) throw unknownPublic(name, nearMisses(name, all));
      return [`import.meta.env.${prefix}${variableName(name.split('.'))}`, JSON.stringify(value)];
    }),
  );
}

export async function bundling(host: VaultHost, { prefix = 'VITE_', ...options }: BundleOptions): Promise<Bundling> {
  const names = options.public ?? [];
  const layers = await gather(host, options);
  const texts = maskedTexts(layers);
  const open = new Set(texts.filter(({ path }) => isPublic(path, names)).map(({ text }) => text));
  const secret = texts.filter(({ path, text }) => !isPublic(path, names) && !open.has(text));
  const finder = newFinder(secret);
  return {
    define: defined(layers, names, prefix),
    check: (files) => {
      for (const [name, content] of files) {
        const found = finder(Buffer.from(content as string));
        if (found.length > 0)
          throw exposedSecrets(
            name,
            found.map((path) => dotted([path])),
          );
      }
    },
  };
}
