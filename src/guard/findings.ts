/** Findings for people and for machines. Neither ever holds a value. */
import { count, showPath, visible } from '../text.js';
import { advice, isGuess, mostLines, type RenderOptions, type Scope } from './advice.js';
import type { Finding } from './types.js';

export { isGuess, type RenderOptions, type Scope };

function place({ path, line, column, commit }: Finding): string {
  const file = `${commit === undefined ? '' : `${commit.slice(0, 10)}:`}${showPath(path)}`;
  return line === 0 ? file : `${file}:${line}:${column}`;
}

function line(finding: Finding): string {
  const masked = finding.masked === '' ? '' : ` (${visible(finding.masked)})`;
  const id = finding.id === undefined ? '' : ` [${finding.id}]`;
  return `${place(finding)}: ${finding.rule}: ${visible(finding.what)}${masked}${id}`;
}

export const isBlocking = ({ severity }: Pick<Finding, 'severity'>) => severity === 'block';

function someLines(findings: readonly Finding[]): string[] {
  const more = findings.length - mostLines;
  return [
    ...findings.slice(0, mostLines).map((one) => `  ${line(one)}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}

const places: Readonly<Record<Scope, readonly [verb: string, noun: string, end: string]>> = {
  index: ['refused', 'staged file', ''],
  tree: ['found', 'file', ''],
  commits: ['found', 'file', ''],
  files: ['found', 'file', ''],
  message: ['refused', 'message', ''],
  push: ['refused', 'file', ' of what would be pushed'],
  branch: ['refused', 'file', ' of what the branch would lead to'],
};

/** What a person reads: a line for each finding, those that refuse first, then what to do. Ends without a newline. */
export function renderFindings(findings: readonly Finding[], options: RenderOptions = {}): string {
  const blocking = findings.filter(isBlocking);
  const warnings = findings.filter((finding) => !isBlocking(finding));
  const [verb, noun, end] = places[options.scope ?? 'index'];
  const amount = (some: readonly Finding[]) =>
    `${count(some.length, 'finding')} in ${count(new Set(some.map((finding) => finding.path)).size, noun)}${end}`;
  return [
    ...(blocking.length === 0
      ? []
      : [`${verb}: ${amount(blocking)}`, ...someLines(blocking), ...advice(blocking, options)]),
    ...(warnings.length === 0 ? [] : [`not refused, but look: ${amount(warnings)}`, ...someLines(warnings)]),
  ].join('\n');
}

/** What `--json` prints. */
export interface GuardReport {
  /** Nothing blocks. There may be findings that only warn. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** Registered files whose values were not looked for, because this clone never decrypted them. */
  readonly unknown: readonly string[];
}

export function guardReport(findings: readonly Finding[], unknown: readonly string[] = []): GuardReport {
  return { ok: !findings.some(isBlocking), findings, unknown };
}
