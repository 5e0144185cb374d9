/** No option is taken and then left out of account: what means nothing beside the rest is refused before anything is done. */
import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli.js';
import { entries } from '../../src/commands/table.js';
import type { Host } from '../../src/host/types.js';

/** Nothing but words: whatever else a command asks of this machine is a bug that ends it with 70. */
async function said(line: string): Promise<[code: number, words: string]> {
  const words: string[] = [];
  const host = { terminal: { say: (text: string) => void words.push(text) } } as unknown as Host;
  const code = await main(line.split(' '), host);
  return [code, words.join('\n')];
}

describe('contradictions', () => {
  it.each([
    ['list --null --json', '--null', '--json'],
    ['list --keys --null', '--keys', '--null'],
    ['who --html x --json', '--html', '--json'],
    ['edit --resume --discard a', '--resume', '--discard'],
    ['edit --unchecked --discard a', '--unchecked', '--discard'],
    ['encrypt --propose --shred', '--propose', '--shred'],
    ['encrypt --propose --force', '--propose', '--force'],
    ['encrypt --check --propose', '--propose', '--check'],
    ['encrypt --check --shred', '--check', '--shred'],
    ['reencrypt --check --fresh', '--check', '--fresh'],
    ['reencrypt --check --adopt a', '--check', '--adopt'],
    ['rotation --json --prune', '--json', '--prune'],
    ['rotation --json --not-secret a', '--json', '--not-secret'],
    ['rotation --check --prune', '--check', '--prune'],
    ['rotation --check --not-secret a', '--check', '--not-secret'],
    ['rotation --prune --not-secret a', '--prune', '--not-secret'],
    ['admin change bob --group ops --no-groups', '--group', '--no-groups'],
    ['admin approve bob --yes --fingerprint x', '--yes', '--fingerprint'],
    ['register --group ops --everybody a', '--group', '--everybody'],
    ['guard --json --sarif', '--json', '--sarif'],
    ['guard --all --history', '--all', '--history'],
    ['guard index --check --remove', '--check', '--remove'],
    ['types --check --dry-run', '--check', '--dry-run'],
    ['run --env prod --from a.env -- true', '--env', '--from'],
    ['export --env prod --from a.env', '--env', '--from'],
    ['get --env prod --from a.env b', '--env', '--from'],
  ])('%s', async (line, one, other) => {
    const [code, words] = await said(line);
    expect(code).toBe(2);
    expect(words).toMatch(/contradict each other/);
    for (const option of [one, other]) expect(words).toContain(option);
  });
});

describe('options that mean something beside another one only', () => {
  it.each([
    ['list --identity x', '--identity', '--keys'],
    ['who --force', '--force', '--html'],
    ['who --identity x', '--identity', '--html'],
    ['who --dry-run', '--dry-run', '--html'],
    ['edit --force a', '--force', '--resume'],
    ['encrypt --name bob', '--name', '--propose'],
    ['keygen --identity x', '--identity', '--public'],
  ])('%s', async (line, option, other) => {
    const [code, words] = await said(line);
    expect(code).toBe(2);
    expect(words).toContain(`${option} goes with ${other}`);
  });
});

it.each([
  ['get --env prod a.env B', '--env'],
  ['get --from b.env a.env B', '--from'],
  ['guard --all a.txt', '--all'],
  ['guard --history main..HEAD', '--history'],
])('%s: what is meant is said twice', async (line, option) => {
  const [code, words] = await said(line);
  expect(code).toBe(2);
  expect(words).toContain(`${option} says what is meant, and so do the words beside it`);
});

it('what a command says of its options, it has', async () => {
  for (const entry of entries) {
    const { options = [] } = await entry.load();
    const names = options.map(({ flags }) => /--[a-z-]+/.exec(flags)?.[0]);
    for (const option of options)
      for (const other of [...(option.not ?? []), ...(option.with === undefined ? [] : [option.with])])
        expect(names, entry.name).toContain(other);
  }
});

it('whatever nobody has thought of is a bug, and says so with what a report needs', async () => {
  const [code, words] = await said('status');
  expect(code).toBe(70);
  expect(words).toMatch(/^blackbox-ts: this is a bug in blackbox-ts \S+ \(Node v\S+\); please report it/);
  expect(words).toMatch(/^TypeError: .*\n\s+at /m);
});
