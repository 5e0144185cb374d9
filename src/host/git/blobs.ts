/** Reading many blobs through few `git cat-file --batch` processes, in bounded memory. */
import { BlackboxError } from '../../errors.js';
import { gitFailed } from '../errors.js';
import { command, type GitCall, git, runGit } from './run.js';

/** What one process may answer with: it arrives in memory as a whole. */
const batchBytes = 8 * 1024 * 1024;
const batchCount = 256;
/** `<oid> <type> <size>\n` before a blob and `\n` after it. */
const frame = 128;
export const defaultLimit = 64 * 1024 * 1024;

export type OnBlob = (oid: string, content: Buffer | null, missing: boolean) => void;

/** See {@link Git.blobs}. A buffer shares memory with its batch: copy what is to be kept. */
export function blobs(call: GitCall, oids: Iterable<string>, onBlob: OnBlob, limit = defaultLimit): void {
  for (const batch of inBatches(oids)) {
    if (!readBatch(call, batch, onBlob, limit, batchBytes)) readBySize(call, batch, onBlob, limit);
  }
}

function* inBatches(oids: Iterable<string>): Generator<string[]> {
  const batch: string[] = [];
  for (const oid of oids) {
    checkId(oid);
    batch.push(oid);
    if (batch.length === batchCount) yield batch.splice(0);
  }
  if (batch.length > 0) yield batch;
}

/** By its id; or as the index has a path in which nothing could mean something to git. */
function checkId(oid: string): void {
  if (!/^(?:[0-9a-f]{40,64}|:0:\.?[A-Za-z][\w./-]*)$/.test(oid))
    throw new BlackboxError('ERR_BLACKBOX_BUG', 'a blob was asked for by something else than its id');
}

/** What asks git for these. */
export function requested(oids: readonly string[]): string {
  for (const oid of oids) checkId(oid);
  return lines(oids);
}

// Most batches are small: they are read at once, without asking for sizes first. False, and nothing told, when the answer exceeds `bytes`.
function readBatch(call: GitCall, oids: readonly string[], onBlob: OnBlob, limit: number, bytes: number): boolean {
  const args = ['cat-file', '--batch', '--buffer'];
  const ran = runGit(call, args, lines(oids), bytes);
  if (ran.failure === 'ENOBUFS') return false;
  if (ran.status !== 0) throw gitFailed(command(args), ran.failure || ran.stderr, call.repository.root);
  let at = 0;
  for (const oid of oids) {
    const { type, size, start } = parseHead(ran.stdout, at, call);
    const end = start + size;
    onBlob(oid, type === 'blob' && size <= limit ? ran.stdout.subarray(start, end) : null, type === 'missing');
    at = type === 'missing' ? start : end + 1;
  }
  return true;
}

// git-cat-file(1), "batch output": `<oid> <type> <size>`, or `<oid> missing`.
export function parseHead(output: Buffer, at: number, call: GitCall): { type: string; size: number; start: number } {
  const end = output.indexOf(10, at);
  const [, type = '', size = '0'] = end < 0 ? [] : output.toString('latin1', at, end).split(' ');
  if (!['blob', 'tree', 'commit', 'tag', 'missing'].includes(type))
    throw gitFailed('cat-file', 'it ended too early', call.repository.root);
  return { type, size: Number(size), start: end + 1 };
}

function readBySize(call: GitCall, oids: readonly string[], onBlob: OnBlob, limit: number): void {
  const sizes = sizesOf(call, oids);
  let batch: string[] = [];
  let bytes = 0;
  const flush = () => {
    if (batch.length > 0 && !readBatch(call, batch, onBlob, limit, bytes))
      throw gitFailed('cat-file', 'sizes changed', call.repository.root);
    batch = [];
    bytes = 0;
  };
  for (const [i, oid] of oids.entries()) {
    const size = sizes[i] ?? 'missing';
    if (typeof size !== 'number' || size > limit || bytes + size > batchBytes) flush();
    if (typeof size !== 'number' || size > limit) onBlob(oid, null, size === 'missing');
    else {
      batch.push(oid);
      bytes += size + frame;
    }
  }
  flush();
}

function sizesOf(call: GitCall, oids: readonly string[]): (number | 'missing' | 'no blob')[] {
  const answer = git(call, ['cat-file', '--batch-check', '--buffer'], lines(oids)).stdout.toString('latin1');
  return answer.split('\n').map((line) => {
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(line)?.[1];
    return size !== undefined ? Number(size) : line.endsWith(' missing') ? 'missing' : 'no blob';
  });
}

function lines(oids: readonly string[]): string {
  return `${oids.join('\n')}\n`;
}
