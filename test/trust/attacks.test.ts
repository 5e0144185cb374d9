/** What somebody with a key tries who may no longer, or may not: their word can take away, and never gives. */
import { describe, expect, it } from 'vitest';
import { readChain } from '../../src/trust/chain.js';
import { type Change, formatStatement, parseStatement, type Role, whyNoName } from '../../src/trust/statement.js';
import { add, checkSignature, found, names, read, remove, say, signed, signer } from './team.js';

const ada = signer('ada');
const bob = signer('bob');
const cid = signer('cid');
const eve = signer('eve');
const first = found(ada);
const withBob = say(first.id, [first.id], ada, add(bob));
const team = say(first.id, [withBob.id], ada, add(cid, 'reader'));
const base = [first, withBob, team];

const code = (c: string) => expect.objectContaining({ code: `ERR_BLACKBOX_STATEMENT_${c}` });
const role = (name: string, to: Role): Change => ({ do: 'role', name, role: to });
const groups = (name: string, ...to: string[]): Change => ({ do: 'groups', name, groups: to });
const addKey = (name: string, ...keys: (typeof bob.entry)[]): Change => ({ do: 'add-key', name, keys });
const retire = (name: string, recipient: string): Change => ({ do: 'retire-key', name, recipient, confirm: [] });

describe('somebody who is no longer admin', () => {
  const demoted = say(first.id, [team.id], ada, role('bob', 'writer'));

  it('lets nobody in with a backdated statement', () => {
    const chain = read([...base, demoted, say(first.id, [team.id], bob, add(eve))]);
    expect(names(chain)).toEqual(['ada', 'bob', 'cid']);
    expect(chain.voided.size).toBe(1);
  });

  it('does not come back by a longer chain of backdated statements of their own', () => {
    const one = say(first.id, [team.id], bob, groups('cid', 'ops'));
    const two = say(first.id, [one.id], bob, role('bob', 'writer'), groups('cid'));
    const three = say(first.id, [one.id], bob, role('bob', 'admin'));
    expect(read([...base, demoted, one, three]).members.get('bob')?.role).toBe('writer');
    expect(read([...base, demoted, one, two]).members.get('bob')?.role).toBe('writer');
  });

  it('has said what stands all the same, when the one who demoted them had seen it', () => {
    const seen = say(first.id, [team.id], bob, add(eve));
    const after = say(first.id, [seen.id], ada, role('bob', 'writer'));
    expect(names(read([...base, seen, after]))).toEqual(['ada', 'bob', 'cid', 'eve']);
  });

  it('signs again once they are admin again', () => {
    const again = say(first.id, [demoted.id], ada, role('bob', 'admin'));
    const chain = read([...base, demoted, again, say(first.id, [again.id], bob, add(eve))]);
    expect(names(chain)).toEqual(['ada', 'bob', 'cid', 'eve']);
  });
});

describe('somebody made admin by a statement that counts for nothing', () => {
  const gone = say(first.id, [team.id], ada, remove(bob, withBob));
  const promoted = say(first.id, [team.id], bob, role('cid', 'admin'));

  it('lets nobody in, though they are on the roster', () => {
    const chain = read([...base, gone, promoted, say(first.id, [promoted.id], cid, add(eve))]);
    expect(names(chain)).toEqual(['ada', 'cid']);
    expect(chain.members.get('cid')?.role).toBe('reader');
  });

  it('removes nobody', () => {
    const chain = read([...base, gone, promoted, say(first.id, [promoted.id], cid, remove(ada))]);
    expect(names(chain)).toContain('ada');
    expect(chain.removed.has('ada')).toBe(false);
  });

  it('does not count with a key that such a statement gave them', () => {
    const admin = say(first.id, [team.id], ada, role('cid', 'admin'));
    const out = say(first.id, [admin.id], ada, remove(bob, withBob));
    const other = signer('cid');
    const given = say(first.id, [admin.id], bob, addKey('cid', other.entry));
    const chain = read([...base, admin, out, given, say(first.id, [given.id], other, add(eve))]);
    expect(names(chain)).toEqual(['ada', 'cid']);
  });
});

describe('what somebody removed took away beside their removal', () => {
  const gone = say(first.id, [team.id], ada, remove(bob, withBob));

  it('stays away: a person, a role, a group', () => {
    const inOps = say(first.id, [team.id], ada, groups('cid', 'db', 'ops'));
    const out = say(first.id, [inOps.id], ada, remove(bob, withBob));
    const took = say(first.id, [inOps.id], bob, groups('cid', 'ops', 'root'));
    expect(read([...base, inOps, out, took]).members.get('cid')?.groups).toEqual(['ops']);
    const admin = say(first.id, [team.id], ada, role('cid', 'admin'));
    const outAfter = say(first.id, [admin.id], ada, remove(bob, withBob));
    const lowered = say(first.id, [admin.id], bob, role('cid', 'writer'));
    expect(read([...base, admin, outAfter, lowered]).members.get('cid')?.role).toBe('writer');
    const removed = say(first.id, [team.id], bob, remove(cid));
    expect(names(read([...base, gone, removed]))).toEqual(['ada']);
  });

  it('gives nothing: a higher role, a key', () => {
    const raised = say(first.id, [team.id], bob, role('cid', 'writer'));
    const keyed = say(first.id, [team.id], bob, addKey('cid', eve.entry));
    const member = read([...base, gone, raised, keyed]).members.get('cid');
    expect(member?.role).toBe('reader');
    expect(member?.keys).toHaveLength(1);
  });
});

