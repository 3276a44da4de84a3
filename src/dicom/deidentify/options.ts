/** The options of PS3.15 E.3 as a profile switches them on, with their codes (PS3.16 CID 7050). */
import { TABLE_OPTIONS, type TableOption } from './table.js';

export type Option = TableOption | 'cleanPixelData';
export const OPTIONS: readonly Option[] = [...TABLE_OPTIONS, 'cleanPixelData'];

/** What stays removed until there is a cleaner for it: choosing it would promise what is not done. */
export const NOT_OFFERED: ReadonlySet<Option> = new Set([
  'retainSafePrivate',
  'cleanStructuredContent',
  'cleanGraphics',
]);

export interface Code {
  readonly value: string;
  readonly meaning: string;
}

export const BASIC_CODE: Code = { value: '113100', meaning: 'Basic Application Confidentiality Profile' };

export const OPTION_CODES: Readonly<Record<Option, Code>> = {
  cleanPixelData: { value: '113101', meaning: 'Clean Pixel Data Option' },
  cleanGraphics: { value: '113103', meaning: 'Clean Graphics Option' },
  cleanStructuredContent: { value: '113104', meaning: 'Clean Structured Content Option' },
  cleanDescriptors: { value: '113105', meaning: 'Clean Descriptors Option' },
  retainLongitudinalFullDates: {
    value: '113106',
    meaning: 'Retain Longitudinal Temporal Information Full Dates Option',
  },
  retainLongitudinalModifiedDates: {
    value: '113107',
    meaning: 'Retain Longitudinal Temporal Information Modified Dates Option',
  },
  retainPatientCharacteristics: { value: '113108', meaning: 'Retain Patient Characteristics Option' },
  retainDeviceIdentity: { value: '113109', meaning: 'Retain Device Identity Option' },
  retainUids: { value: '113110', meaning: 'Retain UIDs Option' },
  retainSafePrivate: { value: '113111', meaning: 'Retain Safe Private Option' },
  retainInstitutionIdentity: { value: '113112', meaning: 'Retain Institution Identity Option' },
};
