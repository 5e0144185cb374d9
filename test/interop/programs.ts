/** Real programs for tests: found once, run in a private environment. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether a program is there. In CI a missing one fails the run: nothing may be skipped there without anybody noticing. */
export function has(program: string, ...versionArguments: string[]): boolean {
  const found = spawnSync(program, versionArguments, { stdio: 'ignore' }).error === undefined;
  if (!found && process.env.CI) throw new Error(`${program} is not installed`);
  return found;
}

export interface Folder {
  readonly path: string;
  join(...names: string[]): string;
  /** Runs a program in the folder, which is also its home; standard output. Throws with its standard error. */
  run(program: string, args: readonly string[], input?: string | Uint8Array): Buffer;
  remove(): void;
}

export function temporaryFolder(): Folder {
  // Short: an agent's socket path has to fit in 108 bytes.
  const path = mkdtempSync(join(tmpdir(), 'bbt-'));
  const env = { PATH: process.env.PATH, HOME: path, GNUPGHOME: path, LC_ALL: 'C', TZ: 'UTC' };
  return {
    path,
    join: (...names) => join(path, ...names),
    run: (program, args, input = '') => execFileSync(program, args, { cwd: path, env, input, stdio: 'pipe' }),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
