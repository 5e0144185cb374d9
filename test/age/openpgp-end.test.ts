/** When an OpenPGP key ends, told without the package that encrypts; which is asked here whether it is so. */
import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { checkOpenpgpRecipient, encryptionEnd, openpgpBlock, parseRecipient } from '../../src/age/index.js';

const make = async (options: object): Promise<{ publicKey: string; privateKey: string }> =>
  (await openpgp.generateKey({ userIDs: [{ name: 'Al' }], format: 'armored', ...options } as never)) as never;

function endOf(publicKey: string): number | null {
  const block = openpgpBlock(parseRecipient(publicKey));
  return block === null ? null : encryptionEnd(block);
}

const expected = async (publicKey: string) => (await checkOpenpgpRecipient(parseRecipient(publicKey))).expires;

describe('the end of an OpenPGP key', () => {
  it.each([
    ['curve', { type: 'ecc' }],
    ['rsa', { type: 'rsa', rsaBits: 2048 }],
    ['modern', { type: 'curve25519' }],
    ['v6', { type: 'curve25519', config: { v6Keys: true, aeadProtect: true } }],
    ['p256', { type: 'ecc', curve: 'nistP256' }],
  ])('%s: never, or when the package says', async (_, options) => {
    expect(endOf((await make(options)).publicKey)).toBe(Number.POSITIVE_INFINITY);
    const ending = (await make({ ...options, keyExpirationTime: 86_400 })).publicKey;
    expect((endOf(ending) ?? 0) * 1000).toBe((await expected(ending))?.getTime());
  });

  it('the subkey ends before the primary key', async () => {
    const { publicKey } = await make({ type: 'ecc', subkeys: [{ keyExpirationTime: 3600 }] });
    const end = endOf(publicKey) ?? 0;
    expect(end * 1000).toBe((await expected(publicKey))?.getTime());
    expect(end).toBeLessThan(Date.now() / 1000 + 3700);
  });

  it('of several subkeys the one that lasts longest counts, and never longer than the primary key', async () => {
    const subkeys = [{ keyExpirationTime: 3600 }, { keyExpirationTime: 7200 }];
    const { publicKey } = await make({ type: 'ecc', subkeys });
    expect((endOf(publicKey) ?? 0) - Date.now() / 1000).toBeGreaterThan(7000);
    const short = await make({ type: 'ecc', keyExpirationTime: 1800, subkeys });
    expect((endOf(short.publicKey) ?? 0) - Date.now() / 1000).toBeLessThan(1900);
  });

  it('says nothing of a key that is revoked, or cannot be encrypted to', async () => {
    const { privateKey } = await make({ type: 'ecc' });
    const key = await openpgp.readKey({ armoredKey: privateKey });
    const revoked = await openpgp.revokeKey({ key: key as openpgp.PrivateKey, format: 'object' });
    expect(endOf(revoked.publicKey.armor())).toBeNull();
    const { publicKey } = await make({ type: 'ecc', subkeys: [{ sign: true }] });
    expect(endOf(publicKey)).toBeNull();
  });

  it('is not moved by anybody else', async () => {
    const { publicKey } = await make({ type: 'ecc', keyExpirationTime: 86_400 });
    const other = await openpgp.readKey({ armoredKey: (await make({ type: 'ecc' })).publicKey });
    const key = await openpgp.readKey({ armoredKey: publicKey });
    // The other's certification, which says that there is no end, under this one's user id.
    const [user] = other.users;
    if (user !== undefined) key.users[0]?.selfCertifications.push(...user.selfCertifications);
    expect(endOf(key.armor())).toBe(endOf(publicKey));
  });
});
