import type { Db } from './database.js';

const KEY = 'schedules.watch';

/** What the last look at the schedules left for the next, in whichever process. */
export async function readWatch(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirst();
  return row?.value;
}

/** @returns false where another process looked meanwhile: what was found is then its to tell. */
export async function replaceWatch(db: Db, before: string | undefined, after: string): Promise<boolean> {
  const written =
    before === undefined
      ? await db
          .insertInto('meta')
          .values({ key: KEY, value: after })
          .onConflict((conflict) => conflict.doNothing())
          .returning('key')
          .execute()
      : await db
          .updateTable('meta')
          .set({ value: after })
          .where('key', '=', KEY)
          .where('value', '=', before)
          .returning('key')
          .execute();
  return written.length > 0;
}
