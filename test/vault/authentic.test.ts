/** Whose a sealed file is: everything that somebody could do to one, with the file key or without, and that none of it passes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatHeader,
  parseRecipient,
  type Recipient,
  type Signer,
  type Stanza,
  sealPayload,
  wrapAllSync,
  x25519Identity,
} from '../../src/age/index.js';
import type { BlackboxError } from '../../src/errors.js';
import type { Member } from '../../src/trust/chain.js';
import type { Role } from '../../src/trust/statement.js';
import { payloadCheck } from '../../src/vault/authentic.js';
import {
  type Authority,
  authorOf,
  type Draft,
  inspectSealed,
  openSealed,
  planReseal,
  readRegistry,
  type Seal,
  type SealedInfo,
  whyNotAuthentic,
} from '../../src/vault/index.js';
import { formatSealedHeader, signingKeyId } from '../../src/vault/sealed.js';
import { draftOf, sealInPlace, signedBytes } from './signed.js';
import { at, codeOf, newPerson, newWorld, type Someone } from './world.js';

const founder = 'ab'.repeat(32);
const [ada, bob, eve] = ['ada', 'bob', 'eve'].map(newPerson) as [Someone, Someone, Someone];
const signerOf = ({ identity }: Someone): Signer => x25519Identity(identity).signer();

function member({ name, identity, recipient }: Someone, role: Role, ...groups: string[]): Member {
  const sign = x25519Identity(identity).signer().key;
  return { name, role, groups, from: '', keys: [{ recipient, sign, block: null, from: '' }] };
}

const authority = (...members: Member[]): Authority => ({ founder, members: new Map(members.map((m) => [m.name, m])) });
const roster = authority(member(ada, 'admin'), member(bob, 'writer', 'dev'));
const everybody = [ada.recipient, bob.recipient];

const info = (bytes: Uint8Array) => inspectSealed(bytes, 'file');
const why = (bytes: Uint8Array, path = 'a', by = roster) => whyNotAuthentic(by, at(path), info(bytes));
const adaSigned = /^it is not as ada signed it$/;
const nobodys = 'it is signed with a key that nobody has who may seal files here';

async function seal(drafts: readonly Draft[], by = ada, vault = founder): Promise<Buffer[]> {
  return signedBytes(vault, drafts, signerOf(by));
}
async function one(draft: Draft, by = ada, vault = founder): Promise<Buffer> {
  return (await seal([draft], by, vault))[0] ?? Buffer.alloc(0);
}

/** A file's parts, as somebody has them who holds its file key. */
interface Parts {
  readonly draft: Draft;
  readonly seal: Seal;
  readonly payload: Buffer;
}

async function parts(draft: Draft): Promise<Parts> {
  const bytes = await one(draft);
  const { seal: signed, header } = info(bytes);
  if (signed === null) throw new Error('it is not signed');
  return { draft, seal: signed, payload: bytes.subarray(header.length) };
}

/** The file with another header around it, which only the file key makes whole. */
function rebuilt(
  { draft, seal: signed, payload }: Parts,
  changes: { recipients?: readonly Recipient[]; stanzas?: Draft['stanzas']; seal?: Partial<Seal> | null },
): Buffer {
  const { recipients = draft.recipients, stanzas = draft.stanzas, seal: others = {} } = changes;
  const header = formatSealedHeader(
    recipients,
    stanzas,
    draft.fileKey,
    others === null ? null : { ...signed, ...others },
  );
  return Buffer.concat([header, payload]);
}

describe('what somebody entitled sealed', () => {
  it('is theirs, here and as it is', async () => {
    const bytes = await one(await draftOf('a', 'content', everybody));
    expect(why(bytes)).toBeNull();
    expect(authorOf(roster, info(bytes))).toBe('ada');
    const byBob = await one(await draftOf('a', 'content', everybody, ['dev', 'ops']), bob);
    expect(why(byBob)).toBeNull();
    expect(authorOf(roster, info(byBob))).toBe('bob');
  });

  it('stays so beside others signed with it, for any number of them', async () => {
    const drafts = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((path) => draftOf(path, path, everybody)));
    for (const count of [1, 2, 3, 4, 5]) {
      const files = await seal(drafts.slice(0, count));
      expect(files.map((bytes, i) => why(bytes, drafts[i]?.path))).toEqual(files.map(() => null));
    }
  });
});

