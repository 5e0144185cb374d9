/** The fake age plugin, on a PATH of its own. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { encodeBech32 } from '../../src/age/bech32.js';

const program = new URL('./age-plugin-fake.js', import.meta.url);

export interface FakePlugin {
  /** The environment in which it is found. */
  readonly env: NodeJS.ProcessEnv;
  /** Of each run: with which machine, in which folder, and an identity that was given to us if it has seen one. */
  runs(): { machine: string; pid: number; cwd: string; given: string | null }[];
}

/** Puts the plugin into `folder`. @param names that it goes by */
export function installFakePlugin(
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
  names: readonly string[] = ['fake'],
): FakePlugin {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    // Node takes a file without an ending for CommonJS; a package.json beside it says what it is.
    const path = join(folder, `age-plugin-${name}`);
    writeFileSync(path, readFileSync(program));
    chmodSync(path, 0o755);
  }
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const log = join(folder, 'runs');
  return {
    env: { ...env, PATH: `${folder}${delimiter}${env.PATH}`, FAKE_PLUGIN_LOG: log },
    runs: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
  };
}

/** A key pair of the plugin. */
export function fakeKey(seed: string, name = 'fake'): { recipient: string; identity: string } {
  const bytes = Buffer.alloc(33, seed);
  return {
    recipient: encodeBech32(`age1${name}`, bytes),
    identity: encodeBech32(`AGE-PLUGIN-${name}-`, bytes).toUpperCase(),
  };
}
