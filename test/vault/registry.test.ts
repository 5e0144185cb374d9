/** The registry: what is written is what is read, whatever union merges have made of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRepoPath } from '../../src/vault/paths.js';
import { formatRegistry, parseRegistry, pickEntries } from '../../src/vault/registry.js';
import type { RegistryEntry } from '../../src/vault/types.js';
import { hardNames } from '../harness/names.js';
import { at, codeOf, newWorld } from './world.js';

const entry = (path: string, ...groups: string[]): RegistryEntry => ({ path: at(path), groups });
const paths = (text: string) => parseRegistry(text).map((e) => e.path);

function isPath(text: string): boolean {
  try {
    parseRepoPath(text);
    return !text.endsWith('.age');
  } catch {
    return false;
  }
}

describe('round trips', () => {
  it('hard names', () => {
    const entries = hardNames.map((name) => entry(name));
    const text = formatRegistry(entries);
    expect(new Set(paths(text))).toEqual(new Set(hardNames));
    expect(text.split('\n')).toHaveLength(hardNames.length + 1);
    expect(formatRegistry(parseRegistry(text))).toBe(text);
  });

  it('any paths and groups', () => {
    const anyPath = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
      fc.string({ unit: fc.constantFrom('"', '\\', '\t', '\n', '\r', ' ', 'a', ',', '#', '\u0085', '\u2028') }),
    );
    const anyEntry = fc.record({
      path: anyPath.filter(isPath).map(at),
      groups: fc.uniqueArray(fc.constantFrom('ops', 'dev', 'é'), { maxLength: 3 }).map((g) => g.sort()),
    });
    fc.assert(
      fc.property(fc.uniqueArray(anyEntry, { selector: (e) => e.path, maxLength: 20 }), (entries) => {
        const text = formatRegistry(entries);
        const byPath = (a: RegistryEntry, b: RegistryEntry) => (a.path < b.path ? -1 : 1);
        expect(parseRegistry(text)).toEqual([...entries].sort(byPath));
        // Checked out with other line endings it is the same registry.
        expect(parseRegistry(text.replaceAll('\n', '\r\n'))).toEqual(parseRegistry(text));
      }),
    );
  });

  it('an ordinary path stands there as it is', () => {
    expect(formatRegistry([entry('b c.json'), entry('a', 'ops', 'dev')])).toBe('a\tops,dev\nb c.json\n');
  });
});

describe('what union merges leave', () => {
  it('unsorted and double lines are one entry each', () => {
    expect(paths('b\na\nb\n\na\n')).toEqual(['a', 'b']);
    expect(paths('a\nb')).toEqual(['a', 'b']);
    expect(paths('')).toEqual([]);
  });

  it('groups of both are joined; where one side says everybody, the narrower audience holds', () => {
    expect(parseRegistry('a\tops\na\tdev\n')).toEqual([entry('a', 'dev', 'ops')]);
    expect(parseRegistry('a\na\tdev\n')).toEqual([entry('a', 'dev')]);
    expect(parseRegistry('a\tdev\na\n')).toEqual([entry('a', 'dev')]);
  });
});

describe('hostile lines', () => {
  it.each([
    ['../x', 'PATH_REFUSED'],
    ['.git/hooks/x', 'PATH_REFUSED'],
    ['"a\\u0000"', 'PATH_REFUSED'],
    ['"', 'VAULT_DAMAGED'],
    ['"a" b', 'VAULT_DAMAGED'],
    ['a\t', 'VAULT_DAMAGED'],
    ['a\tops,,dev', 'VAULT_DAMAGED'],
    ['a\t../x', 'VAULT_DAMAGED'],
    [`a\t${'x'.repeat(65)}`, 'VAULT_DAMAGED'],
    // Decrypting the one would overwrite the other's sealed file.
    ['a\na.age', 'VAULT_DAMAGED'],
    ['x\n'.repeat(100_002), 'VAULT_DAMAGED'],
  ])('%j', async (text, code) => {
    expect(await codeOf(() => parseRegistry(text))).toBe(`ERR_BLACKBOX_${code}`);
  });

  it('bytes that are no UTF-8 are no name', async () => {
    using world = await newWorld();
    world.write('.blackbox/files', Buffer.from([0x61, 0xff, 0x0a]));
    const { readRegistry } = await import('../../src/vault/registry.js');
    expect(await codeOf(() => readRegistry(world.vault()))).toBe('ERR_BLACKBOX_PATH_REFUSED');
  });
});

it('entries are picked by plaintext or sealed name, once each', async () => {
  using world = await newWorld();
  const registry = [entry('a'), entry('b')];
  const pick = (...names: string[]) => pickEntries(world.vault(), registry, names).map((e) => e.path);
  expect(pick()).toEqual(['a', 'b']);
  expect(pick('b', 'a.age', 'a', './b')).toEqual(['b', 'a']);
  expect(await codeOf(() => pick('a', 'c'))).toBe('ERR_BLACKBOX_NOT_REGISTERED');
});
