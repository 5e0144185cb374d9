/** A secret shows itself to nobody who did not ask for it, and is still equal to what it is equal to. */
import assert from 'node:assert/strict';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect, isDeepStrictEqual } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { BlackboxError } from '../../src/errors.js';
import { asPublic } from '../../src/runtime/public.js';
import { revealed, sealed } from '../../src/runtime/sealed.js';
import { Secret } from '../../src/runtime/secret.js';

const value = 'hunter2-correct-horse';
const shown = '[secret db.password]';
const secret = () => new Secret(value, 'db.password');

/** Everything that somebody could print of a thing, in one text. */
function everyView(thing: unknown): string {
  const options = [
    {},
    { showHidden: true },
    { customInspect: false },
    { showHidden: true, customInspect: false, depth: 10, getters: true, showProxy: true },
  ];
  const table = vi.fn();
  const stream = new Writable({ write: (text, _, done) => done(table(String(text))) });
  new Console(stream).table(thing);
  new Console(stream).table({ a: thing });
  new Console(stream).dir(thing, { showHidden: true });
  return [
    ...options.map((o) => inspect(thing, o)),
    ...options.map((o) => inspect({ nested: [thing] }, o)),
    format('%s %o %O %j %d %i %f %c', thing, thing, thing, thing, thing, thing, thing, thing),
    JSON.stringify({ thing }),
    ...table.mock.calls.flat(),
  ].join('\n');
}

describe('a secret', () => {
  it('is its name wherever it is shown', () => {
    const one = secret();
    for (const text of [`${one}`, String(one), `${one}`, one.toString(), one.toLocaleString(), inspect(one)])
      expect(text).toBe(shown);
    expect(format('%s', one)).toBe(shown);
    expect(inspect({ one }, { showHidden: true })).toBe(`{ one: ${shown} }`);
    expect(JSON.stringify({ one })).toBe(`{"one":"${shown}"}`);
    expect(everyView(one)).not.toContain(value);
    expect(Number(one)).toBeNaN();
    expect(() => (one as unknown as number) * 2).not.toThrow();
    expect(new Secret('x').toString()).toBe('[secret]');
    expect(String(new Secret('x', 'a\u001b[2J'))).toBe('[secret a\\u{1b}[2J]');
  });

  it('is nowhere in copies of it', () => {
    const one = secret();
    for (const copy of [
      { ...one },
      Object.assign({}, one),
      structuredClone(one),
      deserialize(serialize(one)),
      Object.entries(one),
    ])
      expect(everyView(copy)).not.toContain(value);
    expect(serialize({ one }).includes(value)).toBe(false);
    expect(Object.keys(one)).toEqual([]);
    expect(Reflect.ownKeys(one).map((key) => String(one[key as keyof typeof one]))).not.toContain(value);
  });

  it('is nowhere in errors and failed assertions', () => {
    const one = secret();
    const other = new Secret(`${value}!`, 'db.password');
    const failures = [
      () => assert.deepStrictEqual({ one }, { one: other }),
      () => assert.deepStrictEqual(one, { password: 'x' }),
      () => assert.equal(one, other),
      () => expect({ one }).toEqual({ one: other }),
      () => expect(one).toStrictEqual(other),
      () => expect(one).toBe(other),
      () => expect([one]).toContain('x'),
      () => {
        throw new Error('failed', { cause: { one } });
      },
    ];
    for (const fail of failures) {
      const error = (() => {
        try {
          fail();
        } catch (e) {
          return e as Error;
        }
        return expect.unreachable();
      })();
      expect(inspect(error, { showHidden: true, depth: 10 })).not.toContain(value);
      expect(everyView(error)).not.toContain(value);
    }
  });

  it('says its value when asked, until it is dropped', () => {
    using secrets = sealed({ db: { password: value } }, [], []) as unknown as { db: { password: Secret } } & Disposable;
    const { password } = secrets.db;
    expect(password.reveal()).toBe(value);
    secrets[Symbol.dispose]();
    expect(() => password.reveal()).toThrow(expect.objectContaining({ code: 'ERR_BLACKBOX_DISPOSED' }));
    expect(String(password)).toBe(shown);
    expect(isDeepStrictEqual(password, password)).toBe(true);
    expect(isDeepStrictEqual(password, new Secret(value, 'db.password'))).toBe(false);
    expect(everyView(password)).not.toContain(value);
  });

  it('cannot be changed', () => {
    const one = secret() as unknown as Record<string, unknown>;
    expect(() => {
      one.reveal = () => 'x';
    }).toThrow(TypeError);
    expect(Object.isFrozen(one)).toBe(true);
  });
});

