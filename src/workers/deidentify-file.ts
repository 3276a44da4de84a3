import { createHash } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import { loadDeviceRules, parseDeviceRules } from '../dicom/burnin/rules.js';
import type { DicomFile } from '../dicom/dataset.js';
import { examinePixels, redactDevices } from '../dicom/deidentify/burned-in.js';
import {
  createDeidentifier,
  type Deidentifier,
  type DeidIds,
  type DeidResult,
  type Review,
} from '../dicom/deidentify/deidentifier.js';
import { loadProfile } from '../dicom/deidentify/profile.js';
import { proveClean } from '../dicom/deidentify/prove.js';
import { readDicom } from '../dicom/read.js';
import { writeDicom } from '../dicom/write.js';
import { isCxrError } from '../errors.js';
import { fromThread, type KeyringTransfer } from '../privacy/keyring.js';
import { createPseudonyms } from '../privacy/pseudonyms.js';
import { readIfDicom, writeFileBytes } from './file-bytes.js';
import { threadTask } from './thread-task.js';

/** The same for all files of a run. */
export interface DeidRun {
  /** YAML text. */
  readonly profile: string;
  readonly keyring: KeyringTransfer;
  /** Domain of patient ids whose file names no issuer. */
  readonly source: string;
  /** YAML text of the site's device rules; without it the shipped ones. */
  readonly deviceRules?: string | undefined;
}

/** Paths are bytes, one character each. */
export interface DeidTask {
  readonly source: string;
  /** Where the result is written; the caller moves it. */
  readonly temporary: string;
}

export interface DeidDone {
  readonly status: 'done';
  readonly ids: DeidIds;
  readonly review: readonly Review[];
  readonly actions: DeidResult['actions'];
  /** SHA-256 of the pixel data as stored, of the whole file where there is none. */
  readonly pixels: string;
}

export type DeidOutcome = DeidDone | { readonly status: 'ignored' | 'skipped'; readonly reason: string };

const run = workerData as DeidRun;
const deviceRules = run.deviceRules === undefined ? loadDeviceRules() : parseDeviceRules(run.deviceRules);
let deidentifier: Deidentifier | undefined;

/** Reads, de-identifies, proves and writes one file; nothing is written that is not proven. */
export default threadTask(async (task: DeidTask): Promise<DeidOutcome> => {
  const content = readIfDicom(task.source);
  if (content === undefined) return { status: 'ignored', reason: 'not DICOM' };
  deidentifier ??= create(run);
  const cleanPixels = deidentifier.profile.options.has('cleanPixelData');
  const original = readDicom(content);
  const file = cleanPixels ? await redactDevices(original, deviceRules) : original;
  let result: DeidResult;
  try {
    result = deidentifier.apply(file);
  } catch (error) {
    if (isCxrError(error) && error.code === 'MEDIA_DIRECTORY')
      return { status: 'skipped', reason: 'media directory' };
    throw error;
  }
  const output = writeDicom(result.file);
  proveClean(output, result);
  writeFileBytes(task.temporary, output);
  const { ids, actions } = result;
  const review = cleanPixels ? [...result.review, ...(await examinePixels(file))] : result.review;
  return { status: 'done', ids, actions, review, pixels: pixelHash(result.file, output) };
});

function pixelHash({ dataset }: DicomFile, output: Uint8Array): string {
  const hash = createHash('sha256');
  const element = dataset.get('7fe00010');
  if (element?.kind === 'fragments') for (const fragment of element.fragments) hash.update(fragment);
  else hash.update(element?.kind === 'value' ? element.bytes : output);
  return hash.digest('hex');
}

function create({ profile, keyring, source }: DeidRun): Deidentifier {
  const { pseudonymKey, epoch } = fromThread(keyring);
  return createDeidentifier({
    profile: loadProfile(profile),
    pseudonyms: createPseudonyms(pseudonymKey),
    keyEpoch: epoch,
    source,
  });
}
