import { CxrError } from '../../errors.js';
import { type AnnotatedImage, type BoxTable, byCode, type Reading } from '../boxes/read-boxes.js';
import type { Size } from '../fit.js';
import { assignSplits, type Unit } from '../splits/assign.js';
import type { SplitSpec } from '../splits/sizes.js';
import type { PlannedImage, Problem } from './records.js';

/** A picture of the folder. */
export interface FoundImage {
  /** Its name without extension. */
  readonly imageId: string;
  readonly sealedPath: string;
  /** Pseudonym by its header; undefined where it does not name its patient. */
  readonly patient: string | undefined;
}

export interface PlanOptions {
  readonly annotators: string;
  readonly splits: SplitSpec;
  readonly seed: number;
  readonly stratify: boolean;
  /** Splits of earlier versions, by pseudonym of patient or image. */
  readonly remembered: ReadonlyMap<string, string>;
  /** Pseudonyms of patients by image; null where in doubt. Without it the headers say, where they do. */
  readonly patients: ReadonlyMap<string, string | null> | undefined;
  readonly sizes: ReadonlyMap<string, Size> | undefined;
  /** The pseudonym by which an image is remembered. */
  readonly imageKey: (imageId: string) => string;
  /** The id of an image in the output. */
  readonly publicId: (imageId: string) => string;
  /** The name of a reader in the output. */
  readonly publicReader: (reader: string) => string;
}

export interface Plan {
  /** By split, in the order of the splits; sorted by id within each. */
  readonly images: ReadonlyMap<string, readonly PlannedImage[]>;
  readonly problems: readonly Problem[];
  /** Images with nothing wrong that are not in the version, by reason. */
  readonly skipped: Readonly<Record<'NO_ROWS' | 'NOT_READ' | 'TOO_FEW_READERS', number>>;
  /** Distinct images, of the folder or the table. */
  readonly found: number;
}

const FUSED_READERS = 2;

/**
 * Decides which images are in a version and in which split each is. Images of one patient are together; images that
 * cannot be placed without a guess are left out, each with its reason.
 *
 * @throws CxrError BAD_INPUT for a reader who is not in the table, or splits that lack one of earlier versions;
 * SPLIT_CONFLICT; DATASET_EMPTY
 */
export function planImages(table: BoxTable, files: readonly FoundImage[], options: PlanOptions): Plan {
  const { annotators } = options;
  checkReader(table, annotators);
  checkSplits(options);
  const problems: Problem[] = table.problems.map(({ imageId, ...row }) => ({
    kind: 'row',
    ...row,
    imageId: imageId && options.publicId(imageId),
  }));
  const skipped = { NO_ROWS: 0, NOT_READ: 0, TOO_FEW_READERS: 0 };
  const byId = groupById(files);
  const annotated = new Map(table.images.map((image) => [image.imageId, image]));
  const ids = [...new Set([...byId.keys(), ...annotated.keys()])].sort(byCode);
  const accepted: { image: AnnotatedImage; file: FoundImage; patient: string | null }[] = [];
  for (const imageId of ids) {
    const image = annotated.get(imageId);
    const [file, ...others] = byId.get(imageId) ?? [];
    const quarantine = (code: string) =>
      problems.push({
        kind: 'image',
        code,
        imageId: options.publicId(imageId),
        ...(file && { sealedPath: file.sealedPath }),
      });
    if (image === undefined) skipped.NO_ROWS += 1;
    else if (file === undefined) quarantine('IMAGE_MISSING');
    else if (others.length > 0) quarantine('IMAGE_AMBIGUOUS');
    else if (annotators === 'fused' && image.readings.length < FUSED_READERS) skipped.TOO_FEW_READERS += 1;
    else if (!isWanted(image, annotators)) skipped.NOT_READ += 1;
    else {
      const patient = options.patients ? (options.patients.get(imageId) ?? null) : (file.patient ?? null);
      if (options.patients && patient === null) quarantine('PATIENT_MISSING');
      else accepted.push({ image, file, patient });
    }
  }
  if (accepted.length === 0)
    throw new CxrError(
      'DATASET_EMPTY',
      `${files.length} images in the folder, ${table.images.length} in the table`,
    );
  const units = unitsOf(accepted, options);
  const assigned = assignSplits([...units.values()], {
    ...options,
    remembered: inherited(accepted, options),
  });
  const images = new Map<string, PlannedImage[]>(Object.keys(options.splits).map((split) => [split, []]));
  for (const { image, file, patient } of accepted) {
    const unit = patient ?? options.imageKey(image.imageId);
    const split = assigned.get(unit) as string;
    const drawnOn = image.size ?? options.sizes?.get(image.imageId);
    images.get(split)?.push({
      imageId: options.publicId(image.imageId),
      sealedPath: file.sealedPath,
      split,
      unit,
      patient,
      imageKey: options.imageKey(image.imageId),
      ...(drawnOn && { drawnOn }),
      readings: image.readings.map((reading) => ({
        ...reading,
        reader: options.publicReader(reading.reader),
      })),
    });
  }
  for (const list of images.values()) list.sort((a, b) => byCode(a.imageId, b.imageId));
  return { images, problems, skipped, found: ids.length };
}

