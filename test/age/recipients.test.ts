import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { generateKey } from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { generatePqIdentity } from '../../src/age/pq.js';
import { parseRecipient, parseRecipientFile } from '../../src/age/recipients.js';
import { generateIdentity } from '../../src/age/x25519.js';
import { BlackboxError } from '../../src/errors.js';
import { ed25519Line, openSshFile, pem, rsaLine, seedOf } from './keys.js';

const age = generateIdentity();
const ed25519 = ed25519Line(seedOf('alice'), 'alice@laptop');
const rsa = rsaLine(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
let pgp: { publicKey: string; privateKey: string };
let pq: { identity: string; recipient: string };

beforeAll(async () => {
  pgp = (await generateKey({ type: 'ecc', userIDs: [{ name: 'Alice' }], format: 'armored' })) as never;
  pq = await generatePqIdentity();
});

const code = (name: string, sentence = /./) =>
  expect.objectContaining({ code: `ERR_BLACKBOX_${name}`, sentence: expect.stringMatching(sentence) });

function failure(act: () => unknown): BlackboxError {
  try {
    act();
  } catch (error) {
    if (error instanceof BlackboxError) return error;
    throw error;
  }
  return expect.fail('nothing was thrown');
}

describe('one public key', () => {
  it('of each kind', () => {
    expect(parseRecipient(age.recipient)).toMatchObject({ kind: 'x25519', text: age.recipient, comment: '' });
    expect(parseRecipient(` ${ed25519}\r\n`)).toMatchObject({ kind: 'ssh-ed25519', comment: 'alice@laptop' });
    expect(parseRecipient(rsa)).toMatchObject({ kind: 'ssh-rsa', text: rsa });
    expect(parseRecipient(pq.recipient)).toMatchObject({ kind: 'mlkem768x25519', text: pq.recipient });
    expect(parseRecipient(pgp.publicKey)).toMatchObject({ kind: 'openpgp', comment: 'Alice' });
    expect(parseRecipient(`\ufeff${age.recipient}`).text).toBe(age.recipient);
  });

  it('with a typing error or cut off says so', () => {
    const swapped = age.recipient.replace(/(.)$/, (last) => (last === 'q' ? 'p' : 'q'));
    for (const wrong of [swapped, age.recipient.slice(0, -3), `${age.recipient}q`, age.recipient.slice(0, 30)]) {
      expect(() => parseRecipient(wrong)).toThrow(code('BAD_RECIPIENT', /missing or mistyped/));
    }
    expect(() => parseRecipient(pq.recipient.slice(0, -3))).toThrow(code('BAD_RECIPIENT', /incomplete or mistyped/));
  });

  it.each([
    [
      'an age plugin’s with a typing error',
      'age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3x',
      /checksum is wrong/,
      null,
    ],
    ['a hardware tag', `age1tag1${'q'.repeat(60)}`, /incomplete or mistyped/, null],
    ['with words after it', 'age1qqqq alice', /cannot be used/, null],
    ['a hardware SSH key', 'sk-ecdsa-sha2-nistp256@openssh.com AAAAInNr x', /security tokens can sign/, /keygen/],
    ['ECDSA', 'ecdsa-sha2-nistp256 AAAAE2Vj x', /only ssh-ed25519 and ssh-rsa/, /keygen/],
    ['an e-mail address', 'alice@example.com', /an e-mail address is no key/, /gpg --armor --export/],
    ['a GitHub account', '@alice', /name of a person or account/, /curl .*github\.com\/USER\.keys/],
    ['a GitHub address', 'https://github.com/alice.keys', /name of a person or account/, /curl/],
    ['a name', 'alice', /name of a person or account/, /curl/],
    [
      'a fingerprint',
      '5C522332D492FAE1CB305D24FF23CAD4130D22F8',
      /a fingerprint names a key, but is none/,
      /gpg --armor --export/,
    ],
    ['a fingerprint as gpg shows it', '5C52 2332 D492 FAE1 CB30  5D24 FF23 CAD4 130D 22F8', /a fingerprint/, /gpg/],
    ['our own name of an OpenPGP key', 'openpgp 5C522332D492FAE1CB305D24FF23CAD4130D22F8', /a fingerprint/, /gpg/],
    ['PEM', pem('PUBLIC KEY', Buffer.alloc(9)), /a public key in PEM/, /ssh-keygen -i -m PKCS8/],
    ['a PGP message', pem('PGP MESSAGE', Buffer.alloc(9)), /not one complete PGP PUBLIC KEY BLOCK/, /gpg/],
    ['an authorized_keys line with options', `command="id" ${ed25519}`, /something stands before the key/, /delete/],
    ['an SSH key without its type', ed25519.split(' ')[1] ?? '', /type of the SSH key/, /whole line/],
    ['nothing', '', /it is empty/, /keygen/],
    ['UTF-16', 'a\0g\0e\0', /not UTF-8/, /UTF-8/],
    ['a novel', `ssh-ed25519 ${'a@ '.repeat(300_000)}`, /longer than any key/, /keygen/],
    ['something hard to match', 'a@'.repeat(4000), /none of age1…/, /keygen/],
    ['anything else', '{"kty":"OKP"}', /none of age1…/, /keygen/],
  ])('is refused as %s, with what to do', (_, line, sentence, hint) => {
    const error = failure(() => parseRecipient(line));
    expect(error).toEqual(code('BAD_RECIPIENT', sentence));
    if (hint) expect(error.hints[0]).toMatch(hint);
  });

  it('is only ever refused, whatever the text, and the text is not repeated', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `age1${text}`),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          const error = failure(() => parseRecipient(text));
          expect(error.code).toMatch(/BAD_RECIPIENT|PRIVATE_KEY_GIVEN/);
          if (text.length > 12) expect(error.message).not.toContain(text);
        },
      ),
    );
  });
});

