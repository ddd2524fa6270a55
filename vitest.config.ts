import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', '*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests start real programs: two files at a time is what two cores carry.
    maxWorkers: 2,
  },
});
