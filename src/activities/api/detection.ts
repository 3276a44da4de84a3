import type { Fit, Size } from '../../datasets/fit.js';
import type { SplitSpec } from '../../datasets/splits/sizes.js';
import type { Counts } from '../api.js';
import type { RunBase } from './run.js';

/** What a user may ask of `detectionDataset`; what is left out comes from the configuration. */
export interface DetectionInput {
  /** URI of the CSV of boxes. */
  readonly boxes?: string;
  /** URI of the folder of images, or a configured source. */
  readonly images?: string;
  readonly destination?: string;
  readonly version?: string;
  readonly seed?: number;
  readonly splits?: SplitSpec;
  /** `all`: a label file a reader; `fused`; or the id of one reader. */
  readonly annotators?: string;
  /** URI of a CSV image_id,patient_id. */
  readonly patients?: string;
  /** URI of a CSV of the sizes that boxes were drawn on, where images were resized since. */
  readonly sizes?: string;
  readonly stratify?: boolean;
  /** Of the output; without it the pixel grid stays. */
  readonly size?: Size | number;
  readonly fit?: Fit;
  /** What happens to DICOM images that may have text about the patient in their pixels. */
  readonly burnedIn?: 'quarantine' | 'keep';
  readonly concurrency?: number;
  /** Folder below the storage root; not recorded in the catalog: what `rebuild` makes to compare. */
  readonly scratch?: string;
}

/** Everything a run uses of the configuration, read once by its first activity. */
export interface DetectionRun extends RunBase {
  readonly type: 'detectionDataset';
  readonly boxes: string;
  readonly imagesRoot: string;
  /** Root URI of the dataset: the folder above its versions. */
  readonly destination: string;
  readonly version: string;
  /** Root URI of the store that is written to, and the folder of the version in it, ending with `/`. */
  readonly output: string;
  readonly prefix: string;
  readonly scratch: boolean;
  /** Issuer of patient ids that name none. */
  readonly issuer: string;
  readonly seed: number;
  readonly splits: SplitSpec;
  readonly annotators: string;
  readonly patients: string | undefined;
  readonly sizes: string | undefined;
  readonly stratify: boolean;
  readonly size: Size | undefined;
  readonly fit: Fit;
  readonly burnedIn: 'quarantine' | 'keep';
  readonly window: 'auto' | 'percentile';
  /** YAML of the site's device rules; without it the shipped ones. */
  readonly deviceRules: string | undefined;
  readonly codeVersion: string;
}

export interface DetectionPlan {
  /** Shards of images, numbered from 0; each is of one split. */
  readonly shards: number;
  readonly images: number;
  /** Of the images and files before any of them is read. */
  readonly counts: Counts;
}

export interface DetectionShard {
  readonly done: number;
  readonly quarantined: number;
}

export interface DetectionResult {
  readonly version: string;
  /** Images of each split. */
  readonly splits: Readonly<Record<string, number>>;
  readonly agreement: {
    readonly uri: string;
    readonly readers: number;
    /** Images that all readers have read. */
    readonly n: number;
    /** Fleiss' kappa by class, over those. */
    readonly kappa: Readonly<Record<string, number | null>>;
    readonly meanIou: number | null;
  };
  readonly dataYaml: string;
  /** URI of metadata.json. */
  readonly manifest: string;
}

export interface DetectionMain {
  /** Reads the configuration, takes the dataset, records the run. @throws BAD_INPUT, SOURCE_BUSY, VERSION_EXISTS */
  openDetection(input: DetectionInput): Promise<DetectionRun>;
}

export interface DetectionIo {
  /** Reads the tables, looks at every image's head, decides the splits. @throws TABLE_INVALID, DATASET_EMPTY, SPLIT_CONFLICT */
  planDetection(run: DetectionRun): Promise<DetectionPlan>;
  /** Everything that is about all images; makes the version exist. */
  publishDetection(input: { run: DetectionRun; plan: DetectionPlan }): Promise<{
    readonly counts: Counts;
    readonly result: DetectionResult;
  }>;
  /** Takes back what was written for a version that did not come to exist. */
  dropDetection(run: DetectionRun): Promise<void>;
}

export interface DetectionCpu {
  /** Renders the images of a shard and writes them with their labels. */
  buildDetection(input: { run: DetectionRun; shard: number }): Promise<DetectionShard>;
}
