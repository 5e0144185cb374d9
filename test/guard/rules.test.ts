/** Each rule for credentials: what it finds and what it leaves alone, in the forms in which files have it, and that it cannot be made slow. */
import { describe, expect, it } from 'vitest';
import { credentials, type SecretHit } from '../../src/guard/credentials.js';
import { rules } from '../../src/guard/rules/index.js';
import { draw, fill, readSamples, sampleFiles, seeded } from './samples.js';

const search = credentials();
const samples = readSamples();
const rounds = [1, 2, 3, 4, 5];

function find(text: string, path = 'src/settings.env'): SecretHit[] {
  return search.find({ bytes: new Uint8Array(Buffer.from(text)), within: '', isText: true }, path);
}
const ruleIds = (text: string) => find(text).map(({ rule }) => rule);

describe('the samples', () => {
  it('there is a leak and a clean one for each rule', () => {
    const having = (leaks: boolean) =>
      new Set(samples.filter((sample) => sample.leaks === leaks).map(({ rule }) => rule));
    const ids = rules.map(({ id }) => id);
    expect(ids.filter((id) => !having(true).has(id))).toEqual([]);
    expect(ids.filter((id) => !having(false).has(id))).toEqual([]);
    expect([...having(true), ...having(false)].filter((id) => !ids.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('as they are written down nothing in them is a credential: no scanner refuses this repository', () => {
    for (const { name, text } of sampleFiles()) {
      const blocking = find(text, `test/guard/samples/${name}`).filter(({ severity }) => severity === 'block');
      expect(blocking, name).toEqual([]);
    }
  });

  // The lines below are one test each for their messages; `it.each` over 400 takes longer than they do.
  it('each leak is found, and named by its rule', () => {
    const missed = samples
      .filter(({ leaks }) => leaks)
      .flatMap(({ rule, template }) => {
        const texts = rounds.map((seed) => fill(template, seeded(seed)));
        return texts.filter((text) => !ruleIds(text).includes(rule)).map((text) => `${rule}: ${text} ${ruleIds(text)}`);
      });
    expect(missed).toEqual([]);
  });

  it('each clean one is left alone by its rule', () => {
    const found = samples
      .filter(({ leaks }) => !leaks)
      .flatMap(({ rule, template }) => {
        const texts = rounds.map((seed) => fill(template, seeded(seed)));
        return texts.filter((text) => ruleIds(text).includes(rule)).map((text) => `${rule}: ${text}`);
      });
    expect(found).toEqual([]);
  });
});

describe('a token', () => {
  /** Samples that are nothing but a token, whose place in a file may be any. */
  const tokens = samples.filter(({ leaks, template }) => leaks && !/[\s"'=:]/.test(template));
  const places: Readonly<Record<string, (token: string) => string>> = {
    'in a string': (token) => `const client = connect("${token}");\n`,
    'in YAML': (token) => `deploy:\n  with: ${token}\n`,
    'in JSON in a string': (token) => JSON.stringify(JSON.stringify({ value: token })),
    'in a query': (token) => `curl https://acme.io/?v=1&t=${token}&x=y`,
    'in XML': (token) => `<v>${token}</v>`,
    'behind an escaped line end': (token) => `"first\\n${token}\\nlast"`,
    'between line ends of Windows': (token) => `a\r\n${token}\r\nb`,
  };

  it('there are many', () => expect(tokens.length).toBeGreaterThan(90));

  it.each(Object.entries(places))('%s', (_, place) => {
    const missed = tokens.filter(({ rule, template }) => {
      const token = fill(template, seeded(7));
      return !ruleIds(place(token)).includes(rule);
    });
    expect(missed).toEqual([]);
  });

  it.each([
    ['in base64', (token: string) => Buffer.from(`user:${token}:x`).toString('base64'), 'base64'],
    ['in hexadecimal', (token: string) => Buffer.from(token).toString('hex'), 'hex'],
    [
      'in base64 in base64',
      (token: string) => Buffer.from(`k: ${Buffer.from(`user:${token}:x`).toString('base64')}`).toString('base64'),
      'base64 in base64',
    ],
    [
      'in hexadecimal in base64',
      (token: string) => Buffer.from(Buffer.from(`x ${token}`).toString('hex')).toString('base64'),
      'hex in base64',
    ],
    ['in UTF-16', (token: string) => Buffer.from(`x ${token} y`, 'utf16le'), 'UTF-16'],
    ['between zeros', (token: string) => Buffer.from(`\0\0${token}\0`), ''],
  ] as const)('%s', (_, encode, form) => {
    const missed = tokens.filter(({ rule, template }) => {
      const bytes = new Uint8Array(Buffer.from(encode(fill(template, seeded(8)))));
      const hits = search.find({ bytes, within: '', isText: !bytes.includes(0) }, 'a.bin');
      return !hits.some((hit) => hit.rule === rule && hit.what.includes(form));
    });
    expect(missed).toEqual([]);
  });

  it('is masked to two characters and a length', () => {
    for (const { template } of tokens) {
      const token = fill(template, seeded(9));
      for (const { masked, what } of find(token)) {
        if (masked !== '') expect(masked).toMatch(/^(?:\S{2}…, )?\d+ characters$/);
        expect(what).not.toContain(token.slice(-8));
      }
    }
  });
});

describe('checksums', () => {
  const random = seeded(11);
  const body = draw(random, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 36);

  it('are told, and a wrong one only warns in tests', () => {
    const right = fill('ghp_{crc}', random);
    const wrong = `ghp_${body}`;
    expect(find(right)[0]).toMatchObject({ what: 'a GitHub token, with a right checksum', severity: 'block' });
    expect(find(wrong)[0]).toMatchObject({ what: 'a GitHub token, with a wrong checksum', severity: 'block' });
    expect(find(wrong, 'test/a.test.js')[0]).toMatchObject({ severity: 'warn' });
    expect(find(right, 'test/a.test.js')[0]).toMatchObject({ severity: 'block' });
  });
});

/** For how long processors were at work, in ms: by the clock it would be more beside other programs. */
function busyFor(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe('nothing makes a rule slow', () => {
  const size = 32 << 10;
  /** About a hundredfold of what they take. */
  const most = 250;

  const timed = (text: string) => busyFor(() => find(text));

  function expectQuick(what: string, text: string): void {
    const first = timed(text);
    // What a busy machine made slow is quick the second time.
    expect(first < most ? first : timed(text), what).toBeLessThan(most);
  }

  it.each(['', ' ', '=', '="', ': '])('each keyword over and over, followed by %j', (after) => {
    for (const { id, keywords } of rules) {
      const unit = `${keywords[0]}${after}`;
      expectQuick(`${id} ${unit}`, unit.repeat(size / unit.length));
    }
  });

  it('the beginning of each leak over and over', () => {
    for (const { rule, template } of samples.filter(({ leaks }) => leaks)) {
      const leak = fill(template, seeded(3));
      for (const part of [leak.slice(0, -1), leak.slice(0, leak.length >> 1)])
        expectQuick(`${rule} ${part}`, part.repeat(size / part.length + 1));
    }
  });
});

describe('a megabyte of what is made to be slow takes less than a second', () => {
  const size = 1 << 20;
  const random = seeded(5);
  const words = rules.flatMap(({ keywords }) => keywords);
  const fills: Readonly<Record<string, () => string>> = {
    'all keywords joined': () => words.join('').repeat(size / words.join('').length + 1),
    'all keywords, each assigned': () =>
      words
        .map((word) => `${word}="`)
        .join('')
        .repeat(60),
    'curl, over and over': () => 'curl '.repeat(size / 5),
    'curl -u, over and over': () => 'curl -u a:'.repeat(size / 10),
    'one line of base64': () => draw(random, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', size),
    'one line of hexadecimal': () => draw(random, '0123456789abcdef', size),
    'brackets in brackets': () => '{['.repeat(size / 4) + ']}'.repeat(size / 4),
    'quotation marks': () => `"'\``.repeat(size / 3),
    backslashes: () => '\\'.repeat(size),
    'first lines of keys': () => `${'-'.repeat(5)}BEGIN PRIVATE KEY${'-'.repeat(5)}\n`.repeat(size / 28),
    'kinds of manifests': () => 'kind: Secret\ndata:\n'.repeat(size / 19),
    'URLs without an end': () => 'https://a:'.repeat(size / 10),
    'key types': () => '{"kty":"oct",'.repeat(size / 13),
    'machine login': () => 'machine a login b password '.repeat(size / 27),
    spaces: () => `password${' '.repeat(size)}`,
    'assignments without a value': () => 'password = '.repeat(size / 11),
    'one assignment': () => `password = "${'a1B'.repeat(size / 3)}"`,
    'token, token': () => 'token,'.repeat(size / 6),
    tokens: () => Array.from({ length: size / 41 }, () => fill('ghp_{a36}', random)).join('\n'),
    'JSON Web Tokens without signatures': () => 'eyJhbGciOiJIUzI1NiJ9.'.repeat(size / 21),
  };

  it.each(Object.entries(fills))('%s', (_, make) => {
    const text = make();
    const bytes = new Uint8Array(Buffer.from(text));
    const timed = () => busyFor(() => search.find({ bytes, within: '', isText: true }, 'src/settings.env'));
    const first = timed();
    expect(first < 1000 ? first : timed()).toBeLessThan(1000);
  });
});
