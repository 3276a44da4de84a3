import { createHash } from 'node:crypto';
import { detectBurnedIn } from '../../dicom/burnin/detect.js';
import { redactDevices } from '../../dicom/deidentify/burned-in.js';
import type { ActionCount, DeidIds, Review } from '../../dicom/deidentify/deidentifier.js';
import { knownOf } from '../../dicom/deidentify/identifiers.js';
import { proveClean } from '../../dicom/deidentify/prove.js';
import { decodeFrame, frameCount } from '../../dicom/frames.js';
import { readDicom } from '../../dicom/read.js';
import { encodeJpeg } from '../../dicom/render/encode.js';
import { renderFrame } from '../../dicom/render/frame.js';
import { writeDicom } from '../../dicom/write.js';
import { CxrError } from '../../errors.js';
import { sealPath } from '../../privacy/seal.js';
import { greyOf } from '../cpu/film/measure.js';
import type { FilmTools } from '../cpu/film/tools.js';

export interface CleanFileInput {
  readonly bytes: Uint8Array;
  readonly settings: {
    readonly issuer: string;
    readonly profileText: string;
    readonly deviceRules: string | undefined;
    readonly window: 'auto' | 'percentile';
  };
}

export interface CleanFile {
  readonly status: 'done';
  readonly ids: DeidIds;
  readonly dicom: Uint8Array;
  /** SHA-256, hex. */
  readonly dicomHash: string;
  /** One a frame. */
  readonly jpegs: readonly Uint8Array[];
  /** Of the first frame. */
  readonly jpegHash: string;
  readonly review: readonly Review[];
  readonly actions: readonly ActionCount[];
  /** What the header said about persons, for the report of the study; sealed before it leaves the thread. */
  readonly known: Uint8Array;
}

export type CleanFileOutcome =
  | CleanFile
  | { readonly status: 'failed'; readonly code: string; readonly reason: string };

/** A file of a PACS without its patient, and its pictures. What is wrong with the bytes is an outcome. */
export async function cleanFile(
  { bytes, settings }: CleanFileInput,
  tools: FilmTools,
  pathKey: Uint8Array,
): Promise<CleanFileOutcome> {
  try {
    return await clean(bytes, settings, tools, pathKey);
  } catch (error) {
    if (!(error instanceof CxrError) || error.kind !== 'file') throw error;
    return { status: 'failed', code: error.code, reason: error.message };
  }
}

async function clean(
  bytes: Uint8Array,
  settings: CleanFileInput['settings'],
  tools: FilmTools,
  pathKey: Uint8Array,
): Promise<CleanFile> {
  const deidentifier = tools.deidentifier(settings);
  const cleanPixels = deidentifier.profile.options.has('cleanPixelData');
  const original = readDicom(bytes);
  if (!['7fe00008', '7fe00009', '7fe00010'].some((tag) => original.dataset.has(tag)))
    throw new CxrError('NO_PIXELS');
  const file = cleanPixels ? await redactDevices(original, tools.rules(settings)) : original;
  const result = deidentifier.apply(file);
  const dicom = writeDicom(result.file);
  proveClean(dicom, result);
  const review: Review[] = [...result.review];
  const jpegs: Uint8Array[] = [];
  for (let index = 0; index < frameCount(file); index++) {
    const shown = renderFrame(
      file,
      await decodeFrame(file, index),
      { bits: 8, window: settings.window },
      index,
    );
    if (cleanPixels && review.length === 0) {
      const { review: unsure } = detectBurnedIn(greyOf({ ...shown, data: shown.data as Uint8Array }));
      if (unsure) review.push({ code: 'BURNED_IN_TEXT', detail: `frame ${index + 1}` });
    }
    jpegs.push(await encodeJpeg(shown));
  }
  const known = JSON.stringify(knownOf(result.identifiers.reveal(), undefined));
  return {
    ...{ status: 'done', ids: result.ids, dicom, jpegs, review, actions: result.actions },
    dicomHash: createHash('sha256').update(dicom).digest('hex'),
    jpegHash: createHash('sha256')
      .update(jpegs[0] ?? new Uint8Array(0))
      .digest('hex'),
    known: new Uint8Array(sealPath(pathKey, Buffer.from(known))),
  };
}
