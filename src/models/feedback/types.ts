/** [x_min, y_min, x_max, y_max] in pixels of the original image. */
export type Bbox = readonly [number, number, number, number];

/** One thing that a model (or a reader) says about an image. `bbox` null: about the image as a whole. */
export interface Finding {
  readonly classId: number;
  /** 0 to 1. */
  readonly confidence: number;
  readonly bbox: Bbox | null;
}

/** What a model said about one image. */
export interface Feedback {
  readonly imageId: string;
  readonly modelVersion: string | null;
  /** ISO time. */
  readonly timestamp: string | null;
  readonly predictions: readonly Finding[];
}

/** What has to be known of an image to judge feedback on it. */
export interface ImageFacts {
  /** Of the original image, pixels. */
  readonly width: number;
  readonly height: number;
}
