import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { leaves, mergeTrees } from '../../src/formats/index.js';
import { put, treeCopier } from '../../src/formats/tree.js';
import { trees } from './arbitraries.js';

const refuse = (reason: string) => new Error(reason);

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Object.getOwnPropertyNames({})).toEqual([]);
});

describe('mergeTrees', () => {
  it('merges trees by name and replaces everything else', () => {
    const base = { db: { host: 'a', port: 1 }, list: [1, 2], flat: 'x', gone: { deep: 1 } };
    const over = { db: { port: 2 }, list: [3], flat: { now: 'a tree' }, gone: null };
    expect(mergeTrees(base, over)).toStrictEqual({
      db: { host: 'a', port: 2 },
      list: [3],
      flat: { now: 'a tree' },
      gone: null,
    });
    expect(base.db).toStrictEqual({ host: 'a', port: 1 });
  });

  it('takes names of the prototype as data', () => {
    const base = JSON.parse('{"a":1}');
    const over = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    const merged = mergeTrees(base, over);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(Object.keys(merged)).toEqual(['a', '__proto__', 'constructor']);
    expect(JSON.stringify(mergeTrees(merged, JSON.parse('{"__proto__":{"second":2}}')))).toContain(
      '"__proto__":{"polluted":1,"second":2}',
    );
  });

  it('keeps every leaf of the tree on top, and is neutral for nothing', () => {
    fc.assert(
      fc.property(trees, trees, (base, over) => {
        const merged = mergeTrees(base, over);
        deepStrictEqual(mergeTrees(base, {}), base);
        deepStrictEqual(mergeTrees({}, over), over);
        deepStrictEqual(mergeTrees(merged, over), merged);
        const found = new Map(leaves(merged).map((l) => [JSON.stringify(l.path), l.value]));
        for (const leaf of leaves(over)) expect(found.get(JSON.stringify(leaf.path))).toBe(leaf.value);
      }),
    );
  });
});

describe('leaves', () => {
  it('names every value by its path, arrays by index', () => {
    expect(leaves({ a: { b: ['x', { c: null }] }, d: 1, empty: {}, none: [] })).toStrictEqual([
      { path: ['a', 'b', '0'], value: 'x' },
      { path: ['a', 'b', '1', 'c'], value: null },
      { path: ['d'], value: 1 },
    ]);
    expect(leaves(['x'])).toStrictEqual([{ path: ['0'], value: 'x' }]);
    expect(leaves('x')).toStrictEqual([{ path: [], value: 'x' }]);
  });
});

describe('treeCopier', () => {
  it('copies into ordinary objects that share nothing', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const copied = treeCopier(refuse)(Object.assign(Object.create(null), { tree, again: tree })) as Record<
          string,
          object
        >;
        expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
        deepStrictEqual(copied, { tree, again: tree });
        expect(copied.tree).not.toBe(copied.again);
      }),
    );
  });

  it('refuses what is too deep, too much, circular, or of no kind that a tree has', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200; i++) deep = [deep];
    const circle: unknown[] = [];
    circle.push(circle);
    expect(() => treeCopier(refuse)(deep)).toThrow('nested more than 100 levels');
    expect(() => treeCopier(refuse)(circle)).toThrow('nested more than 100 levels');
    expect(() => treeCopier(refuse)(Array(1_000_001).fill(0))).toThrow('more than 1000000 values');
    for (const odd of [undefined, 1n, Symbol('x'), () => 1])
      expect(() => treeCopier(refuse)({ odd })).toThrow('cannot be represented');
  });

  it('sets __proto__ as an own property', () => {
    const tree = {};
    put(tree, '__proto__', { polluted: true });
    expect(Object.keys(tree)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(tree)).toBe(Object.prototype);
  });
});
