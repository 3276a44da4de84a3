/** Writes small ONNX models (onnx.proto3) for tests, and those of images that several tests use. */
import { type Field, message } from './onnx.js';

export interface Node {
  readonly op: string;
  readonly in: readonly string[];
  readonly out: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface Weight {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
  /** Says that the numbers lie in another file. */
  readonly external?: boolean;
}

export interface Graph {
  /** Sizes; a text is a free one. */
  readonly input: readonly (number | string)[];
  readonly inputType?: number;
  readonly output: readonly (number | string)[];
  readonly nodes: readonly Node[];
  readonly weights?: Readonly<Record<string, Weight>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly opset?: number;
}

const FLOAT = 1;
const INT64 = 7;
const [INT_ATTRIBUTE, INTS_ATTRIBUTE] = [2, 7];

/** The bytes of a model with the input `images` and the output `output0`. */
export function onnxGraph(graph: Graph): Uint8Array {
  const dims = (sizes: readonly (number | string)[]) =>
    message(...sizes.map((size): Field => [1, message(typeof size === 'number' ? [1, size] : [2, size])]));
  const value = (name: string, type: number, sizes: readonly (number | string)[]) =>
    message([1, name], [2, message([1, message([1, type], [2, dims(sizes)])])]);
  return message(
    [1, 8],
    [
      7,
      message(
        ...graph.nodes.map((node): Field => [1, nodeMessage(node)]),
        [2, 'test'],
        ...Object.entries(graph.weights ?? {}).map(([name, weight]): Field => [5, tensor(name, weight)]),
        [11, value('images', graph.inputType ?? FLOAT, graph.input)],
        [12, value('output0', FLOAT, graph.output)],
      ),
    ],
    [8, message([1, ''], [2, graph.opset ?? 17])],
    ...Object.entries(graph.metadata ?? {}).map(([k, v]): Field => [14, message([1, k], [2, v])]),
  );
}

function nodeMessage({ op, in: inputs, out, attributes = {} }: Node): Uint8Array {
  return message(
    ...inputs.map((name): Field => [1, name]),
    ...out.map((name): Field => [2, name]),
    [4, op],
    ...Object.entries(attributes).map(([name, given]): Field => {
      if (typeof given === 'number') return [5, message([1, name], [3, given], [20, INT_ATTRIBUTE])];
      return [5, message([1, name], ...given.map((v): Field => [8, v]), [20, INTS_ATTRIBUTE])];
    }),
  );
}

function tensor(name: string, { dims, data, external }: Weight): Uint8Array {
  const type = data instanceof BigInt64Array ? INT64 : FLOAT;
  const sizes = dims.map((size): Field => [1, size]);
  if (external)
    return message(...sizes, [2, type], [8, name], [13, message([1, 'location'], [2, 'w.bin'])], [14, 1]);
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(...sizes, [2, type], [8, name], [9, raw]);
}

const int64 = (...values: readonly number[]): Weight => ({
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});
const floats = (dims: readonly number[], values: Iterable<number>): Weight => ({
  dims,
  data: Float32Array.from(values),
});

/** Numbers around 0 that are always the same. */
function* noise(count: number, seed: number): Generator<number> {
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield (state / 2 ** 32 - 0.5) * 2;
  }
}

export interface DetectorOptions {
  readonly classes: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly channels?: 1 | 3;
  readonly layout: 'raw' | 'end-to-end';
  /** Fixed number of images a run; none: any. */
  readonly batch?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly seed?: number;
  /** Layers of 64 channels between the picture and the boxes, to give it the weight of a real one. Default 0. */
  readonly depth?: number;
}

const STRIDE = 8;
const WIDTH = 64;

/**
 * A detector of one convolution: at each cell of 8 x 8 pixels a box around it of 16 to 48 pixels, and a sigmoid score a
 * class; its metadata as Ultralytics writes it.
 */
