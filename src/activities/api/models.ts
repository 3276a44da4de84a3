import type { Declared, ModelDeclaration, Provider, Some, Thresholds } from '../../models/types.js';
import type { RunBase } from './run.js';

/** A model as a run uses it: the same bytes from beginning to end, whatever is promoted meanwhile. */
export interface ModelInUse {
  /** `nodules@v3`; of a file that is not registered, `sha256:` and its first 12 hex digits. */
  readonly id: string;
  readonly uri: string;
  readonly sha256: string;
  /** What its file does not say. */
  readonly declared: Declared;
  readonly declaration: ModelDeclaration;
  /** Of the worker that opened it first. */
  readonly provider: Provider;
}

/** Images in the order in which they are answered. */
export type ImageList =
  | { readonly imageIds: readonly string[] }
  /** Objects (PNG, JPEG, TIFF) of a store; the id of an image is its file's name without the extension. */
  | { readonly root: string; readonly keys: readonly string[] };

export interface PredictInput {
  readonly run: Pick<RunBase, 'retry'>;
  readonly model: ModelInUse;
  readonly images: ImageList;
  /** Key of the results below the storage root: one JSON object a line, in order of the images. */
  readonly output: string;
  readonly thresholds?: Some<Thresholds>;
}

export interface PredictResult {
  readonly uri: string;
  readonly predicted: number;
  /** Images without an answer; their lines hold `error`. */
  readonly failed: number;
  readonly seconds: number;
  readonly provider: Provider;
}

/** On the gpu queue. */
export interface ModelActivities {
  /**
   * @param model `nodules` (in production), `nodules@v3`, or the URI of an ONNX file
   * @throws MODEL_UNKNOWN, MODEL_NO_PRODUCTION, MODEL_CHANGED and those of `openModel`
   */
  openModel(input: { model: string; declared?: Declared }): Promise<ModelInUse>;
  /** A bounded number of images a call: results are written when all are there. */
  predictImages(input: PredictInput): Promise<PredictResult>;
}
