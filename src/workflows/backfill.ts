import { makeContinueAsNewFunc } from '@temporalio/workflow';
import type {
  BackfillInput,
  BackfillIoActivities,
  BackfillMainActivities,
  BackfillRun,
} from '../activities/api/backfill.js';
import { Backfill, type BackfillCarried, type BackfillResult } from './backfill-parent.js';
import { checkInput } from './input.js';
import { NOTHING } from './outcome.js';
import { checkChildren } from './partitions.js';
import { opening } from './run-steering.js';
import { activitiesOn } from './stages.js';

const main = activitiesOn<BackfillMainActivities>('main');
const io = activitiesOn<BackfillIoActivities>('io');

/**
 * One run of another type for each partition of a source, of a range of dates, or of a list. Counts are of
 * partitions: `quarantined` are those that failed, `skipped` those that did not have to run.
 * @param carried only from the run before it in the chain of continue-as-new
 */
export async function backfill(input?: BackfillInput, carried?: BackfillCarried): Promise<BackfillResult> {
  const checked = checkInput('backfill', input);
  if (carried === undefined) checkChildren(checked);
  const opened = carried ?? (await opening('backfill', () => main.openBackfill(checked)));
  if (checked.dryRun) return dryRun(opened.run, checked);
  const result = await new Backfill(opened, checked).execute();
  if ('control' in result) {
    // The plan is in the catalog: the list need not travel on.
    const { partitions: _, ...rest } = checked;
    return makeContinueAsNewFunc<typeof backfill>()(rest, result);
  }
  return result;
}

async function dryRun(run: BackfillRun, input: BackfillInput): Promise<BackfillResult> {
  const started = Date.now();
  const { total, selected, left, list = [] } = await io.planBackfill({ run, input });
  return {
    ...NOTHING.counts,
    found: total,
    skipped: total,
    partitions: { ...left, missing: left.missing + selected },
    items: NOTHING.counts,
    wouldRun: selected,
    plan: list,
    seconds: (Date.now() - started) / 1000,
  };
}