export function detectorModel(options: DetectorOptions): Uint8Array {
  const { classes, width, height, channels = 3, layout, batch, seed = 1, depth = 0 } = options;
  const [across, down] = [width / STRIDE, height / STRIDE];
  const anchors = across * down;
  const rows = 4 + classes.length;
  const rowsOf = (name: string, from: number, to: number): readonly [Node, Record<string, Weight>] => [
    { op: 'Slice', in: ['cells', `${name}_from`, `${name}_to`, 'axis1'], out: [name] },
    { [`${name}_from`]: int64(from), [`${name}_to`]: int64(to) },
  ];
  const [centre, centreRows] = rowsOf('centre_raw', 0, 2);
  const [size, sizeRows] = rowsOf('size_raw', 2, 4);
  const [score, scoreRows] = rowsOf('score_raw', 4, rows);
  const grid = [
    ...Array.from({ length: anchors }, (_, i) => ((i % across) + 0.5) * STRIDE),
    ...Array.from({ length: anchors }, (_, i) => (Math.floor(i / across) + 0.5) * STRIDE),
  ];
  const fan = channels * STRIDE * STRIDE;
  const ending: readonly Node[] =
    layout === 'raw'
      ? [{ op: 'Concat', in: ['centre', 'size', 'score'], out: ['output0'], attributes: { axis: 1 } }]
      : [
          { op: 'Mul', in: ['size', 'half'], out: ['reach'] },
          { op: 'Sub', in: ['centre', 'reach'], out: ['low'] },
          { op: 'Add', in: ['centre', 'reach'], out: ['high'] },
          { op: 'ReduceMax', in: ['score'], out: ['best'], attributes: { axes: [1], keepdims: 1 } },
          { op: 'ArgMax', in: ['score'], out: ['which_int'], attributes: { axis: 1, keepdims: 1 } },
          { op: 'Cast', in: ['which_int'], out: ['which'], attributes: { to: FLOAT } },
          { op: 'Concat', in: ['low', 'high', 'best', 'which'], out: ['six'], attributes: { axis: 1 } },
          { op: 'Transpose', in: ['six'], out: ['output0'], attributes: { perm: [0, 2, 1] } },
        ];
  const stem: readonly Node[] = [
    { op: 'Conv', in: ['images', 'stem'], out: ['deep0'], attributes: { strides: [STRIDE, STRIDE] } },
    ...Array.from({ length: depth }, (_, i): readonly Node[] => [
      { op: 'Conv', in: [`deep${i}`, 'layer'], out: [`wide${i}`], attributes: { pads: [1, 1, 1, 1] } },
      { op: 'Relu', in: [`wide${i}`], out: [`deep${i + 1}`] },
    ]).flat(),
    { op: 'Conv', in: [`deep${depth}`, 'narrow', 'bias'], out: ['map'] },
  ];
  const shallow: Node = {
    ...{ op: 'Conv', in: ['images', 'kernel', 'bias'], out: ['map'] },
    attributes: { strides: [STRIDE, STRIDE] },
  };
  const scaled = (count: number, fan: number) => [...noise(count, seed)].map((v) => (v * 6) / Math.sqrt(fan));
  return onnxGraph({
    input: [batch ?? 'batch', channels, height, width],
    output: layout === 'raw' ? [batch ?? 'batch', rows, anchors] : [batch ?? 'batch', anchors, 6],
    nodes: [
      ...(depth > 0 ? stem : [shallow]),
      { op: 'Reshape', in: ['map', 'shape'], out: ['cells'] },
      centre,
      size,
      score,
      { op: 'Tanh', in: ['centre_raw'], out: ['centre_unit'] },
      { op: 'Mul', in: ['centre_unit', 'eight'], out: ['shift'] },
      { op: 'Add', in: ['shift', 'grid'], out: ['centre'] },
      { op: 'Sigmoid', in: ['size_raw'], out: ['size_unit'] },
      { op: 'Mul', in: ['size_unit', 'thirtytwo'], out: ['size_more'] },
      { op: 'Add', in: ['size_more', 'sixteen'], out: ['size'] },
      { op: 'Sigmoid', in: ['score_raw'], out: ['score'] },
      ...ending,
    ],
    weights: {
      ...(depth > 0
        ? {
            stem: floats([WIDTH, channels, STRIDE, STRIDE], scaled(WIDTH * fan, fan)),
            layer: floats([WIDTH, WIDTH, 3, 3], scaled(WIDTH * WIDTH * 9, WIDTH * 9 * 12)),
            narrow: floats([rows, WIDTH, 1, 1], scaled(rows * WIDTH, WIDTH)),
          }
        : { kernel: floats([rows, channels, STRIDE, STRIDE], scaled(rows * fan, fan)) }),
      bias: floats([rows], noise(rows, seed + 1)),
      shape: int64(0, rows, anchors),
      axis1: int64(1),
      grid: floats([1, 2, anchors], grid),
      eight: floats([1], [8]),
      sixteen: floats([1], [16]),
      thirtytwo: floats([1], [32]),
      ...(layout === 'end-to-end' ? { half: floats([1], [0.5]) } : {}),
      ...centreRows,
      ...sizeRows,
      ...scoreRows,
    },
    metadata: {
      author: 'Ultralytics',
      task: 'detect',
      stride: '32',
      imgsz: `[${height}, ${width}]`,
      channels: String(channels),
      end2end: layout === 'raw' ? 'False' : 'True',
      names: `{${classes.map((name, i) => `${i}: '${name}'`).join(', ')}}`,
      ...options.metadata,
    },
  });
}

