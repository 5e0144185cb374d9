/** Signatures of and for the real gpg, in both directions. */
import { readFileSync, writeFileSync } from 'node:fs';
import * as openpgp from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseIdentityFile } from '../../src/age/identities.js';
import { openpgpBlock } from '../../src/age/openpgp.js';
import { armorKeyBlock } from '../../src/age/openpgp-packets.js';
import { verifyOpenpgpSignature } from '../../src/age/openpgp-signature.js';
import { gpgSigner } from '../../src/age/openpgp-signer.js';
import { parseRecipient } from '../../src/age/recipients.js';
import { verifySignature } from '../../src/age/signing.js';
import { nodeGpg } from '../../src/host/gpg.js';
import type { Gpg } from '../../src/host/types.js';
import { type Folder, has, temporaryFolder } from './programs.js';

const hasGpg = has('gpg', '--version') && has('gpgconf', '--version');
const message = Buffer.from('blackbox-ts\na message\r\n\0');
const free = ['--pinentry-mode', 'loopback', '--passphrase', ''];
let folder: Folder;

function gpg(args: readonly string[], input?: string | Uint8Array): Buffer {
  return folder.run('gpg', ['--batch', '--quiet', '--no-auto-check-trustdb', ...args], input);
}

/** As the program sees it: a new one each time, because it remembers which keys it has seen. */
function ours(changes: Record<string, string> = {}): Gpg {
  return nodeGpg({ PATH: process.env.PATH, HOME: folder.path, GNUPGHOME: folder.path, ...changes }, folder.path);
}

function fingerprints(of: string): string[] {
  const listing = gpg(['--with-colons', '--list-keys', of]).toString();
  return [...listing.matchAll(/^fpr:+([0-9A-F]+):/gm)].map(([, fingerprint = '']) => fingerprint);
}

const armored = (fingerprint: string) => gpg(['--armor', '--export', fingerprint]).toString();

interface Made {
  readonly fingerprint: string;
  readonly subkeys: readonly string[];
}

let count = 0;
function make(primary: string, subkey = '', options: readonly string[] = [], expires = '0'): Made {
  const user = `u${++count}@example.com`;
  gpg([...free, ...options, '--quick-generate-key', user, primary, subkey === '' ? 'cert,sign' : 'cert', expires]);
  const [fingerprint = ''] = fingerprints(user);
  if (subkey !== '') gpg([...free, ...options, '--quick-add-key', fingerprint, subkey, 'sign', expires]);
  return { fingerprint, subkeys: fingerprints(fingerprint).slice(1) };
}

/** Whether gpg finds a signature good, and by which key or subkey. */
function judge(signature: Uint8Array, over: Uint8Array = message): string | null {
  writeFileSync(folder.join('signed'), over);
  writeFileSync(folder.join('signed.sig'), signature);
  try {
    const status = gpg(['--status-fd', '1', '--verify', folder.join('signed.sig'), folder.join('signed')]).toString();
    return /^\[GNUPG:\] VALIDSIG ([0-9A-F]+) /m.exec(status)?.[1] ?? null;
  } catch {
    return null;
  }
}

function signWith(key: Made, block = armored(key.fingerprint)): Uint8Array {
  const signer = gpgSigner(ours(), block) ?? expect.fail('gpg has no key for it');
  expect(signer.key).toBe(`openpgp ${key.fingerprint}`);
  return signer.sign(message) as Uint8Array;
}

beforeAll(() => {
  folder = temporaryFolder();
  writeFileSync(folder.join('gpg-agent.conf'), 's2k-count 65536\n');
});
afterAll(() => {
  if (hasGpg) folder.run('gpgconf', ['--kill', 'all']);
  folder.remove();
});

