import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CxrError } from '../../errors.js';

export interface LabelledImage {
  /** Path of the picture. */
  readonly path: string;
  /** For each class, whether the image has it. */
  readonly present: readonly boolean[];
}

/**
 * The images of splits of a dataset in the layout of YOLO, with the classes that their labels name; an image without a
 * label file is one without any.
 *
 * @param splits those that are not there are left out
 * @throws CxrError BAD_INPUT for a label of a class that there is not
 */
export async function labelledImages(
  datasetDir: string,
  splits: readonly string[],
  classes: number,
): Promise<readonly LabelledImage[]> {
  const found: LabelledImage[] = [];
  for (const split of splits) {
    const folder = join(datasetDir, split);
    for (const name of (await names(join(folder, 'images'))).sort()) {
      const label = join(folder, 'labels', `${name.replace(/\.[^.]*$/, '')}.txt`);
      const present = presence(await textOf(label), classes);
      found.push({ path: join(folder, 'images', name), present });
    }
  }
  return found;
}

function presence(text: string, classes: number): readonly boolean[] {
  const present = Array.from({ length: classes }, () => false);
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const classId = Number(line.trim().split(/\s+/, 1)[0]);
    if (!(classId in present))
      throw new CxrError('BAD_INPUT', `labels: a class id outside of 0 to ${classes - 1}`);
    present[classId] = true;
  }
  return present;
}

const names = (folder: string): Promise<string[]> => orAbsent(readdir(folder), []);
const textOf = (file: string): Promise<string> => orAbsent(readFile(file, 'utf8'), '');

async function orAbsent<T>(reading: Promise<T>, absent: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return absent;
    throw error;
  }
}
