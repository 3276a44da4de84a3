import type { Keyring } from '../../privacy/keyring.js';
import { createPseudonyms } from '../../privacy/pseudonyms.js';

/** What images and readers are called in the output. */
export interface PublicNames {
  /** The pseudonym by which an image is remembered. */
  imageKey(imageId: string): string;
  /** The id itself, but for a DICOM UID: it names an examination and does not leave. */
  imageId(imageId: string): string;
  /** `R1` and its like as they are, anything else may be a name. */
  reader(reader: string): string;
}

export function publicNames({ pseudonymKey }: Pick<Keyring, 'pseudonymKey'>): PublicNames {
  const pseudonyms = createPseudonyms(pseudonymKey);
  const imageKey = (id: string) => `I${pseudonyms.text('detection-image', id)}`;
  return {
    imageKey,
    imageId: (id) => (/^\d+(\.\d+){3,}$/.test(id) ? imageKey(id) : id),
    reader: (reader) => (/^R\d{1,4}$/.test(reader) ? reader : `R${pseudonyms.text('reader', reader, 16)}`),
  };
}

/** `all`, `fused`, or the reader as the output calls them. */
export function publicAnnotators(keyring: Pick<Keyring, 'pseudonymKey'>, annotators: string): string {
  return annotators === 'all' || annotators === 'fused'
    ? annotators
    : publicNames(keyring).reader(annotators);
}
