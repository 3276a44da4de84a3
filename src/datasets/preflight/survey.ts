import { hash as digest } from 'node:crypto';
import { ExternalSort } from '../external-sort.js';
import { ALIKE_BITS, bandsOf, bitsOf, distance } from './looks.js';
import type { Example, Preflight, Range } from './report.js';

/** An image as the survey sees it. */
export interface Surveyed {
  readonly imageId: string;
  readonly split: string;
  readonly class: string;
  /** SHA-256 of the file. */
  readonly hash: string;
  readonly looks: string;
  readonly patient?: string | undefined;
  readonly view?: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly format: string;
}

type Seen = Example[number];
type Looked = Seen & { readonly index: number; readonly looks: string; readonly hash: string };

/** Examples of each kind that a report names. */
const NAMED = 20;
const SIZES = 10;
/** Alike pictures are looked for among so many neighbours in a band: a thousand blank ones are not a million pairs. */
const NEIGHBOURS = 8;
/** Pairs beyond these are not counted. */
const MOST_PAIRS = 100_000;
/** Two numbers of images fit into one that is exact. */
const MOST_IMAGES = 2 ** 26;
/** Digits of a hash that bring a band's pictures together. */
const SPREAD = 16;
/** A band of flat ground, which every film has. */
const FLAT = /^0+$/;
/** What stays where an image is in several splits: what a model is judged by matters most. */
const KEPT_FIRST = ['test', 'val', 'train'];

export interface Findings {
  readonly duplicates: Preflight['duplicates'];
  readonly alike: Preflight['alike'];
  readonly patients: Preflight['patients'];
  readonly examples: Preflight['examples'];
  /** Images, or patients, in more than one split. */
  readonly leaks: number;
  /** Images that have to go for no leak to be left. */
  readonly drops: ReadonlySet<string>;
}