describe('equality', () => {
  const same = (a: unknown, b: unknown) => [
    isDeepStrictEqual(a, b),
    isDeepStrictEqual({ x: [a] }, { x: [b] }),
    isDeepStrictEqual(new Map([['k', a]]), new Map([['k', b]])),
    passes(() => assert.deepEqual(a, b)),
    passes(() => assert.deepStrictEqual(a, b)),
    passes(() => expect(a).toEqual(b)),
    passes(() => expect({ x: a }).toStrictEqual({ x: b })),
  ];
  function passes(check: () => void): boolean {
    try {
      check();
      return true;
    } catch {
      return false;
    }
  }

  it('is that of the values, and does not lie', () => {
    const text = fc.oneof(fc.string(), fc.integer(), fc.constantFrom('a', 'b', 1, '1', -0, 0, Number.NaN));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const expected = Object.is(a, b);
        expect(new Set(same(new Secret(a, 'n'), new Secret(b, 'n')))).toEqual(new Set([expected]));
        expect(new Secret(a).equals(new Secret(b))).toBe(expected);
        expect(new Secret(a).equals(b)).toBe(expected);
      }),
      { numRuns: 100, examples: [['a', 'b']] },
    );
  });

  it('does not ask for the name', () => {
    expect(new Set(same(new Secret('a', 'x'), new Secret('a', 'y')))).toEqual(new Set([true]));
  });

  it('knows the objects that schemas make of text', () => {
    const url = (u: string) => new Secret(new URL(u));
    expect(url('http://a/').equals(url('http://a/'))).toBe(true);
    expect(url('http://a/').equals(url('http://b/'))).toBe(false);
    expect(new Secret(new Date(1)).equals(new Date(1))).toBe(true);
    expect(new Secret(Buffer.from('a')).equals(Buffer.from('a'))).toBe(true);
    const set = new Set([1]);
    expect([new Secret(set).equals(set), new Secret(set).equals(new Set([1]))]).toEqual([true, false]);
    expect(isDeepStrictEqual(new Secret(new Set([1])), new Secret(new Set([2])))).toBe(false);
  });

  it('is no equality with the text that is shown', () => {
    expect(secret().equals(shown)).toBe(false);
    expect(isDeepStrictEqual(secret(), shown)).toBe(false);
  });
});

it('two copies of the package recognize each other, and agree on what is equal', async () => {
  vi.resetModules();
  const { Secret: Other } = (await import('../../src/runtime/secret.js')) as { Secret: typeof Secret };
  expect(Other).not.toBe(Secret);
  const [mine, theirs] = [new Secret('a', 'n'), new Other('a', 'n')];
  expect([mine instanceof Other, theirs instanceof Secret]).toEqual([true, true]);
  expect([mine.equals(theirs), theirs.equals(mine), mine.equals(new Other('b'))]).toEqual([true, true, false]);
  expect({ ...mine }).toEqual({ ...theirs });
  expect(revealed({ theirs })).toEqual({ theirs: 'a' });
  expect([null, 1, 'x', {}, () => 1].map((x) => (x as unknown) instanceof Secret)).not.toContain(true);
});

