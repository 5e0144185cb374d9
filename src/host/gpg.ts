/** The user's own gpg: which secret keys it holds, what it makes of a message, and what it signs. It never encrypts, and never fetches. */
import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cancelled, cleaned, gpgFailed } from './errors.js';
import { type Ran, run, userEnv } from './processes.js';
import { isTerminal } from './terminal/streams.js';
import type { Env, Gpg } from './types.js';

/** A file key has 16 bytes; what older tools encrypted with gpg, whole files of secrets, fits as well. A message may expand to far more. */
const plaintextLimit = 64 * 1024 * 1024;
/** Thousands of keys. */
const listLimit = 16 * 1024 * 1024;
/** Far more than the largest key makes. */
const signatureLimit = 64 * 1024;

/** Nobody is looked up on the network because of what a message says; a signature in it means nothing to us. */
const offline = ['--no-auto-key-retrieve', '--no-auto-key-locate', '--disable-dirmngr', '--skip-verify'];

export function nodeGpg(env: Env, home: string): Gpg {
  let held: ReadonlySet<string> | undefined;
  return {
    secretFingerprints: () => {
      held ??= hasKeyring(env, home) ? listSecretKeys(env) : new Set();
      return held;
    },
    decrypt: (message) => decrypt(env, message),
    sign: (message, fingerprint) => sign(env, message, fingerprint),
  };
}

