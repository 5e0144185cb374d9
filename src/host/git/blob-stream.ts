/** Reading very many blobs from one `git cat-file --batch`, which reads on while what has come is looked at. */
import { gitFailed } from '../errors.js';
import { blobs, defaultLimit, type OnBlob, parseHead, requested } from './blobs.js';
import { begin } from './child.js';
import { command, type GitCall, settings } from './run.js';

/** Fewer than these are there sooner than what reads from a running program is loaded. */
const many = 256;
const batch = ['cat-file', '--batch', '--buffer'];
const newline = 10;
/** The longest first line: an id of SHA-256, a type, a size of 2^64. */
const longestHead = 100;

/** See {@link Git.eachBlob}. A buffer shares memory with what came with it: copy what is to be kept. */
export async function eachBlob(
  call: GitCall,
  oids: readonly string[],
  onBlob: OnBlob,
  limit = defaultLimit,
): Promise<void> {
  if (oids.length <= many) return blobs(call, oids, onBlob, limit);
  const { child, ended } = begin(call, [...settings, ...batch], requested(oids), 'pipe');
  // Told when it is waited for, which is later than it may fail.
  ended.catch(() => {});
  const answers = new Answers(call, oids, onBlob, limit);
  try {
    for await (const chunk of child.stdout ?? []) answers.take(chunk);
  } catch (error) {
    child.kill();
    throw error;
  }
  await ended;
  answers.end();
}

/** What git answers, piece by piece as it comes. */
class Answers {
  readonly #call: GitCall;
  readonly #oids: readonly string[];
  readonly #onBlob: OnBlob;
  readonly #limit: number;
  #next = 0;
  /** The beginning of a first line. */
  #head: Buffer = Buffer.alloc(0);
  /** Of the object that is coming: what of it has come, and how many bytes, with the line break after it, are to come. */
  #content: Buffer | null = null;
  #filled = 0;
  #left = 0;

  constructor(call: GitCall, oids: readonly string[], onBlob: OnBlob, limit: number) {
    this.#call = call;
    this.#oids = oids;
    this.#onBlob = onBlob;
    this.#limit = limit;
  }

  take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) at = this.#left > 0 ? this.#continue(chunk, at) : this.#begin(chunk, at);
  }

  end(): void {
    if (this.#left > 0 || this.#next < this.#oids.length)
      throw gitFailed(command(batch), 'it ended too early', this.#call.repository.root);
  }

  #tell(content: Buffer | null, missing = false): void {
    this.#onBlob(this.#oids[this.#next++] as string, content, missing);
  }

  /** Both give where to go on. */
  #begin(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(newline, at);
    const until = end < 0 ? chunk.length : end + 1;
    const head =
      this.#head.length === 0 ? chunk.subarray(at, until) : Buffer.concat([this.#head, chunk.subarray(at, until)]);
    this.#head = end < 0 && head.length < longestHead ? head : Buffer.alloc(0);
    if (this.#head.length > 0) return until;
    const { type, size } = parseHead(head, 0, this.#call);
    if (type === 'missing') this.#tell(null, true);
    else if (type !== 'blob' || size > this.#limit) this.#expect(null, size);
    else if (until + size < chunk.length) {
      this.#tell(chunk.subarray(until, until + size));
      return until + size + 1;
    } else this.#expect(Buffer.allocUnsafeSlow(size), size);
    return until;
  }

  #expect(content: Buffer | null, size: number): void {
    this.#content = content;
    this.#filled = 0;
    this.#left = size + 1;
  }

  #continue(chunk: Buffer, at: number): number {
    const until = Math.min(at + this.#left, chunk.length);
    this.#left -= until - at;
    if (this.#content !== null) this.#filled += chunk.copy(this.#content, this.#filled, at, until);
    if (this.#left === 0) this.#tell(this.#content);
    return until;
  }
}
