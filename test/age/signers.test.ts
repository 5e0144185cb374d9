/** What identities sign with: every kind, behind a passphrase or not, and that the question for it comes once. */
import { generateKeyPairSync } from 'node:crypto';
import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeArmor } from '../../src/age/armor.js';
import { encodeBech32 } from '../../src/age/bech32.js';
import { encryptSync, type Passphrase } from '../../src/age/file.js';
import { newFileKey } from '../../src/age/filekey.js';
import { parseIdentityFile, parseIdentityFileAsync, unlockIdentityFile } from '../../src/age/identities.js';
import { gpgIdentity, openpgpBlock } from '../../src/age/openpgp.js';
import { armorKeyBlock, readKeyBlock } from '../../src/age/openpgp-packets.js';
import { gpgSigner } from '../../src/age/openpgp-signer.js';
import { signingKeys } from '../../src/age/openpgp-signing-keys.js';
import { generatePqIdentity } from '../../src/age/pq.js';
import { formatPublicKey } from '../../src/age/public-key.js';
import { parseRecipient, parseRecipientFile } from '../../src/age/recipients.js';
import { scryptIdentity, scryptRecipient } from '../../src/age/scrypt.js';
import { verifySignature } from '../../src/age/signing.js';
import { wireString } from '../../src/age/ssh-format.js';
import { sshAgentSigner } from '../../src/age/sshsig.js';
import type { Identity, Signer } from '../../src/age/types.js';
import { unwrapSync } from '../../src/age/wrap.js';
import { generateIdentity, x25519Identity } from '../../src/age/x25519.js';
import { failure, failureOf } from './failure.js';
import { ed25519Line, openSshFile, rsaLine, seedOf } from './keys.js';
import { block, dataSignature, newKey, says, subkey, t0, user } from './openpgp-maker.js';

const message = Buffer.from('a label\na message');
const name = 'identity';
const passphrase = 'correct horse';
const lowCost: Passphrase = { passphrase, workFactor: 4 };

function only(identities: readonly Identity[]): Identity {
  expect(identities).toHaveLength(1);
  return identities[0] ?? expect.fail('none');
}
function signerOf(identity: Identity, keys?: ReadonlySet<string>): Signer {
  return identity.signer?.(keys) ?? expect.fail('it cannot sign');
}
const parse = (text: string | Buffer, options: { askPassphrase?: () => string } = {}) =>
  only(parseIdentityFile(typeof text === 'string' ? Buffer.from(text) : text, { name, ...options }));
const locked = (text: string) => Buffer.from(encodeArmor(encryptSync(Buffer.from(text), lowCost)));

/** Answers with the passphrase and counts the questions. */
function asked(answer = passphrase): { askPassphrase: () => string; times: () => number } {
  let times = 0;
  const askPassphrase = () => {
    times++;
    return answer;
  };
  return { askPassphrase, times: () => times };
}

let pq: { identity: string; recipient: string };
let pgp: { privateKey: string; publicKey: string };
let pgpLocked: { privateKey: string; publicKey: string };
beforeAll(async () => {
  pq = await generatePqIdentity();
  const options = { type: 'ecc' as const, userIDs: [{ name: 'Alice' }], format: 'armored' as const };
  pgp = await openpgp.generateKey(options);
  pgpLocked = await openpgp.generateKey({ ...options, passphrase });
});

describe('an age identity', () => {
  it('signs with a key derived from it, at once', () => {
    const { identity } = generateIdentity();
    const signer = signerOf(parse(identity));
    expect(signer.key).toMatch(/^ed25519 [A-Za-z0-9+/]{43}=$/);
    expect(verifySignature(signer.key, message, signer.sign(message) as Uint8Array)).toBe(true);
    expect(signerOf(parse(generateIdentity().identity)).key).not.toBe(signer.key);
  });

  it('that is post-quantum does as well, without loading what decrypts', async () => {
    const signer = signerOf(parse(pq.identity));
    expect(verifySignature(signer.key, message, signer.sign(message) as Uint8Array)).toBe(true);
    const [loaded] = await parseIdentityFileAsync(Buffer.from(pq.identity), { name });
    expect(signerOf(loaded ?? expect.fail('none')).key).toBe(signer.key);
  });

  it('has the signing key that the format document gives, as either kind', () => {
    for (const prefix of ['AGE-SECRET-KEY-', 'AGE-SECRET-KEY-PQ-']) {
      const identity = encodeBech32(prefix, Buffer.alloc(32)).toUpperCase();
      expect(signerOf(parse(identity)).key).toBe('ed25519 RwCEWVGFQW2jE81IRIkjg9qhRjBgzLPOz9FwMBI0fEg=');
    }
  });
});