describe('a tree of secrets', () => {
  const tree = { db: { password: value, port: 5432, tls: true, note: null }, list: ['a', { b: 'c' }], 'x.y': 'z' };

  it('wraps text and numbers, and nothing else', () => {
    const secrets = sealed(tree, [], []) as unknown as typeof tree;
    expect(secrets.db.password).toBeInstanceOf(Secret);
    expect(secrets.db.port).toBeInstanceOf(Secret);
    // A wrapped `false` would count as true.
    expect([secrets.db.tls, secrets.db.note]).toEqual([true, null]);
    expect(String((secrets.list[1] as { b: string }).b)).toBe('[secret list.1.b]');
    expect(everyView(secrets)).not.toContain(value);
    expect(Object.isFrozen(secrets) && Object.isFrozen(secrets.db) && Object.isFrozen(secrets.list)).toBe(true);
    expect(structuredClone(secrets)).toEqual({
      db: { password: {}, port: {}, tls: true, note: null },
      list: [{}, { b: {} }],
      'x.y': {},
    });
  });

  it('leaves alone what is public', () => {
    const secrets = sealed(
      { ...tree, url: asPublic({ host: asPublic('h'), p: new Secret(1) }) },
      [],
      ['db.port', 'list'],
    );
    expect(revealed(secrets)).toEqual({ ...tree, url: { host: 'h', p: 1 } });
    const open = secrets as unknown as typeof tree & { url: unknown };
    expect([open.db.port, open.list, open.url]).toEqual([5432, tree.list, { host: 'h', p: 1 }]);
    expect(Object.isFrozen(open.list)).toBe(true);
    expect(open.db.password).toBeInstanceOf(Secret);
  });

  it('reveals all of it at once, as a plain frozen object', () => {
    const all = revealed(sealed(tree, [], [])) as typeof tree;
    expect(all).toStrictEqual(tree);
    expect(Object.isFrozen(all) && Object.isFrozen(all.db) && Object.isFrozen(all.list)).toBe(true);
    expect(Object.getPrototypeOf(all)).toBe(Object.prototype);
  });

  it('is asked by name', () => {
    const secrets = sealed(tree, [], []) as unknown as Record<
      'get' | 'require' | 'has',
      (n: unknown, f?: unknown) => unknown
    >;
    expect(String(secrets.get('db.password'))).toBe(shown);
    expect(String(secrets.get(['list', '1', 'b']))).toBe('[secret list.1.b]');
    expect(String(secrets.require('list.0'))).toBe('[secret list.0]');
    expect(String(secrets.get('x.y'))).toBe('[secret x.y]');
    expect([
      secrets.get('nope'),
      secrets.get('nope', 'd'),
      secrets.get('db.note', 'd'),
      secrets.get('db.tls', false),
    ]).toEqual([undefined, 'd', 'd', true]);
    for (const name of [undefined, null, 5, {}])
      for (const method of ['get', 'require', 'has'] as const)
        expect(() => secrets[method](name)).toThrow(expect.objectContaining({ code: 'ERR_BLACKBOX_BAD_OPTION' }));
    expect(
      [
        'db',
        'db.note',
        'db.nope',
        'toString',
        'db.constructor',
        '__proto__',
        'list.length',
        'get',
        'db.password.reveal',
      ].map((n) => secrets.has(n)),
    ).toEqual([true, true, false, false, false, false, false, false, false]);
  });

  it('tells near misses of a name that is not there', () => {
    const secrets = sealed(tree, [], []) as unknown as { require(n: unknown): unknown };
    const refusal = (name: unknown): BlackboxError => {
      try {
        secrets.require(name);
      } catch (error) {
        if (error instanceof BlackboxError) return error;
      }
      return expect.unreachable();
    };
    for (const name of ['db.pasword', 'db.passwort', 'DB_PASSWORD', ['db', 'passwd'], 'database.password'])
      expect(refusal(name).message, String(name)).toContain('perhaps db.password is meant');
    expect(refusal('db.password.x').code).toBe('ERR_BLACKBOX_NO_SUCH_NAME');
    expect(refusal('something entirely else').hints).toEqual(['to see what there is: blackbox-ts list --keys']);
    expect(refusal('db.note').message).toContain('there is no secret db.note');
  });

  it('refuses names at the top that are its methods, and takes every other', () => {
    for (const name of ['get', 'require', 'has', 'explain'])
      expect(() => sealed({ [name]: 'x' }, [], [])).toThrow(
        expect.objectContaining({ code: 'ERR_BLACKBOX_RESERVED_NAME' }),
      );
    const odd = JSON.parse(
      '{"__proto__":"a","constructor":"b","then":"c","toString":"d","toJSON":"e","db":{"get":"f"}}',
    );
    const secrets = sealed(odd, [], []) as unknown as Record<string, Secret>;
    expect(Object.keys(secrets)).toEqual(Object.keys(odd));
    expect(String(Object.entries(secrets)[0]?.[1])).toBe('[secret __proto__]');
    expect(everyView(secrets.db)).not.toContain('f"');
  });

  it('is equal to one with the same values', () => {
    const other = { ...tree, db: { ...tree.db, password: 'another' } };
    expect(isDeepStrictEqual(sealed(tree, [], []), sealed(tree, [], []))).toBe(true);
    expect(isDeepStrictEqual(sealed(tree, [], []), sealed(other, [], []))).toBe(false);
    expect(sealed(tree, [], [])).toEqual(sealed(tree, [], []));
    expect(sealed(tree, [], [])).not.toEqual(sealed(other, [], []));
  });
});
