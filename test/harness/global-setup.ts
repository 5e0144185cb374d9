/** For one run of the tests: a folder for the worlds that many stories begin with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { templatesVariable } from './templates.js';

export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'bb-templates-'));
  process.env[templatesVariable] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
