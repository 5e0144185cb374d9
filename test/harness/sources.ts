/** The program's own source, as facts that rules can be stated over. */
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import ts from 'typescript';
import { projectRoot } from './run.js';

export interface Import {
  /** The importing file, relative to the project: `src/vault/plan.ts`. */
  readonly from: string;
  /** The imported file of ours (`src/age/index.ts`) or the package's name as written. */
  readonly to: string;
  readonly typeOnly: boolean;
  /** Evaluated when the module loads; `import()` is not. */
  readonly eager: boolean;
  readonly line: number;
}

export interface Function {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly lines: number;
}

/** Files below a folder of the project, relative to the project. */
export function filesUnder(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((name) => pattern.test(name))
    .sort();
}

export function textOf(file: string): string {
  return readFileSync(join(projectRoot, file), 'utf8');
}

/** What is in the repository, or will be with the next commit. */
export function trackedFiles(): string[] {
  const listing = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z'];
  const names = execFileSync('git', listing, { cwd: projectRoot, encoding: 'utf8' }).split('\0').filter(Boolean);
  return names.filter((name) => lstatSync(join(projectRoot, name), { throwIfNoEntry: false })?.isFile());
}

export function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true);
}

/** Every node of a tree, parents before children. */
export function* nodes(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  node.forEachChild((child) => void children.push(child));
  for (const child of children) yield* nodes(child);
}

export function lineOf(source: ts.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line + 1;
}

function target(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(dirname(from), specifier).replace(/\.js$/, '.ts') : specifier;
}

function onlyTypes(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (clause === undefined) return false;
  const bindings = clause.namedBindings;
  const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
  return (
    clause.isTypeOnly || (clause.name === undefined && named.length > 0 && named.every((element) => element.isTypeOnly))
  );
}

function specifierOf(node: ts.Node): { text: string; typeOnly: boolean; eager: boolean } | null {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    const text = (node.moduleSpecifier as ts.StringLiteral).text;
    return { text, typeOnly: onlyTypes(node), eager: true };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { text: node.argument.literal.text, typeOnly: true, eager: false };
  }
  const loads =
    ts.isCallExpression(node) &&
    (node.expression.kind === ts.SyntaxKind.ImportKeyword || /^(require|load)$/.test(node.expression.getText()));
  const argument = loads ? node.arguments[0] : undefined;
  return argument !== undefined && ts.isStringLiteralLike(argument)
    ? { text: argument.text, typeOnly: false, eager: false }
    : null;
}

export function importsOf(file: string): Import[] {
  const source = parse(file);
  return [...nodes(source)].flatMap((node) => {
    const found = specifierOf(node);
    if (found === null) return [];
    return [
      {
        from: file,
        to: target(file, found.text),
        typeOnly: found.typeOnly,
        eager: found.eager,
        line: lineOf(source, node.getStart()),
      },
    ];
  });
}

function nameOf(node: ts.FunctionLikeDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  const parent = node.parent;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText() : '(anonymous)';
}

/** Every function with a body, with its length in lines from its first word to its closing brace. */
export function functionsOf(file: string): Function[] {
  const source = parse(file);
  return [...nodes(source)].flatMap((node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return [];
    const line = lineOf(source, node.getStart());
    return [
      { name: nameOf(node as ts.FunctionLikeDeclaration), file, line, lines: lineOf(source, node.end) - line + 1 },
    ];
  });
}
