import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { openCatalog } from '../../../src/catalog/open.js';
import type { Alert } from '../../../src/workers/alert.js';
import { tellStale } from '../../../src/workers/watch-schedules.js';

const HOUR = 3_600_000;
const catalog = await openCatalog({ kind: 'memory' });
afterAll(() => catalog.close());

/** A server with one schedule on each of two queues, due at 1 h and every hour, which take no action. */
const temporal = {
  schedule: {
    list: async function* () {
      yield { scheduleId: 'nightly' };
      yield { scheduleId: 'foreign' };
    },
    getHandle: (id: string) => ({
      describe: async () => ({
        action: { type: 'startWorkflow', taskQueue: id === 'nightly' ? 'cxrflow' : 'other' },
        state: { paused: false },
        info: {
          createdAt: new Date(0),
          lastUpdatedAt: undefined,
          nextActionTimes: [new Date(HOUR), new Date(2 * HOUR)],
          recentActions: [],
          numActionsMissedCatchupWindow: 0,
        },
      }),
    }),
  },
} as unknown as Client;

test('two processes that look tell of a stale schedule of their queue once', async () => {
  const alerts: Alert[] = [];
  const deps = {
    temporal,
    catalog,
    log: pino({ level: 'silent' }),
    alert: async (alert: Alert) => alerts.push(alert) > 0,
  };
  for (const now of [0, 3 * HOUR, 4 * HOUR, 30 * HOUR])
    await Promise.all([tellStale(deps, now), tellStale(deps, now)]);
  expect(alerts).toMatchObject([{ kind: 'stale', workflowId: 'nightly', code: 'SCHEDULE_STALE' }]);
});
