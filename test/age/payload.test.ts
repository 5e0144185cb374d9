import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newFileKey } from '../../src/age/filekey.js';
import { isPayloadLength, openPayload, payloadLength, sealPayload } from '../../src/age/payload.js';
import { failure } from './failure.js';

const chunk = 65_536;
const sealedChunk = chunk + 16;
const edges = [0, 1, 15, 16, 17, chunk - 1, chunk, chunk + 1, 2 * chunk - 1, 2 * chunk, 2 * chunk + 1, 3 * chunk];
const size = fc.oneof(fc.constantFrom(...edges), fc.nat(200_000));

/** Bytes that differ everywhere, so that a chunk in the wrong place is seen. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
  return bytes;
}

/** Cuts bytes at the given places, empty pieces included. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

const seal = (key: Buffer, plaintext: Buffer) => Buffer.concat([...sealPayload(key, [plaintext])]);
const open = (key: Buffer, sealed: Buffer) => Buffer.concat([...openPayload(key, [sealed])]);

describe('a payload', () => {
  it.each(edges)('of %i bytes opens, and has the length that was foretold', (length) => {
    const [key, plaintext] = [newFileKey(), pattern(length)];
    const sealed = seal(key, plaintext);
    expect(open(key, sealed).equals(plaintext)).toBe(true);
    expect(sealed).toHaveLength(payloadLength(length));
    expect(isPayloadLength(sealed.length)).toBe(true);
  });

  it('does not depend on how it is cut into pieces', () => {
    fc.assert(
      fc.property(
        size,
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (length, a, b) => {
          const [key, plaintext] = [newFileKey(), pattern(length)];
          const sealed = Buffer.concat([...sealPayload(key, pieces(plaintext, a))]);
          const opened = Buffer.concat([...openPayload(key, pieces(sealed, b))]);
          expect(opened.equals(plaintext)).toBe(true);
        },
      ),
    );
  });

  it('may come byte by byte, in a buffer that is used again and again', () => {
    const [key, plaintext] = [newFileKey(), pattern(chunk + 3)];
    function* bytewise(bytes: Buffer): Generator<Uint8Array> {
      const one = new Uint8Array(1);
      for (const byte of bytes) {
        one[0] = byte;
        yield one;
      }
    }
    const sealed = Buffer.concat([...sealPayload(key, bytewise(plaintext))]);
    expect(Buffer.concat([...openPayload(key, bytewise(sealed))]).equals(plaintext)).toBe(true);
  });

  it('never looks the same twice', () => {
    const [key, plaintext] = [newFileKey(), pattern(100)];
    expect(seal(key, plaintext).equals(seal(key, plaintext))).toBe(false);
  });

  it('tells impossible lengths without a key', () => {
    for (const length of [0, 15, 16, 31, 33 + sealedChunk - 16 - 1, 16 + sealedChunk + 1, 16 + sealedChunk + 16]) {
      const possible = length === 33 + sealedChunk - 16 - 1;
      expect([length, isPayloadLength(length)]).toEqual([length, possible]);
    }
  });
});

describe('a payload that is not as it was written', () => {
  it('never opens with any bit flipped, and gives only what precedes it', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(7), (length, at, bit) => {
        const [key, plaintext] = [newFileKey(), pattern(length)];
        const sealed = seal(key, plaintext);
        const place = at % sealed.length;
        sealed.writeUInt8(sealed.readUInt8(place) ^ (1 << bit), place);
        const released = expectDamage(key, sealed);
        expect(plaintext.subarray(0, released.length).equals(released)).toBe(true);
        expect(released.length).toBeLessThanOrEqual(Math.max(0, place - 16));
      }),
    );
  });

  it('never opens cut off anywhere, or with anything after it', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 40 }), (length, at, extra) => {
        const [key, plaintext] = [newFileKey(), pattern(length)];
        const sealed = seal(key, plaintext);
        for (const changed of [sealed.subarray(0, at % sealed.length), Buffer.concat([sealed, extra])]) {
          const released = expectDamage(key, changed);
          expect(plaintext.subarray(0, released.length).equals(released)).toBe(true);
        }
      }),
    );
  });

  it('never opens with its chunks dropped, doubled or in another order', () => {
    const [key, plaintext] = [newFileKey(), pattern(3 * chunk)];
    const sealed = seal(key, plaintext);
    const nonce = sealed.subarray(0, 16);
    const [a, b, c] = [0, 1, 2].map((i) => sealed.subarray(16 + i * sealedChunk, 16 + (i + 1) * sealedChunk));
    if (!a || !b || !c) throw new Error('three chunks');
    for (const order of [[b, a, c], [a, c], [c], [a, a, b, c], [a, b], [a, b, c, c], [a, b, c, a]]) {
      expectDamage(key, Buffer.concat([nonce, ...order]));
    }
  });

  it('never opens with another key', () => {
    expect(expectDamage(newFileKey(), seal(newFileKey(), pattern(10)))).toHaveLength(0);
  });

  it.each([
    ['no nonce', 0, 'cut off before its first chunk'],
    ['half a nonce', 8, 'cut off before its first chunk'],
    ['no chunk', 16, 'cut off before its first chunk'],
    ['half a tag', 24, 'payload chunk 1: it was altered or cut off'],
    ['a chunk less', 16 + sealedChunk, 'payload chunk 1: the payload is cut off after it'],
    ['a chunk and a bit', 16 + sealedChunk + 5, 'payload chunk 2: it was altered or cut off'],
  ])('says where: %s', (_what, length, sentence) => {
    const key = newFileKey();
    const sealed = seal(key, pattern(2 * chunk)).subarray(0, length);
    expect(failure(() => open(key, sealed))?.message).toContain(sentence);
  });

  it('says that something was appended', () => {
    const key = newFileKey();
    const sealed = Buffer.concat([seal(key, pattern(chunk)), Buffer.of(1)]);
    expect(failure(() => open(key, sealed))?.message).toContain('payload chunk 1: data was appended after it');
  });
});

/** What is released before the damage is found. */
function expectDamage(key: Buffer, sealed: Buffer): Buffer {
  const released: Buffer[] = [];
  const error = failure(() => {
    for (const piece of openPayload(key, [sealed])) released.push(piece);
  });
  expect(error?.code).toBe('ERR_BLACKBOX_DAMAGED');
  return Buffer.concat(released);
}

