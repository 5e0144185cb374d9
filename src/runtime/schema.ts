/**
 * Validation by any library that speaks Standard Schema. What the libraries say is not passed on: their sentences hold the value that was
 * received. Ours are made of the name, and of what the schema itself expected.
 * https://standardschema.dev
 */
import { put, take } from '../formats/tree.js';
import type { Tree } from '../formats/types.js';
import { visible } from '../text.js';
import { asyncSchema, brokenSchema } from './errors.js';
import { at, dotted, type Path } from './names.js';

/** The part of Standard Schema v1 that is used: https://github.com/standard-schema/standard-schema */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown, options?: never) => Result<Output> | Promise<Result<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type Result<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** One schema for everything, or schemas by name. A dictionary gives the names that it has, and no others. */
export type Schema = StandardSchema<unknown, unknown> | SchemaDictionary;
export interface SchemaDictionary {
  readonly [name: string]: Schema;
}

/** What a schema gives. */
export type OutputOf<S> =
  S extends StandardSchema<infer _, infer Output> ? Output : { readonly [K in keyof S]: OutputOf<S[K]> };

function isStandard(schema: Schema): schema is StandardSchema<unknown, unknown> {
  const kind = typeof schema;
  if ((kind !== 'object' && kind !== 'function') || schema === null) throw brokenSchema();
  const speaks = '~standard' in schema;
  // As a dictionary it would have no names, and give nothing.
  if (!speaks && (kind === 'function' || Array.isArray(schema))) throw brokenSchema();
  return speaks;
}

/** The names that a dictionary has schemas for. */
export function schemaNames(schema: Schema, path: Path = []): Path[] {
  if (isStandard(schema)) return path.length === 0 ? [] : [path];
  return Object.entries(schema).flatMap(([name, inner]) => schemaNames(inner, [...path, name]));
}

export interface Checked {
  readonly value: unknown;
  /** A sentence each, free of values. Empty when all is well. */
  readonly problems: readonly string[];
}

interface Part {
  readonly path: Path;
  readonly result: Result<unknown> | Promise<Result<unknown>>;
}

/** What a schema's own code throws may hold what it was given: it is left behind. */
const failed = (): Result<unknown> => ({ issues: [{ message: '' }] });

function validate(schema: StandardSchema<unknown, unknown>, value: unknown): Part['result'] {
  try {
    const result = schema['~standard'].validate(value);
    return result instanceof Promise ? result.catch(failed) : result;
  } catch {
    return failed();
  }
}

/** Asks every schema. */
function ask(schema: Schema, value: unknown, path: Path = []): Part[] {
  if (isStandard(schema)) return [{ path, result: validate(schema, value) }];
  return Object.entries(schema).flatMap(([name, inner]) => ask(inner, at(value, [name]), [...path, name]));
}

/** Longer ones are lists of everything that is allowed. */
const longestExpectation = 80;

/** Strings that occur in the values: nothing that contains one is said. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  return value === null || value === undefined ? [] : [String(value)].filter((text) => text !== '');
}

function holdsAny(text: string, texts: readonly string[]): boolean {
  return texts.some((secret) => text.includes(secret));
}

/** What zod says of a limit, or of the values that there are, each apart from the value that it was given. */
function limits(issue: StandardIssue): string {
  const { minimum, maximum, origin, type, values, options } = issue as unknown as { [name: string]: unknown };
  const unit = (origin ?? type) === 'string' ? ' characters' : '';
  const limit = (words: string, bound: unknown) => (typeof bound === 'number' ? [`${words} ${bound}${unit}`] : []);
  const allowed = [values ?? options].flatMap((all) => (Array.isArray(all) ? [all.map(String).join(' | ')] : []));
  return [...limit('at least', minimum), ...limit('at most', maximum), ...allowed].join(', ');
}

/** What the schema expected, as far as the library tells it apart from the value. */
function expectation(issue: StandardIssue, texts: readonly string[]): string {
  const { expected, format } = issue as { expected?: unknown; format?: unknown };
  const said = typeof expected === 'string' ? expected : typeof format === 'string' ? format : limits(issue);
  const tellable = said !== '' && said.length <= longestExpectation && !holdsAny(said, texts);
  return tellable ? `is not what the schema expects: ${visible(said)}` : 'is not what the schema allows';
}

/** A name from an issue. What is neither a name in the file nor free of its values is left out: a refinement may put anything there. */
function namesOf(issue: StandardIssue, base: Path, texts: readonly string[], whole: unknown): string[] {
  // Not map(): the lists of arktype make others of their own kind.
  const names = Array.from(issue.path ?? [], (part) => String(typeof part === 'object' ? part.key : part));
  return [...base, ...names].map((name, i, path) => {
    const isName = at(whole, path.slice(0, i + 1)) !== undefined;
    return isName || !holdsAny(name, texts) ? name : '…';
  });
}

/** Names that a schema does not have, which zod tells of together, at the place where they are. */
function apart(issue: StandardIssue): StandardIssue[] {
  const { keys } = issue as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0) return [issue];
  const path = Array.from(issue.path ?? []);
  return keys.map((key) => ({ message: '', path: [...path, String(key)], expected: 'never' }));
}

function problem(issue: StandardIssue, base: Path, texts: readonly string[], whole: unknown): string {
  const names = namesOf(issue, base, texts, whole);
  const name = visible(dotted(names)) || 'the whole';
  return at(whole, names) === undefined ? `${name} is missing` : `${name} ${expectation(issue, texts)}`;
}

/** More than a person reads at once. */
const mostProblems = 20;

function checked(schema: Schema, whole: unknown, parts: readonly (Part & { result: Result<unknown> })[]): Checked {
  const texts = textsIn(whole);
  const problems = parts.flatMap(({ path, result }) =>
    (result.issues ?? [])
      .slice(0, mostProblems)
      .flatMap(apart)
      .map((issue) => problem(issue, path, texts, whole)),
  );
  if (problems.length > 0) return { value: undefined, problems: [...new Set(problems)].slice(0, mostProblems) };
  const values = parts.map(({ result }) => ('value' in result ? result.value : undefined));
  return { value: isStandard(schema) ? values[0] : assembled(parts, values), problems };
}

function assembled(parts: readonly Part[], values: readonly unknown[]): Tree {
  const root: Tree = {};
  for (const [i, { path }] of parts.entries()) {
    let tree = root;
    for (const name of path.slice(0, -1)) {
      if (take(tree, name) === undefined) put(tree, name, {});
      tree = take(tree, name) as Tree;
    }
    if (values[i] !== undefined) put(tree, path.at(-1) ?? '', values[i] as never);
  }
  return root;
}

export async function check(schema: Schema, value: unknown): Promise<Checked> {
  const parts = await Promise.all(ask(schema, value).map(async (part) => ({ ...part, result: await part.result })));
  return checked(schema, value, parts);
}

/** @throws ERR_BLACKBOX_ASYNC_SCHEMA */
export function checkSync(schema: Schema, value: unknown): Checked {
  const parts = ask(schema, value);
  if (parts.some(({ result }) => result instanceof Promise)) throw asyncSchema();
  return checked(schema, value, parts as (Part & { result: Result<unknown> })[]);
}
