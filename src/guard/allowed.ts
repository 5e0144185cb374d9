/**
 * What the team has looked at and calls no secret: `.blackbox/allowed`, a line each, merged by union. A line names the rule and a digest of
 * the secret, not a place: it stays true when files are moved, and goes for this one text only. Registered paths and known values cannot be allowed.
 */
import { createRequire } from 'node:module';
import { allowedDamaged } from './errors.js';

const require = createRequire(import.meta.url);

export const allowedFile = '.blackbox/allowed';
/** A line for each false alarm of a large team's years. */
export const largestAllowed = 1 << 20;

export interface Allowance {
  /** `<rule>:<digest>` */
  readonly id: string;
  /** The last day on which it counts, `YYYY-MM-DD`; null for ever. */
  readonly until: string | null;
  readonly reason: string;
}

/** 2 MiB and about 5 ms a guess (RFC 7914): who has the file only, and not the history, does not find out what was allowed. */
const cost = { N: 1 << 11, r: 8, p: 1 };
const digestBytes = 10;
/** Beyond, findings are many, nobody allows them one by one, and ids would take longer than the search. */
const mostIds = 300;

/** Computes ids; the same secret once. Null when there are too many, and none of them needs to be known. */
export type Identify = (rule: string, secret: Uint8Array) => string | null;

/** @param salt the vault's id: what is allowed in one vault tells nothing of another */
export function identifier(salt: string, limit = mostIds): Identify {
  const seen = new Map<string, string>();
  return (rule, secret) => {
    const key = `${rule} ${Buffer.from(secret).toString('latin1')}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    if (seen.size >= limit) return null;
    const { scryptSync } = require('node:crypto') as typeof import('node:crypto');
    const id = `${rule}:${scryptSync(secret, `${salt} ${rule}`, digestBytes, cost).toString('hex')}`;
    seen.set(key, id);
    return id;
  };
}

export const isAllowanceId = (text: string) => /^[a-z0-9-]{2,60}:[0-9a-f]{20}$/.test(text);

const day = /^\d{4}-\d{2}-\d{2}$/;
export function isDay(text: string): boolean {
  const time = day.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** @throws ERR_BLACKBOX_VAULT_DAMAGED for a line that is none: what was meant to be allowed, or not, cannot be guessed */
export function parseAllowed(text: string): Allowance[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line === '' || line.startsWith('#')) return [];
    const [id = '', until = '', reason = ''] = line.split('\t');
    if (!isAllowanceId(id) || !(until === '-' || isDay(until)) || reason === '') throw allowedDamaged(i + 1);
    return [{ id, until: until === '-' ? null : until, reason }];
  });
}

const head = '# What `blackbox-ts guard allow` was told is no secret: rule and digest, last day or -, reason.\n';

/** Sorted, so that two branches seldom add at the same place. */
export function formatAllowed(allowances: readonly Allowance[]): string {
  const lines = allowances.map(({ id, until, reason }) => `${id}\t${until ?? '-'}\t${reason}\n`);
  return head + [...new Set(lines)].sort().join('');
}

/** The ids that count on `today`. Of several lines for one, the one that lasts longest. */
export function allowedOn(allowances: readonly Allowance[], today: string): ReadonlySet<string> {
  return new Set(allowances.filter(({ until }) => until === null || until >= today).map(({ id }) => id));
}
