import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evaluated } from '../../../src/activities/api/loop.js';
import { decidePromotion } from '../../../src/workflows/promotion.js';

const evaluated = (
  validation: number | null,
  canary: number | null,
  metric: Evaluated['metric'] = 'mAP50',
) => {
  const of = (split: string, score: number | null) => ({
    split,
    images: 9,
    score,
    interval: null,
    report: 'r',
  });
  return { metric, validation: of('validation', validation), canary: of('canary', canary) };
};
const rules = { margin: 0.02, canaryTolerance: 0 };

describe('a candidate', () => {
  it.each([
    ['is better on both', evaluated(0.62, 0.6), 'BETTER'],
    ['is as good on canary', evaluated(0.62, 0.5), 'BETTER'],
    ['is better by less than the margin', evaluated(0.515, 0.9), 'NOT_BETTER'],
    ['is worse', evaluated(0.4, 0.9), 'NOT_BETTER'],
    ['is worse on canary', evaluated(0.9, 0.49), 'WORSE_ON_CANARY'],
    ['cannot be measured', evaluated(null, 0.9), 'NOT_MEASURED'],
    ['cannot be measured on canary', evaluated(0.9, null), 'NOT_MEASURED'],
    ['is measured by another measure', evaluated(0.9, 0.9, 'AUC'), 'NOT_COMPARABLE'],
  ])('that %s', (_, candidate, code) => {
    const decision = decidePromotion(candidate, evaluated(0.5, 0.5), rules);
    expect(decision).toMatchObject({ code, promote: code === 'BETTER' });
    expect(decision.reason).not.toBe('');
  });

  it('that is the first goes into production if it can be measured', () => {
    expect(decidePromotion(evaluated(0.1, 0.1), undefined, rules)).toMatchObject({
      code: 'FIRST_MODEL',
      promote: true,
    });
    expect(decidePromotion(evaluated(null, 0.1), undefined, rules).promote).toBe(false);
  });

  it('is never promoted over a production that cannot be measured', () => {
    expect(decidePromotion(evaluated(1, 1), evaluated(null, 0.5), rules).code).toBe('NOT_MEASURED');
    expect(decidePromotion(evaluated(1, 1), evaluated(0.5, null), rules).code).toBe('NOT_MEASURED');
  });

  it('is promoted exactly when it gains the margin and loses no more than it may', () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(score, score, score, score, score, score, (v, c, pv, pc, margin, canaryTolerance) => {
        const { promote } = decidePromotion(evaluated(v, c), evaluated(pv, pc), { margin, canaryTolerance });
        expect(promote).toBe(v - pv >= margin && c - pc >= -canaryTolerance);
      }),
    );
  });
});
