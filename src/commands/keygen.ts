/** `keygen`: an identity for somebody who has none, or for a machine. */
import { basename, dirname, extname, join, resolve } from 'node:path';
import { parseRecipientFile } from '../age/index.js';
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { shellWord, showPath } from '../text.js';
import { identityPath } from '../vault/index.js';
import { type Command, dryRunOption, flag, type Given, text } from './command.js';
import { askNewPassphrase, checkFree, suggestedName, writeNewIdentity } from './identity-file.js';
import { showPublic } from './public-text.js';
import { publicFileExists } from './refusals.js';

/** Far more than a public key: what is larger is something else and stays. */
const publicFileLimit = 64 * 1024;

interface Places {
  readonly identity: string;
  /** What is given away, in the working directory. */
  readonly publicFile: string;
}

function placesOf(host: Host, output: string | undefined): Places {
  const name = output === undefined ? (suggestedName(host) ?? 'me') : basename(output, extname(output));
  return {
    identity: output === undefined ? identityPath(host) : resolve(host.cwd, output),
    publicFile: join(host.cwd, `${name}.pub`),
  };
}

/** A public key that is there already is somebody's, or belongs to an identity that is not the one about to be made. */
function checkPublicFile(host: Host, { publicFile }: Places, force: boolean): void {
  const there = host.files.stat(publicFile);
  if (there === null) return;
  if (!force || there.kind !== 'file' || !isOneAgeKey(host, publicFile)) throw publicFileExists(publicFile);
}

function isOneAgeKey(host: Host, path: string): boolean {
  try {
    const keys = parseRecipientFile(host.files.read(path, publicFileLimit)?.toString('utf8') ?? '');
    return keys.length === 1 && keys[0]?.kind === 'x25519';
  } catch (error) {
    if (error instanceof BlackboxError) return false;
    throw error;
  }
}

async function keygen(host: Host, given: Given): Promise<number> {
  if (await showPublic(host, given)) return 0;
  const force = flag(given, 'force');
  const places = placesOf(host, text(given, 'output'));
  if (!force) checkFree(host, places.identity);
  checkPublicFile(host, places, force);
  if (flag(given, 'dryRun')) {
    host.terminal.say(
      `would write a new identity to ${showPath(places.identity)} and its public key to ${showPath(places.publicFile)}`,
    );
    return 0;
  }
  const passphrase = flag(given, 'passphrase') ? askNewPassphrase(host) : null;
  const made = await writeNewIdentity(host, { path: places.identity, passphrase, replace: force });
  host.terminal.data(`${made.recipient}\n`);
  await host.files.replace(
    [{ path: places.publicFile, content: Buffer.from(made.publicText), mode: 0o644 }],
    join(dirname(identityPath(host)), 'journal'),
  );
  sayWhatNext(host, places);
  return 0;
}

function sayWhatNext(host: Host, { identity, publicFile }: Places): void {
  const file = basename(publicFile);
  host.terminal.say(`your identity is in ${showPath(identity)}: keep it to yourself, and keep a copy`);
  host.terminal.say(`your public key is in ${showPath(file)}: somebody on the roster lets you in with`);
  host.terminal.say(`  blackbox-ts admin add ${shellWord(file)}`);
}

export const command: Command = {
  options: [
    {
      flags: '-o, --output <file>',
      what: 'write the identity here, and the public key as <file name>.pub in this folder',
    },
    { flags: '-p, --passphrase', what: 'protect the identity with a passphrase, asked for on the terminal' },
    { flags: '--public', what: 'make nothing: print the public key that you have, with its signing key' },
    { flags: '-i, --identity <file>', what: 'with --public: of this identity file, or of standard input (-)' },
    { flags: '-f, --force', what: 'make another identity; the old one stays beside it under a name with the time' },
    dryRunOption,
  ],
  details:
    'The identity goes to blackbox-ts/identity in your configuration folder,\n' +
    "readable by you alone, in age-keygen's format. The public key is printed, and\n" +
    'written to <your name>.pub in this folder for you to give away; there also\n' +
    'the key with which others check what you sign. It belongs to the identity:\n' +
    '`keygen --public` prints both at any time.',
  examples: [
    ['blackbox-ts keygen', 'make an identity, and alice.pub to give to somebody on the roster'],
    ['blackbox-ts keygen --passphrase', 'the same, protected by a passphrase'],
    ['blackbox-ts keygen --public > alice.pub', 'alice.pub once more, for the identity that you have'],
    ['blackbox-ts keygen --output ci.key', 'an identity for a machine, with ci.pub to let it in'],
  ],
  run: keygen,
};
