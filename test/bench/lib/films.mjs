// Folders of made-up films for benches: the project's own phantom, one picture, a header and some pixels apart.
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { filmObject, SYNTAX } from '../../../dist/samples/film-object.js';
import { chestFilm } from '../../../dist/samples/phantom/chest.js';
import { planStudies } from '../../../dist/samples/plan.js';
import { createRandom } from '../../../dist/samples/random.js';

/** Long past: no run waits for a file to settle. */
const MODIFIED = new Date('2024-01-15T08:00:00Z');

/**
 * Writes `count` films, each of its own patient and study. Without `anySyntax` all are uncompressed, 12 bits in 16,
 * every second one MONOCHROME1; with it they take turns in all encodings of the samples.
 */
export async function writeFilms(folder, { count, rows, columns, anySyntax = false, seed = 7 }) {
  const { films } = planStudies({ studies: count, seed, laterals: false });
  const view = { rows, columns, view: 'PA', female: false, anatomySeed: 7 };
  const picture = chestFilm(view, createRandom(7));
  for (const [index, film] of films.entries()) {
    // A stripe that is no other film's: equal pixels would be hashed and packed all the same, but need not be equal.
    for (let i = 0; i < columns; i++) picture.data[(index % rows) * columns + i] *= 0.97;
    const storage = anySyntax
      ? film.storage
      : {
          transferSyntax: SYNTAX.explicit,
          bitsStored: 12,
          photometric: index % 2 === 1 ? 'MONOCHROME1' : 'MONOCHROME2',
          window: 'linear',
          modality: 'DX',
        };
    const path = join(folder, String(index % 50), `${index}.dcm`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await filmObject(picture, film.study, film.place, storage));
    utimesSync(path, MODIFIED, MODIFIED);
  }
}

/** Writes `count` grey JPEGs as `{train,val,test}/{NORMAL,PNEUMONIA}/`: one phantom, each with noise of its own. */
export async function writePictures(folder, { count, width, height }) {
  const picture = chestFilm(
    { rows: height, columns: width, view: 'PA', female: false, anatomySeed: 7 },
    createRandom(7),
  );
  const random = createRandom(11);
  for (let index = 0; index < count; index++) {
    const grey = Uint8Array.from(picture.data, (value) =>
      Math.min(255, Math.max(0, value * 235 + random.next() * 20)),
    );
    const split = index % 10 < 7 ? 'train' : index % 10 < 8 ? 'val' : 'test';
    const path = join(folder, split, index % 2 ? 'NORMAL' : 'PNEUMONIA', `${index}.jpeg`);
    mkdirSync(dirname(path), { recursive: true });
    await sharp(grey, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .jpeg({ quality: 88 })
      .toFile(path);
  }
}
