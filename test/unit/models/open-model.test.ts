import { describe, expect, it } from 'vitest';
import { openModel } from '../../../src/models/open-model.js';
import type { Declared, Detections, Picture, Scores } from '../../../src/models/types.js';
import { classifierModel, detectorModel, type Graph, onnxGraph } from '../../support/onnx-graph.js';

const CPU = { device: 'cpu', threads: 1 } as const;
const CLASSES = ['nodule', 'effusion'];
const detector = (change: Partial<Parameters<typeof detectorModel>[0]> = {}) =>
  detectorModel({ classes: CLASSES, width: 64, height: 64, layout: 'raw', ...change });
const classifier = (change: Partial<Parameters<typeof classifierModel>[0]> = {}) =>
  classifierModel({ classes: CLASSES, size: 32, metadata: { task: 'classify' }, ...change });
const grey = (
  width: number,
  height: number,
  level: (i: number) => number = (i) => (i * 37) % 256,
): Picture => ({
  ...{ width, height, channels: 1 },
  data: Uint8Array.from({ length: width * height }, (_, i) => level(i)),
});

/** A model that passes its input on, so that tests decide what it answers. */
function passing(output: readonly (number | string)[], change: Partial<Graph> = {}): Uint8Array {
  return onnxGraph({
    input: ['batch', 1, 8, 8],
    output,
    nodes: [{ op: 'Identity', in: ['images'], out: ['output0'] }],
    metadata: { task: 'detect', names: "{0: 'a'}" },
    ...change,
  });
}

async function refusal(bytes: Uint8Array, declared: Declared = {}): Promise<string> {
  try {
    await (await openModel(bytes, declared, CPU)).close();
    return 'opened';
  } catch (error) {
    const { code, detail = '' } = error as { code?: string; detail?: string };
    return `${code}: ${detail}`;
  }
}

