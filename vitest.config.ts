import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    // Stories start real programs; on a busy machine each may take a while.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Stories mostly wait for the programs they started.
    maxWorkers: '100%',
    chaiConfig: { truncateThreshold: 0 },
  },
});
