import type { Reading } from '../boxes/read-boxes.js';
import type { BoxFixes, CleanReading, LabelledBox } from '../boxes/rules.js';
import type { Placement, Size } from '../fit.js';
import type { VersionFile } from '../version/manifest.js';

/** An image as it is planned, a line of a shard. */
export interface PlannedImage {
  readonly imageId: string;
  /** Where it lies in its source, sealed (base64). */
  readonly sealedPath: string;
  readonly split: string;
  /** What may not be in two splits: the pseudonym of a patient, or of the image. */
  readonly unit: string;
  /** Pseudonym; null where the patient is unknown. */
  readonly patient: string | null;
  /** The pseudonym by which the image itself is remembered. */
  readonly imageKey: string;
  /** What the boxes were drawn on, where a table says so; otherwise the image itself. */
  readonly drawnOn?: Size;
  readonly readings: readonly Reading[];
}

/** One image file with its labels: of one reader, or of all where they are fused. */
export interface Labelled {
  /** Without extension. */
  readonly name: string;
  /** In pixels of the image as it was written. */
  readonly boxes: readonly LabelledBox[];
}

/** What became of a planned image, a line of what a shard was built into. */
export interface BuiltImage {
  readonly imageId: string;
  readonly split: string;
  readonly unit: string;
  readonly patient: string | null;
  readonly imageKey: string;
  readonly placement: Placement;
  /** SHA-256 of the picture. */
  readonly pixels: string;
  /** Bytes of the source file and their SHA-256. */
  readonly source: { readonly bytes: number; readonly sha256: string };
  /** In pixels of what the boxes were drawn on. */
  readonly readings: readonly CleanReading[];
  readonly labelled: readonly Labelled[];
  readonly files: readonly VersionFile[];
  readonly fixes: BoxFixes;
  readonly problems: readonly Problem[];
}

/** Something that is left out: an image, a file, or a row of a table. */
export interface Problem {
  readonly kind: 'image' | 'row';
  readonly code: string;
  /** '' where it has no valid one. */
  readonly imageId: string;
  /** Of the table of boxes. */
  readonly line?: number;
  /** Of an image that has one, sealed (base64). */
  readonly sealedPath?: string;
}