// Who has no GnuPG folder has no key, and should not get such a folder (gpg would make it) because of a question.
function hasKeyring(env: Env, home: string): boolean {
  if (process.platform === 'win32') return true;
  return statSync(env.GNUPGHOME || join(home, '.gnupg'), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Some systems call version 2 `gpg2`. null when there is neither. */
function runGpg(env: Env, args: readonly string[], input: Uint8Array, limit: number): Ran | null {
  for (const program of ['gpg', 'gpg2']) {
    const stdio: ('pipe' | 'ignore')[] = ['pipe', 'pipe', 'pipe', 'pipe'];
    const ran = run(program, ['--batch', '--no-tty', ...args], { env: gpgEnv(env), input, limit, stdio });
    if (ran.failure !== 'ENOENT') return ran;
  }
  return null;
}

// Words in English for the error; the character set stays the user's, or pinentry garbles what is typed.
function gpgEnv(env: Env): Env {
  const ctype = env.LC_ALL || env.LC_CTYPE || env.LANG;
  const words = { LC_ALL: undefined, LC_MESSAGES: 'C', LANGUAGE: 'C', LC_CTYPE: ctype };
  return userEnv(env, { ...words, GPG_TTY: env.GPG_TTY || terminalName() });
}

// gpg(1): GPG_TTY must name the terminal on which pinentry may ask; it cannot be told from a pipe.
function terminalName(): string | undefined {
  const fd = [0, 2, 1].find(isTerminal);
  if (fd === undefined) return undefined;
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '/dev/tty';
  }
}

function listSecretKeys(env: Env): ReadonlySet<string> {
  const ran = runGpg(env, ['--with-colons', '--fixed-list-mode', '--list-secret-keys'], Buffer.alloc(0), listLimit);
  if (ran === null) return new Set();
  const held = parseSecretKeys(ran.stdout.toString('latin1'));
  if (held.size === 0 && ran.status !== 0) throw gpgFailed(failureOf(ran));
  return held;
}

/**
 * GnuPG, doc/DETAILS: records are lines, fields are separated by colons. `sec` and `ssb` begin a key, field 15 is `#` when the secret part is
 * not there; `fpr` follows with the fingerprint in field 10. A primary key kept offline counts when one of its subkeys is there.
 */
export function parseSecretKeys(listing: string): Set<string> {
  const held = new Set<string>();
  let primary = '';
  let record = '';
  let present = false;
  for (const line of listing.split('\n')) {
    const fields = line.split(':');
    const [kind = ''] = fields;
    if (kind === 'sec' || kind === 'ssb') {
      record = kind;
      present = fields[14] !== '#';
    }
    if (kind !== 'fpr' || record === '') continue;
    const fingerprint = (fields[9] ?? '').toUpperCase();
    if (record === 'sec') primary = fingerprint;
    if (present) held.add(fingerprint).add(primary);
    record = '';
  }
  return held;
}

function decrypt(env: Env, message: Uint8Array): Buffer {
  // Not --quiet: with it, gpg keeps the reason of a failure to itself.
  const args = [...offline, '--status-fd', '3', '--max-output', String(plaintextLimit), '--decrypt'];
  const ran = runGpg(env, args, message, plaintextLimit);
  if (ran === null) throw notFound();
  if (ran.status === 0 && ran.failure === '' && /^\[GNUPG:\] DECRYPTION_OKAY/m.test(ran.extra)) return ran.stdout;
  ran.stdout.fill(0);
  throw failed(ran, /^\[GNUPG:\] ERROR pkdecrypt_failed (\d+)/m);
}

function notFound(): Error {
  return gpgFailed('the program was not found', ['install GnuPG, or put gpg on the PATH']);
}

/** What a gpg.conf may ask for otherwise, and no verifier wants: armor, an end, a hash of yesterday. */
const plainSignature = [
  '--no-armor',
  '--no-textmode',
  '--no-ask-sig-expire',
  '--default-sig-expire',
  '0',
  '--personal-digest-preferences',
  'SHA512 SHA384 SHA256',
];

function sign(env: Env, message: Uint8Array, fingerprint: string): Buffer {
  // It becomes an argument; "!" means this key or subkey and no other that gpg may think better.
  if (!/^[0-9A-F]{40}([0-9A-F]{24})?$/.test(fingerprint)) throw new TypeError('not a fingerprint');
  const args = ['--disable-dirmngr', '--status-fd', '3', ...plainSignature, '--local-user', `${fingerprint}!`];
  const ran = runGpg(env, [...args, '--detach-sign'], message, signatureLimit);
  if (ran === null) throw notFound();
  if (ran.status === 0 && ran.failure === '' && /^\[GNUPG:\] SIG_CREATED D /m.test(ran.extra)) return ran.stdout;
  throw failed(ran, /^\[GNUPG:\] FAILURE sign (\d+)/m);
}

/** libgpg-error, err-codes.h: the lower 16 bits of a code are what happened, the upper ones who says so. */
const reasons: Readonly<Record<number, string>> = {
  11: 'the passphrase is wrong',
  17: 'it holds no secret key for this',
  62: 'nobody answered the question for the passphrase in time',
  77: 'its agent is not running',
  78: 'its agent failed',
  85: 'there is no pinentry program to ask for the passphrase with',
  86: 'its pinentry program failed',
  87: 'the PIN is wrong',
  91: 'another smartcard is inserted',
  108: 'the smartcard failed',
  110: 'the smartcard was removed',
  112: 'the smartcard is not inserted',
  119: 'its smartcard daemon is not running',
  130: 'the PIN of the smartcard is blocked',
};
const cancelledCodes = new Set([99, 114, 198]);

/** @param pattern finds the error code among the status lines */
function failed(ran: Ran, pattern: RegExp): Error {
  const code = Number(pattern.exec(ran.extra)?.[1] ?? 0) & 0xffff;
  if (cancelledCodes.has(code) || ran.signal === 'SIGINT') return cancelled('the question for the passphrase');
  if (code in reasons) return gpgFailed(reasons[code] ?? '', hintsFor(code));
  if (/^\[GNUPG:\] NODATA/m.test(ran.extra)) return gpgFailed('this is no OpenPGP message');
  return gpgFailed(failureOf(ran));
}

function hintsFor(code: number): string[] {
  const askable = [62, 77, 78, 85, 86].includes(code);
  return askable
    ? ['in a terminal, run: export GPG_TTY=$(tty)', 'restart the agent with: gpgconf --kill gpg-agent']
    : [];
}

// `gpg: decryption failed: No secret key`. Lines before the last one tell of keys that were tried.
function failureOf(ran: Ran): string {
  if (ran.failure !== '') return ran.failure === 'ENOBUFS' ? 'the message is larger than is read' : ran.failure;
  if (ran.signal !== null) return `ended by ${ran.signal}`;
  const lines = ran.stderr.split('\n').filter((line) => line.startsWith('gpg: '));
  const line = lines.find((text) => /failed|Fatal|error/.test(text)) ?? lines.at(-1) ?? 'it gave no reason';
  return cleaned(line.replace(/^gpg: /, ''));
}
