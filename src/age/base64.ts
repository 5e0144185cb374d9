/** Base 64 as age uses it: standard alphabet, no padding, canonical only. https://c2sp.org/age#conventions-used-in-this-document */

export function encodeBase64(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  const end = text.indexOf('=');
  return end < 0 ? text : text.slice(0, end);
}

/** The bytes, or null for anything but the one canonical spelling: node's own decoder forgives padding, other alphabets and stray bits. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return encodeBase64(bytes) === text ? bytes : null;
}
