import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeGpg, parseSecretKeys } from '../../src/host/gpg.js';
import { lacks } from '../harness/programs.js';
import { cleanEnv, failure, temporaryFolder } from './fixture.js';

describe('parseSecretKeys', () => {
  const sec = (presence: string) => `sec:u:255:22:AAAA:1:::u:::scESC:::${presence}::ed25519:::0:`;
  const ssb = (presence: string) => `ssb:u:255:18:BBBB:1::::::e:::${presence}::cv25519::`;
  const fpr = (digit: string) => `fpr:::::::::${digit.repeat(40)}:`;
  const [a, b] = ['a'.repeat(40).toUpperCase(), 'B'.repeat(40)];

  it('takes keys that are there, on a card, or offline with a subkey at hand', () => {
    expect(parseSecretKeys([sec('+'), fpr('a'), 'grp:::::::::C:', ssb('+'), fpr('B')].join('\n'))).toEqual(
      new Set([a, b]),
    );
    expect(parseSecretKeys([sec('#'), fpr('a'), ssb('D2760001240102'), fpr('B')].join('\n'))).toEqual(new Set([a, b]));
    expect(parseSecretKeys([sec('+'), fpr('a'), ssb('#'), fpr('B')].join('\n'))).toEqual(new Set([a]));
    expect(parseSecretKeys([sec('#'), fpr('a'), ssb('#'), fpr('B')].join('\n'))).toEqual(new Set());
    expect(parseSecretKeys('')).toEqual(new Set());
  });
});

describe('without gpg or a keyring', () => {
  it('there are no keys, nothing is made, and decrypting says what to install', async () => {
    const env = cleanEnv();
    expect(nodeGpg(env, env.HOME ?? '').secretFingerprints()).toEqual(new Set());
    expect(readdirSync(env.HOME ?? '')).toEqual([]);
    mkdirSync(join(env.HOME ?? '', '.gnupg'));
    const gpg = nodeGpg({ ...env, PATH: temporaryFolder() }, env.HOME ?? '');
    expect(gpg.secretFingerprints()).toEqual(new Set());
    const error = await failure(() => gpg.decrypt(Buffer.from('x')));
    expect([error.code, error.hints.join()]).toEqual([
      'ERR_BLACKBOX_GPG_FAILED',
      expect.stringContaining('install GnuPG'),
    ]);
  });
});

