/** What PS3.15 E.1.1 has a de-identified object say of itself. */
import { ContextDataset } from '../context.js';
import type { Dataset, Element, Tag } from '../dataset.js';
import { BASIC_CODE, type Code, OPTION_CODES } from './options.js';
import type { Profile } from './profile.js';
import { TABLE_SOURCE } from './table.js';
import { asciiBytes } from './values.js';

/** Attributes that `marks` writes; those of the input go. */
export const MARKED: ReadonlySet<Tag> = new Set(['00120062', '00120063', '00120064', '00280303']);

/**
 * PatientIdentityRemoved, DeidentificationMethod and its code sequence (CID 7050), and
 * LongitudinalTemporalInformationModified.
 *
 * @param epoch public id of the pseudonym key: a new key makes new pseudonyms, and this tells them apart
 */
export function marks(profile: Profile, epoch: string, parent: ContextDataset): readonly Element[] {
  const value = (tag: Tag, vr: string, text: string): Element => ({
    kind: 'value',
    tag,
    vr,
    bytes: asciiBytes(text),
  });
  const item = (code: Code): Dataset =>
    new ContextDataset(
      { littleEndian: parent.context.littleEndian, parent },
      [
        value('00080100', 'SH', code.value),
        value('00080102', 'SH', 'DCM'),
        value('00080104', 'LO', code.meaning),
      ].map((element) => [element.tag, element]),
    );
  return [
    value('00120062', 'CS', 'YES'),
    value('00120063', 'LO', method(profile, epoch)),
    { kind: 'sequence', tag: '00120064', vr: 'SQ', items: appliedCodes(profile).map(item) },
    value('00280303', 'CS', temporal(profile)),
  ];
}

/** The codes of CID 7050 that are true of a profile. */
export function appliedCodes(profile: Profile): readonly Code[] {
  const options = [...profile.options];
  // Sex and age in bands are patient characteristics, though not all of them.
  if (profile.sexAndAge === 'bands' && !profile.options.has('retainPatientCharacteristics'))
    options.push('retainPatientCharacteristics');
  const codes = options.map((option) => OPTION_CODES[option]);
  return [BASIC_CODE, ...codes.sort((a, b) => (a.value < b.value ? -1 : 1))];
}

/** Three values of LO, 64 characters each. */
function method(profile: Profile, epoch: string): string {
  const edition = /edition (\d{4}\w)/.exec(TABLE_SOURCE)?.[1] ?? '';
  return [
    `cxrflow profile ${profile.name} ${profile.hash}`,
    `DICOM PS3.15 ${edition} table E.1-1`,
    `key epoch ${epoch.slice(0, 48)}`,
  ].join('\\');
}

function temporal(profile: Profile): 'UNMODIFIED' | 'MODIFIED' | 'REMOVED' {
  if (profile.options.has('retainLongitudinalFullDates')) return 'UNMODIFIED';
  return profile.options.has('retainLongitudinalModifiedDates') ? 'MODIFIED' : 'REMOVED';
}
