/** Whether the pixels of an image must be looked at by a person (PS3.15 E.3.1, Clean Pixel Data). */
import { isCxrError } from '../../errors.js';
import { detectBurnedIn } from '../burnin/detect.js';
import type { GreyImage } from '../burnin/image.js';
import { loadDeviceRules } from '../burnin/rules.js';
import type { DicomFile } from '../dataset.js';
import { decodeFrame, frameCount } from '../frames.js';
import { renderFrame } from '../render/frame.js';
import type { Rendered } from '../render/types.js';
import { text } from '../values.js';
import type { Review } from './deidentifier.js';

/** Of a film of many frames, as many as a person would leaf through; the rest look the same. */
const MOST_FRAMES = 16;

let rules: ReturnType<typeof loadDeviceRules> | undefined;

/**
 * Look for text in the pixels of a file, at its stored size.
 *
 * @returns why a person must look; none where there is no picture, or nothing in it looks like text. Pixels that
 *   cannot be decoded are a reason too: nobody has looked at them
 */
export async function reviewPixels(file: DicomFile): Promise<readonly Review[]> {
  if (!file.dataset.has('7fe00010')) return [];
  rules ??= loadDeviceRules();
  const facts = {
    manufacturer: text(file.dataset, '00080070') ?? '',
    model: text(file.dataset, '00081090') ?? '',
  };
  try {
    const frames = Math.min(frameCount(file), MOST_FRAMES);
    for (let index = 0; index < frames; index++) {
      const rendered = renderFrame(file, await decodeFrame(file, index), { bits: 8, window: 'auto' }, index);
      const { findings } = detectBurnedIn(greyOf(rendered), facts, rules);
      const suspect = findings.filter(({ kind }) => kind === 'text' || kind === 'device');
      if (suspect.length > 0) {
        return [{ code: 'BURNED_IN_TEXT', detail: `frame ${index + 1}, ${suspect.length} places` }];
      }
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
