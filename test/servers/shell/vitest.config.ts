import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['shell/cell.ts'], testTimeout: 0 } });
