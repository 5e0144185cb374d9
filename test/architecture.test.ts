/** The rules that keep this program readable and safe, stated where a machine holds everybody to them. */

import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { codes } from '../src/errors.js';
import {
  filesUnder,
  functionsOf,
  type Import,
  importsOf,
  lineOf,
  nodes,
  parse,
  textOf,
  trackedFiles,
} from './harness/sources.js';

const sources = filesUnder('src', /\.ts$/);
const code = [...sources, ...filesUnder('bin', /\.js$/)];
const imports = sources.flatMap(importsOf);
const at = (i: Import) => `${i.from}:${i.line} imports ${i.to}`;

/** `src/vault/plan.ts` → `vault`; `src/cli.ts` → `cli.ts`; a package → its own name. */
function layerOf(file: string): string {
  return /^src\/([^/]+)/.exec(file)?.[1] ?? file;
}

/** Whom a layer may import beside itself, node: and packages. The files anyone may import stand first. */
const anyone = ['errors.ts', 'text.ts', 'version.ts'];
const mayImport: Record<string, readonly string[]> = {
  'errors.ts': [],
  'text.ts': [],
  'version.ts': [],
  age: anyone,
  formats: anyone,
  // What a signed statement says, whoever verifies its signature: it knows no key, no file and no repository.
  trust: ['errors.ts', 'text.ts'],
  vault: [...anyone, 'trust', 'age', 'formats'],
  guard: [...anyone, 'formats'],
  runtime: [...anyone, 'vault', 'age', 'formats'],
  commands: [...anyone, 'vault', 'guard', 'runtime', 'age', 'formats'],
  host: anyone,
  'worker.ts': ['host', 'age'],
  'report.ts': anyone,
  'main.ts': ['report.ts'],
  'hook.ts': ['commands', 'guard', 'host', 'main.ts'],
  'cat.ts': ['commands', 'host', 'main.ts'],
  'cli.ts': [...anyone, 'main.ts', 'commands', 'host', 'vault', 'guard', 'runtime', 'age', 'formats'],
  // No command: a library neither prints nor knows what somebody typed.
  'index.ts': [...anyone, 'host', 'vault', 'guard', 'runtime', 'age', 'formats'],
  'register.ts': ['host', 'runtime'],
  'dotenv.ts': ['host', 'runtime'],
  'vite.ts': [...anyone, 'host', 'runtime'],
};
/** Of these, types only: values are handed in. */
const mayImportTypes: Record<string, readonly string[]> = {
  vault: ['host'],
  guard: ['host', 'vault', 'age'],
  runtime: ['host'],
  commands: ['host', 'trust'],
  host: ['vault'],
  'main.ts': ['host'],
  'report.ts': ['host'],
};

describe('who may import whom', () => {
  const own = imports.filter((i) => i.to.startsWith('src/'));

  it('every layer is known here', () => {
    expect([...new Set(sources.map(layerOf))].filter((layer) => !(layer in mayImport))).toEqual([]);
  });

  it('layers import only what is below them', () => {
    const wrong = own.filter((i) => {
      const [from, to] = [layerOf(i.from), layerOf(i.to)];
      const allowed = [...(mayImport[from] ?? []), ...(i.typeOnly ? (mayImportTypes[from] ?? []) : [])];
      return from !== to && !allowed.includes(to);
    });
    expect(wrong.map(at)).toEqual([]);
  });

  it('no import points to a file that is not there', () => {
    expect(own.filter((i) => !sources.includes(i.to)).map(at)).toEqual([]);
  });

  it('files do not import each other in circles', () => {
    const after = new Map(
      sources.map((file) => [file, own.filter((i) => i.from === file && i.eager && !i.typeOnly).map((i) => i.to)]),
    );
    const reaches = (from: string, goal: string, seen = new Set<string>()): boolean =>
      (after.get(from) ?? []).some((next) => next === goal || (!seen.has(next) && reaches(next, goal, seen.add(next))));
    expect(sources.filter((file) => reaches(file, file))).toEqual([]);
  });

  it('packages that are slow to load are loaded at the point of need', () => {
    const slow = [
      'openpgp',
      'age-encryption',
      'simple-git',
      'yaml',
      'smol-toml',
      're2js',
      'ini',
      'bcrypt-pbkdf',
      'commander',
    ];
    const eager = imports.filter((i) => i.eager && !i.typeOnly && slow.includes(i.to));
    // The program parses its command line with commander before it does anything: only there is it loaded at once.
    expect(eager.filter((i) => !(i.to === 'commander' && /^src\/(cli\.ts|commands\/)/.test(i.from))).map(at)).toEqual(
      [],
    );
  });

  it('only the host touches the machine', () => {
    const machine = /^node:(fs|child_process|readline|tty|net|http|https|worker_threads)(\/|$)/;
    expect(imports.filter((i) => machine.test(i.to) && !i.typeOnly && layerOf(i.from) !== 'host').map(at)).toEqual([]);
  });

  it('built-in modules are named as such, and packages are dependencies', () => {
    const { dependencies } = JSON.parse(textOf('package.json'));
    const packages = imports.filter((i) => !i.to.startsWith('src/') && !i.to.startsWith('node:'));
    expect(packages.filter((i) => !(i.to in dependencies)).map(at)).toEqual([]);
  });
});

