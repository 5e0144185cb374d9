/** Where most stories begin: a vault that exists already. */
import { createHash } from 'node:crypto';
import type { KeyKind } from './keys.js';
import type { Person, Team } from './team.js';

/** `name` founds a vault with an age key of their own, and pushes it. */
export function found(team: Team, name = 'alice'): Person {
  return team.begin(`${name} founds a vault`, name, (person) => {
    person.lead(['blackbox-ts', 'init', '--name', name]);
    person.commitAndPush('a vault');
  });
}

/** Somebody on the roster lets a new person in, who clones after that and is ready to work. */
export function letIn(team: Team, host: Person, name: string, kind: KeyKind = 'age'): Person {
  return team.begin(`${host.name} lets ${name} in with a key of the kind ${kind}`, name, (person) => {
    host.lead(['blackbox-ts', 'admin', 'add', person.newKey(kind)]);
    host.commitAndPush(`let ${name} in`);
    person.pull();
    person.lead('blackbox-ts setup');
  });
}

/** Writes and registers files, and pushes them. */
export function register(person: Person, files: Readonly<Record<string, string | Uint8Array>>): void {
  const what = createHash('sha256');
  for (const [path, content] of Object.entries(files)) what.update(`${path}\0${content.length}\0`).update(content);
  person.prepare(`registers ${what.digest('hex')}`, () => {
    for (const [path, content] of Object.entries(files)) person.write(path, content);
    person.lead(['blackbox-ts', 'register', '--', ...Object.keys(files)]);
    person.commitAndPush('secrets');
  });
}

export const sealedPath = (path: string) => `${path}.age`;
