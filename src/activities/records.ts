import type { FileOutcome } from '../catalog/files.js';
import type { Counts, RunSettings } from './api.js';
import type { FilmDone, FrameResult } from './cpu/film/outcome.js';

/** What became of one file, as a line of a durable part. Written once, read by `store`. */
export interface FileRecord {
  readonly fileId: string;
  /** The archive it is a member of, and its path sealed (base64), since the listing does not know members. */
  readonly parent?: string;
  readonly sealedPath?: string;
  readonly size?: number;
  readonly contentHash?: string;
  /** `opened`: an archive whose members have records of their own; it counts for nothing itself. */
  readonly status: 'done' | 'skipped' | 'ignored' | 'quarantined' | 'opened';
  readonly code?: string;
  readonly reason?: string;
  /** Of an opened archive. */
  readonly members?: number;
  /** Of a file that is unchanged: what is stored of it. */
  readonly images?: number;
  readonly film?: StagedFilm;
}

/** A processed film whose pictures lie in the staging of the run. */
export interface StagedFilm extends Omit<FilmDone, 'status' | 'frames'> {
  readonly frames: readonly StagedFrame[];
}

export interface StagedFrame extends Omit<FrameResult, 'png'> {
  readonly imageId: string;
  readonly pngBytes: number;
}

/** Every file has one outcome; an opened archive counts as its members do. */
export function countRecords(records: readonly FileRecord[]): Counts {
  const counts = { found: 0, done: 0, skipped: 0, ignored: 0, quarantined: 0 };
  for (const { status } of records) {
    if (status === 'opened') continue;
    counts.found += 1;
    counts[status] += 1;
  }
  return counts;
}

/** The state a file gets in the ledger. What is unchanged was stored before, and stays so. */
export function outcomeOf(record: FileRecord, run: RunSettings): FileOutcome {
  const { fileId, status, code, reason, contentHash, members, images, film } = record;
  const state = status === 'done' || code === 'UNCHANGED' ? 'stored' : status;
  const imageCount = members ?? images ?? film?.frames.length;
  return { fileId, state, code, reason, contentHash, imageCount, ruleHash: run.ruleHash };
}
