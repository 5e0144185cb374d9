/** What an error of the operating system means. Asked also when all is well, as absence is no failure. */

/** The code of an error of the operating system, '' for any other. Jest runs programs in a realm of their own, where no such error is an `Error`. */
export function systemCode(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null | undefined)?.code;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : '';
}

/** Whether an error of the operating system means that there is no such file. A name too long for the file system cannot exist either. */
export function meansAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemCode(error));
}
