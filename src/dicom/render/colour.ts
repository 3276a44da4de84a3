import type { DicomFile } from '../dataset.js';
import type { NativeFrame } from '../frames.js';
import { Attributes } from './attributes.js';
import type { Unsized } from './grey.js';
import { lookUp } from './lut.js';
import { readPalette } from './palette.js';
import { tableIndices } from './stored.js';
import { applyToStored, pixels } from './table.js';
import type { RenderOptions } from './types.js';

/**
 * A frame that is RGB after decoding. Colour has no modality or VOI stage (PS3.4 N.2.1 is for grayscale): samples
 * are scaled to 8 bits; with 16 bits they stay as stored, or fill 16 bits with `stretch`.
 */
export function renderColour(frame: NativeFrame, options: RenderOptions): Unsized {
  const white = 2 ** frame.bitsStored - 1;
  if (options.bits === 8 && white === 255 && frame.data instanceof Uint8Array) {
    const { columns: width, rows: height, samples: channels, data: source } = frame;
    return { samples: { width, height, channels, source }, maxValue: 255 };
  }
  const top = topOf(options, Math.min(white, 65_535));
  const samples = applyToStored(frame, options.bits, (stored) => Math.round((stored / white) * top));
  return { samples, maxValue: top };
}

/** A PALETTE COLOR frame through its three tables (PS3.3 C.7.6.3.1.5). */
export function renderPalette(file: DicomFile, frame: NativeFrame, options: RenderOptions): Unsized {
  const palette = readPalette(new Attributes(file.dataset), frame.signed);
  const white = 2 ** palette[0].bits - 1;
  const top = topOf(options, white);
  const tables = palette.map(
    (lut) =>
      applyToStored(frame, options.bits, (stored) =>
        Math.round(Math.min(1, lookUp(lut, stored) / white) * top),
      ).table,
  );
  const indices = tableIndices(frame.data) ?? new Uint8Array(0);
  const source = pixels(options.bits, indices.length * 3);
  tables.forEach((table, channel) => {
    if (table === undefined) return;
    for (let i = 0, at = channel; i < indices.length; i++, at += 3) source[at] = table[indices[i]!]!;
  });
  return { samples: { width: frame.columns, height: frame.rows, channels: 3, source }, maxValue: top };
}

function topOf({ bits, stretch }: RenderOptions, stored: number): number {
  if (bits === 8) return 255;
  return stretch === true ? 65_535 : stored;
}
