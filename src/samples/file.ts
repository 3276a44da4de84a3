import type { Dataset } from '../dicom/dataset.js';
import { encodingOf } from '../dicom/transfer-syntax.js';
import { writeDicom } from '../dicom/write.js';

/** What a modality says of itself in file meta information; it names the hospital's network. */
export const SOURCE_AE_TITLE = 'KVGH_STORE_SCP';

const META = 132;
const GROUP_LENGTH = 12;

/**
 * A DICOM file as a modality would leave it: `writeDicom`, which writes no AE titles, with Source Application
 * Entity Title (0002,0016) put back in.
 */
export function fileOf(dataset: Dataset, transferSyntax: string): Uint8Array {
  const bytes = Buffer.from(
    writeDicom({ meta: new Map(), dataset, transferSyntax, ...encodingOf(transferSyntax) }),
  );
  const length = bytes.readUInt32LE(META + 8);
  const end = META + GROUP_LENGTH + length;
  const title = Buffer.from(`\x02\x00\x16\x00AE\x00\x00${SOURCE_AE_TITLE}`, 'latin1');
  title.writeUInt16LE(SOURCE_AE_TITLE.length, 6);
  bytes.writeUInt32LE(length + title.length, META + 8);
  return Buffer.concat([bytes.subarray(0, end), title, bytes.subarray(end)]);
}
