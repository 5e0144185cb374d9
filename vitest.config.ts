import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    // Stories start real programs; on a busy machine each may take a while.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Stories wait for the programs that they started, and these for the disk: half as many again keep all processors busy.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    chaiConfig: { truncateThreshold: 0 },
  },
});
