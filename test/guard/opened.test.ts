/** What is packed, encoded as a whole, pointed to, or named: looked into as far as it goes, and said where it does not. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { credentials } from '../../src/guard/credentials.js';
import { type Finding, inspect, type Rules } from '../../src/guard/index.js';
import { draw, fill, seeded } from './samples.js';
import { knowing } from './state.js';
import { zip } from './zip.js';

const random = seeded(31);
const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const token = fill('ghp_{crc}', random);
const value = draw(random, alphanumeric, 24);
const known = knowing({ 'config/prod.json': JSON.stringify({ db: { password: value } }) });
const rules: Rules = { registered: new Set(), isSealed: () => false, known, credentials: credentials() };

function judge(content: Uint8Array | string, path = 'a.bin', more: Partial<Rules> = {}, mode = '100644'): Finding[] {
  return inspect([{ path, mode, content: Buffer.from(content) }], { ...rules, ...more });
}
const told = (findings: readonly Finding[]) => findings.map(({ rule, what }) => `${rule}: ${what}`);
const utf16 = (text: string) => Buffer.from(text, 'utf16le');

describe('UTF-16', () => {
  it.each([
    ['with a mark', () => utf16(`\ufeffx ${token}\ny ${value}\n`)],
    ['with a mark, big-endian', () => utf16(`\ufeffx ${token}\ny ${value}\n`).swap16()],
    ['without a mark', () => utf16(`x ${token}\ny ${value}\n`)],
    ['without a mark, big-endian', () => utf16(`x ${token}\ny ${value}\n`).swap16()],
  ])('%s is read as text, with its lines and columns', (_, make) => {
    const findings = judge(make(), 'a.txt');
    expect(findings.map(({ rule, line, column }) => [rule, line, column])).toEqual([
      ['known-value', 2, 3],
      ['github-token', 1, 3],
    ]);
  });
});

describe('packed', () => {
  it('gzip, ZIP with and without compression, and one in the other', () => {
    const text = Buffer.from(`a\nb ${token}\nc ${value}\n`);
    const inZip = zip({ 'dir/notes.txt': text });
    expect(told(judge(gzipSync(text)))).toEqual([
      'known-value: value of db.password in config/prod.json, in gzip',
      'github-token: a GitHub token, with a right checksum, in gzip',
    ]);
    for (const packed of [inZip, zip({ 'dir/notes.txt': text }, 0)])
      expect(told(judge(packed))).toContain(
        'github-token: a GitHub token, with a right checksum, in dir/notes.txt in zip',
      );
    expect(told(judge(zip({ 'inner.zip': inZip })))).toContain(
      'known-value: value of db.password in config/prod.json, in dir/notes.txt in zip in inner.zip in zip',
    );
    expect(told(judge(gzipSync(gzipSync(text)))).join()).toContain('in gzip in gzip');
  });

  it('the plaintext of a registered file', () => {
    const plaintext = JSON.stringify({ db: { password: value } });
    expect(told(judge(gzipSync(plaintext)))).toContain(
      'registered-plaintext: the plaintext of config/prod.json under another name',
    );
  });

  it('a secret in the name of what is packed, which is not shown', () => {
    const findings = judge(zip({ [`${token}.txt`]: Buffer.from(`x ${value}`), [`${value}.gz`]: gzipSync('y') }));
    expect(told(findings)).toContain('github-token: a GitHub token, with a right checksum, in a file name in zip');
    expect(told(findings)).toContain('known-value: value of db.password in config/prod.json, in an archive');
    expect(JSON.stringify(findings)).not.toContain(token);
    expect(JSON.stringify(findings)).not.toContain(value);
    const encrypted = judge(gzipSync(zip({ [`${value}.zip`]: zip({ a: Buffer.from('x') }, 8, { encrypted: true }) })));
    expect(told(encrypted).join()).toContain('not-scanned: 1 of 1 files');
    expect(JSON.stringify(encrypted)).not.toContain(value);
  });

  const closed: Readonly<Record<string, () => Buffer>> = {
    'an encrypted file in a ZIP archive': () => zip({ 'a.txt': Buffer.from('x') }, 8, { encrypted: true }),
    'gzip that unpacks to too much': () => gzipSync(Buffer.alloc(300 << 20)),
    'a ZIP archive that unpacks to too much': () => zip({ a: Buffer.alloc(80 << 20), b: Buffer.alloc(80 << 20) }),
    'archives in archives in archives in archives': () =>
      gzipSync(gzipSync(gzipSync(gzipSync(Buffer.from(`x ${token}`))))),
    'a damaged gzip file': () => Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]),
    'a ZIP archive without its end': () => zip({ a: Buffer.from('x') }).subarray(0, 40),
    'a 7z archive': () => Buffer.from('377abcaf271c0004000000000000000000000000', 'hex'),
    'a bzip2 file': () => Buffer.from('425a6839314159265359000000000000000000000000', 'hex'),
  };
  it.each(Object.entries(closed))('%s is told, and refused only when strict', (_, make) => {
    const content = make();
    expect(judge(content)).toMatchObject([{ rule: 'not-scanned', severity: 'warn' }]);
    expect(judge(content, 'a.bin', { strict: true })).toMatchObject([{ rule: 'not-scanned', severity: 'block' }]);
  });

  it('random bytes behind the first ones of archives never make it fail, nor slow', () => {
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(Array.from({ length: 200 }, () => random(256)));
      const head = [Buffer.from('504b0304', 'hex'), Buffer.from('1f8b0800', 'hex'), Buffer.from('feedfeed', 'hex')][
        i % 3
      ];
      expect(() => judge(Buffer.concat([head as Buffer, bytes]))).not.toThrow();
      const whole = zip({ a: Buffer.from(`x ${token}`) });
      whole[random(whole.length)] = random(256);
      expect(() => judge(whole)).not.toThrow();
    }
  });
});

describe('Git LFS', () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 120\n`;

  it('the object that a pointer stands for is looked into', () => {
    const asked: string[] = [];
    const lfs: Rules['lfs'] = ({ oid }) => {
      asked.push(oid);
      return Buffer.from(`x ${token}`);
    };
    expect(told(judge(pointer, 'a.bin', { lfs })).join()).toContain('github-token');
    expect(asked).toEqual(['ab'.repeat(32)]);
  });

  it('one that is not here is told', () => {
    expect(judge(pointer, 'a.bin', { lfs: () => null })).toMatchObject([{ rule: 'not-scanned', severity: 'warn' }]);
    expect(judge(pointer, 'a.bin', { lfs: () => null, strict: true })).toMatchObject([{ severity: 'block' }]);
  });
});

describe('submodules', () => {
  const modules = (url: string) => `[submodule "a"]\n\tpath = a\n\turl = ${url}\n`;

  it('a password or a token in a URL', () => {
    expect(told(judge(modules(`https://x:${value}@git.acme.io/a.git`), '.gitmodules')).join()).toContain('known-value');
    const other = draw(random, alphanumeric, 30);
    expect(told(judge(modules(`https://deploy:${other}@git.acme.io/a.git`), '.gitmodules'))).toEqual([
      'url-password: a password in a URL',
    ]);
    expect(judge(modules(`https://${other}@git.acme.io/a.git`), '.gitmodules')).toMatchObject([
      { rule: 'submodule-url', severity: 'block', line: 3 },
    ]);
    expect(judge(modules('https://git@git.acme.io/a.git'), '.gitmodules')).toEqual([]);
  });
});

describe('keys in binary files', () => {
  const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const padded = (start: string) => Buffer.concat([hex(start), Buffer.alloc(100, 7)]);
  it.each([
    ['private-key-file', padded('3082 04a4 020100 0282 0101 00')],
    ['private-key-file', padded('302e 020100 3005 0603 2b6570 0422 0420')],
    ['private-key-file', padded('3077 020101 0420')],
    ['pkcs12-file', padded('3082 0a00 020103 3082 09c0 0609 2a864886f70d010701')],
    ['java-key-store', padded('feedfeed 00000002 00000001 00000001 0005')],
    ['keepass-file', padded('03d9a29a 67fb4bb5')],
    ['macos-keychain', padded('6b796368 00010000')],
    ['openpgp-secret-key', padded('95 0100 04 60000000 01')],
  ])('%s', (rule, content) => {
    expect(judge(content)).toMatchObject([{ rule, severity: 'block', line: 0, masked: '' }]);
  });

  it.each([
    ['a certificate', padded('3082 0300 3082 01e8 a003020102')],
    ['a public key', padded('3082 0122 300d 0609 2a864886f70d010101')],
    ['a key store with a certificate only', padded('feedfeed 00000002 00000000')],
    ['a public OpenPGP key', padded('99 0100 04 60000000 01')],
  ])('not %s', (_, content) => {
    expect(judge(content)).toEqual([]);
  });
});

describe('names and targets', () => {
  it('a credential in the name of a file, which is not shown', () => {
    const findings = judge('x', `backup/${token}.txt`);
    expect(findings).toMatchObject([{ path: 'backup/*', rule: 'github-token', line: 0 }]);
    expect(JSON.stringify(findings)).not.toContain(token.slice(4));
  });

  it('a credential in the target of a link', () => {
    expect(told(judge(`/tmp/${token}`, 'link', {}, '120000'))).toEqual([
      'github-token: a GitHub token, with a right checksum, in the target of the link',
    ]);
  });
});

describe('what is known is not told as something else as well', () => {
  it('a known value that has the form of a token', () => {
    const both = knowing({ 'config/prod.json': JSON.stringify({ token }) });
    expect(told(judge(`x = "${token}"`, 'a.js', { known: both }))).toEqual([
      'known-value: value of token in config/prod.json',
    ]);
  });
});
