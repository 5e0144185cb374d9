/** Age plugins: what is said to them, and what is made of what they say. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decrypt, decryptSync, encrypt, encryptSync } from '../../src/age/file.js';
import { parseHeader } from '../../src/age/header.js';
import { parseIdentityFile } from '../../src/age/identities.js';
import { parseRecipient, parseRecipientFile } from '../../src/age/recipients.js';
import type { PluginDialog, Plugins } from '../../src/age/types.js';
import { generateIdentity } from '../../src/age/x25519.js';
import { BlackboxError } from '../../src/errors.js';
import { startPlugin } from '../../src/host/plugins.js';
import { type FakePlugin, fakeKey, installFakePlugin } from '../harness/plugin.js';

let folder: string;
let fake: FakePlugin;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bb-plugin-')));
  fake = installFakePlugin(folder, process.env, ['fake', 'fido2-hmac']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [alice, bob] = [fakeKey('alice'), fakeKey('bob')];
const plain = generateIdentity();
const content = Buffer.from('what only the hardware opens');

function plugins(mode = '', changes: Partial<Plugins> = {}, repository = '/nowhere'): Plugins {
  const env = { ...fake.env, FAKE_PLUGIN: mode, BLACKBOX_IDENTITY: 'ours alone' };
  return { dialog: null, start: (name, machine) => startPlugin(name, machine, env, repository), ...changes };
}

async function failureOf(work: Promise<unknown>): Promise<BlackboxError> {
  const error = await work.then(
    () => expect.fail('nothing was thrown'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof BlackboxError)) throw error;
  return error;
}

describe('a key of an age plugin', () => {
  it('is wrapped for, and unwrapped with, by its plugin', async () => {
    const sealed = await encrypt(content, [plain.recipient, alice.recipient, bob.recipient], plugins());
    const types = parseHeader(sealed).stanzas.map(({ args }) => args[0]);
    expect(types).toEqual(['X25519', 'fake', 'fake']);
    expect(await decrypt(sealed, [bob.identity], plugins())).toEqual(content);
    const stranger = await failureOf(decrypt(sealed, [fakeKey('eve').identity], plugins()));
    expect(stranger.code).toBe('ERR_BLACKBOX_NO_MATCHING_IDENTITY');
  });

  it('runs it outside the repository, and without the identities that were given to us', async () => {
    const before = fake.runs().length;
    await encrypt(content, [alice.recipient], plugins());
    expect(fake.runs().slice(before)).toMatchObject([
      { machine: 'recipient-v1', cwd: parse(folder).root, given: null },
    ]);
  });

  it('may have a hyphen in its name', async () => {
    const key = fakeKey('alice', 'fido2-hmac');
    expect(parseRecipient(key.recipient)).toMatchObject({ kind: 'plugin', text: key.recipient, sign: null });
    const sealed = await encrypt(content, [key.recipient], plugins());
    expect(await decrypt(sealed, [`# comment\n${key.identity}\n`], plugins())).toEqual(content);
  });

  it('asks nothing of hardware as long as another identity opens the file', async () => {
    const sealed = await encrypt(content, [plain.recipient, alice.recipient], plugins());
    const before = fake.runs().length;
    expect(await decrypt(sealed, [alice.identity, plain.identity], plugins('early'))).toEqual(content);
    expect(decryptSync(sealed, [alice.identity, plain.identity])).toEqual(content);
    expect(fake.runs()).toHaveLength(before);
  });

  it('is asynchronous only, and starts nothing to say so', async () => {
    const before = fake.runs().length;
    const asyncOnly = expect.objectContaining({ code: 'ERR_BLACKBOX_ASYNC_ONLY' });
    const sealed = await encrypt(content, [alice.recipient], plugins());
    expect(() => encryptSync(content, [alice.recipient])).toThrow(asyncOnly);
    expect(() => decryptSync(sealed, [alice.identity])).toThrow(asyncOnly);
    expect(() => decryptSync(encryptSync(content, [plain.recipient]), [alice.identity])).toThrow(
      expect.objectContaining({ code: 'ERR_BLACKBOX_NO_MATCHING_IDENTITY' }),
    );
    expect(fake.runs()).toHaveLength(before + 1);
  });

  it('may stand in an identity file behind a passphrase, which the other keys in it go before', async () => {
    const locked = await encrypt(Buffer.from(`${alice.identity}\n${plain.identity}\n`), {
      passphrase: 'x',
      workFactor: 1,
    });
    const options = { name: 'mine', askPassphrase: () => 'x', plugins: plugins() };
    const before = fake.runs().length;
    const both = await encrypt(content, [plain.recipient, alice.recipient], plugins());
    expect(await decrypt(both, parseIdentityFile(locked, options))).toEqual(content);
    expect(fake.runs()).toHaveLength(before + 1);
    expect(
      await decrypt(await encrypt(content, [alice.recipient], plugins()), parseIdentityFile(locked, options)),
    ).toEqual(content);
    const alone = await encrypt(Buffer.from(alice.identity), { passphrase: 'x', workFactor: 1 });
    const [identity] = parseIdentityFile(alone, options);
    expect(identity?.signer?.().key).toBe('');
  });

  it('is a line among others, and no file holds it twice', () => {
    expect(parseRecipientFile(`# mine\n${alice.recipient}\n${plain.recipient}\n`).map(({ kind }) => kind)).toEqual([
      'plugin',
      'x25519',
    ]);
    expect(() => parseRecipientFile(`${alice.recipient}\n${alice.recipient}\n`)).toThrow(/same key as on line 1/);
  });
});

describe('a plugin that is not there', () => {
  const missing = fakeKey('alice', 'missing');

  it('is named, with the key, its owner and the ways out', async () => {
    const error = await failureOf(encrypt(content, [missing.recipient], plugins('', { ownerOf: () => 'bob' })));
    expect(error.code).toBe('ERR_BLACKBOX_PLUGIN_MISSING');
    expect(error.sentence).toBe(
      `nothing can be encrypted for the key ${missing.recipient} of bob: the program age-plugin-missing is not on the PATH`,
    );
    expect(error.hints).toEqual([
      'install age-plugin-missing',
      `or retire the key: blackbox-ts admin retire-key bob ${missing.recipient}`,
    ]);
    const mine = await failureOf(
      decrypt(await encrypt(content, [alice.recipient], plugins()), [missing.identity], plugins()),
    );
    expect(mine).toMatchObject({ code: 'ERR_BLACKBOX_PLUGIN_MISSING', hints: ['install age-plugin-missing'] });
  });

  it.each([
    ['a relative folder', () => ({ PATH: `.:bin:${process.cwd()}/nowhere` }), '/nowhere'],
    ['a folder of the repository', () => ({ PATH: folder }), null],
  ])('is not looked for in %s on the PATH', (_, env, repository) => {
    expect(startPlugin('fake', 'recipient-v1', env(), repository ?? folder)).toBeNull();
  });

  it.each(['', '../fake', 'Fake', 'fake/x', '-x', 'a b', 'fake\0'])('has no name like %j', (name) => {
    expect(() => startPlugin(name, 'recipient-v1', fake.env, '/nowhere')).toThrow(TypeError);
  });

  it.each([
    ['an upper-case name', fakeKey('a').recipient.toUpperCase()],
    ['a name with a dot', fakeKey('a', 'fa.ke').recipient],
    ['a name with a slash', fakeKey('a', '../fake').recipient],
    ['a name that begins with a digit', fakeKey('a', '9k').recipient],
    ['a typing error', `${alice.recipient.slice(0, -1)}${alice.recipient.endsWith('q') ? 'p' : 'q'}`],
  ])('is not looked for with %s', (_, text) => {
    expect(() => parseRecipient(text)).toThrow(expect.objectContaining({ code: 'ERR_BLACKBOX_BAD_RECIPIENT' }));
  });
});

describe('a plugin that misbehaves while it wraps', () => {
  it.each([
    ['garbage', /what it says is not what an age plugin says/],
    ['endless', /what it says is not what an age plugin says/],
    ['chatty', /had not come to an end after 256 commands/],
    ['early', /ended before it was done: no \\u\{1b\}\[31mhardware\\u\{1b\}\[0m here$/],
    ['error', /age-plugin-fake: no \\u\{1b\}\[2Jhardware here$/],
    ['wrong-index', /answered for a file that it was not asked about/],
    ['scrypt', /of a type that is not a plugin's to make/],
    ['native', /of a type that is not a plugin's to make/],
    ['ours', /of a type that is not a plugin's to make/],
    ['untyped', /larger than any, or empty/],
    ['large', /larger than any, or empty/],
    ['two', /made 2 stanzas for one key/],
    ['silent', /made 0 stanzas for one key/],
  ])('(%s) makes no file, and the error tells of which key', async (mode, reason) => {
    const error = await failureOf(encrypt(content, [plain.recipient, alice.recipient], plugins(mode)));
    expect(error).toMatchObject({ code: 'ERR_BLACKBOX_PLUGIN_FAILED' });
    expect(error.sentence).toMatch(reason);
    expect(error.sentence).toContain(`the key ${alice.recipient}: age-plugin-fake: `);
    expect(error.hints[0]).toContain('admin retire-key');
  });

  it('is not waited for once it is done', async () => {
    const began = performance.now();
    const sealed = await encrypt(content, [alice.recipient], plugins('hang'));
    expect(performance.now() - began).toBeLessThan(5000);
    const { pid } = fake.runs().at(-1) ?? { pid: 0 };
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(await decrypt(sealed, [alice.identity], plugins())).toEqual(content);
  });
});

describe('a plugin that misbehaves while it unwraps', () => {
  it.each([
    ['garbage', /what it says is not what an age plugin says/],
    ['endless', /what it says is not what an age plugin says/],
    ['early', /ended before it was done: no /],
    ['error', /no \\u\{1b\}\[2Jhardware here$/],
    ['wrong-index', /age-plugin-fake: it answered for a file that it was not asked about/],
    ['short-key', /something other than a file key/],
    ['two-keys', /answered for a file that it was not asked about/],
  ])('(%s) opens nothing, and what it did is told', async (mode, reason) => {
    const sealed = await encrypt(content, [alice.recipient], plugins());
    const error = await failureOf(decrypt(sealed, [alice.identity], plugins(mode)));
    expect(error).toMatchObject({ code: 'ERR_BLACKBOX_PLUGIN_FAILED', sentence: expect.stringMatching(reason) });
  });
});

describe('the questions of a plugin', () => {
  const cancelled = new BlackboxError('ERR_BLACKBOX_CANCELLED', 'the question was cancelled');

  async function asked(dialog: PluginDialog | null): Promise<string> {
    return (await failureOf(encrypt(content, [alice.recipient], plugins('questions', { dialog })))).sentence;
  }

  it('are put to whoever is there, with the plugin’s name in front, and nothing that a terminal obeys', async () => {
    const shown: string[] = [];
    const note = <T>(answer: T) => {
      return (words: string): T => {
        shown.push(words);
        return answer;
      };
    };
    const dialog = { say: note(undefined), confirm: note(true), ask: note('9a'), askSecret: note('123456') };
    expect(await asked(dialog)).toContain('answers: ok, ok yes, ok 9a, ok 123456, unsupported');
    expect(shown).toEqual([
      'age-plugin-fake: touch \\u{1b}[1mme',
      'age-plugin-fake: insert your key (y: insert it, n: skip)',
      'age-plugin-fake: which slot? ',
      'age-plugin-fake: PIN? ',
    ]);
    expect(await asked({ ...dialog, confirm: () => false })).toContain('ok no');
  });

  it('fail where nobody is, and a cancelled one ends it all', async () => {
    const nobody = 'answers: fail, fail, fail, fail, unsupported';
    expect(await asked(null)).toContain(nobody);
    const none = () => {
      throw new BlackboxError('ERR_BLACKBOX_NO_TERMINAL', 'there is no terminal');
    };
    expect(await asked({ say: none, confirm: none, ask: none, askSecret: none })).toContain(nobody);
    const cancel = () => {
      throw cancelled;
    };
    const dialog = { say: () => {}, confirm: cancel, ask: cancel, askSecret: cancel };
    expect(await failureOf(encrypt(content, [alice.recipient], plugins('questions', { dialog })))).toBe(cancelled);
  });
});