describe('size', () => {
  it('no file has more than 300 lines', () => {
    const long = code
      .map((file) => ({ file, lines: textOf(file).trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });

  it('no function has more than 40 lines', () => {
    expect(code.flatMap(functionsOf).filter(({ lines }) => lines > 40)).toEqual([]);
  });

  it('functions are short: half of the named ones have at most 10 lines', () => {
    const lengths = code
      .flatMap(functionsOf)
      .filter(({ name }) => name !== '(anonymous)')
      .map(({ lines }) => lines)
      .sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(10);
  });
});

/** Where in the program's code something is found, comments and strings left aside. */
function findNodes(files: readonly string[], isIt: (node: ts.Node) => boolean): string[] {
  return files.flatMap((file) => {
    const source = parse(file);
    return [...nodes(source)].filter(isIt).map((node) => `${file}:${lineOf(source, node.getStart())}`);
  });
}

function isTopLevel(node: ts.Node): boolean {
  return (
    !ts.findAncestor(node.parent, ts.isFunctionLike) && !ts.findAncestor(node.parent, ts.isClassStaticBlockDeclaration)
  );
}

describe('habits', () => {
  it('only the program itself exits', () => {
    const exits = (node: ts.Node) =>
      ts.isCallExpression(node) && /^process\.(exit|abort|reallyExit)$/.test(node.expression.getText());
    expect(
      findNodes(
        sources.filter((file) => file !== 'src/cli.ts'),
        exits,
      ),
    ).toEqual([]);
  });

  it('nothing uses console', () => {
    expect(findNodes(code, (node) => ts.isIdentifier(node) && node.text === 'console')).toEqual([]);
  });

  it('no module awaits while it loads: require() could not load it', () => {
    const waits = (node: ts.Node) =>
      (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)) &&
      isTopLevel(node);
    expect(findNodes(sources, waits)).toEqual([]);
  });

  it('no command line goes through a shell, and nothing is evaluated', () => {
    const evaluates = (node: ts.Node) =>
      (ts.isCallExpression(node) && /^(eval|exec|execSync)$/.test(node.expression.getText())) ||
      (ts.isNewExpression(node) && node.expression.getText() === 'Function') ||
      (ts.isPropertyAssignment(node) &&
        node.name.getText() === 'shell' &&
        node.initializer.kind !== ts.SyntaxKind.FalseKeyword);
    expect(findNodes(code, evaluates)).toEqual([]);
  });

  it('no default exports, no any', () => {
    expect(
      findNodes(
        sources,
        (node) =>
          ts.isExportAssignment(node) ||
          (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isCaseOrDefaultClause(node.parent)),
      ),
    ).toEqual([]);
    expect(findNodes(sources, (node) => node.kind === ts.SyntaxKind.AnyKeyword)).toEqual([]);
  });

  it('nothing is left for later', () => {
    const later = /not (yet )?implemented|\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck)/i;
    const found = code.flatMap((file) =>
      textOf(file)
        .split('\n')
        .flatMap((line, i) => (later.test(line) ? [`${file}:${i + 1}`] : [])),
    );
    expect(found).toEqual([]);
  });

  it('no test is switched off', () => {
    const off = new RegExp(['\\b(it|test|describe)', '(skip|todo|only|fails)\\b'].join('\\.'));
    const found = filesUnder('test', /\.test\.ts$/).flatMap((file) =>
      textOf(file)
        .split('\n')
        .flatMap((line, i) => (off.test(line) ? [`${file}:${i + 1}`] : [])),
    );
    expect(found).toEqual([]);
  });
});

describe('error codes', () => {
  const used = new Map<string, string>();
  for (const file of sources.filter((name) => name !== 'src/errors.ts')) {
    for (const [name] of textOf(file).matchAll(/ERR_BLACKBOX(?:_[A-Z]+)+\b/g)) used.set(name, file);
  }

  it('each one that is used is declared', () => {
    expect([...used].filter(([name]) => !(name in codes))).toEqual([]);
  });

  it('each one that is declared is used', () => {
    const thrown = sources
      .filter((name) => name !== 'src/errors.ts')
      .map(textOf)
      .join('\n');
    expect(Object.keys(codes).filter((name) => !thrown.includes(`'${name}'`))).toEqual([]);
  });

  it('each one says what it means', () => {
    expect(Object.entries(codes).filter(([, meaning]) => !/^[a-z].{10,}[^.]$/.test(meaning))).toEqual([]);
  });
});

describe('the repository', () => {
  const tracked = trackedFiles();

  it('names no place of the machines it was written on', () => {
    // Put together here, so that this file does not find itself.
    const places = new RegExp(
      [
        ['registry', 'npmjs'].join('\\.'),
        ['', 'work', ''].join('/'),
        ['', 'root', ''].join('/'),
        ['', 'home', '[a-z]+', ''].join('/'),
      ].join('|'),
    );
    const found = tracked
      .filter((file) => !/\.(age|gpg|png|ico)$/.test(file))
      .filter((file) => places.test(textOf(file)));
    expect(found).toEqual([]);
  });

  it('pins every dependency', () => {
    const { dependencies, devDependencies } = JSON.parse(textOf('package.json'));
    expect(
      Object.entries({ ...dependencies, ...devDependencies }).filter(
        ([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)),
      ),
    ).toEqual([]);
    expect(tracked).toContain('package-lock.json');
  });

  it('gives a reason for every dependency in the README', () => {
    const lines = textOf('README.md').split('\n');
    const { dependencies } = JSON.parse(textOf('package.json'));
    const unexplained = Object.keys(dependencies).filter(
      (name) => !lines.some((line) => line.includes(`\`${name}\``) && line.split(/\s+/).length > 5),
    );
    expect(unexplained).toEqual([]);
  });
});
