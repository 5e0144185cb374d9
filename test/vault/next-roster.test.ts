/** The roster as it will be: what is said of it before is what the signed statement then makes of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  formatPublicKey,
  generateIdentity,
  parseRecipientFile,
  type Signer,
  verifySignature,
  x25519Identity,
} from '../../src/age/index.js';
import { readChain } from '../../src/trust/chain.js';
import {
  type Change,
  parseStatement,
  type Role,
  type SignedStatement,
  statementMessage,
} from '../../src/trust/statement.js';
import {
  currentMembers,
  foundingStatement,
  keyEntries,
  type Newcomer,
  type NextRoster,
  type Person,
  type Roster,
  withChanges,
  withoutKey,
  withoutPerson,
  withPerson,
} from '../../src/vault/index.js';
import { signStatement } from '../../src/vault/signed-changes.js';
import { lacks } from '../harness/programs.js';
import { codeOf, newcomer, newPerson } from './world.js';

const team = ['al', 'bob', 'carol', 'dave'].map(newPerson);
const [al, bob, carol] = team as [(typeof team)[number], (typeof team)[number], (typeof team)[number]];
const extra = Array.from({ length: 4 }, () => formatPublicKey(x25519Identity(generateIdentity().identity)));
const bare = generateIdentity().recipient;
const signerOf = (identity: string): Signer => x25519Identity(identity).signer();

/** The roster that statements make, as `readRoster` gives it. */
function rosterOf(statements: readonly SignedStatement[]): Roster {
  const founder = statements[0]?.id ?? '';
  const chain = readChain(statements, founder, ({ sign }, s) =>
    verifySignature(sign, statementMessage(s.statement), s.signature),
  );
  const trust = { founder, firstUse: false, here: chain, seen: chain };
  const people = currentMembers(trust).map((m): Person => {
    const recipients = m.keys.flatMap((k) => parseRecipientFile(k.block ?? k.recipient));
    return { name: m.name, role: m.role, groups: m.groups, keys: m.keys, recipients };
  });
  return { people: people.sort((a, b) => (a.name < b.name ? -1 : 1)), trust };
}

const begin = () => foundingStatement('al', keyEntries(al.publicText), signerOf(al.identity));

async function say(statements: readonly SignedStatement[], changes: readonly Change[]): Promise<SignedStatement[]> {
  if (changes.length === 0) return [...statements];
  const roster = rosterOf(statements);
  const signer = signerOf(al.identity);
  const { founder, heads } = roster.trust.here;
  const at = '2026-01-01T00:00:00Z';
  return [
    ...statements,
    await signStatement({ vault: founder, after: heads, at, by: 'al', key: signer.key, changes }, signer),
  ];
}

/** What counts of a roster: keys without where they came from. */
const shown = ({ people }: Pick<Roster, 'people'>) =>
  people.map(({ name, role, groups, keys, recipients }) => ({
    name,
    role,
    groups,
    keys: keys.map(({ recipient, sign, block }) => ({ recipient, sign, block })),
    recipients: recipients.map((r) => r.text),
  }));

const text = (publicText: string, name: string, role: Role = 'admin', ...groups: string[]): Newcomer =>
  newcomer({ name, publicText, identity: '', recipient: '' }, role, ...groups);

async function founded(...others: readonly Newcomer[]): Promise<SignedStatement[]> {
  let statements = [await begin()];
  for (const other of others) {
    statements = await say(statements, withPerson(rosterOf(statements), other, false).changes);
  }
  return statements;
}

