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

function changeAttributes(host: Host, place: Place, change: (text: string) => string): void {
  const before = readAttributes(host, place);
  const text = change(before);
  if (text === before) return;
  host.files.makeFolder(join(place.repository.commonDir, 'info'));
  host.files.writeLocal(attributesPath(place), text);
}

function writeLines(host: Host, place: Place): void {
  const patterns = readRegistry(place).map(({ path }) => ignorePattern(path));
  changeAttributes(host, place, (text) => withFilterLines(text, patterns));
}

/** Refuses `git add` of what is registered now. */
export async function installFilter(host: Host, place: Place): Promise<void> {
  const git = host.git.open(place.repository);
  await git.setConfig(`filter.${filterName}.clean`, filterCommand);
  await git.setConfig(`filter.${filterName}.required`, 'true');
  writeLines(host, place);
}

/** Where the filter is installed: brings it up to what is registered. Costs a file to be read. */
export function refreshFilter(host: Host, place: Place): void {
  if (hasFilterLines(readAttributes(host, place))) writeLines(host, place);
}

export async function removeFilter(host: Host, place: Place): Promise<void> {
  if (!hasFilterLines(readAttributes(host, place))) return;
  changeAttributes(host, place, withoutFilterLines);
  const git = host.git.open(place.repository);
  for (const key of ['clean', 'required']) await git.setConfig(`filter.${filterName}.${key}`, null);
}
