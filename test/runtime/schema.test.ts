/** Schemas of three libraries, checked the same way, without a word about the values. */
import { type } from 'arktype';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { z as z3 } from 'zod/v3';
import { BlackboxError } from '../../src/errors.js';
import {
  asPublic,
  loadSecretsSync,
  mockSecrets,
  revealAll,
  type Schema,
  type Secret,
  watchSecrets,
} from '../../src/index.js';
import { check, checkSync } from '../../src/runtime/schema.js';

const isPort = (n: number) => n > 0 && n < 65_536;
const libraries = {
  zod: z.object({
    db: z.object({
      host: z.string().transform(asPublic),
      password: z.string().min(8),
      port: z.coerce.number().default(5432),
    }),
    mail: z.email().optional(),
  }),
  valibot: v.object({
    db: v.object({
      host: v.pipe(v.string(), v.transform(asPublic)),
      password: v.pipe(v.string(), v.minLength(8)),
      port: v.optional(v.pipe(v.union([v.string(), v.number()]), v.transform(Number), v.check(isPort)), 5432),
    }),
    mail: v.optional(v.pipe(v.string(), v.email())),
  }),
  arktype: type({
    db: {
      host: type('string').pipe((host) => asPublic(host)),
      password: 'string >= 8',
      port: type('string.numeric.parse | number').default(5432),
    },
    'mail?': 'string.email',
  }),
};
const good = { db: { host: 'h', password: 'long enough', port: '1234' } };

function refusal(schema: Schema, values: Record<string, unknown>): BlackboxError {
  try {
    mockSecrets(schema, values);
  } catch (error) {
    if (error instanceof BlackboxError) return error;
    throw error;
  }
  return expect.unreachable();
}

