/** The ledger of values that somebody who left has seen: what goes in, what comes off, what is noticed again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Cause,
  digestUnder,
  eventOfFiles,
  formatEvent,
  type LedgerEvent,
  makeEvent,
  parseEvent,
  placedValues,
  showKey,
} from '../../src/vault/ledger.js';
import { review } from '../../src/vault/ledger-review.js';
import { type FileValues, parsedWhenLeaving, readingValues, valuesOf } from '../../src/vault/ledger-values.js';
import { at, codeOf } from './world.js';

const bob: Cause = { because: 'bob', what: 'removed', at: '2025-03-01T10:00:00.000Z' };
const carol: Cause = { because: 'carol', what: 'removed', at: '2025-04-01T10:00:00.000Z' };
const al: Cause = { because: 'al', what: 'not-secret', at: '2025-05-01T10:00:00.000Z' };

type Contents = Readonly<Record<string, string | Uint8Array | null>>;

const read = (path: string, content: string | Uint8Array) => valuesOf(at(path), [Buffer.from(content)]);

/** What files hold; null for one that cannot be opened. */
function files(contents: Contents): Map<ReturnType<typeof at>, FileValues | null> {
  return new Map(Object.entries(contents).map(([path, c]) => [at(path), c === null ? null : read(path, c)]));
}

function left(cause: Cause, contents: Contents): LedgerEvent {
  return eventOfFiles(
    cause,
    [...files(contents).values()].flatMap((f) => f ?? []),
  );
}

const names = (items: readonly { path: string; key: readonly string[] | null }[]) =>
  items.map((i) => `${i.path}#${showKey(i.key) ?? ''}`);

describe('what goes into an event', () => {
  it('each value of a structured file by its name, without what cannot be a secret', () => {
    const content = { db: { password: 'hunter22', port: 5432, tls: true, ca: null }, hosts: ['one.example', 'eu'] };
    const event = left(bob, { 'config.json': JSON.stringify({ ...content, debug: 'false', level: 3 }) });
    expect(names(event.values)).toEqual(['config.json#db.password', 'config.json#db.port', 'config.json#hosts.0']);
  });

  it.each([
    ['plain', 'notes.txt', 'a note'],
    ['binary', 'key.p12', Buffer.from([0, 1, 2, 0xff])],
    ['broken', 'config.json', '{ "db": '],
    ['without names', 'config.json', '"one secret"'],
    ['without a value that could be a secret', 'config.json', '{ "debug": true, "note": "" }'],
    ['without a line that dotenv reads', '.env', 'hunter22'],
    ['too large to be read', 'data.json', JSON.stringify({ a: 'x'.repeat(parsedWhenLeaving) })],
    ['with too many values', 'data.json', JSON.stringify(Array.from({ length: 5001 }, (_, i) => `value ${i}`))],
    ['with too long names', 'data.json', JSON.stringify({ ['n'.repeat(600_000)]: ['first', 'second'] })],
  ])('a file that is %s counts as one value', (_, path, content) => {
    const found: FileValues[] = [];
    const pieces = readingValues(at(path), [Buffer.from(content)], parsedWhenLeaving, (values) => found.push(values));
    expect(Buffer.concat([...pieces]).equals(Buffer.from(content))).toBe(true);
    expect(names(found.flatMap((f) => placedValues(f)))).toEqual([`${path}#`]);
  });

  it('nothing of an empty file', () => {
    for (const path of ['empty.txt', 'empty.json', '.env']) {
      expect(left(bob, { [path]: '' }).values).toEqual([]);
      expect(left(bob, { [path]: '\n \n' }).values).toEqual([]);
    }
  });

  it('no value, and nothing to test guesses with but under its own key', () => {
    const event = left(bob, { 'config.json': '{"pin":"1234"}', 'same.json': '{"pin":"1234"}' });
    const again = left(bob, { 'config.json': '{"pin":"1234"}' });
    expect(formatEvent(event)).not.toContain('1234');
    expect(event.key).not.toBe(again.key);
    expect(event.values[0]?.digest).not.toBe(again.values[0]?.digest);
  });

  it('so many values that the rest counts by files', () => {
    const many = JSON.stringify(Array.from({ length: 4000 }, (_, i) => `value ${i}`));
    const contents = Object.fromEntries(Array.from({ length: 27 }, (_, i) => [`${10 + i}.json`, many]));
    const event = left(bob, contents);
    expect(event.values.length).toBeLessThanOrEqual(100_027);
    expect(new Set(event.values.map((v) => v.path)).size).toBe(27);
    expect(names(event.values).at(-1)).toBe('36.json#');
  });

  it('pieces of any size give the same values', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(400)), (content, cuts) => {
        const ends = [...cuts.map((c) => Math.min(c, content.length)), content.length].sort((a, b) => a - b);
        const pieces = ends.map((end, i) => content.subarray(i === 0 ? 0 : ends[i - 1], end));
        expect(valuesOf(at('a.bin'), pieces)).toEqual(valuesOf(at('a.bin'), [content]));
      }),
    );
  });
});

