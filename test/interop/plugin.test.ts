/** The same age plugin under the real `age` and under this program, both ways. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decrypt, encrypt } from '../../src/age/file.js';
import type { Plugins } from '../../src/age/types.js';
import { generateIdentity } from '../../src/age/x25519.js';
import { startPlugin } from '../../src/host/plugins.js';
import { type FakePlugin, fakeKey, installFakePlugin } from '../harness/plugin.js';
import { type Folder, has, temporaryFolder } from './programs.js';

const hasAge = has('age', '--version');

let folder: Folder;
let fake: FakePlugin;
let plugins: Plugins;
beforeAll(() => {
  folder = temporaryFolder();
  fake = installFakePlugin(folder.join('bin'));
  plugins = { dialog: null, start: (name, machine) => startPlugin(name, machine, fake.env, '/nowhere') };
});
afterAll(() => folder.remove());

describe.skipIf(!hasAge)('the age program with a plugin', () => {
  const alice = fakeKey('alice');
  const content = Buffer.from('for both of them');
  const age = (args: readonly string[], input: Uint8Array) =>
    execFileSync('age', args, { cwd: folder.path, env: fake.env, input, stdio: 'pipe' });

  it('opens what we sealed', async () => {
    writeFileSync(folder.join('identity'), `# recipient: ${alice.recipient}\n${alice.identity}\n`);
    const sealed = await encrypt(content, [generateIdentity().recipient, alice.recipient], plugins);
    expect(age(['-d', '-i', 'identity'], sealed)).toEqual(content);
  });

  it('seals what we open', async () => {
    const sealed = age(['-r', generateIdentity().recipient, '-r', alice.recipient], content);
    expect(await decrypt(sealed, [alice.identity], plugins)).toEqual(content);
  });
});