describe.skipIf(lacks('gpg'))('with the real gpg', () => {
  // The path of the agent's socket may have 107 bytes, so the folder is right below /tmp.
  const home = mkdtempSync('/tmp/bbg-');
  const env: Record<string, string> = { ...cleanEnv(), GNUPGHOME: home };
  const run = (args: string[], input = '', extra = {}) =>
    execFileSync('gpg', ['--batch', '--quiet', ...args], {
      env: { ...env, ...extra },
      input,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  const homes = [home];
  let primary = '';
  let message = Buffer.alloc(0);

  beforeAll(() => {
    run(['--passphrase', '', '--quick-gen-key', 'Al <al@example.com>', 'ed25519', 'sign', 'never']);
    primary = fingerprints()[0] ?? '';
    run(['--passphrase', '', '--quick-add-key', primary, 'cv25519', 'encr', 'never']);
    message = run(['--trust-model', 'always', '--encrypt', '--recipient', primary], 'sixteen bytes!!!');
  });
  afterAll(() => {
    for (const folder of homes) {
      execFileSync('gpgconf', ['--kill', 'all'], { env: { ...env, GNUPGHOME: folder } });
      rmSync(folder, { recursive: true, force: true });
    }
  });

  function fingerprints(): string[] {
    const listing = run(['--with-colons', '--list-keys']).toString();
    return [...listing.matchAll(/^fpr:+([0-9A-F]+):/gm)].map(([, fingerprint = '']) => fingerprint);
  }

  function homeWithoutSecrets(): string {
    const other = mkdtempSync('/tmp/bbg-');
    homes.push(other);
    cpSync(join(home, 'pubring.kbx'), join(other, 'pubring.kbx'));
    return other;
  }

  /** A home whose secret key asks for a passphrase, through a pinentry that answers with these Assuan lines. */
  function homeWithPinentry(answer: string): { other: string; log: string } {
    const other = mkdtempSync('/tmp/bbg-');
    homes.push(other);
    const log = join(other, 'pinentry.log');
    const pinentry = join(other, 'pinentry');
    writeFileSync(
      pinentry,
      `#!/bin/sh\necho "OK hello"\nwhile read line; do echo "$line" >> ${log}\ncase "$line" in\nGETPIN*) ${answer};;\nBYE*) echo OK; exit;;\n*) echo OK;;\nesac; done\n`,
    );
    chmodSync(pinentry, 0o755);
    writeFileSync(join(other, 'gpg-agent.conf'), `pinentry-program ${pinentry}\n`);
    const at = { GNUPGHOME: other };
    run(
      [
        '--pinentry-mode',
        'loopback',
        '--passphrase',
        'pass word',
        '--quick-gen-key',
        'Bo <bo@example.com>',
        'future-default',
        'default',
        'never',
      ],
      '',
      at,
    );
    execFileSync('gpgconf', ['--kill', 'gpg-agent'], { env: { ...env, ...at } });
    return { other, log };
  }

  it('knows the fingerprints of primary keys and subkeys, asking once', () => {
    const gpg = nodeGpg(env, '/nowhere');
    expect(gpg.secretFingerprints()).toEqual(new Set(fingerprints()));
    expect(gpg.secretFingerprints()).toBe(gpg.secretFingerprints());
    expect(fingerprints()).toHaveLength(2);
  });

  it('finds the keyring in the home folder', () => {
    const folder = temporaryFolder();
    cpSync(home, join(folder, '.gnupg'), { recursive: true, filter: (name) => !/\/S\./.test(name) });
    homes.push(join(folder, '.gnupg'));
    expect(nodeGpg({ ...cleanEnv(folder) }, folder).secretFingerprints().size).toBe(2);
  });

  it('decrypts, also what is signed by somebody unknown', () => {
    expect(nodeGpg(env, '').decrypt(message).toString()).toBe('sixteen bytes!!!');
    const stranger = mkdtempSync('/tmp/bbg-');
    homes.push(stranger);
    const at = { GNUPGHOME: stranger };
    run(['--passphrase', '', '--quick-gen-key', 'Eve <eve@example.com>', 'ed25519', 'sign', 'never'], '', at);
    run(['--import'], run(['--armor', '--export', primary]).toString(), at);
    const signed = run(['--trust-model', 'always', '--sign', '--encrypt', '--recipient', primary], 'signed', at);
    expect(nodeGpg(env, '').decrypt(signed).toString()).toBe('signed');
  });

  it("says so when the key is somebody else's", async () => {
    const gpg = nodeGpg({ ...env, GNUPGHOME: homeWithoutSecrets() }, '');
    expect(gpg.secretFingerprints()).toEqual(new Set());
    const error = await failure(() => gpg.decrypt(message));
    expect(error.code).toBe('ERR_BLACKBOX_GPG_FAILED');
    expect(error.message).toMatch(/no secret key/i);
  });

  it('says so when the message is damaged, none, or not encrypted', async () => {
    const gpg = nodeGpg(env, '');
    const flipped = Buffer.from(message);
    flipped[flipped.length - 5] = (flipped.at(-5) ?? 0) ^ 1;
    const plain = run(['--store'], 'not encrypted');
    for (const bad of [flipped, message.subarray(0, -30), Buffer.from('junk'), Buffer.alloc(0), plain]) {
      const error = await failure(() => gpg.decrypt(bad));
      expect(error.code).toBe('ERR_BLACKBOX_GPG_FAILED');
      expect(error.message).toMatch(/^gpg: \S/);
      expect(error.message).not.toContain('sixteen');
    }
  });

  it('does not swallow a message that expands without end', async () => {
    const bomb = run(['--trust-model', 'always', '--encrypt', '--recipient', primary], '\0'.repeat(70 << 20));
    expect(bomb.length).toBeLessThan(1 << 20);
    expect((await failure(() => nodeGpg(env, '').decrypt(bomb))).code).toBe('ERR_BLACKBOX_GPG_FAILED');
  });

  it('passes the passphrase question on, and understands a wrong answer, a cancel and a missing pinentry', async () => {
    const { other, log } = homeWithPinentry('echo "D pass word"; echo OK');
    const own = { ...env, GNUPGHOME: other };
    const locked = execFileSync(
      'gpg',
      ['--batch', '--quiet', '--trust-model', 'always', '--encrypt', '--recipient', 'bo@example.com'],
      {
        env: own,
        input: 'for Bo',
      },
    );
    expect(
      nodeGpg({ ...own, GPG_TTY: '/dev/pts/9999' }, '')
        .decrypt(locked)
        .toString(),
    ).toBe('for Bo');
    expect(readFileSync(log, 'utf8')).toContain('OPTION ttyname=/dev/pts/9999');
    const answers: [string, string, RegExp][] = [
      ['echo "ERR 83886179 Operation cancelled <Pinentry>"', 'ERR_BLACKBOX_CANCELLED', /cancelled/],
      ['echo "D wrong"; echo OK', 'ERR_BLACKBOX_GPG_FAILED', /passphrase is wrong/],
    ];
    for (const [answer, code, words] of answers) {
      const pinentry = join(other, 'pinentry');
      writeFileSync(pinentry, readFileSync(pinentry, 'utf8').replace(/GETPIN\*\) .*;;/, `GETPIN*) ${answer};;`));
      execFileSync('gpgconf', ['--kill', 'gpg-agent'], { env: own });
      const error = await failure(() => nodeGpg(own, '').decrypt(locked));
      expect([error.code, error.message]).toEqual([code, expect.stringMatching(words)]);
    }
    rmSync(join(other, 'pinentry'));
    execFileSync('gpgconf', ['--kill', 'gpg-agent'], { env: own });
    const error = await failure(() => nodeGpg(own, '').decrypt(locked));
    expect([error.code, error.hints.join()]).toEqual(['ERR_BLACKBOX_GPG_FAILED', expect.stringContaining('GPG_TTY')]);
  });

  it('keeps identities in the environment from gpg, and everything from its arguments', () => {
    const folder = temporaryFolder();
    const log = join(folder, 'log');
    writeFileSync(
      join(folder, 'gpg'),
      `#!/bin/sh\n{ env; echo "args: $@"; } > ${log}\nprintf '[GNUPG:] DECRYPTION_OKAY\\n' >&3\ncat\n`,
    );
    chmodSync(join(folder, 'gpg'), 0o755);
    const spied = nodeGpg(
      { ...env, PATH: `${folder}:${env.PATH}`, BLACKBOX_IDENTITY: 'AGE-SECRET', SOPS_AGE_KEY: 'AGE-SECRET' },
      '',
    );
    expect(spied.decrypt(Buffer.from('the message')).toString()).toBe('the message');
    const told = readFileSync(log, 'utf8');
    expect(told).not.toMatch(/AGE-SECRET|the message/);
    expect(told).toMatch(/args: .*--no-auto-key-retrieve --no-auto-key-locate --disable-dirmngr/);
    expect(existsSync(join(home, 'S.dirmngr'))).toBe(false);
  });
});
