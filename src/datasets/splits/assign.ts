import { createHash } from 'node:crypto';
import { type SplitSpec, splitSizes } from './sizes.js';

/** What goes into one split as a whole: a patient, or an image whose patient is unknown. */
export interface Unit {
  readonly id: string;
  /** How many images it has. */
  readonly images: number;
  /** Classes on its images, each with the number of images it is on. Looked at where the splits are stratified. */
  readonly classes: ReadonlyMap<string, number>;
}

export interface AssignOptions {
  readonly splits: SplitSpec;
  /** The same seed and units give the same splits, in whatever order the units come. */
  readonly seed: number;
  /** Keep the share of every class about the same in all splits. */
  readonly stratify: boolean;
  /** Splits of units that an earlier version had, among `splits`: they keep them. */
  readonly remembered?: ReadonlyMap<string, string>;
}

/**
 * Puts every unit into a split: shuffled by a seeded hash of its id, units of many images first, each into the
 * split that lacks most in proportion and has room for it. Sizes are exact where every unit has one image, and as
 * near as the units allow otherwise.
 *
 * Stratified: the iterative stratification of Sechidis, Tsoumakas and Vlahavas (ECML PKDD 2011), by units: again
 * and again the rarest class that is left is dealt out, each of its units to the split that wants most of it.
 *
 * @returns the split of each unit
 */
export function assignSplits(units: readonly Unit[], options: AssignOptions): ReadonlyMap<string, string> {
  const { splits, seed, remembered } = options;
  const table = new Table(splits, units);
  const assigned = new Map<string, string>();
  const fresh: Unit[] = [];
  for (const unit of units) {
    const kept = remembered?.get(unit.id);
    if (kept === undefined) fresh.push(unit);
    else {
      assigned.set(unit.id, kept);
      table.take(kept, unit);
    }
  }
  const shuffled = fresh
    .map((unit) => ({ unit, order: hashOrder(seed, unit.id) }))
    .sort((a, b) => b.unit.images - a.unit.images || (a.order < b.order ? -1 : 1))
    .map(({ unit }) => unit);
  const put = (unit: Unit, split: string) => {
    assigned.set(unit.id, split);
    table.take(split, unit);
  };
  if (options.stratify) dealByClass(shuffled, table, put);
  else for (const unit of shuffled) put(unit, table.split(unit));
  return assigned;
}

/** How much each split still lacks, of images and of each class. */
class Table {
  readonly #names: readonly string[];
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #left: Map<string, number>;
  readonly #classes = new Map<string, Map<string, number>>();

  constructor(splits: SplitSpec, units: readonly Unit[]) {
    const total = units.reduce((sum, { images }) => sum + images, 0);
    const sizes = splitSizes(splits, total);
    this.#names = Object.keys(sizes);
    this.#sizes = new Map(Object.entries(sizes));
    this.#left = new Map(this.#sizes);
    const counts = new Map<string, number>();
    for (const { classes } of units)
      for (const [label, n] of classes) counts.set(label, (counts.get(label) ?? 0) + n);
    for (const [label, n] of counts)
      this.#classes.set(
        label,
        new Map(this.#names.map((name) => [name, (n * (sizes[name] ?? 0)) / Math.max(1, total)])),
      );
  }

  take(split: string, { images, classes }: Unit): void {
    this.#left.set(split, this.#lack(split) - images);
    for (const [label, n] of classes) {
      const wanted = this.#classes.get(label);
      wanted?.set(split, (wanted.get(split) ?? 0) - n);
    }
  }

  /** The split for a unit: of those with room the one that wants `label` most, then that lacks most in proportion. */
  split({ images }: Unit, label?: string): string {
    const roomy = this.#names.filter((name) => this.#lack(name) >= images);
    // Where no split has room, the one that lacks most is overfilled least.
    if (roomy.length === 0) return this.#most(this.#names, (name) => this.#lack(name));
    const wanted = label === undefined ? undefined : this.#classes.get(label);
    const keen = wanted ? this.#mostAll(roomy, (name) => wanted.get(name) ?? 0) : roomy;
    // The quotient of Webster and Sainte-Laguë: units of many images fall on the splits by their sizes.
    const taken = (name: string) => (this.#sizes.get(name) ?? 0) - this.#lack(name);
    return this.#most(keen, (name) => (this.#sizes.get(name) ?? 0) / Math.max(0.5, taken(name) + images / 2));
  }

  #lack(split: string): number {
    return this.#left.get(split) ?? 0;
  }

  #most(names: readonly string[], value: (name: string) => number): string {
    return names.reduce((best, name) => (value(name) > value(best) ? name : best));
  }

  #mostAll(names: readonly string[], value: (name: string) => number): readonly string[] {
    const most = Math.max(...names.map(value));
    return names.filter((name) => value(name) > most - 1e-9);
  }
}

function dealByClass(units: readonly Unit[], table: Table, put: (unit: Unit, split: string) => void): void {
  const byClass = new Map<string, Set<Unit>>();
  for (const unit of units)
    for (const label of unit.classes.keys()) byClass.set(label, (byClass.get(label) ?? new Set()).add(unit));
  while (byClass.size > 0) {
    const rarest = [...byClass].reduce((best, next) =>
      next[1].size < best[1].size || (next[1].size === best[1].size && next[0] < best[0]) ? next : best,
    );
    const [label, left] = rarest;
    for (const unit of [...left]) {
      put(unit, table.split(unit, label));
      for (const other of unit.classes.keys()) byClass.get(other)?.delete(unit);
    }
    byClass.delete(label);
    for (const [name, rest] of byClass) if (rest.size === 0) byClass.delete(name);
  }
  for (const unit of units) if (unit.classes.size === 0) put(unit, table.split(unit));
}

function hashOrder(seed: number, id: string): string {
  return createHash('sha256').update(`${seed}/${id}`).digest('hex');
}
