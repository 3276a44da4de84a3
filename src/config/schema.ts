/**
 * What a configuration file may say. The values of `config/default.yaml` are the defaults: the schema holds
 * none. Each schema's message is what was expected, as `load.ts` prints it behind the key and what came.
 */
import { z } from 'zod';
import {
  duration,
  fraction,
  hostPort,
  httpUrl,
  name,
  named,
  nameText,
  oneOf,
  path,
  positive,
  secretRef,
  section,
  size,
  some,
  storeUri,
  table,
  timezone,
  whole,
  yesNo,
} from './fields.js';
import { annotationsSchema } from './sections/annotations.js';
import { backfillSection } from './sections/backfill.js';
import { datasetsSchema } from './sections/datasets.js';
import { detectionSchema } from './sections/detection.js';
import { loopSections } from './sections/loop.js';
import { modelsSection } from './sections/models.js';
import { pacsSection } from './sections/pacs.js';

/** The types that a person starts; `listing` is a child of the first two. */
export const WORKFLOW_TYPES = [
  'ingest',
  'extract',
  'store',
  'preprocess',
  'annotations',
  'chestXrayProcessing',
  'detectionDataset',
  'onlineSimulation',
  'feedbackRetrain',
  'backfill',
  'pacsExport',
] as const;
export type WorkflowType = (typeof WORKFLOW_TYPES)[number];

export const QUEUES = ['main', 'io', 'cpu', 'gpu'] as const;
export type Queue = (typeof QUEUES)[number];

/** Which images are taken: `films` is modality CR or DX, for presentation, chest, thorax or not stated. */
export const selectSchema = z.union(
  [
    oneOf('films', 'all'),
    section({
      modality: some('a text').optional(),
      sopClass: some('a text').optional(),
      bodyPart: some('a text').optional(),
      view: some('a text').optional(),
    }),
  ],
  { error: 'films, all, or texts under modality, sopClass, bodyPart, view' },
);

const hours = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;
/** How gently a source is read: at most so many files a second, only within these hours of the day (UTC). */
export const paceSchema = section({
  filesPerSecond: positive().optional(),
  hours: named(hours, 'hours such as 20:00-06:00').optional(),
});

const scheduleSchema = section({
  id: named(name, nameText),
  type: oneOf(...WORKFLOW_TYPES),
  input: z
    .record(z.string(), z.json(), { error: 'the input of the workflow: a section of its fields' })
    .optional(),
  cron: named(/^\S+(\s+\S+){4,6}$/, 'a cron expression of 5 fields').optional(),
  every: duration().optional(),
  timezone: timezone().optional(),
}).refine((s) => (s.cron === undefined) !== (s.every === undefined), {
  error: 'either cron or every, one of the two',
});

