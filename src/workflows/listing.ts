import type { Halt, ListingState, RunSettings } from '../activities/api.js';
import { io } from './stages.js';
import { orHalt } from './steadily.js';

/**
 * Streams the source of a run and claims its new files in shards; a child of `ingest` and `extract`. What stops
 * it short is its result, for the parent to pause on.
 */
export async function listing(run: RunSettings): Promise<ListingState | { halt: Halt }> {
  return await orHalt(() => io.listSource(run));
}
