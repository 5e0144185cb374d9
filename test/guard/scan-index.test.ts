import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlackboxError } from '../../src/errors.js';
import { makeIndex, parseIndex, scan, withIndexes } from '../../src/guard/index.js';
import { isSameOpen } from '../../src/guard/scan-index.js';
import { knowing } from './state.js';

const random = () => randomBytes(24).toString('base64url');
const [secret, other] = [random(), randomBytes(16).toString('hex')];
const content = { db: { password: secret, motto: 'Summer2024Winter2025' }, 'api-token': other, host: 'db.example.com' };
const file = { path: 'a.json', payload: '00ff', plaintext: Buffer.from(JSON.stringify(content)) };
const nothing = { known: null, publicKeys: new Map() };
const made = makeIndex([file], nothing);
const found = (text: string, from = made.text) => {
  const known = withIndexes(null, [parseIndex(from, 'index')], []);
  return known === null
    ? []
    : scan(known, Buffer.from(text)).map(({ label, encoding }) => `${label} ${encoding}`.trim());
};

describe('a scan index', () => {
  it('finds strong values, by file and not by key', () => {
    expect(found(`x ${secret} y ${Buffer.from(other).toString('base64')}`)).toEqual(['a.json', 'a.json base64']);
    for (const word of ['password', 'motto', 'api-token', secret, other]) expect(made.text).not.toContain(word);
  });

  it('has none that could be guessed, and no digest of the whole', () => {
    expect(found('Summer2024Winter2025 db.example.com')).toEqual([]);
    expect(made).toMatchObject({ values: 2, ambient: 0 });
    const weak = JSON.stringify({ password: 'Summer2024Winter2025' });
    const index = makeIndex([{ ...file, plaintext: Buffer.from(weak) }], nothing);
    expect([index.values, index.weak]).toEqual([0, 1]);
    expect(found(weak, index.text)).toEqual([]);
  });

  it.each([
    'correct-horse-battery-staple-2024',
    'Tr0ub4dor&3',
    'MyCompany2024!ProductionPassword',
    '2024-01-01-2025-01-01',
    'postgres://app:Sommer2024!@db/app',
  ])('takes %s for one that could', (value) => {
    const plaintext = Buffer.from(JSON.stringify({ password: value }));
    expect(makeIndex([{ ...file, plaintext }], nothing).values).toBe(0);
  });

  it('takes what generators make for strong, nearly always', () => {
    const shapes = [16, 18, 24, 32].flatMap((bytes) =>
      ['hex', 'base64', 'base64url'].map((how) => [bytes, how] as const),
    );
    const values = shapes.flatMap(([bytes, how]) =>
      Array.from({ length: 50 }, () => randomBytes(bytes).toString(how as 'hex')),
    );
    const index = makeIndex([{ ...file, plaintext: Buffer.from(JSON.stringify({ values })) }], nothing);
    expect(index.values).toBeGreaterThan(values.length * 0.97);
  });

  it('is under another key each time', () => {
    const again = makeIndex([file], nothing);
    const digests = (text: string) => JSON.parse(text).values.map((row: unknown[]) => row.at(-1));
    expect(digests(again.text).filter((digest: string) => made.text.includes(digest))).toEqual([]);
  });

  it('leaves out what tracked files contain, and what is public', () => {
    const known = knowing({ 'a.json': file.plaintext });
    const ambient = {
      ...known,
      files: known.files.map((one) => ({ ...one, values: one.values.map((v) => ({ ...v, ambient: true })) })),
    };
    expect(makeIndex([file], { ...nothing, known: ambient })).toMatchObject({ values: 0, ambient: 2 });
    expect(makeIndex([file], { ...nothing, known })).toMatchObject({ values: 2 });
    const publicKeys = new Map([['a.json', new Set(['api-token'])]]);
    const index = makeIndex([file], { ...nothing, publicKeys });
    expect(found(`${secret} ${other}`, index.text)).toEqual(['a.json']);
    const parsed = parseIndex(index.text, 'index');
    const [told] = parsed.files;
    expect(told && isSameOpen(parsed, told, publicKeys.get('a.json'))).toBe(true);
    expect(told && isSameOpen(parsed, told, undefined)).toBe(false);
  });

  it('adds to what a clone knows, which tells more', () => {
    const local = knowing({ 'b.json': JSON.stringify({ key: secret }) });
    const known = withIndexes(local, [parseIndex(made.text, 'index')], ['a.json']);
    expect(known?.paths).toEqual(['b.json', 'a.json']);
    const hits = known === null ? [] : scan(known, Buffer.from(`${other} ${secret}`));
    expect(hits.map(({ label }) => label)).toEqual(['a.json', 'key in b.json']);
  });

  it('is one, or is refused: never half of one', () => {
    const parsed = JSON.parse(made.text);
    const damage = fc.tuple(
      fc.constantFrom('version', 'key', 'files', 'values'),
      fc.oneof(
        fc.jsonValue(),
        fc.constant([[0, 999, 0, 0, 0, '', 'AA==']]),
        fc.constant([[9, 8, 0, 0, 0, '', 'A'.repeat(22)]]),
      ),
    );
    fc.assert(
      fc.property(damage, ([field, value]) => {
        try {
          parseIndex(JSON.stringify({ ...parsed, [field]: value }), 'index');
        } catch (error) {
          expect(error).toBeInstanceOf(BlackboxError);
          expect(error).toMatchObject({ code: 'ERR_BLACKBOX_KNOWN_VALUES' });
        }
      }),
    );
    expect(() => parseIndex('{', 'index')).toThrow('no scan index');
    expect(() => parseIndex(JSON.stringify({ ...parsed, version: 2 }), 'index')).toThrow('newer version');
  });
});
