import { sql } from 'kysely';
import type { Trx } from './database.js';

/** Records that one statement moves: more might take longer than a statement may. */
const PIECE = 20_000;

/** Deletes the records of a revision. */
export async function dropRecords(trx: Trx, fileId: string, revision: number): Promise<void> {
  await eachPiece(await lastPosition(trx, fileId, revision), async (from, to) => {
    await sql`delete from annotation_records where file_id = ${fileId} and revision = ${revision}::int
      and position > ${from}::int and position <= ${to}::int`.execute(trx);
  });
}

/** Position of the last record of a revision; 0 where it has none. */
export async function lastPosition(trx: Trx, fileId: string, revision: number): Promise<number> {
  const row = await trx
    .selectFrom('annotation_records')
    .select((eb) => eb.fn.max('position').as('last'))
    .where('file_id', '=', fileId)
    .where('revision', '=', revision)
    .executeTakeFirst();
  return row?.last ?? 0;
}

/** @param work given the positions of a piece: behind `from`, up to `to` */
export async function eachPiece(
  last: number,
  work: (from: number, to: number) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < last; from += PIECE) await work(from, from + PIECE);
}
