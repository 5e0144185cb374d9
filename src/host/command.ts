/** A command of the user's own that tells an identity: a password manager, mostly. */
import { badCommand, commandFailed } from './errors.js';
import { run, userEnv } from './processes.js';
import { isTerminal } from './terminal/streams.js';
import type { Env } from './types.js';
import { splitWords } from './words.js';

/** An identity file with some hundred keys. */
const outputLimit = 1024 * 1024;

/** See {@link Host.runForOutput}. It may ask on the terminal, but must not read what was piped in for us. */
export function runForOutput(command: string, env: Env, platform: NodeJS.Platform): Buffer {
  const [program, ...args] = splitWords(command, platform);
  if (program === undefined || program === '') throw badCommand('it is empty');
  const stdin = isTerminal(0) ? 'inherit' : 'ignore';
  const ran = run(program, args, { env: userEnv(env), limit: outputLimit, stdio: [stdin, 'pipe', 'inherit'] });
  if (ran.failure === 'ENOENT') throw commandFailed(program, 'was not found');
  if (ran.failure === 'ENOBUFS') throw commandFailed(program, 'writes more than an identity file holds');
  if (ran.failure !== '') throw commandFailed(program, `could not be started (${ran.failure})`);
  if (ran.status !== 0)
    throw commandFailed(
      program,
      ran.signal === null ? `ended with exit code ${ran.status}` : `was ended by ${ran.signal}`,
    );
  return ran.stdout;
}
