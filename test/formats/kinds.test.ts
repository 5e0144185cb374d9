/** What each format's parser decides where there was something to decide. */
import { deepStrictEqual } from 'node:assert/strict';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { parse as parseIni } from 'ini';
import { describe, expect, it } from 'vitest';
import { BlackboxError } from '../../src/errors.js';
import { formatOf, parseText } from '../../src/formats/index.js';
import { jsonFaultAt } from '../../src/formats/json.js';
import { trees } from './arbitraries.js';

const read = (path: string, text: string) => parseText(formatOf(path), Buffer.from(text), path);

function sentence(path: string, text: string): string {
  try {
    read(path, text);
  } catch (error) {
    if (error instanceof BlackboxError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('JSON', () => {
  it('is what JSON.parse reads, duplicates included', () => {
    expect(read('a.json', '{"a":1,"a":2,"n":null,"f":1.5,"l":[true]}')).toStrictEqual({
      a: 2,
      n: null,
      f: 1.5,
      l: [true],
    });
    expect(Object.keys(read('a.json', '{"__proto__":{"x":1}}'))).toEqual(['__proto__']);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it.each([
    ['{\n  "a": 1,\n}', 'line 3, column 1: unexpected character'],
    ['{\n  "a": hunter2\n}', 'line 2, column 8: unexpected character'],
    ['{"a": "x', 'line 1, column 9: it ends too soon'],
    ['{"a": "x\ny"}', 'line 1, column 9: unexpected character'],
    ['{"a": "\\x"}', 'line 1, column 8: unexpected character'],
    ['{"a": 01}', 'line 1, column 8: unexpected character'],
    ['{"a" 1}', 'line 1, column 6: unexpected character'],
    ["{'a': 1}", 'line 1, column 2: unexpected character'],
    ['{"a": 1} // why', 'line 1, column 10: unexpected character'],
    ['{"a": [1 2]}', 'line 1, column 10: unexpected character'],
    ['{"a": [}', 'line 1, column 8: unexpected character'],
    ['{,}', 'line 1, column 2: unexpected character'],
    ['', 'line 1, column 1: it ends too soon'],
    ['\r\n{"a":\r\n', 'line 3, column 1: it ends too soon'],
    ['{"a": nul}', 'line 1, column 7: unexpected character'],
    ['{"a": 1}}', 'line 1, column 9: unexpected character'],
  ])('%j: %s', (text, place) => {
    expect(sentence('a.json', text)).toBe(`a.json is not valid as JSON at ${place}`);
  });

  it('finds no fault in what JSON.parse takes, and one in what it does not', () => {
    fc.assert(
      fc.property(trees, fc.constantFrom(0, 1, '\t'), (tree, space) => {
        const text = JSON.stringify(tree, null, space);
        expect(jsonFaultAt(text)).toBe(text.length);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]:,"\\ue1.-+0tru fals\n') }), (text) => {
        const at = jsonFaultAt(text);
        let takes = true;
        try {
          JSON.parse(text);
        } catch {
          takes = false;
        }
        if (takes) expect(at).toBe(text.length);
        // What stands before the fault begins some JSON, so nothing before it is at fault.
        else expect(jsonFaultAt(text.slice(0, at))).toBe(at);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('YAML', () => {
  it('follows aliases into copies and merges keys, the nearer winning', () => {
    const tree = read(
      'a.yaml',
      'x: &x {k: 1, l: [1]}\ny: &y {k: 2, m: 2}\none: {<<: *x, k: 0}\ntwo: {k: 0, <<: [*y, *x]}\nz: *x\n',
    );
    expect(tree).toStrictEqual({
      x: { k: 1, l: [1] },
      y: { k: 2, m: 2 },
      one: { k: 0, l: [1] },
      two: { k: 0, m: 2, l: [1] },
      z: { k: 1, l: [1] },
    });
    expect(tree.z).not.toBe(tree.x);
    expect(read('a.yaml', '"<<": 1')).toStrictEqual({ '<<': 1 });
  });

  it('is version 1.2 whatever the document says', () => {
    expect(read('a.yaml', '%YAML 1.1\n---\na: yes\nb: 2020-01-01\nc: 0o17\nd: .inf\ne: ~\nf: !!str 1\n')).toStrictEqual(
      {
        a: 'yes',
        b: '2020-01-01',
        c: 15,
        d: Number.POSITIVE_INFINITY,
        e: null,
        f: '1',
      },
    );
  });

  it('takes names that are scalars as strings', () => {
    expect(read('a.yaml', '1: a\ntrue: b\nnull: c\n__proto__: {d: 1}\n? e\n')).toStrictEqual(
      JSON.parse('{"1":"a","true":"b","":"c","__proto__":{"d":1},"e":null}'),
    );
  });

  it.each([
    ['a: 1\na: 2', 'line 2, column 1: a name that is there already'],
    ['a: 1\n"a": 2', 'line 2, column 1: a name that is there already'],
    ['1: a\n"1": b', 'line 2, column 1: a name that is there already'],
    ['a: !!binary aGk=', 'line 1, column 4: tag resolve failed'],
    ['a: !!js/function x', 'line 1, column 4: tag resolve failed'],
    ['a: 1\n---\nb: 2', 'multiple docs'],
    ['a: [1\nb: 2', 'line 2, column 1: bad indent'],
    ['? {a: 1}\n: 2', 'line 1, column 3: a name that is a list, a mapping or an alias'],
    ['a: &a x\n*a : 1', 'a name that is a list, a mapping or an alias'],
    ['a: *b', 'line 1, column 4: an alias without an anchor before it'],
    ['a:\n  <<: 1', 'line 2, column 3: a merge key with something other than mappings'],
  ])('%j: %s', (text, place) => {
    expect(sentence('a.yaml', text)).toContain('a.yaml is not valid as YAML at line ');
    expect(sentence('a.yaml', text)).toContain(place);
  });
});

describe('TOML', () => {
  it('keeps dates as text, and names of the prototype as data', () => {
    const text =
      'a = 1979-05-27T07:32:00Z\nb = 1979-05-27\nc = 07:32:00\nd = 0x1F\n[__proto__]\ne = 1\n[constructor.prototype]\nf = 1\n';
    deepStrictEqual(
      read('a.toml', text),
      JSON.parse(
        '{"a":"1979-05-27T07:32:00.000Z","b":"1979-05-27","c":"07:32:00.000","d":31,"__proto__":{"e":1},"constructor":{"prototype":{"f":1}}}',
      ),
    );
    expect(({} as { e?: number }).e).toBeUndefined();
  });

  it('refuses an integer that a number cannot hold', () => {
    expect(sentence('a.toml', 'a = 9007199254740993')).toContain(
      'line 1, column 5: integer value cannot be represented losslessly',
    );
  });
});

describe('dotenv', () => {
  it('is what Node reads', () => {
    const text =
      'A=1\nexport B = "x\\ny" # c\nC=\'$HOME\'\nD=`id`\nE=$A$B\nF="multi\nline"\nG=a#b\n\n# c\nH=\nI==\nJ="a\'b"\n';
    deepStrictEqual(read('.env', text), { ...parseEnv(text) });
    expect(read('.env', text)).toMatchObject({ C: '$HOME', E: '$A$B', F: 'multi\nline', D: 'id' });
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AB="\'`#$(){}\\\n x') }), (any) =>
        deepStrictEqual(read('.env', any), { ...parseEnv(any) }),
      ),
    );
  });

  it('refuses the one name that Node would drop', () => {
    expect(sentence('.env', 'A=1\n export __proto__ = x')).toBe(
      '.env is not valid as a dotenv file at line 2, column 1: the name __proto__ cannot be used',
    );
    expect(read('.env', 'constructor=x')).toStrictEqual({ constructor: 'x' });
  });
});

describe('INI', () => {
  it('reads sections, lists and constants', () => {
    const text =
      '; c\n# c\nname = a\nflag\nno = false\nnil = null\n[db]\nhost = h ; c\nl[] = 1\nl[] = 2\n[db.replica]\nhost = r\n[a\\.b]\nc = 1\n[db]\nport=5\n';
    expect(read('a.ini', text)).toStrictEqual({
      name: 'a',
      flag: true,
      no: false,
      nil: null,
      db: { host: 'h', l: ['1', '2'], replica: { host: 'r' }, port: '5' },
      'a.b': { c: '1' },
    });
  });

  it('loses nothing of a value without a word', () => {
    const text = [
      'a = p#ss;w=rd',
      'b=#x',
      "c = '0123'",
      'd = "true" ; c',
      "e = 'it's'",
      'f = "a\\u0062\\"" # c',
      'g = "C:\\dir"',
      'h = \'{"x":1}\'',
      'i = \\;\\#\\\\n',
      'j = "',
      "k = '12345678901234567890'",
      'l = a "b" c',
    ].join('\n');
    deepStrictEqual(read('a.ini', text), {
      a: 'p#ss;w=rd',
      b: '#x',
      c: '0123',
      d: 'true',
      e: "it's",
      f: 'ab"',
      g: '"C:\\dir"',
      h: '{"x":1}',
      i: ';#\\n',
      j: '"',
      k: '12345678901234567890',
      l: 'a "b" c',
    });
  });

  it('takes names of the prototype as data', () => {
    deepStrictEqual(
      read('a.ini', '__proto__ = 1\n[constructor.prototype]\na = 1\n[x.__proto__]\nb = 1\n'),
      JSON.parse('{"__proto__":"1","constructor":{"prototype":{"a":"1"}},"x":{"__proto__":{"b":"1"}}}'),
    );
    deepStrictEqual(read('a.ini', '[__proto__]\na = 1\n'), JSON.parse('{"__proto__":{"a":"1"}}'));
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it.each([
    ['[a', 'line 1, column 1: neither a section, a comment, nor a name with a value'],
    ['a = 1\n  = 2', 'line 2, column 3: neither a section, a comment, nor a name with a value'],
    ['a = 1\n[a]', 'line 2, column 1: a section where a value is already'],
    ['a = 1\n[a.b]', 'line 2, column 1: a section where a value is already'],
    ['[a.b]\n[a]\nb = 1', 'line 3, column 1: a value where a section is already'],
    ['[a.b]\n[a]\nb[] = 1', 'line 3, column 1: a value where a section is already'],
  ])('%j: %s', (text, place) => {
    expect(sentence('a.ini', text)).toBe(`a.ini is not valid as an INI file at ${place}`);
  });

  it('agrees with the package ini wherever that loses nothing', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9 _.:/@$(){}%^&*!?+,|~<>-]{0,12}$/);
    const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/);
    const pair = fc
      .tuple(
        name,
        fc.constantFrom('=', ' = '),
        fc.oneof(
          word,
          word.map((w) => JSON.stringify(w)),
        ),
      )
      .map((p) => `k${p.join('')}`);
    const header = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `[s${parts.join('.s')}]`);
    const comment = word.map((w) => `;${w}`);
    const lines = fc.array(fc.oneof({ weight: 4, arbitrary: pair }, header, comment), { maxLength: 12 });
    fc.assert(
      fc.property(lines, (all) => {
        const text = all.join('\n').replace(/"(true|false|null)"/g, '"x"');
        expect(read('a.ini', text)).toEqual(JSON.parse(JSON.stringify(parseIni(text))));
      }),
    );
  });
});
