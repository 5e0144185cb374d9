/** The text of hooks: ours, told apart from others, and our lines in hooks that belong to husky. */

/** Stands in every hook of ours, followed by a number that grows when the script changes for good. */
const marker = /^# blackbox-ts guard \d+$/m;

/** Where Node.js and this program are: hooks of programs with a window run without the user's PATH. */
export interface ProgramPlace {
  readonly node: string;
  readonly program: string;
}

export const isOurs = (text: string) => marker.test(text);

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The script of `hooks/` with what it should remember; with nothing when others will run it too. */
export function withPlace(script: string, place: ProgramPlace | null): string {
  return script
    .replace(/^recorded_node=.*$/m, () => `recorded_node=${quoted(place?.node ?? '')}`)
    .replace(/^recorded_program=.*$/m, () => `recorded_program=${quoted(place?.program ?? '')}`);
}

const huskyBegin = '# blackbox-ts guard 1';
const huskyEnd = '# end of blackbox-ts guard';
// husky puts node_modules/.bin in front of the PATH and stops at the first failure only in its own shell.
const huskyLines = [
  huskyBegin,
  "command -v blackbox-ts >/dev/null || { echo 'blackbox-ts: commit refused: it is not installed here, run: npm ci' >&2; exit 1; }",
  'blackbox-ts guard --hook pre-commit </dev/null || exit $?',
  huskyEnd,
].join('\n');

/** A hook of husky's without our lines. */
export function withoutLines(text: string): string {
  return text.replace(/^# blackbox-ts guard \d+\n[\s\S]*?^# end of blackbox-ts guard\n?/m, '');
}

/** A hook of husky's with our lines first: what comes later may change what is staged, but no longer whether it leaks. */
export function withLines(text: string): string {
  const own = withoutLines(text);
  const [shebang = ''] = /^#!.*\n/.exec(own) ?? [];
  return `${shebang}${huskyLines}\n${own.slice(shebang.length)}`;
}

export const hasLines = (text: string) => text.includes(`${huskyLines}\n`);

/** Programs that write hooks, with what each needs so that it does not write ours away. */
const managers: readonly (readonly [sign: RegExp, advice: string])[] = [
  [
    /lefthook/i,
    'lefthook writes this hook anew when its configuration changes: add to lefthook.yml, under pre-commit, commands, blackbox-ts: `run: blackbox-ts guard --hook pre-commit`',
  ],
  [
    /pre-commit\.com|pre_commit|hook-impl/,
    '`pre-commit install -f` writes this hook away: run `blackbox-ts hook install` after it, or add `blackbox-ts guard --hook pre-commit` as a local hook to .pre-commit-config.yaml',
  ],
  [
    /SIMPLE_GIT_HOOKS/,
    'simple-git-hooks writes this hook anew at every npm install: add to its pre-commit in package.json: `blackbox-ts guard --hook pre-commit`',
  ],
];

/** What to tell about the hook that stood there before. */
export function adviceFor(previous: string): string[] {
  return managers.filter(([sign]) => sign.test(previous)).map(([, advice]) => advice);
}