describe('the text of an event', () => {
  it('comes back as it was', () => {
    const event = left(bob, { 'a.json': '{"a.b":{"__proto__":"value one","":"value two"}}', 'ünïcode.txt': 'text' });
    expect(parseEvent(formatEvent(event), 'x')).toEqual(event);
  });

  const event = JSON.parse(formatEvent(left(bob, { 'a.json': '{"a":"value"}' })));
  const [value] = event.values;
  it.each([
    ['no JSON', 'ERR_BLACKBOX_VAULT_DAMAGED', '{'],
    ['null', 'ERR_BLACKBOX_VAULT_DAMAGED', 'null'],
    ['another version', 'ERR_BLACKBOX_VAULT_DAMAGED', { ...event, version: 2 }],
    ['another kind', 'ERR_BLACKBOX_VAULT_DAMAGED', { ...event, what: 'toString' }],
    ['no date', 'ERR_BLACKBOX_VAULT_DAMAGED', { ...event, at: 'yesterday' }],
    ['a short key', 'ERR_BLACKBOX_VAULT_DAMAGED', { ...event, key: 'ab' }],
    ['no list', 'ERR_BLACKBOX_VAULT_DAMAGED', { ...event, values: {} }],
    ['a digest that is none', 'ERR_BLACKBOX_VAULT_DAMAGED', { ...event, values: [{ ...value, digest: 'x' }] }],
    ['a name that is none', 'ERR_BLACKBOX_VAULT_DAMAGED', { ...event, values: [{ ...value, key: [1] }] }],
    ['no names', 'ERR_BLACKBOX_VAULT_DAMAGED', { ...event, values: [{ ...value, key: [] }] }],
    ['a value that is null', 'ERR_BLACKBOX_VAULT_DAMAGED', { ...event, values: [null] }],
    ['a path that climbs', 'ERR_BLACKBOX_PATH_REFUSED', { ...event, values: [{ ...value, path: '../x' }] }],
    ['a hostile name', 'ERR_BLACKBOX_BAD_NAME', { ...event, because: 'bob\u001b[2J' }],
  ])('%s is refused', async (_, code, content) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    expect(await codeOf(() => parseEvent(text, '.blackbox/rotation/x.age'))).toBe(code);
  });

  it('whatever it is, it is an event or refused', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => parseEvent(text, 'x')).toThrow(expect.objectContaining({ name: 'BlackboxError' }));
      }),
    );
  });
});