describe.each(Object.entries(libraries))('%s', (_, schema: Schema) => {
  it('converts, fills in defaults and says what is public', () => {
    const secrets = mockSecrets(schema, good) as unknown as {
      db: { host: string; port: Secret<number>; password: Secret };
    };
    expect(secrets.db.host).toBe('h');
    expect(secrets.db.port.reveal()).toBe(1234);
    expect(secrets.db.password.reveal()).toBe('long enough');
    const without = mockSecrets(schema, { db: { host: 'h', password: 'long enough' } });
    expect(revealAll(without)).toEqual({ db: { host: 'h', password: 'long enough', port: 5432 } });
    expect((without as unknown as { explain(): unknown }).explain()).toEqual([
      { name: 'db.host', source: 'override', over: [] },
      { name: 'db.password', source: 'override', over: [] },
      { name: 'db.port', source: 'schema', over: [] },
    ]);
  });

  it('names what is missing and what is wrong', () => {
    const error = refusal(schema, { db: { host: 'h', password: 'short7!' }, mail: 'no-mail-at-all' });
    expect(error.code).toBe('ERR_BLACKBOX_INVALID');
    expect(error.attempts.join('\n')).toMatch(/db\.password is not what the schema/);
    expect(error.attempts.join('\n')).toMatch(/mail is not what the schema/);
    expect(refusal(schema, { db: { host: 'h' } }).attempts).toEqual(['db.password is missing']);
    expect(refusal(schema, {}).attempts).toEqual(['db is missing']);
    expect(error.message).not.toMatch(/short7!|no-mail-at-all/);
    expect(error.cause).toBeUndefined();
  });

  it('never repeats a value, whatever it is', () => {
    // Text that does not occur in our own sentences.
    const value = fc.oneof(fc.stringMatching(/^[0-9A-Z_!#@]{3,12}$/), fc.integer({ min: 1000 }));
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        try {
          mockSecrets(schema, { db: { host: a, password: b, port: `${c}x` }, mail: c });
        } catch (error) {
          const all = `${(error as Error).stack}${JSON.stringify(error)}`.replace(/^ {4}at .*$/gm, '');
          for (const received of [a, b, c]) expect(all).not.toContain(String(received));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('may stand in a dictionary, beside those of other libraries', () => {
    const dictionary = {
      nested: { whole: schema },
      PORT: z.coerce.number(),
      NAME: type('string'),
      MORE: v.optional(v.string()),
    };
    const values = { nested: { whole: good, other: 1 }, PORT: '80', NAME: 'n', left: 'out' };
    expect(revealAll(mockSecrets(dictionary, values))).toEqual({
      nested: { whole: { db: { ...good.db, port: 1234 } } },
      PORT: 80,
      NAME: 'n',
    });
    expect(refusal(dictionary, { ...values, PORT: 'x', NAME: undefined }).attempts).toEqual([
      'PORT is not what the schema expects: number',
      'NAME is missing',
    ]);
  });
});

it('what is no schema is refused: as a dictionary without names it would give nothing', () => {
  for (const schema of [() => true, [], { db: () => true }, { db: null }, null, 'x'] as unknown as Schema[])
    expect(refusal(schema, { db: 'x' }).code).toBe('ERR_BLACKBOX_BAD_OPTION');
  const unnamed = { public: null } as unknown as { public: [] };
  expect(() => mockSecrets({}, {}, unnamed)).toThrow(expect.objectContaining({ code: 'ERR_BLACKBOX_BAD_OPTION' }));
});

describe('what a schema may do', () => {
  it('say what it expects: limits, choices, no other names; never a value', () => {
    const said = (schema: Schema, values: Record<string, unknown>) => refusal(schema, values).attempts.join('; ');
    for (const { object, strict, string, number, choice } of [
      { ...z, strict: z.strictObject, choice: z.enum },
      { ...z3, strict: (shape: z3.ZodRawShape) => z3.object(shape).strict(), choice: z3.enum },
    ] as unknown as (typeof z & { strict: typeof z.object; choice: typeof z.enum })[]) {
      const shape = { a: string().min(20), n: number().max(10), c: choice(['red', 'green']) };
      expect(said(object(shape), { a: 'short', n: 77, c: 'blue' })).toBe(
        'a is not what the schema expects: at least 20 characters; n is not what the schema expects: at most 10; c is not what the schema expects: red | green',
      );
      expect(said(object({ a: string().min(20) }), { a: '20' })).toBe('a is not what the schema allows');
      expect(said(object({ db: strict({}) }), { db: { extra: 'hunter2' } })).toBe(
        'db.extra is not what the schema expects: never',
      );
    }
  });

  it('validate asynchronously, where it can be waited for', async () => {
    const schema = z.object({ a: z.string().refine(async (s) => s === 'right') });
    expect(() => checkSync(schema, { a: 'right' })).toThrow(
      expect.objectContaining({ code: 'ERR_BLACKBOX_ASYNC_SCHEMA' }),
    );
    expect(await check(schema, { a: 'right' })).toEqual({ value: { a: 'right' }, problems: [] });
    expect((await check(schema, { a: 'value' })).problems).toEqual(['a is not what the schema allows']);
  });

  it('throw, or put a value where a name belongs: neither is repeated', async () => {
    const fail = (text: string): string => {
      throw new Error(`cannot take ${text}`);
    };
    const expected = ['a is not what the schema allows'];
    for (const a of [type('string').pipe(fail), v.pipe(v.string(), v.transform(fail))])
      expect(refusal({ a }, { a: 'hunter2' }).attempts).toEqual(expected);
    // zod answers a throw with a promise.
    const a = z.string().transform(fail);
    expect(refusal({ a }, { a: 'hunter2' }).code).toBe('ERR_BLACKBOX_ASYNC_SCHEMA');
    expect((await check({ a }, { a: 'hunter2' })).problems).toEqual(expected);
    const nosy = z.object({ a: z.string() }).superRefine((all, context) => {
      context.addIssue({ code: 'custom', message: all.a, path: [all.a] });
      context.addIssue({ code: 'custom', message: all.a, path: ['a', `x${all.a}`] });
    });
    expect(refusal(nosy, { a: 'hunter2' }).message).not.toContain('hunter2');
  });

  it('be something else, which is refused', () => {
    expect(() => mockSecrets({ a: z.string() }, { a: 'x' }, { publik: ['a'] } as never)).toThrow(
      'perhaps public is meant',
    );
    for (const schema of [1, null, 'x', { a: 1 }, { a: { b: null } }])
      expect(refusal(schema as unknown as Schema, { a: 'x' }).code).toBe('ERR_BLACKBOX_BAD_OPTION');
    expect(
      refusal(
        z.object({}).transform(() => 'text'),
        {},
      ).code,
    ).toBe('ERR_BLACKBOX_BAD_OPTION');
  });

  it('make objects of text, which are secrets as a whole', () => {
    const secrets = mockSecrets(
      { url: z.string().transform((s) => new URL(s)), ids: z.string().transform((s) => new Set(s.split(','))) },
      { url: 'https://u:p@h/', ids: 'a,b' },
    );
    expect(secrets.url.reveal().password).toBe('p');
    expect([...secrets.ids.reveal()]).toEqual(['a', 'b']);
    expect(String(secrets.ids)).toBe('[secret ids]');
  });
});

it('the type of what is watched follows, for every library', () => {
  const zod3 = () => watchSecrets({ schema: z3.object({ a: z3.string() }), public: ['a'] }, ({ a }) => a.trim());
  expectTypeOf<Awaited<ReturnType<typeof zod3>>['secrets']['a']>().toEqualTypeOf<string>();
  const zod = () => watchSecrets({ schema: libraries.zod, onError: () => {} }, ({ db }) => db.password.reveal().trim());
  const valibot = () => watchSecrets({ schema: libraries.valibot }, ({ db }) => db.password.reveal().trim());
  const arktype = () => watchSecrets({ schema: libraries.arktype }, ({ db }) => db.password.reveal().trim());
  const dictionary = () => watchSecrets({ schema: { a: z3.string() } }, ({ a }) => a.reveal().trim());
  for (const watch of [zod3, zod, valibot, arktype, dictionary]) expect(watch).toBeTypeOf('function');
});

it('the type of what is loaded follows', () => {
  // Not run: there is no vault here. The types are what is looked at.
  const load = () => loadSecretsSync({ schema: libraries.zod, public: ['db.port'] });
  type Loaded = ReturnType<typeof load>;
  expectTypeOf<Loaded['db']['host']>().toEqualTypeOf<string>();
  expectTypeOf<Loaded['db']['password']>().toEqualTypeOf<Secret<string>>();
  expectTypeOf<Loaded['db']['port']>().toEqualTypeOf<number>();
  expectTypeOf<Loaded['mail']>().toEqualTypeOf<Secret<string> | undefined>();
  const named = () => load().require('db.password');
  expectTypeOf<ReturnType<typeof named>>().toEqualTypeOf<Secret<string>>();
  const plain = () => loadSecretsSync<{ a: { b: string[]; on: boolean; at: Date } }>();
  expectTypeOf<ReturnType<typeof plain>['a']['b']>().toEqualTypeOf<readonly Secret<string>[]>();
  expectTypeOf<ReturnType<typeof plain>['a']['on']>().toEqualTypeOf<boolean>();
  expectTypeOf<ReturnType<typeof plain>['a']['at']>().toEqualTypeOf<Secret<Date>>();
  for (const schema of [libraries.arktype, libraries.valibot]) {
    const other = () => loadSecretsSync({ schema });
    expectTypeOf<ReturnType<typeof other>['db']['password']>().toEqualTypeOf<Secret<string>>();
  }
  // Names that are known only when the program runs: any value may be a secret or not.
  const unsure = (names: string[]) => loadSecretsSync({ schema: libraries.zod, public: names }).db.password;
  expectTypeOf<ReturnType<typeof unsure>>().toEqualTypeOf<Secret<string> | string>();
  const untyped = () => loadSecretsSync().db?.password?.reveal();
  expectTypeOf<ReturnType<typeof untyped>>().toEqualTypeOf<string | number | undefined>();
  const revealed = revealAll(mockSecrets(undefined, { a: { b: 'x' } }));
  expectTypeOf(revealed.a.b).toEqualTypeOf<'x'>();
  expect(revealed).toEqual({ a: { b: 'x' } });
});
