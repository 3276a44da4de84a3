import type { Select } from '../../../config/schema.js';
import type { DicomFile } from '../../../dicom/dataset.js';
import { text } from '../../../dicom/values.js';
import { ERRORS } from '../../../errors.js';
import type { FilmNot } from './outcome.js';
import { viewPosition } from './view.js';

/** SOP classes that hold no image, by the start of their UID (PS3.4 B.5, I.4). */
const NOT_IMAGES = [
  '1.2.840.10008.1.3.10', // media storage directory
  '1.2.840.10008.5.1.4.1.1.11.', // presentation states
  '1.2.840.10008.5.1.4.1.1.88.', // structured reports, key object selection
  '1.2.840.10008.5.1.4.1.1.104.', // encapsulated PDF, CDA, models
  '1.2.840.10008.5.1.4.1.1.9.', // waveforms
  '1.2.840.10008.5.1.4.1.1.66', // raw data, registrations, segmentations, fiducials
  '1.2.840.10008.5.1.4.1.1.481.', // radiotherapy
  '1.2.840.10008.5.1.4.1.1.67', // real world value mapping
  '1.2.840.10008.5.1.4.38.', // hanging protocols
];

const PIXEL_DATA = ['7fe00010', '7fe00008', '7fe00009'];

/** Why a dataset is left out, or undefined where it is an image that was asked for. */
export function leftOut({ dataset }: DicomFile, select: Select): FilmNot | undefined {
  const sopClass = text(dataset, '00080016') ?? '';
  if (NOT_IMAGES.some((start) => sopClass.startsWith(start)))
    return skipped('NOT_AN_IMAGE', 'a document, report or state, not an image');
  const asked =
    select === 'films' ? notAFilm(dataset) : select === 'all' ? undefined : notMatching(dataset, select);
  if (asked) return asked;
  if (PIXEL_DATA.some((tag) => dataset.has(tag))) return undefined;
  return { status: 'quarantined', code: 'NO_PIXEL_DATA', reason: ERRORS.NO_PIXEL_DATA.message };
}

/** CR or DX, for presentation, chest or thorax or not stated. */
function notAFilm(dataset: DicomFile['dataset']): FilmNot | undefined {
  const modality = text(dataset, '00080060')?.toUpperCase() ?? '';
  if (modality !== 'CR' && modality !== 'DX') return skipped('OTHER_MODALITY', 'not CR or DX');
  if (text(dataset, '00080068')?.toUpperCase() === 'FOR PROCESSING')
    return skipped('FOR_PROCESSING', 'raw detector data, not for presentation');
  const bodyPart = text(dataset, '00180015')?.toUpperCase() ?? '';
  if (bodyPart !== '' && !/CHEST|THORAX/.test(bodyPart))
    return skipped('OTHER_BODY_PART', 'not chest or thorax');
  return undefined;
}

function notMatching(dataset: DicomFile['dataset'], select: Exclude<Select, string>): FilmNot | undefined {
  const differs = (wanted: string | undefined, value: string | undefined) =>
    wanted !== undefined && wanted.toUpperCase() !== (value ?? '').toUpperCase();
  if (differs(select.modality, text(dataset, '00080060')))
    return skipped('OTHER_MODALITY', 'not of the modality asked for');
  if (differs(select.sopClass, text(dataset, '00080016')))
    return skipped('OTHER_SOP_CLASS', 'not of the SOP class asked for');
  if (differs(select.bodyPart, text(dataset, '00180015')))
    return skipped('OTHER_BODY_PART', 'not of the body part asked for');
  if (differs(select.view, viewPosition(dataset))) return skipped('OTHER_VIEW', 'not of the view asked for');
  return undefined;
}

function skipped(code: string, reason: string): FilmNot {
  return { status: 'skipped', code, reason };
}
