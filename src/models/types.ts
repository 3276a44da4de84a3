/** `detect`: boxes. `classify`: one of the classes (softmax). `multilabel`: each class by itself (sigmoid). */
export type ModelTask = 'detect' | 'classify' | 'multilabel';

/** How a picture becomes the input of a model. */
export interface Preparation {
  /**
   * `letterbox`: whole, padded with 114 (Ultralytics detectors); `crop`: shorter side fits, middle taken (Ultralytics
   * classifiers); `stretch`: to the size, whatever the proportions.
   */
  readonly fit: 'letterbox' | 'crop' | 'stretch';
  /** Averages where it makes smaller (Pillow, torchvision), or samples (OpenCV, Ultralytics detectors). */
  readonly antialias: boolean;
  readonly order: 'rgb' | 'bgr';
  /** Input of the network = (level 0..255 / `divisor` - `mean`) / `std`, by channel. */
  readonly divisor: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Of Ultralytics' predictor, with its defaults: 0.25, 0.7, 300. */
export interface Thresholds {
  /** Boxes of this confidence or less are left out. */
  readonly confidence: number;
  /** A box that overlaps a more confident one of its class by more than this is left out. */
  readonly iou: number;
  /** The most confident ones, at most so many an image. */
  readonly maxDetections: number;
}

export interface ModelInput {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** What a model is: from its metadata, and from whoever registers it where that is silent. */
export interface ModelDeclaration {
  readonly task: ModelTask;
  /** Names in order of their index; at least one, all different. */
  readonly classes: readonly string[];
  readonly input: ModelInput;
  readonly prepare: Preparation;
  readonly thresholds: Thresholds;
}

/** What may be declared beside the file; the file's own shapes win where they contradict: that is refused. */
export interface Declared {
  readonly task?: ModelTask | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly input?: Some<ModelInput> | undefined;
  readonly prepare?: Some<Preparation> | undefined;
  readonly thresholds?: Some<Thresholds> | undefined;
}

/** Any of the properties; undefined is as good as none. */
export type Some<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** A picture, row by row from the top left, channels interleaved (grey, or RGB). */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array | Uint16Array;
  /** The level of white: 255 for bytes and 65,535 for 16 bits unless it is known better. */
  readonly maxValue?: number | undefined;
}

export interface Box {
  readonly classId: number;
  readonly confidence: number;
  /** [x_min, y_min, x_max, y_max] in pixels of the picture, inside of it. */
  readonly bbox: readonly [number, number, number, number];
}

export interface Detections {
  /** The most confident first. */
  readonly boxes: readonly Box[];
}

export interface Scores {
  /** A probability a class, in order of the classes. */
  readonly scores: readonly number[];
}

/** The model answered with something that is no answer, on this picture. */
export interface NoPrediction {
  readonly failed: 'MODEL_OUTPUT';
}

export type Prediction = Detections | Scores | NoPrediction;

/** A picture made ready for one model, by `prepare`. */
export interface Prepared {
  /** Of the network's input, in its layout. */
  readonly tensor: Float32Array;
  /** Of the picture it was made of. */
  readonly width: number;
  readonly height: number;
}

export type Provider = 'cpu' | 'cuda';
