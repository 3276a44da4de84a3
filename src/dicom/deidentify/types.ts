/**
 * Attribute types (PS3.5 7.4) of those attributes in the CR, DX and SC Image IODs whose action in table E.1-1 depends
 * on them, and what the compound actions come down to (PS3.15 table E.1-1a).
 */
import type { Tag } from '../dataset.js';
import type { BasicAction } from './table.js';

export type AttributeType = 1 | 2 | 3;
type Iod = 'CR' | 'DX' | 'SC';

const IODS: Readonly<Record<string, Iod>> = {
  '1.2.840.10008.5.1.4.1.1.1': 'CR',
  '1.2.840.10008.5.1.4.1.1.1.1': 'DX',
  '1.2.840.10008.5.1.4.1.1.1.1.1': 'DX',
  '1.2.840.10008.5.1.4.1.1.7': 'SC',
  '1.2.840.10008.5.1.4.1.1.7.1': 'SC',
  '1.2.840.10008.5.1.4.1.1.7.2': 'SC',
  '1.2.840.10008.5.1.4.1.1.7.3': 'SC',
  '1.2.840.10008.5.1.4.1.1.7.4': 'SC',
};

/** Conditional types (1C, 2C) count as their number: their condition may hold. */
const TYPES: Readonly<Record<Tag, AttributeType | Readonly<Record<Iod, AttributeType>>>> = {
  // SOP Common, General Study, General Series, DX Series
  '00080012': 3,
  '00080013': 3,
  '00080021': 3,
  '00080031': 3,
  '00081110': 3,
  '00081111': { CR: 3, DX: 1, SC: 3 },
  '00081070': 3,
  '00081072': 3,
  '00181030': 3,
  '00321060': 3,
  // General Image, General Acquisition, General Reference
  '00080022': 3,
  '00080032': 3,
  '0008002a': 3,
  '00080023': 2,
  '00080033': 2,
  '00081140': 3,
  '00082112': 3,
  // General Equipment
  '00080080': 3,
  '00080082': 3,
  '00081010': 3,
  '00181000': 3,
  // Patient, Contrast/Bolus, CR and DX Image, DX Detector, Acquisition Context
  '00102203': 2,
  '00180010': 2,
  '00181400': 3,
  '0018700a': 3,
  '0018700c': 3,
  '0018700e': 3,
  '00400555': 2,
};

/** The type of a top-level attribute in an object of a SOP class; undefined where this table does not know. */
export function typeOf(tag: Tag, sopClass: string): AttributeType | undefined {
  const iod = IODS[sopClass];
  const type = iod === undefined ? undefined : TYPES[tag];
  return typeof type === 'object' && iod !== undefined ? type[iod] : (type as AttributeType | undefined);
}

export type SimpleAction = 'X' | 'Z' | 'D' | 'U' | 'U*';

/** One action of a compound one. Type unknown: the last, which keeps any object valid. */
export function resolveAction(action: BasicAction, type: AttributeType | undefined): SimpleAction {
  const choices = action.split('/') as SimpleAction[];
  const wanted: SimpleAction[] = type === 3 ? ['X', 'Z'] : type === 2 ? ['Z'] : [];
  return wanted.find((choice) => choices.includes(choice)) ?? choices.at(-1) ?? 'X';
}
