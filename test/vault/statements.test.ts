/** Where statements lie: what is taken for one, and what a clone keeps of them for itself. */
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { statementLimit } from '../../src/trust/limits.js';
import { formatStatement, type SignedStatement } from '../../src/trust/statement.js';
import {
  readStatements,
  rememberedStatements,
  rememberStatements,
  statementNames,
  statementPath,
  statementsFolder,
} from '../../src/vault/statements.js';
import { codeOf, newWorld, type World } from './world.js';

const own = (world: World) => readStatements(world.vault())[0] as SignedStatement;
const id = 'ab'.repeat(32);
const reading = (world: World) => codeOf(() => readStatements(world.vault()));

describe('in the repository', () => {
  it('each lies in a file that is named by its hash, as text that git can show', async () => {
    using world = await newWorld();
    await world.enrol(world.someone('bob'));
    const all = readStatements(world.vault());
    expect(statementNames(world.vault())).toEqual(all.map((s) => `${s.id}.json`).sort());
    for (const signed of all) {
      expect(world.read(statementPath(signed.id)).toString()).toBe(formatStatement(signed));
      expect(formatStatement(signed)).toMatch(/^\{\n {2}"statement": \{\n/);
    }
  });

  it('with the line endings of another system they are the same', async () => {
    using world = await newWorld();
    const signed = own(world);
    world.write(statementPath(signed.id), formatStatement(signed).replaceAll('\n', '\r\n'));
    expect(readStatements(world.vault())).toEqual([signed]);
  });

  it.each([
    ['notes.txt', 'x'],
    ['README.md', '# x'],
    [`${id}.json.bak`, '{}'],
    [`${id.toUpperCase()}.json`, '{}'],
    [`${id.slice(1)}.json`, '{}'],
    [`${id}.json`, ''],
    [`${id}.json`, '{}'],
    [`${id}.json`, 'null'],
    [`${id}.json`, '{"statement":{},"signature":""}'],
    [`${id}.json`, ' '.repeat(statementLimit + 1)],
  ])('%s holding something else is refused, naming it', async (name, content) => {
    using world = await newWorld();
    world.write(`${statementsFolder}/${name}`, content);
    expect(['ERR_BLACKBOX_VAULT_DAMAGED', 'ERR_BLACKBOX_TOO_LARGE', 'ERR_BLACKBOX_READ_FAILED']).toContain(
      await reading(world),
    );
    expect(() => readStatements(world.vault())).toThrow(name);
  });

  it('one under the name of another, or in any other form than its own, is refused', async () => {
    using world = await newWorld();
    const signed = own(world);
    const text = formatStatement(signed);
    const forms = [
      JSON.stringify(JSON.parse(text)),
      `${text}\n`,
      text.replace('{', '{ '),
      text.replace('"al"', '"\\u0061l"'),
    ];
    for (const other of forms) {
      world.write(statementPath(signed.id), other);
      expect(await reading(world)).toBe('ERR_BLACKBOX_VAULT_DAMAGED');
    }
    world.write(statementPath(signed.id), text);
    world.write(statementPath(id), text);
    expect(() => readStatements(world.vault())).toThrow(/it is not the statement that its name says/);
  });

  it('no link is followed: neither a statement, nor the folder', async () => {
    using world = await newWorld();
    writeFileSync(join(world.root, '..', 'outside'), '{}');
    symlinkSync(join(world.root, '..', 'outside'), join(world.root, statementPath(id)));
    expect(await reading(world)).toBe('ERR_BLACKBOX_UNSAFE_PATH');
    world.git('add', '--all');
    world.git('mv', '-k', statementsFolder, 'elsewhere');
    symlinkSync('../elsewhere', join(world.root, statementsFolder));
    expect(await codeOf(() => statementNames(world.vault()))).toBe('ERR_BLACKBOX_UNSAFE_PATH');
  });

  it('what file managers leave is nobody’s statement', async () => {
    using world = await newWorld();
    world.write(`${statementsFolder}/.DS_Store`, 'x');
    expect(readStatements(world.vault())).toHaveLength(1);
  });

  it('more than a team can say are not read at all', async () => {
    using world = await newWorld();
    const names = Array.from({ length: 5001 }, (_, i) => `${i.toString(16).padStart(64, '0')}.json`);
    const vault = world.vault();
    const read = () => expect.unreachable('it was read');
    const files = { ...vault.host.files, list: () => names, read };
    expect(await codeOf(() => readStatements({ ...vault, host: { ...vault.host, files } }))).toBe(
      'ERR_BLACKBOX_VAULT_DAMAGED',
    );
  });
});

describe('in the clone’s own memory', () => {
  it('they are kept for good, once each, for their owner only', async () => {
    using world = await newWorld();
    const vault = world.vault();
    const signed = own(world);
    const folder = join(vault.state, 'statements');
    rememberStatements(vault, [signed]);
    rememberStatements(vault, [signed, signed]);
    expect(readdirSync(folder)).toEqual([`${signed.id}.json`]);
    if (process.platform !== 'win32') {
      expect(statSync(join(folder, `${signed.id}.json`)).mode & 0o777).toBe(0o600);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
    }
    expect(rememberedStatements(vault, vault.id)).toEqual([signed]);
    expect(rememberedStatements(vault, id)).toEqual([]);
  });

  it('what cannot be read any more is not remembered, and stops nothing', async () => {
    using world = await newWorld();
    const vault = world.vault();
    const signed = own(world);
    rememberStatements(vault, [signed]);
    const folder = join(vault.state, 'statements');
    writeFileSync(join(folder, `${id}.json`), formatStatement(signed));
    writeFileSync(join(folder, `${'cd'.repeat(32)}.json`), 'garbage');
    mkdirSync(join(folder, `${'ef'.repeat(32)}.json`));
    expect(rememberedStatements(vault, vault.id)).toEqual([signed]);
    expect(world.roster().people.map((p) => p.name)).toEqual(['al']);
  });
});
