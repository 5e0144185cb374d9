/** Keys for tests, made here so that no real one lies in the repository. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { ed25519Point } from '../../src/age/ssh-ed25519.js';
import { wireMpint, wireString } from '../../src/age/ssh-format.js';

export function seedOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export function ed25519Wire(seed: Uint8Array): Buffer {
  return Buffer.concat([wireString('ssh-ed25519'), wireString(ed25519Point(seed))]);
}

export function ed25519Line(seed: Uint8Array, comment = ''): string {
  return `ssh-ed25519 ${ed25519Wire(seed).toString('base64')} ${comment}`.trim();
}

export function rsaWire(key: KeyObject): Buffer {
  const { e = '', n = '' } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.concat([
    wireString('ssh-rsa'),
    wireMpint(Buffer.from(e, 'base64url')),
    wireMpint(Buffer.from(n, 'base64url')),
  ]);
}

export function rsaLine(key: KeyObject, comment = ''): string {
  return `ssh-rsa ${rsaWire(key).toString('base64')} ${comment}`.trim();
}

interface OpenSshParts {
  readonly cipher?: string;
  readonly kdf?: string;
  readonly kdfOptions?: Buffer;
  readonly keys?: number;
  readonly publicWire?: Buffer;
  readonly secret?: Buffer;
  readonly tail?: Buffer;
}

/** An OpenSSH private key file, PROTOCOL.key, with any part replaced by something wrong. */
export function openSshFile(seed: Uint8Array, parts: OpenSshParts = {}): string {
  const wire = parts.publicWire ?? ed25519Wire(seed);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(parts.keys ?? 1);
  const data = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    wireString(parts.cipher ?? 'none'),
    wireString(parts.kdf ?? 'none'),
    wireString(parts.kdfOptions ?? Buffer.alloc(0)),
    count,
    wireString(wire),
    wireString(parts.secret ?? openSshSecret(seed)),
    parts.tail ?? Buffer.alloc(0),
  ]);
  return pem('OPENSSH PRIVATE KEY', data);
}

export function openSshSecret(seed: Uint8Array, check = [7, 7]): Buffer {
  const point = ed25519Point(seed);
  const body = Buffer.concat([
    Buffer.from([0, 0, 0, check[0] ?? 0, 0, 0, 0, check[1] ?? 0]),
    wireString('ssh-ed25519'),
    wireString(point),
    wireString(Buffer.concat([seed, point])),
    wireString('comment'),
  ]);
  const padding = Array.from({ length: (16 - (body.length % 16)) % 16 }, (_, i) => i + 1);
  return Buffer.concat([body, Buffer.from(padding)]);
}

export function pem(label: string, data: Uint8Array): string {
  const lines = Buffer.from(data).toString('base64').replace(/.{70}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
