/** Hardware keys that are sealed for without their plugin: held against HPKE (RFC 9180) on node's own primitives. */
import { createDecipheriv, createECDH, createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../src/age/base64.js';
import { encodeBech32 } from '../../src/age/bech32.js';
import { encrypt, encryptSync } from '../../src/age/file.js';
import { newFileKey } from '../../src/age/filekey.js';
import { parseRecipient } from '../../src/age/recipients.js';
import type { Stanza } from '../../src/age/types.js';

const hardware = createECDH('prime256v1');
hardware.setPrivateKey(Buffer.alloc(32, 7));
const point = hardware.getPublicKey(null, 'compressed');
const recipient = encodeBech32('age1tag', point);
const label = 'age-encryption.org/p256tag';

const hmac = (key: Uint8Array, data: Uint8Array) => createHmac('sha256', key).update(data).digest();
const two = (n: number) => Buffer.from([n >> 8, n & 255]);

/** https://www.rfc-editor.org/rfc/rfc9180#section-4 */
function labeled(suite: Buffer) {
  const version = Buffer.from('HPKE-v1');
  const extract = (salt: Uint8Array, name: string, ikm: Uint8Array) =>
    hmac(salt, Buffer.concat([version, suite, Buffer.from(name), ikm]));
  const expand = (key: Uint8Array, name: string, info: Uint8Array, length: number) =>
    hmac(key, Buffer.concat([two(length), version, suite, Buffer.from(name), info, Buffer.of(1)])).subarray(0, length);
  return { extract, expand };
}

/** DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, in base mode. */
function openHpke(encapsulated: Buffer, body: Uint8Array): Buffer {
  const kem = labeled(Buffer.concat([Buffer.from('KEM'), two(0x0010)]));
  const context = Buffer.concat([encapsulated, hardware.getPublicKey()]);
  const secret = kem.extract(Buffer.alloc(0), 'eae_prk', hardware.computeSecret(encapsulated));
  const shared = kem.expand(secret, 'shared_secret', context, 32);
  const { extract, expand } = labeled(Buffer.concat([Buffer.from('HPKE'), two(0x0010), two(1), two(3)]));
  const none = Buffer.alloc(0);
  const hashes = [extract(none, 'psk_id_hash', none), extract(none, 'info_hash', Buffer.from(label))];
  const schedule = Buffer.concat([Buffer.of(0), ...hashes]);
  const key = extract(shared, 'secret', none);
  const nonce = expand(key, 'base_nonce', schedule, 12);
  const decipher = createDecipheriv('chacha20-poly1305', expand(key, 'key', schedule, 32), nonce, {
    authTagLength: 16,
  });
  decipher.setAuthTag(body.subarray(-16));
  return Buffer.concat([decipher.update(body.subarray(0, -16)), decipher.final()]);
}

describe('age1tag1…', () => {
  it('is wrapped for as the hardware unwraps it', async () => {
    const fileKey = newFileKey();
    const { args, body }: Stanza = await parseRecipient(recipient).wrap(fileKey);
    const encapsulated = decodeBase64(args[2] ?? '') ?? Buffer.alloc(0);
    const hash = createHash('sha256').update(point).digest().subarray(0, 4);
    const tag = hmac(Buffer.from(label), Buffer.concat([encapsulated, hash])).subarray(0, 4);
    expect(args).toEqual(['p256tag', tag.toString('base64').replace(/=+$/, ''), expect.any(String)]);
    expect(openHpke(encapsulated, body)).toEqual(fileKey);
  });

  it('is of a kind of its own, cannot sign, and is asynchronous only', async () => {
    expect(parseRecipient(recipient)).toMatchObject({ kind: 'p256tag', text: recipient, sign: null });
    expect(() => encryptSync(Buffer.of(1), [recipient])).toThrow(
      expect.objectContaining({ code: 'ERR_BLACKBOX_ASYNC_ONLY' }),
    );
    expect((await encrypt(Buffer.of(1), [recipient])).toString('latin1')).toContain('\n-> p256tag ');
  });

  it('has a post-quantum form', async () => {
    // Zeros are numbers in range for ML-KEM.
    const text = encodeBech32('age1tagpq', Buffer.concat([Buffer.alloc(1184), hardware.getPublicKey()]));
    expect(parseRecipient(text)).toMatchObject({ kind: 'mlkem768p256tag', text, sign: null });
    const { args, body } = await parseRecipient(text).wrap(newFileKey());
    expect([args[0], args.length, body.length]).toEqual(['mlkem768p256tag', 3, 32]);
  });

  it.each([
    ['no point of the curve', encodeBech32('age1tag', Buffer.concat([Buffer.of(2), Buffer.alloc(32, 255)]))],
    ['another length', encodeBech32('age1tag', hardware.getPublicKey())],
    [
      'numbers out of range',
      encodeBech32('age1tagpq', Buffer.concat([Buffer.alloc(1184, 255), hardware.getPublicKey()])),
    ],
    ['a typing error', `${recipient.slice(0, -1)}${recipient.endsWith('q') ? 'p' : 'q'}`],
  ])('is refused with %s', (_, text) => {
    expect(() => parseRecipient(text)).toThrow(expect.objectContaining({ code: 'ERR_BLACKBOX_BAD_RECIPIENT' }));
  });
});
