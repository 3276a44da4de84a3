import type { DicomFile } from '../dataset.js';
import type { NativeFrame } from '../frames.js';
import { renderColour, renderPalette } from './colour.js';
import { renderGrey, type Unsized } from './grey.js';
import { gridShift } from './reduction.js';
import { resample } from './resample.js';
import { materialise, type Room } from './table.js';
import type { Rendered, RenderOptions } from './types.js';

/**
 * Renders one decoded frame.
 *
 * @param frame as `decodeFrame` gives it, at full size or reduced (`reductionLevels`).
 * @param index of the frame in its file, from 0; enhanced multi-frame objects have values for each frame.
 * @param room gives the memory of a picture at full size; new memory unless the caller has some to use again.
 * @returns rows x columns x channels, 8 bits: the grayscale pipeline of PS3.4 N.2.1, computed in floating point and
 *   rounded once; 16 bits: integer modality values.
 * @throws CxrError BAD_LUT, NO_SUCH_VIEW
 */
export function renderFrame(
  file: DicomFile,
  frame: NativeFrame,
  options: RenderOptions,
  index = 0,
  room: Room = (bytes) => new ArrayBuffer(bytes),
): Rendered {
  const { samples, ...about } = unsized(file, frame, options, index);
  const { width, height, channels } = samples;
  const size = options.size ?? { width, height };
  const data =
    size.width === width && size.height === height
      ? materialise(samples, room)
      : resample(samples, size, options.bits, gridShift(file, frame));
  return { ...size, channels, bits: options.bits, data, ...about };
}

function unsized(file: DicomFile, frame: NativeFrame, options: RenderOptions, index: number): Unsized {
  if (frame.samples === 3) return renderColour(frame, options);
  if (frame.photometric === 'PALETTE COLOR') return renderPalette(file, frame, options);
  return renderGrey(file, frame, options, index);
}