describe('a private key instead of a public one', () => {
  const given = (): [string, string][] => [
    ['an age identity', age.identity],
    ['in lower case', age.identity.toLowerCase()],
    ['a post-quantum one', pq.identity],
    ['a whole identity file', `# created: now\n# public key: ${age.recipient}\n${age.identity}\n`],
    ['one behind a comment sign', `${age.recipient}\n#${age.identity}\n`],
    ['one after a byte order mark', `\ufeff${age.identity}`],
    ['one after good keys', `${ed25519}\n${age.identity}`],
    ['an OpenSSH key', openSshFile(seedOf('alice'))],
    ['an RSA key', pem('RSA PRIVATE KEY', Buffer.alloc(60, 7))],
    ['an encrypted one', pem('ENCRYPTED PRIVATE KEY', Buffer.alloc(60, 7))],
    ['an OpenPGP key', pgp.privateKey],
    ['a PuTTY key', `PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n${'A'.repeat(60)}\n`],
  ];

  it('is refused in every form, and not a piece of it is in the message', () => {
    for (const [what, text] of given()) {
      for (const parse of [parseRecipient, parseRecipientFile]) {
        const error = failure(() => parse(text));
        expect({ what, code: error.code }).toEqual({ what, code: 'ERR_BLACKBOX_PRIVATE_KEY_GIVEN' });
        const pieces = text.match(/[A-Za-z0-9+/]{20,}/g) ?? [];
        for (const piece of pieces) expect(JSON.stringify({ ...error, message: error.message })).not.toContain(piece);
      }
    }
  });
});

describe('a file of public keys', () => {
  it('holds any mix, in its order', () => {
    const file = `# Alice\r\n\r\n${age.recipient}\r\n  # SSH\n${ed25519}\n\t\n${pgp.publicKey.replaceAll('\n', '\r\n')}\n# old\n${rsa}`;
    for (const text of [file, `\ufeff${file}`, `${file}\n\n`]) {
      expect(parseRecipientFile(text).map(({ kind }) => kind)).toEqual(['x25519', 'ssh-ed25519', 'openpgp', 'ssh-rsa']);
    }
  });

  it('is refused as a whole, with the line, when one line is no key', () => {
    const lines = ['# Alice', age.recipient, '', 'bogus line', ed25519];
    const error = failure(() => parseRecipientFile(lines.join('\n')));
    expect(error).toEqual(code('BAD_RECIPIENT', /^line 4: this is no public key/));
    expect(error.message).not.toContain('bogus');
    expect(() => parseRecipientFile(`${pgp.publicKey}\nssh-dss AAAA x`)).toThrow(
      code('BAD_RECIPIENT', /^line \d\d: .*ssh-dss/),
    );
  });

  it('keeps hints across the line number', () => {
    expect(failure(() => parseRecipientFile('\nalice@example.com')).hints[0]).toMatch(/gpg --armor --export/);
  });

  it.each([
    ['an age key', () => `${age.recipient}\n${ed25519}\n${age.recipient}`, /^line 3: .*same key as on line 1/],
    ['an SSH key with another comment', () => `${ed25519}\n${ed25519} (old)`, /^line 2: .*line 1/],
    ['an OpenPGP key', () => `${pgp.publicKey}\n# again\n${pgp.publicKey}`, /same key as on line 1/],
  ])('is refused with %s twice', (_, file, sentence) => {
    expect(() => parseRecipientFile(file())).toThrow(code('DUPLICATE_KEY', sentence));
  });

  it('is refused with a block that was cut off', () => {
    const cut = pgp.publicKey.split('\n').slice(0, 5).join('\n');
    for (const text of [cut, `${cut}\n${pgp.publicKey}`, `${age.recipient}\n${cut}\n`]) {
      expect(() => parseRecipientFile(text)).toThrow(code('BAD_RECIPIENT', /^line [12]: .*the block has no end/));
    }
    expect(() => parseRecipientFile(`${age.recipient}\n-----END PGP PUBLIC KEY BLOCK-----`)).toThrow(
      code('BAD_RECIPIENT', /^line 2/),
    );
  });

  it.each([
    ['nothing', ''],
    ['only comments', '# Alice\n\n#\n'],
  ])('is refused with %s', (_, text) => {
    expect(() => parseRecipientFile(text)).toThrow(code('BAD_RECIPIENT', /holds no public key/));
  });

  it('has bounds', () => {
    const many = Array.from({ length: 65 }, (_, i) => ed25519Line(seedOf(`key ${i}`)));
    expect(parseRecipientFile(many.slice(1).join('\n'))).toHaveLength(64);
    expect(() => parseRecipientFile(many.join('\n'))).toThrow(code('BAD_RECIPIENT', /more than 64 keys/));
    const blocks = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n-----END PGP PUBLIC KEY BLOCK-----\n'.repeat(14_000);
    expect(() => parseRecipientFile(blocks)).toThrow(code('BAD_RECIPIENT', /more than 64 keys/));
    expect(() => parseRecipientFile('#'.repeat(1024 * 1024 + 1))).toThrow(code('BAD_RECIPIENT', /more than 1024 KiB/));
  });
});
