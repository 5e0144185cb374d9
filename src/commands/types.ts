/** `types`: a declaration file with which `loadSecrets()` is typed. */
import { resolve } from 'node:path';
import { declarations } from '../runtime/declare.js';
import { merged } from '../runtime/layers.js';
import { showPath } from '../text.js';
import { type Command, flag, identityOption, text } from './command.js';
import { typesOutdated } from './refuse-values.js';
import { envOption, fromOption, sealedLayers } from './values.js';

const usual = 'secrets.d.ts';

export const command: Command = {
  options: [
    { flags: '-o, --out <file>', what: `where to write it, ${usual} unless said; - for standard output` },
    { flags: '--check', what: 'write nothing; the exit code is 3 when the file is not up to date' },
    envOption,
    fromOption,
    identityOption,
  ],
  details: 'The file holds names and shapes and never a value: commit it.',
  examples: [
    ['blackbox-ts types', `write ${usual}`],
    ['blackbox-ts types --check', 'in CI: fail when names have changed and the file has not'],
  ],
  run: async (host, given) => {
    const out = text(given, 'out') ?? usual;
    const content = declarations(merged(await sealedLayers(host, given)));
    if (out === '-') host.terminal.data(content);
    else {
      const path = resolve(host.cwd, out);
      const current = host.files.read(path)?.toString('utf8') ?? '';
      if (flag(given, 'check') && current !== content) throw typesOutdated(out);
      if (current === content) host.terminal.say(`${showPath(out)} is up to date`);
      else {
        await host.files.replace([{ path, content: Buffer.from(content), mode: 0o644 }], `${path}.journal`);
        host.terminal.say(`wrote ${showPath(out)}`);
      }
    }
    return undefined;
  },
};
