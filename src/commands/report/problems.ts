/** What a reviewer should look at, in a sentence each. */
import { count, list } from '../../text.js';
import type { Reach, Report, ReportFile, ReportKey } from './data.js';

export interface ReportProblem {
  /** bad: somebody can read what they should not, or cannot read what they should. warn: it is about to be, or half is. */
  readonly severity: 'bad' | 'warn';
  readonly path: string | null;
  /** Whose key it is about, and its fingerprint. */
  readonly person: string | null;
  readonly key: string | null;
  readonly text: string;
}

const day = 24 * 60 * 60 * 1000;
/** How long before its end a key is worth a word. */
const soon = 30 * day;

function keyProblem(key: ReportKey, generated: string): Pick<ReportProblem, 'severity' | 'text'> | null {
  if (key.unusable !== null) return { severity: 'bad', text: key.unusable };
  if (key.expires === null) return null;
  const left = Date.parse(key.expires) - Date.parse(generated);
  const date = key.expires.slice(0, 10);
  if (left < 0) return { severity: 'bad', text: `expired on ${date}` };
  return left > soon ? null : { severity: 'warn', text: `expires on ${date}` };
}

function named({ people }: Report, file: ReportFile, reach: Reach): string | null {
  const names = people.filter((_, i) => file.reach[i] === reach).map((p) => p.name);
  return names.length === 0 ? null : list(names);
}

const rules: readonly (readonly [
  ReportProblem['severity'],
  (report: Report, file: ReportFile) => string | null | undefined,
])[] = [
  ['bad', (_, { condition }) => ({ sealed: null, missing: 'no sealed file', damaged: 'damaged' })[condition]],
  ['bad', (_, { forged }) => before(forged ?? null, 'not authentic:')],
  [
    'bad',
    (_, { unknown }) =>
      before(tags(unknown), `readable with ${unknown.length === 1 ? 'an unknown key' : 'unknown keys'}:`),
  ],
  [
    'bad',
    (report, file) => before(named(report, file, 'surplus'), 'readable by', ', whom the roster does not entitle'),
  ],
  ['bad', (report, file) => before(named(report, file, 'lacks'), 'not yet readable by')],
  ['warn', (report, file) => before(named(report, file, 'partly'), 'not readable with every key of')],
  ['warn', ({ rotation }, { path }) => toChange(rotation.open?.find((o) => o.path === path))],
];

/** A few of them: there is one sentence for all. */
function tags(unknown: readonly string[]): string | null {
  const shown = unknown.slice(0, 3);
  if (unknown.length > shown.length) return `${shown.join(', ')} and ${unknown.length - shown.length} more`;
  return unknown.length === 0 ? null : list(shown);
}

function before(names: string | null, words: string, after = ''): string | null {
  return names === null ? null : `${words} ${names}${after}`;
}

function toChange(open: NonNullable<Report['rotation']['open']>[number] | undefined): string | null {
  if (open === undefined) return null;
  return `${count(open.count, 'value')} seen by ${list(open.because)}, not changed since ${open.since.slice(0, 10)}`;
}

/** All of them: people's keys first, then files in their order. */
export function problemsOf(report: Report): ReportProblem[] {
  const people = report.people.flatMap(({ name, keys }) =>
    keys.flatMap((key): ReportProblem[] => {
      const problem = keyProblem(key, report.generated);
      return problem === null ? [] : [{ ...problem, path: null, person: name, key: key.fingerprint }];
    }),
  );
  const files = report.files.flatMap((file) =>
    rules.flatMap(([severity, rule]): ReportProblem[] => {
      const text = rule(report, file) ?? null;
      return text === null ? [] : [{ severity, path: file.path, person: null, key: null, text }];
    }),
  );
  return [...people, ...files];
}
