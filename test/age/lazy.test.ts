import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

describe('src/age', () => {
  it('loads no package until a key calls for it', async () => {
    const { metafile } = await build({
      entryPoints: ['src/age/index.ts'],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      outdir: 'out',
      logLevel: 'silent',
    });
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    const atOnce = imports.filter(({ kind, path }) => kind === 'import-statement' && !path.startsWith('node:'));
    expect(atOnce).toEqual([]);
    expect(imports).toContainEqual(expect.objectContaining({ path: 'openpgp', kind: 'dynamic-import' }));
  });
});
