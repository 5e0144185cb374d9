/** What this clone knows: kept sealed, replaced, forgotten, rebuilt, and never silently missing. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BlackboxError } from '../../src/errors.js';
import { forget, loadKnown, remember, scan } from '../../src/guard/index.js';
import { nodeFiles } from '../../src/host/files.js';
import { knowing, type Memory, memory, secret } from './state.js';

const random = secret('q8Zt', 'LmX2', 'vB7n', 'Rk4P', 'wY6c');
const other = secret('T5hs', 'Jd93', 'Kq2x', 'Wn8b', 'Vc0z');
const plaintext = (tree: unknown) => Buffer.from(JSON.stringify(tree));
const found = (files: Memory, text: string) => {
  const known = loadKnown(files, '/state');
  return known === null ? null : scan(known, Buffer.from(text)).map((hit) => hit.label);
};
const failure = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof BlackboxError) return error;
    throw error;
  }
  throw new Error('it did not fail');
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('on disk', () => {
  it('is private and holds neither values nor names', () => {
    const folder = mkdtempSync(join(tmpdir(), 'guard-'));
    folders.push(folder);
    const state = join(folder, 'state');
    const files = nodeFiles({});
    remember(files, state, [{ path: 'config/prod.json', plaintext: plaintext({ database: { password: random } }) }]);
    expect(statSync(state).mode & 0o777).toBe(0o700);
    for (const name of ['known.json', 'key']) expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
    const stored = readFileSync(join(state, 'known.json'), 'latin1');
    expect(Object.keys(JSON.parse(stored))).toEqual(['version', 'nonce', 'box']);
    for (const text of [stored, Buffer.from(JSON.parse(stored).box, 'base64').toString('latin1')]) {
      for (const hidden of [random, random.slice(0, 6), 'password', 'database', 'prod'])
        expect(text).not.toContain(hidden);
    }
    const known = loadKnown(files, state);
    expect(known && scan(known, Buffer.from(random))).toHaveLength(1);
  });

  it('tells nothing twice: the same values are stored differently each time, and differ between clones', () => {
    const stored = Array.from({ length: 2 }, () => {
      const files = memory();
      remember(files, '/state', [{ path: 'a.json', plaintext: plaintext({ token: random }) }]);
      return [...files.contents.values()].join();
    });
    expect(stored[0]).not.toBe(stored[1]);
  });
});

describe('remembering', () => {
  it('nothing is known before', () => {
    expect(loadKnown(memory(), '/state')).toBeNull();
  });

  it('replaces what was known of a path and leaves the others', () => {
    const files = memory();
    remember(files, '/state', [
      { path: 'a.json', plaintext: plaintext({ token: random }) },
      { path: 'b.json', plaintext: plaintext({ token: `${random}b` }) },
    ]);
    remember(files, '/state', [{ path: 'a.json', plaintext: plaintext({ token: other }) }]);
    expect(found(files, `${random} `)).toEqual([]);
    expect(found(files, `${other} ${random}b`)).toEqual(['token in a.json', 'token in b.json']);
    expect(loadKnown(files, '/state')?.paths).toEqual(['a.json', 'b.json']);
  });

  it('writes nothing when nothing changed', () => {
    const files = memory();
    const entry = { path: 'a.json', plaintext: plaintext({ token: random }) };
    remember(files, '/state', [entry]);
    const before = files.writes;
    remember(files, '/state', [entry]);
    expect(files.writes).toBe(before);
  });

  it('forgets', () => {
    const files = memory();
    remember(files, '/state', [{ path: 'a.json', plaintext: plaintext({ token: random }) }]);
    forget(files, '/state', ['a.json', 'never-there']);
    expect(found(files, random)).toEqual([]);
    expect(loadKnown(files, '/state')?.paths).toEqual([]);
  });

  it('keeps the local key of the vault layer', () => {
    const files = memory();
    const key = `${'5a'.repeat(32)}\n`;
    files.contents.set('/state/key', key);
    remember(files, '/state', [{ path: 'a.json', plaintext: plaintext({ token: random }) }]);
    expect(files.contents.get('/state/key')).toBe(key);
  });

  it('a thousand values take little room', () => {
    const files = memory();
    const tree = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key${i}`, `${random}${i}`]));
    remember(files, '/state', [{ path: 'a.json', plaintext: plaintext(tree) }]);
    expect(files.contents.get('/state/known.json')?.length).toBeLessThan(300_000);
    expect(found(files, `x ${random}999 y`)).toContain('key999 in a.json');
  });
});

describe('damage', () => {
  const damages: Record<string, (files: Memory) => void> = {
    truncated: (files) =>
      files.contents.set('/state/known.json', (files.contents.get('/state/known.json') ?? '').slice(0, -20)),
    empty: (files) => files.contents.set('/state/known.json', ''),
    'of another shape': (files) => files.contents.set('/state/known.json', '{"version":1,"box":[]}'),
    'not an object': (files) => files.contents.set('/state/known.json', 'null'),
    'one bit different': (files) => {
      const stored = JSON.parse(files.contents.get('/state/known.json') ?? '');
      const box = Buffer.from(stored.box, 'base64');
      box[40] = (box[40] ?? 0) ^ 1;
      files.contents.set('/state/known.json', JSON.stringify({ ...stored, box: box.toString('base64') }));
    },
    'without its key': (files) => files.contents.delete('/state/key'),
    'with another key': (files) => files.contents.set('/state/key', 'ab'.repeat(32)),
  };

  for (const [name, damage] of Object.entries(damages)) {
    it(`${name}: refused with the command that mends it, and begun anew by the next decryption`, () => {
      const files = memory();
      remember(files, '/state', [{ path: 'a.json', plaintext: plaintext({ token: random }) }]);
      damage(files);
      const error = failure(() => loadKnown(files, '/state'));
      expect(error.code).toBe('ERR_BLACKBOX_KNOWN_VALUES');
      expect(error.hints[0]).toContain('blackbox-ts setup');
      expect(error.message).not.toContain(random);
      const result = remember(files, '/state', [{ path: 'b.json', plaintext: plaintext({ token: other }) }]);
      expect(result.rebuilt).toBe(true);
      expect(found(files, `${random} ${other}`)).toEqual(['token in b.json']);
    });
  }

  it('one of a newer format is refused, with the way to the newer program', () => {
    const files = memory();
    files.contents.set('/state/known.json', '{"version":2,"nonce":"","box":""}');
    expect(failure(() => loadKnown(files, '/state')).hints[0]).toContain('npm install');
  });
});

describe('values that tracked files contain already', () => {
  const tree = { password: random, token: other };
  const entry = { path: 'a.json', plaintext: plaintext(tree) };
  const tracked = (...texts: string[]) => ({ tracked: () => texts.map((text) => Buffer.from(text)) });

  it('do not block, and are told once', () => {
    const files = memory();
    expect(remember(files, '/state', [entry], tracked('nothing', `x = ${random}`)).ambient).toEqual([
      'password in a.json',
    ]);
    expect(found(files, `${random} ${other}`)).toEqual(['token in a.json']);
    const changed = { path: 'a.json', plaintext: plaintext({ ...tree, more: 1 }) };
    expect(remember(files, '/state', [changed], tracked(`x = ${random}`)).ambient).toEqual([]);
    expect(found(files, `${random} ${other}`)).toEqual(['token in a.json']);
  });

  it('a value that blocks goes on blocking after it has leaked', () => {
    const files = memory();
    remember(files, '/state', [entry]);
    const changed = { path: 'a.json', plaintext: plaintext({ ...tree, more: 1 }) };
    expect(remember(files, '/state', [changed], tracked(`x = ${random}`)).ambient).toEqual([]);
    expect(found(files, random)).toEqual(['password in a.json']);
  });

  it('short ones count between boundaries only', () => {
    const files = memory();
    const short = { path: 'a.json', plaintext: plaintext({ password: 'sunshine' }) };
    expect(remember(files, '/state', [short], tracked('sunshineland')).ambient).toEqual([]);
    expect(found(files, 'sunshine')).toHaveLength(1);
  });

  it('tracked files are read only when something is new', () => {
    const files = memory();
    remember(files, '/state', [entry]);
    const never = { tracked: () => expect.unreachable('tracked files were read') };
    remember(files, '/state', [entry], never);
    remember(files, '/state', [{ path: 'copy.json', plaintext: entry.plaintext }], never);
  });
});

describe('backwards', () => {
  const reverse = (text: string) => [...text].reverse().join('');
  const found = (text: string) =>
    scan(known, Buffer.from(text)).map(({ label, encoding }) => `${label} ${encoding}`.trim());
  const [random, short, wide] = ['k9Zt-LmX2-vB7n-Qw3r', 'sunshine', 'grün9Zt-LmX2-vB7n-Qw3r'];
  const known = knowing({ 'a.json': JSON.stringify({ password: random, pin: short, other: wide }) });

  it('what cannot occur by accident is found, also encoded, and named so', () => {
    expect(found(`x${reverse(random)}y`)).toEqual(['password in a.json, reversed']);
    expect(found(Buffer.from(reverse(random)).toString('base64'))).toEqual(['password in a.json, reversed base64']);
    expect(found(random)).toEqual(['password in a.json']);
  });

  it('what could is not', () => {
    expect(found(`${reverse(short)} ${reverse(wide).slice(-6)}`)).toEqual([]);
  });
});
