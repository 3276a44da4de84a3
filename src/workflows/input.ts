import { ApplicationFailure, log } from '@temporalio/workflow';
import { z } from 'zod';
import type { AnnotationsInput } from '../activities/api/annotations.js';
import type { BackfillInput } from '../activities/api/backfill.js';
import type { DetectionInput } from '../activities/api/detection.js';
import type { FeedbackRetrainInput, OnlineSimulationInput } from '../activities/api/loop.js';
import type { ProcessingInput } from '../activities/api/processing.js';
import type { ImageQuery, IngestInput } from '../activities/api.js';
import { annotationsInput } from './inputs/annotations.js';
import { backfillInput } from './inputs/backfill.js';
import { chestXrayProcessing } from './inputs/chest-xray-processing.js';
import { detectionInput } from './inputs/detection.js';
import { concurrency, short, uri } from './inputs/fields.js';
import * as loop from './inputs/loop.js';
import { type PacsExportInput, pacsExportInput } from './inputs/pacs-export.js';

const TIME_RANGE = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;
const select = () =>
  z.union(
    [
      z.literal('films'),
      z.literal('all'),
      z.strictObject({ modality: short, sopClass: short, bodyPart: short, view: short }).partial(),
    ],
    { error: '"films", "all" or {modality, sopClass, bodyPart, view}' },
  );

const ingestFields = () => ({
  source: uri,
  select: select(),
  profile: short,
  shardSize: z.int().min(1).max(400),
  concurrency,
  pace: z
    .strictObject({
      filesPerSecond: z.number().positive(),
      hours: z.string().regex(TIME_RANGE, 'HH:MM-HH:MM'),
    })
    .partial(),
  markSource: z.enum(['none', 'rename']),
  maxFailureRate: z.number().min(0).max(1),
  containers: z.enum(['prefix', 'bucket']),
  maxImages: z.int().min(1).max(400),
  qualityModel: uri,
  rehash: z.boolean(),
  partition: short,
});

const imageQuery = () =>
  z
    .strictObject({ runId: short, shard: z.int().min(0), modality: short, view: short, container: short })
    .partial();

/** Every workflow that starts loads this file anew, and most of what that took was making all of them. */
const SCHEMAS = {
  ingest: () => z.strictObject(ingestFields()).partial(),
  extract: () => z.strictObject({ ...ingestFields(), files: uri }).partial(),
  store: () => z.strictObject({ manifest: uri, concurrency }).partial(),
  preprocess: () => z.strictObject({ images: imageQuery(), qualityModel: uri }).partial(),
  onlineSimulation: loop.onlineSimulation,
  feedbackRetrain: loop.feedbackRetrain,
  annotations: annotationsInput,
  chestXrayProcessing,
  detectionDataset: detectionInput,
  backfill: backfillInput,
  pacsExport: pacsExportInput,
};

/** Those that were asked for; a backfill asks for the same one for each of its partitions. */
const made = new Map<keyof Inputs, z.ZodType>();

function schemaOf(type: keyof Inputs): z.ZodType {
  const schema = made.get(type) ?? SCHEMAS[type]();
  made.set(type, schema);
  return schema;
}

export interface Inputs {
  ingest: IngestInput;
  extract: IngestInput;
  store: { manifest?: string; concurrency?: number };
  preprocess: { images?: ImageQuery; qualityModel?: string };
  onlineSimulation: OnlineSimulationInput;
  feedbackRetrain: FeedbackRetrainInput;
  annotations: AnnotationsInput;
  chestXrayProcessing: ProcessingInput;
  detectionDataset: DetectionInput;
  backfill: BackfillInput;
  pacsExport: PacsExportInput;
}

/** Fields whose value may name a patient or a secret: an error shows their type and length only. */
const SENSITIVE = new Set([
  'source',
  'files',
  'manifest',
  'qualityModel',
  'dataset',
  'feedback',
  'destination',
  'boxes',
  'images',
  'patients',
  'sizes',
  'annotators',
  'input',
  'partitions',
  'query',
]);
/** Whether a workflow of this type takes an input of its own. */
export function isKnownType(type: string): type is keyof Inputs {
  return Object.hasOwn(SCHEMAS, type);
}

/**
 * Checks the input of a workflow, inside the workflow.
 * @throws ApplicationFailure BAD_INPUT or CREDENTIALS_IN_URL, not retryable, naming every bad field
 */
export function checkInput<T extends keyof Inputs>(type: T, input: unknown): Inputs[T] {
  const result = schemaOf(type).safeParse(input ?? {});
  if (result.success) return result.data as Inputs[T];
  // One a field: what is no list at all has no length either.
  const places = result.error.issues.map(({ path }) => path.join('.'));
  const first = result.error.issues.filter((_, index) => places.indexOf(places[index] ?? '') === index);
  const problems = first.flatMap((issue) => describe(issue, input));
  const code = problems.some((p) => p.includes('without user and password'))
    ? 'CREDENTIALS_IN_URL'
    : 'BAD_INPUT';
  const message = `Input of ${type}: ${problems.join('; ')}`;
  log.warn('the run is refused', { code, reason: message });
  throw ApplicationFailure.create({ message, type: code, nonRetryable: true });
}

function describe(issue: z.core.$ZodIssue, input: unknown): string[] {
  const at = issue.path.join('.') || 'input';
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `${issue.path.length > 0 ? `${at}.` : ''}${key.slice(0, 60)}: no such field`,
    );
  }
  const value = issue.path.reduce<unknown>(
    (v, key) => (v as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
  return [`${at}: expected ${expectation(issue)}, got ${shown(String(issue.path[0] ?? ''), value)}`];
}

/** In the words of the configuration. */
const EXPECTED: Readonly<Record<string, string>> = {
  int: 'a whole number',
  array: 'a list',
};

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return EXPECTED[issue.expected] ?? `${issue.expected}`;
    case 'too_small':
      return `at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'too_big':
      return `at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'invalid_value':
      return `one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`;
    default:
      return issue.message;
  }
}

function shown(field: string, value: unknown): string {
  if (typeof value === 'string')
    return SENSITIVE.has(field) || value.length > 60
      ? `a string of ${value.length} characters`
      : JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? `an array of ${value.length}` : `an ${typeof value}`;
}