describe('what is open', () => {
  const before = { 'config.json': '{"db":{"password":"first pass"},"key":"first key"}', 'note.txt': 'a note\n' };

  it('everything, as long as nothing changes', () => {
    const { open, closed, reused, unclear } = review([left(bob, before)], files(before));
    expect(names(open)).toEqual(['config.json#db.password', 'config.json#key', 'note.txt#']);
    expect(open[0]?.causes).toEqual([bob]);
    expect([closed, reused, unclear]).toEqual([[], [], []]);
  });

  it('a changed value, a name that is gone, a file that is gone: each clears itself', () => {
    const event = left(bob, before);
    const left1 = review([event], files({ ...before, 'config.json': '{"db":{"password":"other"},"key":"first key"}' }));
    expect(names(left1.open)).toEqual(['config.json#key', 'note.txt#']);
    const left2 = review([event], files({ ...before, 'config.json': '{"db":{"password":"other"}}' }));
    expect(names(left2.open)).toEqual(['note.txt#']);
    const left3 = review([event], files({ 'config.json': '{}' }));
    expect(left3.open).toEqual([]);
    expect(left3.closed).toEqual([event]);
  });

  it('blanks, quotes and order are no change; letters are', () => {
    const event = left(bob, { 'a.env': 'A=secret value\nB=1234567\n', 'n.txt': 'note' });
    expect(
      names(review([event], files({ 'a.env': "B='1234567'\n\n A = secret value \n", 'n.txt': '\n note\r\n' })).open),
    ).toEqual(['a.env#A', 'a.env#B', 'n.txt#']);
    expect(review([event], files({ 'a.env': 'A=Secret value\nB=12345678\n', 'n.txt': 'not e' })).open).toEqual([]);
  });

  it('a number is its digits in every format', () => {
    const event = left(bob, { 'a.json': '{"pin":123456}' });
    expect(names(review([event], files({ 'a.json': '{"pin":"123456"}' })).open)).toEqual(['a.json#pin']);
  });

  it('what was put back is open again', () => {
    const event = left(bob, before);
    expect(review([event], files({ 'config.json': '{"key":"second"}' })).open).toEqual([]);
    expect(names(review([event], files({ 'config.json': '{"key":"first key"}' })).open)).toEqual(['config.json#key']);
  });

  it('because of everybody who has seen it, oldest first, and only them', () => {
    const later = { 'config.json': '{"db":{"password":"second"},"key":"first key"}' };
    const { open } = review([left(carol, later), left(bob, before)], files(later));
    expect(open.map((i) => [showKey(i.key), i.causes.map((c) => c.because)])).toEqual([
      ['db.password', ['carol']],
      ['key', ['bob', 'carol']],
    ]);
  });

  it('a file that cannot be opened or parsed is unclear, and closes nothing', () => {
    const event = left(bob, before);
    const closedFile = review([event], files({ ...before, 'config.json': null }));
    expect(closedFile.unclear).toEqual(['config.json']);
    const broken = review([event], files({ 'config.json': '{' }));
    expect([broken.open, broken.unclear, broken.closed]).toEqual([[], ['config.json'], []]);
  });

  it('a larger file than is read when somebody leaves is still one value later', () => {
    const content = `${JSON.stringify({ a: 'x'.repeat(parsedWhenLeaving), b: 'secret' })}\n`;
    let values: FileValues | undefined;
    const note = (found: FileValues) => {
      values = found;
    };
    for (const _ of readingValues(at('big.json'), [Buffer.from(content)], parsedWhenLeaving, note));
    const event = eventOfFiles(bob, values === undefined ? [] : [values]);
    expect(names(review([event], files({ 'big.json': content })).open)).toEqual(['big.json#']);
    expect(review([event], files({ 'big.json': `${content}x` })).open).toEqual([]);
  });

  it('names that are written alike are not the same', () => {
    const event = left(bob, { 'a.json': '{"a":{"b":"value one"},"a.b":"value two"}' });
    const { open } = review([event], files({ 'a.json': '{"a":{"b":"changed"},"a.b":"value two"}' }));
    expect(open.map((i) => i.key)).toEqual([['a.b']]);
  });
});

