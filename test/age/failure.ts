import { BlackboxError } from '../../src/errors.js';

/** The BlackboxError that something fails with, null when it succeeds. Any other error is a failure of the test. */
export function failure(work: () => unknown): BlackboxError | null {
  try {
    work();
  } catch (error) {
    if (error instanceof BlackboxError) return error;
    throw error;
  }
  return null;
}

export async function failureOf(work: Promise<unknown>): Promise<BlackboxError | null> {
  try {
    await work;
  } catch (error) {
    if (error instanceof BlackboxError) return error;
    throw error;
  }
  return null;
}