describe.skipIf(!hasGpg)('signing with gpg', () => {
  it.each([
    ['RSA', 'rsa2048', ''],
    ['RSA subkey', 'rsa2048', 'rsa3072'],
    ['Ed25519', 'ed25519', ''],
    ['Ed25519 subkey', 'ed25519', 'ed25519'],
    ['P-256', 'nistp256', ''],
    ['P-384', 'nistp384', ''],
    ['P-521 subkey', 'nistp256', 'nistp521/ecdsa'],
    ['P-521', 'nistp521', ''],
  ])('%s: what it signs is good to us and to it', (_kind, primary, subkey) => {
    const key = make(primary, subkey);
    const block = armored(key.fingerprint);
    expect(parseRecipient(block).sign).toBe(`openpgp ${key.fingerprint}`);
    const made = signWith(key);
    expect(verifySignature(`openpgp ${key.fingerprint}`, message, made, () => block)).toBe(true);
    expect(judge(made)).toBe(key.subkeys[0] ?? key.fingerprint);
    const other = Buffer.from('another message');
    expect([verifyOpenpgpSignature(block, other, made), judge(made, other)]).toEqual([false, null]);
    // Also what it makes of its own accord, with whatever hash and form it prefers.
    const plain = gpg([...free, '--local-user', key.fingerprint, '--detach-sign'], message);
    expect(verifyOpenpgpSignature(block, message, plain)).toBe(true);
    for (let at = 0; at < plain.length; at++) {
      const flipped = Buffer.from(plain);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at & 7));
      expect(verifyOpenpgpSignature(block, message, flipped)).toBe(false);
    }
    const again = armorKeyBlock(openpgpBlock(parseRecipient(block)) ?? expect.fail('none'));
    expect(verifyOpenpgpSignature(again, message, made)).toBe(true);
    gpg(['--import'], again);
  });

  it.each([
    ['DSA', 'dsa2048'],
    ['Brainpool', 'brainpoolP256r1'],
  ])('%s keys cannot sign for us', (_kind, primary) => {
    const key = make(primary);
    const block = armored(key.fingerprint);
    expect(parseRecipient(block).sign).toBeNull();
    expect(gpgSigner(ours(), block)).toBeNull();
    const made = gpg([...free, '--local-user', key.fingerprint, '--detach-sign'], message);
    expect([judge(made), verifyOpenpgpSignature(block, message, made)]).toEqual([key.fingerprint, false]);
  });

  it('an exported key signs the same, and what openpgp makes is good to gpg', async () => {
    for (const key of [make('ed25519', 'ed25519'), make('rsa2048')]) {
      const secret = gpg([...free, '--armor', '--export-secret-keys', key.fingerprint]);
      const [identity] = parseIdentityFile(secret, { name: 'exported' });
      const signer = identity?.signer?.() ?? expect.fail('it cannot sign');
      const made = await signer.sign(message);
      expect(judge(made)).toBe(key.subkeys[0] ?? key.fingerprint);
      expect(verifySignature(signer.key, message, made, () => armored(key.fingerprint))).toBe(true);
    }
  });

  it('an exported subkey without its primary key signs', async () => {
    const key = make('ed25519', 'ed25519');
    const secret = gpg([...free, '--armor', '--export-secret-subkeys', key.fingerprint]);
    const [identity] = parseIdentityFile(secret, { name: 'exported' });
    const signer = identity?.signer?.() ?? expect.fail('it cannot sign');
    expect(signer.key).toBe(`openpgp ${key.fingerprint}`);
    expect(judge(await signer.sign(message))).toBe(key.subkeys[0]);
  });

  it('keys made by openpgp sign through gpg', async () => {
    const pair = await openpgp.generateKey({ type: 'ecc', userIDs: [{ name: 'Made', email: 'made@example.com' }] });
    gpg([...free, '--import'], pair.privateKey);
    const [fingerprint = ''] = fingerprints('made@example.com');
    const made = signWith({ fingerprint, subkeys: [] }, pair.publicKey);
    expect(verifyOpenpgpSignature(pair.publicKey, message, made)).toBe(true);
  });

  it('a newer subkey that the block does not have is not used', () => {
    const key = make('ed25519', 'ed25519', ['--faked-system-time', '20250101T000000!']);
    const before = armored(key.fingerprint);
    gpg([...free, '--quick-add-key', key.fingerprint, 'ed25519', 'sign', '0']);
    const [, second = ''] = fingerprints(key.fingerprint).slice(1);
    expect(judge(signWith(key, before))).toBe(key.subkeys[0]);
    expect(judge(signWith(key))).toBe(second);
    const made = gpg([...free, '--local-user', key.fingerprint, '--detach-sign'], message);
    expect([judge(made), verifyOpenpgpSignature(before, message, made)]).toEqual([second, false]);
  });

  it('whatever gpg.conf asks for, what comes is plain', () => {
    const key = make('ed25519');
    const conf = ['armor', 'textmode', 'default-sig-expire 1d', 'sig-notation a@example.com=b', 'comment hello'];
    writeFileSync(folder.join('gpg.conf'), `${conf.join('\n')}\n`);
    try {
      const made = signWith(key);
      expect([judge(made), made[0]]).toEqual([key.fingerprint, expect.any(Number)]);
      expect(Buffer.from(made).toString('latin1')).not.toContain('BEGIN');
    } finally {
      writeFileSync(folder.join('gpg.conf'), '');
    }
  });

  it('who must not be asked for a passphrase, or has no such key, is told', () => {
    const user = 'locked@example.com';
    gpg([
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      'x',
      '--quick-generate-key',
      user,
      'ed25519',
      'cert,sign',
      '0',
    ]);
    writeFileSync(folder.join('gpg-agent.conf'), 's2k-count 65536\npinentry-program /nowhere\n');
    folder.run('gpgconf', ['--kill', 'gpg-agent']);
    const [fingerprint = ''] = fingerprints(user);
    const refused = expect.objectContaining({ code: 'ERR_BLACKBOX_GPG_FAILED' });
    try {
      expect(() => signWith({ fingerprint, subkeys: [] })).toThrow(refused);
      expect(() => signWith({ fingerprint, subkeys: [] })).toThrow(/pinentry/);
    } finally {
      writeFileSync(folder.join('gpg-agent.conf'), 's2k-count 65536\n');
      folder.run('gpgconf', ['--kill', 'gpg-agent']);
    }
    expect(() => ours().sign(message, 'A'.repeat(40))).toThrow(/no secret key/);
    expect(() => ours().sign(message, '--output')).toThrow('not a fingerprint');
    expect(() => ours({ PATH: '/nowhere' }).sign(message, 'A'.repeat(40))).toThrow(/not found/);
  });
});

