import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFileKey } from '../../src/age/filekey.js';
import { parseIdentityFile } from '../../src/age/identities.js';
import { unwrap, unwrapSync, wrapAll } from '../../src/age/index.js';
import { checkOpenpgpRecipient, type GpgDecrypter, gpgIdentity } from '../../src/age/openpgp.js';
import { parseRecipient, parseRecipientFile } from '../../src/age/recipients.js';
import type { Identity } from '../../src/age/types.js';
import { type Folder, has, temporaryFolder } from './programs.js';

const hasGpg = has('gpg', '--version') && has('gpgconf', '--version');

let folder: Folder;

/** gpg in a home of its own, without questions. */
function gpg(args: readonly string[], input?: string | Uint8Array): Buffer {
  return folder.run(
    'gpg',
    ['--batch', '--quiet', '--no-auto-check-trustdb', '--pinentry-mode', 'loopback', ...args],
    input,
  );
}

interface MadeKey {
  readonly fingerprint: string;
  readonly subkey: string;
  armored(): string;
  secret(): Buffer;
}

function make(
  name: string,
  { algorithm = 'rsa2048', subkey = 'rsa2048', expires = '0', passphrase = '', options = [] as string[] } = {},
): MadeKey {
  const secret = ['--passphrase', passphrase];
  gpg([
    ...secret,
    ...options,
    '--quick-generate-key',
    `${name} <${name}@example.com>`,
    algorithm,
    'cert,sign',
    expires,
  ]);
  const fingerprint = fingerprints(['--list-keys', `${name}@example.com`])[0] ?? '';
  if (subkey !== '') gpg([...secret, ...options, '--quick-add-key', fingerprint, subkey, 'encr', expires]);
  return {
    fingerprint,
    subkey: fingerprints(['--list-keys', fingerprint])[1] ?? '',
    armored: () => gpg(['--armor', '--export', fingerprint]).toString(),
    secret: () => gpg([...secret, '--armor', '--export-secret-keys', fingerprint]),
  };
}

/** Revoking, as `gpg --edit-key` does it: yes, no particular reason, no words about it, yes. */
function edit({ fingerprint }: MadeKey, commands: string, ...options: string[]): void {
  const dialogue = [
    '--no-batch',
    '--no-tty',
    '--passphrase',
    '',
    '--command-fd',
    '0',
    ...options,
    '--edit-key',
    fingerprint,
  ];
  gpg(dialogue, `${commands}\ny\n0\n\ny\nsave\n`);
}

function fingerprints(args: readonly string[]): string[] {
  const lines = gpg(['--with-colons', ...args]).toString();
  return [...lines.matchAll(/^fpr:+([0-9A-F]+):/gm)].map(([, fingerprint]) => fingerprint ?? '');
}

const realGpg: GpgDecrypter = {
  secretFingerprints: () => new Set(fingerprints(['--list-secret-keys'])),
  decrypt: (message) => gpg(['--passphrase', '', '--decrypt'], message),
};

const code = (name: string, sentence?: RegExp) =>
  expect.objectContaining({
    code: `ERR_BLACKBOX_${name}`,
    ...(sentence && { sentence: expect.stringMatching(sentence) }),
  });

beforeAll(() => {
  folder = temporaryFolder();
  // Otherwise it makes every passphrase cost what it can compute in a tenth of a second, which is seconds here.
  writeFileSync(folder.join('gpg-agent.conf'), 's2k-count 65536\n');
});
afterAll(() => {
  if (hasGpg) folder.run('gpgconf', ['--kill', 'all']);
  folder.remove();
});