/** Whether the readings of an image are asked for. */
function isWanted({ readings }: AnnotatedImage, annotators: string): boolean {
  return (
    annotators === 'all' || annotators === 'fused' || readings.some(({ reader }) => reader === annotators)
  );
}

function checkReader(table: BoxTable, annotators: string): void {
  if (annotators === 'all' || annotators === 'fused') return;
  if (!table.images.some(({ readings }) => readings.some(({ reader }) => reader === annotators)))
    throw new CxrError('BAD_INPUT', 'annotators: expected all, fused or the rad_id of a reader of the table');
}

function checkSplits({ splits, remembered }: PlanOptions): void {
  const before = [...new Set(remembered.values())].filter((split) => !(split in splits));
  if (before.length > 0)
    throw new CxrError(
      'BAD_INPUT',
      `splits: earlier versions of this dataset have ${before.sort().join(', ')}; name them too, or write to another destination`,
    );
}

function groupById(files: readonly FoundImage[]): ReadonlyMap<string, readonly FoundImage[]> {
  const byId = new Map<string, FoundImage[]>();
  for (const file of files) byId.set(file.imageId, [...(byId.get(file.imageId) ?? []), file]);
  return byId;
}

type Accepted = readonly { readonly image: AnnotatedImage; readonly patient: string | null }[];

function unitsOf(accepted: Accepted, options: PlanOptions): ReadonlyMap<string, Unit> {
  const units = new Map<string, { id: string; images: number; classes: Map<string, number> }>();
  for (const { image, patient } of accepted) {
    const id = patient ?? options.imageKey(image.imageId);
    const unit = units.get(id) ?? { id, images: 0, classes: new Map() };
    units.set(id, unit);
    unit.images += 1;
    for (const label of labelsOf(image.readings, options.annotators))
      unit.classes.set(label, (unit.classes.get(label) ?? 0) + 1);
  }
  return units;
}

/** Classes that a reader asked for saw on an image; an image without any is a class of its own to be spread. */
function labelsOf(readings: readonly Reading[], annotators: string): ReadonlySet<string> {
  const asked = readings.filter(
    ({ reader }) => annotators === 'all' || annotators === 'fused' || reader === annotators,
  );
  const labels = new Set(asked.flatMap(({ boxes }) => boxes.map(({ classId }) => String(classId))));
  return labels.size > 0 ? labels : new Set(['none']);
}

/**
 * What earlier versions said of a patient, or of any of its images, which may have been split when nobody knew whose
 * they were.
 */
function inherited(accepted: Accepted, { remembered, imageKey }: PlanOptions): ReadonlyMap<string, string> {
  const splits = new Map<string, string>();
  const torn = new Set<string>();
  for (const { image, patient } of accepted) {
    const key = imageKey(image.imageId);
    const unit = patient ?? key;
    for (const split of [remembered.get(unit), remembered.get(key)]) {
      if (split === undefined) continue;
      if ((splits.get(unit) ?? split) !== split) torn.add(unit);
      splits.set(unit, split);
    }
  }
  if (torn.size > 0) throw new CxrError('SPLIT_CONFLICT', `${torn.size} patients`);
  return splits;
}
