import type { DicomFile } from '../dataset.js';
import type { NativeFrame } from '../frames.js';
import { FrameAttributes } from './attributes.js';
import { type ModalityTransform, modalityTransform, modalityValue } from './modality.js';
import { isPadding, type Padding, pixelPadding } from './padding.js';
import { type Presentation, presentation } from './presentation.js';
import { type Statistics, statistics } from './statistics.js';
import { countValues, storedRange } from './stored.js';
import { type View, voiViews } from './voi.js';

/** Everything that the file says about showing one monochrome frame. */
export interface GreyPipeline {
  readonly transform: ModalityTransform;
  /** Modality values that the stored range can give, whatever this frame holds. */
  readonly range: { readonly min: number; readonly max: number };
  readonly views: readonly View[];
  readonly presentation: Presentation;
  readonly padding: Padding | undefined;
  readonly modality: (stored: number) => number;
  readonly isPadding: (stored: number) => boolean;
  /** Walks all pixels: ask only where it is needed. */
  readonly statistics: () => Statistics;
}

/**
 * @param index of the frame, from 0: enhanced objects may have other values for each.
 * @throws CxrError BAD_LUT
 */
export function greyPipeline(file: DicomFile, frame: NativeFrame, index: number): GreyPipeline {
  const attributes = new FrameAttributes(file, index);
  const transform = modalityTransform(attributes, frame.signed);
  const padding = pixelPadding(attributes.top, frame);
  const modality = (stored: number) => modalityValue(transform, stored);
  const range = nominalRange(transform, frame);
  return {
    transform,
    range,
    views: voiViews(attributes, range.min < 0),
    presentation: presentation(attributes.top, frame.photometric),
    padding,
    modality,
    isPadding: (stored) => isPadding(padding, stored),
    statistics: () => statistics(countValues(frame, padding), modality),
  };
}

function nominalRange(transform: ModalityTransform, frame: NativeFrame) {
  if (transform.kind === 'lut') return { min: 0, max: 2 ** transform.lut.bits - 1 };
  const { low, high } = storedRange(frame);
  const ends = [modalityValue(transform, low), modalityValue(transform, high)];
  return { min: Math.min(...ends), max: Math.max(...ends) };
}
