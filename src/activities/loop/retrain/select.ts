import { sql } from 'kysely';
import { texts } from '../../../catalog/batch.js';
import { openFeedback } from '../../../catalog/feedback.js';
import { rememberedSplits } from '../../../catalog/patient-splits.js';
import { type Candidate, type Selected, select } from '../../../models/feedback/select.js';
import type { LoopIoActivities, RetrainRun, SelectionSummary } from '../../api/loop.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { patiently } from '../../patience.js';
import { writeLines } from '../../staging.js';
import { type Dataset, openDataset, PROTECTED_SPLITS } from '../dataset.js';
import { loopStaged } from '../staged.js';
import { correctionsOf } from './corrections.js';

const PAGE = 1_000;

/** What was decided on an image, a line of the selection. */
export type Decided =
  | ({ readonly outcome: 'selected' } & Selected & { readonly width: number; readonly height: number })
  | { readonly outcome: string; readonly imageId: string };

/** Decides on every image whose feedback waits; what it decides counts when the run ends well. */
export function selectFeedback(deps: Deps): LoopIoActivities['selectFeedback'] {
  return ({ run }) =>
    beating<SelectionSummary, undefined>((_, signal) =>
      patiently(run.retry, signal, async (further) => {
        const { db } = deps.catalog;
        const dataset = await openDataset(deps, run.dataset);
        const isProtected = await protection(deps, run, dataset);
        const decided: Decided[] = [];
        for (let after = ''; ; ) {
          signal.throwIfAborted();
          const rows = await openFeedback(db, run.feedback, { after, limit: PAGE });
          const ids = rows.map((row) => row.image_id);
          const corrections = await correctionsOf(deps, dataset.classes, ids);
          const candidates = rows.map((row): Candidate => {
            const { image_id: imageId, patient, predictions } = row;
            return { imageId, patient, predictions, corrections: corrections.get(imageId)?.(predictions) };
          });
          const { selected, left } = select(candidates, run.confidence, isProtected);
          const sizes = new Map(rows.map(({ image_id, width, height }) => [image_id, { width, height }]));
          for (const one of selected)
            decided.push({
              outcome: 'selected',
              ...one,
              ...(sizes.get(one.imageId) as { width: number; height: number }),
            });
          for (const { imageId, why } of left) decided.push({ outcome: why, imageId });
          further();
          if (rows.length < PAGE) break;
          after = ids[ids.length - 1] as string;
        }
        await writeLines(deps.objects, loopStaged.selection(run), decided);
        return summaryOf(decided);
      }),
    );
}

export function isSelected(one: Decided): one is Extract<Decided, { outcome: 'selected' }> {
  return one.outcome === 'selected';
}

function summaryOf(decided: readonly Decided[]): SelectionSummary {
  const selected = decided.filter(isSelected);
  const left: Record<string, number> = {};
  for (const one of decided) if (!isSelected(one)) left[one.outcome] = (left[one.outcome] ?? 0) + 1;
  const corrections = selected.filter(({ origin }) => origin === 'correction').length;
  return { selected: selected.length, corrections, left };
}

/**
 * Whether a model is measured on a patient: in this version, in any other of the dataset, or by the split that the
 * patient keeps for later ones.
 */
async function protection(
  { catalog: { db } }: Deps,
  { dataset: { root } }: RetrainRun,
  dataset: Dataset,
): Promise<(patient: string) => boolean> {
  const splits: readonly string[] = PROTECTED_SPLITS;
  const patients = new Set<string>();
  for (const split of splits) for (const { patient } of dataset.split(split)) patients.add(patient);
  const { rows } = await sql<{ patient: string }>`
    select distinct p.patient from version_patients p join dataset_versions v on v.version_id = p.version_id
    where v.root = ${root} and p.split = any(${texts(splits)})`.execute(db);
  for (const { patient } of rows) patients.add(patient);
  for (const [patient, split] of await rememberedSplits(db, root))
    if (splits.includes(split)) patients.add(patient);
  return (patient) => patients.has(patient);
}
