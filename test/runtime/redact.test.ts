/** Values do not get through, in whatever form and however the output is cut into pieces; everything else does, at once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newMaskers } from '../../src/runtime/redact.js';
import { longestGap, shortestWrappedLine } from '../../src/runtime/wrapped.js';

const value = 'hunter2/Ünï "cörrect" horse+';
const mask = '[secret db.password]';

function through(texts: Record<string, string>, pieces: readonly (string | Uint8Array)[]): string {
  const { masker } = newMaskers(Object.entries(texts).map(([path, text]) => ({ path, text })));
  const one = masker();
  return Buffer.concat([...pieces.map((piece) => one.push(Buffer.from(piece as string))), one.end()]).toString();
}

/** Every cut of a text into two. */
const cuts = (text: string) => {
  const bytes = Buffer.from(text);
  return Array.from({ length: bytes.length + 1 }, (_, i) => [bytes.subarray(0, i), bytes.subarray(i)]);
};

const encodings: Record<string, (text: string) => string> = {
  plain: (t) => t,
  json: (t) => JSON.stringify({ t }),
  'json twice': (t) => JSON.stringify(JSON.stringify({ t })),
  hex: (t) => Buffer.from(t).toString('hex'),
  HEX: (t) => Buffer.from(t).toString('hex').toUpperCase(),
  url: (t) => `https://h/?p=${encodeURIComponent(t)}`,
  form: (t) => new URLSearchParams({ t }).toString(),
  shell: (t) => `'${t.replaceAll("'", "'\\''")}'`,
  html: (t) =>
    t
      .replaceAll('&', '&amp;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;'),
};

