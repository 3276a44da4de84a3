import { createHash } from 'node:crypto';
import { detectBurnedIn } from '../../../dicom/burnin/detect.js';
import type { DicomFile } from '../../../dicom/dataset.js';
import type { Deidentifier } from '../../../dicom/deidentify/deidentify.js';
import { proveClean } from '../../../dicom/deidentify/prove.js';
import { decodeFrame, frameCount, type NativeFrame } from '../../../dicom/frames.js';
import { toDicomJson } from '../../../dicom/json.js';
import { looksLikeDicom, readDicom } from '../../../dicom/read.js';
import { encodePng } from '../../../dicom/render/encode.js';
import { renderFrame } from '../../../dicom/render/render.js';
import { writeDicom } from '../../../dicom/write.js';
import { CxrError } from '../../../errors.js';
import { filmFacts } from './facts.js';
import { frameStats, qualityView } from './measure.js';
import type { FilmDone, FilmNot, FilmOutcome, FilmSettings, FrameResult, ReviewReason } from './outcome.js';
import { leftOut } from './select.js';

/**
 * One file: read, checked, de-identified, rendered and measured. What the bytes cannot give is an outcome with
 * a code of the registry; whatever is thrown is a fault of this program.
 */
export async function processFilm(
  bytes: Uint8Array,
  settings: FilmSettings,
  deidentifier: Deidentifier,
): Promise<FilmOutcome> {
  try {
    if (!looksLikeDicom(bytes)) return { status: 'ignored', code: 'NOT_DICOM', reason: 'not a DICOM file' };
    const file = readDicom(bytes);
    return leftOut(file, settings.select) ?? (await film(file, settings, deidentifier));
  } catch (error) {
    if (error instanceof CxrError && error.kind === 'file') return quarantined(error);
    throw error;
  }
}
