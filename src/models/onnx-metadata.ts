import protobuf from 'protobufjs/minimal.js';

/** Field numbers of ModelProto and StringStringEntryProto in onnx.proto3. */
const METADATA_PROPS = 14;
const KEY = 1;
const VALUE = 2;

/**
 * The metadata properties of an ONNX model file, which onnxruntime-node reads but does not show.
 *
 * @throws Error where the bytes are no protobuf message.
 */
export function onnxMetadata(bytes: Uint8Array): ReadonlyMap<string, string> {
  const reader = protobuf.Reader.create(bytes);
  const found = new Map<string, string>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 !== METADATA_PROPS) {
      reader.skipType(tag & 7);
      continue;
    }
    const entry = protobuf.Reader.create(reader.bytes());
    const fields: Record<number, string> = {};
    while (entry.pos < entry.len) {
      const field = entry.uint32() >>> 3;
      fields[field] = entry.string();
    }
    found.set(fields[KEY] ?? '', fields[VALUE] ?? '');
  }
  return found;
}
