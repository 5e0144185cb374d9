/** Every command that can be typed: its name, its line in --help, and where its code is. Only the one that is run is loaded. */
import type { Command } from './command.js';

export interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  readonly load: () => Promise<Command>;
  readonly hidden?: boolean;
}

type Loader = () => Promise<{ readonly command: Command }>;

const entry = (group: string, name: string, summary: string, load: Loader, hidden = false): Entry => ({
  group,
  name,
  summary,
  hidden,
  load: async () => (await load()).command,
});

/** The entry that the first words of a command line name: of `guard` and `guard allow` the longer one. */
export function entryNamed(all: readonly Entry[], first = '', second = ''): Entry | undefined {
  return all.find((e) => e.name === `${first} ${second}`) ?? all.find((e) => e.name === first);
}

const begin = 'To begin';
const files = 'Files';
const people = 'People';
const leaks = 'Leaks';
const apps = 'Programs';

export const entries: readonly Entry[] = [
  entry(begin, 'init', 'begin a vault in this repository, as its founder', () => import('./init.js')),
  entry(begin, 'keygen', 'make an identity for yourself', () => import('./keygen.js')),
  entry(begin, 'setup', 'make a fresh clone ready: hooks, drivers, known values', () => import('./setup.js')),
  entry(begin, 'doctor', 'look for what is wrong here, and say how to mend it', () => import('./doctor.js')),
  entry(begin, 'demo', 'show the whole walk in a throw-away repository', () => import('./demo.js')),
  entry(files, 'register', 'seal files, git-ignore and shred their plaintext', () => import('./register.js')),
  entry(files, 'deregister', 'stop keeping files sealed', () => import('./deregister.js')),
  entry(files, 'mv', 'give a registered file another path', () => import('./mv.js')),
  entry(files, 'list', 'list the registered files', () => import('./list.js')),
  entry(files, 'edit', 'edit a sealed file, without plaintext in the work tree', () => import('./edit.js')),
  entry(files, 'cat', 'print the content of sealed files', () => import('./cat.js')),
  entry(files, 'get', 'print one value', () => import('./get.js')),
  entry(files, 'set', 'change one value, and nothing else of its file', () => import('./set.js')),
  entry(files, 'unset', 'take one value out', () => import('./unset.js')),
  entry(files, 'decrypt', 'write plaintext into the work tree, for yourself only', () => import('./decrypt.js')),
  entry(files, 'encrypt', 'seal plaintexts that have changed', () => import('./encrypt.js')),
  entry(files, 'shred', 'remove plaintexts that are sealed', () => import('./shred.js')),
  entry(files, 'status', 'say in what state each registered file is', () => import('./status.js')),
  entry(files, 'reencrypt', 'bring sealed files to the readers that the roster says', () => import('./reencrypt.js')),
  entry(people, 'join', 'ask to be let in', () => import('./join.js')),
  entry(people, 'admin approve', 'let in somebody who asks', () => import('./admin-approve.js')),
  entry(people, 'admin add', 'let somebody in', () => import('./admin-add.js')),
  entry(people, 'admin remove', 'shut somebody out, with new file keys', () => import('./admin-remove.js')),
  entry(people, 'admin change', 'give somebody another role or other groups', () => import('./admin-change.js')),
  entry(people, 'admin retire-key', "shut out one of somebody's keys", () => import('./admin-retire-key.js')),
  entry(people, 'admin show', 'show everything about somebody', () => import('./admin-show.js')),
  entry(people, 'admin list', 'list who is on the roster', () => import('./admin-list.js')),
  entry(people, 'who', 'say who can read what, from the sealed files themselves', () => import('./who.js')),
  entry(people, 'rotation', 'list the values to change because somebody left', () => import('./rotation.js')),
  entry(files, 'merge-driver', 'what git calls to merge sealed files', () => import('./merge-driver.js'), true),
  entry(files, 'textconv', 'what git calls to show sealed files', () => import('./textconv.js'), true),
  entry(apps, 'run', 'run a program with the secrets in its environment', () => import('./run.js')),
  entry(apps, 'export', 'print the secrets in the words of another program', () => import('./export.js')),
  entry(apps, 'types', 'write the types with which loadSecrets() is typed', () => import('./types.js')),
  entry(leaks, 'guard', 'look for plaintext secrets in what would be committed', () => import('./guard.js')),
  entry(leaks, 'guard allow', 'say that a finding is no secret', () => import('./guard-allow.js')),
  entry(leaks, 'guard index', 'seal what machines without keys look for', () => import('./guard-index.js')),
  entry(leaks, 'guard public', 'say that a value of a registered file is no secret', () => import('./guard-public.js')),
  entry(leaks, 'hook install', 'install the hooks that refuse leaks', () => import('./hook-install.js')),
  entry(leaks, 'hook uninstall', 'take the hooks out again', () => import('./hook-uninstall.js')),
];
