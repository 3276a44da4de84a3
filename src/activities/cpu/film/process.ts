import { createHash } from 'node:crypto';
import { detectBurnedIn } from '../../../dicom/burnin/detect.js';
import type { GreyImage } from '../../../dicom/burnin/image.js';
import type { DeviceRule } from '../../../dicom/burnin/rules.js';
import { ContextDataset, contextOf } from '../../../dicom/context.js';
import type { Dataset, DicomFile } from '../../../dicom/dataset.js';
import { redactDevices } from '../../../dicom/deidentify/burned-in.js';
import type { Deidentifier, DeidResult, Review } from '../../../dicom/deidentify/deidentifier.js';
import { proveClean } from '../../../dicom/deidentify/prove.js';
import { decodeFrame, frameCount, type NativeFrame } from '../../../dicom/frames.js';
import { toDicomJson } from '../../../dicom/json.js';
import { looksLikeDicom, readDicom } from '../../../dicom/read.js';
import { encodePng } from '../../../dicom/render/encode.js';
import { renderFrame } from '../../../dicom/render/frame.js';
import { writeDicom } from '../../../dicom/write.js';
import { CxrError } from '../../../errors.js';
import { qualityFeatures } from '../../../imaging/quality/features.js';
import { filmFacts } from './facts.js';
import { filmStats, greyOf } from './measure.js';
import type { FilmOutcome, FilmSettings, FrameResult } from './outcome.js';
import { leftOut } from './select.js';

const PIXELS = new Set(['7fe00008', '7fe00009', '7fe00010']);

/** What a film is processed with, its device rules read. */
export type FilmRules = Omit<FilmSettings, 'deviceRules'> & { readonly deviceRules: readonly DeviceRule[] };

/**
 * One file: read, checked, de-identified, rendered and measured. What is wrong with the bytes is an outcome with
 * a code of the registry; what is thrown is a fault of this program.
 */
export async function processFilm(
  bytes: Uint8Array,
  settings: FilmRules,
  deidentifier: Deidentifier,
): Promise<FilmOutcome> {
  try {
    if (bytes.length === 0) return { status: 'ignored', code: 'EMPTY_FILE', reason: 'no bytes' };
    if (!looksLikeDicom(bytes)) return { status: 'ignored', code: 'NOT_DICOM', reason: 'not a DICOM file' };
    const file = readDicom(bytes);
    return leftOut(file, settings.select) ?? (await film(file, settings, deidentifier));
  } catch (error) {
    if (!(error instanceof CxrError) || error.kind !== 'file') throw error;
    return { status: 'quarantined', code: error.code, reason: error.message };
  }
}

async function film(
  original: DicomFile,
  settings: FilmRules,
  deidentifier: Deidentifier,
): Promise<FilmOutcome> {
  const cleanPixels = deidentifier.profile.options.has('cleanPixelData');
  const file = cleanPixels ? await redactDevices(original, settings.deviceRules) : original;
  const result = deidentifier.apply(file);
  const clean = prove(result);
  const review: Review[] = [...result.review];
  const frames: FrameResult[] = [];
  let first: NativeFrame | undefined;
  for (let index = 0; index < frameCount(file); index++) {
    const native = await decodeFrame(file, index);
    first ??= native;
    const shown = renderFrame(file, native, { bits: 8, window: settings.window }, index);
    const grey = greyOf({ ...shown, data: shown.data as Uint8Array });
    if (cleanPixels && review.length === 0) review.push(...burnedIn(grey));
    const stored =
      settings.bits === 8 ? shown : renderFrame(file, native, { bits: 16, window: settings.window }, index);
    const png = await encodePng(stored);
    frames.push({
      frame: index + 1,
      width: stored.width,
      height: stored.height,
      png,
      pngHash: createHash('sha256').update(png).digest('hex'),
      pixelHash: pixelHash(native),
      stats: { ...filmStats(file, native, shown, index), maxValue: stored.maxValue },
      features: [...qualityFeatures(settings.bits === 8 ? grey : greyOf(stored))],
    });
  }
  return {
    status: 'done',
    ids: result.ids,
    facts: filmFacts(original, clean, first as NativeFrame),
    frames,
    metadata: toDicomJson(clean),
    review,
    actions: result.actions,
  };
}

/** The de-identified dataset without pixels, proven free of what the file said about its patient. */
function prove(result: DeidResult): Dataset {
  const { dataset } = result.file;
  const clean = new ContextDataset(
    contextOf(dataset),
    [...dataset].filter(([tag]) => !PIXELS.has(tag)),
  );
  proveClean(writeDicom({ ...result.file, dataset: clean }), result);
  return clean;
}

function burnedIn(grey: GreyImage): Review[] {
  const { findings, review } = detectBurnedIn(grey);
  if (!review) return [];
  const seen = findings.filter(({ kind }) => kind === 'text').length;
  return [
    { code: 'BURNED_IN_TEXT', detail: `${seen} ${seen === 1 ? 'place looks' : 'places look'} like text` },
  ];
}

/** Equal for equal stored values, whatever lossless syntax they came in. */
function pixelHash({ rows, columns, samples, bitsStored, signed, data }: NativeFrame): string {
  const form = `${rows}x${columns}x${samples}/${bitsStored}${signed ? 's' : 'u'}\n`;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return createHash('sha256').update(form).update(bytes).digest('hex');
}
