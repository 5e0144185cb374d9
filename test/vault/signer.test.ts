/** With which key the user signs: keys of every kind, who may, and in which order they are looked for. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  encodeArmor,
  encryptSync,
  formatPublicKey,
  generateIdentity,
  generatePqIdentity,
  loadPqIdentity,
  parseIdentityFile,
  parseRecipientFile,
  type Signer,
  verifySignature,
} from '../../src/age/index.js';
import { nodeFiles } from '../../src/host/files.js';
import { nodeGpg } from '../../src/host/gpg.js';
import { sshSign } from '../../src/host/ssh.js';
import { formatStatement, parseStatement, type Role } from '../../src/trust/statement.js';
import {
  apply,
  findVault,
  foundingStatement,
  type Keyring,
  type KeyringOptions,
  keyEntries,
  locate,
  openKeyring,
  openSealed,
  ownSigning,
  type Person,
  plan,
  planInit,
  readRoster,
  type VaultHost,
} from '../../src/vault/index.js';
import { readStatements } from '../../src/vault/statements.js';
import { lacks } from '../harness/programs.js';
import { draftOf } from './signed.js';
import { at, codeOf, hostAt, newPerson, newPlace, type Place } from './world.js';

const noSsh = lacks('ssh-keygen');
const noGpg = lacks('gpg');
// The path of the agent's socket may have 107 bytes, so the folder is right below /tmp.
const folder = mkdtempSync('/tmp/bbs-');
const gpgHome = join(folder, 'gpg');
const message = Buffer.from('a message');

const gpg = (...args: string[]) =>
  execFileSync('gpg', ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], {
    env: { PATH: process.env.PATH, HOME: folder, GNUPGHOME: gpgHome },
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();

/** A key as its owner has it: what they give away, and where a program finds the private half. */
interface Owned {
  readonly publicText: string;
  readonly host: (host: VaultHost) => VaultHost;
  readonly options?: KeyringOptions;
}

const inFile =
  (text: string): Owned['host'] =>
  (host) => {
    const file = join(host.home, 'key');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return { ...host, env: { ...host.env, BLACKBOX_IDENTITY_FILE: file } };
  };

function sshKey(type: 'ed25519' | 'rsa', passphrase: string): { text: string; publicText: string; file: string } {
  const file = join(mkdtempSync(join(folder, 'ssh-')), `id_${type}`);
  const bits = type === 'rsa' ? ['-b', '2048'] : [];
  execFileSync('ssh-keygen', ['-q', '-t', type, ...bits, '-a', '4', '-N', passphrase, '-C', 'x', '-f', file]);
  return { text: readFileSync(file, 'utf8'), publicText: readFileSync(`${file}.pub`, 'utf8'), file };
}

const withGpg = (home: string) => (host: VaultHost) => ({
  ...host,
  gpg: nodeGpg({ ...host.env, GNUPGHOME: home }, host.home),
});

let agent: { socket: string; pid: number } | null = null;
/** The user's ssh-agent, with this key in it and nowhere else. */
function inAgent(file: string): Owned['host'] {
  if (agent === null) {
    const socket = join(folder, 'agent');
    const said = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' });
    agent = { socket, pid: Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]) };
  }
  const { socket } = agent;
  execFileSync('ssh-add', ['-q', file], { env: { PATH: process.env.PATH, SSH_AUTH_SOCK: socket }, stdio: 'pipe' });
  rmSync(file);
  return (host) => {
    const env = { ...host.env, SSH_AUTH_SOCK: socket };
    return { ...host, env, sshSign: (key, bytes) => sshSign(key, bytes, env, nodeFiles(env)) };
  };
}

