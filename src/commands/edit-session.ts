/**
 * An editor on a plaintext that exists nowhere but in a private folder. However the session ends, nothing of it is left there, and what
 * the person has typed is either in its place or kept sealed.
 */
import { basename, join } from 'node:path';
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { shellWord, showPath } from '../text.js';
import type { Kept, RepoPath } from '../vault/index.js';
import { editorLeftNothing } from './refuse-files.js';
import { syntaxProblem } from './syntax.js';

export interface Session {
  readonly path: RepoPath;
  /** What the editor shows first. */
  readonly content: Buffer;
  /** Takes back what has not changed from this. */
  readonly original: Buffer;
  /** Whether content that does not parse is sealed as well. */
  readonly unchecked: boolean;
  /** Seals content into local state: at once, because the program may be about to die. */
  readonly keep: (content: Uint8Array) => Kept;
}

interface PrivateFile {
  readonly path: string;
  read(): Buffer | null;
}

/** Opens the editor until what it leaves is sound, or the person has had enough. */
async function editUntilSound(host: Host, file: PrivateFile, session: Session): Promise<Buffer> {
  for (;;) {
    await host.editor.open(file.path);
    const content = file.read();
    if (content === null) throw editorLeftNothing(session.path);
    if (session.unchecked || content.equals(session.original)) return content;
    const problem = syntaxProblem(session.path, content);
    if (problem === null) return content;
    if (!host.terminal.interactive) throw problem;
    host.terminal.say(problem.message);
    if (!host.terminal.confirm('edit it again?', true)) throw problem;
  }
}

/** Keeps what differs from what is sealed already. @returns where; null when there is nothing to keep */
function keepChange(file: PrivateFile, { original, keep }: Session): Kept | null {
  const content = file.read();
  return content === null || content.equals(original) ? null : keep(content);
}

function resumeHint(path: RepoPath, { file, aside }: Kept): string {
  const resume = `blackbox-ts edit --resume ${shellWord(path)}`;
  if (aside === null) return `your edit is kept, sealed; to go on with it: ${resume}`;
  return `your edit is kept, sealed, in ${aside}; to go on with it, when there is room: mv ${shellWord(aside)} ${shellWord(file)} && ${resume}`;
}

/** A failure after which the edit is kept says how to go on; a hint of its own that says so already is enough. */
function withResumeHint(host: Host, error: unknown, path: RepoPath, kept: Kept): unknown {
  if (!(error instanceof BlackboxError)) {
    host.terminal.say(resumeHint(path, kept));
    return error;
  }
  const { code, sentence, attempts, file, exitCode, cause } = error;
  const told = kept.aside === null && error.hints.some((hint) => hint.includes('--resume'));
  const hints = told ? error.hints : [resumeHint(path, kept), ...error.hints];
  return new BlackboxError(code, sentence, {
    hints,
    attempts,
    exitCode,
    cause,
    ...(file === undefined ? {} : { file }),
  });
}

/** For the moment of dying: nothing may stop the rest of what has to be undone. */
function keepQuietly(host: Host, file: PrivateFile, session: Session): void {
  try {
    const kept = keepChange(file, session);
    if (kept !== null) host.terminal.say(`\n${resumeHint(session.path, kept)}`);
  } catch {
    host.terminal.say(`\nthe edit of ${showPath(session.path)} could not be kept`);
  }
}

/**
 * Lets a person edit, and hands what they leave to `save`, while a signal would still keep it.
 * @throws what the editor, the format or `save` throws, with the hint how to go on when there is something to go on with
 */
export async function editPrivately<T>(
  host: Host,
  session: Session,
  save: (content: Buffer) => Promise<T>,
): Promise<T> {
  const { files } = host;
  const folder = files.privateFolder();
  if (!folder.inMemory)
    host.terminal.warn('there is no memory file system here: the plaintext is on disk while you edit');
  const path = join(folder.path, basename(session.path));
  const file: PrivateFile = { path, read: () => files.read(path) };
  const callOff = host.atEnd(() => keepQuietly(host, file, session));
  try {
    await files.replace([{ path, content: session.content, mode: 0o600 }], join(folder.path, '.journal'));
    return await save(await editUntilSound(host, file, session));
  } catch (error) {
    const kept = keepChange(file, session);
    throw kept === null ? error : withResumeHint(host, error, session.path, kept);
  } finally {
    callOff();
    folder.remove();
  }
}
