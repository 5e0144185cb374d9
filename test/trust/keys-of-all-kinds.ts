/** One person with each kind of key there is: made once, by the programs that make such keys. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  formatPublicKey,
  generateIdentity,
  generatePqIdentity,
  loadPqIdentity,
  x25519Identity,
} from '../../src/age/index.js';

export interface Keyed {
  readonly name: string;
  /** What stands in their identity file. */
  readonly identity: string;
  /** What they give to colleagues. */
  readonly publicText: string;
  /** Canonical text of the recipient. */
  readonly recipient: string;
  readonly signs: boolean;
}

export function withAge(name: string): Keyed {
  const { identity, recipient } = generateIdentity();
  return { name, identity, recipient, publicText: formatPublicKey(x25519Identity(identity)), signs: true };
}

/** A bare recipient, as `age-keygen -y` prints it: it cannot sign. */
function withBareAge(name: string): Keyed {
  const { identity, recipient } = generateIdentity();
  return { name, identity, recipient, publicText: `${recipient}\n`, signs: false };
}

async function withPostQuantum(name: string): Promise<Keyed> {
  const { identity, recipient } = await generatePqIdentity();
  const publicText = formatPublicKey(await loadPqIdentity(identity));
  return { name, identity: `# public key: ${recipient}\n${identity}\n`, recipient, publicText, signs: true };
}

function withSsh(name: string, type: 'ed25519' | 'rsa'): Keyed {
  const folder = mkdtempSync(join(tmpdir(), 'bbt-key-'));
  try {
    const file = join(folder, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', type, ...(type === 'rsa' ? ['-b', '2048'] : []), '-N', '', '-f', file]);
    const publicText = readFileSync(`${file}.pub`, 'utf8');
    const recipient = publicText.split(' ').slice(0, 2).join(' ');
    return { name, identity: readFileSync(file, 'utf8'), recipient, publicText, signs: true };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function withOpenpgp(name: string): Promise<Keyed> {
  const openpgp = await import('openpgp');
  const { privateKey, publicKey } = await openpgp.generateKey({
    type: 'ecc',
    curve: 'curve25519Legacy',
    userIDs: [{ name }],
    format: 'object',
  });
  const recipient = `openpgp ${publicKey.getFingerprint().toUpperCase()}`;
  const plain = (text: string) => text.replaceAll('\r\n', '\n').replace(/\n(Comment|Version): .*/g, '');
  return { name, identity: privateKey.armor(), recipient, publicText: plain(publicKey.armor()), signs: true };
}

export async function everyKind(): Promise<readonly Keyed[]> {
  return [
    withAge('ada'),
    withSsh('ben', 'ed25519'),
    await withPostQuantum('cid'),
    withSsh('dan', 'rsa'),
    await withOpenpgp('eve'),
    withBareAge('fay'),
  ];
}