describe.skipIf(!hasGpg)('OpenPGP keys, with gpg', () => {
  it.each([
    { name: 'rsa', algorithm: 'rsa3072', subkey: 'rsa3072' },
    { name: 'curve', algorithm: 'ed25519', subkey: 'cv25519' },
    { name: 'nist', algorithm: 'nistp384', subkey: 'nistp384' },
    { name: 'brainpool', algorithm: 'rsa2048', subkey: 'brainpoolP256r1' },
  ])('$algorithm with $subkey: gpg opens our stanza, and so does the exported key', async ({ name, ...key }) => {
    const made = make(name, key);
    const recipient = parseRecipient(made.armored());
    expect(recipient).toMatchObject({
      kind: 'openpgp',
      text: `openpgp ${made.fingerprint}`,
      comment: `${name} <${name}@example.com>`,
    });
    expect(await checkOpenpgpRecipient(recipient)).toMatchObject({ fingerprint: made.fingerprint, expires: null });

    const fileKey = newFileKey();
    const stanzas = await wrapAll(fileKey, [recipient]);
    expect(stanzas[0]?.args).toEqual(['openpgp', made.fingerprint]);
    expect(gpg(['--decrypt'], stanzas[0]?.body)).toEqual(fileKey);
    expect(unwrapSync(stanzas, [gpgIdentity(realGpg)])).toEqual(fileKey);
    const exported = parseIdentityFile(made.secret(), { name: 'exported' });
    expect(exported).toEqual([expect.objectContaining({ kind: 'openpgp', recipient: recipient.text, sync: false })]);
    expect(await unwrap(stanzas, exported)).toEqual(Uint8Array.from(fileKey));
  });

  it('uses AES-256 in the packet that every gpg opens, whatever the key prefers', async () => {
    const made = make('prefers', { options: ['--default-preference-list', 'AES CAST5 SHA256 ZIP'] });
    const [stanza] = await wrapAll(newFileKey(), [parseRecipient(made.armored())]);
    const packets = gpg(['--list-packets'], stanza?.body).toString();
    expect(packets).toMatch(/encrypted data packet:[\s\S]*mdc_method: 2/);
    expect(packets).not.toMatch(/aead|compressed/);
    // 2: integrity protected by SHA-1 inside the encryption; 9: AES-256.
    expect(gpg(['--status-fd', '1', '--decrypt'], stanza?.body).toString()).toContain('DECRYPTION_INFO 2 9 ');
  });

  it('opens what gpg itself encrypted to the key, as gpg and as the exported key', async () => {
    const made = make('reverse', { algorithm: 'ed25519', subkey: 'cv25519' });
    const fileKey = newFileKey();
    const body = gpg(['--trust-model', 'always', '--encrypt', '--recipient', made.fingerprint], fileKey);
    const stanzas = [{ args: ['openpgp', made.fingerprint], body }];
    expect(unwrapSync(stanzas, [gpgIdentity(realGpg)])).toEqual(fileKey);
    expect(await unwrap(stanzas, parseIdentityFile(made.secret(), { name: 'x' }))).toEqual(Uint8Array.from(fileKey));
  });

  it('encrypts to the newest encryption subkey, and opens with a key whose primary is kept elsewhere', async () => {
    const made = make('offline');
    gpg(['--passphrase', '', '--quick-add-key', made.fingerprint, 'cv25519', 'encr', '0']);
    const recipient = parseRecipient(made.armored());
    expect((await checkOpenpgpRecipient(recipient)).algorithm).toMatch(/ecdh/i);
    const stanzas = await wrapAll(newFileKey(), [recipient]);
    const subkeysOnly = gpg(['--passphrase', '', '--armor', '--export-secret-subkeys', made.fingerprint]);
    expect(await unwrap(stanzas, parseIdentityFile(subkeysOnly, { name: 'subkeys' }))).toHaveLength(16);
  });

  it('asks for the passphrase of an exported key once, and only for a stanza to it', async () => {
    const made = make('locked', { algorithm: 'ed25519', subkey: 'cv25519', passphrase: 'correct horse' });
    const other = make('unlocked', { algorithm: 'ed25519', subkey: 'cv25519' });
    const exported = made.secret();
    let asked = 0;
    const options = { name: 'alice.asc', askPassphrase: () => ['correct horse', 'wrong pony'][asked++] ?? '' };
    const [identity] = parseIdentityFile(exported, options) as [Identity];
    expect(identity.unwrap(await wrapAll(newFileKey(), [parseRecipient(other.armored())]))).toBeNull();
    expect(asked).toBe(0);
    const fileKey = newFileKey();
    const stanzas = await wrapAll(fileKey, [parseRecipient(made.armored())]);
    for (const _ of [1, 2]) expect(await identity.unwrap(stanzas)).toEqual(Uint8Array.from(fileKey));
    expect(asked).toBe(1);

    const [wrong] = parseIdentityFile(exported, options) as [Identity];
    for (const _ of [1, 2]) await expect(wrong.unwrap(stanzas)).rejects.toThrow(code('WRONG_PASSPHRASE', /alice\.asc/));
    expect(asked).toBe(2);
    const [nobody] = parseIdentityFile(exported, { name: 'alice.asc' }) as [Identity];
    await expect(nobody.unwrap(stanzas)).rejects.toThrow(code('PASSPHRASE_NEEDED'));
  });

  describe('refuses, at the check and at every wrap,', () => {
    async function refused(armored: string, sentence: RegExp, hint: RegExp): Promise<void> {
      const recipient = parseRecipient(armored);
      const refusal = expect.objectContaining({
        code: 'ERR_BLACKBOX_RECIPIENT_UNUSABLE',
        sentence: expect.stringMatching(sentence),
        hints: expect.arrayContaining([expect.stringMatching(hint)]),
      });
      await expect(checkOpenpgpRecipient(recipient)).rejects.toThrow(refusal);
      await expect(recipient.wrap(newFileKey())).rejects.toThrow(refusal);
    }

    it('an expired key, until its owner has done as the hint says; an old secret key still opens', async () => {
      const then = ['--faked-system-time', '20200101T000000'];
      const made = make('expired', { algorithm: 'rsa2048', expires: '1y', options: then });
      await refused(
        made.armored(),
        /it expired on 2020-12-31$/,
        new RegExp(`gpg --quick-set-expire ${made.fingerprint} 2y`),
      );
      const fileKey = newFileKey();
      const always = [...then, '--trust-model', 'always', '--encrypt', '--recipient', made.fingerprint];
      const stanzas = [{ args: ['openpgp', made.fingerprint], body: gpg(always, fileKey) }];
      expect(unwrapSync(stanzas, [gpgIdentity(realGpg)])).toEqual(fileKey);
      expect(await unwrap(stanzas, parseIdentityFile(made.secret(), { name: 'x' }))).toEqual(Uint8Array.from(fileKey));

      gpg(['--passphrase', '', '--quick-set-expire', made.fingerprint, '2y']);
      await refused(made.armored(), /its encryption subkey expired on 2020-12-31$/, new RegExp(`2y ${made.subkey}`));
      gpg(['--passphrase', '', '--quick-set-expire', made.fingerprint, '2y', made.subkey]);
      const { expires } = await checkOpenpgpRecipient(parseRecipient(made.armored()));
      expect(expires?.getTime()).toBeGreaterThan(Date.now());
    });

    it('a revoked key', async () => {
      const made = make('revoked');
      edit(made, 'revkey');
      await refused(made.armored(), /it has been revoked$/, /another key/);
    });

    it('a key revoked with SHA-1', async () => {
      const made = make('oldrevoked');
      edit(made, 'revkey', '--cert-digest-algo', 'SHA1');
      expect(gpg(['--list-packets'], made.armored()).toString()).toMatch(/sigclass 0x20\n\s+digest algo 2,/);
      await refused(made.armored(), /it has been revoked$/, /another key/);
    });

    it('a key whose encryption subkey is revoked', async () => {
      const made = make('subrevoked');
      edit(made, 'key 1\nrevkey');
      await refused(made.armored(), /its encryption subkey has been revoked$/, /another key/);
    });

    it('a key that can only sign, until its owner has done as the hint says', async () => {
      const made = make('signer', { algorithm: 'ed25519', subkey: '' });
      await refused(
        made.armored(),
        /it has no encryption subkey/,
        new RegExp(`gpg --quick-add-key ${made.fingerprint} default encr 2y`),
      );
      gpg(['--passphrase', '', '--quick-add-key', made.fingerprint, 'default', 'encr', '2y']);
      await expect(checkOpenpgpRecipient(parseRecipient(made.armored()))).resolves.toMatchObject({
        fingerprint: made.fingerprint,
      });
    });

    it('RSA with 1024 bits, as primary key and as subkey', async () => {
      const weak = make('weak', { algorithm: 'rsa1024', subkey: 'rsa2048' });
      await refused(weak.armored(), /too weak \(RSA keys shorter than/, /another key/);
      const weakSubkey = make('weaksub', { algorithm: 'rsa2048', subkey: 'rsa1024' });
      await refused(weakSubkey.armored(), /its encryption subkey is too weak/, /another key/);
    });

    it('a primary key on a curve whose signatures openpgp cannot check', async () => {
      const made = make('brainpoolprimary', { algorithm: 'brainpoolP256r1', subkey: 'cv25519' });
      await refused(made.armored(), /a Brainpool curve/, /another key/);
    });

    it('DSA and ElGamal', async () => {
      await refused(
        make('dsa', { algorithm: 'dsa1024', subkey: 'elg1024' }).armored(),
        /too weak \(dsa keys/i,
        /another key/,
      );
      await refused(
        make('elg', { algorithm: 'rsa2048', subkey: 'elg1024' }).armored(),
        /encryption subkey is too weak \(elgamal/i,
        /another/,
      );
    });

    it('self-signatures with SHA-1, until its owner has done as the hint says', async () => {
      const made = make('sha', { options: ['--cert-digest-algo', 'SHA1'] });
      await refused(made.armored(), /its self-signature uses SHA-1/, /--quick-set-expire/);
      gpg(['--passphrase', '', '--quick-set-expire', made.fingerprint, '2y']);
      await refused(made.armored(), /signature of its encryption subkey uses SHA-1/, /--quick-set-expire/);
      gpg(['--passphrase', '', '--quick-set-expire', made.fingerprint, '2y', made.subkey]);
      await expect(checkOpenpgpRecipient(parseRecipient(made.armored()))).resolves.toMatchObject({
        userId: 'sha <sha@example.com>',
      });
    });
  });

  it('encrypts to the block it was given, not to another key with that e-mail in the keyring', async () => {
    const mine = make('twice', { algorithm: 'ed25519', subkey: 'cv25519' });
    const block = mine.armored();
    gpg([
      '--passphrase',
      '',
      '--yes',
      '--quick-generate-key',
      'twice <twice@example.com>',
      'rsa2048',
      'cert,encr',
      '0',
    ]);
    expect(fingerprints(['--list-keys', 'twice@example.com'])).toHaveLength(3);
    const [stanza] = await wrapAll(newFileKey(), [parseRecipient(block)]);
    const subkeys = fingerprints(['--list-keys', mine.fingerprint]);
    const packets = gpg(['--list-packets'], stanza?.body).toString();
    const [, id = 'none'] = /pubkey enc packet:.*keyid ([0-9A-F]{16})/.exec(packets) ?? [];
    expect(subkeys[1]).toMatch(new RegExp(`${id}$`));
  });

  it('reads two people’s blocks from one file, but not two keys in one block', () => {
    const [one, two] = [
      make('one', { algorithm: 'ed25519', subkey: 'cv25519' }),
      make('two', { algorithm: 'ed25519', subkey: 'cv25519' }),
    ];
    const file = `# laptop\n${one.armored()}\n# desktop\n${two.armored()}`;
    expect(parseRecipientFile(file).map(({ text }) => text)).toEqual([
      `openpgp ${one.fingerprint}`,
      `openpgp ${two.fingerprint}`,
    ]);
    const both = gpg(['--armor', '--export', one.fingerprint, two.fingerprint]).toString();
    expect(() => parseRecipientFile(both)).toThrow(
      expect.objectContaining({
        code: 'ERR_BLACKBOX_BAD_RECIPIENT',
        sentence: expect.stringMatching(/^line 1: .*2 keys/),
        hints: [one, two].map(({ fingerprint }) => expect.stringContaining(`gpg --armor --export ${fingerprint} >`)),
      }),
    );
  });

  it('refuses a secret key as a public one, also under a public label', () => {
    const made = make('private', { algorithm: 'ed25519', subkey: 'cv25519' });
    const secret = made.secret().toString();
    const relabelled = secret.replaceAll('PRIVATE', 'PUBLIC');
    for (const text of [secret, relabelled, `# mine\n${secret}`]) {
      expect(() => parseRecipientFile(text)).toThrow(code('PRIVATE_KEY_GIVEN'));
      expect(() => parseRecipientFile(text)).not.toThrow(new RegExp(secret.split('\n')[3]?.slice(0, 10) ?? ''));
    }
  });

  it('never hands gpg anything but a message to a public key', () => {
    const made = make('guarded', { algorithm: 'ed25519', subkey: 'cv25519' });
    const hostile = [
      gpg(['--passphrase', 'x', '--symmetric'], 'x'.repeat(16)),
      gpg(['--store'], 'x'.repeat(16)),
      gpg(['--passphrase', '', '--sign', '--local-user', made.fingerprint], 'x'.repeat(16)),
      Buffer.from(made.armored()),
      Buffer.alloc(20_000, 0x84),
      Buffer.alloc(0),
    ];
    const spy = { ...realGpg, decrypt: () => expect.fail('gpg was asked') };
    for (const body of hostile) {
      expect(() => gpgIdentity(spy).unwrap([{ args: ['openpgp', made.fingerprint], body }])).toThrow(code('DAMAGED'));
    }
  });
});
