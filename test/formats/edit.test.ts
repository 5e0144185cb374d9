/** One value is changed, and nothing else: not a comment, not a blank, not the order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlackboxError } from '../../src/errors.js';
import { editBytes, editText } from '../../src/formats/edit/index.js';
import { formatOf, type Value } from '../../src/formats/index.js';
import { object } from './arbitraries.js';

const edit = (file: string, text: string, name: string, value: Value | undefined) =>
  editText(formatOf(file), text, { path: name.split('.'), value }, file);

/** The lines that differ, as `- old` and `+ new`. */
function difference(before: string, after: string): string[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  while (a.length > 0 && b.length > 0 && a[0] === b[0]) [a.shift(), b.shift()];
  while (a.length > 0 && b.length > 0 && a.at(-1) === b.at(-1)) [a.pop(), b.pop()];
  return [...a.map((line) => `- ${line}`), ...b.map((line) => `+ ${line}`)];
}

const samples: Record<string, string> = {
  'a.json':
    '{\n    "db": {\n        "password": "old", "port":5432,\n        "tls": true\n    },\n    "list": ["a", "b"],\n    "empty": {}\n}\n',
  'a.yaml':
    '# the database\ndb:\n  password: old   # change me\n  quoted: "old"\n  port: 5432\n\n  block: |\n    one\n    two\nlist: [ a,  b ]\nservers:\n  - host: one # first\n    port: 1\n  - host: two\nempty: {}\nflow: { a: 1,  b: 2 }\n# the end\n',
  'a.toml':
    '# top\nroot = 1   # one\nmulti = """\nold\n[not.a.table]"""\n\n[db] # here\n  password = \'old\' # quoted\nport = 5_432\nlist = [ "a", # first\n  "b" ]\n\n[[servers]]\nhost = "one"\n[[servers]]\nhost = "two"\n[servers.tls]\non = true\n\n[a."b.c"]\nd.e = 1\n',
  '.env': '# comment\nA=old # why\nexport B=\'two\nlines\'\n\nC="x"\nEMPTY=\n#D=off\n',
  'a.ini': '; comment\nroot=1\n\n[db]\npassword = old ; why\n quoted = "a ; b"\n\n[other.inner]\nx=1\n# end\n',
};

describe('a changed value', () => {
  it.each([
    [
      'a.json',
      'db.password',
      'ne"w\n',
      ['-         "password": "old", "port":5432,', '+         "password": "ne\\"w\\n", "port":5432,'],
    ],
    ['a.json', 'db.port', 1, ['-         "password": "old", "port":5432,', '+         "password": "old", "port":1,']],
    ['a.json', 'list.1', 'c', ['-     "list": ["a", "b"],', '+     "list": ["a", "c"],']],
    ['a.yaml', 'db.password', 'new', ['-   password: old   # change me', '+   password: new   # change me']],
    ['a.yaml', 'db.password', 'a: b #c', ['-   password: old   # change me', '+   password: "a: b #c"   # change me']],
    ['a.yaml', 'db.quoted', 'new', ['-   quoted: "old"', '+   quoted: "new"']],
    ['a.yaml', 'db.port', '5432', ['-   port: 5432', '+   port: "5432"']],
    ['a.yaml', 'db.block', 'x', ['-   block: |', '-     one', '-     two', '+   block: "x"']],
    ['a.yaml', 'list.1', 'c', ['- list: [ a,  b ]', '+ list: [ a,  "c" ]']],
    ['a.yaml', 'servers.0.host', 'three', ['-   - host: one # first', '+   - host: three # first']],
    ['a.yaml', 'flow.a', 3, ['- flow: { a: 1,  b: 2 }', '+ flow: { a: 3,  b: 2 }']],
    ['a.toml', 'root', 2, ['- root = 1   # one', '+ root = 2   # one']],
    ['a.toml', 'db.password', 'new', ["-   password = 'old' # quoted", '+   password = "new" # quoted']],
    ['a.toml', 'multi', 'new', ['- multi = """', '- old', '- [not.a.table]"""', '+ multi = "new"']],
    ['a.toml', 'servers.1.host', 'x', ['- host = "two"', '+ host = "x"']],
    ['a.toml', 'servers.1.tls.on', false, ['- on = true', '+ on = false']],
    ['.env', 'A', 'new', ['- A=old # why', '+ A=new # why']],
    ['.env', 'A', "it's $HOME", ['- A=old # why', "+ A=`it's $HOME` # why"]],
    ['.env', 'B', 'one', ["- export B='two", "- lines'", "+ export B='one'"]],
    ['.env', 'C', 'y\\n', ['- C="x"', "+ C='y\\n'"]],
    ['.env', 'EMPTY', 'x', ['- EMPTY=', '+ EMPTY=x']],
    ['a.ini', 'db.password', 'new', ['- password = old ; why', '+ password = new ; why']],
    ['a.ini', 'db.quoted', '; x', ['-  quoted = "a ; b"', '+  quoted = "; x"']],
    ['a.ini', 'root', 'true', ['- root=1', '+ root="true"']],
  ] as [string, string, Value, string[]][])('%s %s', (file, name, value, expected) => {
    const before = samples[file] ?? '';
    expect(difference(before, edit(file, before, name, value))).toEqual(expected);
  });
});

