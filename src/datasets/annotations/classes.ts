/** The classes and labels of a site, as its configuration names them. */
export interface ClassMap {
  /** By id, which is the place in the list of classes. */
  byId(id: number): KnownClass | undefined;
  /** However it is spelt: case, spaces, `_`, `-` and `/` make no difference. */
  byName(name: string): KnownClass | undefined;
}

export interface KnownClass {
  readonly name: string;
  /** Undefined for what is a label only. */
  readonly id: number | undefined;
  /** "No finding": the reader looked and found nothing; it has no box. */
  readonly isNone: boolean;
}

/**
 * @param classes names of the classes of boxes, in the order of their ids
 * @param labels further names that a label may have
 */
export function createClassMap(classes: readonly string[], labels: readonly string[]): ClassMap {
  const known = classes.map((name, id) => ({ name, id, isNone: fold(name) === 'nofinding' }));
  const names = new Map<string, KnownClass>();
  for (const name of labels)
    names.set(fold(name), { name, id: undefined, isNone: fold(name) === 'nofinding' });
  for (const entry of known) names.set(fold(entry.name), entry);
  // As they are mostly spelt: folding costs more than all else that is asked of a row.
  const spelt = new Map([...names.values()].map((entry) => [entry.name, entry]));
  return { byId: (id) => known[id], byName: (name) => spelt.get(name) ?? names.get(fold(name)) };
}

function fold(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_/-]+/gu, '');
}
