/** What every refusal has in common: it says why in one sentence, and nothing has happened. */
import { expect } from 'vitest';
import type { Result, RunOptions } from './run.js';
import type { Person, Team } from './team.js';

export interface Refusal extends RunOptions {
  /** Each must be found in what is said: the file that it is about, and what to do. */
  readonly says: readonly (string | RegExp)[];
  /** 1 unless said. */
  readonly code?: number;
  /** One of several that are shown to refuse the same thing: see {@link Person.lead}. */
  readonly led?: boolean;
}

/** What a clone is told when it meets a vault, before anything else. */
const greeting = /^the first use of this vault in this clone: .*\n(its fingerprint, .*\n)( {2}.*\n){2}/;

/** A sentence and hints: no stack, no data, no control characters, no full stop. */
export function expectWords(result: Result): void {
  expect(result.stdout).toBe('');
  expect(result.stderr).not.toMatch(/^\s+at .+:\d+/m);
  expect(result.stderr).not.toMatch(/this is a bug|undefined|\[object|NaN/);
  expect(result.stderr.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(result.stderr.replace(greeting, '').split('\n')[0]).toMatch(/^blackbox-ts: .*[^.]$/);
}

/** The local state may note that we were here (a lock, a key for fingerprints): that is nobody's loss. */
const ours = /\/\.git\/blackbox-ts\//;

function withoutLocalState(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !ours.test(path)));
}

/** Runs a command that must be refused; nothing in the whole world has changed after it. */
export function expectRefused(team: Team, person: Person, line: string | readonly string[], refusal: Refusal): Result {
  const before = withoutLocalState(team.snapshot());
  const { code = 1, led = false } = refusal;
  const result = led ? person.lead(line, { ...refusal, code }) : person.run(line, { ...refusal, code });
  for (const words of refusal.says) expect(result.stderr).toMatch(words);
  expectWords(result);
  expect(withoutLocalState(team.snapshot())).toEqual(before);
  return result;
}
