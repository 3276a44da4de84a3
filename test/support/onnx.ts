import protobuf from 'protobufjs';

export interface TinyModel {
  readonly features: number;
  readonly classes?: number;
  /** As skl2onnx gives it unless told not to: probabilities as a sequence of maps. */
  readonly zipmap?: boolean;
  readonly inputType?: 'float' | 'double';
  /** A fixed number of rows instead of any. */
  readonly rows?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

export type Field = readonly [field: number, value: Uint8Array | string | number];
const FLOAT = 1;
const INT64 = 7;
const DOUBLE = 11;

export function message(...fields: readonly Field[]): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const [field, value] of fields) {
    if (typeof value === 'number') writer.uint32(field << 3).int64(value);
    else if (typeof value === 'string') writer.uint32((field << 3) | 2).string(value);
    else writer.uint32((field << 3) | 2).bytes(value);
  }
  return writer.finish();
}

const dimension = (size: number | undefined) => message(size === undefined ? [2, 'N'] : [1, size]);
const tensor = (type: number, ...sizes: (number | undefined)[]) =>
  message([1, message([1, type], [2, message(...sizes.map((s): Field => [1, dimension(s)]))])]);
const value = (name: string, type: Uint8Array) => message([1, name], [2, type]);
const node = (type: string, inputs: string[], output: string, ...more: Field[]) =>
  message(...inputs.map((i): Field => [1, i]), [2, output], [4, type], ...more);

/**
 * An ONNX classifier of one matrix, written by hand (onnx.proto3): the score of class k is the softmax of
 * feature k, so that tests know every probability.
 */
export function tinyModel({ features, classes = 2, ...model }: TinyModel): Uint8Array {
  const weights = Float32Array.from({ length: features * classes }, (_, i) =>
    Math.floor(i / classes) === i % classes ? 1 : 0,
  );
  const type = model.inputType === 'double' ? DOUBLE : FLOAT;
  const labels = message([1, 'classlabels_int64s'], [20, 7], ...labelInts(classes));
  const map = message([4, message([1, message([5, message([1, INT64], [2, tensor(FLOAT)])])])]);
  const graph = message(
    [1, node('Cast', ['features'], 'x', [5, message([1, 'to'], [3, FLOAT], [20, 2])])],
    [1, node('MatMul', ['x', 'weights'], 'scores')],
    [1, node('Softmax', ['scores'], model.zipmap ? 'raw' : 'probabilities')],
    ...(model.zipmap
      ? [[1, node('ZipMap', ['raw'], 'probabilities', [5, labels], [7, 'ai.onnx.ml'])] as Field]
      : []),
    [2, 'tiny'],
    [
      5,
      message([1, features], [1, classes], [2, FLOAT], [8, 'weights'], [9, new Uint8Array(weights.buffer)]),
    ],
    [11, value('features', tensor(type, model.rows, features))],
    [12, value('probabilities', model.zipmap ? map : tensor(FLOAT, model.rows, classes))],
  );
  return message(
    [1, 8],
    [7, graph],
    [8, message([1, ''], [2, 13])],
    [8, message([1, 'ai.onnx.ml'], [2, 1])],
    ...Object.entries(model.metadata ?? {}).map(([k, v]): Field => [14, message([1, k], [2, v])]),
  );
}

function labelInts(classes: number): Field[] {
  return Array.from({ length: classes }, (_, i): Field => [8, i]);
}
