/** The classes of VinDr-CXR, in the order of their ids; 14 is "No finding". */
export const VINDR_CLASSES = [
  'Aortic enlargement',
  'Atelectasis',
  'Calcification',
  'Cardiomegaly',
  'Consolidation',
  'ILD',
  'Infiltration',
  'Lung Opacity',
  'Nodule/Mass',
  'Other lesion',
  'Pleural effusion',
  'Pleural thickening',
  'Pneumothorax',
  'Pulmonary fibrosis',
] as const;
const VINDR_NO_FINDING = 14;

/** Highest id of a class: trainers want all from 0 on, so one odd id would make a list of its length. */
export const MAX_CLASS_ID = 999;

/** Names of the classes; the place of a name is the id of its class. */
export type ClassMap = readonly string[];

/** "No finding" is no class of the output: it says that a reader looked and found nothing. */
export function isNoFinding(name: string, id: number | undefined): boolean {
  return /^no[ _-]?findings?$/i.test(name) || (name === '' && id === VINDR_NO_FINDING);
}

/**
 * The names of all classes from id 0 to the highest. Ids are those of the table, so that labels of two versions
 * mean the same; trainers refuse gaps, so a class that does not occur gets VinDr's name where all that occur
 * agree with VinDr, `unused_<id>` otherwise.
 */
export function classMap(names: ReadonlyMap<number, string>): ClassMap {
  const isVindr = [...names].every(([id, name]) => VINDR_CLASSES[id] === name);
  if (isVindr) return VINDR_CLASSES;
  const length = Math.max(-1, ...names.keys()) + 1;
  return Array.from({ length }, (_, id) => names.get(id) ?? `unused_${id}`);
}
