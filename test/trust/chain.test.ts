import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readChain } from '../../src/trust/chain.js';
import { formatStatement, parseStatement, type SignedStatement } from '../../src/trust/statement.js';
import { add, checkSignature, found, names, read, remove, say, signed, signer } from './team.js';

const ada = signer('ada');
const bob = signer('bob');
const eve = signer('eve');
const cid = signer('cid');
const first = found(ada);
const withBob = say(first.id, [first.id], ada, add(bob));

const code = (c: string) => expect.objectContaining({ code: `ERR_BLACKBOX_STATEMENT_${c}` });

describe('a chain of statements', () => {
  it('grows from the founder', () => {
    const chain = read([first, withBob, say(first.id, [withBob.id], bob, add(cid, 'reader'))]);
    expect(names(chain)).toEqual(['ada', 'bob', 'cid']);
    expect(chain.members.get('cid')?.role).toBe('reader');
    expect(chain.voided.size).toBe(0);
  });

  it('refuses a statement by an outsider, and by somebody who is no admin', () => {
    expect(() => read([first, say(first.id, [first.id], eve, add(eve))])).toThrow(code('NOT_ENTITLED'));
    const reader = say(first.id, [first.id], ada, add(cid, 'reader'));
    expect(() => read([first, reader, say(first.id, [reader.id], cid, add(eve))])).toThrow(code('NOT_ENTITLED'));
  });

  it('refuses a signature that is not of the key named', () => {
    expect(() => read([first, signed(say(first.id, [first.id], ada, add(eve)).statement, eve)])).toThrow(
      code('FORGED'),
    );
  });

  it('refuses to go on over a deleted statement', () => {
    const last = say(first.id, [withBob.id], bob, add(cid));
    expect(() => read([first, last])).toThrow(code('MISSING'));
  });

  it('refuses statements of another vault, and another founder', () => {
    const other = found(eve);
    expect(() => read([first, other])).toThrow(code('FOREIGN'));
    expect(() => read([first, say(other.id, [first.id], ada, add(bob))])).toThrow(code('FOREIGN'));
    expect(() => readChain([other], first.id, checkSignature)).toThrow(code('MISSING'));
  });

  it('refuses a key that is given to a second person, and a second person of one name', () => {
    const stolen = { ...add(eve), keys: [bob.entry] } as ReturnType<typeof add>;
    expect(() => read([first, withBob, say(first.id, [withBob.id], ada, stolen)])).toThrow(code('NOT_ENTITLED'));
    const twin = { ...add(eve), name: 'bob' } as ReturnType<typeof add>;
    expect(() => read([first, withBob, say(first.id, [withBob.id], ada, twin)])).toThrow(code('NOT_ENTITLED'));
  });
});

describe('a key given again', () => {
  const bare = { ...bob.entry, sign: null };
  const asReader = say(first.id, [first.id], ada, { ...add(bob, 'reader'), keys: [bare] } as ReturnType<typeof add>);
  const again = (...keys: (typeof bob.entry)[]) => ({ do: 'add-key', name: 'bob', keys }) as const;

  it('takes on the signing key that nobody had told, which then signs', () => {
    const told = say(first.id, [asReader.id], ada, again(bob.entry), { do: 'role', name: 'bob', role: 'admin' });
    const chain = read([first, asReader, told, say(first.id, [told.id], bob, add(cid))]);
    expect(chain.members.get('bob')?.keys).toEqual([{ ...bob.entry, from: told.id }]);
    expect(names(chain)).toEqual(['ada', 'bob', 'cid']);
  });

  it('never exchanges a signing key for another, nor says the same twice', () => {
    const exchanged = say(first.id, [withBob.id], ada, again({ ...bob.entry, sign: eve.entry.sign }));
    expect(() => read([first, withBob, exchanged])).toThrow(code('NOT_ENTITLED'));
    expect(() => read([first, withBob, say(first.id, [withBob.id], ada, again(bob.entry))])).toThrow(
      code('NOT_ENTITLED'),
    );
    expect(() => read([first, withBob, say(first.id, [withBob.id], ada, again(bare))])).toThrow(code('NOT_ENTITLED'));
  });

  it('takes the newer block of an OpenPGP key', () => {
    const recipient = `openpgp ${'AB'.repeat(20)}`;
    const key = (block: string) => ({ recipient, sign: null, block });
    const withKey = say(first.id, [withBob.id], ada, again(key('old')));
    const renewed = say(first.id, [withKey.id], ada, again(key('new')));
    const keys = read([first, withBob, withKey, renewed]).members.get('bob')?.keys;
    expect(keys?.map((k) => k.block)).toEqual([null, 'new']);
  });

  it('does not bring back what was retired beside it', () => {
    const spare = signer('spare').entry;
    const withSpare = say(first.id, [withBob.id], ada, again({ ...spare, sign: null }));
    const retired = say(first.id, [withSpare.id], ada, {
      do: 'retire-key',
      name: 'bob',
      recipient: spare.recipient,
      confirm: [],
    });
    const told = say(first.id, [withSpare.id], bob, again(spare));
    for (const all of [
      [first, withBob, withSpare, retired, told],
      [first, withBob, withSpare, told, retired],
    ]) {
      expect(
        read(all)
          .members.get('bob')
          ?.keys.map((k) => k.recipient),
      ).toEqual([bob.entry.recipient]);
    }
  });
});

