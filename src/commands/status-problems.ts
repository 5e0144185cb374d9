/** What can be wrong with a registered file, in a sentence each, with the command that mends it. */
import { count, list, shellWord, showPath, visible } from '../text.js';
import { commitWords, type FileState, ignorePattern, type OlderVersion, sealedPath } from '../vault/index.js';

export interface Problem {
  readonly kind: string;
  readonly sentence: string;
  /** What to type, in the folder where the user is. */
  readonly mend: string;
}

/** Everything that is known of a file. */
export interface Facts {
  readonly state: FileState;
  /** The tags that nobody entitled has: names where the roster knows them. */
  readonly strangers: readonly string[];
  readonly tracked: boolean;
  readonly unignored: boolean;
  readonly takenBack: boolean;
  /** Who put an older version in the place of a newer one, as far as it was asked; null when nobody did. */
  readonly older: Partial<OlderVersion> | null;
  /** An edit of it is kept in local state. */
  readonly unfinished: boolean;
  /** A path as the user would type it where they are. */
  readonly typed: (path: string) => string;
}

interface Rule {
  readonly kind: string;
  readonly applies: (facts: Facts) => boolean;
  readonly sentence: (plaintext: string, sealed: string, facts: Facts) => string;
  readonly mend: (plaintext: string, sealed: string, facts: Facts) => string;
}

const inCondition =
  (...conditions: readonly FileState['condition'][]) =>
  ({ state }: Facts) =>
    conditions.includes(state.condition);

const rules: readonly Rule[] = [
  {
    kind: 'changed',
    applies: ({ state }) => state.condition === 'changed' && !state.conflict,
    sentence: (plaintext) => `${plaintext} has changes that are not sealed`,
    mend: (plaintext) => `blackbox-ts encrypt ${plaintext}`,
  },
  {
    kind: 'conflict',
    applies: ({ state }) => state.conflict,
    sentence: (plaintext, sealed) => `${plaintext} and ${sealed} may both have changed`,
    mend: (plaintext) => `blackbox-ts encrypt ${plaintext}`,
  },
  {
    kind: 'outdated',
    applies: inCondition('outdated'),
    sentence: (plaintext, sealed) => `${plaintext} is older than ${sealed}`,
    mend: (plaintext) => `blackbox-ts decrypt ${plaintext}`,
  },
  {
    kind: 'unsealed',
    applies: inCondition('unsealed'),
    sentence: (plaintext, sealed) => `${plaintext} is here in plaintext, and ${sealed} is not there`,
    mend: (plaintext) => `blackbox-ts encrypt ${plaintext}`,
  },
  {
    kind: 'missing',
    applies: inCondition('missing'),
    sentence: (_, sealed) => `${sealed} is not there`,
    mend: (_, sealed) => `git checkout HEAD -- ${sealed}`,
  },
  {
    kind: 'damaged',
    applies: inCondition('damaged'),
    sentence: (_, sealed) => `${sealed} is not a complete sealed file`,
    mend: (_, sealed) => `git checkout HEAD -- ${sealed}`,
  },
  {
    kind: 'forged',
    applies: ({ state }) => state.forged !== null,
    sentence: (_, sealed, { state }) => `${sealed} is not authentic: ${state.forged}`,
    mend: (_, sealed) => `git log -p --stat -- ${sealed}`,
  },
  {
    kind: 'older',
    applies: ({ older }) => older !== null,
    sentence: (_, sealed, { older }) =>
      `${sealed} is an older version, put back over a newer one, ${commitWords(older?.commit ?? null)}`,
    mend: (plaintext, sealed, { older }) =>
      `git checkout ${older?.newer?.id.slice(0, 12) ?? 'HEAD~1'} -- ${sealed}   # or, if it is meant: blackbox-ts reencrypt --adopt ${plaintext}`,
  },
  {
    kind: 'blocked',
    applies: inCondition('blocked'),
    sentence: (plaintext, sealed) =>
      `something that is no file stands where ${plaintext} or ${sealed} belongs, or on the way there`,
    mend: (plaintext, sealed) => `ls -ld ${plaintext} ${sealed}`,
  },
  {
    kind: 'lacking',
    applies: ({ state }) => state.lacking.length > 0,
    sentence: (_, sealed, { state }) =>
      `${list(state.lacking.map(visible))} cannot read ${sealed} with every key on the roster`,
    mend: (plaintext) => `blackbox-ts reencrypt ${plaintext}`,
  },
  {
    kind: 'surplus',
    applies: ({ strangers }) => strangers.length > 0,
    sentence: (_, sealed, { strangers }) =>
      `${sealed} can be read by ${list(strangers)}, whom the roster does not entitle`,
    mend: (plaintext) => `blackbox-ts reencrypt ${plaintext}`,
  },
  {
    kind: 'tracked',
    applies: ({ tracked }) => tracked,
    sentence: (plaintext) => `git tracks ${plaintext}, which must not be committed`,
    mend: (plaintext) => `git rm --cached -- ${plaintext}`,
  },
  {
    kind: 'unignored',
    applies: ({ unignored, takenBack }) => unignored && !takenBack,
    sentence: (plaintext) => `git does not ignore ${plaintext}`,
    mend: (_, __, { state, typed }) =>
      `echo ${shellWord(ignorePattern(state.entry.path))} >> ${shellWord(typed('.gitignore'))}`,
  },
  {
    kind: 'taken-back',
    applies: ({ takenBack }) => takenBack,
    sentence: (plaintext) => `git does not ignore ${plaintext}: another line takes back the one in .gitignore`,
    mend: (plaintext) => `git check-ignore -v --no-index ${plaintext}`,
  },
  {
    kind: 'unfinished',
    applies: ({ unfinished }) => unfinished,
    sentence: (plaintext) => `an edit of ${plaintext} is kept and not in place`,
    mend: (plaintext) => `blackbox-ts edit --resume ${plaintext}`,
  },
];

/** All that is wrong with a file, worst first. */
export function problemsOf(facts: Facts): Problem[] {
  const { path } = facts.state.entry;
  const type = (name: string) => shellWord(facts.typed(name));
  return rules
    .filter((rule) => rule.applies(facts))
    .map((rule) => ({
      kind: rule.kind,
      sentence: rule.sentence(showPath(path), showPath(sealedPath(path)), facts),
      mend: rule.mend(type(path), type(sealedPath(path)), facts),
    }));
}

/** What a reader column says. */
export function readersCell({ state, strangers, older }: Facts): string {
  if (state.forged !== null) return 'not authentic';
  if (older !== null) return 'older version';
  const lacking = state.lacking.length === 0 ? [] : [`not ${list(state.lacking, 'nor')}`];
  const surplus = strangers.length === 0 ? [] : [`also ${count(strangers.length, 'other')}`];
  return (
    [...lacking, ...surplus].join(', ') ||
    (['missing', 'unsealed', 'damaged', 'blocked'].includes(state.condition) ? '' : 'ok')
  );
}