describe('a file in the place of another', () => {
  it('swapped or moved is refused by the name that it was sealed as', async () => {
    const [a, b] = await seal([await draftOf('a', '1', everybody), await draftOf('dir/b', '2', everybody)]);
    expect(why(b ?? Buffer.alloc(0), 'a')).toBe('it was sealed as dir/b, and not moved here with blackbox-ts mv');
    expect(why(a ?? Buffer.alloc(0), 'dir/b')).toBe('it was sealed as a, and not moved here with blackbox-ts mv');
    expect(why(a ?? Buffer.alloc(0), 'A')).toBe('it was sealed as a, and not moved here with blackbox-ts mv');
  });

  it('with its header made to fit is not as it was signed', async () => {
    const file = await parts(await draftOf('b', 'content', everybody));
    expect(why(rebuilt(file, { seal: { path: 'a' } }))).toMatch(adaSigned);
  });

  it('of another vault is not of this one, although the same people founded both', async () => {
    expect(why(await one(await draftOf('a', 'content', everybody), ada, 'cd'.repeat(32)))).toMatch(adaSigned);
  });

  it('with the proof of another file that was signed with it is not that one', async () => {
    const drafts = [await draftOf('a', '1', everybody), await draftOf('b', '2', everybody)];
    const [a, b] = (await seal(drafts)).map((bytes) => info(bytes).seal);
    if (!a || !b || !drafts[0]) throw new Error('it is not signed');
    const file = { draft: drafts[0], payload: Buffer.alloc(32), seal: a };
    expect(why(rebuilt(file, {}))).toBeNull();
    for (const others of [
      { proof: b.proof },
      { proof: { ...a.proof, index: 1 } },
      { proof: { ...a.proof, hashes: b.proof.hashes } },
      { proof: { index: 0, count: 1, hashes: Buffer.alloc(0) } },
      { ...b, path: 'a' },
      { payload: b.payload },
    ]) {
      expect(why(rebuilt(file, { seal: others }))).toMatch(adaSigned);
    }
  });
});

describe('a header that somebody made who has the file key', () => {
  const eves = parseRecipient(eve.recipient);

  it('with a recipient more, or fewer, or in another order', async () => {
    const draft = await draftOf('a', 'content', everybody);
    const file = await parts(draft);
    expect(why(rebuilt(file, {}))).toBeNull();
    const [forEve] = wrapAllSync(draft.fileKey, [eves]);
    if (forEve === undefined) throw new Error('it wraps for nobody');
    const { recipients, stanzas } = draft;
    for (const changes of [
      { recipients: [...recipients, eves], stanzas: [...stanzas, forEve] },
      { recipients: recipients.slice(0, 1), stanzas: stanzas.slice(0, 1) },
      { recipients: [...recipients].reverse(), stanzas: [...stanzas].reverse() },
      { recipients: [...recipients].reverse() },
    ]) {
      expect(why(rebuilt(file, changes))).toMatch(adaSigned);
    }
  });

  it('with a stanza for somebody else under the same names', async () => {
    const draft = await draftOf('a', 'content', everybody);
    const file = await parts(draft);
    const [first, second] = draft.stanzas;
    const [forEve] = wrapAllSync(draft.fileKey, [eves]);
    const [again] = wrapAllSync(draft.fileKey, draft.recipients.slice(1));
    if (!first || !second || !forEve || !again) throw new Error('it wraps for nobody');
    for (const exchanged of [forEve, again, { body: second.body, args: [...second.args, 'more'] }, first]) {
      const bytes = rebuilt(file, { stanzas: [first, exchanged] });
      // For all that it says of itself it is the same.
      expect([info(bytes).tags, info(bytes).digest]).toEqual([
        info(rebuilt(file, {})).tags,
        info(rebuilt(file, {})).digest,
      ]);
      expect(why(bytes)).toMatch(adaSigned);
    }
  });

  it('for other groups', async () => {
    const file = await parts(await draftOf('a', 'content', everybody, ['dev']));
    for (const groups of [[], ['ops'], ['dev', 'ops']]) {
      expect(why(rebuilt(file, { seal: { groups } }))).toMatch(adaSigned);
    }
  });

  it('without a signature, or with one of somebody else', async () => {
    const file = await parts(await draftOf('a', 'content', everybody));
    expect(why(rebuilt(file, { seal: null }))).toBe('it is not signed');
    const byEve = info(await one(await draftOf('a', 'content', everybody), eve)).seal;
    const { signature = Buffer.of(0), keyId = '' } = byEve ?? {};
    expect(why(rebuilt(file, { seal: { signature } }))).toMatch(adaSigned);
    expect(why(rebuilt(file, { seal: { keyId } }))).toBe(nobodys);
    expect(why(rebuilt(file, { seal: { keyId: signingKeyId(signerOf(bob).key) } }))).toBe('it is not as bob signed it');
    expect(why(rebuilt(file, { seal: { signature: Buffer.alloc(64) } }))).toMatch(adaSigned);
  });
});