describe('removal', () => {
  const byBob = say(first.id, [withBob.id], bob, add(cid));

  it('takes with it what the removed person signed unseen: beside it, or backdated later', () => {
    const gone = say(first.id, [withBob.id], ada, remove(bob));
    const chain = read([first, withBob, gone, byBob, say(first.id, [withBob.id], bob, add(eve))]);
    expect(names(chain)).toEqual(['ada']);
    expect(chain.voided.size).toBe(2);
    expect(chain.removed.get('bob')).toBe(gone.id);
  });

  it('keeps what the remover confirmed, and voids what they did not', () => {
    const kept = say(first.id, [byBob.id], ada, remove(bob, byBob));
    expect(names(read([first, withBob, byBob, kept]))).toEqual(['ada', 'cid']);
    const dropped = say(first.id, [byBob.id], ada, remove(bob));
    expect(names(read([first, withBob, byBob, dropped]))).toEqual(['ada']);
  });

  it('voids what a person let in by a voided statement signed', () => {
    const gone = say(first.id, [withBob.id], ada, remove(bob));
    const puppet = say(first.id, [byBob.id], cid, remove(ada));
    expect(names(read([first, withBob, gone, byBob, puppet]))).toEqual(['ada']);
  });

  it('beats letting the same person in again beside it, and yields to doing so after it', () => {
    const gone = say(first.id, [withBob.id], ada, remove(bob));
    const again = say(first.id, [gone.id], ada, add(bob));
    expect(names(read([first, withBob, gone, again]))).toEqual(['ada', 'bob']);
    const after = say(first.id, [again.id], bob, add(cid));
    expect(names(read([first, withBob, gone, again, after]))).toEqual(['ada', 'bob', 'cid']);
  });

  it('does not let a removed person sign on', () => {
    const gone = say(first.id, [withBob.id], ada, remove(bob));
    expect(() => read([first, withBob, gone, say(first.id, [gone.id], bob, add(eve))])).toThrow(code('NOT_ENTITLED'));
  });

  it('of each other on two branches stands for both', () => {
    const both = say(first.id, [withBob.id], ada, add(cid));
    const a = say(first.id, [both.id], ada, remove(bob));
    const b = say(first.id, [both.id], bob, remove(ada, withBob, both));
    expect(names(read([first, withBob, both, a, b]))).toEqual(['cid']);
    const alone = [
      first,
      withBob,
      say(first.id, [withBob.id], ada, remove(bob)),
      say(first.id, [withBob.id], bob, remove(ada, withBob)),
    ];
    expect(() => read(alone)).toThrow(code('NOT_ENTITLED'));
  });

  it('of one key voids what that key signed and leaves the person', () => {
    const second = signer('bob');
    const more = say(first.id, [withBob.id], ada, { do: 'add-key', name: 'bob', keys: [second.entry] });
    const stolen = say(first.id, [more.id], bob, add(eve));
    const retired = say(first.id, [more.id], ada, {
      do: 'retire-key',
      name: 'bob',
      recipient: bob.entry.recipient,
      confirm: [],
    });
    const chain = read([first, withBob, more, stolen, retired]);
    expect(names(chain)).toEqual(['ada', 'bob']);
    expect(chain.members.get('bob')?.keys.map((k) => k.recipient)).toEqual([second.entry.recipient]);
  });
});

