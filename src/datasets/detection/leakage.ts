import type { BuiltImage } from './records.js';

/** That no patient and no image is in two splits, counted from what was written; `splits.csv` lets anyone count again. */
export interface LeakageProof {
  readonly patients: number;
  /** Images whose patient is unknown: each was split by itself. */
  readonly imagesOfUnknownPatients: number;
  readonly patientsInTwoSplits: number;
  readonly imagesInTwoSplits: number;
  /** Pictures of equal pixels in different splits: one film under two ids. A warning: their ids say otherwise. */
  readonly equalPicturesInTwoSplits: number;
}

/** What is kept of each image: where it and its patient are. */
export class LeakageBuilder {
  readonly #units = new Map<string, string>();
  readonly #patients = new Set<string>();
  readonly #images = new Map<string, string>();
  readonly #pixels = new Map<string, string>();
  #unknown = 0;
  readonly #torn = { units: new Set<string>(), images: 0, pixels: new Set<string>() };

  add({ unit, patient, imageId, split, pixels }: BuiltImage): void {
    if (patient === null) this.#unknown += 1;
    else this.#patients.add(patient);
    if ((this.#units.get(unit) ?? split) !== split) this.#torn.units.add(unit);
    this.#units.set(unit, split);
    if ((this.#images.get(imageId) ?? split) !== split) this.#torn.images += 1;
    this.#images.set(imageId, split);
    if ((this.#pixels.get(pixels) ?? split) !== split) this.#torn.pixels.add(pixels);
    this.#pixels.set(pixels, split);
  }

  /** @throws Error where a patient or image leaked: a fault of this program, and such a version must not exist */
  result(): LeakageProof {
    const { units, images, pixels } = this.#torn;
    if (units.size > 0 || images > 0) throw new Error('an image or patient is in two splits');
    return {
      patients: this.#patients.size,
      imagesOfUnknownPatients: this.#unknown,
      patientsInTwoSplits: units.size,
      imagesInTwoSplits: images,
      equalPicturesInTwoSplits: pixels.size,
    };
  }
}