describe('an age identity file behind a passphrase', () => {
  it('asks once, whether it signs or decrypts first', () => {
    const { identity, recipient } = generateIdentity();
    const fileKey = newFileKey();
    const stanza = parseRecipient(recipient).wrap(fileKey) as never;
    const expected = x25519Identity(identity).signer().key;
    for (const signsFirst of [true, false]) {
      const { askPassphrase, times } = asked();
      const file = parse(locked(identity), { askPassphrase });
      expect(times()).toBe(0);
      if (signsFirst) signerOf(file).sign(message);
      expect(unwrapSync([stanza], [file])).toEqual(fileKey);
      const signer = signerOf(file);
      expect(signer.key).toBe(expected);
      expect(verifySignature(signer.key, message, signer.sign(message) as Uint8Array)).toBe(true);
      expect(times()).toBe(1);
    }
  });

  it('that holds several signs with the one that is wanted, else with the first', () => {
    const [a, b] = [generateIdentity(), generateIdentity()];
    const [keyA, keyB] = [a, b].map(({ identity }) => x25519Identity(identity).signer().key);
    const { askPassphrase, times } = asked();
    const file = parse(locked(`${a.identity}\n${pq.identity}\n${b.identity}\n`), { askPassphrase });
    expect(signerOf(file).key).toBe(keyA);
    expect(signerOf(file, new Set([keyB ?? ''])).key).toBe(keyB);
    expect(signerOf(file, new Set(['ed25519 another'])).key).toBe(keyA);
    expect(signerOf(file, new Set([signerOf(parse(pq.identity)).key])).key).toBe(signerOf(parse(pq.identity)).key);
    expect(times()).toBe(1);
  });

  it('with a wrong passphrase is not asked for again', () => {
    const { askPassphrase, times } = asked('wrong');
    const file = parse(locked(generateIdentity().identity), { askPassphrase });
    for (let i = 0; i < 3; i++) expect(failure(() => signerOf(file))?.code).toBe('ERR_BLACKBOX_WRONG_PASSPHRASE');
    expect(times()).toBe(1);
    const mute = parse(locked(generateIdentity().identity));
    expect(failure(() => signerOf(mute))?.code).toBe('ERR_BLACKBOX_PASSPHRASE_NEEDED');
  });

  it('unlocked, tells the public keys in it, post-quantum ones too', async () => {
    const { identity, recipient } = generateIdentity();
    const { askPassphrase, times } = asked();
    const found = await unlockIdentityFile(locked(`${identity}\n${pq.identity}\n`), { name, askPassphrase });
    expect(found.map((one) => one.recipient)).toEqual([recipient, pq.recipient]);
    expect(times()).toBe(1);
    const plain = await unlockIdentityFile(Buffer.from(identity), { name });
    expect(plain.map((one) => one.recipient)).toEqual([recipient]);
    const wrong = unlockIdentityFile(locked(identity), { name, ...asked('wrong') });
    expect((await failureOf(wrong))?.code).toBe('ERR_BLACKBOX_WRONG_PASSPHRASE');
  });
});

