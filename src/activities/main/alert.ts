import { ERRORS, type ErrorCode } from '../../errors.js';
import type { MainActivities } from '../api.js';
import type { Deps } from '../deps.js';

/** Tells a person that a run waits or failed. A pager that is down fails nothing. */
export function alert(deps: Deps): MainActivities['alert'] {
  return async ({ kind, workflowId, code, message }) => {
    const hint = code in ERRORS ? ERRORS[code as ErrorCode].hint : 'See the run in the Web UI.';
    deps.log.warn({ kind, workflowId, code }, message);
    await deps.alert({ kind, workflowId, code, message, hint });
  };
}
