/** What `config/pipeline_config.yaml` may say; the values of that file are the defaults, and docs/processing.md explains them. */
import { z } from 'zod';
import { fraction, oneOf, section, size, table, whole, yesNo } from '../fields.js';

/** In the order of the shipped file. */
export const STEPS = [
  'resize',
  'normalise',
  'colour',
  'augment',
  'denoise',
  'features',
  'flatten',
  'batch',
] as const;

const between = (low: number, high: number) => {
  const error = `a number from ${low} to ${high}`;
  return z.number({ error }).min(low, { error }).max(high, { error });
};

const ORDER = `a list of ${STEPS.join(', ')}, each once, flatten and batch at the end`;
const order = z
  .array(z.enum(STEPS, { error: ORDER }), { error: ORDER })
  .refine((steps) => steps.length === STEPS.length && new Set(steps).size === STEPS.length, { error: ORDER })
  .refine((steps) => steps.at(-2) === 'flatten' && steps.at(-1) === 'batch', { error: ORDER });

export const pipelineSchema = section({
  order,
  resize: section({
    enabled: yesNo(),
    /** Pixels. */
    width: whole(1, 8_192),
    height: whole(1, 8_192),
    fit: oneOf('stretch', 'letterbox'),
    filter: oneOf('box', 'bilinear', 'bicubic', 'lanczos'),
    antialias: yesNo(),
    /** Grey level (0 to 255) of what a letterbox adds. */
    pad: between(0, 255),
    /** Decode JPEG smaller where the wanted size allows it. */
    fastDecode: yesNo(),
  }),
  normalise: section({
    enabled: yesNo(),
    method: oneOf('min-max', 'z-score', 'none'),
    scope: oneOf('image', 'train'),
  }),
  colour: section({ enabled: yesNo(), to: oneOf('grey', 'rgb') }),
  augment: section({
    enabled: yesNo(),
    /** Beside each original of the training split. */
    copies: whole(0, 100),
    /** Degrees, either way, at most. */
    rotation: between(0, 180),
    flip: yesNo(),
    /** Share of the picture's range, up or down, at most. */
    brightness: fraction(),
  }),
  denoise: section({
    enabled: yesNo(),
    method: oneOf('gaussian', 'median'),
    /** Standard deviation of the Gaussian, pixels. */
    sigma: between(0.1, 20),
    /** Side of the median's square, pixels. */
    size: z.union([3, 5, 7, 9].map((n) => z.literal(n)) as [z.ZodLiteral<number>, z.ZodLiteral<number>], {
      error: '3, 5, 7 or 9',
    }),
  }),
  features: section({
    enabled: yesNo(),
    bins: whole(1, 4_096),
    /** Of the histogram, in the units of the picture at that step; without it, the picture's own minimum and maximum. */
    range: z
      .tuple([z.number(), z.number()], { error: 'two numbers, the lower first' })
      .refine(([low, high]) => low < high, { error: 'two numbers, the lower first' })
      .optional(),
  }),
  flatten: section({ enabled: yesNo() }),
  batch: section({ enabled: yesNo(), size: whole(1, 4_096) }),
  /** Label of each class, by the name of its folder. */
  classes: table(whole(0, 65_535)).refine((all) => Object.keys(all).length > 0, {
    error: 'at least one class',
  }),
  output: section({
    formats: z
      .array(oneOf('tfrecord', 'parquet'), { error: 'a list of tfrecord, parquet' })
      .refine((formats) => formats.length > 0 && new Set(formats).size === formats.length, {
        error: 'a list of tfrecord, parquet',
      }),
    /** Of the tensors in one file, about. */
    shardSize: size(),
    /** The Parquet column that people and Hugging Face look at. */
    picture: oneOf('png', 'none'),
  }),
});

/** Lists and tuples stay what they are. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

export type PipelineSettings = Frozen<z.output<typeof pipelineSchema>>;
export type Step = (typeof STEPS)[number];
