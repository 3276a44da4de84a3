import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextVersionName } from '../../../../src/activities/loop/retrain/next-version.js';

it.each([
  ['v1.0', [], 'v1.1'],
  ['v1.0', ['v1.1', 'v1.2'], 'v1.3'],
  ['v1.9', [], 'v1.10'],
  ['v3', [], 'v4'],
  ['7', [], '8'],
  ['pilot', [], 'pilot.1'],
  ['pilot.1', [], 'pilot.2'],
  ['2024-05-01', [], '2024-05-01.1'],
  ['films20240501', [], 'films20240501.1'],
])('behind %s, with %j taken, comes %s', (current, taken, next) => {
  expect(nextVersionName(current, new Set(taken))).toBe(next);
});

it('is never one that is taken', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
  fc.assert(
    fc.property(name, fc.nat(20), (current, n) => {
      const taken = new Set<string>([current]);
      for (let i = 0; i < n; i++) taken.add(nextVersionName(current, taken));
      expect(taken.size).toBe(n + 1);
    }),
  );
});
