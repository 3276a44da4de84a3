import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '../dicom/render/encode.js';
import { filmObject, SYNTAX } from './film-object.js';
import { drawFindings, FINDING_NAMES, type Finding } from './findings.js';
import { createStudy, createUid, identifiersOf, type Study } from './header.js';
import { createPatient } from './patients.js';
import { chestFilm } from './phantom/chest.js';
import type { Film } from './phantom/film.js';
import { createRandom, type Random } from './random.js';

export interface DetectionSampleOptions {
  /** Default 60. */
  readonly images?: number | undefined;
  /** Of every image, named R1, R2, …; default 3. */
  readonly readers?: number | undefined;
  /** The same seed writes the same bytes. Default 1. */
  readonly seed?: number | undefined;
  /** Default 512 x 416. */
  readonly size?: { readonly rows: number; readonly columns: number } | undefined;
  /** Default dicom, as VinDr-CXR has it. */
  readonly format?: 'dicom' | 'png' | undefined;
  /** `vindr`, or `shipped`: 0 to 3 in the order of the models that ship, and 4 for none. Default vindr. */
  readonly ids?: 'vindr' | 'shipped' | undefined;
}

export interface DetectionSampleImage {
  readonly imageId: string;
  /** As the hospital knows the patient: must be in nothing that is written from it. */
  readonly patientId: string;
  /** What was drawn. */
  readonly findings: readonly Finding[];
}

export interface DetectionSamples {
  /** Paths of the files and the folder. */
  readonly boxes: string;
  readonly patients: string;
  readonly images: string;
  readonly truth: readonly DetectionSampleImage[];
  /** Every identifying text in the DICOM headers and in patients.csv. */
  readonly identifiers: readonly string[];
}

/**
 * Writes a made-up detection dataset as VinDr-CXR comes: `annotations.csv`, `images/<image_id>.dicom` (or `.png`),
 * and `patients.csv` (`image_id,patient_id`; every fourth patient has two images). Each reader draws what is on the
 * film a little differently, and overlooks one finding in eight.
 *
 * @throws the file system's error where the folder cannot be written
 */
export async function writeDetectionSamples(
  dir: string,
  options: DetectionSampleOptions = {},
): Promise<DetectionSamples> {
  const { images = 60, readers = 3, seed = 1, format = 'dicom', ids = 'vindr' } = options;
  const size = options.size ?? { rows: 512, columns: 416 };
  const random = createRandom(seed);
  const paths = {
    boxes: join(dir, 'annotations.csv'),
    patients: join(dir, 'patients.csv'),
    images: join(dir, 'images'),
  };
  await mkdir(paths.images, { recursive: true });
  const truth: DetectionSampleImage[] = [];
  const identifiers = new Set<string>();
  const rows: string[] = [];
  let study: Study | undefined;
  for (let n = 0; n < images; n++) {
    const again = study !== undefined && n % 5 === 4;
    study = again && study ? study : createStudy(createPatient(n, random), random);
    for (const text of identifiersOf(study)) identifiers.add(text);
    const imageId = createHash('sha256').update(`${seed}/${n}`).digest('hex').slice(0, 32);
    const film = chestFilm(
      { ...size, view: 'PA', female: study.patient.sex === 'F', anatomySeed: study.patient.anatomySeed },
      createRandom(random.int(1, 2 ** 30)),
    );
    const findings = drawFindings(film, random);
    const bytes = format === 'dicom' ? await dicomOf(film, study, random) : await pngOf(film);
    await writeFile(join(paths.images, `${imageId}.${format}`), bytes);
    truth.push({ imageId, patientId: study.patient.id, findings });
    for (let reader = 1; reader <= readers; reader++)
      rows.push(...read(imageId, `R${reader}`, ids, findings, size, random));
  }
  await writeFile(
    paths.boxes,
    `image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n${rows.join('\n')}\n`,
  );
  const patients = truth.map(({ imageId, patientId }) => `${imageId},${patientId}`);
  await writeFile(paths.patients, `image_id,patient_id\n${patients.join('\n')}\n`);
  return { ...paths, truth, identifiers: [...identifiers] };
}

/** The rows of one reader for one film. */
function read(
  imageId: string,
  reader: string,
  ids: 'vindr' | 'shipped',
  findings: readonly Finding[],
  { rows, columns }: { readonly rows: number; readonly columns: number },
  random: Random,
): string[] {
  const seen = findings.filter(() => !random.chance(1 / 8));
  const none = ids === 'vindr' ? 14 : FINDING_NAMES.length;
  if (seen.length === 0) return [`${imageId},No finding,${none},${reader},,,,`];
  return seen.map(({ classId, name, box: [x0, y0, x1, y1] }) => {
    const shake = (value: number, side: number, end: number) =>
      Math.max(0, Math.min(end, Math.round(value + random.between(-0.06, 0.06) * side)));
    const [width, height] = [x1 - x0, y1 - y0];
    const box = [
      shake(x0, width, columns),
      shake(y0, height, rows),
      shake(x1, width, columns),
      shake(y1, height, rows),
    ];
    const id = ids === 'vindr' ? classId : FINDING_NAMES.indexOf(name);
    return `${imageId},${name},${id},${reader},${box.join(',')}`;
  });
}

function dicomOf(film: Film, study: Study, random: Random): Promise<Uint8Array> {
  return filmObject(
    film,
    study,
    {
      sopInstanceUid: createUid(random),
      seriesUid: createUid(random),
      seriesNumber: 1,
      instanceNumber: 1,
      view: 'PA',
    },
    {
      transferSyntax: SYNTAX.explicit,
      bitsStored: 12,
      photometric: random.chance(0.3) ? 'MONOCHROME1' : 'MONOCHROME2',
      window: 'linear',
      modality: 'CR',
    },
  );
}

function pngOf({ columns, rows, data }: Film): Promise<Uint8Array> {
  const grey = Uint8Array.from(data, (v) => Math.round(255 * Math.max(0, Math.min(1, v))));
  return encodePng({ width: columns, height: rows, channels: 1, bits: 8, data: grey, maxValue: 255 });
}
