/** The only place that catches what a program of ours throws. */
import type { Host } from './host/types.js';
import { report } from './report.js';

/** @returns the exit code */
export async function runMain(host: Host, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    return report(host, error);
  }
}
