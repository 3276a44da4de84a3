import type { Select } from '../../../config/schema.js';
import type { ActionCount, Review } from '../../../dicom/deidentify/deidentifier.js';
import type { PercentileStats } from '../../../imaging/black.js';

/** What is known of an image once its patient is removed: safe to store, log and count. */
export interface ImageFacts {
  readonly sopClassUid: string;
  readonly modality: string | undefined;
  readonly bodyPart: string | undefined;
  readonly viewPosition: ViewPosition;
  readonly sex: string | undefined;
  readonly age: string | undefined;
  /** `YYYYMMDD`, shifted. */
  readonly studyDate: string | undefined;
  readonly manufacturer: string | undefined;
  readonly transferSyntax: string;
  readonly photometric: string | undefined;
  readonly bitsStored: number;
}

export type ViewPosition = 'AP' | 'PA' | 'LATERAL' | 'unknown';

/** One frame, rendered. */
export interface FrameResult {
  /** From 1. */
  readonly frame: number;
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
  /** SHA-256 of the PNG, hex. */
  readonly pngHash: string;
  /** SHA-256 of the stored values and their form, hex: equal for equal pixels in any lossless syntax. */
  readonly pixelHash: string;
  /** With the largest value the picture can hold: 255, or of 16 bits. */
  readonly stats: PercentileStats & { readonly maxValue: number };
  readonly features: readonly number[];
}

export interface FilmDone {
  readonly status: 'done';
  readonly ids: {
    readonly patient: string;
    readonly patientKnown: boolean;
    readonly study: string;
    readonly series: string;
    readonly instance: string;
  };
  readonly facts: ImageFacts;
  readonly frames: readonly FrameResult[];
  /** The de-identified dataset, PS3.18 F. */
  readonly metadata: object;
  readonly review: readonly Review[];
  /** What was done to which attribute, for the report of the run. */
  readonly actions: readonly ActionCount[];
}

export interface FilmNot {
  readonly status: 'skipped' | 'ignored' | 'quarantined';
  readonly code: string;
  readonly reason: string;
}

export type FilmOutcome = FilmDone | FilmNot;

/** What a file is processed with; the same for all files of a run. */
export interface FilmSettings {
  /** Configured issuer, else the source: the domain of patient ids that name no issuer. */
  readonly issuer: string;
  readonly profileText: string;
  readonly select: Select;
  readonly bits: 8 | 16;
  readonly window: 'auto' | 'percentile';
  /** YAML of the site's device rules; without it the shipped ones. */
  readonly deviceRules?: string | undefined;
}

export interface FilmInput {
  readonly bytes: Uint8Array;
  readonly settings: FilmSettings;
}
