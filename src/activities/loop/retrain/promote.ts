import { promote } from '../../../catalog/models.js';
import { isCxrError } from '../../../errors.js';
import type { LoopMainActivities } from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { patiently } from '../../patience.js';

/** Puts the candidate into production, if what it was compared with still is there. */
export function promoteCandidate(deps: Deps): LoopMainActivities['promoteCandidate'] {
  return ({ run, candidate, reason, who }) =>
    beating<{ promoted: boolean; code?: string }, undefined>((_, signal) =>
      patiently(run.retry, signal, async () => {
        const expected = run.production?.version ?? null;
        const by = { who, reason, runId: run.runId };
        try {
          await deps.catalog.transaction((trx) =>
            promote(trx, candidate.name, candidate.version, by, expected),
          );
          return { promoted: true };
        } catch (error) {
          if (isCxrError(error) && error.code === 'MODEL_MOVED') return { promoted: false, code: error.code };
          throw error;
        }
      }),
    );
}
