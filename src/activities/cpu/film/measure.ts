import type { DicomFile } from '../../../dicom/dataset.js';
import type { NativeFrame } from '../../../dicom/frames.js';
import { modalityCounts } from '../../../dicom/render/modality-counts.js';
import type { Rendered } from '../../../dicom/render/types.js';
import { type PercentileStats, percentileStats } from '../../../imaging/black.js';
import type { GreyImage } from '../../../imaging/quality/features.js';

/** An image as one grey sample a pixel; colour by the luminance of Rec. ITU-R BT.601. */
export function greyOf<T extends Uint8Array | Uint16Array>(
  image: Rendered & { readonly data: T },
): GreyImage & { readonly data: T } {
  const { width, height, channels, data, maxValue } = image;
  if (channels === 1) return { width, height, data, maxValue };
  const grey = data.slice(0, width * height) as T;
  for (let i = 0, at = 0; i < grey.length; i++, at += 3) {
    grey[i] = Math.round(0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!);
  }
  return { width, height, data: grey, maxValue };
}

/** Percentiles for the black check: of modality values, for colour and palettes of what is shown. */
export function filmStats(
  file: DicomFile,
  native: NativeFrame,
  shown: Rendered,
  index: number,
): PercentileStats {
  if (native.samples === 3 || native.photometric === 'PALETTE COLOR') {
    return percentileStats(greyOf(shown).data, { range: [0, shown.maxValue] });
  }
  const { counts, range, inverted } = modalityCounts(file, native, index);
  return percentileStats(counts, { range: [range.min, range.max], inverted });
}
