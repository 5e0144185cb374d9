/** Where compiled code is kept in a run of the tests: see `compiled.cjs`. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { templatesVariable } from './templates.js';

const source = join(dirname(fileURLToPath(import.meta.url)), 'compiled.cjs');
const placeIn = (run: string) => join(run, 'compiled', 'compiled.cjs');

/** @param run the folder of this run */
export function makePlaceForCompiled(run: string): void {
  mkdirSync(dirname(placeIn(run)));
  copyFileSync(source, placeIn(run));
}

/** What makes a Node.js keep what it compiles; nothing where there is no place for it. */
export function nodeOptions(run = dirname(process.env[templatesVariable] ?? '')): string[] {
  return existsSync(placeIn(run)) ? [`--require=${placeIn(run)}`] : [];
}
