/**
 * Keys as people have them: made by the programs that people make them with. In one run of the tests a person of one name has the same key of a
 * kind in every world, made once.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Person } from './team.js';
import { keepTemplate, takeTemplate } from './templates.js';

export type KeyKind = 'age' | 'ssh-ed25519' | 'ssh-rsa' | 'openpgp';

/** How a key comes to where its owner's programs look for it, and what of it is given away. */
interface Maker {
  readonly make: (person: Person, passphrase: string) => void;
  readonly publicText: (person: Person) => string;
}

const keygenFolder = (person: Person) => join(person.home, 'keygen');

const age: Maker = {
  make: (person) => {
    mkdirSync(keygenFolder(person));
    person.lead('blackbox-ts keygen', { cwd: keygenFolder(person) });
  },
  publicText: (person) => {
    const [name] = readdirSync(keygenFolder(person)).filter((file) => file.endsWith('.pub'));
    if (name === undefined) throw new Error('keygen left no public key where it was run');
    return readFileSync(join(keygenFolder(person), name), 'utf8');
  },
};

/** `~/.ssh/id_ed25519` or `~/.ssh/id_rsa`, with a passphrase when given. */
function ssh(type: 'ed25519' | 'rsa'): Maker {
  const fileOf = (person: Person) => join(person.home, '.ssh', `id_${type}`);
  const bits = type === 'rsa' ? ['-b', '2048'] : [];
  return {
    make: (person, passphrase) => {
      const file = fileOf(person);
      mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
      person.run([
        'ssh-keygen',
        '-q',
        '-t',
        type,
        ...bits,
        '-N',
        passphrase,
        // Few rounds: how hard guessing is made is no story's business, and each unlocking would take its time.
        '-a',
        '2',
        '-C',
        `${person.name}@laptop`,
        '-f',
        file,
      ]);
    },
    publicText: (person) => readFileSync(`${fileOf(person)}.pub`, 'utf8'),
  };
}

const userOf = ({ name }: Person) => `${name} <${name}@example.com>`;

const openpgp: Maker = {
  make: (person, passphrase) => {
    const unattended = ['gpg', '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', passphrase];
    person.run([...unattended, '--quick-generate-key', userOf(person), 'future-default', 'default', 'never']);
  },
  publicText: (person) => person.run(['gpg', '--batch', '--armor', '--export', userOf(person)]).stdout,
};

const makers: Record<KeyKind, Maker> = { age, 'ssh-ed25519': ssh('ed25519'), 'ssh-rsa': ssh('rsa'), openpgp };

/** Takes the key that somebody of this name has in other worlds, as long as they have nothing yet that it would take the place of. */
function makeOnce(person: Person, kind: KeyKind, passphrase: string): void {
  const folder = kind === 'openpgp' ? (person.env.GNUPGHOME ?? '') : person.home;
  const key = `a key of ${person.name} of the kind ${kind} ${passphrase}`;
  const isNew = readdirSync(folder).every((name) => name === '.gitconfig');
  if (isNew && takeTemplate(key, folder)) return;
  makers[kind].make(person, passphrase);
  if (isNew) keepTemplate(key, folder);
}

/** Makes a key where its owner's programs look for it; the path of `<name>.pub` outside any repository, as one sends it to a colleague. */
export function makeKey(person: Person, kind: KeyKind, passphrase = ''): string {
  const file = join(person.home, `${person.name}.pub`);
  makeOnce(person, kind, passphrase);
  writeFileSync(file, makers[kind].publicText(person));
  return file;
}
