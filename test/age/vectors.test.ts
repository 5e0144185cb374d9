import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeArmor, encodeArmor, isArmored } from '../../src/age/armor.js';
import { formatHeader, parseHeader, verifyHeader } from '../../src/age/header.js';
import { openPayload, sealPayload } from '../../src/age/payload.js';
import { pqIdentity } from '../../src/age/pq.js';
import { scryptIdentity } from '../../src/age/scrypt.js';
import type { Identity } from '../../src/age/types.js';
import { unwrap, unwrapSync } from '../../src/age/wrap.js';
import { x25519Identity } from '../../src/age/x25519.js';
import { BlackboxError } from '../../src/errors.js';
import { type Vector, vectors } from './vectors.js';

type Step = 'armor' | 'header' | 'unwrap' | 'mac' | 'payload' | 'done';

interface Outcome {
  /** How far it came. */
  readonly step: Step;
  readonly error: unknown;
  readonly released: string;
  readonly releasedBytes: number;
}

/** Runs the whole way on a vector, noting the step that failed. */
async function run(vector: Vector): Promise<Outcome> {
  let step: Step = 'armor';
  const hash = createHash('sha256');
  let releasedBytes = 0;
  let error: unknown;
  try {
    const binary = vector.armored ? decodeArmor(vector.file) : vector.file;
    step = 'header';
    const header = parseHeader(binary);
    step = 'unwrap';
    const fileKey = await unwrap(header.stanzas, identitiesOf(vector));
    if (!fileKey) return { step, error: null, released: '', releasedBytes };
    step = 'mac';
    verifyHeader(header, fileKey);
    step = 'payload';
    for (const piece of openPayload(fileKey, [binary.subarray(header.length)])) {
      hash.update(piece);
      releasedBytes += piece.length;
    }
    step = 'done';
  } catch (caught) {
    error = caught;
  }
  return { step, error, released: hash.digest('hex'), releasedBytes };
}

function identitiesOf({ identities, passphrases }: Vector): Identity[] {
  const keys = identities.map((text) =>
    text.startsWith('AGE-SECRET-KEY-PQ-') ? pqIdentity(text) : x25519Identity(text),
  );
  return [...keys, ...passphrases.map(scryptIdentity)];
}

const isOfAge = (code: string) => (error: unknown) => error instanceof BlackboxError && error.code === code;

/** Where each expectation has to fail, and how. A malformed stanza is found by the identity that knows its kind, a missing nonce by the payload. */
const stepsOf: Record<Vector['expect'], readonly Step[]> = {
  success: ['done'],
  'no match': ['unwrap'],
  'HMAC failure': ['mac'],
  'header failure': ['header', 'unwrap', 'payload'],
  'payload failure': ['payload'],
  'armor failure': ['armor'],
};

const notAgeAtAll = ['empty', 'armor_empty', 'version_unsupported', 'armor_wrong_type'];
const headerFailuresInPayload = ['stream_no_nonce', 'stream_short_nonce'];

describe('every CCTV vector', () => {
  it('is here: none was skipped', () => {
    expect(vectors).toHaveLength(143);
  });

  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (name, vector) => {
    const outcome = await run(vector);
    expect(stepsOf[vector.expect]).toContain(outcome.step);
    if (vector.expect === 'success') expect(outcome.error).toBeUndefined();
    else if (vector.expect === 'no match') expect(outcome.error).toBeNull();
    else if (notAgeAtAll.includes(name) && vector.expect === 'header failure') {
      expect(outcome.error).toSatisfy(isOfAge('ERR_BLACKBOX_NOT_AGE'));
    } else expect(outcome.error).toSatisfy(isOfAge('ERR_BLACKBOX_DAMAGED'));
    if (vector.expect === 'header failure' && outcome.step === 'payload')
      expect(headerFailuresInPayload).toContain(name);
    if (vector.payload !== undefined) expect(outcome.released).toBe(vector.payload);
    else expect(outcome.releasedBytes).toBe(0);
  });

  it.each(
    vectors
      .filter(({ identities }) => !identities.some((text) => text.includes('-PQ-')))
      .map((v) => [v.name, v] as const),
  )('%s synchronously gives the same file key', async (_name, vector) => {
    const outcome = await run(vector);
    if (outcome.step === 'armor' || outcome.step === 'header') return;
    const { stanzas } = parseHeader(vector.armored ? decodeArmor(vector.file) : vector.file);
    const attempt = () => unwrapSync(stanzas, identitiesOf(vector));
    if (outcome.step === 'unwrap' && outcome.error) expect(attempt).toThrow(BlackboxError);
    else if (outcome.step === 'unwrap') expect(attempt()).toBeNull();
    else expect(attempt()).toEqual(vector.fileKey);
  });
});

describe('round trips of the vectors', () => {
  const parsed = vectors.filter(({ expect: e }) => e !== 'header failure' && e !== 'armor failure');

  it.each(parsed.map((v) => [v.name, v] as const))('%s: its header is written as it was read', (_name, vector) => {
    const binary = vector.armored ? decodeArmor(vector.file) : vector.file;
    const header = parseHeader(binary);
    const again = formatHeader(header.stanzas, vector.fileKey ?? Buffer.alloc(16));
    const macAt = header.covered.length;
    expect(again.subarray(0, macAt)).toEqual(header.covered);
    if (vector.expect === 'success') expect(again).toEqual(binary.subarray(0, header.length));
  });

  it.each(vectors.filter((v) => v.armored && v.expect === 'success').map((v) => [v.name, v] as const))(
    '%s: its armor is written as it was read',
    (_name, vector) => {
      expect(isArmored(vector.file)).toBe(true);
      expect(encodeArmor(decodeArmor(vector.file))).toBe(
        `${vector.file.toString('latin1').trim().replaceAll('\r\n', '\n')}\n`,
      );
    },
  );

  it.each(vectors.filter((v) => v.expect === 'success' && !v.armored).map((v) => [v.name, v] as const))(
    '%s: its payload can be sealed again',
    (_name, { file, fileKey = Buffer.alloc(16), payload }) => {
      const plaintext = Buffer.concat([...openPayload(fileKey, [file.subarray(parseHeader(file).length)])]);
      const again = Buffer.concat([...openPayload(fileKey, sealPayload(fileKey, [plaintext]))]);
      expect(createHash('sha256').update(again).digest('hex')).toBe(payload);
    },
  );
});