export const settingsSchema = section({
  /** Folder of everything kept by the embedded parts. */
  data: path(),
  sources: table(
    section({
      uri: storeUri(),
      /** Issuer of patient ids where the files name none; sources that share patients share it. */
      issuer: some('a text').optional(),
    }),
  ),
  databases: table(section(secretRef('url'))),
  storage: section({
    /** Where objects are kept; none: `objects` in the data folder. */
    root: storeUri(),
    /** A `file://` root that every worker mounts at the same place. */
    sharedFilesystem: yesNo(),
    s3: section({
      endpoint: httpUrl().optional(),
      region: some('a region').optional(),
      ...secretRef('accessKey'),
      ...secretRef('secretKey'),
    }),
    gs: section({
      emulator: some('the address of a gs:// emulator').optional(),
      /** A service account's JSON; none: the machine's own identity. */
      credentialsFile: path().optional(),
    }),
  }),
  store: section({
    prefix: named(/^[a-z0-9][a-z0-9.-]{0,40}$/, 'a prefix of small letters, digits, . and -'),
    containers: oneOf('prefix', 'bucket'),
    maxImages: whole(1, 400),
  }),
  ingest: section({
    select: selectSchema,
    profile: some('a profile: basic, research or a file'),
    shardSize: whole(1, 400),
    concurrency: whole(1, 100),
    minAge: duration(),
    maxFailureRate: fraction(),
    markSource: oneOf('none', 'rename'),
    rehash: yesNo(),
    pace: paceSchema,
  }),
  deidentify: section({
    /** Where the site's devices write text into their pictures; none: the shipped file. */
    deviceRules: path().optional(),
  }),
  render: section({
    bits: z.union([z.literal(8), z.literal(16)], { error: '8 or 16' }),
    window: oneOf('auto', 'percentile'),
  }),
  preprocess: section({
    black: section({
      /** An image is black whose 99th percentile is below this part of the BitsStored range, */
      p99: fraction(),
      /** or whose 1st and 99th percentile lie closer than this part of it, */
      spread: fraction(),
      /** or whose mean is below this part of it (the threshold of the old pipeline; off unless set). */
      mean: fraction().optional(),
    }),
    /** An ONNX file; none: the one shipped. */
    qualityModel: storeUri().optional(),
  }),
  detection: detectionSchema,
  backfill: backfillSection,
  models: modelsSection,
  ...loopSections,
  annotations: annotationsSchema,
  datasets: datasetsSchema,
  pacsExport: pacsSection,
  limits: section({
    /** A larger DICOM file is quarantined unread. */
    file: size(),
    zip: section({
      archive: size(),
      entries: whole(1, 10_000_000),
      entry: size(),
      total: size(),
      /** Unpacked by packed bytes; more is a bomb. */
      ratio: whole(1, 100_000),
    }),
    /** How long one file may take on a thread. */
    time: duration(),
    /** How much one file may take on a thread. */
    memory: size(),
  }),
  retry: section({
    /** How long a broken world (storage, database, network, disk) is tried again before the run pauses. */
    window: duration(),
    first: duration(),
    longest: duration(),
  }),
  queues: section({
    main: section({ slots: whole(1, 1_000), workflows: whole(10, 10_000) }),
    io: section({ slots: whole(1, 1_000) }),
    /** `threads` 0: one a core; `slots` 0: two more than threads. */
    cpu: section({ threads: whole(0, 1_024), slots: whole(0, 1_024) }),
    gpu: section({ slots: whole(1, 64) }),
  }),
  temporal: section({
    /** None: the embedded server. */
    address: hostPort().optional(),
    namespace: some('the name of a namespace'),
    tls: z.union(
      [
        yesNo(),
        section({
          serverName: some('a host name').optional(),
          caFile: path().optional(),
          certFile: path().optional(),
          keyFile: path().optional(),
        }),
      ],
      { error: 'true, false, or serverName, caFile, certFile, keyFile' },
    ),
    ...secretRef('apiKey'),
    /** How long the embedded server keeps the history of a closed run. */
    retention: duration(),
  }),
  /** The hook token opens `/api/hooks`, where stores tell what was delivered; without one there are no hooks. */
  server: section({ host: some('a host or address'), port: whole(0, 65_535), ...secretRef('hookToken') }),
  /** `/metrics`, `/livez` and `/readyz` of a worker process; port 0 is off. */
  metrics: section({ host: some('a host or address'), port: whole(0, 65_535) }),
  /** How long a stopping worker waits for running steps before it hands them back. */
  shutdown: section({ grace: duration() }),
  logging: section({
    level: oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'),
    format: oneOf('auto', 'json', 'text'),
  }),
  alerts: section({ ...secretRef('url'), timeout: duration(), tries: whole(1, 10) }),
  keyring: section({ file: path().optional() }),
  schedules: z
    .array(scheduleSchema, { error: 'a list of schedules' })
    .refine((list) => new Set(list.map((s) => s.id)).size === list.length, {
      error: 'schedules of different ids',
    }),
});

type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

/** The configuration without its secrets: what may be printed, returned by an activity and kept in a history. */
export type Settings = Frozen<z.output<typeof settingsSchema>>;
export type Select = Frozen<z.output<typeof selectSchema>>;
export type Pace = Frozen<z.output<typeof paceSchema>>;
export type ScheduleSettings = Settings['schedules'][number];
