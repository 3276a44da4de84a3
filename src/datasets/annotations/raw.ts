import type { Sensitive } from '../../privacy/sensitive.js';

/** The formats that are read, recognised by content. */
export type AnnotationFormat = 'boxes-csv' | 'labels-csv' | 'json' | 'json-lines' | 'coco';

/**
 * Fields of a record as they stand in a file, unchecked. A box has its corners in `box`; a label has none. Names of
 * images may be original identifiers, names of readers are people: all of it is `Sensitive` until `checkRecord`.
 */
export interface RawFields {
  readonly kind: 'label' | 'box';
  readonly image?: unknown;
  /** From 1. */
  readonly frame?: unknown;
  readonly reader?: unknown;
  readonly time?: unknown;
  readonly className?: unknown;
  readonly classId?: unknown;
  readonly value?: unknown;
  /** `[x_min, y_min, x_max, y_max]`; undefined where the record has no box. */
  readonly box?: readonly [unknown, unknown, unknown, unknown] | undefined;
  /** Pixels of the image that the record was made on, where the file says so. */
  readonly width?: unknown;
  readonly height?: unknown;
}

/** One record of a file. */
export interface RawRecord {
  /** From 1: data rows of a CSV, records of a JSON file in their order. */
  readonly position: number;
  readonly fields: Sensitive<RawFields>;
  /** What is wrong with its shape, safe to print: it cannot be read any further. */
  readonly broken?: string | undefined;
}
