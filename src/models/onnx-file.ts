import protobuf from 'protobufjs/minimal.js';
import { CxrError } from '../errors.js';

/** What a model file says of itself, which onnxruntime-node reads but does not show. */
export interface OnnxFile {
  readonly irVersion: number;
  /** Version by domain; the domain of the standard operators is ''. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Operator that computes each value of the graph, with its first input: `probs` -> Softmax of `logits`. */
  readonly producers: ReadonlyMap<string, Producer>;
  /** Weights lie in other files beside this one. */
  readonly external: boolean;
}

export interface Producer {
  readonly operator: string;
  readonly input: string | undefined;
}

/** Field numbers of onnx.proto3. */
const MODEL = { irVersion: 1, graph: 7, opset: 8, metadata: 14 } as const;
const GRAPH = { node: 1, initializer: 5 } as const;
const NODE = { input: 1, output: 2, operator: 4 } as const;
const OPSET = { domain: 1, version: 2 } as const;
const ENTRY = { key: 1, value: 2 } as const;
const TENSOR = { dataLocation: 14 } as const;
const EXTERNAL = 1;

/**
 * Reads the frame of an ONNX file (ModelProto of onnx.proto3); weights are skipped, not read.
 *
 * @throws CxrError MODEL_NOT_ONNX
 */
export function readOnnx(bytes: Uint8Array): OnnxFile {
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  const producers = new Map<string, Producer>();
  let irVersion = 0;
  let graphs = 0;
  let external = false;
  try {
    fields(bytes, (field, reader) => {
      if (field === MODEL.irVersion) irVersion = Number(reader.int64());
      else if (field === MODEL.opset) opset(reader.bytes(), opsets);
      else if (field === MODEL.metadata) entry(reader.bytes(), metadata);
      else if (field === MODEL.graph) {
        graphs++;
        external = graph(reader.bytes(), producers) || external;
      } else return false;
      return true;
    });
  } catch (cause) {
    // protobufjs throws plain errors of several classes: at the end of the bytes, and for tags that are none.
    throw new CxrError('MODEL_NOT_ONNX', `${bytes.length} bytes, not a whole ONNX message`, { cause });
  }
  if (graphs !== 1 || irVersion < 1 || opsets.size === 0)
    throw new CxrError('MODEL_NOT_ONNX', `${bytes.length} bytes without the parts of an ONNX model`);
  return { irVersion, opsets, metadata, producers, external };
}

/** Runs through a message; `take` reads the value of a field, or answers false to have it skipped. */
function fields(bytes: Uint8Array, take: (field: number, reader: protobuf.Reader) => boolean): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!take(tag >>> 3, reader)) reader.skipType(tag & 7);
  }
}

function opset(bytes: Uint8Array, into: Map<string, number>): void {
  let domain = '';
  let version = 0;
  fields(bytes, (field, reader) => {
    if (field === OPSET.domain) domain = reader.string();
    else if (field === OPSET.version) version = Number(reader.int64());
    else return false;
    return true;
  });
  into.set(domain, version);
}

function entry(bytes: Uint8Array, into: Map<string, string>): void {
  let key = '';
  let value = '';
  fields(bytes, (field, reader) => {
    if (field === ENTRY.key) key = reader.string();
    else if (field === ENTRY.value) value = reader.string();
    else return false;
    return true;
  });
  into.set(key, value);
}

/** @returns true where a weight of the graph lies in another file. */
function graph(bytes: Uint8Array, producers: Map<string, Producer>): boolean {
  let external = false;
  fields(bytes, (field, reader) => {
    if (field === GRAPH.node) node(reader.bytes(), producers);
    else if (field === GRAPH.initializer) external = isExternal(reader.bytes()) || external;
    else return false;
    return true;
  });
  return external;
}

function node(bytes: Uint8Array, producers: Map<string, Producer>): void {
  let operator = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  fields(bytes, (field, reader) => {
    if (field === NODE.input) inputs.push(reader.string());
    else if (field === NODE.output) outputs.push(reader.string());
    else if (field === NODE.operator) operator = reader.string();
    else return false;
    return true;
  });
  for (const output of outputs) producers.set(output, { operator, input: inputs[0] });
}

function isExternal(bytes: Uint8Array): boolean {
  let location = 0;
  fields(bytes, (field, reader) => {
    if (field !== TENSOR.dataLocation) return false;
    location = reader.int32();
    return true;
  });
  return location === EXTERNAL;
}