const kinds: Record<string, { missing?: boolean; make: () => Owned | Promise<Owned> }> = {
  'age, X25519': {
    make: () => {
      const { identity, publicText } = newPerson('x');
      return { publicText, host: inFile(identity) };
    },
  },
  'age, behind a passphrase': {
    make: () => {
      const { identity, publicText } = newPerson('x');
      const locked = encodeArmor(encryptSync(Buffer.from(identity), { passphrase: 'open sesame', workFactor: 8 }));
      return { publicText, host: inFile(locked), options: { askPassphrase: () => 'open sesame' } };
    },
  },
  'age, post-quantum': {
    make: async () => {
      const { identity } = await generatePqIdentity();
      return { publicText: formatPublicKey(await loadPqIdentity(identity)), host: inFile(identity) };
    },
  },
  'SSH, Ed25519': {
    missing: noSsh,
    make: () => {
      const { text, publicText } = sshKey('ed25519', '');
      return { publicText, host: inFile(text) };
    },
  },
  'SSH, RSA': {
    missing: noSsh,
    make: () => {
      const { text, publicText } = sshKey('rsa', '');
      return { publicText, host: inFile(text) };
    },
  },
  'SSH, behind a passphrase': {
    missing: noSsh,
    make: () => {
      const { text, publicText } = sshKey('ed25519', 'open sesame');
      return { publicText, host: inFile(text), options: { askPassphrase: () => 'open sesame' } };
    },
  },
  'OpenPGP, exported': {
    missing: noGpg,
    make: () => {
      gpg('--quick-generate-key', 'exported <e@example.com>', 'future-default', 'default', 'never');
      const publicText = gpg('--armor', '--export', 'exported');
      return { publicText, host: inFile(gpg('--armor', '--export-secret-keys', 'exported')) };
    },
  },
  'OpenPGP, in gpg': {
    missing: noGpg,
    make: () => {
      gpg('--quick-generate-key', 'held <h@example.com>', 'future-default', 'default', 'never');
      return { publicText: gpg('--armor', '--export', 'held'), host: withGpg(gpgHome) };
    },
  },
};

beforeAll(() => mkdirSync(gpgHome, { mode: 0o700 }));
afterAll(() => {
  if (existsSync(join(gpgHome, 'private-keys-v1.d'))) {
    spawnSync('gpgconf', ['--kill', 'all'], { env: { PATH: process.env.PATH, HOME: folder, GNUPGHOME: gpgHome } });
  }
  if (agent !== null) process.kill(agent.pid);
  rmSync(folder, { recursive: true, force: true });
});

function person(name: string, publicText: string, role: Role = 'admin'): Person {
  const keys = keyEntries(publicText).map((key) => ({ ...key, from: '' }));
  return { name, role, groups: [], recipients: parseRecipientFile(publicText), keys };
}

const blockOf = ({ keys }: Person) => keys.find((k) => k.block !== null)?.block ?? undefined;
const isSignedBy = async (who: Person, { key, sign }: Signer): Promise<boolean> =>
  verifySignature(key, message, await sign(message), () => blockOf(who));
/** A keyring that must not be asked for anything. */
const asking = (host: VaultHost, asked: string[]) =>
  openKeyring(host, {
    askPassphrase: (what) => {
      asked.push(what);
      return 'open sesame';
    },
  });