describe('the text of a statement', () => {
  it('is read back as it was, in one form only', () => {
    const text = formatStatement(withBob);
    expect(parseStatement(text)).toEqual({ ...withBob, signature: Buffer.from(withBob.signature) });
    expect(parseStatement(text.replaceAll('\n', '\r\n')).id).toBe(withBob.id);
    expect(() => parseStatement(text.replace('  ', '   '))).toThrow(code('BROKEN'));
    expect(() => parseStatement(text.replace('"admin"', '"root"'))).toThrow(code('BROKEN'));
    expect(() => parseStatement(text.replace('"vault"', '"__proto__"'))).toThrow(code('BROKEN'));
  });

  it('cannot be changed by a character without being refused', () => {
    const text = formatStatement(withBob);
    fc.assert(
      fc.property(fc.nat(text.length - 2), fc.integer({ min: 33, max: 126 }), (at, c) => {
        const other = text.slice(0, at) + String.fromCharCode(c) + text.slice(at + 1);
        fc.pre(other !== text);
        expect(() => read([first, parseStatement(other)])).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/STATEMENT/) }),
        );
      }),
      { numRuns: 300 },
    );
  });
});

function tryRead(all: readonly SignedStatement[]): ReturnType<typeof read> | null {
  try {
    return read(all);
  } catch {
    return null;
  }
}

/** A random history: each step is by somebody the signer's branch has as admin, on top of a random set of heads. */
function history(seed: readonly (readonly [number, number, number, boolean, boolean])[]): SignedStatement[] {
  const people = [ada, bob, cid, eve];
  const all = [first];
  for (const [who, target, onto, kind, confirm] of seed) {
    const base = all.slice(0, 1 + (onto % all.length));
    const state = tryRead(base);
    if (state === null) continue;
    const by = people[who % 4] ?? ada;
    const to = people[target % 4] ?? bob;
    if (state.members.get(by.name)?.role !== 'admin') continue;
    const there = state.members.has(to.name);
    if (kind === there || (there && to === by)) continue;
    const next = say(
      first.id,
      state.heads,
      by,
      kind ? add(to) : remove(to, ...(confirm ? base.filter((s) => s.statement.by === to.name) : [])),
    );
    if (!all.some((s) => s.id === next.id)) all.push(next);
  }
  return all;
}

describe('any history', () => {
  const steps = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(50), fc.boolean(), fc.boolean()), { maxLength: 14 });

  it('says the same in whatever order its files are read', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (seed, turn) => {
        const all = history(seed);
        const outcome = (list: readonly SignedStatement[]) => {
          try {
            const chain = readChain(list, first.id, checkSignature);
            return { names: names(chain), void: [...chain.voided.keys()].sort() };
          } catch (error) {
            return (error as { code?: string }).code;
          }
        };
        const k = turn % all.length;
        expect(outcome([...all.slice(k), ...all.slice(0, k)].reverse())).toEqual(outcome(all));
      }),
      { numRuns: 150 },
    );
  });

  it('never has somebody whose last word everywhere is a removal', () => {
    fc.assert(
      fc.property(steps, (seed) => {
        const all = history(seed);
        const chain = tryRead(all);
        if (chain === null) return;
        for (const name of chain.members.keys()) {
          const removals = all.filter(
            (s) => s.statement.changes.some((c) => c.do === 'remove' && c.name === name) && !chain.voided.has(s.id),
          );
          const from = chain.members.get(name)?.from ?? '';
          const past = new Set<string>();
          const visit = (id: string): void => {
            if (past.has(id)) return;
            past.add(id);
            for (const p of all.find((s) => s.id === id)?.statement.after ?? []) visit(p);
          };
          visit(from);
          expect(removals.every((r) => past.has(r.id))).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});
