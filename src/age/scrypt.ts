/** The passphrase stanza, natively: an identity file behind a passphrase must open synchronously. https://c2sp.org/age#the-scrypt-recipient-type */
import { randomBytes, scryptSync } from 'node:crypto';
import { decodeBase64, encodeBase64 } from './base64.js';
import { badRecipient, damaged, emptyPassphrase } from './errors.js';
import { openFileKey, sealFileKey } from './filekey.js';
import { defaultScryptWorkFactor, maxScryptWorkFactor } from './limits.js';
import type { Identity, Recipient, Stanza } from './types.js';

const type = 'scrypt';
const label = Buffer.from('age-encryption.org/v1/scrypt');
const saltLength = 16;

/** Encrypts with a passphrase. It must be the only recipient of its file. A lower work factor is for tests. */
export function scryptRecipient(passphrase: string, workFactor = defaultScryptWorkFactor): Recipient {
  if (passphrase === '') throw emptyPassphrase();
  if (!Number.isInteger(workFactor) || workFactor < 1 || workFactor > maxScryptWorkFactor) {
    throw badRecipient('a passphrase', `its work factor must be from 1 to ${maxScryptWorkFactor}`);
  }
  return { kind: type, text: '', comment: '', sign: null, wrap: (fileKey) => wrap(fileKey, passphrase, workFactor) };
}

/** Decrypts with a passphrase. Takes about a second for a file that age made. */
export function scryptIdentity(passphrase: string): Identity {
  return { kind: type, recipient: '', sync: true, unwrap: (stanzas) => unwrap(stanzas, passphrase) };
}

/** Throws ERR_BLACKBOX_DAMAGED when a passphrase stanza has company: whoever knows the passphrase expects that only such a person wrote the file. */
export function checkScryptIsAlone(stanzas: readonly Stanza[]): void {
  if (stanzas.length > 1 && stanzas.some(isScrypt)) throw damaged('scrypt stanza', 'it is not the only stanza');
}

function isScrypt(stanza: Stanza): boolean {
  return stanza.args[0] === type;
}

function wrap(fileKey: Uint8Array, passphrase: string, workFactor: number): Stanza {
  const salt = randomBytes(saltLength);
  const body = sealFileKey(wrapKey(passphrase, salt, workFactor), fileKey);
  return { args: [type, encodeBase64(salt), String(workFactor)], body };
}

function unwrap(stanzas: readonly Stanza[], passphrase: string): Uint8Array | null {
  const stanza = stanzas.find(isScrypt);
  if (!stanza) return null;
  checkScryptIsAlone(stanzas);
  const { salt, workFactor } = parse(stanza);
  return openFileKey(wrapKey(passphrase, salt, workFactor), stanza.body, type);
}

function parse({ args, body }: Stanza): { salt: Buffer; workFactor: number } {
  const [, saltText = '', factorText = ''] = args;
  const salt = decodeBase64(saltText);
  if (args.length !== 3 || salt?.length !== saltLength || !/^[1-9][0-9]*$/.test(factorText)) {
    throw damaged('scrypt stanza', 'it is malformed');
  }
  const workFactor = Number(factorText);
  if (workFactor > maxScryptWorkFactor)
    throw damaged('scrypt stanza', `its work factor is above ${maxScryptWorkFactor}`);
  // Before the second of work, not after it.
  if (body.length !== 32) throw damaged('scrypt stanza', `its body has ${body.length} bytes`);
  return { salt, workFactor };
}

function wrapKey(passphrase: string, salt: Uint8Array, workFactor: number): Buffer {
  const [N, r] = [2 ** workFactor, 8];
  // What scrypt needs is 128·r·(N + p + 1) bytes and a little; node would stop at 32 MiB.
  return scryptSync(passphrase, Buffer.concat([label, salt]), 32, { N, r, p: 1, maxmem: 128 * r * (N + 64) });
}
