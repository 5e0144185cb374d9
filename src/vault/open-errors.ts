/** What is said when none of the identities opens a file. */
import { BlackboxError } from '../errors.js';
import { identityFailed, unreadable } from './errors.js';
import { readRoster } from './roster.js';
import { recipientTag } from './sealed.js';
import type { Person, SealedInfo, Vault } from './types.js';

export interface Search {
  /** What the sealed file is called in sentences; tags of the keys that the user has, '' for a protected one. */
  readonly file: string;
  readonly info: SealedInfo;
  readonly tried: string[];
  readonly own: Set<string>;
  failed: boolean;
}

function peopleOf(vault: Vault): readonly Person[] {
  try {
    return readRoster(vault).people;
  } catch (error) {
    // The roster only adorns this error; that it is broken has an error of its own wherever it matters.
    if (error instanceof BlackboxError) return [];
    throw error;
  }
}

export function nobodyOpens(vault: Vault, search: Search): BlackboxError {
  const { file, info, tried, own } = search;
  if (search.failed) return identityFailed(file, tried);
  const people = peopleOf(vault);
  const holders = (tags: ReadonlySet<string>) =>
    people.filter((person) => person.recipients.some((recipient) => tags.has(recipientTag(recipient))));
  const readers = holders(new Set(info.tags)).map((person) => person.name);
  const [self] = holders(own);
  const shut = self && { ...self, wanted: info.seal?.groups ?? [] };
  return unreadable(file, tried, readers, own.size === 0, shut ?? null);
}
