/** One command at a time. The lock file names its holder, so that a dead one's lock can be taken over. */
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { atEnd } from '../cleanup.js';
import { locked, writeFailed } from '../errors.js';
import { meansAbsent, systemCode } from '../system.js';
import { list, read, stat } from './read.js';

/** A command that changes the vault takes a second or two: who waits longer should be told. */
const patience = 5_000;
const pollInterval = 40;
/** A lock without a name is a holder's that died while it made one where there are no links; a draft, one's that was killed. */
const abandoned = 10_000;
const draftEnd = '.new';
/** What link(2) says where there are no hard links. */
const noLinks: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EINVAL'];
/** Ours has 200 bytes. */
const sizeLimit = 4096;

interface Holder {
  readonly pid: number;
  /** Where process ids are comparable: the machine, and the PID namespace (containers may share a machine's name). */
  readonly space: string;
  /** When the process started, as the system counts; tells a process from a later one with the same id. '' where it is not known. */
  readonly started: string;
  /** For people. */
  readonly since: string;
  readonly nonce: string;
}

/** See {@link Files.lock}. */
export function lock(path: string): { release(): void } {
  makeParent(path);
  const mine = JSON.stringify(thisProcess());
  const deadline = Date.now() + patience;
  while (!take(path, mine)) {
    const content = contentOf(path);
    if (content === null) continue;
    if (isStale(path, content)) removeStale(path, content);
    else if (Date.now() > deadline) throw locked(path, describe(content));
    else sleep(pollInterval);
  }
  const free = () => giveBack(path, mine);
  const disarm = atEnd(free);
  return {
    release: () => {
      disarm();
      free();
    },
  };
}

function makeParent(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw writeFailed(path, error);
  }
}

/**
 * Whether the lock is ours now. It is written under another name and gets its own by link(2), which fails where one is: a lock that is there
 * names its holder, so that a process that dies in the middle of this leaves none that others would wait for.
 */
function take(path: string, mine: string): boolean {
  if (stat(path) !== null) return false;
  const draft = `${path}.${process.pid}${draftEnd}`;
  try {
    writeFileSync(draft, mine, { mode: 0o600 });
    linkSync(draft, path);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    // Some file systems have no links: there, only the file itself can be made or found to be there.
    if (noLinks.includes(systemCode(error))) return takeWithoutLink(path, mine);
    throw writeFailed(path, error);
  } finally {
    rmSync(draft, { force: true });
  }
  removeDrafts(path);
  return true;
}

function takeWithoutLink(path: string, mine: string): boolean {
  try {
    writeFileSync(path, mine, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw writeFailed(path, error);
  }
}

/** Drafts of processes that were killed: whoever is about to put theirs in place has just written it. */
function removeDrafts(path: string): void {
  const folder = dirname(path);
  const begin = `${basename(path)}.`;
  for (const name of list(folder)) {
    const draft = join(folder, name);
    const old =
      name.startsWith(begin) && name.endsWith(draftEnd) && Date.now() - (stat(draft)?.mtimeMs ?? 0) > abandoned;
    if (old) rmSync(draft, { force: true });
  }
}

function giveBack(path: string, mine: string): void {
  if (contentOf(path) === mine) unlinkSync(path);
}

function contentOf(path: string): string | null {
  return read(path, sizeLimit)?.toString('utf8') ?? null;
}

function parse(content: string): Holder | null {
  try {
    const holder: unknown = JSON.parse(content);
    return typeof holder === 'object' && holder !== null && 'pid' in holder && Number.isInteger(holder.pid)
      ? (holder as Holder)
      : null;
  } catch {
    return null;
  }
}

function isStale(path: string, content: string): boolean {
  const holder = parse(content);
  if (holder !== null) return holder.space === processSpace() && !isRunning(holder.pid, holder.started);
  try {
    return Date.now() - lstatSync(path).mtimeMs > abandoned;
  } catch {
    return false;
  }
}

// Two may find the same stale lock. Each moves what is there aside and looks at it: who has moved the other's fresh lock puts it back.
function removeStale(path: string, stale: string): void {
  if (contentOf(path) !== stale) return;
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    if (contentOf(aside) !== stale) linkSync(aside, path);
  } catch (error) {
    if (!meansAbsent(error) && systemCode(error) !== 'EEXIST') throw writeFailed(path, error);
  } finally {
    rmSync(aside, { force: true });
  }
}

function describe(content: string): string {
  const holder = parse(content);
  return holder === null ? 'it has not said which' : `process ${holder.pid}, since ${holder.since}`;
}

function thisProcess(): Holder {
  const { randomUUID } = process.getBuiltinModule('node:crypto');
  const { pid } = process;
  return { pid, space: processSpace(), started: startOf(pid), since: new Date().toISOString(), nonce: randomUUID() };
}

/** Names the space in which process ids mean the same processes. */
export function processSpace(): string {
  const { hostname } = process.getBuiltinModule('node:os');
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

// proc(5): field 22 is the start time; the second field is the name in parentheses and may hold spaces and parentheses itself.
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Whether a process of this space is still there (and, where that is known, still the one that started then). */
export function isRunning(pid: number, started = ''): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if (systemCode(error) !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return started === '' || now === '' || now === started;
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