describe('streaming', () => {
  const total = 256 << 20;

  function* source(onPull: (bytes: number) => void): Generator<Uint8Array> {
    for (let at = 0; at < total; at += 1 << 20) {
      onPull(1 << 20);
      yield Buffer.alloc(1 << 20, at >> 20);
    }
  }

  it('takes no more of its input than it needs for the next chunk', () => {
    let [pulled, out, ahead] = [0, 0, 0];
    for (const piece of openPayload(
      key,
      sealPayload(
        key,
        source((bytes) => (pulled += bytes)),
      ),
    )) {
      out += piece.length;
      ahead = Math.max(ahead, pulled - out);
    }
    expect([pulled, out]).toEqual([total, total]);
    expect(ahead).toBeLessThanOrEqual((1 << 20) + 2 * chunk);
  });

  it('holds no more of 256 MiB at the end than at the start', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const held: number[] = [];
    let chunks = 0;
    for (const _piece of openPayload(
      key,
      sealPayload(
        key,
        source(() => {}),
      ),
    )) {
      if (chunks++ % 256 !== 0) continue;
      // What the first finds dead, newer V8 gives back beside the program; the second waits for that.
      collect();
      collect();
      held.push(process.memoryUsage().arrayBuffers);
    }
    expect(held).toHaveLength(16);
    expect(Math.max(...held) - Math.min(...held)).toBeLessThan(48 << 20);
  });

  it('lets go of its input when nobody wants more', () => {
    let closed = false;
    function* endless(): Generator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(chunk);
      } finally {
        closed = true;
      }
    }
    for (const _piece of sealPayload(key, endless())) if (!closed) break;
    const sealing = sealPayload(key, endless());
    for (let i = 0; i < 3; i++) sealing.next();
    sealing.return(undefined);
    expect(closed).toBe(true);
  });

  const key = newFileKey();
});
