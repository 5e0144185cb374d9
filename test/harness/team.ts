/**
 * A team in a temporary world: a bare origin, and people who each have a home, keys, a git identity and a clone of their own.
 * Nothing of the machine's user is seen or touched, and nothing remains.
 *
 * ```ts
 * using team = newTeam();
 * const alice = team.person('alice');
 * alice.run('blackbox-ts init');
 * ```
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type KeyKind, makeKey } from './keys.js';
import {
  type LeadOptions,
  leadProgram,
  packageRoot,
  type Result,
  type Running,
  type RunOptions,
  runProgram,
  startProgram,
} from './run.js';
import { snapshot, whereIs } from './search.js';
import { fingerprint, keepTemplate, memory, takeTemplate, templatesVariable } from './templates.js';

export interface Person {
  readonly name: string;
  readonly home: string;
  /** The work tree in which this person's commands run. */
  readonly clone: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command line to its end; throws when the exit code is not the one expected (0). */
  run(line: string | readonly string[], options?: RunOptions): Result;
  /** As {@link run}, for a command of ours that leads to a story and is told elsewhere: in a process that is kept for such commands. */
  lead(line: string | readonly string[], options?: LeadOptions): Result;
  start(line: string | readonly string[], options?: RunOptions): Running;
  /** Runs a program of theirs that imports 'blackbox-ts'. */
  node(code: string, options?: RunOptions): Result;
  write(path: string, content: string | Uint8Array): void;
  read(path: string): string;
  bytes(path: string): Buffer;
  has(path: string): boolean;
  /** Makes a key; the path of `<name>.pub`. */
  newKey(kind: KeyKind, passphrase?: string): string;
  commitAndPush(message: string): void;
  pull(): void;
  /**
   * Does some work, or takes over what came of it where another story has done the same, by the steps' names, from the beginning on, and nothing
   * else has happened in this world.
   */
  prepare(step: string, work: () => void): void;
}

export interface PersonOptions {
  /** Name of the clone's folder. */
  readonly folder?: string;
  /** Without it the clone has no node_modules. */
  readonly installed?: boolean;
}

/** How a new person comes into a world that is built step by step. */
type Build = (newcomer: Person) => void;

export interface Team extends Disposable {
  readonly folder: string;
  readonly origin: string;
  /** A new person with a fresh clone of the origin. */
  person(name: string, options?: PersonOptions): Person;
  /** A new person, and what `build` does with them, as a step (see {@link Person.prepare}). */
  begin(step: string, name: string, build: Build): Person;
  /** A value that no program's output may ever show, unless the story says `shows`. */
  secret(label?: string): string;
  /** Files of this world (repositories' objects included) that hold a text in some form; paths relative to the world. */
  whereIs(secret: string): string[];
  /** Everything in this world by digest: for what must not change. */
  snapshot(): Record<string, string>;
}

function environmentOf(world: string, home: string, name: string): NodeJS.ProcessEnv {
  return {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    HOME: home,
    USERPROFILE: home,
    USER: name,
    LOGNAME: name,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
    // A socket's path may have 107 characters: https://www.gnupg.org/documentation/manuals/gnupg/Agent-Options.html
    GNUPGHOME: join(world, name, 'gpg'),
    TMPDIR: join(world, 'tmp'),
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TERM: 'dumb',
    NO_UPDATE_NOTIFIER: '1',
  };
}

function gitConfigOf(name: string): string {
  return `[user]\n\tname = ${name}\n\temail = ${name}@example.com\n[init]\n\tdefaultBranch = main\n[pull]\n\trebase = false\n[gc]\n\tauto = 0\n[core]\n\tlooseCompression = 1\n[pack]\n\tcompression = 0\n[maintenance]\n\tauto = false\n`;
}

