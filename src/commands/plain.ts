/**
 * Command lines as they are usually typed: words, known flags, known options with their value. Commander costs 10 ms to load and as much
 * again to set up, and is asked about everything else: help, abbreviations, mistakes. What is understood here, it understands in the same way.
 */
import { type Argument, type Command, type Given, type Option, optionName } from './command.js';

interface Spec {
  /** As in {@link Given.options}. */
  readonly key: string;
  readonly hasValue: boolean;
  readonly many: boolean;
}

/** What an option's words mean. Negated ones and optional values are left to commander. */
function specsOf(options: readonly Option[]): Map<string, Spec> | null {
  const specs = new Map<string, Spec>();
  for (const { flags, many } of options) {
    const match = /^(?:(-\w), )?--([a-z][a-z-]*)( <[^>]+>)?$/.exec(flags);
    if (match === null || match[2]?.startsWith('no-')) return null;
    const [, short, long = '', value] = match;
    const spec = { key: optionName(long), hasValue: value !== undefined, many: many === true };
    specs.set(`--${long}`, spec);
    if (short !== undefined) specs.set(short, spec);
  }
  return specs;
}

/** Whether so many words are what the command takes. */
function fits(args: readonly Argument[], count: number): boolean {
  const required = args.filter((a) => a.name.startsWith('<')).length;
  const endless = args.some((a) => a.name.includes('...'));
  return count >= required && (endless || count <= args.length);
}

type Options = Record<string, string | boolean | string[]>;

function set(options: Options, { key, hasValue, many }: Spec, value: string): void {
  const before = options[key];
  if (!hasValue) options[key] = true;
  else options[key] = many ? [...(Array.isArray(before) ? before : []), value] : value;
}

/** What the words after a command's name say, or null when commander has to be asked. */
export function parsePlainly(command: Command, words: readonly string[]): Given | null {
  const specs = specsOf(command.options ?? []);
  if (specs === null) return null;
  const args: string[] = [];
  const options: Options = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const spec = specs.get(word);
    if (word === '--' || (command.passThrough === true && (word === '-' || !word.startsWith('-')))) {
      args.push(...words.slice(word === '--' ? i + 1 : i));
      break;
    }
    if (spec === undefined && word.startsWith('-') && word !== '-') return null;
    if (spec?.hasValue && i + 1 >= words.length) return null;
    if (spec === undefined) args.push(word);
    else set(options, spec, spec.hasValue ? (words[++i] ?? '') : '');
  }
  return fits(command.args ?? [], args.length) ? { args, options } : null;
}
