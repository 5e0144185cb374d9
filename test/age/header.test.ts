import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newFileKey } from '../../src/age/filekey.js';
import { formatHeader, formattedLength, headerLength, parseHeader, verifyHeader } from '../../src/age/header.js';
import { headerLimits } from '../../src/age/limits.js';
import type { Stanza } from '../../src/age/types.js';
import { failure } from './failure.js';

const argument = fc.stringMatching(/^[!-~]{1,40}$/);
const stanza: fc.Arbitrary<Stanza> = fc.record({
  args: fc.array(argument, { minLength: 1, maxLength: 5 }),
  body: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(0, 47, 48, 49, 96).map((n) => new Uint8Array(n)),
  ),
});
const stanzas = fc.array(stanza, { minLength: 1, maxLength: 8 });
const version = 'age-encryption.org/v1\n';
const mac = `--- ${'A'.repeat(43)}\n`;
const code = (text: string | Uint8Array) => failure(() => parseHeader(Buffer.from(text as string, 'latin1')))?.code;

describe('a header', () => {
  it('is read as it was written, wherever it lies in a buffer and whatever follows it', () => {
    fc.assert(
      fc.property(stanzas, fc.uint8Array({ maxLength: 100 }), fc.nat(20), (written, payload, offset) => {
        const fileKey = newFileKey();
        const bytes = formatHeader(written, fileKey);
        const file = Buffer.concat([Buffer.alloc(offset), bytes, payload]).subarray(offset);
        expect(formattedLength(written)).toBe(bytes.length);
        const header = parseHeader(file);
        expect(header.stanzas.map(({ args, body }) => ({ args, body }))).toEqual(
          written.map(({ args, body }) => ({ args, body: Buffer.from(body) })),
        );
        expect(header.length).toBe(bytes.length);
        expect(header.covered).toEqual(bytes.subarray(0, bytes.length - 45));
        expect(formatHeader(header.stanzas, fileKey)).toEqual(bytes);
        expect(() => verifyHeader(header, fileKey)).not.toThrow();
      }),
    );
  });

  it('is not there yet, as long as its last byte is not', () => {
    fc.assert(
      fc.property(stanzas, fc.double({ min: 0, max: 1, noNaN: true }), (written, part) => {
        const bytes = formatHeader(written, newFileKey());
        const cut = bytes.subarray(0, 22 + Math.floor((bytes.length - 22) * part));
        expect(headerLength(cut)).toBe(cut.length === bytes.length ? bytes.length : null);
        if (cut.length < bytes.length) expect(failure(() => parseHeader(cut))?.code).toBe('ERR_BLACKBOX_DAMAGED');
      }),
    );
  });

  it('with any bit flipped does not pass for the same header', () => {
    fc.assert(
      fc.property(stanzas, fc.nat(), fc.nat(7), (written, at, bit) => {
        const fileKey = newFileKey();
        const bytes = formatHeader(written, fileKey);
        const place = at % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << bit), place);
        const code = failure(() => verifyHeader(parseHeader(bytes), fileKey))?.code;
        expect(['ERR_BLACKBOX_DAMAGED', 'ERR_BLACKBOX_NOT_AGE']).toContain(code);
      }),
    );
  });

  it('is taken only as it would be written, whatever was changed in it', () => {
    const character = fc.constantFrom('\n', ' ', '=', '-', '>', 'A', 'B', 'Q', '/', '\r', '\t', '');
    const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), character, fc.nat(1));
    const own = formatHeader([{ args: ['a'], body: new Uint8Array(2) }], newFileKey()).toString('latin1');
    let taken = 0;
    const property = fc.property(stanzas, change, (written, [part, put, instead]) => {
      const text = formatHeader(written, newFileKey()).toString('latin1');
      const at = version.length + Math.floor((text.length - 45 - version.length) * part);
      const changed = Buffer.from(text.slice(0, at) + put + text.slice(at + instead), 'latin1');
      if (failure(() => parseHeader(changed)) !== null) return;
      const read = parseHeader(changed).stanzas.map(({ args, body }) => ({ args, body }));
      const again = formatHeader(read, newFileKey());
      // But for the MAC, which is another file's.
      expect(again.subarray(0, -44).toString('latin1')).toBe(changed.subarray(0, -44).toString('latin1'));
      taken++;
    });
    fc.assert(property, { numRuns: 2000 });
    expect(taken).toBeGreaterThan(50);
    const lastLine = (line: string) => code(own.replace('AAA\n', `${line}\n`));
    expect(['AAA', 'AAB', 'AAA='].map(lastLine)).toEqual([undefined, 'ERR_BLACKBOX_DAMAGED', 'ERR_BLACKBOX_DAMAGED']);
  });

  it('does not verify with another file key, or with a stanza added, removed or moved', () => {
    const [fileKey, one, two] = [
      newFileKey(),
      { args: ['a'], body: Buffer.of(1) },
      { args: ['b'], body: Buffer.of(2) },
    ];
    const { mac: signed } = parseHeader(formatHeader([one, two], fileKey));
    for (const other of [[one], [two, one], [one, two, one]]) {
      const header = parseHeader(formatHeader(other, fileKey));
      expect(failure(() => verifyHeader({ ...header, mac: signed }, fileKey))?.code).toBe('ERR_BLACKBOX_DAMAGED');
    }
    expect(failure(() => verifyHeader(parseHeader(formatHeader([one], fileKey)), newFileKey()))?.message).toContain(
      'MAC',
    );
  });
});

