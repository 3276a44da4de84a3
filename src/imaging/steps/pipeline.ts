import type { Wanted } from '../read/small-jpeg.js';
import { type AugmentOptions, augment, changeOf } from './augment.js';
import { toColour } from './colour.js';
import { type DenoiseOptions, denoise } from './denoise.js';
import { type HistogramOptions, histogram } from './histogram.js';
import type { Memory } from './memory.js';
import { type Moments, momentsOf } from './moments.js';
import { type NormaliseOptions, normalise } from './normalise.js';
import { type Decoded, type Picture, pictureOf, type Size } from './picture.js';
import { placeOf, type ResizeOptions, resize } from './resize.js';

type Switched<Options> = Options & { readonly enabled: boolean };

/** The steps of `config/pipeline_config.yaml` that work on one image; `flatten` and `batch` concern how it is written. */
export interface Steps {
  readonly order: readonly string[];
  readonly resize: Switched<ResizeOptions & { readonly fastDecode: boolean }>;
  readonly normalise: Switched<NormaliseOptions & { readonly scope: 'image' | 'train' }>;
  readonly colour: Switched<{ readonly to: 'grey' | 'rgb' }>;
  readonly augment: Switched<AugmentOptions>;
  readonly denoise: Switched<DenoiseOptions>;
  readonly features: Switched<HistogramOptions>;
}

export interface Subject {
  readonly imageId: string;
  /** 0 is the original, from 1 the augmented copies. */
  readonly copy: number;
  readonly seed: number;
  /** Of the pixels of the training split as normalising finds them; needed for `scope: train`. */
  readonly train?: Moments | undefined;
  /** Of this picture as normalising finds it, where they are known already. */
  readonly own?: Moments | undefined;
  /** For pictures between the steps, and the last one. */
  readonly memory?: Memory | undefined;
}

export interface Prepared {
  readonly picture: Picture;
  readonly histogram: Float32Array | undefined;
}

/**
 * All steps that are switched on, in their order, on one decoded image.
 * @throws RangeError without `train` where normalising needs it
 */
export function prepare(image: Decoded, steps: Steps, subject: Subject): Prepared {
  let now: Decoded = image;
  let counts: Float32Array | undefined;
  const picture = (): Picture => (now.data instanceof Float32Array ? (now as Picture) : pictureOf(now));
  const put = (next: Picture) => {
    now = { ...next, maxValue: 255 };
  };
  for (const step of steps.order) {
    if (step === 'resize' && steps.resize.enabled) put(resize(now, steps.resize));
    if (step === 'normalise' && steps.normalise.enabled) {
      const own = picture();
      const of = steps.normalise.scope === 'train' ? given(subject) : (subject.own ?? momentsOf(own.data));
      put(normalise(own, steps.normalise, of, subject.memory));
    }
    if (step === 'colour' && steps.colour.enabled) put(toColour(picture(), steps.colour.to));
    if (step === 'augment' && steps.augment.enabled && subject.copy > 0)
      put(augment(picture(), changeOf(subject, steps.augment)));
    if (step === 'denoise' && steps.denoise.enabled) put(denoise(picture(), steps.denoise));
    if (step === 'features' && steps.features.enabled) counts = histogram(picture(), steps.features);
  }
  return { picture: picture(), histogram: counts };
}

/**
 * For `readImage`: the size to which an image is resampled as the first thing, where the steps are such that a JPEG
 * may be decoded smaller; undefined where not.
 */
export function wantedSize({ order, resize: settings }: Steps): ((full: Size) => Wanted) | undefined {
  const first = order[0] === 'resize' && settings.enabled;
  if (!first || !settings.fastDecode || !settings.antialias) return undefined;
  return (full) => ({ size: placeOf(full, settings), filter: settings.filter });
}

function given({ train }: Subject): Moments {
  if (train === undefined) throw new RangeError('no statistics of the training split');
  return train;
}
