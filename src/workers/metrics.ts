import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** Labels hold names from code and configuration, codes and states: nothing that comes from a file. */
export interface Metrics {
  readonly registry: Registry;
  /** Files that a shard was done with: `done`, `skipped`, `ignored`, `quarantined`. */
  readonly files: Counter<'state'>;
  /** Seconds of an activity, by how it ended: `done`, `failed`, `cancelled`. */
  readonly activities: Histogram<'activity' | 'outcome'>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  // Among them process_resident_memory_bytes and the lag of the event loop.
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    files: new Counter({
      name: 'cxrflow_files_total',
      help: 'Files of finished shards, by how extraction ended for them',
      labelNames: ['state'],
      registers,
    }),
    activities: new Histogram({
      name: 'cxrflow_activity_seconds',
      help: 'Duration of steps',
      labelNames: ['activity', 'outcome'],
      buckets: [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 1_800],
      registers,
    }),
  };
}