describe('what was signed, by somebody who has the file key and no more', () => {
  const otherwise = async (path: string, change: (args: string[], body: Buffer) => Stanza) => {
    const draft = await draftOf(path, 'content', everybody);
    const bytes = await one(draft);
    const { header } = info(bytes);
    const [own, ...others] = header.stanzas as [Stanza, ...Stanza[]];
    const forged = formatHeader([change([...own.args], Buffer.from(own.body)), ...others], draft.fileKey);
    return Buffer.concat([forged, bytes.subarray(header.length)]);
  };

  it('is put into no other bytes, in which it would pass for a newer version', async () => {
    expect(why(await otherwise('a', (args, body) => ({ args, body })))).toBeNull();
    const longer = await otherwise('a', (args, body) => ({ args, body: Buffer.concat([body, Buffer.alloc(1)]) }));
    expect(why(longer)).toMatch(adaSigned);
    // The last digit of base64 has bits that stand for nothing.
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const next = (text = '') => text.slice(0, -1) + digits[digits.indexOf(text.slice(-1)) ^ 1];
    const loose = otherwise('a', (args, body) => ({ args: args.map((a, i) => (i === 1 ? next(a) : a)), body }));
    await expect(loose.then((bytes) => info(bytes))).rejects.toThrow('digest of the recipients is malformed');
    const invalid = Buffer.from([0xff]).toString('base64').replace(/=+$/, '');
    const odd = otherwise('\ufffd', (args, body) => ({ args: [...args.slice(0, 6), invalid], body }));
    await expect(odd.then((bytes) => info(bytes))).rejects.toThrow('its path is no UTF-8');
  });
});

