import { decodePicture } from '../../models/picture.js';
import { type InputPlan, prepare } from '../../models/prepare.js';
import type { Prepared } from '../../models/types.js';

export interface PictureInput {
  /** Of a PNG, JPEG or TIFF file. */
  readonly bytes: Uint8Array;
  readonly plan: InputPlan;
  readonly maxValue?: number | undefined;
}

/** The step of a thread: from the file to what the network takes. @throws CxrError DECODE_FAILED */
export async function preparePicture({ bytes, plan, maxValue }: PictureInput): Promise<Prepared> {
  return prepare(await decodePicture(bytes, maxValue), plan);
}
