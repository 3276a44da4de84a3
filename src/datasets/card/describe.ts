import type { SplitFacts } from '../version/manifest.js';

/** What the descriptions beside the shards are made of. */
export interface Described {
  readonly dataset: string;
  readonly version: string;
  /** Label of each class. */
  readonly classes: Readonly<Record<string, number>>;
  /** Rows, columns, channels of every image; undefined where they differ. */
  readonly shape: readonly [number, number, number] | undefined;
  /** The step `flatten`: tensors are declared as one row of numbers. */
  readonly flat?: boolean;
  readonly formats: readonly string[];
  readonly picture: boolean;
  /** Bins of the column `histogram`. */
  readonly histogram: number | undefined;
  /** In their order; splits without images are left out. */
  readonly splits: readonly (SplitFacts & {
    readonly name: string;
    /** Examples and bytes of each TFRecord file. */
    readonly shards: readonly { readonly examples: number; readonly bytes: number }[];
  })[];
  readonly publication: Publication;
  readonly codeVersion: string;
  readonly seed: number;
  readonly quarantined: Readonly<Record<string, number>>;
}

/** What only the owner of a dataset can say. */
export interface Publication {
  /** SPDX URL or name. */
  readonly license?: string | undefined;
  readonly url?: string | undefined;
  readonly creator?: string | undefined;
  readonly citeAs?: string | undefined;
  /** `YYYY-MM-DD`. */
  readonly datePublished?: string | undefined;
}

/** Classes by label. */
export function byLabel(classes: Described['classes']): readonly (readonly [string, number])[] {
  return Object.entries(classes).sort(([, a], [, b]) => a - b);
}

export function describedAs({ dataset, classes }: Pick<Described, 'dataset' | 'classes'>): string {
  const names = byLabel(classes).map(([name]) => name);
  return `Chest X-ray images of the dataset ${dataset}, classified as ${names.join(', ')}.`;
}
