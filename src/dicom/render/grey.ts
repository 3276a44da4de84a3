import type { DicomFile } from '../dataset.js';
import type { NativeFrame } from '../frames.js';
import { chooseVoi, minimumToMaximum } from './choose-voi.js';
import { type GreyPipeline, greyPipeline } from './grey-pipeline.js';
import { present } from './presentation.js';
import type { Statistics } from './statistics.js';
import { applyToStored, type Samples } from './table.js';
import type { Rendered, RenderOptions } from './types.js';
import { type Voi, voiValue, type Window } from './voi.js';

/** Padding is shown as the background of a light box's opposite: black, whatever the polarity. */
const BACKGROUND = 0;
const TOP_16 = 65_535;

export type Unsized = { readonly samples: Samples } & Pick<Rendered, 'maxValue' | 'window' | 'modality'>;

/** A monochrome frame through the grayscale pipeline (PS3.4 N.2.1), at its own size. */
export function renderGrey(
  file: DicomFile,
  frame: NativeFrame,
  options: RenderOptions,
  index: number,
): Unsized {
  const pipeline = greyPipeline(file, frame, index);
  if (options.bits === 16) {
    return options.stretch === true ? stretched(frame, pipeline, options) : integerValues(frame, pipeline);
  }
  const voi = chooseVoi(options.window, pipeline.views, pipeline.statistics);
  const { presentation } = pipeline;
  const samples = applyToStored(frame, 8, (stored) =>
    pipeline.isPadding(stored)
      ? BACKGROUND
      : present(presentation, voiValue(voi, pipeline.modality(stored)), 255),
  );
  return { samples, maxValue: 255, ...windowOf(voi) };
}

/** The window over all of 16 bits; the polarity is corrected, a Presentation LUT is for displays and not applied. */
function stretched(frame: NativeFrame, pipeline: GreyPipeline, { window }: RenderOptions): Unsized {
  const voi =
    window === 'auto'
      ? minimumToMaximum(pipeline.statistics())
      : chooseVoi(window, pipeline.views, pipeline.statistics);
  const polarity = { inverted: pipeline.presentation.inverted };
  const samples = applyToStored(frame, 16, (stored) =>
    pipeline.isPadding(stored)
      ? BACKGROUND
      : present(polarity, voiValue(voi, pipeline.modality(stored)), TOP_16),
  );
  return { samples, maxValue: TOP_16, ...windowOf(voi) };
}

/** Modality values as whole numbers from 0, not scaled; every distinct value stays distinct (see `stepOf`). */
function integerValues(frame: NativeFrame, pipeline: GreyPipeline): Unsized {
  const { min, max } = pipeline.statistics();
  const step = stepOf(frame, pipeline, { min, max });
  const from = step === 1 ? Math.round(min) : min;
  const top = Math.round((step === 1 ? Math.round(max) - from : max - from) / step);
  const { inverted } = pipeline.presentation;
  const samples = applyToStored(frame, 16, (stored) => {
    if (pipeline.isPadding(stored)) return BACKGROUND;
    const modality = pipeline.modality(stored);
    const value = step === 1 ? Math.round(modality) - from : Math.round((modality - from) / step);
    const inside = Math.min(top, Math.max(0, value));
    return inverted ? top - inside : inside;
  });
  const modality = inverted ? { from: from + top * step, step: -step } : { from, step };
  return { samples, maxValue: Math.max(1, top), modality };
}

/**
 * The modality values that one step of 16-bit output stands for: 1, unless that would merge distinct values
 * (a fractional slope) or not fit; then the slope, one step a stored value; then, for samples of more than 16
 * bits, what fits.
 */
function stepOf(
  frame: NativeFrame,
  pipeline: GreyPipeline,
  { min, max }: Pick<Statistics, 'min' | 'max'>,
): number {
  const { transform } = pipeline;
  const whole =
    frame.words !== undefined || !(frame.data instanceof Float32Array || frame.data instanceof Float64Array);
  const slope = transform.kind === 'rescale' ? Math.abs(transform.slope) : 1;
  if (whole && slope >= 1 && Math.round(max) - Math.round(min) <= TOP_16) return 1;
  if (whole && (max - min) / slope <= TOP_16 + 0.5) return slope;
  return (max - min) / TOP_16 || 1;
}

/** Minimum to maximum is the LINEAR_EXACT window around the middle (PS3.3 C.11.2.1.3.2). */
function windowOf(voi: Voi): { readonly window?: Window } {
  if (voi.kind === 'lut') return {};
  if (voi.kind === 'window')
    return { window: { center: voi.center, width: voi.width, function: voi.function } };
  const { min, max } = voi;
  return { window: { center: (min + max) / 2, width: max - min, function: 'LINEAR_EXACT' } };
}
