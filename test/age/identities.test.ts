import { beforeAll, describe, expect, it } from 'vitest';
import { encodeArmor } from '../../src/age/armor.js';
import { newFileKey } from '../../src/age/filekey.js';
import { formatHeader } from '../../src/age/header.js';
import { parseIdentityFile, parseIdentityFileAsync } from '../../src/age/identities.js';
import { sealPayload } from '../../src/age/payload.js';
import { generatePqIdentity } from '../../src/age/pq.js';
import { parseRecipient } from '../../src/age/recipients.js';
import { scryptRecipient } from '../../src/age/scrypt.js';
import type { Identity, Recipient, Stanza } from '../../src/age/types.js';
import { unwrapSync } from '../../src/age/wrap.js';
import { generateIdentity } from '../../src/age/x25519.js';
import type { BlackboxError } from '../../src/errors.js';
import { ed25519Line, openSshFile, seedOf } from './keys.js';

const [alice, bob] = [generateIdentity(), generateIdentity()];
let pq: { identity: string; recipient: string };
beforeAll(async () => {
  pq = await generatePqIdentity();
});

const fileKey = Buffer.from('0123456789abcdef');
const forAlice = parseRecipient(alice.recipient).wrap(fileKey) as Stanza;
const forBob = parseRecipient(bob.recipient).wrap(fileKey) as Stanza;
const name = '~/.config/blackbox-ts/identity';

const code = (short: string, sentence = /./) =>
  expect.objectContaining({ code: `ERR_BLACKBOX_${short}`, sentence: expect.stringMatching(sentence) });

function parse(content: string | Buffer, options = {}): Identity[] {
  return parseIdentityFile(Buffer.from(content as string), { name, ...options });
}

function encrypt(content: string, recipient: Recipient): Buffer {
  const key = newFileKey();
  return Buffer.concat([
    formatHeader([recipient.wrap(key) as Stanza], key),
    ...sealPayload(key, [Buffer.from(content)]),
  ]);
}

