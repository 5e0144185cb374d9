/**
 * For one run of the tests: a folder for all that they write, in memory where there is room; in it the package as npm would publish it, and the
 * worlds that many stories begin with.
 */
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackPackage } from './packed.js';
import { memory, templatesVariable, worldsPrefix } from './templates.js';

/** Measured: a run takes up half of it. */
const enough = 1 << 30;

/** A folder for this run in memory, where programs sync to disk in no time; null where it has no room, or runs no programs (`noexec`). */
function inMemory(): string | null {
  // Whoever says where temporary files go has a reason.
  if (process.env.TMPDIR !== undefined) return null;
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < enough) return null;
    const folder = mkdtempSync(join(memory, worldsPrefix));
    const program = join(folder, 'program');
    try {
      writeFileSync(program, '', { mode: 0o700 });
      accessSync(program, constants.X_OK);
      rmSync(program);
      return folder;
    } catch {
      rmSync(folder, { recursive: true });
      return null;
    }
  } catch {
    return null;
  }
}

export function setup(): () => void {
  const folder = inMemory() ?? mkdtempSync(join(tmpdir(), worldsPrefix));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
  // TypeScript asks newer Node.js to keep compiled code where temporary files go.
  process.env.NODE_DISABLE_COMPILE_CACHE = '1';
  const templates = join(folder, 'templates');
  const packed = join(folder, 'packed');
  for (const one of [templates, packed]) mkdirSync(one);
  unpackPackage(packed);
  process.env[templatesVariable] = templates;
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  // Also when the run is broken off: memory is not to be filled with it.
  process.once('exit', remove);
  return () => {
    const left = readdirSync(folder).filter((name) => !['templates', 'packed'].includes(name));
    remove();
    if (left.length === 0) return;
    console.error(`tests left behind: ${left.join(', ')}`);
    // What is thrown here, vitest reports and ends with 0 all the same.
    process.exitCode = 1;
  };
}
