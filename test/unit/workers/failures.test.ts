import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CxrError, ERRORS, type ErrorCode } from '../../../src/errors.js';
import { toFailure } from '../../../src/workers/failures.js';

const asFailure = (error: unknown) => toFailure(error) as ApplicationFailure;
const codes = Object.keys(ERRORS) as ErrorCode[];

describe('a registered error', () => {
  test.each(codes)('%s keeps its code and message; only a broken world is tried again', (code) => {
    const failure = asFailure(new CxrError(code, 'the detail'));
    expect(failure.type).toBe(code);
    expect(failure.message).toContain('the detail');
    expect(failure.nonRetryable).toBe(ERRORS[code].kind !== 'world');
  });

  test('loses its cause: the history would keep the text of that', () => {
    const cause = new Error("ENOENT: open '/nas/DOE^JOHN'");
    const failure = asFailure(new CxrError('STORAGE_IO', undefined, { cause }));
    expect(failure.cause).toBeUndefined();
    const again = asFailure(ApplicationFailure.create({ type: 'STORAGE_IO', message: 'm', cause }));
    expect(again).toMatchObject({ type: 'STORAGE_IO', message: 'm', cause: undefined });
  });
});

describe('any other error', () => {
  test('is UNEXPECTED by its class, and nothing of its text goes on', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 3 }), (text) => {
        const secret = `<${text}>`;
        const error = Object.assign(new TypeError(secret), { path: secret, code: 'ENOENT', stack: secret });
        const failure = asFailure(error);
        expect(failure.type).toBe('UNEXPECTED');
        expect(failure.nonRetryable).toBe(false);
        expect(JSON.stringify([failure.message, failure.details, failure.stack])).not.toContain(
          JSON.stringify(secret).slice(1, -1),
        );
      }),
    );
  });

  test('is tried again, but not for ever', () => {
    const last = (attempt: number) =>
      (toFailure(new TypeError('x'), false, attempt) as ApplicationFailure).nonRetryable;
    expect([1, 2, 3].map(last)).toEqual([false, false, false]);
    expect([20, 1_000].map(last)).toEqual([true, true]);
  });

  test('a failure of a type that is not registered is no exception', () => {
    expect(
      asFailure(ApplicationFailure.create({ type: 'Foreign', message: '/nas/DOE' })).message,
    ).not.toContain('DOE');
  });

  test.each([undefined, null, 'text', 7])('a thrown %j', (thrown) => {
    expect(asFailure(thrown).type).toBe('UNEXPECTED');
  });
});

describe('what the SDK throws to cancel', () => {
  test('passes', () => {
    const cancelled = new CancelledFailure('CANCELLED');
    expect(toFailure(cancelled)).toBe(cancelled);
  });

  test('an AbortError passes in a cancelled activity only', () => {
    const abort = Object.assign(new Error('read /nas/DOE'), { name: 'AbortError' });
    expect(toFailure(abort, true)).toBe(abort);
    expect(asFailure(abort).type).toBe('UNEXPECTED');
  });
});
