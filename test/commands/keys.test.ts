/** Keys as they are given and shown: what is written is what was read, whatever stands around it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateIdentity, parseRecipientFile } from '../../src/age/index.js';
import { keyLinesOf } from '../../src/commands/given-keys.js';
import { fingerprint, kindName } from '../../src/commands/keys.js';
import { lacks } from '../harness/programs.js';

const block = [
  '-----BEGIN PGP PUBLIC KEY BLOCK-----',
  'Comment: one # two',
  '',
  'mDMEZ0abcBYJKwYBBAHaRw8BAQdA',
  '=abcd',
  '-----END PGP PUBLIC KEY BLOCK-----',
];

describe('lines of keys', () => {
  it('blocks stay whole, comments and empty lines between go', () => {
    const text = ['# mine', '', 'age1x', ...block, '  # spare', 'ssh-ed25519 AAAA me', ''].join('\r\n');
    expect(keyLinesOf(text)).toEqual(['age1x', ...block, 'ssh-ed25519 AAAA me']);
  });

  it('hold nothing that cannot be seen, are the same when read again, and give the same keys', () => {
    const keys = Array.from({ length: 3 }, () => generateIdentity().recipient);
    const noise = fc.oneof(
      fc.constantFrom('', '  ', '\t', '# comment', '#\u001b[2J'),
      fc.string().map((s) => `# ${s.replace(/[\r\n]/g, '')}`),
    );
    const eol = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(fc.subarray(keys, { minLength: 1 }), fc.array(noise), eol, (some, comments, end) => {
        const text = some
          .flatMap((key, i) => [comments[i] ?? '', ` ${key} `])
          .concat(comments)
          .join(end);
        const lines = keyLinesOf(text);
        expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(keyLinesOf(lines.join('\n'))).toEqual(lines);
        expect(parseRecipientFile(lines.join('\n')).map((r) => r.text)).toEqual(some);
      }),
    );
  });
});

describe('fingerprints', () => {
  it('an age key is its own', () => {
    const { recipient } = generateIdentity();
    const [parsed] = parseRecipientFile(recipient);
    expect(parsed && [kindName(parsed), fingerprint(parsed)]).toEqual(['age', recipient]);
  });

  it.skipIf(lacks('ssh-keygen'))('an SSH key has the one that ssh-keygen prints', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bb-'));
    try {
      for (const type of ['ed25519', 'rsa']) {
        const file = join(folder, type);
        execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
        const [, printed] = execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' }).split(' ');
        const text = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' });
        const [parsed] = parseRecipientFile(text);
        expect(parsed && fingerprint(parsed)).toBe(printed);
        writeFileSync(file, '');
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
