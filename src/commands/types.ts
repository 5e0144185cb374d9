/** `types`: a declaration file with which `loadSecrets()` is typed. */
import { resolve } from 'node:path';
import type { Host } from '../host/types.js';
import { declarations, declarationsMark } from '../runtime/declare.js';
import { merged } from '../runtime/layers.js';
import { showPath } from '../text.js';
import { type Command, dryRunOption, flag, type Given, identityOption, text } from './command.js';
import { vaultHere } from './keyring.js';
import { checkOwnPlace, writeOwn } from './own-file.js';
import { contradiction } from './refuse-options.js';
import { typesOutdated } from './refuse-values.js';
import { envOption, fromOption, sealedLayers } from './values.js';

const usual = 'secrets.d.ts';
const hint = 'to have it elsewhere: blackbox-ts types --out FILE';

async function write(host: Host, given: Given, file: string, content: string): Promise<void> {
  const vault = vaultHere(host);
  const own = { file, mark: declarationsMark, what: 'declaration file', hint, force: false };
  const path = checkOwnPlace(host, vault, own);
  if (host.files.read(path)?.toString('utf8') === content) host.terminal.say(`${showPath(file)} is up to date`);
  else if (await writeOwn(host, vault, path, content, { file, dryRun: flag(given, 'dryRun') }))
    host.terminal.say(`wrote ${showPath(file)}`);
}

function check(host: Host, file: string, content: string): void {
  const there = host.files.read(resolve(host.cwd, file))?.toString('utf8');
  if (there !== content) throw typesOutdated(file);
  host.terminal.say(`${showPath(file)} is up to date`);
}

async function types(host: Host, given: Given): Promise<undefined> {
  const file = text(given, 'out') ?? usual;
  if (file === '-' && flag(given, 'check')) throw contradiction('--check', '--out -');
  const content = declarations(merged(await sealedLayers(host, given)));
  if (file === '-') host.terminal.data(content);
  else if (flag(given, 'check')) check(host, file, content);
  else await write(host, given, file, content);
}

export const command: Command = {
  options: [
    { flags: '-o, --out <file>', what: `where to write it, ${usual} unless said; - for standard output` },
    { flags: '--check', what: 'write nothing; the exit code is 3 when the file is not up to date' },
    envOption,
    fromOption,
    identityOption,
    { ...dryRunOption, not: ['--check'] },
  ],
  details: 'The file holds names and shapes and never a value: commit it.',
  examples: [
    ['blackbox-ts types', `write ${usual}`],
    ['blackbox-ts types --check', 'in CI: fail when names have changed and the file has not'],
  ],
  run: types,
};
