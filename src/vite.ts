/** `blackbox-ts/vite`: public names in the code that Vite builds, and a build that fails when a secret is in it. */
import { nodeHost } from './host/host.js';
import { type BundleOptions, type Bundling, bundling } from './runtime/bundle.js';

export type { BundleOptions } from './runtime/bundle.js';

/** The part of a plugin of Vite (and of Rollup) that is used. */
export interface BlackboxPlugin {
  readonly name: string;
  config(): Promise<{ define: Record<string, string> }>;
  generateBundle: {
    readonly order: 'post';
    handler(options: unknown, bundle: Readonly<Record<string, Emitted>>): Promise<void>;
  };
}

interface Emitted {
  readonly fileName: string;
  readonly code?: string;
  readonly source?: string | Uint8Array;
  readonly map?: unknown;
}

/** What a file of a bundle says: its code or content, and its source map's text. */
function* contents(bundle: Readonly<Record<string, Emitted>>): Generator<readonly [string, string | Uint8Array]> {
  for (const { fileName, code, source, map } of Object.values(bundle)) {
    yield [fileName, code ?? source ?? ''];
    if (map !== null && map !== undefined) yield [`${fileName}.map`, JSON.stringify(map)];
  }
}

/**
 * A plugin for Vite. Names in `public` are in the code as `import.meta.env.VITE_…`; the build fails when any other value is in an emitted file,
 * in clear or encoded.
 *
 * @example
 * ```ts
 * export default defineConfig({ plugins: [blackbox({ public: ['api.url'] })] }); // import.meta.env.VITE_API_URL
 * ```
 */
export function blackbox(options: BundleOptions = {}): BlackboxPlugin {
  let loaded: Promise<Bundling> | null = null;
  const load = () => {
    loaded ??= bundling(nodeHost(), options);
    return loaded;
  };
  return {
    name: 'blackbox-ts',
    config: async () => ({ define: { ...(await load()).define } }),
    generateBundle: {
      order: 'post',
      handler: async (_, bundle) => (await load()).check(contents(bundle)),
    },
  };
}
