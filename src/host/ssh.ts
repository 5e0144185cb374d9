/** Signing with a key that the user's ssh-agent holds. The private key never comes near us. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleaned, sshFailed } from './errors.js';
import { type Ran, run, userEnv } from './processes.js';
import type { Env, Files } from './types.js';

/** A signature with a 16,384-bit RSA key, armored, has 7 KB. */
const outputLimit = 64 * 1024;
/** What a signature is for is part of it: nobody can be made to sign a roster by asking them to sign a commit. */
const namespace = 'blackbox-ts';

/** See {@link Host.sshSign}. ssh-keygen takes the key from a file; without the private one beside it, it turns to the agent. */
export function sshSign(publicKey: string, message: Uint8Array, env: Env, files: Pick<Files, 'privateFolder'>): Buffer {
  if (!/^ssh-(ed25519|rsa) [A-Za-z0-9+/=]+$/.test(publicKey))
    throw new TypeError('not the canonical text of an SSH key');
  const folder = files.privateFolder();
  try {
    const file = join(folder.path, 'key.pub');
    writeFileSync(file, `${publicKey}\n`, { mode: 0o600, flag: 'wx' });
    const args = ['-Y', 'sign', '-n', namespace, '-f', file];
    const ran = run('ssh-keygen', args, { env: userEnv(env), input: message, limit: outputLimit });
    if (ran.status !== 0 || ran.failure !== '') throw failureOf(ran, env);
    return ran.stdout;
  } finally {
    folder.remove();
  }
}

function failureOf(ran: Ran, env: Env): Error {
  if (ran.failure === 'ENOENT')
    return sshFailed('the program was not found', ['install OpenSSH, or put it on the PATH']);
  if (ran.failure !== '') return sshFailed(ran.failure);
  if (/No private key found|No such file/.test(ran.stderr)) return noSuchKey(env);
  if (/agent refused operation/.test(ran.stderr)) return sshFailed('the ssh-agent refuses to sign');
  const lines = ran.stderr.split('\n').filter((line) => !/^Signing data on|^\s*$/.test(line));
  return sshFailed(cleaned(lines[0] ?? '') || 'it gave no reason');
}

function noSuchKey(env: Env): Error {
  const add = 'ssh-add ~/.ssh/id_ed25519   # or whichever file the private key is in';
  if (env.SSH_AUTH_SOCK) return sshFailed('the ssh-agent does not have the key', [add]);
  return sshFailed('there is no ssh-agent (SSH_AUTH_SOCK is not set)', ['eval "$(ssh-agent)"', add]);
}
