import type { Pseudonyms } from '../../../privacy/pseudonyms.js';
import { fileId } from '../../../privacy/seal.js';
import type { AnnotationsRun } from '../../api/annotations.js';
import { taggedKey } from '../mark-source.js';

/** `a/b_processed.csv` is `a/b.csv`, as it was called before it was tagged. */
function untaggedKey(key: string): string {
  const slash = key.lastIndexOf('/') + 1;
  const untagged = key.slice(0, slash) + key.slice(slash).replace(/_processed(?=\.[^.]*$|$)/, '');
  return taggedKey(untagged) === key ? untagged : key;
}

/**
 * What a file is known by. Where names are tagged, the tag is no part of it: a corrected file that comes by its old
 * name is the one that was tagged before.
 */
export function nameOf(key: string, run: Pick<AnnotationsRun, 'markSource'>): string {
  return run.markSource === 'rename' ? untaggedKey(key) : key;
}

/** Id in the ledger of a file of annotations, or of a record of it. */
export function ledgerId(pathKey: Uint8Array, run: AnnotationsRun, key: string, position?: number): string {
  const name = nameOf(key, run);
  return fileId(pathKey, run.ledger, position === undefined ? name : `${name}#${position}`);
}

/** The pseudonym of a reader: `R` and 16 base32 characters. */
export function readerPseudonym({ text }: Pseudonyms): (reader: string) => string {
  return (reader) => `R${text('reader', reader, 16)}`;
}
