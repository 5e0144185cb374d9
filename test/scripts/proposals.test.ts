/** Whoever may not write can still propose a value: it counts for nothing until somebody who may has looked at it and sealed it. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identityOf } from '../harness/attack.js';
import { expectRefused } from '../harness/refusal.js';
import { until } from '../harness/run.js';
import { newTeam, type Person, type Team } from '../harness/team.js';
import { atTerminal } from '../harness/terminal.js';
import { found, register } from '../harness/vault.js';

const fingerprintIn = (said: string) => /fingerprint of (?:your|the) proposal: (SHA256:\S+)/.exec(said)?.[1] ?? '';
const cat = (person: Person, path: string) => person.lead(`blackbox-ts cat ${path}`, { shows: true }).stdout;
const approve = (...words: string[]) => ['blackbox-ts', 'admin', 'approve', ...words];

/** Alice has a vault with `db.json`; carol reads it with a key that cannot sign. */
function withReader(team: Team, content: string): { alice: Person; carol: Person } {
  const alice = found(team);
  register(alice, { 'db.json': content, 'test.json': '{}' });
  const carol = team.person('carol');
  carol.newKey('age');
  alice.lead(['blackbox-ts', 'admin', 'add', '--name', 'carol', identityOf(carol).recipient]);
  alice.commitAndPush('carol reads');
  carol.pull();
  return { alice, carol };
}

/** @returns the fingerprint that the proposer sees */
function propose(person: Person, path: string, content: string, name: string): string {
  person.write(path, content);
  const said = person.run(`blackbox-ts encrypt --propose --name ${name} ${path}`).stderr;
  person.run(/^ {2}(git commit .*)$/m.exec(said)?.[1] ?? '');
  person.run('git push -q origin HEAD');
  return fingerprintIn(said);
}

describe('a proposed value', () => {
  it('by a reader who cannot sign is shown with who and what, and sealed by whoever adopts it', async () => {
    using team = newTeam();
    const [old, proposed] = [team.secret('old'), team.secret('new')];
    const { alice, carol } = withReader(team, JSON.stringify({ db: { password: old, host: 'db' }, level: 1 }));
    carol.lead('blackbox-ts decrypt db.json');
    carol.write('db.json', JSON.stringify({ db: { password: proposed, host: 'db' }, key: proposed }));
    expectRefused(team, carol, 'blackbox-ts encrypt db.json', { says: ['carol', 'encrypt --propose'] });
    const fingerprint = propose(carol, 'db.json', carol.read('db.json'), 'carol');
    alice.pull();
    // It changes nothing by itself.
    expect(cat(alice, 'db.json')).toContain(old);
    expect(alice.run('blackbox-ts status').stderr).toContain('carol proposes a value of db.json');
    alice.run('blackbox-ts status --check');
    expect(alice.run('blackbox-ts doctor', { code: null }).stdout).toContain('blackbox-ts admin approve carol db.json');
    expect(alice.run(approve('--show', 'bob'), { code: 1 }).stderr).toContain('bob proposes no value');
    const asOther = alice.run(approve('--role', 'writer', 'carol', 'db.json'), { code: 2 }).stderr;
    expect(asOther).toContain('--role goes with a request to be let in');
    // Whoever proposes it cannot adopt it.
    carol.run('rm db.json');
    expect(carol.run(approve('--yes', 'carol', 'db.json'), { code: 1 }).stderr).toContain('carol (reader)');
    const unasked = alice.run(approve('carol', 'db.json'), { code: 1 }).stderr;
    expect(unasked).toContain('--fingerprint SHA256:…');
    const wrong = alice.run(approve('--fingerprint', fingerprint.slice(0, 20), 'carol'), { code: 1 }).stderr;
    expect(wrong).toContain('not what you have compared');
    expect(alice.run(approve('--show', 'carol', 'db.json'), { shows: true }).stdout).toContain(proposed);
    const session = atTerminal(alice, approve('carol').join(' '));
    await until('asked', () => session.output().includes('[y/N]'));
    for (const words of [
      'carol (on the roster as reader) proposes a value of db.json; nobody has signed it',
      'changed: db.password',
      'new: key',
      'gone: level',
      fingerprint,
    ])
      expect(session.output()).toContain(words);
    session.type('y\n');
    expect((await session.ended).code).toBe(0);
    alice.commitAndPush('as carol proposed');
    carol.pull();
    expect(cat(carol, 'db.json')).toContain(proposed);
    expect(alice.run('git ls-files .blackbox/requests').stdout).toBe('');
    expect(alice.run('blackbox-ts status --check').stderr).not.toContain('proposes');
  });

  it('by somebody without any key: write-only', () => {
    using team = newTeam();
    const proposed = team.secret('new');
    const { alice } = withReader(team, '{"a":1}');
    const eve = team.person('eve');
    eve.run('blackbox-ts cat db.json', { code: 1 });
    const fingerprint = propose(eve, 'db.json', JSON.stringify({ a: proposed }), 'eve');
    eve.run('rm db.json');
    // Not even what they proposed can they read.
    expect(eve.run(approve('--show', 'eve', 'db.json'), { code: 1 }).stdout).toBe('');
    alice.pull();
    const said = alice.run(approve('--fingerprint', fingerprint, 'eve', 'db.json')).stderr;
    expect(said).toContain('eve (nobody of this name is on the roster)');
    expect(said).toMatch(/brought by commit [0-9a-f]{12} of eve/);
    expect(cat(alice, 'db.json')).toContain(proposed);
  });

  it('is not moved to another file or name, exchanged, or adopted over what was sealed since', () => {
    using team = newTeam();
    const { alice, carol } = withReader(team, '{"a":1}');
    propose(carol, 'db.json', '{"a":2}', 'carol');
    alice.pull();
    const at = (by: string, path: string) => join(alice.clone, `.blackbox/requests/${by}/${path}.age`);
    for (const [by, path] of [
      ['carol', 'test.json'],
      ['dave', 'db.json'],
    ] as const) {
      alice.run(['mkdir', '-p', `.blackbox/requests/${by}`]);
      renameSync(at('carol', 'db.json'), at(by, path));
      const { stderr } = alice.run(approve('--yes', by, path), { code: 1 });
      expect(stderr).toContain('is no proposal for this place');
      renameSync(at(by, path), at('carol', 'db.json'));
    }
    // A sealed file of somebody's, in the place of a proposal.
    alice.write('.blackbox/requests/mallory/db.json.age', alice.bytes('db.json.age'));
    expect(alice.run(approve('--yes', 'mallory', 'db.json'), { code: 1 }).stderr).toContain('no proposal');
    expect(alice.run(approve('--yes', 'carol', 'test.json'), { code: 1 }).stderr).toContain('proposes no value');
    expect(alice.run(approve('--yes', 'carol', '../x'), { code: 1 }).stderr).toContain('not inside the repository');
    alice.lead('blackbox-ts decrypt db.json');
    alice.write('db.json', '{"a":3}');
    alice.lead('blackbox-ts encrypt --shred db.json');
    expect(alice.run(approve('--yes', 'carol'), { code: 1 }).stderr).toContain('has been sealed anew since');
    expect(cat(alice, 'db.json')).toBe('{"a":3}');
    alice.run(approve('--yes', '--force', 'carol'));
    expect(cat(alice, 'db.json')).toBe('{"a":2}');
  });
});
