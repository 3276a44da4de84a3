import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addExtras } from './extras.js';
import { type FilmPlan, planStudies, renderPlan } from './plan.js';

export interface SampleOptions {
  /** Default 40. */
  readonly studies?: number | undefined;
  /** The same seed writes the same bytes. Default 1. */
  readonly seed?: number | undefined;
  /** Of every film; default 1280 x 1024. */
  readonly size?: { readonly rows: number; readonly columns: number } | undefined;
  /** Lateral views beside the frontal one in some studies; default true. */
  readonly laterals?: boolean | undefined;
  /** The spoilt films, documents, archive and other files that are no plain film; default true. */
  readonly extras?: boolean | undefined;
  /** Called after each file. */
  readonly onFile?: ((written: number) => void) | undefined;
}

export type SampleKind =
  | 'film'
  | 'black'
  | 'blurred'
  | 'over-exposed'
  | 'burned-in'
  | 'for-processing'
  | 'corrupt'
  | 'duplicate'
  | 'document'
  | 'other'
  | 'archive';

export interface SampleFile {
  /** Below the folder, `/` between names. */
  readonly path: string;
  readonly kind: SampleKind;
  /** Films inside an archive; 1 otherwise. */
  readonly members: number;
}

export interface SampleSummary {
  readonly files: readonly SampleFile[];
  readonly studies: number;
  readonly patients: number;
  /** Every identifying text in the files and their names: none may be in what the pipeline writes. */
  readonly identifiers: readonly string[];
  /** YYYYMMDD; apart, because eight digits occur by chance. */
  readonly birthDates: readonly string[];
}

export interface Written {
  readonly path: string;
  readonly kind: SampleKind;
  readonly bytes: Uint8Array;
  readonly members?: number;
}

/**
 * Long past, so that no run waits for a file to settle, and fixed, so that writing the samples again over
 * themselves changes nothing.
 */
const MODIFIED = new Date('2024-01-15T08:00:00Z');

/**
 * Writes a folder of made-up studies as a hospital's archive holds them: films in many encodings under folders
 * named after patients, and among them what an ingest must not stumble over.
 *
 * @throws the file system's error where the folder cannot be written.
 */
export async function writeSamples(dir: string, options: SampleOptions = {}): Promise<SampleSummary> {
  const { studies = 40, seed = 1, size = { rows: 1280, columns: 1024 }, laterals = true } = options;
  const plan = planStudies({ studies, seed, laterals });
  const files: SampleFile[] = [];
  const folders = new Set<string>();
  const save = async ({ path, kind, bytes, members = 1 }: Written) => {
    const target = join(dir, path);
    const folder = dirname(target);
    if (!folders.has(folder)) await mkdir(folder, { recursive: true });
    folders.add(folder);
    await writeFile(target, bytes);
    await utimes(target, MODIFIED, MODIFIED);
    files.push({ path, kind, members });
    options.onFile?.(files.length);
  };
  const render = (film: FilmPlan) => renderPlan(film, size);
  for (const film of plan.films) await save({ path: film.path, kind: 'film', bytes: await render(film) });
  const extra = options.extras === false ? [] : addExtras(plan, size, seed);
  for await (const file of extra) await save(file);
  return {
    files,
    studies: plan.studies.length,
    patients: new Set(plan.studies.map((s) => s.patient.id)).size,
    identifiers: [...new Set(plan.identifiers)],
    birthDates: [...new Set(plan.studies.map((s) => s.patient.birthDate))],
  };
}
