/** What the demo plays: a team of two, from an empty folder to a loaded secret, and what happens when one of them leaves. */

export interface Step {
  readonly who: 'ada' | 'bob';
  /** Run in their home instead of their clone. */
  readonly atHome?: boolean;
  /** What happens, for somebody who has never seen it. Before the command; '' where it speaks for itself. */
  readonly say: string;
  /** The command line: words, shown as a shell would take them. Instead of it, `write` makes a file and shows it. */
  readonly run?: readonly string[];
  readonly write?: { readonly path: string; readonly content: string };
  /** The exit code that the walk depends on, 0 unless given. */
  readonly code?: number;
  /** What has to be in the output, and what must never be. */
  readonly shows?: string;
  readonly hides?: string;
}

export interface Cast {
  /** The one secret that this is about. */
  readonly password: string;
  /** How Bob makes his key, and where its public half then is. */
  readonly bobsKey: { readonly say: string; readonly run: readonly string[]; readonly file: string };
}

const blackbox = (...args: string[]) => ['blackbox-ts', ...args];
const git = (...args: string[]) => ['git', ...args];

const application = `import { loadSecrets } from 'blackbox-ts';

const secrets = await loadSecrets();
const { user, password } = secrets.db;
console.log('connecting as', user.reveal(), 'with', password, 'of', password.reveal().length, 'characters');
`;

function beginning({ password }: Cast): Step[] {
  const content = `${JSON.stringify({ db: { user: 'app', password } }, null, 2)}\n`;
  return [
    {
      who: 'ada',
      say: 'Ada has an ordinary git repository. She begins a vault in it; as she has no key yet, one is made for her.',
      run: blackbox('init', '--name', 'ada'),
      shows: 'refuse a canary',
    },
    {
      who: 'ada',
      say: 'Here is a secret of the kind that must never be committed.',
      write: { path: 'secrets.json', content },
    },
    {
      who: 'ada',
      say: 'One command seals the file, has git ignore its plaintext, and removes that.',
      run: blackbox('register', 'secrets.json'),
      hides: password,
    },
    {
      who: 'ada',
      say: 'What is left is encrypted, and can be committed and pushed like any other file.',
      run: git('commit', '--quiet', '-m', 'seal the secrets'),
    },
    { who: 'ada', say: '', run: git('push', '--quiet', 'origin', 'main') },
  ];
}

function joining({ password, bobsKey }: Cast): Step[] {
  return [
    {
      who: 'bob',
      say: 'Bob clones the repository. He is not on the roster, so he can read nothing.',
      atHome: true,
      run: git('clone', '--quiet', '../origin.git', 'app'),
    },
    { who: 'bob', say: '', run: blackbox('cat', 'secrets.json'), code: 1, hides: password },
    { who: 'bob', say: bobsKey.say, run: bobsKey.run },
    {
      who: 'ada',
      say: 'Ada lets him in: every sealed file is wrapped for his key as well.',
      run: blackbox('admin', 'add', '--name', 'bob', bobsKey.file),
      shows: 'bob',
    },
    { who: 'ada', say: '', run: git('commit', '--quiet', '-m', 'let bob in') },
    { who: 'ada', say: '', run: git('push', '--quiet', 'origin', 'main') },
    { who: 'bob', say: 'Bob pulls, makes his clone ready (the hook), and can read.', run: git('pull', '--quiet') },
    { who: 'bob', say: '', run: blackbox('setup'), shows: 'refuse a canary', hides: password },
    { who: 'bob', say: '', run: blackbox('cat', 'secrets.json'), shows: password },
    {
      who: 'bob',
      say: 'An application loads them with the key of whoever runs it, in one line. Printed, a secret is its name.',
      write: { path: 'app.mjs', content: application },
    },
    { who: 'bob', say: '', run: ['node', 'app.mjs'], shows: `${password.length} characters`, hides: password },
  ];
}

function leaking({ password }: Cast): Step[] {
  const script = `#!/bin/sh\ncurl --user "app:${password}" https://db.example.com/backup\n`;
  return [
    {
      who: 'bob',
      say: 'Now the accidents. Bob decrypts the file to look at it, and forces it into a commit: the hook refuses.',
      run: blackbox('decrypt', 'secrets.json'),
    },
    { who: 'bob', say: '', run: git('add', '--force', 'secrets.json') },
    { who: 'bob', say: '', run: git('commit', '-m', 'oops'), code: 1, shows: 'secrets.json', hides: password },
    {
      who: 'bob',
      say: 'He takes it out again, and pastes the password into a script. The hook knows it there, too.',
      run: git('restore', '--staged', 'secrets.json'),
    },
    { who: 'bob', say: '', write: { path: 'backup.sh', content: script } },
    { who: 'bob', say: '', run: git('add', 'backup.sh') },
    { who: 'bob', say: '', run: git('commit', '-m', 'nightly backup'), code: 1, shows: 'backup.sh', hides: password },
  ];
}

function leaving({ password }: Cast): Step[] {
  return [
    {
      who: 'ada',
      say: 'Bob leaves the team. Everything is encrypted anew, that is proven, and Ada is told what he has seen.',
      run: blackbox('admin', 'remove', 'bob'),
      shows: 'secrets.json',
      hides: password,
    },
    { who: 'ada', say: '', run: git('commit', '--quiet', '-m', 'bob leaves') },
    { who: 'ada', say: '', run: git('push', '--quiet', 'origin', 'main') },
    {
      who: 'ada',
      say: 'Who can read what is told by the files themselves, without a key.',
      run: blackbox('who'),
      shows: 'ada',
    },
    { who: 'bob', say: 'Bob pulls once more, and his key opens nothing.', run: git('pull', '--quiet') },
    { who: 'bob', say: '', run: blackbox('cat', 'secrets.json'), code: 1, hides: password },
  ];
}

export function script(cast: Cast): readonly Step[] {
  return [...beginning(cast), ...joining(cast), ...leaking(cast), ...leaving(cast)];
}
