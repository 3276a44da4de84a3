import type { NewImage } from '../../catalog/images.js';
import { TABLE_SOURCE } from '../../dicom/deidentify/table.js';
import { FEATURES_VERSION } from '../../imaging/quality/features.js';
import type { RunSettings } from '../api.js';
import type { Deps } from '../deps.js';
import type { FileRecord, StagedFilm, StagedFrame } from '../records.js';

export type DoneRecord = FileRecord & { readonly film: StagedFilm };

/** The rows of a film, one a frame. */
export function newImages(
  { keyring, codeVersion }: Deps,
  run: RunSettings,
  { fileId, contentHash, film }: DoneRecord,
): NewImage[] {
  const { ids, facts, review, metadata } = film;
  return film.frames.map((frame) => ({
    image_id: frame.imageId,
    instance_uid: ids.instance,
    frame: frame.frame,
    file_id: fileId,
    patient: ids.patient,
    patient_known: ids.patientKnown,
    study_uid: ids.study,
    series_uid: ids.series,
    sop_class_uid: facts.sopClassUid,
    modality: facts.modality ?? '',
    body_part: facts.bodyPart ?? null,
    view_position: facts.viewPosition,
    sex: facts.sex ?? null,
    age_band: facts.age ?? null,
    study_date: isoDate(facts.studyDate),
    manufacturer: facts.manufacturer ?? null,
    rows: frame.height,
    columns: frame.width,
    bits_stored: facts.bitsStored,
    photometric: facts.photometric ?? '',
    transfer_syntax: facts.transferSyntax,
    pixel_hash: frame.pixelHash,
    png_hash: frame.pngHash,
    png_bytes: frame.pngBytes,
    key: objectKey(ids.instance, frame),
    stats: { ...frame.stats },
    features: frame.features,
    features_version: FEATURES_VERSION,
    metadata: metadata as Record<string, unknown>,
    review: review.length > 0 ? review : null,
    parent_hash: contentHash ?? null,
    step: 'extract',
    params_hash: run.ruleHash,
    profile: run.profile,
    table_edition: TABLE_SOURCE,
    key_epoch: keyring.epoch,
    code_version: codeVersion,
  }));
}

/** The metadata object beside a picture: technical facts, and the de-identified dataset (PS3.18 F). */
export function imageObject({ film }: DoneRecord, frame: StagedFrame): object {
  const { ids, facts, metadata, review } = film;
  const { imageId, features: _, ...picture } = frame;
  return { imageId, ...ids, ...facts, ...picture, review, dataset: metadata };
}

function objectKey(instance: string, { frame }: StagedFrame): string {
  return frame === 1 ? `${instance}.png` : `${instance}-${frame}.png`;
}

/** `YYYYMMDD` as the catalog wants it; a date that is none stays out. */
function isoDate(date: string | undefined): string | null {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date ?? '') ?? [];
  if (!year || Number.isNaN(Date.parse(`${year}-${month}-${day}`))) return null;
  return `${year}-${month}-${day}`;
}