describe('an SSH identity', () => {
  const seed = seedOf('signers');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rsaPem = privateKey.export({ format: 'pem', type: 'pkcs1' }) as string;
  const lockedPem = privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase }) as string;

  it.each([
    ['ed25519', openSshFile(seed), ed25519Line(seed)],
    ['rsa', rsaPem, rsaLine(privateKey)],
  ])('%s signs itself', (_type, file, line) => {
    const identity = parse(file);
    const signer = signerOf(identity);
    expect(signer.key).toBe(line);
    expect(signer.key).toBe(identity.recipient);
    expect(verifySignature(line, message, signer.sign(message) as Uint8Array)).toBe(true);
    expect(verifySignature(line, Buffer.from('another'), signer.sign(message) as Uint8Array)).toBe(false);
  });

  it('in a locked PEM file has to be unlocked to be known', () => {
    const { askPassphrase, times } = asked();
    const identity = parse(lockedPem, { askPassphrase });
    expect([identity.recipient, times()]).toEqual(['', 0]);
    const signer = signerOf(identity);
    expect(signer.key).toBe(rsaLine(privateKey));
    expect(verifySignature(signer.key, message, signer.sign(message) as Uint8Array)).toBe(true);
    expect(times()).toBe(1);
  });

  it('in a locked PEM file with its public key beside it asks only when it signs', () => {
    const { askPassphrase, times } = asked();
    const options = { name, askPassphrase, publicKey: () => rsaLine(privateKey, 'me') };
    const signer = signerOf(only(parseIdentityFile(Buffer.from(lockedPem), options)));
    expect([signer.key, times()]).toEqual([rsaLine(privateKey), 0]);
    for (let i = 0; i < 2; i++)
      expect(verifySignature(signer.key, message, signer.sign(message) as Uint8Array)).toBe(true);
    expect(times()).toBe(1);
  });

  it('never verifies under a point of small order', () => {
    const wire = Buffer.concat([wireString('ssh-ed25519'), wireString(Buffer.from(`01${'00'.repeat(31)}`, 'hex'))]);
    const line = `ssh-ed25519 ${wire.toString('base64')}`;
    const raw = Buffer.concat([Buffer.from(`58${'66'.repeat(31)}`, 'hex'), Buffer.from(`01${'00'.repeat(31)}`, 'hex')]);
    const fields = [wire, 'blackbox-ts', '', 'sha512', Buffer.concat([wireString('ssh-ed25519'), wireString(raw)])];
    const blob = Buffer.concat([Buffer.from('SSHSIG'), Buffer.from([0, 0, 0, 1]), ...fields.map((f) => wireString(f))]);
    expect(verifySignature(line, message, blob)).toBe(false);
  });

  it('in an agent: what comes back is checked before it is handed on', () => {
    const line = ed25519Line(seed, 'a comment');
    const mine = signerOf(parse(openSshFile(seed)));
    const armored = (bytes: Uint8Array) =>
      Buffer.from(
        `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(bytes).toString('base64')}\n-----END SSH SIGNATURE-----\n`,
      );
    const asks: string[] = [];
    const good = sshAgentSigner((key, bytes) => {
      asks.push(key);
      return armored(mine.sign(bytes) as Uint8Array);
    }, line);
    expect(good.key).toBe(ed25519Line(seed));
    expect(verifySignature(good.key, message, good.sign(message) as Uint8Array)).toBe(true);
    expect(asks).toEqual([ed25519Line(seed)]);
    const wrong = sshAgentSigner(() => armored(mine.sign(Buffer.from('another')) as Uint8Array), line);
    expect(failure(() => wrong.sign(message))?.code).toBe('ERR_BLACKBOX_SIGNING_FAILED');
    const none = sshAgentSigner(() => Buffer.from('no signature'), line);
    expect(failure(() => none.sign(message))?.code).toBe('ERR_BLACKBOX_SIGNING_FAILED');
  });
});

describe('an exported OpenPGP key', () => {
  it('signs for its primary key, and says so later', async () => {
    const identity = parse(pgp.privateKey);
    const signer = signerOf(identity);
    expect(signer.key).toBe(identity.recipient);
    const made = await signer.sign(message);
    expect(verifySignature(signer.key, message, made, () => pgp.publicKey)).toBe(true);
    expect(verifySignature(signer.key, message, made, () => pgpLocked.publicKey)).toBe(false);
  });

  it('behind a passphrase asks once, for signing and decrypting', async () => {
    const { askPassphrase, times } = asked();
    const identity = parse(pgpLocked.privateKey, { askPassphrase });
    const fileKey = newFileKey();
    const stanza = await parseRecipient(pgpLocked.publicKey).wrap(fileKey);
    const signer = signerOf(identity);
    expect(times()).toBe(0);
    const made = await signer.sign(message);
    expect(await identity.unwrap([stanza])).toEqual(Uint8Array.from(fileKey));
    expect(verifySignature(signer.key, message, made, () => pgpLocked.publicKey)).toBe(true);
    expect(times()).toBe(1);
  });

  it('that has no key to sign with cannot', async () => {
    const curve448 = await openpgp.generateKey({ type: 'curve448', userIDs: [{ name: 'A' }], format: 'armored' });
    expect(parse(curve448.privateKey).signer).toBeUndefined();
    expect(parseRecipient(curve448.publicKey).sign).toBeNull();
  });
});

