import { defineConfig } from 'vitest/config';
import { Overdue } from './test/overdue.ts';

export default defineConfig({
  test: {
    testTimeout: 600_000,
    hookTimeout: 600_000,
    setupFiles: ['test/properties.ts'],
    // Two cores: ONNX Runtime and the browser already use both.
    maxWorkers: 2,
    // Browsers, Redis and killed processes share the machine with whatever else runs there; a fault fails twice.
    retry: process.env['CI'] ? 1 : 0,
    reporters: ['default', new Overdue()],
    projects: [
      // What lies beside the code leaves nothing behind in its process, so that many files share what they import.
      { extends: true, test: { name: 'src', include: ['src/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'whole', include: ['test/**/*.test.ts', 'models/**/*.test.ts'] } },
    ],
  },
});
