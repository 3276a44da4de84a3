/** What is known of a set of images before a dataset is written from it. Says nothing of when or by whom. */
export interface Preflight {
  readonly schema: 'cxrflow/preflight/1';
  readonly dataset: string;
  readonly version: string;
  /** False where leakage was found that nothing was said about. */
  readonly ok: boolean;
  readonly counts: {
    readonly found: number;
    readonly images: number;
    readonly ignored: number;
    readonly quarantined: number;
    /** Left out by `leakage: drop`. */
    readonly dropped: number;
  };
  readonly quarantined: Readonly<Record<string, number>>;
  /** Images by class, by split. */
  readonly classBalance: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By `width x height` of the files, the most frequent first; the rest together. */
  readonly sizes: readonly { readonly size: string; readonly images: number }[];
  readonly width: Range;
  readonly height: Range;
  readonly formats: Readonly<Record<string, number>>;
  readonly bits: Readonly<Record<string, number>>;
  readonly views: Readonly<Record<string, number>>;
  readonly patients: {
    readonly known: number;
    readonly acrossSplits: number;
    readonly imagesWithout: number;
  };
  /** Files with the same bytes. */
  readonly duplicates: {
    /** Groups of equal files, and images in them beyond the first. */
    readonly withinSplits: number;
    readonly acrossSplits: number;
    /** Equal files in two classes. */
    readonly conflictingLabels: number;
  };
  /** Pairs that look alike and are not the same file: to be looked at, no reason to stop. */
  readonly alike: { readonly withinSplits: number; readonly acrossSplits: number };
  /** The first of each kind, by image id. */
  readonly examples: {
    readonly duplicates: readonly Example[];
    readonly alike: readonly Example[];
    readonly patients: readonly { readonly patient: string; readonly splits: readonly string[] }[];
  };
  readonly leakage: { readonly policy: string; readonly found: number };
  readonly warnings: readonly string[];
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Two images, and where they are. */
export type Example = readonly {
  readonly imageId: string;
  readonly split: string;
  readonly class: string;
}[];
