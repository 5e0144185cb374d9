/** Bounds on statements, and the words for roles: what also those need who read no statement. */

/** A statement is about a handful of keys; an OpenPGP signature adds a few kilobytes. */
export const statementLimit = 256 * 1024;

/** A team that changes its roster daily reaches this in fourteen years; it bounds the time for a hostile repository. */
export const mostStatements = 5000;

/** From most to least. */
export const roles = ['admin', 'writer', 'reader', 'scanner'] as const;

/** Who may seal files; the others only read. */
export const maySeal = (role: (typeof roles)[number]): boolean => role === 'admin' || role === 'writer';
