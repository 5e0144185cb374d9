/** Roles and groups as options. */
import { BlackboxError } from '../errors.js';
import { list, visible } from '../text.js';
import { type Role, roles } from '../vault/index.js';
import { type Given, type Option, text, texts } from './command.js';

export const roleOption: Option = {
  flags: '--role <role>',
  what: 'admin: roster and content (the default); writer: content; reader: read only, for CI and servers; scanner: only the scan index (guard index)',
};
export const groupOption: Option = {
  flags: '--group <group>',
  what: 'for files that are not for everybody (may be given more than once)',
  many: true,
};

const groupPattern = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

/** @throws ERR_BLACKBOX_USAGE */
export function roleOf(given: Given): Role | undefined {
  const wanted = text(given, 'role');
  if (wanted === undefined) return undefined;
  const role = roles.find((r) => r === wanted);
  if (role !== undefined) return role;
  throw new BlackboxError('ERR_BLACKBOX_USAGE', `there is no role ${visible(wanted)}`, {
    exitCode: 2,
    hints: [`roles: ${list(roles)}`],
  });
}

/** Sorted; undefined when none was given. @throws ERR_BLACKBOX_USAGE */
export function groupsOf(given: Given): string[] | undefined {
  const groups = [...new Set(texts(given, 'group').flatMap((g) => g.split(',')))].sort();
  const bad = groups.find((g) => !groupPattern.test(g));
  if (bad === undefined) return groups.length === 0 ? undefined : groups;
  throw new BlackboxError('ERR_BLACKBOX_USAGE', `${visible(bad)} cannot be the name of a group`, {
    exitCode: 2,
    hints: ['use letters, digits and . _ -, beginning with a letter or digit'],
  });
}
