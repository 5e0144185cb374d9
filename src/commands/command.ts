/** A command is data and one function. Nothing below it reads flags, prints or exits. */
import type { Host } from '../host/types.js';
import { contradiction, goesWith } from './refuse-options.js';

export interface Argument {
  /** As commander writes it: `<file>` required, `[path]` optional, `<paths...>` one or more. */
  readonly name: string;
  readonly what: string;
}

export interface Option {
  /** As commander writes it: `--name <name>`, `-n, --dry-run`. */
  readonly flags: string;
  readonly what: string;
  /** May be given more than once; the values are collected. */
  readonly many?: boolean;
  /** Means something beside this one only: `--html`. */
  readonly with?: string;
  /** Means nothing beside these. */
  readonly not?: readonly string[];
}

/** What was typed, checked against the command's data. */
export interface Given {
  readonly args: readonly string[];
  /** By camel-cased option name. */
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

export interface Command {
  readonly args?: readonly Argument[];
  readonly options?: readonly Option[];
  /** From the first argument on, words are those of another program. */
  readonly passThrough?: boolean;
  /** Further sentences for --help. */
  readonly details?: string;
  /** Command lines that work, each with what it does. At least one. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** @returns the exit code; nothing for 0 */
  readonly run: (host: Host, given: Given) => Promise<number | undefined>;
}

export function flag(given: Given, name: string): boolean {
  return given.options[name] === true;
}

export function text(given: Given, name: string): string | undefined {
  const value = given.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function texts(given: Given, name: string): readonly string[] {
  const value = given.options[name];
  return Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
}

/** `--dry-run` as in {@link Given.options}: `dryRun`. */
export function optionName(long: string): string {
  return long.replace(/^--/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const longOf = ({ flags }: Option) => /--[a-z-]+/.exec(flags)?.[0] ?? flags;

/** No option is taken and then left out of account. @throws ERR_BLACKBOX_USAGE */
export function checkTogether({ options = [] }: Command, given: Given): void {
  const isGiven = (long: string) => given.options[optionName(long)] !== undefined;
  for (const option of options.filter((o) => isGiven(longOf(o)))) {
    const other = option.not?.find(isGiven);
    if (other !== undefined) throw contradiction(longOf(option), other);
    if (option.with !== undefined && !isGiven(option.with)) throw goesWith(longOf(option), option.with);
  }
}

export const identityOption: Option = {
  flags: '-i, --identity <file>',
  what: 'open with this identity file (- for standard input) and no other; may be given more than once',
  many: true,
};
export const jsonOption: Option = { flags: '--json', what: 'print JSON' };
export const dryRunOption: Option = { flags: '-n, --dry-run', what: 'say what would be done, write nothing' };
export const forceOption: Option = { flags: '-f, --force', what: 'even if something would be lost' };
