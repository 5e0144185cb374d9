// Throw-away repositories to measure in: a founder, colleagues with age keys, and files.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { environment, ours, run } from './measure.js';

const worlds = [];

/** A new folder with a home that has a git identity. Gone with `removeWorlds`. */
export function newHome() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bbench-')));
  worlds.push(folder);
  const home = join(folder, 'home');
  mkdirSync(join(home, 'gpg'), { recursive: true, mode: 0o700 });
  writeFileSync(
    join(home, '.gitconfig'),
    '[user]\n\tname = bench\n\temail = bench@example.com\n[init]\n\tdefaultBranch = main\n',
  );
  return { folder, home, env: environment(home) };
}

/** Removes all that was made, and stops the agents that were started for it. */
export function removeWorlds() {
  for (const folder of worlds.splice(0)) {
    spawnSync('gpgconf', ['--kill', 'all'], { env: environment(join(folder, 'home')), stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

export async function newRecipient() {
  return identityToRecipient(await generateX25519Identity());
}

export function writeFiles(root, files) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** `count` small JSON files in folders of a hundred. */
export function smallFiles(count) {
  const path = (i) => `config/${Math.floor(i / 100)}/secrets${i}.json`;
  const content = (i) => `${JSON.stringify({ db: { password: `bench-${i}-${Math.random()}` } })}\n`;
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [path(i), content(i)]));
}

function sshKey(home) {
  const file = join(home, '.ssh', 'id_ed25519');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8');
}

/**
 * A repository with a vault.
 * @param {{ files: Record<string, string | Uint8Array>, people?: number, ssh?: boolean }} what `people` counts the founder; `ssh` puts a further
 * person on the roster whose key is in `~/.ssh`, with a home of its own that has no other identity
 */
export async function newVault({ files, people = 1, ssh = false }) {
  const world = newHome();
  const repository = join(world.folder, 'app');
  const options = { cwd: repository, env: world.env };
  mkdirSync(repository);
  run(['git', 'init', '--quiet'], options);
  run(ours('init'), options);
  for (let i = 1; i < people - (ssh ? 1 : 0); i++) await addPerson({ ...world, repository }, `person${i}`);
  const sshHome = ssh ? addSshPerson({ ...world, repository }) : null;
  writeFiles(repository, files);
  run(ours('register', '--', ...Object.keys(files)), options);
  run(['git', 'commit', '--quiet', '--no-verify', '-m', 'vault'], options);
  return { ...world, repository, options, sshOptions: sshHome && { cwd: repository, env: environment(sshHome) } };
}

export async function newPublicKey(world, name) {
  const file = join(world.folder, `${name}.pub`);
  writeFileSync(file, `${await newRecipient()}\n`);
  return file;
}

async function addPerson(world, name) {
  run(ours('admin', 'add', await newPublicKey(world, name)), { cwd: world.repository, env: world.env });
}

function addSshPerson(world) {
  const home = join(world.folder, 'ssh-home');
  const file = join(world.folder, 'sshperson.pub');
  mkdirSync(home);
  writeFileSync(file, sshKey(home));
  run(ours('admin', 'add', file), { cwd: world.repository, env: world.env });
  return home;
}
