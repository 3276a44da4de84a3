/** What a training is given and gives back, whoever does it: a command of the site, or the built-in trainer. */

/** The parameter file, `params.json`: version 1 of the protocol of docs/retraining.md. */
export interface TrainingParams {
  readonly protocol: 1;
  readonly seed: number;
  /** Names of the classes, by class id. */
  readonly classes: readonly string[];
  /** Names of the dataset and of its version, for the card of the model. */
  readonly dataset: string;
  readonly version: string;
  /** ONNX file of the model in production, to start from or to compare with; null where there is none. */
  readonly baseModel: string | null;
  /** What the configuration and the run's input say for this trainer: `epochs`, `imgsz`, ... */
  readonly params: Readonly<Record<string, unknown>>;
}

/** How far a training is. Numbers only: it becomes a heartbeat, and so part of the history. */
export interface TrainingProgress {
  /** Epochs (or rounds) done, and of how many; 0 where the trainer does not say. */
  readonly epoch: number;
  readonly epochs: number;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface Trained {
  /** Path of the ONNX file, inside the output folder. */
  readonly model: string;
  /** What the trainer measured by itself; kept in the model's card, and never what decides on promotion. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Trains a model.
 *
 * @param datasetDir holds `data.yaml` and the splits `training`, `retrain` and `validation`, each with `images/`
 * (PNG) and `labels/` (YOLO: `class x_center y_center width height`, normalised; a label of the whole image is
 * `class 0.5 0.5 1 1`). It must not be written to
 * @param outDir for the model and for checkpoints; what lies there from an interrupted training is gone on from
 * @param signal aborts: the training ends as soon as it can
 */
export type Train = (
  datasetDir: string,
  params: TrainingParams,
  outDir: string,
  onProgress: (progress: TrainingProgress) => void,
  signal: AbortSignal,
) => Promise<Trained>;
