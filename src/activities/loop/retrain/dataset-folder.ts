import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { uriOf } from '../../../storage/open.js';
import { each } from '../../each.js';
import { type Dataset, type DatasetImage, RETRAIN } from '../dataset.js';

const AT_ONCE = 8;

/**
 * Lays out what a trainer is given: `data.yaml`, and `training`, `retrain` and `validation` with `images/` and
 * `labels/`. Objects of s3:// and gs:// are downloaded, pictures of a file:// store are linked to. What an attempt
 * before this one has fetched is kept.
 *
 * Test and canary are not in it: nobody can train on what they do not have.
 */
export async function fetchDataset(
  dataset: Dataset,
  validation: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const training = dataset.training();
  const splits = {
    training: training.filter(({ split }) => split !== RETRAIN),
    [RETRAIN]: training.filter(({ split }) => split === RETRAIN),
    validation: dataset.split(validation),
  };
  for (const [split, images] of Object.entries(splits)) {
    for (const part of ['images', 'labels']) await mkdir(join(folder, split, part), { recursive: true });
    await each(images, AT_ONCE, (image) => fetchImage(image, join(folder, split), signal));
  }
  const yaml = stringify({
    path: folder,
    train: ['training/images', `${RETRAIN}/images`],
    val: 'validation/images',
    nc: dataset.classes.length,
    names: Object.fromEntries(dataset.classes.entries()),
  });
  await writeFile(join(folder, 'data.yaml'), yaml);
}

async function fetchImage(
  { store, image, labels, name, bytes }: DatasetImage,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const picture = join(folder, 'images', `${name}.${image.slice(image.lastIndexOf('.') + 1)}`);
  const there = await stat(picture).catch(() => undefined);
  if (there?.size !== bytes) {
    await rm(picture, { force: true });
    if (store.scheme === 'file') await symlink(fileURLToPath(uriOf(store.root, image)), picture);
    else {
      // Under another name until it is whole: what is there is not fetched again.
      await pipeline(await store.readStream(image, { signal }), createWriteStream(`${picture}.part`));
      await rename(`${picture}.part`, picture);
    }
  }
  const text = labels === undefined ? '' : await store.read(labels, { signal });
  await writeFile(join(folder, 'labels', `${name}.txt`), text);
}
