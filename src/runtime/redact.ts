/**
 * Masks values in a stream of bytes, in clear and as programs encode them. What may still become a value is held back until that is decided,
 * and not a byte more, so that prompts appear at once.
 *
 * Base64 and hexadecimal are also found where programs wrap them over lines: a second search is told of no line breaks, see wrapped.ts.
 */
import { insert, link, type Node, newNode, Search } from './search.js';
import { WrappedSearch } from './wrapped.js';

/** Shorter ones occur everywhere, and masking them would make the output unreadable. */
export const shortestMasked = 4;
/** An environment variable holds no more (MAX_ARG_STRLEN of Linux): of a longer value the beginning is looked for, and its lines. */
const longestMasked = 128 * 1024;
/** A line of a value that is shorter, as in a formatted JSON document, says nothing. */
const shortestLine = 8;

/** Text as base64 has it within longer text, at each of the three places where it may begin; without the characters that neighbours share. */
function base64Cores(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const whole = Math.floor(((shift + bytes.length) * 8) / 6);
    const core = text.slice(Math.ceil((shift * 8) / 6), whole);
    return core.length < shortestMasked ? [] : [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function percentEncoded(text: string): string[] {
  const all = encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const lower = (encoded: string) => encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const forms = [encodeURIComponent(text), encodeURI(text), all, all.replaceAll('%20', '+')];
  return [...forms, ...forms.map(lower)];
}

const htmlNames: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function isWellFormed(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}

/** The forms that have no blanks of their own, so that programs wrap them. */
function wrappedForms(text: string): string[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  return [hex, hex.toUpperCase(), ...base64Cores(bytes)];
}

/** A value in every form that is looked for. */
function formsOf(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const forms = [
    text,
    json,
    ascii,
    json.replaceAll('/', '\\/'),
    JSON.stringify(json).slice(1, -1),
    text.replaceAll("'", "'\\''"),
    text.replace(/[&<>"']/g, (c) => htmlNames[c] ?? c),
    ...(isWellFormed(text) ? percentEncoded(text) : []),
    ...wrappedForms(text),
  ];
  return [...new Set(forms)];
}

/** A value, its lines if it has several, cut to a length that can be searched for. */
function piecesOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const parts = lines.length > 1 ? [text, ...lines.filter((line) => line.length >= shortestLine)] : [text, text.trim()];
  return parts.filter((part) => part.length >= shortestMasked).map((part) => part.slice(0, longestMasked));
}

/** One stream: bytes in, bytes out. */
export interface Masker {
  push(bytes: Uint8Array): Buffer;
  /** What was held back. */
  end(): Buffer;
}

/** Something found in what is held back, which may still turn out to be part of something longer. */
interface Span {
  start: number;
  end: number;
  mask: string;
}

class StreamMasker implements Masker {
  readonly #plain: Search;
  readonly #wrapped: WrappedSearch;
  /** Not yet given away: the bytes of the stream from `#start` on. */
  #held: Buffer = Buffer.alloc(0);
  #start = 0;
  #spans: Span[] = [];

  constructor({ plain, wrapped }: Roots) {
    this.#plain = new Search(plain);
    this.#wrapped = new WrappedSearch(wrapped);
  }

  push(bytes: Uint8Array): Buffer {
    let end = this.#start + this.#held.length;
    this.#held = Buffer.concat([this.#held, bytes]);
    for (const byte of bytes) {
      end++;
      const found = this.#plain.feed(byte);
      if (found !== null) this.#found(end - found.length, end, found.mask);
      const across = this.#wrapped.feed(byte, end);
      if (across !== null) this.#found(across.start, end, across.mask);
    }
    // Whatever is found later begins no earlier than what a search is in the middle of.
    return this.#release(Math.min(end - this.#plain.depth, this.#wrapped.start ?? end));
  }

  end(): Buffer {
    this.#plain.reset();
    this.#wrapped.reset();
    return this.#release(this.#start + this.#held.length);
  }

  /** Overlapping finds are one: nothing between their ends is shown. */
  #found(start: number, end: number, mask: string): void {
    let span: Span = { start, end, mask };
    for (let last = this.#spans.at(-1); last !== undefined && last.end > span.start; last = this.#spans.at(-1)) {
      this.#spans.pop();
      const longer = last.end - last.start > span.end - span.start ? last : span;
      span = { start: Math.min(last.start, span.start), end: span.end, mask: longer.mask };
    }
    this.#spans.push(span);
  }

  /** Everything before `until`, masked; less when a find reaches beyond it. */
  #release(until: number): Buffer {
    const out: Buffer[] = [];
    for (let span = this.#spans[0]; span !== undefined && span.end <= until; span = this.#spans[0]) {
      out.push(this.#take(span.start), Buffer.from(span.mask));
      this.#take(span.end);
      this.#spans.shift();
    }
    out.push(this.#take(Math.min(until, this.#spans[0]?.start ?? until)));
    return Buffer.concat(out);
  }

  #take(until: number): Buffer {
    const length = Math.max(0, until - this.#start);
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    this.#start += length;
    return taken;
  }
}

type Texts = readonly { readonly text: string; readonly path: string }[];

/** Shorter ones occur in any program. */
const shortestFound = 6;

/** Finds texts, in any of the forms that are masked. Answers with the names of those that are there. */
export function newFinder(texts: Texts): (bytes: Uint8Array) => string[] {
  const long = texts.filter(({ text }) => text.trim().length >= shortestFound);
  const root = searchFor(long, (path) => path, formsOf);
  return (bytes) => {
    const search = new Search(root);
    const found = new Set<string>();
    for (const byte of bytes) {
      const match = search.feed(byte);
      if (match !== null) found.add(match.mask);
    }
    return [...found];
  };
}

function searchFor(texts: Texts, mask: (path: string) => string, forms: (piece: string) => readonly string[]): Node {
  const root = newNode(0);
  for (const { text, path } of texts)
    for (const piece of piecesOf(text)) for (const form of forms(piece)) insert(root, Buffer.from(form), mask(path));
  link(root);
  return root;
}

interface Roots {
  readonly plain: Node;
  readonly wrapped: Node;
}

/** Makes maskers for texts, each with its name. @returns also the names of those too short to be masked */
export function newMaskers(texts: Texts): { readonly masker: () => Masker; readonly tooShort: readonly string[] } {
  const mask = (path: string) => `[secret ${path}]`;
  const roots = { plain: searchFor(texts, mask, formsOf), wrapped: searchFor(texts, mask, wrappedForms) };
  const tooShort = texts
    .filter(({ text }) => text !== '' && text.trim().length < shortestMasked)
    .map(({ path }) => path);
  return { masker: () => new StreamMasker(roots), tooShort };
}
