import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', '*.test.ts'],
    // Far beyond what any test takes on an idle machine; the long ones of --all take longer.
    testTimeout: process.env.HCOOP_TEST_ALL ? 900_000 : 180_000,
    // Removing a root of thousands of files takes its time on a busy disk.
    hookTimeout: 180_000,
    // Tests start real programs: two files at a time is what two cores carry.
    maxWorkers: 2,
  },
});
