import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concurrencyError, MAX_CONCURRENCY, RunControl } from '../../../src/workflows/control.js';

const running = () => new RunControl({ pause: undefined, concurrency: 4 });

describe('RunControl', () => {
  it('keeps the first reason until it is resumed', () => {
    const control = running();
    control.pause('DISK_FULL', 'no space', 0);
    control.pause('PAUSED', 'lunch', 60_000);
    const first = { code: 'DISK_FULL', message: 'no space', since: '1970-01-01T00:00:00.000Z' };
    expect(control.paused).toEqual(first);
    expect(control.resume()).toEqual(first);
    expect(control.paused).toBeUndefined();
    expect(control.resume()).toBeUndefined();
    control.pause('PAUSED', 'lunch', 60_000);
    expect(control.paused?.message).toBe('lunch');
  });

  it('crosses continue-as-new as it is', () => {
    const control = running();
    control.setConcurrency(9);
    control.pause('PAUSED', 'night', 1);
    expect(new RunControl(JSON.parse(JSON.stringify(control.state))).state).toEqual(control.state);
  });

  it('takes whole numbers from 1 to the most, and refuses all else, unchanged', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -10, max: 200 }), fc.double()), (n) => {
        const control = running();
        const fits = Number.isInteger(n) && n >= 1 && n <= MAX_CONCURRENCY;
        expect(concurrencyError(n) === undefined).toBe(fits);
        if (fits) control.setConcurrency(n);
        else expect(() => control.setConcurrency(n)).toThrow(RangeError);
        expect(control.concurrency).toBe(fits ? n : 4);
      }),
    );
    expect(concurrencyError('3')).toMatch(/got string/);
  });
});
