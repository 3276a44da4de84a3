import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Labels hold names from code and configuration, codes and states: nothing that comes from a file. */
export interface Metrics {
  readonly registry: Registry;
  /** Files that reached a state: `stored`, `skipped`, `ignored`, `quarantined`. */
  readonly files: Counter<'state'>;
  readonly quarantined: Counter<'code'>;
  readonly bytes: Counter<'direction'>;
  /** Seconds of an activity, by how it ended: `done`, `failed`, `cancelled`. */
  readonly activities: Histogram<'activity' | 'outcome'>;
  /** 1 while a run waits for a person. */
  readonly paused: Gauge;
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
      help: 'Files that reached a state',
      labelNames: ['state'],
      registers,
    }),
    quarantined: new Counter({
      name: 'cxrflow_quarantined_total',
      help: 'Files put into quarantine, by error code',
      labelNames: ['code'],
      registers,
    }),
    bytes: new Counter({
      name: 'cxrflow_bytes_total',
      help: 'Bytes read from sources and written to storage',
      labelNames: ['direction'],
      registers,
    }),
    activities: new Histogram({
      name: 'cxrflow_activity_seconds',
      help: 'Duration of steps',
      labelNames: ['activity', 'outcome'],
      buckets: [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 1_800],
      registers,
    }),
    paused: new Gauge({ name: 'cxrflow_paused_runs', help: 'Runs that wait for a person', registers }),
  };
}
