import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseIdentityFile } from '../../src/age/identities.js';
import { formatHeader, newFileKey, parseHeader, sealPayload } from '../../src/age/index.js';
import { openPayload } from '../../src/age/payload.js';
import { parseRecipient, parseRecipientFile } from '../../src/age/recipients.js';
import { sshCipherNames } from '../../src/age/ssh-cipher.js';
import { parseSshPublicKey, sshFingerprint } from '../../src/age/ssh-format.js';
import type { Identity, Recipient, Stanza } from '../../src/age/types.js';
import { type Folder, has, temporaryFolder } from './programs.js';

const hasKeygen = has('ssh-keygen', '-?');
const hasAge = has('age', '--version');
const hasOpenssl = has('openssl', 'version');

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

function keygen(name: string, ...args: string[]): { file: string; line: string; secret: Buffer } {
  folder.run('ssh-keygen', ['-q', '-C', `${name} comment`, '-f', name, ...args]);
  return {
    file: name,
    line: readFileSync(folder.join(`${name}.pub`), 'utf8'),
    secret: readFileSync(folder.join(name)),
  };
}

function seal(recipients: readonly Recipient[], plaintext: string): Buffer {
  const fileKey = newFileKey();
  const stanzas = recipients.map((recipient) => recipient.wrap(fileKey) as Stanza);
  return Buffer.concat([formatHeader(stanzas, fileKey), ...sealPayload(fileKey, [Buffer.from(plaintext)])]);
}

function open(file: Buffer, identity: Identity | undefined): string | null {
  const header = parseHeader(file);
  const fileKey = identity?.unwrap(header.stanzas);
  if (!(fileKey instanceof Uint8Array)) return null;
  return Buffer.concat([...openPayload(fileKey, [file.subarray(header.length)])]).toString();
}

const unencrypted = { name: 'key', askPassphrase: () => expect.fail('nothing to ask for') };

const kinds = [
  { kind: 'ed25519', args: ['-t', 'ed25519'] },
  { kind: 'rsa 2048', args: ['-t', 'rsa', '-b', '2048'] },
  { kind: 'rsa 3072, PEM', args: ['-t', 'rsa', '-b', '3072', '-m', 'PEM'] },
  { kind: 'rsa 4096, PKCS8', args: ['-t', 'rsa', '-b', '4096', '-m', 'PKCS8'] },
];