export interface ClassifierOptions {
  readonly classes: readonly string[];
  readonly size: number;
  /** Last operator; none: the graph ends in logits. */
  readonly end?: 'Softmax' | 'Sigmoid';
  readonly layout?: 'nchw' | 'nhwc';
  readonly metadata?: Readonly<Record<string, string>>;
  /** Added to every logit: `NaN` spoils the answers. */
  readonly bias?: number;
}

/** Side of the squares that the classifier averages before it weighs them. */
const POOL = 8;

/** A classifier of one matrix over the means of squares of 8 x 8 pixels, in three channels. */
export function classifierModel(options: ClassifierOptions): Uint8Array {
  const { classes, size, end, layout = 'nchw', metadata = {}, bias = 0 } = options;
  const inputs = 3 * (size / POOL) ** 2;
  const weights = [...noise(inputs * classes.length, 7)].map((v) => (v * 16) / Math.sqrt(inputs));
  const channelsFirst: Node = {
    ...{ op: 'Transpose', in: ['images'], out: ['planes'] },
    attributes: { perm: [0, 3, 1, 2] },
  };
  return onnxGraph({
    input: layout === 'nchw' ? ['batch', 3, size, size] : ['batch', size, size, 3],
    output: ['batch', classes.length],
    nodes: [
      ...(layout === 'nhwc' ? [channelsFirst] : []),
      {
        ...{ op: 'AveragePool', in: [layout === 'nhwc' ? 'planes' : 'images'], out: ['means'] },
        attributes: { kernel_shape: [POOL, POOL], strides: [POOL, POOL] },
      },
      { op: 'Reshape', in: ['means', 'flat'], out: ['row'] },
      { op: 'MatMul', in: ['row', 'weights'], out: ['product'] },
      { op: 'Add', in: ['product', 'bias'], out: [end ? 'logits' : 'output0'] },
      ...(end ? [{ op: end, in: ['logits'], out: ['output0'] }] : []),
    ],
    weights: {
      flat: int64(0, inputs),
      weights: floats([inputs, classes.length], weights),
      bias: floats([1], [bias]),
    },
    metadata: { names: JSON.stringify(classes), ...metadata },
  });
}
