import { openPath, sealPath } from '../../privacy/seal.js';
import type { PacsRun } from '../api/pacs.js';
import type { Deps } from '../deps.js';

/** Where a run keeps what it read of the PACS; all of it is sealed, since all of it may name a patient. */
export const staged = {
  query: (run: Pick<PacsRun, 'staging'>) => `${run.staging}query`,
  snapshot: (run: Pick<PacsRun, 'staging'>) => `${run.staging}snapshot.json`,
  page: (run: Pick<PacsRun, 'staging'>, page: number) => `${run.staging}pages/${pad(page)}`,
  result: (run: Pick<PacsRun, 'staging'>, page: number, batch: number) =>
    `${run.staging}results/${pad(page)}-${pad(batch)}`,
  /** Written before the files of a batch are opened. */
  begun: (run: Pick<PacsRun, 'staging'>, page: number, batch: number) =>
    `${run.staging}results/${pad(page)}-${pad(batch)}.begun`,
  table: (run: Pick<PacsRun, 'staging'>, page: number) => `${run.staging}table/${pad(page)}`,
};

function pad(n: number): string {
  return String(n).padStart(6, '0');
}

export async function writeSealed(deps: Deps, key: string, value: unknown): Promise<void> {
  await deps.objects.write(key, sealPath(deps.keyring.pathKey, Buffer.from(JSON.stringify(value))));
}

export async function readSealed<T>(deps: Deps, key: string): Promise<T> {
  return JSON.parse(openPath(deps.keyring.pathKey, await deps.objects.read(key)).toString('utf8')) as T;
}
