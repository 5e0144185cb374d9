/** `hook install --strict`: beside the other hooks, what refuses at `git add`, and what --no-verify does not go past. */
import { join } from 'node:path';
import {
  filterCommand,
  filterName,
  hasFilterLines,
  withFilterLines,
  withoutFilterLines,
} from '../guard/filter-lines.js';
import type { Host } from '../host/types.js';
import { ignorePattern, readRegistry, type Vault } from '../vault/index.js';

type Place = Omit<Vault, 'id'>;

/** Attributes of one clone are few. */
const attributesLimit = 4 << 20;

const attributesPath = ({ repository }: Place) => join(repository.commonDir, 'info', 'attributes');

function readAttributes(host: Host, place: Place): string {
  return host.files.read(attributesPath(place), attributesLimit)?.toString('utf8') ?? '';
}

function writeAttributes(host: Host, place: Place, before: string, text: string): void {
  if (text === before) return;
  host.files.makeFolder(join(place.repository.commonDir, 'info'));
  host.files.writeLocal(attributesPath(place), text);
}

/** Refuses `git add` of what is registered now. */
export async function installFilter(host: Host, place: Place): Promise<void> {
  const git = host.git.open(place.repository);
  await git.setConfig(`filter.${filterName}.clean`, filterCommand);
  await git.setConfig(`filter.${filterName}.required`, 'true');
  const before = readAttributes(host, place);
  writeAttributes(
    host,
    place,
    before,
    withFilterLines(
      before,
      readRegistry(place).map(({ path }) => ignorePattern(path)),
    ),
  );
}

/** Where the filter is installed: brings it up to what is registered. Costs a file to be read. */
export function refreshFilter(host: Host, place: Place): void {
  const before = readAttributes(host, place);
  if (!hasFilterLines(before)) return;
  writeAttributes(
    host,
    place,
    before,
    withFilterLines(
      before,
      readRegistry(place).map(({ path }) => ignorePattern(path)),
    ),
  );
}

export async function removeFilter(host: Host, place: Place): Promise<void> {
  const before = readAttributes(host, place);
  if (!hasFilterLines(before)) return;
  writeAttributes(host, place, before, withoutFilterLines(before));
  const git = host.git.open(place.repository);
  for (const key of ['clean', 'required']) await git.setConfig(`filter.${filterName}.${key}`, null);
}
