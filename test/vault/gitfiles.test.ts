/** Lines in other people's files: exact, and taken out again without a trace. What git makes of them is asked of git. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ignorePattern, withLines, withoutLines, withSortedLines } from '../../src/vault/gitfiles.js';
import { parseRepoPath } from '../../src/vault/paths.js';
import { hardNames } from '../harness/names.js';
import { at, newWorld, type World } from './world.js';

function ignored(world: World, paths: readonly string[]): string[] {
  const args = ['check-ignore', '--no-index', '-z', '--stdin'];
  // check-ignore takes paths for names, save for a colon in front.
  const input = paths.map((path) => `./${path}`).join('\0');
  const { stdout } = spawnSync('git', args, { cwd: world.root, input, encoding: 'utf8' });
  return stdout.split('\0').flatMap((path) => (path === '' ? [] : [path.slice(2)]));
}

/** Line breaks and carriage returns have no escape in a .gitignore: their pattern is a little wider than the name. */
const exact = (name: string) => !/[\r\n]/.test(name);

describe('patterns, as git reads them', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('ignore each hard name and nothing beside it, with %s', async (_, eol) => {
    using world = await newWorld();
    for (const name of hardNames) {
      writeFileSync(join(world.root, '.gitignore'), ignorePattern(at(name)) + eol);
      const near = [`${name}x`, `x${name}`, `${name}.age`, `sub/${name}`, name.replace(/[*?]/g, 'z')];
      const others = near.filter((other) => other !== name && Buffer.byteLength(other) < 255);
      expect(ignored(world, [name, ...(exact(name) ? others : [])]), JSON.stringify(name)).toEqual([name]);
    }
  });

  it('ignore any name', async () => {
    using world = await newWorld();
    const tricky = fc.string({
      unit: fc.constantFrom('\\', '*', '?', '[', ']', '!', '#', ' ', '\t', '/', 'a', '-', '.'),
      minLength: 1,
      maxLength: 8,
    });
    const names = fc.oneof(tricky, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 })).filter((name) => {
      try {
        return parseRepoPath(name) === name;
      } catch {
        return false;
      }
    });
    fc.assert(
      fc.property(names, (name) => {
        writeFileSync(join(world.root, '.gitignore'), `${ignorePattern(at(name))}\n`);
        expect(ignored(world, [name, 'other'])).toEqual([name]);
      }),
      { numRuns: 150 },
    );
  });
});

const anyText = fc
  .array(fc.constantFrom('a', '', '/x', '# c', '!y', ' '), { maxLength: 8 })
  .chain((lines) =>
    fc
      .tuple(fc.constantFrom('\n', '\r\n'), fc.boolean())
      .map(([eol, ended]) => lines.join(eol) + (ended && lines.length > 0 ? eol : '')),
  );
const ownLines = fc.uniqueArray(fc.constantFrom('/own1', '/own2', '/own3'), { minLength: 1 });

describe('lines', () => {
  it('that are added are there once, after all that was there', () => {
    fc.assert(
      fc.property(anyText, ownLines, (text, lines) => {
        const added = withLines(text, lines) ?? text;
        expect(added.startsWith(text)).toBe(true);
        for (const line of lines) expect(added.split(/\r?\n/).filter((l) => l === line)).toHaveLength(1);
        expect(added.endsWith('\n')).toBe(true);
        expect(withLines(added, lines)).toBeNull();
        if (text.includes('\r\n')) expect(added.replaceAll('\r\n', '')).not.toContain('\n');
      }),
    );
  });

  it('that are taken out leave everything else as it was', () => {
    fc.assert(
      fc.property(anyText, ownLines, (text, lines) => {
        expect(withoutLines(text, lines)).toBeNull();
        const without = withoutLines(withLines(text, lines) ?? '', lines);
        // A missing line break at the end was added, and stays.
        expect(without).toBe(
          text === '' || text.endsWith('\n') ? text : text + (text.includes('\r\n') ? '\r\n' : '\n'),
        );
      }),
    );
  });

  it('of ours at the end stay sorted, and move nobody else', () => {
    const ours = new Set(['/b', '/d']);
    expect(withSortedLines('', ['/c', '/a'], new Set())).toBe('/a\n/c\n');
    expect(withSortedLines('/d\n!x\n/b\n/d\n', ['/c'], ours)).toBe('/d\n!x\n/b\n/c\n/d\n');
    expect(withSortedLines('/b\nx', ['/a'], ours)).toBe('/b\nx\n/a\n');
    expect(withSortedLines('/b\n/d\n', ['/d'], ours)).toBeNull();
    expect(withSortedLines('x\r\n/b\r\n', ['/a'], ours)).toBe('x\r\n/a\r\n/b\r\n');
  });
});
