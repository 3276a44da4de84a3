import { pdfObject, presentationObject, reportObject } from './documents.js';
import { SYNTAX, type View } from './film-object.js';
import { drawText } from './font.js';
import { createUid } from './header.js';
import type { Film } from './phantom/film.js';
import { black, blur, overExpose } from './phantom/spoil.js';
import { type FilmPlan, planFilm, renderPlan, type SamplePlan, type Size } from './plan.js';
import { createRandom } from './random.js';
import type { Written } from './write-samples.js';
import { zip } from './zip.js';

/** What lies between the films of any archive: spoilt exposures, documents, leftovers, damaged files. */
export async function* addExtras(plan: SamplePlan, size: Size, seed: number): AsyncGenerator<Written> {
  const random = createRandom(seed + 7919);
  let next = 0;
  const another = (view: View = 'PA', storage: Partial<FilmPlan['storage']> = {}): FilmPlan => {
    const study = plan.studies[(next * 3) % plan.studies.length] as FilmPlan['study'];
    const film = planFilm(study, view, 10 + next, 3 * next++, random);
    plan.identifiers.push(film.place.sopInstanceUid, film.place.seriesUid);
    const plain = {
      transferSyntax: SYNTAX.explicit,
      bitsStored: 12,
      window: 'linear',
      modality: 'CR',
    } as const;
    return { ...film, storage: { photometric: 'MONOCHROME2', ...plain, ...storage } };
  };
  const beside = (film: FilmPlan, name: string) =>
    `${film.path.slice(0, film.path.lastIndexOf('/'))}/${name}`;

  const spoilt = [
    ['black', 'EXPO_FAIL.dcm', black, { window: 'none' }],
    ['black', 'EXPO_FAIL_2.dcm', black, { photometric: 'MONOCHROME1', window: 'none' }],
    ['blurred', 'RETAKE_MOTION.dcm', (film: Film) => blur(film, film.rows * 0.012), {}],
    ['over-exposed', 'RETAKE_DOSE.dcm', overExpose, {}],
    ['for-processing', 'RAW_0001.dcm', (film: Film) => film, { modality: 'DX', intent: 'FOR PROCESSING' }],
  ] as const;
  for (const [kind, name, change, storage] of spoilt) {
    const film = another('PA', storage);
    yield { path: beside(film, name), kind, bytes: await renderPlan(film, size, change) };
  }

  const named = another();
  const { family, given, id } = named.study.patient;
  const burned = (film: Film) => {
    const height = Math.max(7, film.rows * 0.022);
    drawText(film, `${family}, ${given}`, film.columns * 0.3, film.rows * 0.03, height, 1);
    drawText(film, `ID ${id}`, film.columns * 0.3, film.rows * 0.03 + height * 1.5, height, 1);
    return film;
  };
  yield {
    path: beside(named, 'SCANNED_FILM.dcm'),
    kind: 'burned-in',
    bytes: await renderPlan(named, size, burned),
  };

  const damaged = another();
  const whole = await renderPlan(damaged, size);
  yield {
    path: beside(damaged, 'CXR_PARTIAL.dcm'),
    kind: 'corrupt',
    bytes: whole.subarray(0, Math.floor(whole.length * 0.6)),
  };

  const first = plan.films[0] as FilmPlan;
  yield {
    path: beside(first, 'Copy of CXR_PA.dcm'),
    kind: 'duplicate',
    bytes: await renderPlan(first, size),
  };

  const documents = [
    ['LETTER.dcm', pdfObject],
    ['REPORT_SR', reportObject],
    ['PRESENTATION.dcm', presentationObject],
  ] as const;
  for (const [name, make] of documents) {
    const about = plan.films[(next++ * 5) % plan.films.length] as FilmPlan;
    const place = {
      sopInstanceUid: createUid(random),
      seriesUid: createUid(random),
      filmUid: about.place.sopInstanceUid,
      filmSeriesUid: about.place.seriesUid,
    };
    plan.identifiers.push(place.sopInstanceUid, place.seriesUid);
    yield { path: beside(about, name), kind: 'document', bytes: make(about.study, place) };
  }

  const list = plan.studies.map(
    (s) => `${s.patient.id}\t${s.patient.given} ${s.patient.family}\t${s.accession}`,
  );
  yield { path: 'READ ME patients.txt', kind: 'other', bytes: Buffer.from(`${list.join('\n')}\n`) };
  yield { path: beside(first, 'notes.dcm'), kind: 'other', bytes: Buffer.from(`call ${family} back\n`) };
  yield { path: beside(first, 'EMPTY.dcm'), kind: 'other', bytes: new Uint8Array(0) };

  const sent = [another('PA'), another('AP')];
  const members = await Promise.all(
    sent.map(async (film, i) => ({
      name: `${film.study.patient.folder}/CXR_${i + 1}.dcm`,
      bytes: await renderPlan(film, size),
    })),
  );
  yield {
    path: `incoming/${(sent[0] as FilmPlan).study.patient.family} transfer.zip`,
    kind: 'archive',
    bytes: zip(members),
    members: members.length,
  };
}
