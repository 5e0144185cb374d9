/** Secrets for tests: no vault, no key, no environment; everything else as in earnest. */
import type { Tree } from '../formats/types.js';
import { type Layer, merged } from './layers.js';
import { finished } from './load.js';
import { checkNames } from './options.js';
import { checkSync } from './schema.js';
import { copied } from './sealed.js';
import type { LoadOptions, Secrets } from './types.js';

export type Mocked = Pick<LoadOptions, 'schema' | 'public'>;

export function mocked(values: Readonly<Record<string, unknown>>, options: Mocked): Secrets<unknown> {
  const layers: Layer[] = [{ source: 'override', tree: copied(values) as Tree }];
  const tree = merged(layers);
  checkNames(options, ['schema', 'public'], "a name that is no secret: { public: ['db.host'] }");
  const { schema } = options;
  return finished(
    layers,
    schema === undefined ? { value: tree, problems: [] } : checkSync(schema, copied(tree)),
    options,
  );
}