describe.skipIf(!hasKeygen || !hasAge)('ssh keys, with age and ssh-keygen', () => {
  it.each(kinds)('$kind: age opens ours, we open age’s', ({ kind, args }) => {
    const key = keygen(`plain-${kind.replace(/\W/g, '')}`, '-N', '', ...args);
    const recipient = parseRecipient(key.line);
    const [identity] = parseIdentityFile(key.secret, unencrypted);
    expect(recipient.comment).toBe(`${key.file} comment`);
    expect(identity?.recipient).toBe(recipient.text);
    expect(identity?.kind).toBe(recipient.kind);
    expect(identity?.sync).toBe(true);

    const sealed = seal([recipient], 'from us');
    expect(folder.run('age', ['-d', '-i', key.file], sealed).toString()).toBe('from us');
    expect(open(sealed, identity)).toBe('from us');
    expect(open(folder.run('age', ['-R', `${key.file}.pub`], 'from age'), identity)).toBe('from age');
  });

  it('reads the fingerprint as ssh-keygen prints it', () => {
    const key = keygen('fingerprint', '-N', '', '-t', 'ed25519');
    const printed = folder.run('ssh-keygen', ['-l', '-f', 'fingerprint.pub']).toString();
    expect(printed).toContain(sshFingerprint(parseSshPublicKey(key.line).wire));
  });

  it('finds its stanza among those of others, and says null when it is not there', () => {
    const [mine, other] = [keygen('mine', '-N', '', '-t', 'ed25519'), keygen('other', '-N', '', '-t', 'ed25519')];
    const rsa = keygen('other-rsa', '-N', '', '-t', 'rsa', '-b', '2048');
    writeFileSync(folder.join('team'), other.line + rsa.line + mine.line);
    const [identity] = parseIdentityFile(mine.secret, unencrypted);
    expect(open(folder.run('age', ['-R', 'team'], 'for three'), identity)).toBe('for three');
    expect(open(seal(parseRecipientFile(other.line + rsa.line), 'for two'), identity)).toBeNull();
  });

  it.each(sshCipherNames)('unlocks a file encrypted with %s', (cipher) => {
    const name = `locked-${cipher.replace(/\W/g, '')}`;
    const key = keygen(name, '-N', 'correct horse', '-t', 'ed25519', '-a', '2', '-Z', cipher);
    let asked = 0;
    const ask = (answer: string) => () => {
      asked++;
      return answer;
    };
    const sealed = seal([parseRecipient(key.line)], 'locked');
    const [identity] = parseIdentityFile(key.secret, { name, askPassphrase: ask('correct horse') });
    expect(identity?.recipient).toBe(parseRecipient(key.line).text);
    expect(asked).toBe(0);
    expect(open(sealed, identity)).toBe('locked');
    expect(open(sealed, identity)).toBe('locked');
    expect(asked).toBe(1);

    const [wrong] = parseIdentityFile(key.secret, { name, askPassphrase: ask('correct pony') });
    for (const _ of [1, 2]) {
      expect(() => open(sealed, wrong)).toThrow(expect.objectContaining({ code: 'ERR_BLACKBOX_WRONG_PASSPHRASE' }));
    }
    expect(asked).toBe(2);
  });

  it('unlocks an encrypted RSA key, and asks only for a stanza that carries its tag', () => {
    const key = keygen('locked-rsa', '-N', 'pass', '-t', 'rsa', '-b', '2048', '-a', '2');
    const other = keygen('unrelated-rsa', '-N', '', '-t', 'rsa', '-b', '2048');
    const options = { name: '~/.ssh/id_rsa', askPassphrase: () => 'pass' };
    const [identity] = parseIdentityFile(key.secret, options);
    expect(open(seal([parseRecipient(key.line)], 'x'), identity)).toBe('x');
    const [untouched] = parseIdentityFile(key.secret, unencrypted);
    expect(open(seal([parseRecipient(other.line)], 'x'), untouched)).toBeNull();
    const [nobody] = parseIdentityFile(key.secret, { name: '~/.ssh/id_rsa' });
    expect(open(seal([parseRecipient(other.line)], 'x'), nobody)).toBeNull();
    expect(() => open(seal([parseRecipient(key.line)], 'x'), nobody)).toThrow(
      expect.objectContaining({
        code: 'ERR_BLACKBOX_PASSPHRASE_NEEDED',
        sentence: expect.stringContaining('~/.ssh/id_rsa'),
      }),
    );
  });

  it.each(['PEM', 'PKCS8'])('unlocks an encrypted %s key, told from another by its .pub file', (format) => {
    const key = keygen(`old-${format}`, '-N', 'password', '-t', 'rsa', '-b', '2048', '-m', format);
    const other = keygen(`new-${format}`, '-N', '', '-t', 'rsa', '-b', '2048');
    const sealed = seal([parseRecipient(key.line)], 'old');
    const [identity] = parseIdentityFile(key.secret, { name: 'old', askPassphrase: () => 'password' });
    expect(identity?.recipient).toBe('');
    expect(open(sealed, identity)).toBe('old');
    const [named] = parseIdentityFile(key.secret, { ...unencrypted, publicKey: () => key.line });
    expect(named?.recipient).toBe(parseRecipient(key.line).text);
    expect(open(seal([parseRecipient(other.line)], 'x'), named)).toBeNull();
    const [wrong] = parseIdentityFile(key.secret, { name: 'old', askPassphrase: () => 'no' });
    expect(() => open(sealed, wrong)).toThrow(expect.objectContaining({ code: 'ERR_BLACKBOX_WRONG_PASSPHRASE' }));
  });

  it.skipIf(!hasOpenssl)('reads an Ed25519 key that openssl made', () => {
    folder.run('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', 'openssl.pem']);
    const secret = readFileSync(folder.join('openssl.pem'));
    const [identity] = parseIdentityFile(secret, unencrypted);
    expect(open(seal([parseRecipient(identity?.recipient ?? '')], 'x'), identity)).toBe('x');
  });

  it('refuses keys that cannot decrypt, by name, and never quotes them', () => {
    const ecdsa = keygen('ecdsa', '-N', '', '-t', 'ecdsa');
    const pem = keygen('ecdsa-pem', '-N', '', '-t', 'ecdsa', '-m', 'PEM');
    for (const { line, secret } of [ecdsa, pem]) {
      expect(() => parseRecipient(line)).toThrow(
        expect.objectContaining({
          code: 'ERR_BLACKBOX_BAD_RECIPIENT',
          sentence: expect.stringMatching(/only ssh-ed25519 and ssh-rsa/),
        }),
      );
      expect(() => parseIdentityFile(secret, { name: 'key' })).toThrow(
        expect.objectContaining({
          code: 'ERR_BLACKBOX_BAD_IDENTITY',
          hints: [expect.stringContaining('ssh-keygen -t ed25519')],
        }),
      );
    }
  });

  it('refuses RSA keys that are too weak, public and private', () => {
    const weak = keygen('weak', '-N', '', '-t', 'rsa', '-b', '1024');
    expect(() => parseRecipient(weak.line)).toThrow(/1024 bits is too weak/);
    expect(() => parseIdentityFile(weak.secret, { name: 'weak' })).toThrow(
      expect.objectContaining({ code: 'ERR_BLACKBOX_BAD_IDENTITY', sentence: expect.stringContaining('1024 bits') }),
    );
  });

  it('refuses a certificate', () => {
    keygen('authority', '-N', '', '-t', 'ed25519');
    keygen('user', '-N', '', '-t', 'ed25519');
    folder.run('ssh-keygen', ['-q', '-s', 'authority', '-I', 'me', '-n', 'me', 'user.pub']);
    expect(() => parseRecipient(readFileSync(folder.join('user-cert.pub'), 'utf8'))).toThrow(/it is a certificate/);
  });

  it.each(['RFC4716', 'PKCS8', 'PEM'])('says how to convert a public key in %s', (format) => {
    keygen(`convert-${format}`, '-N', '', '-t', 'rsa', '-b', '2048');
    const exported = folder.run('ssh-keygen', ['-e', '-m', format, '-f', `convert-${format}.pub`]).toString();
    expect(() => parseRecipient(exported)).toThrow(/ssh-keygen -i/);
  });
});
