import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { ObjectStore } from '../../../src/storage/port.js';
import { chest } from '../drawn-film.js';

/** Files by their path below the folder. */
export type Files = ReadonlyMap<string, Buffer>;

const SPLITS = ['train', 'train', 'train', 'val', 'test'];
const CLASSES = ['NORMAL', 'PNEUMONIA'];

/**
 * `count` small chest films, each another one, in folders of split and class, in turns as JPEG, PNG of 8 and 16 bits,
 * and TIFF.
 */
export async function labelledFilms(count: number, size = 64): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (let i = 0; i < count; i++) {
    const folder = `${SPLITS[i % SPLITS.length]}/${CLASSES[Math.floor(i / SPLITS.length) % 2]}`;
    const [name, bytes] = await encoded(i, size);
    files.set(`${folder}/film-${String(i).padStart(4, '0')}.${name}`, bytes);
  }
  return files;
}

async function encoded(i: number, size: number): Promise<[string, Buffer]> {
  const { data } = chest(i + 1, size, size);
  const raw = { raw: { width: size, height: size, channels: 1 as const } };
  switch (i % 4) {
    case 0:
      return ['jpeg', await sharp(data, raw).toColourspace('b-w').jpeg({ quality: 90 }).toBuffer()];
    case 1:
      return ['png', await sharp(data, raw).toColourspace('b-w').png().toBuffer()];
    case 2: {
      const deep = Uint16Array.from(data, (value) => value * 257);
      return ['png', await sharp(deep, raw).toColourspace('grey16').png().toBuffer()];
    }
    default:
      return ['tiff', await sharp(data, raw).toColourspace('b-w').tiff().toBuffer()];
  }
}

/** What has no place in a dataset: files that are no image, cut short, without a label, of nobody. */
export async function oddFiles(films: Files): Promise<Map<string, Buffer>> {
  const [film = Buffer.alloc(0)] = films.values();
  return new Map([
    ['train/NORMAL/cut.jpeg', film.subarray(0, film.length / 2)],
    ['train/NORMAL/notes.txt', Buffer.from('no image')],
    ['train/unsorted.png', film],
    ['COVID/film.png', film],
    ['README.md', Buffer.from('# films')],
    ['train/.DS_Store', Buffer.from('x')],
  ]);
}

export async function writeFolder(folder: string, files: Files): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

export async function upload(store: ObjectStore, files: Files): Promise<void> {
  for (const [path, bytes] of files) await store.write(path, bytes);
}
