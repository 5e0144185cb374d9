/** Signatures with keys that only a real ssh-agent has. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { verifySignature } from '../../src/age/signing.js';
import { sshAgentSigner } from '../../src/age/sshsig.js';
import { nodeFiles } from '../../src/host/files.js';
import { sshSign } from '../../src/host/ssh.js';
import type { Env } from '../../src/host/types.js';
import { type Folder, has, temporaryFolder } from './programs.js';

const hasSsh = has('ssh-keygen', '-?') && has('ssh-agent', '-?') && has('ssh-add', '-?');
const message = Buffer.from('blackbox-ts\na message\r\n\0');
let folder: Folder;
let agent: ChildProcess | undefined;

const env = (): Env => ({ PATH: process.env.PATH, HOME: folder.path, SSH_AUTH_SOCK: folder.join('agent') });

function add(...args: string[]): void {
  const options = { env: { ...env(), SSH_ASKPASS: '/bin/false' } as NodeJS.ProcessEnv, encoding: 'utf8' } as const;
  const done = spawnSync('ssh-add', ['-q', ...args], options);
  if (done.status !== 0) throw new Error(done.stderr);
}

/** A key that ends up in the agent and nowhere else. */
function onlyInAgent(type: string, ...more: string[]): string {
  const file = folder.join(`key-${type}`);
  folder.run('ssh-keygen', [
    '-q',
    '-t',
    type,
    ...(type === 'rsa' ? ['-b', '2048'] : []),
    '-N',
    '',
    '-C',
    'me',
    '-f',
    file,
  ]);
  add(...more, file);
  const line = readFileSync(`${file}.pub`, 'utf8').trim();
  rmSync(file);
  rmSync(`${file}.pub`);
  return line;
}

/** `folders`: where private folders were made, all of which have to be gone. */
function signerFor(line: string, changes: Env = {}) {
  const given = { ...env(), ...changes };
  return sshAgentSigner((key, bytes) => sshSign(key, bytes, given, nodeFiles(given)), line);
}

beforeAll(async () => {
  folder = temporaryFolder();
  if (!hasSsh) return;
  agent = spawn('ssh-agent', ['-D', '-a', folder.join('agent')], { stdio: 'ignore' });
  for (let i = 0; i < 500 && !existsSync(folder.join('agent')); i++) await new Promise((done) => setTimeout(done, 10));
});
afterEach(() => {
  if (hasSsh) add('-D');
});
afterAll(() => {
  agent?.kill();
  folder.remove();
});

describe.skipIf(!hasSsh)('signing through ssh-agent', () => {
  it.each(['ed25519', 'rsa'])('%s: what it signs is good', (type) => {
    const line = onlyInAgent(type);
    const signer = signerFor(line);
    expect(signer.key).toBe(line.split(' ').slice(0, 2).join(' '));
    const made = signer.sign(message) as Uint8Array;
    expect(verifySignature(signer.key, message, made)).toBe(true);
    expect(verifySignature(signer.key, Buffer.from('another'), made)).toBe(false);
  });

  it('a key that it does not have', () => {
    const line = onlyInAgent('ed25519');
    add('-D');
    const failure = expect.objectContaining({
      code: 'ERR_BLACKBOX_SSH_FAILED',
      sentence: 'ssh-keygen: the ssh-agent does not have the key',
      hints: [expect.stringMatching(/^ssh-add /)],
    });
    expect(() => signerFor(line).sign(message)).toThrow(failure);
  });

  it('no agent at all', () => {
    const line = onlyInAgent('ed25519');
    const failure = (sentence: RegExp) =>
      expect.objectContaining({ code: 'ERR_BLACKBOX_SSH_FAILED', sentence: expect.stringMatching(sentence) });
    expect(() => signerFor(line, { SSH_AUTH_SOCK: undefined }).sign(message)).toThrow(failure(/there is no ssh-agent/));
    expect(() => signerFor(line, { SSH_AUTH_SOCK: '/nowhere' }).sign(message)).toThrow(
      failure(/does not have the key/),
    );
    expect(() => signerFor(line, { PATH: '/nowhere' }).sign(message)).toThrow(failure(/was not found/));
  });

  it('a key for which it asks somebody who says no', () => {
    const line = onlyInAgent('ed25519', '-c');
    expect(() => signerFor(line).sign(message)).toThrow(
      expect.objectContaining({ code: 'ERR_BLACKBOX_SSH_FAILED', sentence: expect.stringMatching(/refuses to sign/) }),
    );
  });

  it('nothing of the message or of our identities is told to it but the message itself, and nothing is left behind', () => {
    const line = onlyInAgent('ed25519');
    const spy = folder.join('ssh-keygen');
    const log = folder.join('log');
    writeFileSync(spy, `#!/bin/sh\n{ echo "$@"; env; } > ${log}\nPATH=\${PATH#*:} exec ssh-keygen "$@"\n`);
    chmodSync(spy, 0o755);
    const memory = folder.join('run');
    const secrets = { BLACKBOX_IDENTITY: 'AGE-SECRET', SOPS_AGE_KEY: 'AGE-SECRET' };
    const signer = signerFor(line, { ...secrets, PATH: `${folder.path}:${process.env.PATH}`, XDG_RUNTIME_DIR: memory });
    expect(verifySignature(signer.key, message, signer.sign(message) as Uint8Array)).toBe(true);
    const told = readFileSync(log, 'utf8');
    const [, file = ''] = /^-Y sign -n blackbox-ts -f (\S+)$/m.exec(told) ?? [];
    expect(file).not.toBe('');
    expect(existsSync(file)).toBe(false);
    expect(existsSync(file.replace(/\/[^/]*$/, ''))).toBe(false);
    expect(told).not.toMatch(/AGE-SECRET|a message/);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('key'))).toEqual([]);
  });

  it('what is no key is no argument', () => {
    for (const key of ['-oProxyCommand=x', 'ssh-ed25519 AAAA\nssh-rsa AAAA', 'ssh-ed25519 AAAA comment'])
      expect(() => sshSign(key, message, env(), nodeFiles(env()))).toThrow('not the canonical text');
  });
});
