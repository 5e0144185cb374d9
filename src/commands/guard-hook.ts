/** The hooks that look at something else than the index: the message of a commit, and what is about to be pushed. */
import { isAbsolute, join, resolve } from 'node:path';
import { canaryPath } from '../guard/registered.js';
import type { Finding } from '../guard/types.js';
import type { Git, Host } from '../host/types.js';
import { contentLook, type Judged, judgeCommits } from './guard-judge.js';
import { lookAtMessages } from './guard-look.js';
import type { Place, Shared } from './guard-rules.js';
import { notAHookCall } from './refusals.js';

/** A message of a megabyte is none. */
const longestMessage = 16 << 20;

/** Git cuts off what follows this line, and lines that begin with `#`: git-commit(1), --cleanup. */
const scissors = /^(\S{1,10}) -{24} >8 -{24}$/m;

/** What will be the message. Where git is told to keep comments, what is in them is seen by pre-push. */
export function messageOf(text: string): string {
  const cut = scissors.exec(text);
  return (cut === null ? text : text.slice(0, cut.index)).replace(/^#.*$/gm, '');
}

function canary(what: string): Judged {
  const finding: Finding = {
    path: canaryPath,
    line: 0,
    column: 0,
    rule: 'registered-plaintext',
    severity: 'block',
    what,
    masked: '',
  };
  return { findings: [finding], files: 1, registered: new Set() };
}

/** @param file as git hands it to commit-msg, relative to the top of the work tree */
export function judgeMessage(host: Host, file: string | undefined, shared: Shared): Judged {
  if (file === undefined) throw notAHookCall('commit-msg', 'the file that holds the message');
  const path = isAbsolute(file) ? file : resolve(host.cwd, file);
  const text = messageOf(host.files.read(path, longestMessage)?.toString('utf8') ?? '');
  if (text.trim() === canaryPath) return canary('a message that every guard refuses');
  return { findings: lookAtMessages([{ text }], contentLook(shared)), files: 1, registered: new Set() };
}

interface PushedRef {
  readonly local: string;
  readonly remote: string;
}

const isNothing = (oid: string) => /^0+$/.test(oid);

/** githooks(5), pre-push: `<local ref> <local id> <remote ref> <remote id>`, a line for each ref. */
function parseRefs(text: string): PushedRef[] {
  return text.split('\n').flatMap((line) => {
    const [, local, , remote] = line.split(' ');
    if (local === undefined || remote === undefined) return [];
    if (![local, remote].every((oid) => /^[0-9a-f]{40,64}$/.test(oid)))
      throw notAHookCall('pre-push', 'what git pushes, on standard input');
    return isNothing(local) ? [] : [{ local, remote }];
  });
}

/** A name that `--remotes` takes for nothing else: what it has of this remote is there already, and was looked at when it came. */
const isRemoteName = (name: string) => /^[A-Za-z0-9][\w./-]*$/.test(name) && !name.includes('..');

/**
 * Judges everything that the remote would get and does not have: blobs of all commits on the way, messages, annotated tags, notes. This sees
 * what rebase, cherry-pick, `am` and --no-verify have brought.
 */
export async function judgePush(
  git: Git,
  place: Place,
  words: readonly string[],
  refs: string,
  shared: Shared,
): Promise<Judged> {
  const [remote = ''] = words;
  if (remote === canaryPath) return canary('a remote that every guard refuses');
  const pushed = parseRefs(refs);
  if (pushed.length === 0) return { findings: [], files: 0, registered: new Set() };
  const tagged = git.tagged(pushed.map((ref) => ref.local));
  const theirs = pushed.map((ref) => ref.remote).filter((oid) => !isNothing(oid));
  const known = [...theirs, ...(isRemoteName(remote) ? [`--remotes=${remote}`] : [])];
  // What the remote has and this clone has not is no reason to fail: it is only left out of what to leave out.
  const revisions = ['--ignore-missing', ...tagged.commits, ...(known.length === 0 ? [] : ['--not', ...known])];
  return judgeCommits(git, place, { revisions: tagged.commits.length === 0 ? [] : revisions, tagged }, shared);
}

/**
 * reference-transaction: judges commits that a branch, or a HEAD without one, is about to lead to, and that no branch leads to yet. Nothing
 * goes past this: a commit with --no-verify, a cherry-pick, a rebase stops here.
 */
export async function judgeTransaction(
  git: Git,
  place: Place,
  words: readonly string[],
  refs: string,
  shared: Shared,
): Promise<Judged> {
  if (words[0] === canaryPath) return canary('a change of a branch that every guard refuses');
  const tips = refs.split('\n').flatMap((line) => {
    const [, oid = '', ref = ''] = line.split(' ');
    // Symbolic refs are told as `ref:…`, and lead to what is there already.
    return /^(?:HEAD$|refs\/heads\/)/.test(ref) && /^[0-9a-f]{40,64}$/.test(oid) && !isNothing(oid) ? [oid] : [];
  });
  const revisions = tips.length === 0 ? [] : [...new Set(tips), '--not', '--branches', '--remotes'];
  return judgeCommits(git, place, { revisions }, shared);
}

/** A bare repository as a place: it has no work tree, and so no registry of its own but that of its branches. */
export function receivingPlace(host: Host): Place {
  const repository = host.git.findBare(host.cwd);
  const { root, commonDir } = repository;
  return { host, repository, root, folder: join(root, '.blackbox'), state: join(commonDir, 'blackbox-ts') };
}

/** githooks(5), pre-receive: `<old id> <new id> <ref>`, a line for each ref. */
function receivedTips(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const tips = lines.map((line) => line.split(' ')[1] ?? '');
  if (!tips.every((oid) => /^[0-9a-f]{40,64}$/.test(oid)))
    throw notAHookCall('pre-receive', 'what is pushed, on standard input');
  return tips.filter((oid) => !isNothing(oid));
}

/** Judges what a server is about to take in: all that none of its refs leads to yet. */
export function judgeReceived(
  git: Git,
  place: Place,
  refs: string,
  shared: Shared,
  configFrom: string | undefined,
): Promise<Judged> {
  const tagged = git.tagged(receivedTips(refs));
  const revisions = tagged.commits.length === 0 ? [] : [...tagged.commits, '--not', '--all'];
  return judgeCommits(git, place, { revisions, tagged, configFrom, signers: true }, shared);
}
