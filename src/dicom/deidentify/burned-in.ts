/** Whether the pixels of an image must be looked at by a person (PS3.15 E.3.1, Clean Pixel Data). */
import { isCxrError } from '../../errors.js';
import { detectBurnedIn } from '../burnin/detect.js';
import type { GreyImage, Rect } from '../burnin/image.js';
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

export interface PixelFindings {
  /** Why a person must look; none where there is no picture, or nothing in it looks like text. */
  readonly review: readonly Review[];
  /** What a device rule names, in stored pixels: to be blanked (`redact`). */
  readonly rects: readonly Rect[];
}

/**
 * Look for text in the pixels of a file, at its stored size. Pixels that cannot be decoded are a reason for review
 * too: nobody has looked at them.
 */
export async function examinePixels(file: DicomFile): Promise<PixelFindings> {
  if (!file.dataset.has('7fe00010')) return { review: [], rects: [] };
  rules ??= loadDeviceRules();
  const facts = {
    modality: text(file.dataset, '00080060') ?? '',
    manufacturer: text(file.dataset, '00080070') ?? '',
    model: text(file.dataset, '00081090') ?? '',
  };
  const rects: Rect[] = [];
  try {
    const frames = Math.min(frameCount(file), MOST_FRAMES);
    for (let index = 0; index < frames; index++) {
      const rendered = renderFrame(file, await decodeFrame(file, index), { bits: 8, window: 'auto' }, index);
      const { findings } = detectBurnedIn(greyOf(rendered), facts, rules);
      // Rules look at the device, not at the frame: the first frame has them all.
      if (index === 0)
        rects.push(...findings.filter(({ kind }) => kind === 'device').map(({ rect }) => rect));
      const places = findings.filter(({ kind }) => kind === 'text').length;
      if (places === 0) continue;
      return { review: [{ code: 'BURNED_IN_TEXT', detail: `frame ${index + 1}, ${places} places` }], rects };
    }
    return { review: [], rects };
  } catch (error) {
    if (!isCxrError(error) || error.kind !== 'file') throw error;
    return { review: [{ code: 'PIXELS_NOT_CHECKED', detail: error.code }], rects };
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
