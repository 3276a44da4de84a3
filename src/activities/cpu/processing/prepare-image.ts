import { createHash } from 'node:crypto';
import type { PipelineSettings } from '../../../config/sections/pipeline.js';
import { looksOf } from '../../../datasets/preflight/looks.js';
import type { Dataset } from '../../../dicom/dataset.js';
import { readDicom } from '../../../dicom/read.js';
import { text } from '../../../dicom/values.js';
import { readImage } from '../../../imaging/read/read-image.js';
import type { Memory } from '../../../imaging/steps/memory.js';
import { type Moments, momentsOf } from '../../../imaging/steps/moments.js';
import { prepare, wantedSize } from '../../../imaging/steps/pipeline.js';
import { packed, type Samples } from '../../../imaging/steps/samples.js';
import { isPlaceholderId, type Pseudonyms } from '../../../privacy/pseudonyms.js';
import { viewPosition } from '../film/view.js';
import { stepsBefore } from './phases.js';

export interface PrepareInput {
  readonly bytes: Uint8Array;
  /** Key of the file below its source. */
  readonly name: string;
  readonly pipeline: PipelineSettings;
  /** Of patient ids in DICOM that name none. */
  readonly issuer: string;
  /** For pictures; `Prepared.pixels` lie there too. */
  readonly memory?: Memory;
}

/** An image as the steps leave it that need to know of no other image. */
export interface Prepared {
  readonly imageId: string;
  /** SHA-256 of the file, hex. */
  readonly hash: string;
  readonly bytes: number;
  readonly format: string;
  readonly bits: number;
  /** Of the file. */
  readonly width: number;
  readonly height: number;
  readonly shape: { readonly width: number; readonly height: number; readonly channels: 1 | 3 };
  readonly pixels: Samples;
  readonly moments: Moments;
  readonly looks: string;
  /** Of DICOM. */
  readonly patient?: string | undefined;
  readonly view?: string | undefined;
}

/** The first step of a thread for one image. @throws CxrError of kind `file` */
export async function prepareImage(
  { bytes, name, pipeline, issuer, memory }: PrepareInput,
  pseudonyms: Pseudonyms,
): Promise<Prepared> {
  const hash = createHash('sha256').update(bytes).digest('hex');
  const imageId = createHash('sha256').update(`${name}\0${hash}`).digest('hex').slice(0, 32);
  const size = bytes.byteLength;
  const image = await readImage(bytes, { wanted: wantedSize(pipeline), memory });
  const subject = { imageId, copy: 0, seed: 0, memory };
  const { first, between } = stepsBefore(pipeline);
  const { picture } = prepare(image, first, subject);
  const normalised = prepare({ ...picture, maxValue: 255 }, between, subject).picture;
  return {
    imageId,
    hash,
    bytes: size,
    format: image.kind,
    bits: image.bits,
    ...image.full,
    shape: { width: picture.width, height: picture.height, channels: picture.channels },
    pixels: packed(picture.data, memory),
    moments: momentsOf(normalised.data),
    looks: looksOf(picture),
    ...(image.kind === 'dicom' && personOf(readDicom(bytes).dataset, issuer, pseudonyms)),
  };
}

/** What we pseudonymised ourselves is the pseudonym already. */
const OURS = /^P[A-Z2-7]{26}$/;

function personOf(dataset: Dataset, issuer: string, pseudonyms: Pseudonyms) {
  const id = text(dataset, '00100020') ?? '';
  const study = text(dataset, '0020000d');
  const known = OURS.test(id) && text(dataset, '00120062') === 'YES';
  const patient = known
    ? id
    : !isPlaceholderId(id)
      ? pseudonyms.patient(text(dataset, '00100021') ?? issuer, id)
      : study === undefined
        ? undefined
        : pseudonyms.unknownPatient(study);
  return { patient, view: viewPosition(dataset) };
}
