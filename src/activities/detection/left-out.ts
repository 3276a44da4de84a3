import { stringify } from 'csv-stringify/sync';
import { clearItems, datasetSource, quarantineItems } from '../../catalog/quarantine-items.js';
import type { Problem } from '../../datasets/detection/records.js';
import { ERRORS, type ErrorCode } from '../../errors.js';
import { fileId, sealPath } from '../../privacy/seal.js';
import type { DetectionRun } from '../api/detection.js';
import type { Deps } from '../deps.js';

const ITEMS_A_STATEMENT = 1_000;

/** What was left out goes into the ledger, where `cxrflow quarantine list` shows it. */
export async function quarantine(deps: Deps, run: DetectionRun, problems: readonly Problem[]): Promise<void> {
  const { pathKey } = deps.keyring;
  const source = datasetSource(run.destination);
  const items = problems.map((problem) => {
    const place = placeOf(problem);
    return {
      fileId: fileId(pathKey, source, place),
      sealedPath: problem.sealedPath
        ? Buffer.from(problem.sealedPath, 'base64')
        : sealPath(pathKey, Buffer.from(place)),
      size: 0,
      version: run.version,
      code: problem.code,
      reason: reasonOf(problem),
    };
  });
  for (let at = 0; at < items.length; at += ITEMS_A_STATEMENT)
    await quarantineItems(deps.catalog.db, {
      runId: run.runId,
      source,
      items: items.slice(at, at + ITEMS_A_STATEMENT),
    });
  await clearItems(deps.catalog.db, source, run.runId);
}

function placeOf({ kind, imageId, line }: Problem): string {
  return kind === 'row' ? `boxes#${line ?? 0}` : `image/${imageId}`;
}

function reasonOf({ code, line }: Problem): string {
  const message = code in ERRORS ? ERRORS[code as ErrorCode].message : code;
  return line === undefined ? message : `${message} (line ${line} of the boxes)`;
}

/** The same as a table of the version. */
export function quarantineCsv(problems: readonly Problem[]): string {
  const rows = problems.map((problem) => [
    problem.kind,
    problem.imageId,
    problem.line ?? '',
    problem.code,
    reasonOf(problem),
  ]);
  return stringify([['kind', 'image_id', 'line', 'code', 'reason'], ...rows]);
}

/** How many of each code, by name. */
export function countBy(problems: readonly Problem[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code } of [...problems].sort((a, b) => (a.code < b.code ? -1 : 1)))
    counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
