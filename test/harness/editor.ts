/** An editor that does what a story says, instead of a person. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Person } from './team.js';

/** What the editor does each time it is opened, in turn; the last one is repeated. */
export interface EditorStep {
  readonly write?: string;
  readonly replace?: readonly [from: string, to: string];
  /** Copies a file, as something that happens meanwhile. */
  readonly copy?: readonly [from: string, to: string];
  /** Takes Ctrl-C for itself, as Vim does. */
  readonly ignoreInterrupts?: boolean;
  /** Exit code, 0 unless said. */
  readonly exit?: number;
  /** Stays open until this file exists, as an editor does while somebody thinks. */
  readonly waitFor?: string;
}

export interface ScriptedEditor {
  /** What to put in `env`. */
  readonly env: { readonly EDITOR: string; readonly VISUAL: string };
  /** The files it has been opened on so far, each with its content and the modes of the file and its folder at that time. */
  opened(): { path: string; content: string; mode: number; folderMode: number }[];
}

// Plain JavaScript: this is a program of its own. It notes where it was opened before it does its step.
const program = (steps: readonly EditorStep[], log: string) => `#!/usr/bin/env node
const fs = require('node:fs');
const path = require('node:path');
const steps = ${JSON.stringify(steps)};
const log = ${JSON.stringify(log)};
const file = process.argv.at(-1);
const seen = fs.existsSync(log) ? JSON.parse(fs.readFileSync(log, 'utf8')) : [];
const step = steps[Math.min(seen.length, steps.length - 1)];
if (step.ignoreInterrupts) process.on('SIGINT', () => {});
const content = fs.readFileSync(file, 'latin1');
const mode = fs.statSync(file).mode & 0o777;
const folderMode = fs.statSync(path.dirname(file)).mode & 0o777;
if (step.write !== undefined) fs.writeFileSync(file, step.write);
if (step.copy) fs.copyFileSync(...step.copy);
if (step.replace) fs.writeFileSync(file, content.replace(step.replace[0], step.replace[1]), 'latin1');
fs.writeFileSync(log + '.new', JSON.stringify([...seen, { path: file, content, mode, folderMode }]));
fs.renameSync(log + '.new', log);
const end = () => (!step.waitFor || fs.existsSync(step.waitFor) ? process.exit(step.exit ?? 0) : setTimeout(end, 20));
end();
`;

/** The log lies outside the searched world's clones, and `forget` it before searching for plaintext: it holds what was shown. */
export function scriptEditor(person: Person, ...steps: readonly EditorStep[]): ScriptedEditor & { forget(): void } {
  const file = join(person.home, `editor-${crypto.randomUUID()}`);
  const log = `${file}.log`;
  writeFileSync(file, program(steps, log));
  chmodSync(file, 0o755);
  return {
    env: { EDITOR: file, VISUAL: file },
    opened: () => (existsSync(log) ? JSON.parse(readFileSync(log, 'utf8')) : []),
    forget: () => {
      writeFileSync(log, '[]');
      writeFileSync(file, '');
    },
  };
}
