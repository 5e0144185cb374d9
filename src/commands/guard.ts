/**
 * `guard`: what is about to be committed, judged on the staged bytes alone; or the tree, commits, files, standard input. Needs no key. Every
 * commit waits for it: it imports what it needs from its own files, and what few commits need when they do.
 */
import { relative, sep } from 'node:path';
import { BlackboxError } from '../errors.js';
import { guardReport, isBlocking, type RenderOptions, renderFindings, type Scope } from '../guard/findings.js';
import { allHooks, strictHook } from '../guard/hook-place.js';
import type { Git, Host } from '../host/types.js';
import { count, showPath } from '../text.js';
import type { RepoPath } from '../vault/types.js';
import { findVault, hasVault, locate, mayEnd } from '../vault/vault.js';
import { version } from '../version.js';
import { type Command, flag, type Given, identityOption, jsonOption, text, texts } from './command.js';
import { type Judged, judgeCommits, judgeEntries, judgeNamed } from './guard-judge.js';
import { type Place, type Shared, sharedRules } from './guard-rules.js';
import { jsonText } from './json.js';
import { unknownHook } from './refusals.js';
import { namedTwice } from './refuse-options.js';

/** Where the commands in the findings will be pasted: git tells its hooks, which run at the top, where it was called. */
function prefixOf(host: Host, root: string): string {
  const prefix = host.env.GIT_PREFIX;
  if (prefix !== undefined) return prefix;
  const inside = relative(root, host.cwd);
  return inside.startsWith('..') ? '' : inside.split(sep).join('/');
}

/** The one that a server runs: nobody's commit waits for it, and its keys are its own. */
const serverHook = 'pre-receive';

interface Told extends RenderOptions {
  readonly known: Shared['known'];
}

async function report(host: Host, given: Given, judged: Judged, told: Told): Promise<number> {
  const { findings, registered } = judged;
  const knownPaths = new Set<string>(told.known?.paths);
  const unknown = [...registered].filter((path) => !knownPaths.has(path));
  if (flag(given, 'sarif')) {
    const { sarifReport } = await import('../guard/sarif.js');
    host.terminal.data(jsonText(sarifReport(findings, version)));
  } else if (flag(given, 'json')) host.terminal.data(jsonText(guardReport(findings, unknown)));
  else sayFindings(host, judged, unknown, text(given, 'hook') !== undefined, told);
  return findings.some(isBlocking) ? 3 : 0;
}

function sayFindings(host: Host, judged: Judged, unknown: readonly RepoPath[], silent: boolean, told: Told): void {
  if (judged.findings.length > 0) host.terminal.say(renderFindings(judged.findings, told));
  if (silent || judged.findings.some(isBlocking)) return;
  const staged = told.scope === undefined || told.scope === 'index';
  host.terminal.say(`no leak in ${count(judged.files, staged ? 'staged file' : 'file')}`);
  if (unknown.length === 0) return;
  const some = unknown.slice(0, 5).map(showPath).join(', ');
  host.terminal.say(
    `the values of ${count(unknown.length, 'file')} are not known here and were not looked for: ${some}${unknown.length > 5 ? ', …' : ''}`,
  );
  host.terminal.say(
    told.known?.onlyScans === true
      ? '  for somebody who can read them: blackbox-ts guard index'
      : '  to learn them: blackbox-ts setup',
  );
}

/** Files and standard input can be looked at anywhere. */
function locateIfAny(host: Host): Place | null {
  try {
    return locate(host);
  } catch (error) {
    if (error instanceof BlackboxError && error.code === 'ERR_BLACKBOX_NO_REPOSITORY') return null;
    throw error;
  }
}

/** @param configFrom where it is not what was typed */
function rulesFor(
  host: Host,
  given: Given,
  place: Place | null,
  configFrom = text(given, 'configFrom'),
): Promise<Shared> {
  const hook = text(given, 'hook');
  const read = (identity: string) => (identity === '-' ? host.terminal.readStdin().toString('utf8') : identity);
  return sharedRules(host, place, {
    strict: flag(given, 'strict'),
    configFrom,
    identities: texts(given, 'identity').map(read),
    inHook: hook !== undefined && hook !== serverHook,
  });
}

/** Findings of the index or of history; of the index, what is staged or all of it. */
function judgeRepository(given: Given, place: Place, git: Git, shared: Shared): Promise<Judged> {
  const configFrom = text(given, 'configFrom');
  if (flag(given, 'history'))
    return judgeCommits(git, place, { revisions: ['--all'], tagged: git.tagged(git.refTips()), configFrom }, shared);
  const entries = flag(given, 'all') ? git.trackedEntries() : git.staged().filter((e) => e.status !== 'D');
  return judgeEntries(git, place, entries, shared);
}

const scopeOf = (given: Given): Scope => (flag(given, 'history') ? 'commits' : flag(given, 'all') ? 'tree' : 'index');

async function guardNamed(host: Host, given: Given): Promise<number> {
  const place = locateIfAny(host);
  const shared = await rulesFor(host, given, place);
  const judged = await judgeNamed(host, place, given.args, shared, text(given, 'configFrom'));
  const scope = judged.findings.some(({ commit }) => commit !== undefined) ? 'commits' : 'files';
  return report(host, given, judged, { scope, known: shared.known });
}