describe.each(Object.entries(kinds))('%s', (_, { missing = false, make }) => {
  let owned: Owned;
  beforeAll(async () => {
    if (!missing) owned = await make();
  });

  it.skipIf(missing)('signs, and founds a vault in which it seals, changes the roster, and opens', async () => {
    using place = newPlace();
    const host = owned.host(hostAt(place.root));
    const keyring = openKeyring(host, owned.options);
    const founder = person('al', owned.publicText);
    const { signer, person: found } = ownSigning({ host }, { people: [founder] }, keyring, 'admin');
    expect([found, founder.keys.map((k) => k.sign)]).toEqual([founder, [signer.key]]);
    expect(await isSignedBy(founder, signer)).toBe(true);

    const there = locate(host);
    const first = await foundingStatement('al', keyEntries(owned.publicText), signer);
    await apply({ ...there, id: first.id }, planInit(there, first, owned.publicText.trimEnd().split('\n')), {
      keyring,
    });
    const bob = newPerson('bob');
    const add = { do: 'add', name: 'bob', role: 'writer', groups: [], keys: keyEntries(bob.publicText) } as const;
    const drafts = [await draftOf('a', 'one', founder.recipients), await draftOf('b', 'two', founder.recipients)];
    await apply(findVault(host), plan({ seals: drafts, changes: [add] }), { keyring });

    // As somebody else has it, who has never seen any of it.
    rmSync(join(place.root, '.git/blackbox-ts'), { recursive: true });
    const vault = findVault(host);
    expect(readRoster(vault).people.map((p) => p.name)).toEqual(['al', 'bob']);
    for (const signed of readStatements(vault)) expect(parseStatement(formatStatement(signed))).toEqual(signed);
    expect(String(await openSealed(vault, at('a'), openKeyring(host, owned.options)))).toBe('one');
    expect(String(await openSealed(vault, at('b'), openKeyring(host, owned.options)))).toBe('two');
  });

  it.skipIf(missing)('is not theirs who are only on the roster, or may not sign this', async () => {
    using place = newPlace();
    const host = owned.host(hostAt(place.root));
    const keyring = openKeyring(host, owned.options);
    const al = newPerson('al');
    const signing = (people: Person[], need: 'admin' | 'writer') =>
      codeOf(() => ownSigning({ host }, { people }, keyring, need));
    expect(await signing([person('al', al.publicText)], 'writer')).toBe('ERR_BLACKBOX_CANNOT_SIGN');
    const [admin, writer, reader] = (['admin', 'writer', 'reader'] as const).map((role) =>
      person('me', owned.publicText, role),
    ) as [Person, Person, Person];
    expect(await signing([admin], 'admin')).toBe('it did not fail');
    expect(await signing([writer], 'writer')).toBe('it did not fail');
    expect(await signing([writer], 'admin')).toBe('ERR_BLACKBOX_CANNOT_SIGN');
    expect(await signing([reader], 'writer')).toBe('ERR_BLACKBOX_CANNOT_SIGN');
  });
});

describe('a key that cannot sign', () => {
  it('is told by its name, its role, and what to do', () => {
    const { identity, recipient } = generateIdentity();
    const host = inFile(identity)(hostAt(folder));
    const me = person('me', `${recipient}\n`);
    const signing = () => ownSigning({ host }, { people: [me] }, openKeyring(host), 'writer');
    expect(signing).toThrow(/^me \(admin\) is on the roster, and this needs an admin or writer who can sign/);
    expect(signing).toThrow(/blackbox-ts keygen --public/);
  });

  it('does not lend itself to another: who claims somebody else’s signing key does not sign with it', async () => {
    const [ada, eve] = [newPerson('ada'), newPerson('eve')];
    const claimed = person('eve', `${eve.recipient}\n${ada.publicText.split('\n')[1]}\n`);
    const host = inFile(eve.identity)(hostAt(folder));
    const signing = () => ownSigning({ host }, { people: [claimed] }, openKeyring(host), 'writer');
    expect(await codeOf(signing)).toBe('ERR_BLACKBOX_CANNOT_SIGN');
  });
});

