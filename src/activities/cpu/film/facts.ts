import type { Dataset, DicomFile } from '../../../dicom/dataset.js';
import type { NativeFrame } from '../../../dicom/frames.js';
import { text } from '../../../dicom/values.js';
import type { ImageFacts } from './outcome.js';
import { viewPosition } from './view.js';

/** @param file as read; @param clean its de-identified dataset, the only place values are taken from */
export function filmFacts(file: DicomFile, clean: Dataset, frame: NativeFrame): ImageFacts {
  return {
    sopClassUid: text(clean, '00080016') ?? '',
    modality: text(clean, '00080060'),
    bodyPart: text(clean, '00180015')?.toUpperCase(),
    viewPosition: viewPosition(clean),
    sex: text(clean, '00100040'),
    age: text(clean, '00101010'),
    studyDate: text(clean, '00080020'),
    manufacturer: text(clean, '00080070'),
    transferSyntax: file.transferSyntax,
    photometric: text(clean, '00280004'),
    bitsStored: frame.bitsStored,
  };
}
