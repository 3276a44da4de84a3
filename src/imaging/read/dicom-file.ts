import { decodeFrame } from '../../dicom/frames.js';
import { readDicom } from '../../dicom/read.js';
import { renderFrame } from '../../dicom/render/frame.js';
import { ints } from '../../dicom/values.js';
import { CxrError } from '../../errors.js';
import type { ReadImage } from './read-image.js';

const ROWS = '00280010';
const COLUMNS = '00280011';

/** The first frame, windowed as the file says: the picture that `ingest` stores of it. */
export async function decodeDicom(bytes: Uint8Array, maxPixels: number): Promise<ReadImage> {
  const file = readDicom(bytes);
  const [rows = 0] = ints(file.dataset, ROWS) ?? [];
  const [columns = 0] = ints(file.dataset, COLUMNS) ?? [];
  if (rows * columns > maxPixels) throw new CxrError('IMAGE_TOO_LARGE', `${columns} x ${rows}`);
  const frame = await decodeFrame(file, 0);
  const { width, height, channels, data, maxValue } = renderFrame(file, frame, { bits: 8, window: 'auto' });
  const full = { width, height };
  return { ...full, channels, data, maxValue, kind: 'dicom', bits: frame.bitsStored, full };
}