describe('a thief with a key that was retired', () => {
  const spare = { ...signer('bob'), name: 'bob' };
  const both = say(first.id, [team.id], ada, addKey('bob', spare.entry));
  const retired = say(first.id, [both.id], ada, retire('bob', bob.entry.recipient));

  it('lets nobody in, and gives themselves no other key', () => {
    const other = { ...signer('bob'), name: 'bob' };
    const given = say(first.id, [both.id], bob, addKey('bob', other.entry));
    const used = say(first.id, [given.id], other, add(eve));
    const chain = read([...base, both, retired, given, used, say(first.id, [both.id], bob, add(eve))]);
    expect(names(chain)).toEqual(['ada', 'bob', 'cid']);
    expect(chain.members.get('bob')?.keys.map((k) => k.recipient)).toEqual([spare.entry.recipient]);
    expect(chain.voided.size).toBe(3);
  });

  it('does not keep the owner from signing with the other one', () => {
    expect(names(read([...base, both, retired, say(first.id, [both.id], spare, add(eve))]))).toContain('eve');
  });
});

describe('two admins who did not know of each other', () => {
  it('one removes and lets in again as less, the other makes more of the person: it stays less', () => {
    const out = say(first.id, [team.id], ada, remove(cid));
    const again = say(first.id, [out.id], ada, add(cid, 'reader'));
    const more = say(first.id, [team.id], bob, role('cid', 'admin'), groups('cid', 'ops'));
    const late = say(first.id, [more.id], bob, role('cid', 'writer'));
    const last = say(first.id, [late.id], bob, role('cid', 'admin'));
    for (const all of [
      [out, again, more],
      [out, again, more, late, last],
    ]) {
      const member = read([...base, ...all]).members.get('cid');
      expect([member?.role, member?.groups]).toEqual(['reader', []]);
    }
  });

  it('give a role and groups only as far as both do', () => {
    for (const [a, b] of [
      ['admin', 'writer'],
      ['writer', 'admin'],
      ['reader', 'admin'],
    ] as const) {
      const one = say(first.id, [team.id], ada, role('cid', a), groups('cid', 'db', 'ops'));
      const two = say(first.id, [team.id], bob, role('cid', b), groups('cid', 'ops', 'web'));
      const member = read([...base, one, two]).members.get('cid');
      expect(member?.role).toBe(a === 'admin' ? b : a);
      expect(member?.groups).toEqual(['ops']);
    }
  });

  it('let one person in as the lesser of what they say', () => {
    const one = say(first.id, [team.id], ada, { ...add(eve, 'admin'), groups: ['ops'] } as Change);
    const two = say(first.id, [team.id], bob, add({ ...signer('eve'), name: 'eve' }, 'reader'));
    const member = read([...base, one, two]).members.get('eve');
    expect([member?.role, member?.groups, member?.keys.length]).toEqual(['reader', [], 2]);
  });

  it('cannot give one key to two people', () => {
    const one = say(first.id, [team.id], ada, add(eve));
    const two = say(first.id, [team.id], bob, { ...add(eve), name: 'mallory' } as Change);
    const chain = read([...base, one, two]);
    const owners = [...chain.members.values()].filter((m) => m.keys.some((k) => k.recipient === eve.entry.recipient));
    expect(owners).toHaveLength(1);
  });
});

describe('keys that are not what they seem', () => {
  it('a signing key of somebody else is not taken, neither by another person nor with another recipient', () => {
    const stolen = { ...eve.entry, sign: ada.entry.sign };
    const asEve = say(first.id, [team.id], bob, { ...add(eve), keys: [stolen] } as Change);
    expect(() => read([...base, asEve])).toThrow(code('NOT_ENTITLED'));
    const twice = say(first.id, [team.id], bob, addKey('ada', stolen));
    expect(() => read([...base, twice])).toThrow(code('NOT_ENTITLED'));
  });

  it('one statement gives a key once', () => {
    const twins = say(first.id, [team.id], ada, add(eve), { ...add(eve), name: 'mallory' } as Change);
    expect(() => read([...base, twins])).toThrow(code('NOT_ENTITLED'));
    const double = say(first.id, [team.id], ada, addKey('cid', eve.entry, { ...eve.entry, sign: null }));
    expect(() => parseStatement(formatStatement(double))).toThrow(code('BROKEN'));
  });

  const wire = (letter: string) => `ssh-ed25519 ${letter.repeat(68)}`;
  it.each([
    [{ recipient: wire('A'), sign: wire('B'), block: null }],
    [{ recipient: wire('A'), sign: ada.entry.sign, block: null }],
    [{ recipient: ada.entry.recipient, sign: wire('A'), block: null }],
    [{ recipient: ada.entry.recipient, sign: `openpgp ${'AB'.repeat(20)}`, block: null }],
  ])('a key signs for itself only: %j', (key) => {
    const statement = say(first.id, [team.id], ada, addKey('cid', key));
    expect(() => parseStatement(formatStatement(statement))).toThrow(code('BROKEN'));
  });
});

