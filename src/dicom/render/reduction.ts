import type { DicomFile } from '../dataset.js';
import type { NativeFrame } from '../frames.js';
import { FrameAttributes } from './attributes.js';
import type { RenderOptions } from './types.js';

/** A reduced decode still has this many samples for each output pixel along an axis. */
const OVERSAMPLING = 2;
const NOT_LINEAR = ['00283000', '00283010', '00280120', '20500010'];

/**
 * By how many halvings a frame may be decoded smaller (`decodeFrame`'s `reduce`) before it is rendered at
 * `options.size`; 0 where that could show: where the values of all pixels decide (no window, percentiles, 16 bits),
 * and where stored values must not be averaged (tables, palettes, padding).
 */
export function reductionLevels(file: DicomFile, options: RenderOptions, index = 0): number {
  const { size, window } = options;
  if (size === undefined || options.bits !== 8 || window === 'percentile') return 0;
  const attributes = new FrameAttributes(file, index);
  const { top } = attributes;
  if (NOT_LINEAR.some((tag) => attributes.holding(tag).has(tag))) return 0;
  if (top.strings('00280004')[0] === 'PALETTE COLOR') return 0;
  const grey = (top.words('00280002')[0] ?? 1) === 1;
  if (grey && window === 'auto' && !attributes.holding('00281050').has('00281050')) return 0;
  const rows = top.words('00280010')[0] ?? 0;
  const columns = top.words('00280011')[0] ?? 0;
  const ratio = Math.min(rows / size.height, columns / size.width) / OVERSAMPLING;
  return ratio < 2 ? 0 : Math.floor(Math.log2(ratio));
}

const WAVELET = /^1\.2\.840\.10008\.1\.2\.4\.(90|91|201|202|203)$/;

/**
 * How far left and up the samples of a reduced frame lie of the middle of the pixels they stand for, in samples. A
 * low-pass band of JPEG 2000 keeps every second position from the first on (ISO/IEC 15444-1 F.4), an average of
 * blocks would lie between them.
 */
export function gridShift(file: DicomFile, frame: NativeFrame): number {
  const rows = new FrameAttributes(file, 0).top.words('00280010')[0] ?? frame.rows;
  if (rows === frame.rows || !WAVELET.test(file.transferSyntax)) return 0;
  return 0.5 - 0.5 / 2 ** Math.round(Math.log2(rows / frame.rows));
}
