import { SOURCE_AE_TITLE } from './file.js';
import { filmObject, type Place, type Storage, SYNTAX, type View, type WindowForm } from './film-object.js';
import { createStudy, createUid, identifiersOf, type Study } from './header.js';
import { createPatient, type Patient } from './patients.js';
import { chestFilm } from './phantom/chest.js';
import type { Film } from './phantom/film.js';
import { createRandom, type Random } from './random.js';

export interface FilmPlan {
  readonly study: Study;
  readonly place: Place;
  readonly storage: Storage;
  readonly path: string;
  readonly seed: number;
}

export interface SamplePlan {
  readonly studies: readonly Study[];
  readonly films: readonly FilmPlan[];
  readonly identifiers: string[];
}

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** One round of encodings: every syntax, both polarities, every form of window, 12 to 15 bits and 8. */
const STORAGES: readonly (readonly [keyof typeof SYNTAX, bits: number, 1 | 2, WindowForm, 'CR' | 'DX'])[] = [
  ['explicit', 12, 2, 'linear', 'CR'],
  ['implicit', 12, 1, 'linear', 'CR'],
  ['jpegLs', 12, 2, 'sigmoid', 'DX'],
  ['explicit', 14, 1, 'none', 'DX'],
  ['jpeg', 8, 2, 'none', 'CR'],
  ['rle', 12, 2, 'linear', 'CR'],
  ['implicit', 10, 2, 'none', 'CR'],
  ['jpeg2000', 12, 1, 'linear', 'DX'],
  ['explicit', 15, 1, 'linear', 'CR'],
  ['bigEndian', 12, 2, 'linear', 'CR'],
  ['jpegLossless', 14, 2, 'two', 'DX'],
  ['explicit', 12, 2, 'lut', 'DX'],
  ['deflated', 12, 2, 'linear', 'CR'],
  ['rle', 14, 1, 'sigmoid', 'DX'],
  ['htj2k', 12, 2, 'linear', 'DX'],
  ['explicit', 12, 2, 'two', 'CR'],
  ['implicit', 14, 2, 'sigmoid', 'CR'],
];

/** Who has which films, and how each is stored. Every fifth patient comes back for a second study. */
export function planStudies(options: {
  readonly studies: number;
  readonly seed: number;
  readonly laterals: boolean;
}): SamplePlan {
  const random = createRandom(options.seed);
  const patients: Patient[] = [];
  const studies: Study[] = [];
  const films: FilmPlan[] = [];
  const identifiers: string[] = [SOURCE_AE_TITLE];
  for (let n = 0; n < options.studies; n++) {
    const again = n > 0 && n % 5 === 0 ? patients[n / 5 - 1] : undefined;
    const patient = again ?? createPatient(patients.length, random);
    if (!again) patients.push(patient);
    const study = createStudy(patient, random);
    studies.push(study);
    identifiers.push(...identifiersOf(study));
    const first: View = n % 3 === 2 ? 'AP' : 'PA';
    const views: View[] = options.laterals && first === 'PA' && n % 2 === 0 ? [first, 'LATERAL'] : [first];
    views.forEach((view, i) => {
      const film = planFilm(study, view, i + 1, films.length, random);
      films.push(film);
      identifiers.push(film.place.sopInstanceUid, film.place.seriesUid);
    });
  }
  return { studies, films, identifiers };
}

/** The next film of a study; `index` picks its encoding. */
export function planFilm(study: Study, view: View, number: number, index: number, random: Random): FilmPlan {
  const [syntax, bitsStored, polarity, window, modality] = STORAGES[
    index % STORAGES.length
  ] as (typeof STORAGES)[0];
  return {
    study,
    place: {
      sopInstanceUid: createUid(random),
      seriesUid: createUid(random),
      seriesNumber: number,
      instanceNumber: 1,
      view,
    },
    storage: {
      transferSyntax: SYNTAX[syntax],
      bitsStored,
      photometric: polarity === 1 ? 'MONOCHROME1' : 'MONOCHROME2',
      window,
      modality,
    },
    path: pathOf(study, view, index),
    seed: random.int(1, 2 ** 30),
  };
}

/** The bytes of a planned film, or of what `change` makes of it. */
export function renderPlan(plan: FilmPlan, size: Size, change = (film: Film) => film): Promise<Uint8Array> {
  const { patient } = plan.study;
  const film = chestFilm(
    { ...size, view: plan.place.view, female: patient.sex === 'F', anatomySeed: patient.anatomySeed },
    createRandom(plan.seed),
  );
  return filmObject(change(film), plan.study, plan.place, plan.storage);
}

/** Three habits of naming that archives have; all give the patient away. */
function pathOf(study: Study, view: View, index: number): string {
  const { patient } = study;
  const day = `${study.date.slice(0, 4)}-${study.date.slice(4, 6)}-${study.date.slice(6)}`;
  switch (index % 3) {
    case 0:
      return `${patient.folder}/${day}_${study.accession}/CXR_${view}.dcm`;
    case 1:
      return `${patient.folder}/${study.date}/IM${String(index).padStart(5, '0')}`;
    default:
      return `by-accession/${study.accession}/${patient.family}_${patient.id}_${view}.DCM`;
  }
}
