/** One command at a time. The lock file names its holder, so that a dead one's lock can be taken over. */
import {
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { atEnd } from '../cleanup.js';
import { locked, meansAbsent, systemCode, writeFailed } from '../errors.js';
import { read } from './read.js';

/** A command that changes the vault takes a second or two: who waits longer should be told. */
const patience = 5_000;
const pollInterval = 40;
/** The holder writes its name right after making the file. If that is missing for so long, the holder died in between. */
const unnamedIsStale = 10_000;
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

function take(path: string, mine: string): boolean {
  try {
    const { O_WRONLY, O_CREAT, O_EXCL } = constants;
    const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL, 0o600);
    try {
      writeFileSync(fd, mine);
    } catch (error) {
      unlinkSync(path);
      throw error;
    } finally {
      closeSync(fd);
    }
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw writeFailed(path, error);
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
    return Date.now() - lstatSync(path).mtimeMs > unnamedIsStale;
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
