import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/load.js';
import type { Logger } from './log.js';

/** What a person is told when a run waits for one, fails, or a schedule goes stale. Ids and codes only. */
export interface Alert {
  readonly kind: 'paused' | 'failed' | 'stale' | 'test';
  readonly workflowId: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * Posts the alert as JSON to the configured URL, with a time limit and a few tries. Never throws: a pager that is
 * down must not fail the run it reports on.
 * @returns whether it was delivered; false too where no URL is configured
 */
export async function sendAlert(
  config: Pick<Config, 'alerts' | 'secrets'>,
  alert: Alert,
  log: Logger,
  signal?: AbortSignal,
): Promise<boolean> {
  const url = config.secrets.alertUrl;
  if (url === undefined) return false;
  const { timeout, tries } = config.alerts;
  let status = 'no answer';
  for (let n = 1; n <= tries; n++) {
    const limit = AbortSignal.timeout(timeout);
    try {
      const response = await fetch(url.reveal(), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alert),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      await response.body?.cancel();
      if (response.ok) return true;
      status = `HTTP ${response.status}`;
    } catch (error) {
      // The error's text repeats the URL, which holds the token of a web hook.
      status = limit.aborted ? 'time limit' : 'no answer';
      if (signal?.aborted) break;
      log.debug({ err: error }, 'alert not delivered');
    }
    if (n < tries) await sleep(200 * 2 ** n);
  }
  log.error({ workflowId: alert.workflowId, code: alert.code, status, tries }, 'alert not delivered');
  return false;
}