/** commit-msg and pre-push look at something else than the index. */
async function guardHook(host: Host, given: Given, place: Place, hook: string): Promise<number> {
  const { judgeMessage, judgePush, judgeTransaction } = await import('./guard-hook.js');
  const git = host.git.open(place.repository);
  const shared = await rulesFor(host, given, place);
  const { known } = shared;
  if (hook !== 'commit-msg') {
    const judge = hook === 'pre-push' ? judgePush : judgeTransaction;
    const judged = await judge(git, place, given.args, host.terminal.readStdin().toString('utf8'), shared);
    return report(host, given, judged, { scope: hook === 'pre-push' ? 'push' : 'branch', known });
  }
  const message = given.args[0];
  return report(host, given, judgeMessage(host, message, shared), {
    scope: 'message',
    known,
    ...(message === undefined ? {} : { message }),
  });
}

async function guardIndex(host: Host, given: Given, place: Place): Promise<number> {
  const git = host.git.open(place.repository);
  const shared = await rulesFor(host, given, place);
  const judged = await judgeRepository(given, place, git, shared);
  const scope = scopeOf(given);
  const firstCommit = scope === 'index' && judged.findings.some(isBlocking) && !git.hasCommits();
  const told = { scope, prefix: prefixOf(host, place.root), firstCommit, known: shared.known };
  const code = await report(host, given, judged, told);
  if (code === 0 && text(given, 'hook') !== undefined) await sayEnds(host, place);
  return code;
}

/** With a commit, everybody is told of keys that end within a month. */
async function sayEnds(host: Host, place: Place): Promise<void> {
  try {
    if (!hasVault(place) || !mayEnd(place)) return;
    const { warnOfEnds } = await import('./work.js');
    await warnOfEnds(host, findVault(host));
  } catch (error) {
    // No leak: whoever writes to the vault is told what is wrong with it.
    if (!(error instanceof BlackboxError)) throw error;
  }
}

/** On a server, the branch that is there says what is registered and what is allowed, not what is pushed. */
async function guardReceived(host: Host, given: Given): Promise<number> {
  const { judgeReceived, receivingPlace } = await import('./guard-hook.js');
  const place = receivingPlace(host);
  const git = host.git.open(place.repository);
  const configFrom = text(given, 'configFrom') ?? (git.hasCommits() ? 'HEAD' : undefined);
  const shared = await rulesFor(host, given, place, configFrom);
  const judged = await judgeReceived(git, place, host.terminal.readStdin().toString('utf8'), shared, configFrom);
  return report(host, given, judged, { scope: 'push', known: shared.known });
}

async function guard(host: Host, given: Given): Promise<number> {
  const hook = text(given, 'hook');
  const whole = ['all', 'history'].find((name) => given.args.length > 0 && flag(given, name));
  if (whole !== undefined) throw namedTwice(`--${whole}`);
  if (hook === undefined && given.args.length > 0) return guardNamed(host, given);
  if (hook === serverHook) return guardReceived(host, given);
  if (hook !== undefined && !allHooks.some((name) => name === hook)) throw unknownHook(hook, [...allHooks, serverHook]);
  const place = locate(host);
  // A branch without a vault can be checked out in a clone that has the hook: what is known here must not be committed there either.
  if (hook === undefined || hasVault(place)) findVault(host);
  return hook === 'commit-msg' || hook === 'pre-push' || hook === strictHook
    ? guardHook(host, given, place, hook)
    : guardIndex(host, given, place);
}

export const command: Command = {
  args: [
    {
      name: '[what...]',
      what: 'files and folders, commits as A..B, or - for standard input, instead of what is staged',
    },
  ],
  options: [
    { flags: '--all', what: 'look at everything that git tracks, as the index has it', not: ['--history'] },
    { flags: '--history', what: 'look at everything that any commit, message or tag has brought' },
    {
      flags: '--strict',
      what: 'refuse what cannot be looked into, too: encrypted or too large archives, absent LFS objects',
    },
    {
      flags: '--config-from <revision>',
      what: 'what is allowed and what is registered as this revision has it: for CI, where what comes in must not decide for itself',
    },
    {
      flags: '--hook <name>',
      what: `run as this git hook: ${allHooks.join(', ')}, or pre-receive on a server; silent when there is nothing to say`,
    },
    { ...identityOption, what: 'open the scan index with this identity file (- for standard input) and no other' },
    { flags: '--sarif', what: 'print SARIF, which code hosts show beside the lines', not: ['--json'] },
    jsonOption,
  ],
  details:
    'Judges the staged bytes, whatever the work tree holds. Refused are registered\n' +
    'paths in plaintext, under any spelling; sealed files that are not; values that\n' +
    'this clone knows from registered files, also encoded; credentials of known\n' +
    'forms; and what looks like a secret, where it is new. In tests and examples the\n' +
    'last are only told. Ends with 3 when something is refused.',
  examples: [
    ['blackbox-ts guard', 'look at what is staged now'],
    ['blackbox-ts guard --json', 'the same for a program'],
    ['blackbox-ts guard origin/main..HEAD', 'look at what these commits have brought'],
    ['kubectl get cm app -o yaml | blackbox-ts guard -', 'look at what comes in'],
  ],
  run: guard,
};
