import type { SealedEntry } from '../../../src/catalog/files.js';
import type { NewImage } from '../../../src/catalog/images.js';

/** A listed file; the id says which. */
export function entry(fileId: string, over: Partial<SealedEntry> = {}): SealedEntry {
  return {
    fileId,
    size: 1_000,
    version: 'v1',
    sealedPath: Buffer.from([0, 255, ...Buffer.from(fileId)]),
    ...over,
  };
}

/** An image of a file, with every column filled. */
export function image(imageId: string, over: Partial<NewImage> = {}): NewImage {
  return {
    image_id: imageId,
    instance_uid: `2.25.${imageId}`,
    frame: 0,
    file_id: `F-${imageId}`,
    patient: 'PA',
    patient_known: true,
    study_uid: '2.25.1',
    series_uid: '2.25.2',
    sop_class_uid: '1.2.840.10008.5.1.4.1.1.1.1',
    modality: 'DX',
    body_part: 'CHEST',
    view_position: 'PA',
    sex: 'F',
    age_band: '40-44',
    study_date: '2019-02-28',
    manufacturer: null,
    rows: 2048,
    columns: 2500,
    bits_stored: 12,
    photometric: 'MONOCHROME2',
    transfer_syntax: '1.2.840.10008.1.2.1',
    pixel_hash: `pixels-${imageId}`,
    png_hash: `png-${imageId}`,
    png_bytes: 5_000_000_000,
    key: `${imageId}.png`,
    stats: { p99: 0.5 },
    features: [0.25, -1, 3],
    features_version: '1',
    metadata: { '00080060': { vr: 'CS', Value: ['DX'] } },
    review: null,
    parent_hash: null,
    step: 'extract',
    params_hash: 'params',
    profile: 'research',
    table_edition: '2024b',
    key_epoch: 'e1',
    code_version: '0.1.0',
    ...over,
  };
}
