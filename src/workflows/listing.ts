import type { ListingState, RunSettings } from '../activities/api.js';
import { io } from './stages.js';

/** Streams the source of a run and claims its new files in shards; a child of `ingest` and `extract`. */
export async function listing(run: RunSettings): Promise<ListingState> {
  return await io.listSource(run);
}