describe('what is said before', () => {
  const role = fc.constantFrom<Role>('admin', 'writer', 'reader');
  const groups = fc.subarray(['db', 'dev', 'ops']);
  const name = fc.constantFrom('al', 'bob', 'carol', 'dave', 'BOB');
  const keys = fc.subarray([...team.map((p) => p.publicText), ...extra], { minLength: 1, maxLength: 2 });
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), name, keys, role, groups, append: fc.boolean() }),
    fc.record({ do: fc.constant('remove' as const), name }),
    fc.record({ do: fc.constant('retire' as const), name, index: fc.nat(2) }),
    fc.record({ do: fc.constant('change' as const), name, role: fc.option(role), groups: fc.option(groups) }),
  );

  function next(roster: Roster, s: typeof step extends fc.Arbitrary<infer T> ? T : never): NextRoster {
    switch (s.do) {
      case 'add':
        return withPerson(roster, text(s.keys.join(''), s.name, s.role, ...s.groups), s.append);
      case 'remove':
        return withoutPerson(roster, s.name, new Set([al.recipient]));
      case 'retire': {
        const recipient = roster.people.find((p) => p.name === s.name)?.keys[s.index]?.recipient ?? '';
        // Without the key that signs here, al could not say so.
        if (recipient === '' || recipient === al.recipient) return { roster, changes: [] };
        return withoutKey(roster, s.name, recipient);
      }
      case 'change':
        if (s.name === 'al') return { roster, changes: [] };
        return withChanges(roster, s.name, { role: s.role ?? undefined, groups: s.groups ?? undefined });
    }
  }

  it('is what comes of it, whatever is done: or it is refused, and then nothing is signed', async () => {
    const first = await begin();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        let statements = [first];
        for (const s of steps) {
          const roster = rosterOf(statements);
          let planned: NextRoster;
          try {
            planned = next(roster, s);
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^ERR_BLACKBOX_/);
            continue;
          }
          statements = await say(statements, planned.changes);
          expect(shown(rosterOf(statements))).toEqual(shown(planned.roster));
          expect(rosterOf(statements).people.some((p) => p.role === 'admin')).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('somebody let in', () => {
  it('brings role, groups and signing key; the same again says nothing', async () => {
    const statements = await founded(text(bob.publicText, 'bob', 'writer', 'dev'));
    const [, person] = rosterOf(statements).people;
    expect(person).toMatchObject({ name: 'bob', role: 'writer', groups: ['dev'] });
    expect(person?.keys.map((k) => k.sign)).toEqual([signerOf(bob.identity).key]);
    expect(withPerson(rosterOf(statements), text(bob.publicText, 'bob', 'admin'), false).changes).toEqual([]);
  });

  it('never has a key, or a signing key, that is somebody’s', async () => {
    const roster = rosterOf(await founded(newcomer(bob)));
    const [recipient = '', signing = ''] = bob.publicText.split('\n');
    for (const stolen of [bob.publicText, `${recipient}\n`, `${bare}\n${signing}\n`]) {
      const adding = (name: string, append: boolean) => () => withPerson(roster, text(stolen, name, 'reader'), append);
      expect(await codeOf(adding('eve', false))).toBe('ERR_BLACKBOX_DUPLICATE_KEY');
      expect(await codeOf(adding('al', true))).toBe('ERR_BLACKBOX_DUPLICATE_KEY');
    }
  });

  it('is told apart from others by more than case and form', async () => {
    const roster = rosterOf(await founded(text(bob.publicText, 'Zo\u00eb')));
    for (const name of ['zo\u00eb', 'ZO\u00cb', 'Zoe\u0308']) {
      expect(await codeOf(() => withPerson(roster, text(carol.publicText, name), false))).toBe(
        'ERR_BLACKBOX_NAME_TAKEN',
      );
    }
  });

  it('with a bare key may be given the signing key later, and then be more than a reader', async () => {
    const [recipient = ''] = carol.publicText.split('\n');
    let statements = await founded(text(`${recipient}\n`, 'carol', 'reader'));
    expect(await codeOf(() => withChanges(rosterOf(statements), 'carol', { role: 'writer' }))).toBe(
      'ERR_BLACKBOX_CANNOT_SIGN',
    );
    statements = await say(statements, withPerson(rosterOf(statements), newcomer(carol), true).changes);
    statements = await say(statements, withChanges(rosterOf(statements), 'carol', { role: 'writer' }).changes);
    expect(rosterOf(statements).people[1]).toMatchObject({ name: 'carol', role: 'writer' });
  });
});

describe('somebody who leaves', () => {
  it('leaves behind what they have signed, as far as the remover has seen it', async () => {
    const one = await founded(newcomer(bob));
    const signer = signerOf(bob.identity);
    const { founder, heads } = rosterOf(one).trust.here;
    const changes: Change[] = [
      { do: 'add', name: 'carol', role: 'admin', groups: [], keys: keyEntries(carol.publicText) },
    ];
    const at = '2026-01-01T00:00:00Z';
    const byBob = await signStatement(
      { vault: founder, after: heads, at, by: 'bob', key: signer.key, changes },
      signer,
    );
    const two = [...one, byBob];
    const leaving = withoutPerson(rosterOf(two), 'bob', new Set());
    expect(leaving.changes).toEqual([{ do: 'remove', name: 'bob', confirm: [byBob.id] }]);
    const three = await say(two, leaving.changes);
    expect(rosterOf(three).people.map((p) => p.name)).toEqual(['al', 'carol']);
    expect(rosterOf(three).trust.here.voided.size).toBe(0);
  });

  it('is never the last one, nor the last who can sign as an admin, nor whoever asks', async () => {
    expect(await codeOf(async () => withoutPerson(rosterOf(await founded()), 'al', new Set()))).toBe(
      'ERR_BLACKBOX_LAST_ADMIN',
    );
    const roster = rosterOf(
      await founded(text(bob.publicText, 'bob', 'writer'), text(carol.publicText, 'carol', 'reader')),
    );
    expect(await codeOf(() => withoutPerson(roster, 'al', new Set()))).toBe('ERR_BLACKBOX_LAST_ADMIN');
    expect(await codeOf(() => withChanges(roster, 'al', { role: 'writer' }))).toBe('ERR_BLACKBOX_LAST_ADMIN');
    expect(await codeOf(() => withoutPerson(roster, 'bob', new Set([bob.recipient])))).toBe(
      'ERR_BLACKBOX_REMOVES_ONESELF',
    );
    expect(await codeOf(() => withoutPerson(roster, 'eve', new Set()))).toBe('ERR_BLACKBOX_UNKNOWN_PERSON');
  });

  it('keeps a key as long as it is the only one, and the one that makes an admin', async () => {
    const roster = rosterOf(await founded(text(bob.publicText, 'bob', 'writer')));
    expect(await codeOf(() => withoutKey(roster, 'bob', bob.recipient))).toBe('ERR_BLACKBOX_LAST_KEY');
    const one = await founded();
    const two = await say(one, withPerson(rosterOf(one), text(`${bare}\n`, 'al'), true).changes);
    expect(rosterOf(two).people[0]?.keys.map((k) => k.recipient)).toEqual([al.recipient, bare]);
    expect(await codeOf(() => withoutKey(rosterOf(two), 'al', al.recipient))).toBe('ERR_BLACKBOX_LAST_ADMIN');
    expect(withoutKey(rosterOf(two), 'al', bare).roster.people[0]?.keys.map((k) => k.recipient)).toEqual([
      al.recipient,
    ]);
  });
});

describe.skipIf(lacks('gpg'))('an OpenPGP key', () => {
  const home = mkdtempSync('/tmp/bbn-');
  const env = { PATH: process.env.PATH, HOME: home, GNUPGHOME: home };
  const gpg = (...args: string[]) =>
    execFileSync('gpg', ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString();
  afterAll(() => {
    spawnSync('gpgconf', ['--kill', 'all'], { env });
    rmSync(home, { recursive: true, force: true });
  });

  it('goes into a statement with its block, beside keys of other kinds, and is renewed by a newer one', async () => {
    gpg('--quick-generate-key', 'pat <pat@example.com>', 'future-default', 'default', '1y');
    const block = gpg('--armor', '--export', 'pat');
    const [entry, other] = keyEntries(`${block}\n${extra[0]}`);
    expect([entry?.recipient.slice(0, 8), entry?.sign === entry?.recipient, entry?.block]).toEqual([
      'openpgp ',
      true,
      block,
    ]);
    expect(other?.block).toBeNull();
    expect(keyEntries(`${extra[0]}${block.replaceAll('\n', '\r\n')}`)[1]).toEqual(entry);
    const statements = await founded(text(`${block}${extra[0]}`, 'pat'));
    gpg('--quick-set-expire', entry?.recipient.slice(8) ?? '', '2y');
    const newer = gpg('--armor', '--export', 'pat');
    expect(newer).not.toBe(block);
    const { roster, changes } = withPerson(rosterOf(statements), text(newer, 'pat'), false);
    const renewed = rosterOf(await say(statements, changes));
    expect(shown(renewed)).toEqual(shown(roster));
    expect(renewed.people[1]?.keys.map((k) => k.block)).toEqual([newer, null]);
  });

  it('that nobody could read in a statement is refused before it is written', async () => {
    const [first] = await founded();
    const block = gpg('--armor', '--comment', 'Schlüssel', '--export', 'pat');
    const changes: Change[] = [{ do: 'add', name: 'pat', role: 'reader', groups: [], keys: keyEntries(block) }];
    expect(await codeOf(() => say([first as SignedStatement], changes))).toBe('ERR_BLACKBOX_STATEMENT_BROKEN');
    expect(() => parseStatement('')).toThrow(/cannot be read/);
  });
});
