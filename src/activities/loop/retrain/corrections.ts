import { type Box, boxes, type Label, labels } from '../../../catalog/annotations.js';
import { fuse } from '../../../datasets/boxes/fusion.js';
import type { CleanReading, LabelledBox } from '../../../datasets/boxes/rules.js';
import type { Finding } from '../../../models/feedback/types.js';
import type { Deps } from '../../deps.js';

/** What radiologists say of an image, by the classes of the dataset; `undefined` where they said nothing of them. */
export type Corrections = ReadonlyMap<string, (predictions: readonly Finding[]) => readonly Finding[]>;

/**
 * Corrections by image id. Boxes are the whole truth about an image: those of several readers are fused. Labels of the
 * whole image change what the model said: a class that is absent goes, one that is present is there.
 */
export async function correctionsOf(
  { catalog: { db } }: Deps,
  classes: readonly string[],
  imageIds: readonly string[],
): Promise<Corrections> {
  const drawn = groupBy(await boxes(db, { imageIds }));
  const said = groupBy(await labels(db, { imageIds }));
  const corrections = new Map<string, (predictions: readonly Finding[]) => readonly Finding[]>();
  for (const [imageId, all] of said) {
    const changes = all.flatMap(({ label, value }) => {
      const classId = classOf(classes, label, null);
      return classId === undefined || (value !== 0 && value !== 1) ? [] : [{ classId, present: value === 1 }];
    });
    if (changes.length > 0) corrections.set(imageId, (predictions) => relabelled(predictions, changes));
  }
  for (const [imageId, all] of drawn) {
    const truth = truthOf(classes, all);
    if (truth) corrections.set(imageId, () => truth);
  }
  return corrections;
}

function relabelled(
  predictions: readonly Finding[],
  changes: readonly { readonly classId: number; readonly present: boolean }[],
): readonly Finding[] {
  const absent = new Set(changes.filter((c) => !c.present).map((c) => c.classId));
  const kept = predictions.filter(({ classId }) => !absent.has(classId));
  const there = new Set(kept.map(({ classId }) => classId));
  const added = new Set(
    changes.filter((c) => c.present && !absent.has(c.classId) && !there.has(c.classId)).map((c) => c.classId),
  );
  return [...kept, ...[...added].map((classId) => ({ classId, confidence: 1, bbox: null }))];
}

/** Undefined where a box is of a class that the dataset does not have: what is there is then not known whole. */
function truthOf(classes: readonly string[], all: readonly Box[]): readonly Finding[] | undefined {
  const readings = new Map<string, LabelledBox[]>();
  for (const { className, classId: given, box, reader } of all) {
    const boxesOf = readings.get(reader ?? '') ?? [];
    readings.set(reader ?? '', boxesOf);
    if (box === null) continue;
    const classId = classOf(classes, className, given);
    if (classId === undefined) return undefined;
    boxesOf.push({ classId, box });
  }
  const readers = [...readings].sort(([a], [b]) => (a < b ? -1 : 1));
  const cleaned = readers.map(([reader, list]) => ({ reader, boxes: list }) as CleanReading);
  const found = cleaned.length > 1 ? fuse(cleaned) : (cleaned[0]?.boxes ?? []);
  return found.map(({ classId, box }) => ({ classId, confidence: 1, bbox: box }));
}

/** By name, since ids of two lists of classes may mean different things. */
function classOf(classes: readonly string[], name: string, id: number | null): number | undefined {
  const byName = classes.findIndex((c) => c.toLowerCase() === name.toLowerCase());
  if (byName >= 0) return byName;
  return id !== null && name === '' && id < classes.length ? id : undefined;
}

function groupBy<T extends Box | Label>(rows: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.imageId) ?? [];
    group.push(row);
    groups.set(row.imageId, group);
  }
  return groups;
}