describe('a new value', () => {
  it.each([
    ['a.json', 'db.user', 'u', ['-         "tls": true', '+         "tls": true,', '+         "user": "u"']],
    ['a.json', 'empty.x', 1, ['-     "empty": {}', '+     "empty": {', '+         "x": 1', '+     }']],
    ['a.json', 'list.2', 'c', ['-     "list": ["a", "b"],', '+     "list": ["a", "b", "c"],']],
    ['a.yaml', 'db.user', 'u', ['+   user: u']],
    ['a.yaml', 'mail.smtp.host', 'h', ['+ mail:', '+   smtp:', '+     host: h']],
    ['a.yaml', 'servers.1.port', 2, ['+     port: 2']],
    ['a.yaml', 'flow.c', 'x', ['- flow: { a: 1,  b: 2 }', '+ flow: { a: 1,  b: 2, "c": "x" }']],
    ['a.toml', 'more', 'x', ['+ more = "x"']],
    ['a.toml', 'db.user', 'u', ['+ user = "u"']],
    ['a.toml', 'new.table.x', 1, ['+ [new.table]', '+ x = 1', '+ ']],
    ['a.toml', 'servers.0.port', 1, ['+ port = 1']],
    ['.env', 'NEW', 'a b', ["+ NEW='a b'"]],
    ['a.ini', 'db.user', 'u', ['+ user = u']],
    ['a.ini', 'more', 'x', ['+ more = x']],
    ['a.ini', 'new.section.x', 'y', ['+ [new.section]', '+ x = y']],
  ] as [string, string, Value, string[]][])('%s %s', (file, name, value, expected) => {
    const before = samples[file] ?? '';
    expect(difference(before, edit(file, before, name, value))).toEqual(expected);
  });

  it('in an empty file, and where lines end as on Windows', () => {
    expect(edit('a.toml', '', 'a.b', 1)).toBe('[a]\nb = 1\n');
    expect(edit('.env', '', 'A', '1')).toBe('A=1\n');
    expect(edit('a.ini', '', 'A', '1')).toBe('A = 1\n');
    expect(edit('a.json', '{}', 'a.b', 1)).toBe('{"a": {"b":1}}');
    expect(edit('a.yaml', 'a: 1\r\nb: 2\r\n', 'c.d', 'x')).toBe('a: 1\r\nb: 2\r\nc:\r\n  d: x\r\n');
    expect(edit('.env', 'A=1\r\nB=2', 'C', '3')).toBe('A=1\r\nB=2\r\nC=3\r\n');
  });
});

describe('a value that goes', () => {
  it.each([
    ['a.json', 'db.password', ['-         "password": "old", "port":5432,', '+         "port":5432,']],
    [
      'a.json',
      'db.tls',
      [
        '-         "password": "old", "port":5432,',
        '-         "tls": true',
        '+         "password": "old", "port":5432',
      ],
    ],
    ['a.json', 'list.0', ['-     "list": ["a", "b"],', '+     "list": ["b"],']],
    ['a.yaml', 'db.port', ['-   port: 5432']],
    ['a.yaml', 'db.block', ['-   block: |', '-     one', '-     two']],
    ['a.toml', 'db.password', ["-   password = 'old' # quoted"]],
    ['a.toml', 'db.list', ['- list = [ "a", # first', '-   "b" ]']],
    ['a.toml', 'multi', ['- multi = """', '- old', '- [not.a.table]"""']],
    ['.env', 'B', ["- export B='two", "- lines'"]],
    ['a.ini', 'db.password', ['- password = old ; why']],
  ] as [string, string, string[]][])('%s %s', (file, name, expected) => {
    const before = samples[file] ?? '';
    expect(difference(before, edit(file, before, name, undefined))).toEqual(expected);
  });
});

