/** The same search in what programs wrap over lines, base64 and hexadecimal: line breaks and the indentation after them are not there for it. */
import { type Node, Search } from './search.js';

/**
 * A line that goes on in the next one is at least so long: encoders wrap at 60 (`xxd -p`), 64 (PEM, RFC 7468) or 76 columns (MIME, RFC 2045). Without
 * a least length, the end of every line of output would be held back whose last letter is the first one of a value.
 */
export const shortestWrappedLine = 32;
/** Of line breaks and indentation. What is held back has at most so many bytes for each byte of a text. */
export const longestGap = 64;

const [tab, lineFeed, carriageReturn, blank, backslash] = [9, 10, 13, 32, 92];
const [letterN, letterR] = [110, 114];

/** Of base64, base64url and hexadecimal. */
const isLetter = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[A-Za-z0-9+/=_-]/.test(String.fromCharCode(byte))),
);

export class WrappedSearch {
  readonly #search: Search;
  /** Where the bytes stand that the search was given since it was at its beginning. */
  #places: number[] = [];
  /** Letters on this line. */
  #line = 0;
  /** Bytes of line break and indentation since the last letter. */
  #gap = 0;
  /** After a backslash: JSON and its like write a line break with two characters. */
  #escaping = false;

  constructor(root: Node) {
    this.#search = new Search(root);
  }

  /** Where that begins of which it is not decided yet whether it is a text; null when it is nothing. */
  get start(): number | null {
    const { depth } = this.#search;
    return depth === 0 ? null : (this.#places.at(-depth) ?? null);
  }

  reset(): void {
    this.#search.reset();
    this.#places.length = 0;
    this.#line = 0;
    this.#gap = 0;
    this.#escaping = false;
  }

  /**
   * @param end where this byte ends in the stream
   * @returns what ends with it, whether there are line breaks in it or not
   */
  feed(byte: number, end: number): { readonly start: number; readonly mask: string } | null {
    if (isLetter[byte] === 1 && !(this.#escaping && this.#ends(byte))) return this.#feedLetter(byte, end);
    if (this.#line > 0 && !this.#isGap(byte)) this.reset();
    return null;
  }

  #feedLetter(byte: number, end: number): { readonly start: number; readonly mask: string } | null {
    if (this.#gap > 0) {
      this.#line = 0;
      this.#gap = 0;
      this.#escaping = false;
    }
    this.#line++;
    const match = this.#search.feed(byte);
    if (match === null && this.#search.isIdle) {
      if (this.#places.length > 0) this.#places.length = 0;
      return null;
    }
    const { depth } = this.#search;
    this.#places.push(end - 1);
    const start = match === null ? end : (this.#places.at(-match.length) ?? end - 1);
    // Now and then, as cutting an array at its front takes as long as it is.
    if (this.#places.length > 2 * depth + 1024) this.#places = depth === 0 ? [] : this.#places.slice(-depth);
    return match === null ? null : { start, mask: match.mask };
  }

  /** Whether a byte belongs to what stands between two lines of one text. */
  #isGap(byte: number): boolean {
    const goesOn = this.#gap > 0 ? this.#gap < longestGap : this.#line >= shortestWrappedLine;
    const isBreak = byte === lineFeed || byte === carriageReturn || byte === backslash || this.#ends(byte);
    const isIndent = this.#gap > 0 && (byte === blank || byte === tab);
    if (!(isBreak || isIndent) || !goesOn) return false;
    this.#gap++;
    this.#escaping = byte === backslash;
    return true;
  }

  /** The second character of a line break in two. */
  #ends(byte: number): boolean {
    return this.#escaping && (byte === letterN || byte === letterR);
  }
}
