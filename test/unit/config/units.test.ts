import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration, parseSize } from '../../../src/config/units.js';

test.each([
  ['500ms', 500],
  ['60s', 60_000],
  ['10m', 600_000],
  ['1.5h', 5_400_000],
  ['30d', 2_592_000_000],
])('duration %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each(['', '60', 's', '10 minutes', '-5s', '1e3s', '10m30s'])('no duration: %j', (text) =>
  expect(parseDuration(text)).toBeUndefined(),
);

test('binary and decimal sizes differ', () => {
  expect(parseSize('1GiB')).toBe(1_073_741_824);
  expect(parseSize('1GB')).toBe(1_000_000_000);
  expect(parseSize('1gb')).toBeUndefined();
});

test('whatever comes back is a whole, safe number', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.constantFrom('ms', 's', 'm', 'h', 'd'),
      (n, unit) => {
        const value = parseDuration(`${n.toFixed(3)}${unit}`);
        expect(Number.isSafeInteger(value)).toBe(true);
      },
    ),
  );
});
