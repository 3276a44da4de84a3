import type { Db } from './database.js';

/** Someone is about to see what may name a patient. */
export interface Reveal {
  readonly who: string;
  /** Theirs, in their words. */
  readonly reason: string;
  /** `path`, `identity`. */
  readonly what: string;
  readonly fileId?: string | undefined;
}

/** Records it. Call this before revealing: what could not be recorded is not shown. */
export async function recordReveal(db: Db, { who, reason, what, fileId }: Reveal): Promise<void> {
  await db
    .insertInto('reveals')
    .values({ who, reason, what, file_id: fileId ?? null })
    .execute();
}
