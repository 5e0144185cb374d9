/** `keygen --public`: what somebody gives away of an identity that they have. */
import { resolve } from 'node:path';
import { formatPublicKey, unlockIdentityFile } from '../age/index.js';
import type { Host } from '../host/types.js';
import { showPath } from '../text.js';
import { identityPath } from '../vault/index.js';
import { flag, type Given, text } from './command.js';
import { identityNeedsPublic, noIdentityFile } from './refusals.js';
import { contradiction } from './refuse-options.js';

/** As in the vault's keyring. */
const identityFileLimit = 1024 * 1024;

function read(host: Host, given: string | undefined): { content: Buffer; name: string } {
  if (given === '-') return { content: host.terminal.readStdin(), name: 'standard input' };
  const path = given === undefined ? identityPath(host) : resolve(host.cwd, given);
  const content = host.files.read(host.files.real(path), identityFileLimit);
  if (content === null) throw noIdentityFile(path);
  return { content, name: path };
}

/** The whole `.pub` file: each key with its signing key. A protected identity has to be unlocked for it: the signing key comes from the secret. */
async function publicText(host: Host, identity: string | undefined): Promise<string> {
  const { content, name } = read(host, identity);
  const askPassphrase = () => host.terminal.askSecret(`passphrase for ${showPath(name)}: `);
  const identities = await unlockIdentityFile(content, { name, askPassphrase });
  return identities.map(formatPublicKey).join('');
}

/** @returns whether that was what was asked for */
export async function showPublic(host: Host, given: Given): Promise<boolean> {
  const identity = text(given, 'identity');
  if (!flag(given, 'public')) {
    if (identity !== undefined) throw identityNeedsPublic();
    return false;
  }
  const other = ['output', 'passphrase', 'force'].find((name) => given.options[name] !== undefined);
  if (other !== undefined) throw contradiction('--public', `--${other}`);
  host.terminal.data(await publicText(host, identity));
  return true;
}
