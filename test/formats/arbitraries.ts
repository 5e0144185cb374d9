import fc from 'fast-check';
import type { Tree } from '../../src/formats/index.js';

/** Names that have hurt parsers before, among ordinary ones. */
export const names = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/) },
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '<<',
    'true',
    'null',
    '0',
    '01',
  ),
  fc.string({ unit: 'grapheme-composite', minLength: 1, maxLength: 8 }),
);

const strings = fc.oneof(
  fc.string({ unit: 'grapheme-composite' }),
  fc.constantFrom(
    '$HOME',
    `\${HOME}`,
    '$(id -un)',
    '`id`',
    '0123',
    'true',
    'null',
    '~',
    '1e3',
    ' x ',
    "it's",
    'a#b;c',
    '\\',
    'a\nb',
    '=',
    '!!x',
    '*a',
    '&a',
  ),
);

const leaf = fc.oneof(
  strings,
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
);

/** Objects by defineProperty, as a name may be `__proto__`. */
export function object<T>(values: fc.Arbitrary<T>, keys = names): fc.Arbitrary<Record<string, T>> {
  return fc.uniqueArray(fc.tuple(keys, values), { selector: ([name]) => name, maxLength: 5 }).map((entries) => {
    const tree: Record<string, T> = {};
    for (const [name, value] of entries)
      Object.defineProperty(tree, name, { value, writable: true, enumerable: true, configurable: true });
    return tree;
  });
}

export const trees: fc.Arbitrary<Tree> = fc.letrec<{ value: Tree[string]; tree: Tree }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value'), { maxLength: 4 }), tie('tree')),
  tree: object(tie('value')),
})).tree;

/** The same without null, which TOML lacks, and with arrays only of what TOML's stringifier takes. */
export const iniTrees: fc.Arbitrary<Tree> = (() => {
  const plainNames = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.]{0,8}$/).map((n) => n.replace(/^\.|\.$/g, 'x'));
  const keys = fc.oneof(plainNames, fc.constantFrom('constructor', 'prototype', 'toString'));
  const word = fc.oneof(
    fc.string({ unit: 'grapheme-ascii' }),
    fc.constantFrom('$HOME', '$(id)', '`id`', "it's", '0123', 'a;b', 'a#b', ' x', '"', "'"),
  );
  // What the stringifier itself cannot write so that its own parser reads it back is left out.
  const text = word.filter(
    (w) => !/^(?:true|false|null)$/.test(w) && !w.includes('\\') && !/^'.*'$/.test(w) && !/\s[;#]/.test(w),
  );
  return object<Tree[string]>(
    fc.oneof(
      text,
      fc.array(text, { minLength: 1, maxLength: 3 }),
      object<Tree[string]>(text, keys).filter((t) => Object.keys(t).length > 0),
    ),
    keys,
  );
})();
