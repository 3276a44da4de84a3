import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** One project a level of test (CONTRIBUTING.md says which asks what). */
const level = (name: string, timeout: number, serial = false) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: timeout,
    hookTimeout: timeout,
    ...(serial ? { fileParallelism: false } : {}),
  },
});

export default defineConfig({
  test: {
    // Not one less, as by default: on two processors that is one test after the other.
    maxWorkers: availableParallelism(),
    projects: [
      level('unit', 20_000),
      level('embedded', 180_000, true),
      level('loop', 180_000, true),
      level('integration', 180_000, true),
      level('interop', 900_000, true),
      level('faults', 900_000, true),
      level('fuzz', 3_600_000, true),
      level('trainer', 3_600_000, true),
    ],
  },
});
