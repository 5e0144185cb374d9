/** How a project's package.json can have every clone set up. It is never edited: people have their own order in it. */
import { BlackboxError } from '../errors.js';
import type { Host } from '../host/types.js';

/** A package.json is some KiB; one beyond this is not looked into. */
const limit = 1024 * 1024;
export const prepareScript = 'blackbox-ts setup';

function prepareOf(content: Buffer): string | null {
  try {
    const { scripts } = (JSON.parse(content.toString('utf8')) ?? {}) as { scripts?: { prepare?: unknown } };
    return typeof scripts?.prepare === 'string' ? scripts.prepare : '';
  } catch {
    // Somebody is editing it, or it is none: there is nothing to advise.
    return null;
  }
}

function read(host: Host, path: string): Buffer | null {
  try {
    return host.files.read(path, limit);
  } catch (error) {
    if (error instanceof BlackboxError) return null;
    throw error;
  }
}

/** A sentence for a project whose clones would not set themselves up; null when they do, or when there is no package.json. */
export function prepareHint(host: Host, path: string): string | null {
  const content = read(host, path);
  const prepare = content === null ? null : prepareOf(content);
  if (prepare === null || prepare.includes(prepareScript)) return null;
  const script = prepare === '' ? `"prepare": "${prepareScript}"` : `"prepare": "… && ${prepareScript}"`;
  return `to have every clone install the hook, in "scripts" of package.json: ${script}`;
}