describe('a value', () => {
  it.each(Object.entries(encodings))('as %s is masked wherever the output is cut', (_, encode) => {
    const text = `before ${encode(value)} after`;
    const once = through({ 'db.password': value }, [text]);
    expect(once).toContain(mask);
    expect(once).not.toContain(encode(value));
    for (const cut of cuts(text)) expect(through({ 'db.password': value }, cut)).toBe(once);
  });

  it('in base64 is masked wherever it begins, but for what it shares with its neighbours', () => {
    for (const encoding of ['base64', 'base64url'] as const) {
      for (const before of ['', 'u', 'u:', 'us:', 'user:']) {
        const text = Buffer.from(`${before}${value} and more`).toString(encoding);
        const shown = through({ p: value }, [text]);
        expect(shown).toContain('[secret p]');
        const left = Buffer.from(shown.replace('[secret p]', ''), 'base64').toString('latin1');
        expect(left).not.toContain(value.slice(1, 5));
        for (const cut of cuts(text)) expect(through({ p: value }, cut)).toBe(shown);
      }
    }
  });

  it('in base64 or hexadecimal that is wrapped over lines is masked, whatever the columns, and wherever the output is cut', () => {
    const width = fc.oneof(fc.constantFrom(60, 64, 70, 72, 76), fc.integer({ min: shortestWrappedLine, max: 120 }));
    const newline = fc.constantFrom('\n', '\r\n', '\\n', '\\r\\n');
    const indent = fc.constantFrom('', ' ', '    ', '\t', ' '.repeat(longestGap - 4));
    const encoding = fc.constantFrom<BufferEncoding>('base64', 'base64url', 'hex');
    const secret = fc
      .uint8Array({ minLength: 24, maxLength: 400 })
      .map((bytes) => Buffer.from(bytes).toString('latin1'));
    const around = fc.string({ maxLength: 90 });
    fc.assert(
      fc.property(
        secret,
        around,
        around,
        encoding,
        width,
        newline,
        indent,
        fc.nat(),
        (text, before, after, how, columns, eol, blanks, cut) => {
          fc.pre(text.trim() === text && !`${before}${after}`.includes(text));
          const encoded = Buffer.from(`${before}${text}${after}`).toString(how);
          const lines = encoded.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [];
          const output = Buffer.from(`data: |\n${lines.map((line) => `${blanks}${line}`).join(eol)}\nend\n`);
          const at = cut % output.length;
          const shown = through({ p: text }, [output]);
          expect(through({ p: text }, [output.subarray(0, at), output.subarray(at)])).toBe(shown);
          // What is left of it, line breaks taken away, decodes to nothing of the value but what shares characters with the neighbours.
          expect(shown).toContain('[secret p]');
          const left = shown.slice(8, -5).replaceAll(eol, '').replaceAll(/[ \t]/g, '').split('[secretp]');
          const whole = Buffer.from(`${before}${text}${after}`).toString(how);
          expect(whole.startsWith(left[0] ?? '')).toBe(true);
          expect(left.join('').length).toBeLessThanOrEqual(Buffer.from(`${before}${after}`).toString(how).length + 8);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('in base64 with short lines is not what wrapped text looks like, and a line that ends like one is not held back', () => {
    const base64 = Buffer.from(value).toString('base64');
    const { masker } = newMaskers([{ path: 'p', text: value }]);
    const one = masker();
    expect(one.push(Buffer.from(`done: ${base64.slice(0, 3)}\n`)).toString()).toBe(`done: ${base64.slice(0, 3)}\n`);
  });

  it('is not held back without bound, however long the line breaks are in the middle of it', () => {
    const { masker } = newMaskers([{ path: 'p', text: 'x'.repeat(300) }]);
    const one = masker();
    const begun = Buffer.from('x'.repeat(300)).toString('base64').slice(0, 50);
    let given = one.push(Buffer.from(begun)).length;
    expect(given).toBe(0);
    for (let i = 0; i < 100; i++) given += one.push(Buffer.from('\n \n \n \n')).length;
    expect(given).toBe(begun.length + 700);
  });

  it('that is long is masked to its end, and as far as it is there', () => {
    const long = `${'{"type":"service_account","project":"x",'.repeat(4)}${Array.from({ length: 4000 }, (_, i) => (i * 7919) % 97).join('')}`;
    const wrapped = (
      Buffer.from(long)
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    ).join('\n  ');
    for (const text of [long, JSON.stringify(long), wrapped]) {
      const shown = through({ p: long }, [`> ${text} <`]);
      expect(shown).toMatch(/^> "?\[secret p\]"?.{0,4} <$/);
      for (const at of [3, 66, 67, 300, 301, 5000])
        expect(through({ p: long }, [`> ${text.slice(0, at)}`, `${text.slice(at)} <`])).toBe(shown);
    }
    expect(through({ p: long }, [`> ${long.slice(0, 700)}!`])).toBe('> [secret p]!');
    const twins = { a: `${'same'.repeat(50)}-one-and-more`, b: `${'same'.repeat(50)}-two-and-more` };
    expect(through(twins, [`${twins.b} ${twins.a}`])).toMatch(/^\[secret [ab]\] \[secret [ab]\]$/);
  });

  it('of several lines is masked line by line, too', () => {
    const pem = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQC7\n-----END KEY-----\n';
    expect(through({ key: pem }, [`log: ${pem}`])).toBe('log: [secret key]');
    expect(through({ key: pem }, ['> MIIEvQIBADANBgkqhkiG9w0BAQEF\r\n'])).toBe('> [secret key]\r\n');
  });

  it('within another, or beside it, leaves nothing between', () => {
    expect(through({ short: 'secret-word', long: 'my-secret-word-2' }, ['x my-secret-word-2 y secret-word z'])).toBe(
      'x [secret long] y [secret short] z',
    );
    expect(through({ a: 'abcdef', b: 'defghi' }, ['-abcdefghi-'])).toMatch(/^-\[secret [ab]\]-$/);
    expect(through({ a: 'aaaa' }, ['aaaaaaaaa!'])).toBe('[secret a]!');
    expect(through({ a: 'abcabd' }, ['abcabcabd'])).toBe('abc[secret a]');
  });

  it('that is too short is left alone, and told', () => {
    const { masker, tooShort } = newMaskers([
      { path: 'n', text: '123' },
      { path: 'e', text: '' },
      { path: 'l', text: '1234' },
    ]);
    expect(tooShort).toEqual(['n']);
    expect(masker().push(Buffer.from('123 ')).toString()).toBe('123 ');
  });
});

describe('everything else', () => {
  it('comes through unchanged, and at once', () => {
    const { masker } = newMaskers([{ path: 'p', text: value }]);
    const one = masker();
    expect(one.push(Buffer.from('Password: ')).toString()).toBe('Password: ');
    expect(one.push(Buffer.from([0, 255, 10])).length).toBe(3);
    // The beginning of a value is held back until it is decided.
    expect(one.push(Buffer.from('> hunter')).toString()).toBe('> ');
    expect(one.push(Buffer.from(' not')).toString()).toBe('hunter not');
    expect(one.push(Buffer.from('hunt')).toString()).toBe('');
    expect(one.end().toString()).toBe('hunt');
  });

  it('whatever the bytes and however they are cut', () => {
    const letters = fc.stringMatching(/^[ab]{4,7}$/);
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 3 }),
        fc.array(fc.stringMatching(/^[abc]{0,9}$/), { maxLength: 6 }),
        (secrets, pieces) => {
          const texts = Object.fromEntries(secrets.map((s, i) => [`s${i}`, s]));
          const shown = through(texts, pieces);
          expect(through(texts, [pieces.join('')])).toBe(shown);
          // The slow way: every byte that lies in a value is masked, and no other.
          const all = pieces.join('');
          const hidden = new Set<number>();
          for (const s of secrets)
            for (let at = all.indexOf(s); at >= 0; at = all.indexOf(s, at + 1))
              for (let i = 0; i < s.length; i++) hidden.add(at + i);
          const kept = [...all].filter((_, i) => !hidden.has(i)).join('');
          expect(shown.replaceAll(/\[secret s\d\]/g, '')).toBe(kept);
        },
      ),
      { numRuns: 300 },
    );
  });
});
