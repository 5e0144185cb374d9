// The same kinds of work done by the programs next door, where they are installed: for orientation, without a budget.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { has, interleave, run, time, timesOf } from './measure.js';
import { newHome, newRecipient, smallFiles, writeFiles } from './world.js';

const row = (name, { ms, middle }, note = '') => ({ name, value: ms, middle, unit: 'ms', budget: null, note });

async function ageCase({ rounds, quick }) {
  if (!has('age')) return [];
  const world = newHome();
  const options = { cwd: world.folder, env: world.env };
  const identity = await generateX25519Identity();
  const others = await Promise.all(Array.from({ length: 19 }, newRecipient));
  const recipients = [...others, await identityToRecipient(identity)].flatMap((text) => ['-r', text]);
  const bytes = (quick ? 20 : 100) * 1e6;
  writeFiles(world.folder, { key: `${identity}\n`, small: 'bench only', large: randomBytes(bytes) });
  run(['age', ...recipients, '-o', 'small.age', 'small'], options);
  const ms = interleave(rounds, { open: () => time(['age', '-d', '-i', 'key', 'small.age'], options) });
  const large = interleave(1, {
    seal: () => time(['age', '-r', others[0], '-o', 'large.age', 'large'], options),
  });
  return [
    row('age -d, 20 recipients', ms.open),
    { ...row(`age, ${bytes / 1e6} MB sealed`, large.seal), note: `${(bytes / 1e3 / large.seal.ms).toFixed(0)} MB/s` },
  ];
}

function gpgKey(options) {
  const quietly = ['gpg', '--batch', '--quiet', '--passphrase', '', '--pinentry-mode', 'loopback'];
  run([...quietly, '--quick-generate-key', 'bench <bench@example.com>', 'future-default', 'default', 'never'], options);
}

async function gpgCase({ rounds }) {
  if (!has('gpg')) return [];
  const world = newHome();
  const options = { cwd: world.folder, env: world.env };
  gpgKey(options);
  writeFiles(world.folder, { small: 'bench only' });
  run(
    ['gpg', '--batch', '--quiet', '--recipient', 'bench@example.com', '--output', 'small.gpg', '--encrypt', 'small'],
    options,
  );
  const ms = interleave(rounds, { open: () => time(['gpg', '--batch', '--quiet', '--decrypt', 'small.gpg'], options) });
  return [row('gpg --decrypt, agent running', ms.open)];
}

function secretRepository(world, count) {
  const repository = join(world.folder, 'app');
  const options = { cwd: repository, env: world.env };
  mkdirSync(repository);
  for (const words of ['git init --quiet', 'git secret init', 'git secret tell bench@example.com'])
    run(words.split(' '), options);
  const files = smallFiles(count);
  writeFiles(repository, files);
  writeFileSync(join(repository, '.gitignore'), 'config/**/*.json\n.gitsecret/keys/random_seed\n!*.secret\n', {
    flag: 'a',
  });
  run(['git', 'secret', 'add', ...Object.keys(files)], options);
  return options;
}

async function gitSecretCase({ quick }) {
  if (!has('git-secret') || !has('gpg')) return [];
  const count = quick ? 20 : 100;
  const world = newHome();
  gpgKey({ cwd: world.folder, env: world.env });
  const options = secretRepository(world, count);
  const each = (ms) => `${(ms / count).toFixed(0)} ms a file`;
  const hide = time(['git', 'secret', 'hide'], options);
  const reveal = time(['git', 'secret', 'reveal', '-f'], options);
  return [
    row(`git-secret hide, ${count} files, 1 recipient`, timesOf([hide]), each(hide)),
    row(`git-secret reveal, ${count} files`, timesOf([reveal]), each(reveal)),
  ];
}

async function dotenvxCase({ rounds }) {
  if (!has('dotenvx')) return [];
  const world = newHome();
  const options = { cwd: world.folder, env: world.env };
  writeFiles(world.folder, { '.env': 'PASSWORD=bench-only\n' });
  run(['dotenvx', 'encrypt'], options);
  const ms = interleave(rounds, { get: () => time(['dotenvx', 'get', 'PASSWORD'], options) });
  return [row('dotenvx get', ms.get)];
}

export const neighbours = [ageCase, gpgCase, gitSecretCase, dotenvxCase];
