import type { ProcessingRun, Split } from '../api/processing.js';
import { SPLITS } from '../api/processing.js';

export type Sorted =
  | {
      readonly kind: 'image';
      readonly split: Split;
      readonly class: string;
      readonly label: number;
      /** Its name says so, too: where its content is none, that is a fault and no note left among the images. */
      readonly named: boolean;
    }
  | { readonly kind: 'unlabelled' }
  | { readonly kind: 'ignored' };

const IMAGE_NAME = /\.(jpe?g|png|tiff?|dcm|dicom|bmp|webp|gif)$/i;
/** May be DICOM. */
const NO_EXTENSION = /(^|\/)[^./]+$/;

/**
 * What a key below the source is: `{train,val,test}/{CLASS}/…` is an image of that split and class. Hidden files,
 * and those that archivers and file managers leave, are nobody's; another file that looks like an image has no label.
 */
export function sortKey(key: string, classes: ProcessingRun['pipeline']['classes']): Sorted {
  const parts = key.split('/');
  if (parts.some((part) => part.startsWith('.') || part === '__MACOSX' || part === 'Thumbs.db'))
    return { kind: 'ignored' };
  const [split, name = '', ...rest] = parts;
  const label = Object.hasOwn(classes, name) ? classes[name] : undefined;
  if (isSplit(split) && label !== undefined && rest.length > 0)
    return { kind: 'image', split, class: name, label, named: IMAGE_NAME.test(key) };
  return IMAGE_NAME.test(key) || NO_EXTENSION.test(key) ? { kind: 'unlabelled' } : { kind: 'ignored' };
}

function isSplit(name: string | undefined): name is Split {
  return (SPLITS as readonly (string | undefined)[]).includes(name);
}
