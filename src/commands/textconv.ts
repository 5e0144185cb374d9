/** `textconv`: what git calls to show a sealed file in a diff. The plaintext goes to the diff and nowhere else. */
import { resolve } from 'node:path';
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';
import { count } from '../text.js';
import { findVault, inspectSealed, openBytes, openKeyring } from '../vault/index.js';
import type { Command, Given } from './command.js';

/** What a person reads in a diff is far below this. */
const diffLimit = 16 * 1024 * 1024;

async function textconv(host: Host, given: Given): Promise<number> {
  const file = resolve(host.cwd, given.args[0] ?? '');
  const bytes = host.files.read(file, diffLimit) ?? Buffer.alloc(0);
  try {
    const content = await openBytes(findVault(host), 'the version in the diff', bytes, openKeyring(host));
    host.terminal.data(content);
  } catch (error) {
    // Whoever cannot read a file can still see that it changed; a diff must not end for it.
    if (!(error instanceof BlackboxError)) throw error;
    host.terminal.data(`${summary(bytes)}\n`);
  }
  return 0;
}

function summary(bytes: Buffer): string {
  try {
    const { tags, seal } = inspectSealed(bytes, '');
    return `sealed for ${count(tags.length, 'key')}, content ${seal?.payload.slice(0, 16) ?? 'unsigned'}`;
  } catch (error) {
    if (error instanceof BlackboxError) return `not a sealed file, ${count(bytes.length, 'byte')}`;
    throw error;
  }
}

export const command: Command = {
  args: [{ name: '<file>', what: 'a version of a sealed file, as git hands it over' }],
  details: 'Called by git diff and git log -p, for *.age, where `blackbox-ts setup` has told it to.',
  examples: [['blackbox-ts textconv -- secrets.json.age', 'as in diff.blackbox-ts.textconv']],
  run: textconv,
};
