/**
 * The outside world as the rest of the program sees it. Only `src/host` touches files, git, gpg, terminal, editor and environment;
 * everything else is handed these ports. All paths here are absolute.
 */

import type { GitPort } from './git/types.js';

export type * from './git/types.js';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Host {
  readonly cwd: string;
  readonly home: string;
  /** The login name, or '' when the system has none. Only for suggestions. */
  readonly userName: string;
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  readonly files: Files;
  readonly git: GitPort;
  readonly gpg: Gpg;
  readonly plugins: Plugins;
  readonly terminal: Terminal;
  readonly editor: Editor;
  readonly threads: Threads;
  /** Where Node.js and the script that started this program are: for hooks, and to run it once more. */
  readonly program: { readonly node: string; readonly script: string };
  /** Runs a command from the user's own configuration (BLACKBOX_IDENTITY_CMD) without a shell; its standard output. */
  runForOutput(command: string): Buffer;
  /**
   * The armored signature that `ssh-keygen -Y sign -n blackbox-ts` makes over a message with a key that the user's ssh-agent holds.
   * Throws ERR_BLACKBOX_SSH_FAILED, with what it says, when the agent is not there, does not have the key, or will not.
   * @param publicKey `ssh-ed25519 AAAA…`, `ssh-rsa AAAA…`
   */
  sshSign(publicKey: string, message: Uint8Array): Buffer;
  /**
   * Runs `work`, which must be synchronous, when the program ends by exit or by a deadly signal: the latest given first, so before what an
   * earlier `privateFolder` removes. The answer calls it off.
   */
  atEnd(work: () => void): () => void;
  openStage(): Stage;
  /** Tells of changes in folders, and perhaps when there are none; does not keep the process alive. The answer ends it. */
  watch(folders: readonly string[], onEvent: () => void): () => void;
  /** Runs a program of the user's in our place, to its end. */
  runInPlace(words: readonly string[], options: InPlaceOptions): Promise<Ended>;
  /** Ends this program as a signal ended the one that it ran. Where that would write memory to disk, it answers with the code that shells give. */
  endAs(signal: NodeJS.Signals): number;
}

export interface InPlaceOptions {
  /** All of its environment. */
  readonly env: Env;
  /** For each of its output streams that is no terminal: what changes it on its way. Without, it has our own streams. */
  readonly filter?: () => { push(bytes: Uint8Array): Uint8Array; end(): Uint8Array };
}

/** How a program ended: one of the first two is not null, unless it could not be started. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** ENOENT, EACCES, …; '' when it ran. */
  readonly failure: string;
}

/** A throw-away folder, and programs run in it to their end, with nothing of the user's environment but the PATH. For `demo`. */
export interface Stage {
  readonly folder: string;
  /** `status` is null when the program could not be started. `output` has stdout and stderr in the order in which they came. */
  run(
    program: string,
    args: readonly string[],
    options: { cwd: string; env: Env },
  ): { status: number | null; output: string };
  /** Missing folders are made. */
  write(path: string, content: string): void;
  link(target: string, path: string): void;
  /** Removes it all; it also happens on exit and on signals. */
  remove(): void;
}

export interface FileStat {
  readonly kind: 'file' | 'folder' | 'symlink' | 'other';
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
}

export interface Write {
  readonly path: string;
  /** The whole content, or a producer of its pieces for what is too large to hold. */
  readonly content: Uint8Array | (() => Iterable<Uint8Array>);
  /** Stands in front of the content. Its length is known from the start, its bytes only when every file's content has been written. */
  readonly head?: { readonly length: number; readonly bytes: () => Uint8Array };
  /** Permission bits, e.g. 0o600. Applied exactly, whatever the umask. */
  readonly mode: number;
}

/** While files are replaced. Only `contents` may fail. */
export interface ReplaceEvents {
  /** How many have been written. */
  readonly progress?: (done: number) => void;
  /** All contents are written, and no head has been asked for yet: it is waited for. */
  readonly contents?: () => Promise<void>;
  /** Whoever listens need not wait for the old files, kept under other names meanwhile, to go; but with the journal until then. */
  readonly clearing?: (cleared: Promise<void>) => void;
}

