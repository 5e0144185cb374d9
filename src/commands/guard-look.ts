/** What `guard` looks at: blobs of the index, of the tree, of commits, files, and standard input. */
import { join, resolve } from 'node:path';
import { isGuess } from '../guard/findings.js';
import type { Pointer } from '../guard/lfs.js';
import type { Candidate, Finding } from '../guard/types.js';
import type { Git, Host, StagedEntry } from '../host/types.js';
import { lookedAtTooMuch, nothingThere } from './refusals.js';

/** Beyond what git hosts accept; such a file is scanned at about 100 MB/s. */
export const blobLimit = 512 * 1024 * 1024;

export type Look = (candidate: Candidate) => Finding[];

export interface Looked {
  readonly findings: readonly Finding[];
  readonly files: number;
}

/** A staged or committed path; of a commit's, the commit. */
type Entry = StagedEntry & { readonly commit?: string };

export function withCommit(finding: Finding, commit: string | undefined, published?: boolean): Finding {
  if (commit === undefined) return finding;
  return { ...finding, commit, ...(published === undefined ? {} : { published }) };
}

const told = (entry: Entry, found: readonly Finding[]): Finding[] =>
  found.map((finding) => withCommit(finding, entry.commit));

const asCommitted = ({ path, mode, commit }: Entry) => ({ path, mode, ...(commit === undefined ? {} : { commit }) });

/** Judges a blob anew beside what stood there before it: a guess is worth asking whether it is new. */
async function lookAgain(
  git: Git,
  entries: readonly Entry[],
  look: Look,
  onFound: (entry: Entry, found: Finding[]) => void,
): Promise<void> {
  const oids = entries.flatMap((entry) => [...(entry.before ?? []), entry.oid]);
  let entryAt = 0;
  let before: Buffer[] = [];
  await git.eachBlob(
    oids,
    (_, content) => {
      const entry = entries[entryAt] as Entry;
      if (before.length < (entry.before?.length ?? 0)) return void before.push(content ?? Buffer.alloc(0));
      onFound(entry, look({ ...asCommitted(entry), content, before: Buffer.concat(before) }));
      before = [];
      entryAt++;
    },
    blobLimit,
  );
}

/** Judges blob by blob, as git delivers them: those of `first` go to `onFirst` before. Submodules have none. */
export async function lookAtBlobs(
  git: Git,
  entries: readonly Entry[],
  look: Look,
  first: readonly string[] = [],
  onFirst: (content: Buffer | null) => void = () => undefined,
): Promise<Finding[]> {
  const candidates = entries.filter((entry) => entry.mode !== '160000');
  const findings: Finding[] = [];
  const guessed: Entry[] = [];
  let at = -first.length;
  await git.eachBlob(
    [...first, ...candidates.map((entry) => entry.oid)],
    (_, content) => {
      const entry = candidates[at];
      if (at++ < 0) return onFirst(content);
      if (entry === undefined) return;
      const found = look({ ...asCommitted(entry), content });
      if (found.some(isGuess) && (entry.before?.length ?? 0) > 0) guessed.push(entry);
      else findings.push(...told(entry, found));
    },
    blobLimit,
  );
  if (guessed.length > 0) await lookAgain(git, guessed, look, (entry, found) => findings.push(...told(entry, found)));
  for (const entry of entries.filter(({ mode }) => mode === '160000'))
    findings.push(
      ...told(entry, look({ path: entry.path, mode: entry.mode, content: null, isNew: entry.status === 'A' })),
    );
  return findings;
}

/** How messages are named in findings. Without a dot, as configuration is: a value without quotation marks counts there. */
const messageName = '(message)';

/** Messages of commits and tags, and of a commit that has no id yet. */
export function lookAtMessages(
  messages: readonly { readonly id?: string; readonly text: string }[],
  look: Look,
): Finding[] {
  return messages.flatMap(({ id, text }) =>
    look({ path: messageName, mode: '100644', content: Buffer.from(text) }).map((finding) => withCommit(finding, id)),
  );
}

/** Files below what was named; more are a mistake, as of somebody who named the root of the file system. */
const mostFiles = 200_000;

function* filesBelow(host: Host, name: string): Generator<string> {
  const stat = host.files.stat(resolve(host.cwd, name));
  if (stat === null) throw nothingThere(name);
  if (stat.kind !== 'folder') return yield name;
  for (const inner of host.files.list(resolve(host.cwd, name))) {
    if (inner !== '.git') yield* filesBelow(host, name === '.' ? inner : join(name, inner));
  }
}

function asCandidate(host: Host, path: string): Candidate {
  const absolute = resolve(host.cwd, path);
  const stat = host.files.stat(absolute);
  const readable = stat?.kind === 'file' && stat.size <= blobLimit;
  return { path, mode: '100644', content: readable ? host.files.read(absolute, blobLimit) : null };
}

/** Files and folders as they are named, and standard input for `-`. */
export function lookAtFiles(host: Host, names: readonly string[], look: Look): Looked {
  const findings: Finding[] = [];
  let files = 0;
  for (const name of names) {
    if (name === '-') {
      files++;
      findings.push(...look({ path: '-', mode: '100644', content: host.terminal.readStdin() }));
    } else {
      for (const path of filesBelow(host, name)) {
        if (++files > mostFiles) throw lookedAtTooMuch(name, mostFiles);
        // Links are not followed: what they lead to is looked at where it lies.
        if (host.files.stat(resolve(host.cwd, path))?.kind !== 'symlink')
          findings.push(...look(asCandidate(host, path)));
      }
    }
  }
  return { findings, files };
}

/** Objects of Git LFS as `git lfs` keeps them in the common git folder. */
export function lfsStore(host: Host, commonDir: string): (pointer: Pointer) => Uint8Array | null {
  return ({ oid, size }) => {
    const path = join(commonDir, 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4), oid);
    return size > blobLimit || host.files.stat(path)?.kind !== 'file' ? null : host.files.read(path, blobLimit);
  };
}
