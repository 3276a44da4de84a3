import type { DicomFile } from '../../../../src/dicom/dataset.js';
import { createDeidentifier, type Deidentifier } from '../../../../src/dicom/deidentify/deidentifier.js';
import { loadProfile } from '../../../../src/dicom/deidentify/profile.js';
import { readDicom } from '../../../../src/dicom/read.js';
import { writeDicom } from '../../../../src/dicom/write.js';
import { createPseudonyms } from '../../../../src/privacy/pseudonyms.js';
import { type BuildOptions, dicomBytes, type Elements } from '../../../support/dicom-builder.js';

export const pseudonyms = createPseudonyms(Buffer.alloc(32, 7));
export const CR = '1.2.840.10008.5.1.4.1.1.1';

/** What a file of one patient cannot do without. */
export const BASE: Elements = {
  SOPClassUID: CR,
  SOPInstanceUID: '1.2.3.4.5.6.7.1001',
  StudyInstanceUID: '1.2.3.4.5.6.7.1002',
  SeriesInstanceUID: '1.2.3.4.5.6.7.1003',
  PatientName: 'KOWALSKI^BARBARA',
  PatientID: 'MRN-4711-0815',
};

/** A file de-identified, written and read again. @param profile a name or YAML */
export function deidentified(elements: Elements, profile = 'research', build: BuildOptions = {}) {
  const input = readDicom(dicomBytes({ ...BASE, ...elements }, build));
  const result = deidentifier(profile).apply(input);
  const bytes = writeDicom(result.file);
  const output: DicomFile = readDicom(bytes);
  return { input, result, bytes, dataset: output.dataset, meta: output.meta };
}

const made = new Map<string, Deidentifier>();

export function deidentifier(profile = 'research', source = 'test'): Deidentifier {
  const key = `${source}\n${profile}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const fresh = createDeidentifier({
    profile: loadProfile(profile),
    pseudonyms,
    keyEpoch: 'KTESTEPOCH',
    source,
  });
  made.set(key, fresh);
  return fresh;
}

export const yaml = (body: string) => `name: site\n${body}\n`;
