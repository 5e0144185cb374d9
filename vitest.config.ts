import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/harness/longest-first.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    // Stories start real programs; on a busy machine each may take a while.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // A process for each file takes a tenth of the time of a run; none leaves anything behind in its process for another to stumble over.
    isolate: false,
    setupFiles: ['test/harness/setup-file.ts'],
    sequence: { sequencer: LongestFirst },
    // Stories wait for the programs that they started, and these for the disk: half as many again keep all processors busy.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    chaiConfig: { truncateThreshold: 0 },
  },
});
