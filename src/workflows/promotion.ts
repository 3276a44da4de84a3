import type { Decision, Evaluated, SplitScore } from '../activities/api/loop.js';

export interface PromotionRules {
  /** How much better the candidate has to be on validation. */
  readonly margin: number;
  /** How much worse it may be on canary. */
  readonly canaryTolerance: number;
}

/**
 * Whether a candidate goes into production: better by the margin on validation, and not worse on canary. What cannot
 * be measured is no reason to change anything.
 */
export function decidePromotion(
  candidate: Evaluated,
  production: Evaluated | undefined,
  { margin, canaryTolerance }: PromotionRules,
): Decision {
  const { metric } = candidate;
  const undefinedOn = [candidate.validation, candidate.canary].find(({ score }) => score === null);
  if (undefinedOn)
    return keep('NOT_MEASURED', `${metric} of the candidate is undefined on ${undefinedOn.split}`);
  if (production === undefined)
    return {
      promote: true,
      code: 'FIRST_MODEL',
      reason: `no version is in production; ${said(metric, candidate.validation)}, ${said(metric, candidate.canary)}`,
    };
  if (production.metric !== metric)
    return keep(
      'NOT_COMPARABLE',
      `the candidate is measured by ${metric}, production by ${production.metric}`,
    );
  const both = (key: 'validation' | 'canary') =>
    `${said(metric, candidate[key])}, production has ${shown(production[key].score)}`;
  const validation = gain(candidate.validation, production.validation);
  const canary = gain(candidate.canary, production.canary);
  if (validation === null)
    return keep('NOT_MEASURED', `production is undefined on ${candidate.validation.split}`);
  if (canary === null) return keep('NOT_MEASURED', `production is undefined on ${candidate.canary.split}`);
  if (validation < margin) return keep('NOT_BETTER', `${both('validation')}: less than ${margin} more`);
  if (canary < -canaryTolerance)
    return keep('WORSE_ON_CANARY', `${both('canary')}: more than ${canaryTolerance} less`);
  return { promote: true, code: 'BETTER', reason: `${both('validation')}; ${both('canary')}` };
}

const keep = (code: string, reason: string): Decision => ({ promote: false, code, reason });

function gain(candidate: SplitScore, production: SplitScore): number | null {
  return candidate.score === null || production.score === null ? null : candidate.score - production.score;
}

function said(metric: string, { split, score }: SplitScore): string {
  return `${metric} on ${split} ${shown(score)}`;
}

function shown(score: number | null): string {
  return score === null ? 'undefined' : String(Number(score.toPrecision(6)));
}
