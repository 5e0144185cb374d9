/** The order of the files in a run: the longest first, or one of them is still running when all others are done. */
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** How long a file of each folder takes, in microseconds for each of its bytes: measured where nothing is known from earlier runs. */
const pace: readonly (readonly [folder: string, paceThere: number])[] = [
  ['test/package.test.ts', 1700],
  ['test/commands/', 1450],
  ['test/scripts/', 1420],
  ['test/docs/', 940],
  ['test/trust/', 580],
  ['test/interop/', 550],
  ['test/vault/', 310],
  ['test/host/', 300],
];
const usualPace = 150;

function guess(root: string, file: string): number {
  const path = relative(root, file).replaceAll('\\', '/');
  const [, there] = pace.find(([folder]) => path.startsWith(folder)) ?? [path, usualPace];
  return (statSync(file).size * there) / 1000;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { cache, config } = this.ctx;
    const timeOf = ({ project, moduleId }: TestSpecification) =>
      cache.getFileTestResults(`${project.name}:${relative(config.root, moduleId)}`)?.duration ||
      guess(config.root, moduleId);
    const times = new Map(files.map((file) => [file, timeOf(file)]));
    return files.toSorted((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0));
  }
}
