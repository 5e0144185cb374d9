/** Every command explains itself, with a line to copy; what reads has --json, what writes has --dry-run, and the README names them all. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli.js';
import { entries } from '../../src/commands/table.js';
import type { Host } from '../../src/host/types.js';
import { projectRoot } from '../harness/run.js';

const shown = entries.filter(({ hidden }) => hidden !== true);
const names = shown.map(({ name }) => name);

async function helpOf(words: readonly string[]): Promise<string> {
  let text = '';
  const host = { terminal: { data: (more: string) => (text += more) } } as unknown as Host;
  expect(await main([...words, '--help'], host)).toBe(0);
  return text;
}

describe('--help', () => {
  it('lists every command', async () => {
    const text = await helpOf([]);
    for (const name of names) expect(text).toContain(name.split(' ')[0]);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    for (const group of ['admin', 'hook']) {
      const verbs = await helpOf([group]);
      for (const name of names.filter((n) => n.startsWith(`${group} `))) expect(verbs).toContain(name.split(' ')[1]);
    }
  });

  it.each(shown.map((entry) => [entry.name, entry] as const))(
    '%s has an example that can be typed, every option, and its exit codes',
    async (name, entry) => {
      const text = await helpOf(name.split(' '));
      const lines = [...text.slice(text.indexOf('Examples:')).matchAll(/^ {2}\$ (.*)$/gm)].map(([, line = '']) => line);
      // What stands behind the command's name, up to the next program.
      const own = lines.flatMap((line) => line.split(`blackbox-ts ${name}`).slice(1));
      expect(own.length).toBeGreaterThan(0);
      expect(text).toMatch(/^Exit codes: /m);
      const { options = [] } = await entry.load();
      const typed = own.flatMap((rest) => (rest.split(/ -- | \| /)[0] ?? '').match(/(?<= )--[a-z-]+/g) ?? []);
      const known = options.map(({ flags }) => /--[a-z-]+/.exec(flags)?.[0]);
      for (const option of typed) expect(known, `${name}: ${option}`).toContain(option);
      for (const option of known) expect(text).toContain(option);
    },
  );
});

/** Their answer is for programs already: what a file holds, or one of several formats. */
const plain = ['cat', 'export', 'run'];
/** In a folder of its own, which goes at the end. */
const elsewhere = ['demo'];

it('what reads has --json, and what writes has --dry-run', async () => {
  for (const { name, load } of shown) {
    const flags = ((await load()).options ?? []).map((option) => option.flags);
    const has = flags.includes('--json') || flags.includes('-n, --dry-run');
    expect(has, name).toBe(![...plain, ...elsewhere].includes(name));
  }
});

it('the README names every command, and no other', () => {
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  const table = readme.slice(readme.indexOf('## Commands'), readme.indexOf('## Dependencies'));
  const rows = table.split('\n').filter((line) => /^\| (?!\|)/.test(line));
  const named = rows.flatMap((row) => [...row.matchAll(/`([a-z- ]+)`/g)].map(([, name = '']) => name));
  expect([...named].sort()).toEqual([...names].sort());
});
