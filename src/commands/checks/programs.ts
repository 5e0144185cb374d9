/** Whether the programs that everything stands on are there, and new enough. */
import { openpgpFingerprints } from '../keys.js';
import { type Check, fail, ok, type Patient, warn } from './check.js';

/** As in package.json. */
const oldestNode = '20.19.0';
/** The first with `--pathspec-from-file` for all that is asked of it (git-rm: 2.26). */
const oldestGit = '2.26.0';

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  const at = b?.findIndex((part, i) => part !== (a?.[i] ?? 0)) ?? -1;
  return at >= 0 && (a?.[at] ?? 0) < (b?.[at] ?? 0);
}

export function checkNode(version: string): Check {
  const found = version.replace(/^v/, '');
  return isOlder(found, oldestNode)
    ? fail('node', `Node.js ${found} is older than ${oldestNode}`, 'install a newer one: https://nodejs.org')
    : ok('node', `Node.js ${found}`);
}

export function checkGit({ host, repository }: Patient): readonly Check[] {
  if (repository === null) return [];
  const found = host.git.open(repository).version();
  return [
    isOlder(found, oldestGit)
      ? fail('git', `git ${found} is older than ${oldestGit}`, 'install a newer one: https://git-scm.com/downloads')
      : ok('git', `git ${found}`),
  ];
}

/** gpg matters to those whose key on the roster is an OpenPGP one. */
export function checkGpg({ host, roster }: Patient): readonly Check[] {
  const fingerprints = openpgpFingerprints(roster?.people.flatMap((p) => p.recipients) ?? []);
  if (fingerprints.length === 0) return [];
  const held = host.gpg.secretFingerprints();
  if (held.size === 0)
    return [
      warn(
        'gpg',
        'there is no gpg, or it holds no secret key: whose key is an OpenPGP one needs it',
        'gpg --list-secret-keys',
      ),
    ];
  const own = fingerprints.filter((fingerprint) => held.has(fingerprint)).length;
  return [ok('gpg', own === 0 ? 'it holds none of the OpenPGP keys on the roster' : 'it holds your OpenPGP key')];
}
