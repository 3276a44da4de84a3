/** What is done to pixels that may name a patient, and whether a person must look (PS3.15 E.3.1, Clean Pixel Data). */
import { isCxrError } from '../../errors.js';
import { detectBurnedIn } from '../burnin/detect.js';
import type { GreyImage } from '../burnin/image.js';
import { redact } from '../burnin/redact.js';
import { type DeviceRule, rectsFor } from '../burnin/rules.js';
import type { DicomFile } from '../dataset.js';
import { decodeFrame, frameCount } from '../frames.js';
import { renderFrame } from '../render/frame.js';
import type { Rendered } from '../render/types.js';
import { int, text } from '../values.js';
import type { Review } from './deidentifier.js';

/** Of a film of many frames, as many as a person would leaf through; the rest look the same. */
const MOST_FRAMES = 16;

/**
 * The file with the places blanked where a rule says that its device writes text; the file itself where none does.
 * Its BurnedInAnnotation is NO then, and nobody needs to look for that text.
 *
 * @throws {CxrError} CANNOT_REDACT, and what `decodeFrame` throws for compressed pixels
 */
export async function redactDevices(file: DicomFile, rules: readonly DeviceRule[]): Promise<DicomFile> {
  const { dataset } = file;
  const size = { width: int(dataset, '00280011') ?? 0, height: int(dataset, '00280010') ?? 0 };
  const rects = rectsFor(
    rules,
    {
      modality: text(dataset, '00080060') ?? '',
      manufacturer: text(dataset, '00080070') ?? '',
      model: text(dataset, '00081090') ?? '',
    },
    size,
  );
  return rects.length > 0 && dataset.has('7fe00010') ? await redact(file, rects) : file;
}

/**
 * Looks for text in the pixels of a file, at its stored size. Pixels that cannot be decoded are a reason for review
 * too: nobody has looked at them.
 *
 * @returns why a person must look; nothing where there is no picture, or nothing in it looks like text
 */
export async function examinePixels(file: DicomFile): Promise<readonly Review[]> {
  if (!file.dataset.has('7fe00010')) return [];
  try {
    const frames = Math.min(frameCount(file), MOST_FRAMES);
    for (let index = 0; index < frames; index++) {
      const rendered = renderFrame(file, await decodeFrame(file, index), { bits: 8, window: 'auto' }, index);
      const { findings } = detectBurnedIn(greyOf(rendered));
      const places = findings.filter(({ kind }) => kind === 'text').length;
      if (places > 0) return [{ code: 'BURNED_IN_TEXT', detail: `frame ${index + 1}, ${places} places` }];
    }
    return [];
  } catch (error) {
    if (!isCxrError(error) || error.kind !== 'file') throw error;
    return [{ code: 'PIXELS_NOT_CHECKED', detail: error.code }];
  }
}

/** The brightest channel: coloured text on black is bright in one of them. */
function greyOf({ width, height, channels, data }: Rendered): GreyImage {
  if (channels === 1) return { width, height, data: data as Uint8Array };
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(3 * i, 3 * i + 3);
    grey[i] = Math.max(red, green, blue);
  }
  return { width, height, data: grey };
}
