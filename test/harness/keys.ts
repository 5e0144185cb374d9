/** Keys as people have them: made by the programs that people make them with. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Person } from './team.js';

export type KeyKind = 'age' | 'ssh-ed25519' | 'ssh-rsa' | 'openpgp';

function newAgeKey(person: Person): string {
  const folder = join(person.home, 'keygen');
  mkdirSync(folder);
  person.run('blackbox-ts keygen', { cwd: folder });
  const [name] = readdirSync(folder).filter((file) => file.endsWith('.pub'));
  if (name === undefined) throw new Error('keygen left no public key where it was run');
  return readFileSync(join(folder, name), 'utf8');
}

/** `~/.ssh/id_ed25519` or `~/.ssh/id_rsa`, with a passphrase when given. */
function newSshKey(person: Person, type: 'ed25519' | 'rsa', passphrase: string): string {
  const file = join(person.home, '.ssh', `id_${type}`);
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  const bits = type === 'rsa' ? ['-b', '2048'] : [];
  person.run(['ssh-keygen', '-q', '-t', type, ...bits, '-N', passphrase, '-C', `${person.name}@laptop`, '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8');
}

function newOpenPgpKey(person: Person, passphrase: string): string {
  const user = `${person.name} <${person.name}@example.com>`;
  const unattended = ['gpg', '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', passphrase];
  person.run([...unattended, '--quick-generate-key', user, 'future-default', 'default', 'never']);
  return person.run(['gpg', '--batch', '--armor', '--export', user]).stdout;
}

function newKey(person: Person, kind: KeyKind, passphrase: string): string {
  if (kind === 'age') return newAgeKey(person);
  return kind === 'openpgp'
    ? newOpenPgpKey(person, passphrase)
    : newSshKey(person, kind === 'ssh-rsa' ? 'rsa' : 'ed25519', passphrase);
}

/** Makes a key where its owner's programs look for it; the path of `<name>.pub` outside any repository, as one sends it to a colleague. */
export function makeKey(person: Person, kind: KeyKind, passphrase = ''): string {
  const file = join(person.home, `${person.name}.pub`);
  writeFileSync(file, newKey(person, kind, passphrase));
  return file;
}
