/** Both ways with the real `age` and `age-keygen`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decryptSync,
  encodeArmor,
  encryptSync,
  formatHeader,
  generateIdentity,
  newFileKey,
  sealPayload,
  wrapAllSync,
  x25519Recipient,
} from '../../src/age/index.js';
import { type Folder, has, temporaryFolder } from './programs.js';

const hasAge = has('age', '--version') && has('age-keygen', '--version');
const hasScript = has('script', '--version');
const sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_000];

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

describe.skipIf(!hasAge)('the age program', () => {
  const mine = generateIdentity();
  const bytesOf = (size: number) => Buffer.alloc(size, `${size} `);
  const opened = (file: Uint8Array) => folder.run('age', ['-d', '-i', 'mine'], file);

  beforeAll(() => {
    writeFileSync(folder.join('mine'), `# public key: ${mine.recipient}\n${mine.identity}\n`);
  });

  it.each(sizes)('opens %i bytes that we sealed, and we what it sealed', (size) => {
    const bytes = bytesOf(size);
    expect(opened(encryptSync(bytes, [generateIdentity().recipient, mine.recipient])).equals(bytes)).toBe(true);
    const theirs = folder.run('age', ['-r', generateIdentity().recipient, '-r', mine.recipient], bytes);
    expect(decryptSync(theirs, [mine.identity]).equals(bytes)).toBe(true);
  });

  it('armors as we do', () => {
    const bytes = bytesOf(1000);
    expect(opened(Buffer.from(encodeArmor(encryptSync(bytes, [mine.recipient])))).equals(bytes)).toBe(true);
    const theirs = folder.run('age', ['-a', '-r', mine.recipient], bytes);
    expect(decryptSync(theirs, [mine.identity]).equals(bytes)).toBe(true);
  });

  it('makes keys that we read, and reads keys that we make', () => {
    folder.run('age-keygen', ['-o', 'theirs']);
    const file = readFileSync(folder.join('theirs'), 'utf8');
    const recipient = folder.run('age-keygen', ['-y', 'theirs']).toString().trim();
    expect(decryptSync(encryptSync(bytesOf(9), [recipient]), [file])).toEqual(bytesOf(9));
    expect(folder.run('age-keygen', ['-y', 'mine']).toString().trim()).toBe(mine.recipient);
  });

  it('passes over stanzas of ours that it does not know', () => {
    const fileKey = newFileKey();
    const ours = { args: ['blackbox-ts/1', 'A'.repeat(43)], body: Buffer.alloc(64, 5) };
    const pgp = { args: ['openpgp', '0123456789ABCDEF0123456789ABCDEF01234567'], body: Buffer.alloc(500, 5) };
    const stanzas = [ours, pgp, ...wrapAllSync(fileKey, [x25519Recipient(mine.recipient)])];
    expect(opened(Buffer.concat([formatHeader(stanzas, fileKey), ...sealPayload(fileKey, [bytesOf(5)])]))).toEqual(
      bytesOf(5),
    );
  });

  it('refuses what we refuse: altered, cut off, for somebody else', () => {
    const file = encryptSync(bytesOf(100), [mine.recipient]);
    const altered = Buffer.from(file);
    altered.writeUInt8(altered.readUInt8(file.length - 1) ^ 1, file.length - 1);
    for (const bad of [altered, file.subarray(0, -1), encryptSync(bytesOf(1), [generateIdentity().recipient])]) {
      expect(() => opened(bad)).toThrow();
      expect(() => decryptSync(bad, [mine.identity])).toThrow();
    }
  });

  it.skipIf(!hasScript)('shares passphrases with us', () => {
    const type = (command: string) =>
      folder.run('script', ['-qec', command, '/dev/null'], 'correct horse\ncorrect horse\n');
    writeFileSync(folder.join('plain'), 'for a passphrase');
    type('age -p -o theirs.age plain');
    expect(decryptSync(readFileSync(folder.join('theirs.age')), { passphrase: 'correct horse' }).toString()).toBe(
      'for a passphrase',
    );
    writeFileSync(folder.join('ours.age'), encryptSync(bytesOf(7), { passphrase: 'correct horse', workFactor: 10 }));
    type('age -d -o opened ours.age');
    expect(readFileSync(folder.join('opened'))).toEqual(bytesOf(7));
  });
});