describe('who signed it', () => {
  it('has to be on the roster, as more than a reader, with that key', async () => {
    const bytes = await one(await draftOf('a', 'content', everybody));
    expect(why(bytes, 'a', authority(member(bob, 'admin')))).toBe(nobodys);
    expect(why(bytes, 'a', authority(member(ada, 'reader'), member(bob, 'admin')))).toBe(nobodys);
    expect(why(bytes, 'a', authority(member({ ...eve, name: 'ada' }, 'admin')))).toBe(nobodys);
    const bare = { ...member(ada, 'admin'), keys: member(ada, 'admin').keys.map((k) => ({ ...k, sign: null })) };
    expect(why(bytes, 'a', authority(bare))).toBe(nobodys);
    expect(why(bytes, 'a', authority(member(ada, 'writer')))).toBeNull();
  });

  it('is not whoever has the public keys alone', async () => {
    const bytes = await one(await draftOf('a', 'theirs', everybody), eve);
    expect(why(bytes)).toBe(nobodys);
    expect(authorOf(roster, info(bytes))).toBeNull();
  });

  it('may read it themselves: a writer in one of its groups, an admin any', async () => {
    const forOps = await draftOf('a', 'content', everybody, ['ops']);
    expect(why(await one(forOps, bob))).toBe('bob, who signed it, may not read it');
    expect(why(await one(forOps, ada))).toBeNull();
  });

  it('may read what the registry says it is: nobody takes over a file by sealing it for everybody', async () => {
    const forAll = info(await one(await draftOf('a', 'content', everybody), bob));
    expect(whyNotAuthentic(roster, at('a'), forAll, ['dev', 'ops'])).toBeNull();
    expect(whyNotAuthentic(roster, at('a'), forAll, ['ops'])).toBe('bob, who signed it, may not read it');
    const byAda = info(await one(await draftOf('a', 'content', everybody)));
    expect(whyNotAuthentic(roster, at('a'), byAda, ['ops'])).toBeNull();
  });

  it('has signed files, and no statement nor anything else with that', async () => {
    const file = await parts(await draftOf('a', 'content', everybody));
    const { signature } = file.seal;
    const elsewhere = signerOf(ada).sign(Buffer.from('blackbox-ts/1 statement\n{}')) as Uint8Array;
    expect(why(rebuilt(file, { seal: { signature: elsewhere } }))).toMatch(adaSigned);
    expect(why(rebuilt(file, { seal: { signature } }))).toBeNull();
  });
});

describe('whatever is changed', () => {
  it('of a header, it is not a sealed file, or not authentic; but for what only the file key can tell', async () => {
    const bytes = await one(await draftOf('a', 'content', everybody, ['dev']));
    const { length } = info(bytes).header;
    const mac = length - 44;
    await fc.assert(
      fc.property(fc.nat(mac - 1), fc.integer({ min: 1, max: 255 }), (i, flip) => {
        const changed = Buffer.from(bytes);
        changed[i] = (changed[i] ?? 0) ^ flip;
        let found: SealedInfo;
        try {
          found = info(changed);
        } catch (error) {
          expect((error as BlackboxError).code).toBe('ERR_BLACKBOX_NOT_SEALED');
          return;
        }
        expect(whyNotAuthentic(roster, at('a'), found), `byte ${i}`).not.toBeNull();
      }),
      { numRuns: 3000 },
    );
  });

  it('of a payload, it is not the one that was signed', async () => {
    const bytes = await one(await draftOf('a', 'content', everybody));
    const found = info(bytes);
    const payload = bytes.subarray(found.header.length);
    const passes = (pieces: readonly Uint8Array[], of = found) => {
      const check = payloadCheck(at('a'), of);
      expect(Buffer.concat([...check.through(pieces)]).equals(Buffer.concat(pieces))).toBe(true);
      check.finish();
    };
    passes([payload]);
    passes([...payload].map((byte) => Buffer.of(byte)));
    const flipped = Buffer.from(payload);
    flipped[3] = (flipped[3] ?? 0) ^ 1;
    for (const other of [[], [flipped], [payload.subarray(1)], [payload, Buffer.of(0)]]) {
      expect(() => passes(other)).toThrow(/a\.age is not authentic: its content is not the one that was signed/);
    }
    // What is not signed at all makes no promise about its content.
    passes([flipped], { ...found, seal: null });
  });
});

