import { describe, expect, it } from 'vitest';
import { newFileKey } from '../../src/age/filekey.js';
import { scryptIdentity, scryptRecipient } from '../../src/age/scrypt.js';
import type { Stanza } from '../../src/age/types.js';
import { failure } from './failure.js';

const low = 2;
const wrap = (passphrase: string, fileKey: Uint8Array) => scryptRecipient(passphrase, low).wrap(fileKey) as Stanza;

describe('a passphrase', () => {
  it.each(['secret', 'ünïcödé 🔑', ' spaces ', 'a'.repeat(10_000), 'line\nbreak'])(
    'opens what it sealed: %j',
    (passphrase) => {
      const fileKey = newFileKey();
      const stanza = wrap(passphrase, fileKey);
      expect(stanza.args).toHaveLength(3);
      expect(scryptIdentity(passphrase).unwrap([stanza])).toEqual(fileKey);
      expect(scryptIdentity(`${passphrase}x`).unwrap([stanza])).toBeNull();
    },
  );

  it('takes another salt each time', () => {
    const fileKey = newFileKey();
    expect(wrap('a', fileKey).args[1]).not.toBe(wrap('a', fileKey).args[1]);
  });

  it('is not for a file without a passphrase stanza', () => {
    expect(scryptIdentity('a').unwrap([{ args: ['X25519', 'a'], body: Buffer.alloc(32) }])).toBeNull();
    expect(scryptIdentity('a').unwrap([])).toBeNull();
  });

  it('refuses company', () => {
    const stanza = wrap('a', newFileKey());
    for (const stanzas of [
      [stanza, stanza],
      [{ args: ['other'], body: Buffer.alloc(0) }, stanza],
    ]) {
      expect(failure(() => scryptIdentity('a').unwrap(stanzas))?.code).toBe('ERR_BLACKBOX_DAMAGED');
    }
  });

  it.each(['0', '01', '+2', '-2', '2.0', '0x2', '2 ', '21', '99999999999999999999', ''])(
    'refuses the work factor %j',
    (factor) => {
      const { args, body } = wrap('a', newFileKey());
      const stanza = { args: ['scrypt', args[1] ?? '', factor], body };
      expect(failure(() => scryptIdentity('a').unwrap([stanza]))?.code).toBe('ERR_BLACKBOX_DAMAGED');
    },
  );

  it('refuses a body of another length before it does the work', () => {
    const stanza = { args: ['scrypt', 'A'.repeat(22), '20'], body: Buffer.alloc(33) };
    expect(failure(() => scryptIdentity('a').unwrap([stanza]))?.message).toContain('33 bytes');
  });

  it('cannot be empty, nor so costly that nobody would open the file', () => {
    expect(failure(() => scryptRecipient(''))?.code).toBe('ERR_BLACKBOX_WRONG_PASSPHRASE');
    for (const factor of [0, 21, 1.5, Number.NaN]) {
      expect(failure(() => scryptRecipient('a', factor))?.code).toBe('ERR_BLACKBOX_BAD_RECIPIENT');
    }
  });

  it('is never in a message', () => {
    const stanza = { args: ['scrypt', 'x', '1'], body: Buffer.alloc(32) };
    expect(failure(() => scryptIdentity('hunter2').unwrap([stanza]))?.message).not.toContain('hunter2');
  });
});
