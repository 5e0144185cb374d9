import { beforeAll, describe, expect, it } from 'vitest';
import { damaged } from '../../src/age/errors.js';
import { newFileKey } from '../../src/age/filekey.js';
import { generatePqIdentity, pqIdentity, pqRecipient } from '../../src/age/pq.js';
import { scryptIdentity, scryptRecipient } from '../../src/age/scrypt.js';
import type { Identity, Stanza } from '../../src/age/types.js';
import { unwrap, unwrapSync, wrapAll, wrapAllSync } from '../../src/age/wrap.js';
import { generateIdentity, x25519Identity, x25519Recipient } from '../../src/age/x25519.js';
import { BlackboxError } from '../../src/errors.js';
import { failure, failureOf } from './failure.js';

const pair = () => {
  const { identity, recipient } = generateIdentity();
  return { identity: x25519Identity(identity), recipient: x25519Recipient(recipient) };
};
const [alice, bob, carol] = [pair(), pair(), pair()];
const fileKey = newFileKey();
const foreign: Stanza = { args: ['blackbox-ts/1', 'digest'], body: Buffer.from('tags') };
let pq: { identity: string; recipient: string };
beforeAll(async () => {
  pq = await generatePqIdentity();
});

const failing = (error: Error): Identity => ({
  kind: 'openpgp',
  recipient: 'openpgp ABCD',
  sync: true,
  unwrap: () => {
    throw error;
  },
});

describe('wrapping', () => {
  it('makes one stanza for each recipient, in their order', async () => {
    const recipients = [alice.recipient, pqRecipient(pq.recipient), bob.recipient];
    const stanzas = await wrapAll(fileKey, recipients);
    expect(stanzas.map(({ args }) => args[0])).toEqual(['X25519', 'mlkem768x25519', 'X25519']);
    expect(bob.identity.unwrap(stanzas.slice(2))).toEqual(fileKey);
    expect(bob.identity.unwrap(stanzas.slice(0, 2))).toBeNull();
    expect(wrapAllSync(fileKey, [bob.recipient, alice.recipient])).toHaveLength(2);
  });

  it('refuses at once what cannot be done at once, naming the kind of key', () => {
    const error = failure(() => wrapAllSync(fileKey, [alice.recipient, pqRecipient(pq.recipient)]));
    expect(error?.code).toBe('ERR_BLACKBOX_ASYNC_ONLY');
    expect(error?.message).toContain('post-quantum');
  });

  it('for nobody, or for a passphrase in company, is refused', async () => {
    const company = [scryptRecipient('a', 1), alice.recipient];
    expect(failure(() => wrapAllSync(fileKey, []))?.code).toBe('ERR_BLACKBOX_NO_RECIPIENTS');
    expect((await failureOf(wrapAll(fileKey, [])))?.code).toBe('ERR_BLACKBOX_NO_RECIPIENTS');
    expect(failure(() => wrapAllSync(fileKey, company))?.code).toBe('ERR_BLACKBOX_BAD_RECIPIENT');
    expect((await failureOf(wrapAll(fileKey, company)))?.code).toBe('ERR_BLACKBOX_BAD_RECIPIENT');
  });
});

describe('unwrapping', () => {
  it('finds the file key with any identity, and null with none', async () => {
    const stanzas = [foreign, ...wrapAllSync(fileKey, [alice.recipient, bob.recipient])];
    expect(unwrapSync(stanzas, [carol.identity, bob.identity])).toEqual(fileKey);
    expect(await unwrap(stanzas, [carol.identity, bob.identity])).toEqual(fileKey);
    expect(unwrapSync(stanzas, [carol.identity])).toBeNull();
    expect(await unwrap(stanzas, [carol.identity])).toBeNull();
    expect(unwrapSync(stanzas, [])).toBeNull();
  });

  it('does not ask the next identity once one has answered', async () => {
    const stanzas = wrapAllSync(fileKey, [alice.recipient]);
    const prompting = failing(new BlackboxError('ERR_BLACKBOX_BUG', 'asked'));
    expect(unwrapSync(stanzas, [alice.identity, prompting])).toEqual(fileKey);
    expect(await unwrap(stanzas, [alice.identity, prompting])).toEqual(fileKey);
  });

  it('goes on after an identity that could not be tried, and says so only when nothing else helped', async () => {
    const stanzas = wrapAllSync(fileKey, [alice.recipient]);
    const gone = failing(new BlackboxError('ERR_BLACKBOX_CANCELLED', 'the agent is gone'));
    expect(unwrapSync(stanzas, [gone, alice.identity])).toEqual(fileKey);
    expect(await unwrap(stanzas, [gone, alice.identity])).toEqual(fileKey);
    expect(failure(() => unwrapSync(stanzas, [gone, carol.identity]))?.message).toBe('the agent is gone');
    expect((await failureOf(unwrap(stanzas, [gone, carol.identity])))?.message).toBe('the agent is gone');
  });

  it('stops at a malformed stanza, whoever else could open another one', async () => {
    const stanzas = [...wrapAllSync(fileKey, [alice.recipient]), { args: ['X25519'], body: Buffer.alloc(32) }];
    expect(failure(() => unwrapSync(stanzas, [bob.identity, alice.identity]))?.code).toBe('ERR_BLACKBOX_DAMAGED');
    const broken = failing(damaged('openpgp stanza', 'test'));
    expect((await failureOf(unwrap(stanzas, [broken, alice.identity])))?.code).toBe('ERR_BLACKBOX_DAMAGED');
  });

  it('refuses a passphrase stanza in company, whatever the identity', async () => {
    const stanzas = [...wrapAllSync(fileKey, [scryptRecipient('a', 1)]), ...wrapAllSync(fileKey, [alice.recipient])];
    for (const identity of [alice.identity, scryptIdentity('a'), carol.identity]) {
      expect(failure(() => unwrapSync(stanzas, [identity]))?.code).toBe('ERR_BLACKBOX_DAMAGED');
      expect((await failureOf(unwrap(stanzas, [identity])))?.code).toBe('ERR_BLACKBOX_DAMAGED');
    }
  });

  it('needs time for a post-quantum key only where there is a stanza that may be for it', async () => {
    const later = pqIdentity(pq.identity);
    const both = await wrapAll(fileKey, [pqRecipient(pq.recipient), alice.recipient]);
    const error = failure(() => unwrapSync(both, [later, carol.identity]));
    expect(error?.code).toBe('ERR_BLACKBOX_ASYNC_ONLY');
    expect(error?.message).toContain('post-quantum');
    expect(unwrapSync(both, [later, alice.identity])).toEqual(fileKey);
    expect(unwrapSync(wrapAllSync(fileKey, [alice.recipient]), [later])).toBeNull();
    expect(Buffer.from((await unwrap(both, [later])) ?? [])).toEqual(fileKey);
  });

  it('needs time for an exported OpenPGP key only where its fingerprint stands', () => {
    const later: Identity = { kind: 'openpgp', recipient: 'openpgp ABCD', sync: false, unwrap: async () => fileKey };
    const stanza = (fingerprint: string) => ({ args: ['openpgp', fingerprint], body: Buffer.alloc(9) });
    expect(failure(() => unwrapSync([stanza('ABCD')], [later]))?.code).toBe('ERR_BLACKBOX_ASYNC_ONLY');
    expect(unwrapSync([stanza('EF01')], [later])).toBeNull();
  });
});