describe('what is no header', () => {
  it.each([
    ['nothing', ''],
    ['something else', 'hello'],
    ['another version', 'age-encryption.org/v2\n'],
    ['armor', '-----BEGIN AGE ENCRYPTED FILE-----\n'],
  ])('%s is no age file', (_what, text) => {
    expect(code(text)).toBe('ERR_BLACKBOX_NOT_AGE');
  });

  it.each([
    ['half a version line', 'age-encryption'],
    ['a version line alone', version],
    ['no stanza', version + mac],
    ['carriage returns', `age-encryption.org/v1\r\n-> a\r\n\r\n--- ${'A'.repeat(43)}\r\n`],
    ['a stanza without arguments', `${version}->\n\n${mac}`],
    ['an empty argument', `${version}-> a  b\n\n${mac}`],
    ['a space at the end of a line', `${version}-> a \n\n${mac}`],
    ['a control character in an argument', `${version}-> a\x1b[2J\n\n${mac}`],
    ['a stanza without body', `${version}-> a\n${mac}`],
    ['two bodies', `${version}-> a\nAAAA\nAAAA\n${mac}`],
    ['a body line that is too long', `${version}-> a\n${'A'.repeat(68)}\n${mac}`],
    ['a body that ends with a full line', `${version}-> a\n${'A'.repeat(64)}\n${mac}`],
    ['padding', `${version}-> a\nAA==\n${mac}`],
    ['stray bits at the end of a body', `${version}-> a\nAB\n${mac}`],
    ['another alphabet', `${version}-> a\nA-_A\n${mac}`],
    ['white space in a body', `${version}-> a\nAA AA\n${mac}`],
    ['a MAC of 31 bytes', `${version}-> a\n\n--- ${'A'.repeat(42)}\n`],
    ['a MAC that is not canonical', `${version}-> a\n\n--- ${'A'.repeat(42)}B\n`],
    ['no space before the MAC', `${version}-> a\n\n---${'A'.repeat(43)}\n`],
    ['no MAC', `${version}-> a\n\n---\n`],
  ])('%s is damage', (_what, text) => {
    expect(code(text)).toBe('ERR_BLACKBOX_DAMAGED');
  });

  it('says which line, and that line endings were converted', () => {
    expect(failure(() => parseHeader(Buffer.from(`${version}-> a\nAB\n${mac}`)))?.message).toContain('header line 3');
    const converted = Buffer.from(`${version}-> a\n\n${mac}`.replaceAll('\n', '\r\n'));
    expect(failure(() => parseHeader(converted))?.message).toContain('line endings');
  });
});

describe('bounds', () => {
  const many = (n: number) => Array.from({ length: n }, () => ({ args: ['X'], body: new Uint8Array(32) }));

  it('reads as many stanzas as it writes, and not one more', () => {
    const bytes = formatHeader(many(headerLimits.stanzas), newFileKey());
    expect(parseHeader(bytes).stanzas).toHaveLength(headerLimits.stanzas);
    expect(failure(() => formatHeader(many(headerLimits.stanzas + 1), newFileKey()))?.code).toBe(
      'ERR_BLACKBOX_TOO_MANY_RECIPIENTS',
    );
    const hostile = version + '-> X\n\n'.repeat(headerLimits.stanzas + 1) + mac;
    expect(failure(() => parseHeader(Buffer.from(hostile)))?.message).toContain(`more than ${headerLimits.stanzas}`);
  });

  it('refuses a body and a header that are too large', () => {
    const body = Buffer.alloc(headerLimits.body + 1)
      .toString('base64')
      .replace(/=+$/, '')
      .replace(/.{64}/g, '$&\n');
    expect(failure(() => parseHeader(Buffer.from(`${version}-> a\n${body}\n${mac}`)))?.message).toContain('more than');
    expect(
      failure(() => formatHeader([{ args: ['a'], body: Buffer.alloc(headerLimits.body + 1) }], newFileKey()))?.code,
    ).toBe('ERR_BLACKBOX_BUG');
    const wide = Array.from({ length: 40 }, () => ({ args: ['a'], body: Buffer.alloc(headerLimits.body) }));
    expect(failure(() => formatHeader(wide, newFileKey()))?.code).toBe('ERR_BLACKBOX_TOO_MANY_RECIPIENTS');
  });

  it.each([
    ['a line without end', `${version}-> ${'a'.repeat(64 << 20)}`],
    ['stanzas without end', version + '-> a\n\n'.repeat(8 << 20)],
    ['body lines without end', `${version}-> a\n${`${'A'.repeat(64)}\n`.repeat(1 << 20)}`],
    ['arguments without end', `${version}->${' a'.repeat(32 << 20)}`],
  ])('%s is refused after two mebibytes', (_what, text) => {
    const error = failure(() => parseHeader(Buffer.from(text, 'latin1')));
    expect(error?.code).toBe('ERR_BLACKBOX_DAMAGED');
    expect(error?.message).toContain('no end within');
  });

  it('takes a line as long as the header may be without running out of stack', () => {
    const args = Array.from({ length: 500_000 }, () => 'a');
    expect(parseHeader(formatHeader([{ args, body: Buffer.alloc(0) }], newFileKey())).stanzas[0]?.args).toEqual(args);
  });

  it.each([[[]], [['a b']], [['']], [['a\n']], [['ä']]])('never writes the arguments %j', (args) => {
    expect(failure(() => formatHeader([{ args, body: Buffer.alloc(0) }], newFileKey()))?.code).toBe('ERR_BLACKBOX_BUG');
  });
});
