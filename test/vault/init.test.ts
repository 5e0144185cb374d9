/** A vault's beginning: whoever was there before does not get in with it, and one that was interrupted goes on as the same vault. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { x25519Identity } from '../../src/age/index.js';
import { formatStatement, parseStatement, type SignedStatement } from '../../src/trust/statement.js';
import {
  apply,
  begunStatement,
  findVault,
  foundingStatement,
  keyEntries,
  locate,
  openKeyring,
  planInit,
  readRoster,
  type VaultHost,
} from '../../src/vault/index.js';
import { statementPath } from '../../src/vault/statements.js';
import { Death, mortalHost } from './mortal.js';
import { codeOf, foundVault, hostAt, newPerson, newPlace, type Place, type Someone } from './world.js';

const al = newPerson('al');
const eve = newPerson('eve');
const founding = (who: Someone, name = who.name, keys = who.publicText) =>
  foundingStatement(name, keyEntries(keys), x25519Identity(who.identity).signer());

function write(place: Place, path: string, content: string): void {
  mkdirSync(dirname(join(place.root, path)), { recursive: true });
  writeFileSync(join(place.root, path), content);
}

const leave = (place: Place, statement: SignedStatement) =>
  write(place, statementPath(statement.id), formatStatement(statement));
const statements = (place: Place) => readdirSync(join(place.root, '.blackbox/roster'));
const begun = (place: Place, who: Someone, name = who.name, keys = who.publicText) =>
  begunStatement(locate(hostAt(place.root)), name, keyEntries(keys), x25519Identity(who.identity).signer());

/** As `init` does, run again after it was killed. */
async function begin(place: Place, host: VaultHost, who: Someone): Promise<string> {
  const there = locate(host);
  there.host.files.makeFolder(there.state, 0o700);
  const first = begun(place, who) ?? (await founding(who));
  const plan = planInit(there, first, who.publicText.trimEnd().split('\n'));
  await apply({ ...there, id: first.id }, plan, { keyring: openKeyring(host, { identities: [who.identity] }) });
  return first.id;
}

describe('a founder', () => {
  it('is alone on the roster, with a signed statement that the vault is known by', async () => {
    using place = newPlace();
    await foundVault(hostAt(place.root), al);
    const vault = findVault(hostAt(place.root));
    const [person, ...others] = readRoster(vault).people;
    expect(others).toEqual([]);
    expect(person).toMatchObject({ name: 'al', role: 'admin', groups: [] });
    expect(person?.recipients.map((r) => r.text)).toEqual([al.recipient]);
    expect(statements(place)).toEqual([`${vault.id}.json`]);
    expect(place.git('diff', '--cached', '--name-only').trim().split('\n')).toEqual([
      '.blackbox/admins/al.pub',
      '.blackbox/files',
      statementPath(vault.id),
      '.blackbox/vault.json',
      '.gitattributes',
    ]);
  });

  it('cannot be somebody who does not sign, nor sign with a key that is not theirs', async () => {
    expect(await codeOf(() => founding(al, 'al', `${al.recipient}\n`))).toBe('ERR_BLACKBOX_CANNOT_SIGN');
    expect(await codeOf(() => founding(al, 'al', eve.publicText))).toBe('ERR_BLACKBOX_CANNOT_SIGN');
    expect(await codeOf(() => founding(al, '../al'))).toBe('ERR_BLACKBOX_BAD_NAME');
  });

  it('founds another vault each time', async () => {
    expect((await founding(al)).id).not.toBe((await founding(al)).id);
  });
});

describe('what was there before', () => {
  it.each([
    ['the key of somebody', '.blackbox/admins/eve.pub', eve.publicText],
    ['what is no key', '.blackbox/admins/readme', 'x'],
    ['what is no statement', '.blackbox/roster/readme.json', '{}'],
    ['a statement that is none', `.blackbox/roster/${'ab'.repeat(32)}.json`, '{}'],
  ])('%s stops it, and nothing is written', async (_, path, content) => {
    using place = newPlace();
    write(place, path, content);
    await expect(begin(place, hostAt(place.root), al)).rejects.toMatchObject({
      code: 'ERR_BLACKBOX_VAULT_DAMAGED',
      file: path,
    });
    expect(() => readFileSync(join(place.root, '.blackbox/vault.json'))).toThrow();
  });

  it('a statement of somebody else stops it, also one that says it is of the founder', async () => {
    const own = await founding(al);
    const others: readonly SignedStatement[] = [
      await founding(eve),
      // Eve under the founder's name; the founder with a key of eve's beside their own.
      await founding(eve, 'al'),
      await founding(al, 'al', al.publicText + eve.publicText),
      await founding(al, 'ada'),
      { ...own, signature: (await founding(eve)).signature },
    ];
    for (const other of others) {
      using place = newPlace();
      leave(place, other);
      expect(begun(place, al)).toBeNull();
      await expect(begin(place, hostAt(place.root), al)).rejects.toMatchObject({
        code: 'ERR_BLACKBOX_VAULT_DAMAGED',
        file: statementPath(other.id),
      });
    }
  });

  it('a statement that the founder has left goes on; beside it no other may stand', async () => {
    using place = newPlace();
    const own = await founding(al);
    leave(place, own);
    expect(begun(place, al)).toEqual(own);
    leave(place, await founding(al));
    expect(await codeOf(() => begin(place, hostAt(place.root), al))).toBe('ERR_BLACKBOX_VAULT_DAMAGED');
  });
});

it('killed anywhere and run again it is one vault, whole', async () => {
  for (let n = 0; ; n++) {
    using place = newPlace();
    const { host, died } = mortalHost(hostAt(place.root), n);
    await begin(place, host, al).catch((error) => {
      if (!(error instanceof Death)) throw error;
    });
    if (!died()) break;
    const there = locate(hostAt(place.root));
    // Once it is a vault, the program has nothing left to do but to stage it.
    if (there.host.files.stat(join(there.folder, 'vault.json')) === null) await begin(place, hostAt(place.root), al);
    const vault = findVault(hostAt(place.root));
    expect(statements(place), `after ${n} changes`).toEqual([`${vault.id}.json`]);
    expect(readRoster(vault).people.map((p) => p.name)).toEqual(['al']);
    expect(parseStatement(readFileSync(join(place.root, statementPath(vault.id)), 'utf8')).id).toBe(vault.id);
    rmSync(place.root, { recursive: true });
  }
});
