/** Paths from the repository are attacker's input: whatever is accepted stays inside, on every system. */
import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldPath, parseRepoPath, sealedPath, toRepoPath } from '../../src/vault/paths.js';
import { hardNames } from '../harness/names.js';
import { codeOf } from './world.js';

const refused = (path: string) => codeOf(() => parseRepoPath(path));

describe('a path of the registry', () => {
  it.each(hardNames.map((name) => [name]))('%j is accepted as it is', (name) => {
    expect(parseRepoPath(name)).toBe(name);
  });

  it.each(
    [
      [
        '',
        '/etc/passwd',
        'C:\\x',
        'c:/x',
        '..',
        '../x',
        'a/../b',
        'a//b',
        './a',
        'a/.',
        'a/',
        'a\0b',
        '\ud800',
        'a\ufffd',
      ],
      ['.git/config', '.GIT/x', 'a/.git/hooks/x', '.git', 'git~1/x', '.git./x', '.git /x', '.git::$INDEX_ALLOCATION/x'],
      ['.g\u200cit/config', '\ufeff.git/config', '.blackbox/files', '.BlackBox/x', '.blackbox', '.blackbox./x'],
      ['a\\..\\..\\x', '..\\x', 'a\\.git\\config', '.blackbox\\files', 'x'.repeat(4097)],
    ].flat(),
  )('%j is refused', async (path) => {
    expect(await refused(path)).toBe('ERR_BLACKBOX_PATH_REFUSED');
  });

  it('never shows control characters in the refusal', () => {
    expect(() => parseRepoPath('../\u001b[2J')).toThrow(/\\u001b/);
  });

  it('stays below the top and out of .git, wherever it is joined', () => {
    const component = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.constantFrom('..', '.', '', '.git', '.GIT', 'git~1', '.blackbox', 'a\\..', '..\\..', 'C:', '\\', '~'),
    );
    fc.assert(
      fc.property(fc.array(component, { minLength: 1, maxLength: 5 }), (components) => {
        const text = components.join('/');
        let path: string;
        try {
          path = parseRepoPath(text);
        } catch {
          return;
        }
        for (const { join, sep } of [posix, win32]) {
          const root = sep === '/' ? '/r/repo/' : 'R:\\repo\\';
          const joined = join(root, path);
          expect(joined.startsWith(root)).toBe(true);
          expect(joined.toLowerCase().split(sep)).not.toContain('.git');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a path that a person types', () => {
  const vault = { root: '/r/repo', host: { cwd: '/r/repo/sub' } } as Parameters<typeof toRepoPath>[0];

  it.each([
    ['a.txt', 'sub/a.txt'],
    ['./a.txt', 'sub/a.txt'],
    ['../a.txt', 'a.txt'],
    ['../sub/x/../a', 'sub/a'],
    ['/r/repo/b', 'b'],
    ['-n', 'sub/-n'],
  ])('%j is %j', (typed, path) => {
    expect(toRepoPath(vault, typed)).toBe(path);
  });

  it.each(['', '..', '../..', '../../x', '/etc/passwd', '/r/repository/x', 'a\0', '../.git/config', '../.blackbox/x'])(
    '%j is refused',
    async (typed) => {
      expect(await codeOf(() => toRepoPath(vault, typed))).toBe('ERR_BLACKBOX_PATH_REFUSED');
    },
  );
});

it('names that file systems take for one are equal when folded', () => {
  expect(foldPath('Th\u00e9.TXT')).toBe(foldPath('the\u0301.txt'));
  expect(foldPath('a')).not.toBe(foldPath('b'));
  expect(sealedPath(parseRepoPath('a/b'))).toBe('a/b.age');
});