describe('members of lists and of what stands on one line', () => {
  it.each([
    ['a.yaml', 'list:\n- one # first\n- two\n# end\n', 'list.2', 'three', ['+ - three']],
    ['a.yaml', 'list:\n- one # first\n- two\n# end\n', 'list.0', undefined, ['- - one # first']],
    ['a.yaml', '- a: 1\n  # b\n  b: 2\n- a: 3\n', '0', undefined, ['- - a: 1', '-   # b', '-   b: 2']],
    ['a.yaml', 'x:   [a, b]   # both\n', 'x.2', 'c', ['- x:   [a, b]   # both', '+ x:   [a, b, "c"]   # both']],
    [
      'a.yaml',
      'x:   {a: 1, b: 2}   # both\n',
      'x.a',
      undefined,
      ['- x:   {a: 1, b: 2}   # both', '+ x:   {b: 2}   # both'],
    ],
    ['a.yaml', 'x: [\n  a, # one\n  b, # two\n]\n', 'x.1', undefined, ['-   b, # two']],
    ['a.yaml', 'x:   {}   # none\n', 'x.a.b', 1, ['- x:   {}   # none', '+ x:   { "a": {"b":1} }   # none']],
    ['a.yaml', 'x:   []   # none\n', 'x.0', 'a', ['- x:   []   # none', '+ x:   ["a"]   # none']],
    ['a.yaml', 'x:   # to do\ny: 1\n', 'x', 'a', ['- x:   # to do', '+ x:   a # to do']],
    ['a.yaml', 'x: |\n    a\n    b\ny: 1\n', 'x', 'c\n\nd\n', ['-     a', '-     b', '+     c', '+ ', '+     d']],
    ['a.yaml', 'x: |\n  a\n  b\ny: 1\n', 'x', 'c\nd', ['- x: |', '-   a', '-   b', '+ x: |-', '+   c', '+   d']],
    ['a.yaml', 'x: |\n  a\n  b\n', 'x', ' c\nd\n', ['- x: |', '-   a', '-   b', '+ x: " c\\nd\\n"']],
    [
      'a.toml',
      'x = { a = 1, b = "2" } # both\n',
      'x.b',
      3,
      ['- x = { a = 1, b = "2" } # both', '+ x = { a = 1, b = 3 } # both'],
    ],
    ['a.toml', 'x = { a = 1 } # one\n', 'x.c', 'd', ['- x = { a = 1 } # one', '+ x = { a = 1, c = "d" } # one']],
    ['a.toml', 'x = { a = 1, b.c = 2 }\n', 'x.b.c', undefined, null],
    ['a.toml', 'x = { a = 1, b = 2 }\n', 'x.a', undefined, ['- x = { a = 1, b = 2 }', '+ x = { b = 2 }']],
    ['a.toml', 'x = [\n  "a", # one\n  "b", # two\n]\n', 'x.0', undefined, ['-   "a", # one']],
    ['a.toml', 'x = [\n  "a", # one\n  "b", # two\n]\n', 'x.2', 'c', ['+   "c",']],
    ['a.toml', 'x = [\n  "a", # one\n  "b" # two\n]\n', 'x.0', 'c', ['-   "a", # one', '+   "c", # one']],
    ['a.toml', 'x = [\n  "a", # one\n  "b" # two\n]\n', 'x.1', undefined, null],
    ['a.toml', 'x = []\n', 'x.0', 'c', ['- x = []', '+ x = ["c"]']],
    ['a.toml', 'x = [{a=1},{a=2}]\n', 'x.1.a', 3, ['- x = [{a=1},{a=2}]', '+ x = [{a=1},{a=3}]']],
    ['a.toml', 'a.b.c = 1 # one\nz = 2\n', 'a.b.d', 'x', ['+ a.b.d = "x"']],
    ['a.toml', '[t]\na.b = 1\n[u]\n', 't.a.c', 2, ['+ a.c = 2']],
    ['a.toml', "x = '''\na\n'''\n", 'x', 'b\nc\n', ['- a', '+ b', '+ c']],
    ['a.toml', "x = '''\na\n'''\n", 'x', "b\n'''", ["- x = '''", '- a', "- '''", `+ x = "b\\n'''"`]],
    ['a.toml', 'x = 2026-01-02\n', 'x', '2027-03-04', ['- x = 2026-01-02', '+ x = 2027-03-04']],
    ['a.ini', '[s]\nl[] = a ; one\nl[] = b\n', 's.l.0', 'c', ['- l[] = a ; one', '+ l[] = c ; one']],
    ['a.ini', '[s]\nl[] = a ; one\nl[] = b\n', 's.l.2', 'c', ['+ l[] = c']],
    ['a.ini', '[s]\nl[] = a ; one\nl[] = b\n', 's.l.1', undefined, ['- l[] = b']],
    ['a.ini', '[s]\nl[] = a ; one\nl[] = b\nx=1\n', 's.l', undefined, ['- l[] = a ; one', '- l[] = b']],
    [
      'a.ini',
      'r=1\n[s]\na=1\n[s.t]\nb=2\n; about u\n[u]\nc=3\n',
      's',
      undefined,
      ['- [s]', '- a=1', '- [s.t]', '- b=2'],
    ],
    [
      'a.json',
      '{\n  "a": 1,\n  "b": 2,\n  "a": 3\n}\n',
      'a',
      undefined,
      ['-   "a": 1,', '-   "b": 2,', '-   "a": 3', '+   "b": 2'],
    ],
    ['a.json', '{"a":[1,1]}', 'a.0', undefined, ['- {"a":[1,1]}', '+ {"a":[1]}']],
  ] as [string, string, string, Value | undefined, string[] | null][])(
    '%s %j %s',
    (file, before, name, value, expected) => {
      if (expected === null) expect(() => edit(file, before, name, value)).toThrow('is left as it is');
      else expect(difference(before, edit(file, before, name, value))).toEqual(expected);
    },
  );

  it('keep the byte order mark of their file', () => {
    const change = { path: ['a'], value: 'y' };
    const edited = (text: string) => editBytes(formatOf('a.ini'), Buffer.from(text), change, 'a.ini').toString();
    expect([edited('\ufeffa=x\n'), edited('a=x\n')]).toEqual(['\ufeffa=y\n', 'a=y\n']);
  });
});