/** Takes one image after the other, in bounded memory, and says what is odd about them all. */
export class Survey {
  readonly #byHash = new ExternalSort<Seen>();
  readonly #byBand = new ExternalSort<{ readonly band: string; readonly image: Looked }>();
  readonly #byPatient = new ExternalSort<Seen & { readonly patient: string }>();
  readonly #sizes = new Map<string, number>();
  readonly #tallies = {
    formats: new Map<string, number>(),
    bits: new Map<string, number>(),
    views: new Map<string, number>(),
  };
  readonly #balance: Record<string, Record<string, number>> = {};
  #width: Range | undefined;
  #height: Range | undefined;
  #without = 0;
  images = 0;

  /** @param splits and classes that are counted, also where there is none */
  constructor(splits: readonly string[], classes: readonly string[]) {
    for (const split of splits) this.#balance[split] = Object.fromEntries(classes.map((name) => [name, 0]));
  }

  async add(image: Surveyed): Promise<void> {
    const { imageId, split, class: name, hash, looks, patient } = image;
    this.images += 1;
    const counts = this.#balance[split] ?? {};
    counts[name] = (counts[name] ?? 0) + 1;
    this.#balance[split] = counts;
    count(this.#sizes, `${image.width} x ${image.height}`);
    count(this.#tallies.formats, image.format);
    count(this.#tallies.bits, String(image.bits));
    count(this.#tallies.views, image.view ?? 'unknown');
    this.#width = widened(this.#width, image.width);
    this.#height = widened(this.#height, image.height);
    const seen = { imageId, split, class: name };
    await this.#byHash.add(hash, seen);
    const looked = { ...seen, index: this.images, looks, hash };
    for (const [place, digits] of bandsOf(looks).entries()) {
      if (FLAT.test(digits)) continue;
      const band = `${place}-${digits}`;
      await this.#byBand.add(sha256(band).slice(0, SPREAD) + looks + imageId, { band, image: looked });
    }
    if (patient === undefined) this.#without += 1;
    else await this.#byPatient.add(sha256(patient), { ...seen, patient });
  }

  /** What can be said of each image by itself. */
  facts(): Pick<Preflight, 'classBalance' | 'sizes' | 'width' | 'height' | 'formats' | 'bits' | 'views'> {
    const sizes = [...this.#sizes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const rest = sizes.slice(SIZES).reduce((sum, [, images]) => sum + images, 0);
    const sorted = (tally: ReadonlyMap<string, number>) =>
      Object.fromEntries([...tally].sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      classBalance: this.#balance,
      sizes: [
        ...sizes.slice(0, SIZES).map(([size, images]) => ({ size, images })),
        ...(rest > 0 ? [{ size: 'others', images: rest }] : []),
      ],
      width: this.#width ?? { min: 0, max: 0 },
      height: this.#height ?? { min: 0, max: 0 },
      formats: sorted(this.#tallies.formats),
      bits: sorted(this.#tallies.bits),
      views: sorted(this.#tallies.views),
    };
  }

  /** What shows only when images are compared. */
  async findings(): Promise<Findings> {
    const drops = new Set<string>();
    const duplicates = { withinSplits: 0, acrossSplits: 0, conflictingLabels: 0 };
    const named: {
      duplicates: Example[];
      alike: Example[];
      patients: { patient: string; splits: string[] }[];
    } = {
      duplicates: [],
      alike: [],
      patients: [],
    };
    let leaks = 0;
    for await (const { values } of this.#byHash.groups()) {
      if (values.length === 1) continue;
      // They came in the order of a listing, which is another in every store.
      values.sort((a, b) => (a.imageId < b.imageId ? -1 : 1));
      const splits = splitsOf(values);
      duplicates.withinSplits += values.length - splits.length;
      duplicates.acrossSplits += splits.length - 1;
      if (new Set(values.map((image) => image.class)).size > 1) duplicates.conflictingLabels += 1;
      if (splits.length > 1) {
        leaks += 1;
        drop(values, splits, drops);
      }
      if (named.duplicates.length < NAMED) named.duplicates.push(values.slice(0, 4));
    }
    let known = 0;
    let acrossSplits = 0;
    for await (const { values } of this.#byPatient.groups()) {
      known += 1;
      const splits = splitsOf(values);
      if (splits.length === 1) continue;
      acrossSplits += 1;
      leaks += 1;
      drop(values, splits, drops);
      if (named.patients.length < NAMED) named.patients.push({ patient: values[0]?.patient ?? '', splits });
    }
    const alike = await this.#alike(named.alike);
    const patients = { known, acrossSplits, imagesWithout: this.#without };
    return { duplicates, alike, patients, examples: named, leaks, drops };
  }

  async #alike(named: Example[]): Promise<Preflight['alike']> {
    const alike = { withinSplits: 0, acrossSplits: 0 };
    const pairs = new Set<number>();
    let before: { readonly image: Looked; readonly band: string; readonly bits: Uint32Array }[] = [];
    for await (const entries of this.#byBand.pieces())
      for (const { value } of entries) {
        const { image: b, band } = value;
        const bits = bitsOf(b.looks);
        if (before[0]?.band !== band) before = [];
        for (const { image: a, bits: others } of before) {
          if (a.hash === b.hash || distance(bits, others) > ALIKE_BITS) continue;
          const pair = Math.min(a.index, b.index) * MOST_IMAGES + Math.max(a.index, b.index);
          if (pairs.has(pair) || pairs.size >= MOST_PAIRS) continue;
          pairs.add(pair);
          alike[a.split === b.split ? 'withinSplits' : 'acrossSplits'] += 1;
          if (named.length < NAMED) named.push([seenOf(a), seenOf(b)]);
        }
        if (before.push({ ...value, bits }) > NEIGHBOURS) before.shift();
      }
    return alike;
  }

  async close(): Promise<void> {
    await Promise.all([this.#byHash.close(), this.#byBand.close(), this.#byPatient.close()]);
  }
}

function splitsOf(images: readonly Seen[]): string[] {
  return [...new Set(images.map(({ split }) => split))].sort();
}

function drop(images: readonly Seen[], splits: readonly string[], drops: Set<string>): void {
  const kept = KEPT_FIRST.find((split) => splits.includes(split));
  for (const { imageId, split } of images) if (split !== kept) drops.add(imageId);
}

const seenOf = ({ imageId, split, class: name }: Seen): Seen => ({ imageId, split, class: name });

function count(tally: Map<string, number>, key: string): void {
  tally.set(key, (tally.get(key) ?? 0) + 1);
}

function widened(range: Range | undefined, value: number): Range {
  return { min: Math.min(range?.min ?? value, value), max: Math.max(range?.max ?? value, value) };
}

function sha256(text: string): string {
  return digest('sha256', text);
}
