/** Private keys in binary files, told by how these begin. */

interface Kind {
  readonly rule: string;
  readonly what: string;
  readonly is: (bytes: Uint8Array) => boolean;
}

const hex = (bytes: Uint8Array, length: number) => Buffer.from(bytes.subarray(0, length)).toString('hex');
const begins =
  (...magic: readonly string[]) =>
  (bytes: Uint8Array) =>
    magic.some((start) => hex(bytes, start.length / 2) === start);

/** A DER sequence whose content begins with these bytes (X.690, 8.1). */
const sequence = (content: RegExp) => (bytes: Uint8Array) => {
  if (bytes[0] !== 0x30) return false;
  const long = (bytes[1] ?? 0) & 0x7f;
  const header = (bytes[1] ?? 0) < 0x80 ? 2 : 2 + long;
  return header <= 6 && content.test(hex(bytes.subarray(header), 64));
};

const most = 10_000;

/** Whether a Java key store holds a private key (tag 1), and not only certificates (tag 2). */
function hasPrivateEntry(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 20 || view.getUint32(8) > most) return false;
  let at = 12;
  for (let i = view.getUint32(8); i > 0 && at + 6 < bytes.length; i--) {
    if (view.getUint32(at) !== 2) return true;
    at += 6 + view.getUint16(at + 4) + 8;
    if (at + 2 > bytes.length) return true;
    at += 2 + view.getUint16(at);
    if (at + 4 > bytes.length) return true;
    at += 4 + view.getUint32(at);
  }
  return false;
}

const isJavaStore = begins('feedfeed00000001', 'feedfeed00000002', 'cececece00000001', 'cececece00000002');

/** A secret key packet of version 4 or 6 (RFC 9580, 5.5.3) that says an algorithm there is. */
function isOpenPgpSecret(bytes: Uint8Array): boolean {
  const [tag = 0, length = 0] = bytes;
  const old = (tag & 0xfc) === 0x94;
  if (!old && tag !== 0xc5) return false;
  const header = old ? [2, 3, 5, 1][tag & 3] : length < 192 ? 2 : length < 224 ? 3 : 6;
  const [version = 0, , , , , algorithm = 0] = bytes.subarray(header);
  return (
    (version === 4 || version === 6) &&
    [1, 2, 3, 16, 17, 18, 19, 22, 25, 26, 27, 28].includes(algorithm) &&
    bytes.length > 60
  );
}

export const keyFiles: readonly Kind[] = [
  // PFX: version 3, then content of the type `data` or `signedData` (RFC 7292, 4).
  {
    rule: 'pkcs12-file',
    what: 'a PKCS#12 file with a private key',
    is: sequence(/^02010330(?:8[0-4](?:..){0,4}|..)06092a864886f70d01070[12]/),
  },
  {
    rule: 'java-key-store',
    what: 'a Java key store with a private key',
    is: (bytes) => isJavaStore(bytes) && hasPrivateEntry(bytes),
  },
  {
    rule: 'keepass-file',
    what: 'a KeePass database',
    is: begins('03d9a29a67fb4bb5', '03d9a29a65fb4bb5', '03d9a29a66fb4bb5'),
  },
  { rule: 'macos-keychain', what: 'a macOS keychain', is: begins('6b79636800010000') },
  // PKCS#1 (RFC 8017, A.1.2), PKCS#8 (RFC 5958, 2) and SEC 1 (RFC 5915, 3): version, then a large number, an algorithm or a string.
  {
    rule: 'private-key-file',
    what: 'a private key, as DER',
    is: sequence(
      /^(?:0201000282|02010002818|0201000240|02010[01]30..06092a864886f70d0101|02010[01]30..06072a8648ce3d|02010[01]300506032b65(?:6e|6f|70|71)|02010104(?:20|30|42))/,
    ),
  },
  { rule: 'openpgp-secret-key', what: 'an OpenPGP secret key', is: isOpenPgpSecret },
];

/** Which of these a file is; null for none. */
export function keyFileOf(bytes: Uint8Array): Kind | null {
  return keyFiles.find(({ is }) => is(bytes)) ?? null;
}
