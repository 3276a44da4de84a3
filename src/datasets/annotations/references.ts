import type { Pseudonyms } from '../../privacy/pseudonyms.js';

/** What an image may be called in the catalog: all of it pseudonyms. */
export interface References {
  /** Image ids (`I…`), instance UIDs and file ids (`F…`). */
  readonly refs: readonly string[];
  /** That the name itself says, from 1. */
  readonly frame: number | undefined;
}

const EXTENSION = /\.(png|jpe?g|dcm|dicom|tiff?|bmp|webp|json)$/i;
const IMAGE_ID = /^(I[A-Z2-7]{26})(?![A-Z2-7])/;
const FILE_ID = /^F[A-Z2-7]{26}$/;
const UID = /^(\d+(?:\.\d+)+)(?:-(\d{1,5}))?$/;
/** Endings that a file may have which is called by its name without one. */
const ENDINGS = ['', '.dcm', '.dicom', '.DCM'];

/**
 * What the image may be called that a record names `given`: an image id, an instance UID (a pseudonym, or the
 * original, whose pseudonym is looked up), the picture of one, or the file it came from.
 *
 * @param fileIds ids that a file of this path has in the sources there are
 */
export function referencesOf(
  given: string,
  uid: Pseudonyms['uid'],
  fileIds: (path: string) => readonly string[],
): References {
  const name = given.slice(given.lastIndexOf('/') + 1).replace(EXTENSION, '');
  const image = IMAGE_ID.exec(name)?.[1];
  if (image !== undefined) return { refs: [image], frame: undefined };
  if (FILE_ID.test(name)) return { refs: [name], frame: undefined };
  const files = [given, ...ENDINGS.map((ending) => name + ending)].flatMap(fileIds);
  const [, instance, frame] = UID.exec(name) ?? [];
  const instances = instance === undefined ? [] : [instance, uid(instance)];
  return {
    refs: [...new Set([...instances, ...files])],
    frame: frame === undefined ? undefined : Number(frame),
  };
}