describe('in a vault', () => {
  it('another payload under the same header is refused when it is opened, and cannot be resealed', async () => {
    using world = await newWorld();
    await world.register('a', 'content');
    const bytes = world.read('a.age');
    const { header } = info(bytes);
    const [stanza] = header.stanzas.slice(1);
    const fileKey = x25519Identity(world.founder.identity).unwrap(stanza === undefined ? [] : [stanza]);
    const payload = [...sealPayload(fileKey as Uint8Array, [Buffer.from('theirs')])];
    world.write('a.age', Buffer.concat([bytes.subarray(0, header.length), ...payload]));
    const open = () => openSealed(world.vault(), at('a'), world.keyring());
    expect(await codeOf(open)).toBe('ERR_BLACKBOX_NOT_AUTHENTIC');
    await world.enrol(world.someone('bob'));
    for (const fresh of [false, true]) {
      const options = { keyring: world.keyring(), fresh };
      const { plan } = await planReseal(world.vault(), world.roster(), readRegistry(world.vault()), options);
      expect(await codeOf(() => world.apply(plan))).toBe('ERR_BLACKBOX_NOT_AUTHENTIC');
    }
  });

  it('nothing that is forged is vouched for, until somebody adopts it: then nothing of it is left but its content', async () => {
    using world = await newWorld();
    await world.register('a', 'content');
    const eves = world.someone('eve');
    // Encrypted by an outsider, for the founder as it seems, with a stanza that is for somebody else.
    const recipients = [parseRecipient(world.founder.recipient), parseRecipient(eves.recipient)];
    const draft = await draftOf('a', 'theirs', recipients);
    const [bytes] = await signedBytes(world.vault().id, [draft], signerOf(eves));
    world.write('a.age', bytes ?? '');
    const planning = (adopt: readonly string[]) =>
      planReseal(world.vault(), world.roster(), readRegistry(world.vault()), {
        keyring: world.keyring(),
        fresh: false,
        adopt: new Set(adopt.map(at)),
      });
    expect(await codeOf(() => planning([]))).toBe('ERR_BLACKBOX_NOT_AUTHENTIC');
    expect(await codeOf(() => planning(['b']))).toBe('ERR_BLACKBOX_NOT_AUTHENTIC');
    await world.apply((await planning(['a'])).plan);
    const now = info(world.read('a.age'));
    const before = info(bytes ?? Buffer.alloc(0));
    expect(now.tags).toEqual(before.tags.slice(0, 1));
    expect(now.payload).not.toBe(before.payload);
    expect(now.stanzas).not.toBe(before.stanzas);
    expect((await openSealed(world.vault(), at('a'), world.keyring())).toString()).toBe('theirs');
    expect(await codeOf(() => openSealed(world.vault(), at('a'), world.keyring(eves)))).toBe(
      'ERR_BLACKBOX_NOT_A_RECIPIENT',
    );
  });

  it('adopting draws a new file key also where the readers seem to be right', async () => {
    using world = await newWorld();
    await world.register('a', 'content');
    const eves = world.someone('eve');
    const draft = await draftOf('a', 'theirs', [world.founder.recipient]);
    const [bytes] = await signedBytes(world.vault().id, [draft], signerOf(eves));
    world.write('a.age', bytes ?? '');
    const options = { keyring: world.keyring(), fresh: false, adopt: new Set([at('a')]) };
    const { plan } = await planReseal(world.vault(), world.roster(), readRegistry(world.vault()), options);
    await world.apply(plan);
    expect(info(world.read('a.age')).payload).not.toBe(info(bytes ?? Buffer.alloc(0)).payload);
    // Who had its file key before finds nothing of it.
    expect(world.read('a.age').includes(Buffer.from(draft.stanzas[0]?.body ?? []))).toBe(false);
  });

  it('a file on an old branch is whose it was there; on a newer one it needs somebody who stays', async () => {
    using world = await newWorld();
    const bob = world.someone('bob');
    await world.enrol(bob, 'writer');
    await sealInPlace(
      world.vault(),
      'a',
      Buffer.from('by bob'),
      [parseRecipient(world.founder.recipient)],
      world.keyring(bob),
    );
    world.write('.blackbox/files', 'a\n');
    world.commit('by bob');
    world.git('branch', 'old');
    const open = async () => (await openSealed(world.vault(), at('a'), world.keyring())).toString();
    expect(await open()).toBe('by bob');
    await world.strike(bob);
    await expect(open()).rejects.toThrow(nobodys);
    world.commit('bob has left, and his file stays as it was');
    world.git('checkout', '-q', 'old');
    expect(await open()).toBe('by bob');
  });

  it('whose a file is does not depend on what the work tree says of keys', async () => {
    using world = await newWorld();
    await world.register('a', 'content');
    const path = join(world.root, '.blackbox/admins/al.pub');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, world.someone('eve').publicText);
    expect((await openSealed(world.vault(), at('a'), world.keyring())).toString()).toBe('content');
    writeFileSync(path, text);
  });
});