describe('names that look like others', () => {
  it.each(['bob\u3164', 'b\u115fob', 'bob\ufe0f', 'bob ', 'bob.', 'con', 'the\u0301', 'b\u034fob'])(
    '%j is none',
    (name) => {
      const statement = say(first.id, [team.id], ada, { ...add(eve), name } as Change);
      expect(() => parseStatement(formatStatement(statement))).toThrow(code('BROKEN'));
    },
  );

  // Full width, a ligature of its own: one letter by compatibility, and on some keyboards.
  it.each(['Bob', '\uff42\uff4f\uff42', 'b\u00bab'])('%j is taken where there is bob', (name) => {
    const statement = say(first.id, [team.id], ada, { ...add(eve), name } as Change);
    expect(() => read([...base, statement])).toThrow(code('NOT_ENTITLED'));
  });

  it.each(['b\u043eb', '\u0430da', 'b\u03bfb'])('%j mixes alphabets that look alike', (name) => {
    const statement = say(first.id, [team.id], ada, { ...add(eve), name } as Change);
    expect(() => parseStatement(formatStatement(statement))).toThrow(code('BROKEN'));
    expect(whyNoName('\u0431\u043e\u0440\u0438\u0441')).toBeNull();
  });
});

describe('the text of a statement that says two things', () => {
  const text = formatStatement(withBob);
  const forms: Record<string, string> = {
    'a name given twice': text.replace('"by": "ada"', '"by": "eve",\n    "by": "ada"'),
    'a name escaped': text.replace('"by": "ada"', '"by": "\\u0061da"'),
    'another order': JSON.stringify({ signature: '', statement: {} }),
    'a prototype': text.replace('"statement": {', '"__proto__": { "x": 1 },\n  "statement": {'),
    'more than belongs there': text.replace('"by":', '"also": 1,\n    "by":'),
    'a byte order mark': `\ufeff${text}`,
    'something behind it': `${text}{}`,
    'other digits of base64': text.replace(/=="/, '="'),
    'a number for a text': text.replace('"by": "ada"', '"by": 1'),
    'a list a million deep': '['.repeat(250_000),
    'a quarter of a megabyte': text.replace('"by": "ada"', `"by": "${'a'.repeat(260_000)}"`),
  };
  it.each(Object.entries(forms))('%s is refused', (_, form) => {
    expect(form).not.toBe(text);
    expect(() => parseStatement(form)).toThrow(code('BROKEN'));
  });
});

describe('a statement that comes before all others', () => {
  it('is one, and named by its content: a second one founds nothing, whatever vault it names', () => {
    const own = found(eve);
    const claimed = signed({ ...own.statement, vault: first.id }, eve);
    for (const second of [own, claimed]) expect(() => read([...base, second])).toThrow();
    const inAdasName = signed({ ...claimed.statement, by: 'ada', key: ada.entry.sign ?? '' }, eve);
    expect(() => read([...base, inAdasName])).toThrow(code('NOT_ENTITLED'));
  });
});

describe('what was found valid before', () => {
  it('is not checked again; what builds upon it is', () => {
    const lies = say(first.id, [team.id], eve, add(eve));
    const asked: string[] = [];
    const verify: typeof checkSignature = (key, s) => asked.push(s.id) > 0 && checkSignature(key, s);
    const known = (s: { readonly id: string }) => s.id !== team.id;
    const chain = readChain(base, first.id, verify, known);
    expect(asked).toEqual([team.id]);
    expect(chain).toEqual(read(base));
    expect(() => readChain([...base, lies], first.id, verify, (s) => s.id !== lies.id)).toThrow(code('NOT_ENTITLED'));
  });
});

it('hundreds of statements side by side, each upon all before it, are read within seconds', () => {
  const all = [...base];
  let heads = [team.id];
  for (let i = 0; i < 100; i++) {
    const two = ['a', 'b'].map((word) => say(first.id, heads, ada, groups('cid', `${word}${i}`)));
    all.push(...two);
    heads = two.map((s) => s.id);
  }
  const begun = performance.now();
  expect(read(all).heads).toEqual([...heads].sort());
  expect(performance.now() - begun).toBeLessThan(5000);
});

describe('a vault', () => {
  it('is another one each time, even by the same founder in the same second', () => {
    expect(found(ada).id).not.toBe(found(ada).id);
  });

  it('has an admin who can sign', () => {
    const mute = say(first.id, [first.id], ada, { ...add(eve), keys: [{ ...eve.entry, sign: null }] } as Change);
    const alone = say(first.id, [mute.id], ada, remove(ada, mute));
    expect(() => read([first, mute, alone])).toThrow(code('NOT_ENTITLED'));
  });
});
