/** What is to be done when a file of tests is done, whichever module of the harness asked for it: files share a process, and its modules with it. */
const waiting: (() => void)[] = [];

/** @param work done once, after all tests of the file that runs now */
export function afterThisFile(work: () => void): void {
  waiting.push(work);
}

export function doWaiting(): void {
  for (const work of waiting.splice(0)) work();
}
