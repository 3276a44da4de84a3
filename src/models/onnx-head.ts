import protobuf from 'protobufjs/minimal.js';
import { CxrError } from '../errors.js';
import type { OnnxFile } from './onnx-file.js';

/** The last layer of a classifier: `output = sigmoid(features x weight^T + bias)`. Names of values of its graph. */
export interface Head {
  readonly features: string;
  readonly weight: string;
  readonly bias: string;
  readonly output: string;
}

export interface HeadWeights {
  /** [classes, features], row by row. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly classes: readonly string[];
}

/** Metadata key under which a model names its head, as JSON of `Head`. */
const KEY = 'cxrflow_head';
/** Field numbers of onnx.proto3. */
const MODEL = { graph: 7, metadata: 14 } as const;
const GRAPH = { initializer: 5, output: 12, valueInfo: 13 } as const;
const NAME = { tensor: 8, value: 1 } as const;
const FLOAT = 1;

/** @throws CxrError MODEL_MISMATCH where the file names no head */
export function headOf({ metadata }: OnnxFile): Head {
  const text = metadata.get(KEY);
  if (text === undefined)
    throw new CxrError('MODEL_MISMATCH', `expected metadata ${KEY}, found none: it takes no new head`);
  const head = JSON.parse(text) as Partial<Head>;
  const { features, weight, bias, output } = head;
  if (features && weight && bias && output) return { features, weight, bias, output };
  throw new CxrError('MODEL_MISMATCH', `expected metadata ${KEY} with features, weight, bias and output`);
}

/** The same network with another last layer, for other classes. Everything else stays byte for byte. */
export function withHead(model: Uint8Array, head: Head, weights: HeadWeights): Uint8Array {
  const { classes, weight, bias } = weights;
  const names = `{${classes.map((name, i) => `${i}: ${JSON.stringify(name)}`).join(', ')}}`;
  return rewrite(model, (field, value) => {
    if (field === MODEL.graph) return [withGraph(value, head, weight, bias)];
    if (field === MODEL.metadata && nameOf(value, 1) === 'names') return [entry('names', names)];
    return [value];
  });
}

function withGraph(graph: Uint8Array, head: Head, weight: Float32Array, bias: Float32Array): Uint8Array {
  const features = weight.length / bias.length;
  return rewrite(graph, (field, value) => {
    // Shapes of values within, which nobody needs, would contradict the new ones.
    if (field === GRAPH.valueInfo) return [];
    if (field === GRAPH.output && nameOf(value, NAME.value) === head.output)
      return [scores(head.output, bias.length)];
    if (field === GRAPH.initializer) {
      const name = nameOf(value, NAME.tensor);
      if (name === head.weight) return [tensor(name, [bias.length, features], weight)];
      if (name === head.bias) return [tensor(name, [bias.length], bias)];
    }
    return [value];
  });
}

/** Copies a message; of each length-delimited field, `change` says what becomes of it. */
function rewrite(
  message: Uint8Array,
  change: (field: number, value: Uint8Array) => readonly Uint8Array[],
): Uint8Array {
  const reader = protobuf.Reader.create(message);
  const parts: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const from = reader.pos;
    const tag = reader.uint32();
    if ((tag & 7) === 2) {
      for (const value of change(tag >>> 3, reader.bytes()))
        parts.push(protobuf.Writer.create().uint32(tag).bytes(value).finish());
    } else {
      reader.skipType(tag & 7);
      parts.push(message.subarray(from, reader.pos));
    }
  }
  return Buffer.concat(parts);
}

/** The string field `field` of a message; undefined where it has none. */
function nameOf(message: Uint8Array, field: number): string | undefined {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === field && (tag & 7) === 2) return reader.string();
    reader.skipType(tag & 7);
  }
  return undefined;
}

/** StringStringEntryProto. */
function entry(key: string, value: string): Uint8Array {
  return protobuf.Writer.create().uint32(0x0a).string(key).uint32(0x12).string(value).finish();
}

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9 (little-endian). */
function tensor(name: string, dims: readonly number[], data: Float32Array): Uint8Array {
  const raw = Buffer.alloc(data.length * 4);
  for (const [i, value] of data.entries()) raw.writeFloatLE(value, i * 4);
  const writer = protobuf.Writer.create();
  for (const size of dims) writer.uint32(0x08).int64(size);
  return writer.uint32(0x10).int32(FLOAT).uint32(0x42).string(name).uint32(0x4a).bytes(raw).finish();
}

/** ValueInfoProto of float32 [batch, classes]. */
function scores(name: string, classes: number): Uint8Array {
  const any = protobuf.Writer.create().uint32(0x12).string('batch').finish();
  const fixed = protobuf.Writer.create().uint32(0x08).int64(classes).finish();
  const shape = protobuf.Writer.create().uint32(0x0a).bytes(any).uint32(0x0a).bytes(fixed).finish();
  const type = protobuf.Writer.create().uint32(0x08).int32(FLOAT).uint32(0x12).bytes(shape).finish();
  const about = protobuf.Writer.create().uint32(0x0a).bytes(type).finish();
  return protobuf.Writer.create().uint32(0x0a).string(name).uint32(0x12).bytes(about).finish();
}
