/** The text of hooks: ours, told apart from others, and our lines in hooks that belong to husky. */
import type { HookName } from './hook-place.js';

/** Stands in every hook of ours, followed by a number that grows when the script changes for good. */
const marker = /^# blackbox-ts guard \d+$/m;

/** Where Node.js and this program are: hooks of programs with a window run without the user's PATH. */
export interface ProgramPlace {
  readonly node: string;
  readonly program: string;
}

export const isOurs = (text: string) => marker.test(text);

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The script of `hooks/` for one of the hooks, with what it should remember; with nothing when others will run it too. @param configured git's configuration names it, and it stands behind the file */
export function withPlace(script: string, name: HookName, place: ProgramPlace | null, configured = false): string {
  return script
    .replace(/^configured=.*$/m, () => `configured=${configured ? 'yes' : "''"}`)
    .replace(/^hook=.*$/m, () => `hook=${quoted(name)}`)
    .replace(/^recorded_node=.*$/m, () => `recorded_node=${quoted(place?.node ?? '')}`)
    .replace(/^recorded_program=.*$/m, () => `recorded_program=${quoted(place?.program ?? '')}`);
}

const huskyBegin = '# blackbox-ts guard 1';
const huskyEnd = '# end of blackbox-ts guard';

/** What git pushes stands on standard input: our lines read it, and leave it to those that follow. */
const pushLines = (name: HookName) => [
  'blackbox_refs=$(cat)',
  // Also where nothing is pushed: so it can be seen to refuse.
  `printf '%s\\n' "$blackbox_refs" | blackbox-ts guard --hook ${name} "$@" || exit $?`,
  'if [ -n "$blackbox_refs" ]; then',
  '  exec <<END_OF_REFS',
  '$blackbox_refs',
  'END_OF_REFS',
  'fi',
];

// husky puts node_modules/.bin in front of the PATH and stops at the first failure only in its own shell.
function huskyLines(name: HookName): string {
  const readsRefs = name === 'pre-push' || name === 'reference-transaction';
  const lines = readsRefs ? pushLines(name) : [`blackbox-ts guard --hook ${name} "$@" </dev/null || exit $?`];
  const stopped = name === 'pre-push' ? 'push' : 'commit';
  const missing = `command -v blackbox-ts >/dev/null || { echo 'blackbox-ts: ${stopped} refused: it is not installed here, run: npm ci' >&2; exit 1; }`;
  return [huskyBegin, missing, ...lines, huskyEnd].join('\n');
}

/** A hook of husky's without our lines. */
export function withoutLines(text: string): string {
  return text.replace(/^# blackbox-ts guard \d+\n[\s\S]*?^# end of blackbox-ts guard\n?/m, '');
}

/** A hook of husky's with our lines first: what comes later may change what is staged, but no longer whether it leaks. */
export function withLines(text: string, name: HookName): string {
  const own = withoutLines(text);
  const [shebang = ''] = /^#!.*\n/.exec(own) ?? [];
  return `${shebang}${huskyLines(name)}\n${own.slice(shebang.length)}`;
}

export const hasLines = (text: string, name: HookName) => text.includes(`${huskyLines(name)}\n`);

/** Programs that write hooks, with what each needs so that it does not write ours away. */
const managers: readonly (readonly [sign: RegExp, advice: (name: HookName) => string])[] = [
  [
    /lefthook/i,
    (name) =>
      `lefthook writes this hook anew when its configuration changes: add to lefthook.yml, under ${name}, commands, blackbox-ts: \`run: blackbox-ts guard --hook ${name}${lefthookArguments[name]}\``,
  ],
  [
    /pre-commit\.com|pre_commit|hook-impl/,
    (name) =>
      `\`pre-commit install -f\` writes this hook away: run \`blackbox-ts hook install\` after it, or add \`blackbox-ts guard --hook ${name}\` as a local hook to .pre-commit-config.yaml`,
  ],
  [
    /SIMPLE_GIT_HOOKS/,
    (name) =>
      `simple-git-hooks writes this hook anew at every npm install: add to its ${name} in package.json: \`blackbox-ts guard --hook ${name}${name === 'commit-msg' || name === 'pre-push' ? ' "$@"' : ''}\``,
  ],
];

/** As lefthook hands git's arguments on; what git tells on standard input, it hands on only where it is told to. */
const lefthookArguments: Readonly<Record<HookName, string>> = {
  'pre-commit': '',
  'pre-merge-commit': '',
  'commit-msg': ' {1}',
  'pre-push': ' {1} {2}` and `use_stdin: true',
  'reference-transaction': ' {1}` and `use_stdin: true',
};

/** What to tell about the hook that stood there before. */
export function adviceFor(previous: string, name: HookName): string[] {
  return managers.filter(([sign]) => sign.test(previous)).map(([, advice]) => advice(name));
}