describe('what is used again', () => {
  const before = { 'config.json': '{"password":"first pass"}', 'other.json': '{}' };

  it('an old value under another name, in another file, or as the whole of one', () => {
    const event = left(bob, before);
    const now = files({
      'config.json': '{"password":"second","old":"first pass"}',
      'other.json': '{"x":["first pass"]}',
      'pass.txt': 'first pass\n',
    });
    const { open, reused, closed } = review([event], now);
    expect(open).toEqual([]);
    expect(names(reused)).toEqual(['config.json#old', 'other.json#x.0', 'pass.txt#']);
    expect(reused[0]).toMatchObject({ cause: bob, seen: { path: 'config.json', key: ['password'] } });
    expect(closed).toEqual([]);
  });

  it('not before it was changed where it was seen, and not where it is open', () => {
    const twice = { 'a.json': '{"one":"same value"}', 'b.json': '{"two":"same value"}' };
    const event = left(bob, twice);
    expect(review([event], files({ ...twice, 'c.json': '{"three":"same value"}' })).reused).toEqual([]);
    const { open, reused } = review([event], files({ ...twice, 'a.json': '{"one":"changed"}' }));
    expect(names(open)).toEqual(['b.json#two']);
    expect(reused).toEqual([]);
  });

  it('a file that was renamed', () => {
    const { reused } = review([left(bob, { 'old.json': '{"a":"value"}' })], files({ 'new.json': '{"a":"value"}' }));
    expect(names(reused)).toEqual(['new.json#a']);
  });
});

describe('what is no secret', () => {
  const before = { 'config.json': '{"host":"db.example","password":"first pass"}' };
  const mark = (contents: Contents, key: string) =>
    makeEvent(
      al,
      review([left(bob, contents)], files(contents)).open.filter((i) => showKey(i.key) === key),
    );

  it('is not open, for whoever leaves, until it is another value', () => {
    const events = [left(bob, before), mark(before, 'host'), left(carol, before)];
    expect(names(review(events, files(before)).open)).toEqual(['config.json#password']);
    const other = { 'config.json': '{"host":"db2.example","password":"second"}' };
    expect(names(review([...events, left(carol, other)], files(other)).open)).toEqual([
      'config.json#host',
      'config.json#password',
    ]);
  });

  it('holds for that place only', () => {
    const contents = { 'config.json': '{"port":"1234"}', 'pin.json': '{"pin":"1234"}' };
    const events = [left(bob, contents), mark(contents, 'port')];
    expect(names(review(events, files(contents)).open)).toEqual(['pin.json#pin']);
  });

  it('may stand anywhere again', () => {
    const events = [left(bob, before), mark(before, 'host')];
    const { reused } = review(events, files({ 'config.json': '{"hostname":"db.example","password":"second"}' }));
    expect(reused).toEqual([]);
  });

  it('is forgotten when the value is gone', () => {
    const noted = mark(before, 'host');
    expect(review([noted], files(before)).closed).toEqual([]);
    expect(review([noted], files({ 'config.json': '{"host":"other.example"}' })).closed).toEqual([noted]);
    expect(review([noted], files({ 'config.json': null })).closed).toEqual([]);
  });
});

describe('whatever values there are', () => {
  const tree = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), { maxKeys: 6 });

  it('open are exactly the recorded places whose value is the same', () => {
    fc.assert(
      fc.property(tree, tree, (first, second) => {
        const [before, now] = [read('a.json', JSON.stringify(first)), read('a.json', JSON.stringify(second))];
        const event = eventOfFiles(bob, [before]);
        const { open, closed, reused } = review([event], new Map([[at('a.json'), now]]));
        const same = event.values.filter(({ key, digest }) => {
          const hash = key === null ? now.whole : now.named?.find((n) => n.key.join('\0') === key.join('\0'))?.hash;
          return hash != null && digestUnder(event.key, hash) === digest;
        });
        expect(new Set(open.map((i) => showKey(i.key)))).toEqual(new Set(same.map((i) => showKey(i.key))));
        expect(closed.length).toBe(open.length + reused.length === 0 ? 1 : 0);
      }),
    );
  });
});