describe('which key is taken', () => {
  const locked = (identity: string) =>
    encodeArmor(encryptSync(Buffer.from(identity), { passphrase: 'open sesame', workFactor: 8 }));
  const [here, behind] = [newPerson('here'), newPerson('behind')];

  function homeWith(place: Place, own: string, env: Record<string, string> = {}): VaultHost {
    const host = hostAt(place.root);
    const file = join(host.home, '.config/blackbox-ts/identity');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, own);
    return { ...host, env: { ...host.env, ...env } };
  }

  it('one that asks for a passphrase only where no other will do, and then once', async () => {
    using place = newPlace();
    const host = homeWith(place, here.identity, { BLACKBOX_IDENTITY: locked(behind.identity) });
    const asked: string[] = [];
    const keyring = asking(host, asked);
    const both = [person('here', here.publicText), person('behind', behind.publicText)];
    expect(ownSigning({ host }, { people: both }, keyring, 'admin').person.name).toBe('here');
    expect(asked).toEqual([]);
    const one = both.slice(1);
    for (const _ of [1, 2]) expect(ownSigning({ host }, { people: one }, keyring, 'admin').person.name).toBe('behind');
    expect(asked).toEqual(['BLACKBOX_IDENTITY']);
  });

  it.skipIf(noGpg)('gpg before a passphrase of an identity that may be anybody’s', async () => {
    gpg('--quick-generate-key', 'second <s@example.com>', 'future-default', 'default', 'never');
    using place = newPlace();
    const host = withGpg(gpgHome)(homeWith(place, locked(behind.identity)));
    const asked: string[] = [];
    const me = person('me', gpg('--armor', '--export', 'second'));
    const { signer } = ownSigning({ host }, { people: [me] }, asking(host, asked), 'admin');
    expect([await isSignedBy(me, signer), asked]).toEqual([true, []]);
  });

  it('one that was named, and no other', async () => {
    using place = newPlace();
    const host = homeWith(place, here.identity);
    const people = [person('here', here.publicText), person('other', behind.publicText, 'reader')];
    const named = (identity: string): Keyring => openKeyring(host, { identities: [identity] });
    expect(ownSigning({ host }, { people }, named(here.identity), 'writer').person.name).toBe('here');
    expect(await codeOf(() => ownSigning({ host }, { people }, named(behind.identity), 'writer'))).toBe(
      'ERR_BLACKBOX_CANNOT_SIGN',
    );
  });

  it.skipIf(noGpg)('not gpg’s where an identity was named', async () => {
    using place = newPlace();
    const host = withGpg(gpgHome)(hostAt(place.root));
    gpg('--quick-generate-key', 'third <t@example.com>', 'future-default', 'default', 'never');
    const people = [person('me', gpg('--armor', '--export', 'third'))];
    expect(ownSigning({ host }, { people }, openKeyring(host), 'admin').person.name).toBe('me');
    const named = openKeyring(host, { identities: [here.identity] });
    expect(await codeOf(() => ownSigning({ host }, { people }, named, 'admin'))).toBe('ERR_BLACKBOX_CANNOT_SIGN');
  });

  it('the right one of several in one file', async () => {
    using place = newPlace();
    for (const text of [`${here.identity}\n${behind.identity}\n`, locked(`${here.identity}\n${behind.identity}\n`)]) {
      const host = homeWith(place, text);
      const me = person('me', behind.publicText);
      const { signer } = ownSigning({ host }, { people: [me] }, asking(host, []), 'admin');
      expect(await isSignedBy(me, signer)).toBe(true);
    }
  });

  it.skipIf(lacks('ssh-keygen', 'ssh-agent', 'ssh-add'))(
    'one that only the ssh-agent has; no other of the roster’s',
    async () => {
      using place = newPlace();
      const [mine, others] = [sshKey('ed25519', ''), sshKey('ed25519', '')];
      const host = inAgent(mine.file)(hostAt(place.root));
      const people = [person('other', others.publicText), person('me', mine.publicText)];
      const { signer, person: found } = ownSigning({ host }, { people }, openKeyring(host), 'admin');
      expect(found.name).toBe('me');
      expect(await isSignedBy(found, signer)).toBe(true);
      // Without the agent there is nobody to ask.
      const { SSH_AUTH_SOCK: _, ...env } = host.env;
      const gone = { ...host, env };
      expect(await codeOf(() => ownSigning({ host: gone }, { people }, openKeyring(gone), 'admin'))).toBe(
        'ERR_BLACKBOX_CANNOT_SIGN',
      );
    },
  );
});

it('an identity that fails to tell its key is told as such, not passed over', async () => {
  using place = newPlace();
  const host = inFile(encodeArmor(encryptSync(Buffer.from('x'), { passphrase: 'other', workFactor: 8 })))(
    hostAt(place.root),
  );
  expect(parseIdentityFile(readFileSync(host.env.BLACKBOX_IDENTITY_FILE ?? ''), { name: 'x' })).toHaveLength(1);
  const people = [person('me', newPerson('me').publicText)];
  expect(await codeOf(() => ownSigning({ host }, { people }, asking(host, []), 'admin'))).toBe(
    'ERR_BLACKBOX_WRONG_PASSPHRASE',
  );
});