/** As `npm install --save-dev blackbox-ts` leaves it. */
export function installPackage(clone: string): void {
  mkdirSync(join(clone, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(packageRoot, join(clone, 'node_modules', 'blackbox-ts'), 'junction');
  symlinkSync('../blackbox-ts/bin/blackbox-ts.js', join(clone, 'node_modules', '.bin', 'blackbox-ts'));
}

function excludeNodeModules(clone: string): void {
  mkdirSync(join(clone, '.git', 'info'), { recursive: true });
  writeFileSync(join(clone, '.git', 'info', 'exclude'), '/node_modules\n');
}

function filesOf(clone: string): Pick<Person, 'write' | 'read' | 'bytes' | 'has'> {
  return {
    write: (path, content) => {
      mkdirSync(dirname(join(clone, path)), { recursive: true });
      writeFileSync(join(clone, path), content);
    },
    read: (path) => readFileSync(join(clone, path), 'utf8'),
    bytes: (path) => readFileSync(join(clone, path)),
    has: (path) => existsSync(join(clone, path)),
  };
}

function refuseShown(
  secrets: readonly string[],
  line: string | readonly string[],
  result: Result,
  options: RunOptions,
): Result {
  const shown = options.shows ? result.stderr : result.stdout + result.stderr;
  if (secrets.some((secret) => shown.includes(secret))) throw new Error(`${line} shows a secret`);
  return result;
}

/**
 * No other process of these tests that runs at the same time has the same secrets: it would take them for leaked. Whoever comes after this one has
 * them again, and so can begin with a copy.
 */
const ofThisProcess = `${process.env[templatesVariable] ?? crypto.randomUUID()} ${process.env.VITEST_POOL_ID}`;

function secretText(ordinal: number): string {
  return createHash('sha256').update(`${ofThisProcess} ${ordinal}`).digest('hex').slice(0, 32);
}

interface World {
  readonly folder: string;
  readonly origin: string;
  readonly secrets: string[];
  readonly people: Person[];
  readonly running: Running[];
  /** The steps that led here, and what it looked like after the last one; null when it cannot be told any more. */
  steps: { readonly key: string; readonly after: string } | null;
}

/** Makes the home, and a clone of the origin. */
function settle(world: World, { name, home, clone, run }: Person, options: PersonOptions): void {
  mkdirSync(home, { recursive: true });
  mkdirSync(join(world.folder, name, 'gpg'), { mode: 0o700 });
  writeFileSync(join(home, '.gitconfig'), gitConfigOf(name));
  run(['git', 'clone', '--quiet', world.origin, clone], { cwd: world.folder });
  excludeNodeModules(clone);
  if (options.installed !== false) installPackage(clone);
}

function asPerson(world: World, name: string, options: PersonOptions): Person {
  const { folder, secrets, running } = world;
  const home = join(folder, name, 'home');
  const clone = join(folder, name, options.folder ?? 'app');
  const env = environmentOf(folder, home, name);
  const run: Person['run'] = (line, given = {}) =>
    refuseShown(secrets, line, runProgram(line, env, clone, given), given);
  const person: Person = {
    name,
    home,
    clone,
    env,
    run,
    lead: (line, given = {}) => refuseShown(secrets, line, leadProgram(line, env, clone, given), given),
    start: (line, given = {}) => {
      const session = startProgram(line, env, clone, given);
      running.push(session);
      return session;
    },
    node: (code, given = {}) =>
      run([process.execPath, '--input-type=module', '--eval', code], { shows: true, ...given }),
    ...filesOf(clone),
    newKey: (kind, passphrase) => makeKey(person, kind, passphrase),
    commitAndPush: (message) => {
      // That the guard's hooks let pass what commands leave is a story of its own: `own-commits.test.ts`.
      run(['git', 'commit', '--quiet', '--no-verify', '-m', message]);
      run('git push --quiet --no-verify origin HEAD');
    },
    pull: () => quickStep(world, `${name} pulls`, () => void run('git pull --quiet --no-edit origin main')),
    prepare: (step, work) => takeStep(world, `${name} ${step}`, work),
  };
  return person;
}

function newPerson(world: World, name: string, options: PersonOptions): Person {
  const person = asPerson(world, name, options);
  settle(world, person, options);
  world.people.push(person);
  return person;
}

/** By what a world is known after one step more; null when other things have happened in it. */
function keyAfter({ steps, folder }: World, step: string): string | null {
  return steps !== null && fingerprint(folder) === steps.after ? `${steps.key}\n${step}` : null;
}

/** A step that takes no longer than a copy: only what follows is copied. */
function quickStep(world: World, step: string, work: () => void): void {
  const key = keyAfter(world, step);
  work();
  world.steps = key === null ? null : { key, after: fingerprint(world.folder) };
}

/** See {@link Person.prepare}. @param known what else there is to do where the step was copied */
function takeStep(world: World, step: string, work: () => void, known: () => void = () => {}): void {
  const key = keyAfter(world, step);
  // Steps within this one are part of it.
  world.steps = null;
  if (key === null) {
    work();
    return;
  }
  if (takeTemplate(key, world.folder)) {
    known();
    // Git takes copies for changed files until it has looked at them once.
    for (const { run } of world.people) run('git update-index -q --refresh');
  } else {
    work();
    keepTemplate(key, world.folder);
  }
  world.steps = { key, after: fingerprint(world.folder) };
}

/** See {@link Team.begin}. */
function begin(world: World, step: string, name: string, build: Build): Person {
  const person = asPerson(world, name, {});
  const join = () => void world.people.push(person);
  takeStep(
    world,
    step,
    () => {
      settle(world, person, {});
      join();
      build(person);
    },
    join,
  );
  return person;
}

function stopAgents(people: readonly Person[]): void {
  for (const { env } of people) {
    if (existsSync(join(env.GNUPGHOME ?? '', 'private-keys-v1.d'))) spawnSync('gpgconf', ['--kill', 'all'], { env });
  }
}

/** What is left of this world's secrets in memory file systems, where private folders are made. */
function remainsInMemory(secrets: readonly string[]): string[] {
  return secrets.length > 0 && existsSync(memory) ? whereIs(memory, ...secrets) : [];
}

/** Ends what is still running, with agents: a story may have failed in the middle. */
function stopAll({ running, people }: World): void {
  for (const session of running) session.signalAll('SIGKILL');
  stopAgents(people);
}

export function newTeam(): Team {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bb-')));
  const world: World = {
    folder,
    origin: join(folder, 'origin.git'),
    secrets: [],
    people: [],
    running: [],
    steps: null,
  };
  const remove = () => {
    stopAll(world);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  // A story that never comes to its end is ended with its process.
  process.once('exit', remove);
  mkdirSync(join(folder, 'tmp'));
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', world.origin]);
  world.steps = { key: '', after: fingerprint(folder) };
  return {
    folder,
    origin: world.origin,
    person: (name, options = {}) => newPerson(world, name, options),
    begin: (step, name, build) => begin(world, step, name, build),
    secret: (label = 'value') => {
      const secret = `${label}-${secretText(world.secrets.length)}`;
      world.secrets.push(secret);
      return secret;
    },
    whereIs: (secret) => whereIs(folder, secret),
    snapshot: () => snapshot(folder),
    [Symbol.dispose]: () => {
      process.removeListener('exit', remove);
      remove();
      const remains = remainsInMemory(world.secrets);
      if (remains.length > 0) throw new Error(`plaintext was left in ${memory}: ${remains}`);
    },
  };
}