describe('what cannot be done is refused, and the text left alone', () => {
  it.each([
    ['a.json', '{"a":1}', 'a.b', undefined],
    ['a.json', '{"a":[1]}', 'a.5', 1],
    ['a.json', '{"a":[1]}', 'a.x', 1],
    ['.env', 'A=1\n', 'A.b', 'x'],
    ['.env', 'A=1\n', 'B', `'"\``],
    ['.env', 'A=1\n', 'not a name', 'x'],
    ['a.toml', 'a = 1\n', 'b', null],
    ['a.ini', 'a=1\n', 'b', ['x']],
    ['a.yaml', 'a: &x 1\nb: *x\n', 'a', undefined],
    ['a.txt', 'x', 'a', 'x'],
  ] as [string, string, string, Value | undefined][])('%s %j %s', (file, text, name, value) => {
    try {
      expect.unreachable(edit(file, text, name, value));
    } catch (error) {
      expect((error as BlackboxError).code).toMatch(/ERR_BLACKBOX_(CANNOT_EDIT|NOT_STRUCTURED)/);
      expect((error as BlackboxError).message).not.toContain(`'"\``);
    }
  });
});

describe('whatever the text and the change', () => {
  const word = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/).filter((w) => w !== '__proto__');
  const text = fc.oneof(
    fc.string({ unit: 'grapheme-composite', maxLength: 12 }),
    fc.constantFrom('a b', '#x', '; y', "it's", '"q"', '$A', 'a\\nb', 'true', '01', '', ' x '),
  );
  const tree = object(
    fc.oneof(text, fc.integer(), fc.boolean(), object(fc.oneof(text, object(text, word)), word)),
    word,
  );
  const writers: Record<string, (value: never) => string> = {
    'a.json': (value) => JSON.stringify(value, null, 2),
    'a.yaml': (value) => JSON.stringify(value),
  };
  it.each(Object.keys(samples))('%s: the result holds what was wanted, and every comment is still there', (file) => {
    const write = writers[file];
    const texts =
      write === undefined
        ? fc.constant(samples[file] ?? '')
        : fc.oneof(
            fc.constant(samples[file] ?? ''),
            tree.map((t) => write(t as never)),
          );
    const names = fc.oneof(
      word.map((w) => [w]),
      fc.tuple(fc.constantFrom('db', 'a', 'new'), word),
      fc.constantFrom(['db', 'password'], ['A'], ['root']),
    );
    let done = 0;
    fc.assert(
      fc.property(texts, names, fc.oneof(text, fc.constant(undefined)), (before, path, value) => {
        let after: string;
        try {
          after = editText(formatOf(file), before, { path, value }, file);
        } catch (error) {
          expect((error as BlackboxError).code).toBe('ERR_BLACKBOX_CANNOT_EDIT');
          return;
        }
        done++;
        const parsed = formatOf(file).parse(after, file) as Record<string, Value>;
        const got = path.reduce<Value | undefined>(
          (v, n) =>
            typeof v === 'object' && v !== null && Object.hasOwn(v, n) ? (v as Record<string, Value>)[n] : undefined,
          parsed,
        );
        expect(got).toEqual(value);
        if (before === samples[file] && value !== undefined) {
          const comments = (t: string) => (t.match(/[#;] [a-z].*$/gm) ?? []).length;
          expect(comments(after)).toBeGreaterThanOrEqual(comments(before));
        }
      }),
      { numRuns: 200 },
    );
    expect(done).toBeGreaterThan(50);
  });
});