describe('gpg', () => {
  const [primary, sub, other] = [newKey(), newKey(), newKey()];
  const certifyOnly = { hashed: [says.created(t0), says.flags(1)] };
  const armored = block(primary, user(primary, certifyOnly), subkey(primary, sub), subkey(primary, other));
  const holding = (...fingerprints: string[]) => {
    const used: string[] = [];
    const gpg = {
      secretFingerprints: () => new Set(fingerprints),
      sign: (_message: Uint8Array, fingerprint: string) => {
        used.push(fingerprint);
        return dataSignature(sub, { subject: [message] });
      },
    };
    return { gpg, used };
  };

  it('signs with a key of the block that it holds', () => {
    const { gpg, used } = holding(primary.fingerprint, sub.fingerprint);
    for (const given of [armored, readKeyBlock(armored)]) {
      const signer = gpgSigner(gpg, given) ?? expect.fail('none');
      expect(signer.key).toBe(`openpgp ${primary.fingerprint}`);
      const made = signer.sign(message) as Uint8Array;
      expect(verifySignature(signer.key, message, made, () => armored)).toBe(true);
    }
    expect(used).toEqual([sub.fingerprint, sub.fingerprint]);
  });

  it('cannot when it holds none of them, or only what has expired', () => {
    expect(gpgSigner(holding().gpg, armored)).toBeNull();
    expect(gpgSigner(holding(primary.fingerprint, 'A'.repeat(40)).gpg, armored)).toBeNull();
    const expired = block(
      primary,
      user(primary, { hashed: [says.created(t0), says.flags(3), says.keyLasts(60)] }),
      subkey(primary, sub),
    );
    expect(signingKeys(readKeyBlock(expired))).toHaveLength(2);
    expect(gpgSigner(holding(primary.fingerprint, sub.fingerprint).gpg, expired)).toBeNull();
  });

  it('is not believed when it signs with another key or something else', () => {
    const { gpg } = holding(other.fingerprint);
    const signer = gpgSigner(gpg, armored) ?? expect.fail('none');
    expect(failure(() => signer.sign(Buffer.from('another')))?.code).toBe('ERR_BLACKBOX_SIGNING_FAILED');
  });

  it('as an identity signs nothing by itself: whose key it would be is not known', () => {
    expect(gpgIdentity({ secretFingerprints: () => new Set(), decrypt: () => Buffer.alloc(0) }).signer).toBeUndefined();
  });
});

describe('recipients', () => {
  it('say what their owner signs with', () => {
    const { recipient } = generateIdentity();
    expect(parseRecipient(recipient).sign).toBeNull();
    expect(parseRecipient(pq.recipient).sign).toBeNull();
    const line = ed25519Line(seedOf('x'));
    expect(parseRecipient(`${line} me`).sign).toBe(line);
    expect(parseRecipient(pgp.publicKey).sign).toMatch(/^openpgp [0-9A-F]{40}$/);
    expect(scryptRecipient(passphrase, 4).sign).toBeNull();
    expect(scryptIdentity(passphrase).signer).toBeUndefined();
  });

  it('of OpenPGP give their block, which reads the same again', () => {
    const recipient = parseRecipient(pgp.publicKey);
    const found = openpgpBlock(recipient) ?? expect.fail('none');
    expect(`openpgp ${found.fingerprint}`).toBe(recipient.text);
    const again = parseRecipient(armorKeyBlock(found));
    expect([again.text, again.sign]).toEqual([recipient.text, recipient.sign]);
    expect(openpgpBlock(again)?.data).toEqual(found.data);
    expect(openpgpBlock(parseRecipient(generateIdentity().recipient))).toBeNull();
  });
});