describe('an age identity file', () => {
  it('is what age-keygen writes, in whatever encoding it was saved', () => {
    const file = `# created: 2026-01-01T00:00:00Z\n# public key: ${alice.recipient}\n${alice.identity}\n`;
    const variants = [
      Buffer.from(file),
      Buffer.from(file.replaceAll('\n', '\r\n')),
      Buffer.from(`\ufeff${file}`),
      Buffer.from(`\ufeff${file}`, 'utf16le'),
      Buffer.from(alice.identity),
      Buffer.from(`\n\n  ${alice.identity}  \n\n`),
    ];
    for (const content of variants) {
      const identities = parse(content);
      expect(identities).toEqual([expect.objectContaining({ kind: 'x25519', recipient: alice.recipient, sync: true })]);
      expect(identities[0]?.unwrap([forBob, forAlice])).toEqual(fileKey);
      expect(identities[0]?.unwrap([forBob])).toBeNull();
    }
  });

  it('holds several, in their order', () => {
    const identities = parse(`${alice.identity}\n# work\n${bob.identity}\n`);
    expect(identities.map(({ recipient }) => recipient)).toEqual([alice.recipient, bob.recipient]);
  });

  it('holds post-quantum keys, which know their public key once there was time to compute it', async () => {
    expect(parse(pq.identity)).toEqual([
      expect.objectContaining({ kind: 'mlkem768x25519', sync: false, recipient: '' }),
    ]);
    const both = await parseIdentityFileAsync(Buffer.from(`${alice.identity}\n${pq.identity}`), { name });
    expect(both.map(({ recipient }) => recipient)).toEqual([alice.recipient, pq.recipient]);
    expect(await both[1]?.unwrap([await parseRecipient(pq.recipient).wrap(fileKey)])).toEqual(Uint8Array.from(fileKey));
  });

  it.each([
    ['nothing', '', /holds no private key/],
    ['only comments', '# public key: age1…\n', /holds no private key/],
    [
      'a typing error',
      () => `#\n${alice.identity.replace(/.$/, (last) => (last === 'Q' ? 'P' : 'Q'))}`,
      /, line 2: .*missing or mistyped/,
    ],
    ['a truncated key', () => alice.identity.slice(0, 40), /line 1: .*missing or mistyped/],
    ['a lower-case key', () => alice.identity.toLowerCase(), /line 1: this is no private key/],
    ['a public key', () => alice.recipient, /line 1: .*it is a public key/],
    ['an SSH public key', () => `# ssh\n${ed25519Line(seedOf('x'))}`, /line 2: .*it is a public key/],
    ['a PGP public key', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END', /it is a public key/],
    [
      'a mistyped plugin identity',
      'AGE-PLUGIN-YUBIKEY-1QQPQYQYZ\n',
      /line 1: the identity of an age plugin .*mistyped/,
    ],
    ['a plugin without a name', 'AGE-PLUGIN-1QQPQYQYZ\n', /line 1: the identity of an age plugin/],
    ['a PuTTY key', 'PuTTY-User-Key-File-3: ssh-ed25519\n', /format of PuTTY/],
    ['anything else', 'hunter2hunter2\n', /none of AGE-SECRET-KEY-1…/],
    ['binary', Buffer.alloc(100, 0xfe), /none of/],
    ['too much', '#'.repeat(1024 * 1024 + 1), /more than 1024 KiB/],
    ['too many', () => `${alice.identity}\n`.repeat(65), /more than 64/],
  ])('is refused with %s, and nothing of it is repeated', (_, content, sentence) => {
    const bytes = Buffer.from((typeof content === 'function' ? content() : content) as string);
    try {
      parse(bytes);
      expect.fail('nothing was thrown');
    } catch (error) {
      expect(error).toEqual(code('BAD_IDENTITY', sentence));
      expect((error as BlackboxError).message).toContain(name);
      for (const word of bytes.toString().match(/[A-Za-z0-9]{12,}/g) ?? [])
        expect((error as BlackboxError).message).not.toContain(word);
    }
  });

  it('is refused in the same way when there is time', async () => {
    await expect(parseIdentityFileAsync(Buffer.from('x y z'), { name })).rejects.toThrow(code('BAD_IDENTITY'));
    const [ssh] = await parseIdentityFileAsync(Buffer.from(openSshFile(seedOf('x'))), { name });
    expect(ssh?.recipient).toBe(ed25519Line(seedOf('x')));
  });
});

describe('an age identity file behind a passphrase', () => {
  const content = `# two\n${alice.identity}\n${bob.identity}\n`;
  const locked = encrypt(content, scryptRecipient('correct horse', 4));

  it.each([
    ['binary', locked],
    ['armored', Buffer.from(encodeArmor(locked))],
    ['armored with CRLF', Buffer.from(encodeArmor(locked).replaceAll('\n', '\r\n'))],
  ])('%s: asks once, and only when a stanza may be for it', (_, file) => {
    let asked = 0;
    const [identity] = parse(file, { askPassphrase: () => ['correct horse'][asked++] ?? expect.fail('asked again') });
    expect(identity).toMatchObject({ kind: 'x25519', recipient: '', sync: true });
    const others = [
      { args: ['ssh-ed25519', 'AAAAAA', 'x'], body: Buffer.alloc(32) },
      { args: ['openpgp', 'x'], body: Buffer.alloc(9) },
    ];
    expect(identity?.unwrap(others)).toBeNull();
    expect(asked).toBe(0);
    expect(identity?.unwrap([...others, forBob])).toEqual(fileKey);
    expect(identity?.unwrap([forAlice])).toEqual(fileKey);
    expect(identity?.unwrap([parseRecipient(generateIdentity().recipient).wrap(fileKey) as Stanza])).toBeNull();
    expect(asked).toBe(1);
  });

  it.each(['wrong', ''])('says that the passphrase %j is wrong, and does not ask for every file', (answer) => {
    let asked = 0;
    const ask = () => {
      asked++;
      return answer;
    };
    const [identity] = parse(locked, { askPassphrase: ask });
    for (const _ of [1, 2, 3])
      expect(() => identity?.unwrap([forAlice])).toThrow(code('WRONG_PASSPHRASE', /identity$/));
    expect(asked).toBe(1);
  });

  it('says that nobody can be asked', () => {
    expect(() => parse(locked)[0]?.unwrap([forAlice])).toThrow(code('PASSPHRASE_NEEDED'));
  });

  it('may hold a post-quantum key, which the synchronous way refuses by name', async () => {
    const file = encrypt(`${alice.identity}\n${pq.identity}`, scryptRecipient('x', 4));
    const identities = parse(file, { askPassphrase: () => 'x' });
    const stanza = await parseRecipient(pq.recipient).wrap(fileKey);
    expect(await identities[0]?.unwrap([stanza])).toEqual(Uint8Array.from(fileKey));
    expect(() => unwrapSync([stanza], identities)).toThrow(code('ASYNC_ONLY'));
    expect(unwrapSync([stanza, forAlice], identities)).toEqual(fileKey);
  });

  it('is refused when it is for a key, damaged, or holds something else', () => {
    const ask = { askPassphrase: () => 'x' };
    expect(() => parse(encrypt(content, parseRecipient(alice.recipient)))).toThrow(
      code('BAD_IDENTITY', /not with a passphrase/),
    );
    expect(() => parse(locked.subarray(0, 60))).toThrow(code('BAD_IDENTITY', /identity cannot be used: .*damaged/));
    expect(() => parse(encodeArmor(locked).replace('-----END', ''))).toThrow(code('BAD_IDENTITY', /armor/));
    const [cut] = parse(encrypt(content, scryptRecipient('x', 4)).subarray(0, -1), ask);
    expect(() => cut?.unwrap([forAlice])).toThrow(code('BAD_IDENTITY', /damaged/));
    const [other] = parse(encrypt('hunter2hunter2', scryptRecipient('x', 4)), ask);
    expect(() => other?.unwrap([forAlice])).toThrow(code('BAD_IDENTITY', /^(?!.*hunter2)/));
    const [key] = parse(encrypt(openSshFile(seedOf('x')), scryptRecipient('x', 4)), ask);
    expect(() => key?.unwrap([forAlice])).toThrow(code('BAD_IDENTITY'));
  });
});
