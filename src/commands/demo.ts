/** `demo`: the whole walk in a throw-away repository, with real keys, real git and this very program. */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Host, Stage } from '../host/types.js';
import { shellWord } from '../text.js';
import type { Command } from './command.js';
import { type Cast, type Step, script } from './demo-script.js';
import { suggestedName } from './identity-file.js';
import { demoFailed, demoNeedsGit, demoShows, demoSilent } from './refusals.js';

type Who = Step['who'];

interface Theatre {
  readonly host: Host;
  readonly stage: Stage;
}

const homeOf = (stage: Stage, who: Who) => join(stage.folder, who);
const cloneOf = (stage: Stage, who: Who) => join(stage.folder, who, 'app');

function environment(stage: Stage, who: Who): Record<string, string> {
  const home = homeOf(stage, who);
  return {
    HOME: home,
    USERPROFILE: home,
    USER: who,
    LOGNAME: who,
    XDG_CONFIG_HOME: join(home, '.config'),
    APPDATA: join(home, '.config'),
    GNUPGHOME: join(home, '.gnupg'),
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    TERM: 'dumb',
    LC_ALL: 'C.UTF-8',
  };
}

function gitConfig(who: Who): string {
  const name = `${who.slice(0, 1).toUpperCase()}${who.slice(1)}`;
  return `[user]\n\tname = ${name}\n\temail = ${who}@example.com\n[init]\n\tdefaultBranch = main\n[pull]\n\trebase = false\n[advice]\n\tdetachedHead = false\n`;
}

/** `blackbox-ts` and `node` are this program and the Node.js that runs it; all else is found on the PATH. */
function run(
  { host, stage }: Theatre,
  who: Who,
  words: readonly string[],
  cwd = cloneOf(stage, who),
): ReturnType<Stage['run']> {
  const [name = '', ...args] = words;
  const { node, script: own } = host.program;
  const [program, all] = name === 'blackbox-ts' ? [node, [own, ...args]] : [name === 'node' ? node : name, args];
  return stage.run(program, all, { cwd, env: environment(stage, who) });
}

/** Two homes, an empty repository that both will push to, and Ada's. Nothing of the user's own is touched. */
function build(theatre: Theatre): void {
  const { host, stage } = theatre;
  for (const who of ['ada', 'bob'] as const) {
    stage.write(join(homeOf(stage, who), '.gitconfig'), gitConfig(who));
    stage.link(dirname(dirname(host.program.script)), join(homeOf(stage, who), 'node_modules', 'blackbox-ts'));
  }
  const home = homeOf(stage, 'ada');
  for (const words of [
    'init --quiet --bare ../origin.git',
    'init --quiet app',
    '-C app remote add origin ../../origin.git',
  ]) {
    const { status } = run(theatre, 'ada', ['git', ...words.split(' ')], home);
    if (status === null) throw demoNeedsGit();
    if (status !== 0) throw demoFailed(`git ${words}`, status, 0);
  }
}

/** An SSH key, as most people have one; where there is no ssh-keygen, one of our own. */
function castOf(theatre: Theatre): Cast {
  const { host, stage } = theatre;
  const key = join(homeOf(stage, 'bob'), '.ssh', 'id_ed25519');
  stage.write(join(dirname(key), 'config'), '');
  const hasSsh =
    run(theatre, 'bob', ['ssh-keygen', '-l', '-f', join(stage.folder, 'nowhere')], stage.folder).status !== null;
  return {
    password: `correct-horse-${randomBytes(6).toString('hex')}`,
    bobsKey: hasSsh
      ? {
          say: 'Any key that he has will do: age, SSH or OpenPGP. He makes an SSH key, and gives Ada the public half.',
          run: ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'bob@laptop', '-f', key],
          file: `${key}.pub`,
        }
      : {
          say: 'Any key that he has will do: age, SSH or OpenPGP. He has none, makes one, and gives Ada the public half.',
          run: ['blackbox-ts', 'keygen'],
          file: join(cloneOf(stage, 'bob'), `${suggestedName(host) ?? 'me'}.pub`),
        },
  };
}

/** Homes as a shell would name them: the rest of the path is this machine's. */
function withHomes({ stage }: Theatre, who: Who, text: string): string {
  return (['ada', 'bob'] as const).reduce(
    (shown, name) => shown.replaceAll(homeOf(stage, name), name === who ? '~' : `~${name}`),
    text,
  );
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}

function showWrite(
  { host, stage }: Theatre,
  { who }: Step,
  { path, content }: { path: string; content: string },
): void {
  stage.write(join(cloneOf(stage, who), path), content);
  host.terminal.data(`${host.terminal.bold(`  ${who}$ cat ${path}`)}\n${indented(content)}`);
}

function showRun(theatre: Theatre, step: Step, words: readonly string[]): void {
  const { host, stage } = theatre;
  const line = withHomes(theatre, step.who, words.map(shellWord).join(' '));
  host.terminal.data(`${host.terminal.bold(`  ${step.who}$ ${line}`)}\n`);
  const { status, output } = run(theatre, step.who, words, step.atHome === true ? homeOf(stage, step.who) : undefined);
  host.terminal.data(indented(withHomes(theatre, step.who, output)));
  const expected = step.code ?? 0;
  if (status !== expected) throw demoFailed(line, status, expected);
  if (step.shows !== undefined && !output.includes(step.shows)) throw demoSilent(line);
  if (step.hides !== undefined && output.includes(step.hides)) throw demoShows(line);
}

function play(theatre: Theatre, step: Step): void {
  if (step.say !== '') theatre.host.terminal.data(`\n${step.say}\n`);
  if (step.write !== undefined) showWrite(theatre, step, step.write);
  if (step.run !== undefined) showRun(theatre, step, step.run);
}

async function demo(host: Host): Promise<undefined> {
  const stage = host.openStage();
  try {
    const theatre = { host, stage };
    build(theatre);
    host.terminal.data(`Two people, Ada and Bob, each with a home and keys of their own, in ${stage.folder}.\n`);
    for (const step of script(castOf(theatre))) {
      play(theatre, step);
      // Steps are synchronous: between them is when Ctrl-C is heard.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    stage.remove();
  }
  host.terminal.data('\nThat was all of it; nothing remains of it here. In a repository of yours: blackbox-ts init\n');
  return undefined;
}

export const command: Command = {
  details:
    'Two people with keys of their own, in a temporary folder that is removed at\n' +
    'the end. Needs git, and nothing of yours.',
  examples: [['blackbox-ts demo', 'see every step, with what each command prints']],
  run: demo,
};