describe('a .pub file', () => {
  const alice = generateIdentity();
  const bob = generateIdentity();
  const sign = x25519Identity(alice.identity).signer().key;
  const comment = `# blackbox-ts signing key: ${sign}`;
  const ssh = ed25519Line(seedOf('x'));
  const small = `ed25519 ${Buffer.from(`01${'00'.repeat(31)}`, 'hex').toString('base64')}`;

  it('tells the signing key below an age key', () => {
    const text = `# Alice\n${alice.recipient}\n${comment}\n\n# laptop\n${ssh} me\n${bob.recipient}\n# no key of Bob's\n${pgp.publicKey}`;
    const found = parseRecipientFile(text);
    expect(found.map((r) => r.sign)).toEqual([sign, ssh, null, parseRecipient(pgp.publicKey).sign]);
    expect(found.map((r) => r.text).slice(0, 3)).toEqual([alice.recipient, ssh, bob.recipient]);
    expect(parseRecipientFile(text.replaceAll('\n', '\r\n')).map((r) => r.sign)).toEqual(found.map((r) => r.sign));
  });

  it('with a signing key wraps as without', () => {
    const [recipient] = parseRecipientFile(`${alice.recipient}\n${comment}`);
    const fileKey = newFileKey();
    const stanza = recipient?.wrap(fileKey) as never;
    expect(unwrapSync([stanza], [x25519Identity(alice.identity)])).toEqual(fileKey);
  });

  const malformed = /signing key in this comment cannot be used: it is malformed/;
  const stray = /signing key in this comment cannot be used: it does not stand below an age key/;
  it.each([
    ['with a blank line between', `${alice.recipient}\n\n${comment}`, 3, stray],
    ['with a comment between', `${alice.recipient}\n# x\n${comment}`, 3, stray],
    ['above its key', `${comment}\n${alice.recipient}`, 1, stray],
    ['twice', `${alice.recipient}\n${comment}\n${comment}`, 3, stray],
    ['below an SSH key', `${ssh}\n${comment}`, 2, stray],
    ['of another kind', `${alice.recipient}\n# blackbox-ts signing key: ${ssh}`, 2, malformed],
    ['cut off', `${alice.recipient}\n${comment.slice(0, -3)}`, 2, malformed],
    ['of nothing', `${alice.recipient}\n# blackbox-ts signing key:`, 2, malformed],
    ['with words behind it', `${alice.recipient}\n${comment} (laptop)`, 2, malformed],
    ['in capitals', `${alice.recipient}\n${comment.replace('signing', 'Signing')}`, 2, malformed],
    ['without its blank', `${alice.recipient}\n${comment.replace('# ', '#')}`, 2, malformed],
    ['with an underscore', `${alice.recipient}\n${comment.replace('signing key', 'signing_key')}`, 2, malformed],
    ['with two blanks', `${alice.recipient}\n${comment.replace(': ', ':  ')}`, 2, malformed],
    ['of small order', `${alice.recipient}\n# blackbox-ts signing key: ${small}`, 2, malformed],
    ['in other base64', `${alice.recipient}\n${comment.replace(/=$/, '')}`, 2, malformed],
  ])('%s is refused, with the line', (_what, text, line, sentence) => {
    const error = failure(() => parseRecipientFile(text));
    expect(error?.code).toBe('ERR_BLACKBOX_BAD_RECIPIENT');
    expect(error?.sentence).toMatch(sentence);
    expect(error?.sentence).toMatch(new RegExp(`^line ${line}: `));
  });

  it('below an OpenPGP block, it is refused as well', () => {
    expect(failure(() => parseRecipientFile(`${pgp.publicKey.trim()}\n${comment}`))?.sentence).toMatch(stray);
  });

  it('cannot give one signing key to two', () => {
    const text = `${alice.recipient}\n${comment}\n${bob.recipient}\n${comment}\n`;
    const error = failure(() => parseRecipientFile(text));
    expect([error?.code, error?.sentence]).toEqual([
      'ERR_BLACKBOX_DUPLICATE_KEY',
      'line 4: it is the same key as on line 2',
    ]);
  });

  it('is what an identity gives of itself', async () => {
    for (const identity of [parse(alice.identity), parse(openSshFile(seedOf('x')))]) {
      const [found, more] = parseRecipientFile(formatPublicKey(identity));
      expect([found?.text, found?.sign]).toEqual([identity.recipient, signerOf(identity).key]);
      expect(more).toBeUndefined();
    }
    expect(formatPublicKey(parse(alice.identity))).toBe(`${alice.recipient}\n${comment}\n`);
    const [loaded] = await parseIdentityFileAsync(Buffer.from(pq.identity), { name });
    expect(parseRecipientFile(formatPublicKey(loaded ?? expect.fail('none')))).toEqual([
      expect.objectContaining({ text: pq.recipient, sign: signerOf(parse(pq.identity)).key }),
    ]);
  });

  it('cannot be made of a key whose public half is not known, or is more than its name', () => {
    expect(failure(() => formatPublicKey(parse(pq.identity)))?.code).toBe('ERR_BLACKBOX_BAD_IDENTITY');
    const error = failure(() => formatPublicKey(parse(pgp.privateKey)));
    expect(error?.code).toBe('ERR_BLACKBOX_BAD_IDENTITY');
    expect(error?.hints.join()).toMatch(/^gpg --armor --export [0-9A-F]{40} > NAME\.pub$/);
  });
});