describe.skipIf(!hasGpg)('keys that change', () => {
  const at = (day: string) => ['--faked-system-time', `${day}T120000!`];

  it('expired: what it signed before is good, it signs no more, and extended it does again', () => {
    const key = make('ed25519', 'ed25519', at('20250101'), '20250201T000000');
    const early = gpg([...free, ...at('20250115'), '--local-user', key.fingerprint, '--detach-sign'], message);
    const block = armored(key.fingerprint);
    expect(verifyOpenpgpSignature(block, message, early)).toBe(true);
    expect(parseRecipient(block).sign).toBe(`openpgp ${key.fingerprint}`);
    expect(gpgSigner(ours(), block)).toBeNull();
    gpg([...free, '--quick-set-expire', key.fingerprint, '0']);
    gpg([...free, '--quick-set-expire', key.fingerprint, '0', key.subkeys[0] ?? '']);
    const made = signWith(key);
    expect(judge(made)).toBe(key.subkeys[0]);
    // The block from before does not know of the extension.
    expect(verifyOpenpgpSignature(block, message, made)).toBe(false);
    expect(verifyOpenpgpSignature(armored(key.fingerprint), message, early)).toBe(true);
  });

  it('a signature that its owner dated out of the life of the key is refused', () => {
    const key = make('ed25519', '', at('20250101'));
    const limited = make('ed25519', '', at('20250101'));
    gpg([...free, ...at('20250102'), '--quick-set-expire', limited.fingerprint, '20250110T000000']);
    const late = (of: Made) =>
      gpg([...free, ...at('20250105'), '--local-user', of.fingerprint, '--detach-sign'], message);
    const made = late(limited);
    expect(verifyOpenpgpSignature(armored(limited.fingerprint), message, made)).toBe(true);
    // Cut short afterwards, to before the signature was made.
    gpg([...free, ...at('20250106'), '--quick-set-expire', limited.fingerprint, '20250107T000000']);
    expect(verifyOpenpgpSignature(armored(limited.fingerprint), message, late(key))).toBe(false);
    expect(gpgSigner(ours(), armored(limited.fingerprint))).toBeNull();
  });

  it('a revoked subkey is refused, and the next one used', () => {
    const key = make('ed25519', 'ed25519');
    const made = signWith(key);
    const edit = ['--no-batch', '--no-tty', ...free, '--command-fd', '0', '--edit-key', key.fingerprint];
    gpg(edit, 'key 1\nrevkey\ny\n0\n\ny\nsave\n');
    const block = armored(key.fingerprint);
    expect(verifyOpenpgpSignature(block, message, made)).toBe(false);
    expect(parseRecipient(block).sign).toBeNull();
    gpg([...free, '--quick-add-key', key.fingerprint, 'ed25519', 'sign', '0']);
    expect(judge(signWith(key))).toBe(fingerprints(key.fingerprint)[2]);
    expect(verifyOpenpgpSignature(armored(key.fingerprint), message, made)).toBe(false);
  });

  it('a revoked key is refused with all it signed', () => {
    const key = make('rsa2048', 'ed25519');
    const made = signWith(key);
    const certificate = readFileSync(folder.join('openpgp-revocs.d', `${key.fingerprint}.rev`), 'utf8');
    gpg(['--import'], certificate.replace(':-----BEGIN', '-----BEGIN'));
    const block = armored(key.fingerprint);
    expect(verifyOpenpgpSignature(block, message, made)).toBe(false);
    expect([parseRecipient(block).sign, gpgSigner(ours(), block)]).toEqual([null, null]);
  });

  it('certified by friends, also by many, it is what it was', () => {
    const key = make('ed25519');
    for (let i = 0; i < 3; i++) {
      const friend = make('ed25519');
      gpg([...free, '--local-user', friend.fingerprint, '--yes', '--quick-sign-key', key.fingerprint]);
    }
    const made = signWith(key);
    expect(verifyOpenpgpSignature(armored(key.fingerprint), message, made)).toBe(true);
  });
});