/** Files. Nothing here follows a symlink in the last component; `within` variants follow none below `root`. */
export interface Files {
  /** lstat; null when absent. */
  stat(path: string): FileStat | null;
  /**
   * What tells whatever stands at a path from whatever stood there before: device, number, kind, size and times. Null when absent.
   * `changed`: when it was last changed in any way, in ms since 1970, by the file system's clock. Symlinks are not followed.
   */
  stamp(path: string): { readonly text: string; readonly changed: number } | null;
  /** The whole of a regular file, null when absent. Throws for a symlink, a folder, a device, or more than `limit` bytes (default 64 MiB). */
  read(path: string, limit?: number): Buffer | null;
  /** The first `bytes` bytes of a regular file, null when absent. */
  readHead(path: string, bytes: number): Buffer | null;
  /** A regular file in pieces of at most 1 MiB; the same buffer is not reused between pieces. */
  readPieces(path: string): Iterable<Uint8Array>;
  /** The path that symlinks lead to, or the path itself when nothing is there. For the user's own files only, such as mounted or linked keys. */
  real(path: string): string;
  /** Names in a folder, sorted; empty when it is absent. */
  list(folder: string): string[];
  makeFolder(path: string, mode?: number): void;
  /** The same place without symlinks on the way, as `GitPort.find` tells roots; the path itself when nothing is there. */
  physical(path: string): string;
  /**
   * Joins a repository path to the root. Throws when a component on the way is a symlink or something other than a folder,
   * or when the last component is a symlink: whatever the repository holds, we never read or write outside it.
   * @param folders found on the way to others before, and not looked at again: for many paths that are asked for one after another
   */
  within(root: string, relative: string, folders?: Set<string>): string;
  /**
   * Writes all or nothing as far as a file system can: each to a temporary file beside its target (O_EXCL, 0600 until complete), all synced,
   * then all renamed, then the folders synced. Temporary files are listed in `journal` first, so that a killed run can be cleaned up after.
   * Missing parent folders are made.
   */
  replace(writes: readonly Write[], journal: string, on?: ReplaceEvents): Promise<void>;
  /** A small file of local state: written whole to a temporary file (0600), then renamed. Synchronous, not synced to disk. Parent folder must exist. */
  writeLocal(path: string, text: string): void;
  /** Adds to the end of one of the user's own files, which is made (0600) when it is not there. */
  append(path: string, text: string): void;
  /** Removes temporary files that a killed run left behind, as its journal says. Paths outside `root` and names that are not ours are ignored. */
  sweep(journal: string, root: string): void;
  remove(path: string): void;
  /** Overwrites once with random bytes, syncs, truncates, removes. Best effort on journaling and flash storage: docs/security.md says so. */
  shred(path: string): void;
  /** Takes the lock file or throws ERR_BLACKBOX_LOCKED naming the process that holds it; waits up to 5 s. A dead holder's lock is taken over. */
  lock(path: string): { release(): void };
  /** A new file, 0600, outside the repository, for what must not be lost and is no secret as it stands. @returns its path */
  setAside(text: string): string;
  /** A new folder, 0700, on tmpfs where there is one. `remove` shreds what is in it; it also happens on exit and on signals. */
  privateFolder(): { readonly path: string; readonly inMemory: boolean; remove(): void };
}

export interface Gpg {
  /** Fingerprints (upper case; primary keys and subkeys) of which the user's gpg holds the secret key. Empty when there is no gpg. Asked once. */
  secretFingerprints(): ReadonlySet<string>;
  /** What `gpg --decrypt` makes of an OpenPGP message (agent, pinentry, smartcard). Throws with gpg's own reason, cleaned. */
  decrypt(message: Uint8Array): Buffer;
  /** The detached, binary OpenPGP signature of a message. @param fingerprint of exactly the key or subkey to sign with */
  sign(message: Uint8Array, fingerprint: string): Buffer;
}

/** Age plugins, `age-plugin-<name>` on the PATH. https://c2sp.org/age-plugin */
export interface Plugins {
  /** Starts one, outside the repository and without the identities given to us; null when there is none of that name. */
  start(name: string, machine: 'recipient-v1' | 'identity-v1'): PluginProcess | null;
  /** The person whom a plugin may tell and ask something; null in a library. */
  readonly dialog: PluginDialog | null;
}

export interface PluginProcess {
  /** What it says next; null when it has said all, or more than it may. Throws when it says nothing for minutes. */
  read(): Promise<Uint8Array | null>;
  write(text: string): void;
  /** Lets it end for so many milliseconds, and then ends it; the last line on its standard error. May be called again. */
  stop(grace: number): Promise<string>;
}

/** They throw as the terminal's own questions do. */
export interface PluginDialog {
  say(line: string): void;
  confirm(question: string): boolean;
  ask(prompt: string): string;
  askSecret(prompt: string): string;
}

/** Work that goes on in further threads, all of which are given the same task. */
export interface Thread {
  /** What to do. Once. */
  give(task: unknown): void;
  /** The next answer of any of them. Throws when there will be none. */
  next(): Promise<unknown>;
  end(): void;
}

export interface Threads {
  /** How many there are beside the main one, by the number of processors. */
  readonly spare: number;
  /** Starts as many for a task of `src/worker.ts`: ahead of it, as that takes as long as wrapping for a few hundred files. To be ended. */
  start(): Thread;
}

export interface Progress {
  update(done: number): void;
  end(): void;
}

/** stdout is data, stderr is words, the terminal is questions. */
export interface Terminal {
  /** Data for stdout. */
  data(content: string | Uint8Array): void;
  /** A line of words for stderr. */
  say(line: string): void;
  warn(line: string): void;
  /** Whether a person can answer questions (stdin and stderr are terminals). */
  readonly interactive: boolean;
  /** Columns of stdout, 80 when unknown; Infinity when stdout is no terminal. */
  readonly width: number;
  readonly colour: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  /** A hidden answer from the terminal itself. Throws ERR_BLACKBOX_NO_TERMINAL without one, ERR_BLACKBOX_CANCELLED on Ctrl-C. Synchronous. */
  askSecret(prompt: string): string;
  /** As `askSecret`, but what is typed shows. */
  ask(prompt: string): string;
  /** `answer` is what Enter alone means: no, unless said. */
  confirm(question: string, answer?: boolean): boolean;
  /** Everything on stdin. Throws when it is a terminal and nothing was piped. */
  readStdin(): Buffer;
  /** Shows on a terminal only, and only once a second has passed. */
  progress(what: string, total: number): Progress;
  /** Aligned columns; the widest column gives way when the terminal is narrow. No trailing spaces. Cells are made visible() inside. */
  table(rows: readonly (readonly string[])[], head?: readonly string[]): string;
}

export interface Editor {
  /** Opens $BLACKBOX_EDITOR, $VISUAL, $EDITOR, else vi or notepad, on a file and waits. Throws ERR_BLACKBOX_EDITOR with the exit code. */
  open(path: string): Promise<void>;
}
