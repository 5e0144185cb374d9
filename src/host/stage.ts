/** A throw-away folder with people's homes in it, for `demo`: where the program is watched from outside, as anybody runs it. */
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { atEnd } from './cleanup.js';
import { writeFailed } from './errors.js';
import type { Env, Stage } from './types.js';

/** Variables without which programs do not run on some system; all else is the stage's own. */
const kept = ['PATH', 'SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'LD_LIBRARY_PATH'];

export function openStage(env: Env): Stage {
  const { tmpdir } = process.getBuiltinModule('node:os');
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'blackbox-ts-demo-')));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const disarm = atEnd(remove);
  const base = Object.fromEntries(Object.entries(env).filter(([name]) => kept.includes(name.toUpperCase())));
  return {
    folder,
    run: (program, args, options) => run(folder, program, args, { cwd: options.cwd, env: { ...base, ...options.env } }),
    write: (path, content) => attempt(path, () => writeFileSync(path, content)),
    link: (target, path) => attempt(path, () => symlinkSync(target, path, 'junction')),
    remove: () => {
      remove();
      disarm();
    },
  };
}

function attempt(path: string, write: () => void): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    write();
  } catch (error) {
    throw writeFailed(path, error);
  }
}

// Both outputs go to one file, so that lines stand in the order in which they were written.
function run(
  folder: string,
  program: string,
  args: readonly string[],
  options: { cwd: string; env: Env },
): ReturnType<Stage['run']> {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const file = join(folder, 'output');
  const fd = openSync(file, 'w', 0o600);
  try {
    const done = spawnSync(program, args, {
      ...options,
      env: options.env as NodeJS.ProcessEnv,
      stdio: ['ignore', fd, fd],
      windowsHide: true,
    });
    return { status: done.status, output: readFileSync(file, 'utf8') };
  } finally {
    closeSync(fd);
  }
}