describe('openModel', () => {
  it('reads what Ultralytics writes into its exports', async () => {
    const model = await openModel(detector({ width: 96, height: 64 }), {}, CPU);
    expect(model.declaration).toEqual({
      task: 'detect',
      classes: CLASSES,
      input: { width: 96, height: 64, channels: 3 },
      prepare: {
        ...{ fit: 'letterbox', antialias: false, order: 'rgb', divisor: 255 },
        ...{ mean: [0, 0, 0], std: [1, 1, 1] },
      },
      thresholds: { confidence: 0.25, iou: 0.7, maxDetections: 300 },
    });
    expect(model.provider).toBe('cpu');
    await model.close();
  });

  it('takes what is declared where the file does not say', async () => {
    const bytes = classifier({ metadata: { names: '' } });
    expect(await refusal(bytes)).toMatch(/^MODEL_MISMATCH: .*task/);
    const model = await openModel(bytes, { task: 'multilabel', classes: ['x', 'y'] }, CPU);
    expect(model.declaration).toMatchObject({ task: 'multilabel', classes: ['x', 'y'] });
    await model.close();
  });

  it('answers a batch as it answers each image, whatever batch the file fixes', async () => {
    const pictures = [grey(64, 64), grey(200, 40), grey(31, 90), grey(1, 1), grey(65, 65)];
    const answers = [];
    for (const batch of [undefined, 1, 2]) {
      const model = await openModel(detector(batch ? { batch } : {}), {}, CPU);
      const together = await model.predict(pictures, { confidence: 0.5 });
      const single = [];
      for (const picture of pictures) single.push(...(await model.predict([picture], { confidence: 0.5 })));
      expect(together).toEqual(single);
      answers.push(together);
      expect(await model.predict([])).toEqual([]);
      await model.close();
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect((answers[0] as Detections[]).flatMap(({ boxes }) => boxes).length).toBeGreaterThan(5);
  });

  it('keeps every box inside its image, the most confident first, at most as many as asked', async () => {
    const model = await openModel(detector({ layout: 'end-to-end' }), {}, CPU);
    const sizes = [
      [1, 1],
      [5, 300],
      [128, 128],
    ] as const;
    const answers = await model.predict(
      sizes.map(([w, h]) => grey(w, h)),
      { confidence: 0, maxDetections: 9 },
    );
    answers.forEach((answer, i) => {
      const { boxes } = answer as Detections;
      const [width, height] = sizes[i] as readonly [number, number];
      expect(boxes.length).toBeGreaterThan(0);
      expect(boxes.length).toBeLessThanOrEqual(9);
      for (const { bbox } of boxes) {
        expect(bbox[0]).toBeGreaterThanOrEqual(0);
        expect(bbox[1]).toBeGreaterThanOrEqual(0);
        expect(bbox[2]).toBeLessThanOrEqual(width);
        expect(bbox[3]).toBeLessThanOrEqual(height);
        expect(bbox[2]).toBeGreaterThan(bbox[0]);
      }
      const confidences = boxes.map((box) => box.confidence);
      expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
    });
    await model.close();
  });

  it('gives probabilities from logits and from finished scores alike', async () => {
    const pictures = [grey(40, 40), grey(32, 32, (i) => i % 256)];
    for (const [task, end] of [
      ['classify', 'Softmax'],
      ['multilabel', 'Sigmoid'],
    ] as const) {
      const logits = await openModel(classifier({ metadata: { task } }), {}, CPU);
      const finished = await openModel(classifier({ metadata: { task }, end }), {}, CPU);
      const [a, b] = [await logits.predict(pictures), await finished.predict(pictures)] as [
        Scores[],
        Scores[],
      ];
      a.forEach(({ scores }, i) => {
        scores.forEach((score, k) => {
          expect(score).toBeCloseTo(b[i]?.scores[k] as number, 5);
        });
        if (task === 'classify') expect(scores.reduce((x, y) => x + y)).toBeCloseTo(1, 5);
      });
      await logits.close();
      await finished.close();
    }
  });

  it('gives the same answer where channels come last', async () => {
    const pictures = [grey(50, 40)];
    const answers: (readonly number[] | undefined)[] = [];
    for (const layout of ['nchw', 'nhwc'] as const) {
      const model = await openModel(classifier({ layout }), {}, CPU);
      answers.push(((await model.predict(pictures)) as Scores[])[0]?.scores);
      await model.close();
    }
    answers[0]?.forEach((score, k) => {
      expect(score).toBeCloseTo(answers[1]?.[k] as number, 5);
    });
  });

  it('tells of an image on which the model answers NaN, and answers the others', async () => {
    // The logarithm of a number below 0, where a pixel is white.
    const bytes = onnxGraph({
      input: ['batch', 1, 8, 8],
      output: ['batch', 2],
      nodes: [
        { op: 'ReduceMax', in: ['images'], out: ['most'], attributes: { axes: [1, 2, 3], keepdims: 0 } },
        { op: 'Reshape', in: ['most', 'column'], out: ['one'] },
        { op: 'Sub', in: ['white', 'one'], out: ['under'] },
        { op: 'Log', in: ['under'], out: ['logs'] },
        { op: 'Concat', in: ['logs', 'one'], out: ['output0'], attributes: { axis: 1 } },
      ],
      weights: {
        column: { dims: [2], data: BigInt64Array.of(-1n, 1n) },
        white: { dims: [1], data: Float32Array.of(0.9) },
      },
      metadata: { task: 'classify', names: "['a', 'b']", channels: '1' },
    });
    const model = await openModel(bytes, {}, CPU);
    const [dark, white] = await model.predict([grey(8, 8, () => 100), grey(8, 8, () => 255)]);
    expect(dark).toMatchObject({ scores: expect.anything() });
    expect(white).toEqual({ failed: 'MODEL_OUTPUT' });
    await model.close();
  });

  it.each<[string, Uint8Array, Declared, RegExp]>([
    ['text', Buffer.from('no model at all'), {}, /^MODEL_NOT_ONNX/],
    ['nothing', new Uint8Array(0), {}, /^MODEL_NOT_ONNX/],
    ['a truncated file', detector().subarray(0, 900), {}, /^MODEL_NOT_ONNX/],
    [
      'an operator set of tomorrow',
      passing(['batch', 5, 8], { opset: 999 }),
      {},
      /^MODEL_OPERATORS: .*ai\.onnx 999/,
    ],
    [
      'an unknown operator',
      passing(['batch', 5, 8], { nodes: [{ op: 'Frobnicate', in: ['images'], out: ['output0'] }] }),
      {},
      /^MODEL_OPERATORS/,
    ],
    [
      'weights in another file',
      passing(['batch', 1, 8, 8], {
        nodes: [{ op: 'Add', in: ['images', 'w'], out: ['output0'] }],
        weights: { w: { dims: [1], data: Float32Array.of(1), external: true } },
      }),
      {},
      /^MODEL_EXTERNAL_DATA/,
    ],
    [
      'doubles',
      passing(['batch', 5, 8], {
        inputType: 11,
        nodes: [{ op: 'Cast', in: ['images'], out: ['output0'], attributes: { to: 1 } }],
      }),
      {},
      /^MODEL_MISMATCH: .*float32 input.*float64/,
    ],
    ['two channels', passing(['batch', 2, 8, 8], { input: ['batch', 2, 8, 8] }), {}, /^MODEL_MISMATCH/],
    [
      'no size',
      passing(['batch', 1, 'h', 'w'], { input: ['batch', 1, 'h', 'w'] }),
      {},
      /^MODEL_MISMATCH: .*width|height/,
    ],
    ['no boxes', passing(['batch', 1, 8, 8]), {}, /^MODEL_MISMATCH: expected an output \[N, 5, anchors\]/],
    [
      'more classes than scores',
      detector(),
      { classes: ['a', 'b', 'c'] },
      /^MODEL_MISMATCH: .*4 \+ 3 classes/,
    ],
    ['no classes', detector(), { classes: [] }, /^MODEL_MISMATCH: expected at least one class/],
    ['two classes of one name', detector(), { classes: ['a', 'a'] }, /different names/],
    ['a class without a name', detector(), { classes: ['a', ' '] }, /can be written, found none for class 1/],
    ['a name that no database takes', detector(), { classes: ['a\0', 'b'] }, /none for class 0/],
    ['names with a hole', detector({ metadata: { names: "{0: 'a', 2: 'b'}" } }), {}, /no name of 1/],
    ['names that are none', detector({ metadata: { names: 'a, b' } }), {}, /metadata names/],
    ['another size', detector(), { input: { width: 32 } }, /expected width 32, as declared, found 64/],
    ['a task that is none', detector({ metadata: { task: 'segment' } }), {}, /a task of detect.*segment/],
    ['a std of 0', classifier(), { prepare: { std: [0, 1, 1] } }, /std: 3 numbers above 0/],
    ['a mean of two channels', classifier(), { prepare: { mean: [0, 1] } }, /mean: 3 numbers/],
    ['a confidence above 1', detector(), { thresholds: { confidence: 2 } }, /confidence of 0 to 1/],
    [
      'softmax said to be several labels',
      classifier({ end: 'Softmax' }),
      { task: 'multilabel' },
      /Softmax at the end/,
    ],
    ['NaN', classifier({ bias: Number.NaN }), {}, /finite scores/],
    ['a classifier said to be a detector', classifier(), { task: 'detect' }, /an output \[N, 6, anchors\]/],
  ])('refuses %s', async (_, bytes, declared, text) => {
    expect(await refusal(bytes, declared)).toMatch(text);
  });

  it('refuses CUDA by name where there is none', async () => {
    expect(
      await openModel(detector(), {}, { device: 'cuda' }).then(
        (m) => m.provider,
        (e) => e.code,
      ),
    ).toMatch(/^cuda$|^CUDA_MISSING$/);
  });

  it('refuses a picture whose samples are not its size', async () => {
    const model = await openModel(detector(), {}, CPU);
    const wrong = { ...grey(4, 4), width: 5 };
    await expect(model.predict([wrong])).rejects.toMatchObject({ code: 'BAD_IMAGE_ATTRIBUTES' });
    await model.close();
  });
});
