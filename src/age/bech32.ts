/** Bech32 (BIP 173) without its length limit, as age writes its keys. https://c2sp.org/age#conventions-used-in-this-document */

const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const checksumLength = 6;
// The longest key age defines (age1tagpq1…, 1,249 bytes) takes 2,015 characters.
const maxLength = 4096;

/** `<prefix>1<data><checksum>` in lower case. */
export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const words = regroup(bytes, 8, 5, true) ?? [];
  const lower = prefix.toLowerCase();
  const sum = polymod([...expand(lower), ...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  const checksum = Array.from({ length: checksumLength }, (_, i) => (sum >> (5 * (5 - i))) & 31);
  return `${lower}1${[...words, ...checksum].map((word) => alphabet[word]).join('')}`;
}

/** The prefix as it is spelled and the bytes, or null when the text is no Bech32 (a typing error, mixed case, a wrong checksum). */
export function decodeBech32(text: string): { prefix: string; bytes: Buffer } | null {
  const lower = text.toLowerCase();
  if (text.length > maxLength || (text !== lower && text !== text.toUpperCase())) return null;
  const separator = text.lastIndexOf('1');
  const prefix = text.slice(0, Math.max(separator, 0));
  const words = [...lower.slice(separator + 1)].map((character) => alphabet.indexOf(character));
  if (!/^[!-~]+$/.test(prefix) || words.length < checksumLength || words.includes(-1)) return null;
  if (polymod([...expand(prefix.toLowerCase()), ...words]) !== 1) return null;
  const bytes = regroup(words.slice(0, -checksumLength), 5, 8, false);
  return bytes && { prefix, bytes: Buffer.from(bytes) };
}

function polymod(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    generator.forEach((term, i) => {
      if ((top >> i) & 1) sum ^= term;
    });
  }
  return sum;
}

function expand(prefix: string): number[] {
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

/** Cuts a bit string anew; null when what is left over at the end is a whole group, or is not zero: then the text is not canonical. */
function regroup(values: Iterable<number>, from: number, to: number, pad: boolean): number[] | null {
  const out: number[] = [];
  let bits = 0;
  let held = 0;
  for (const value of values) {
    held = (held << from) | value;
    bits += from;
    while (bits >= to) {
      bits -= to;
      out.push((held >> bits) & ((1 << to) - 1));
    }
    held &= (1 << bits) - 1;
  }
  if (!pad) return bits >= from || held !== 0 ? null : out;
  if (bits > 0) out.push((held << (to - bits)) & ((1 << to) - 1));
  return out;
}
