/**
 * `tf.train.Example` by hand: four features are four short tables, and a message library would copy each image twice.
 * Protocol Buffers encoding (varints and length-delimited fields) of tensorflow/core/example/example.proto:
 * Example { Features features = 1 }, Features { map<string, Feature> feature = 1 },
 * Feature { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3 }, each a repeated field 1.
 */
export type Feature =
  | { readonly bytes: Uint8Array }
  | { readonly int64: readonly number[] }
  | { readonly float: Float32Array };

/** The pieces of the serialized Example; features in the order given, so equal features are equal bytes. */
export function encodeExample(features: Readonly<Record<string, Feature>>): Pieces {
  const entries = Object.entries(features).map(([name, feature]) => {
    const key = field(1, [Buffer.from(name)]);
    const value = field(2, encodeFeature(feature));
    return field(1, [...key, ...value]);
  });
  return field(1, entries.flat());
}

/** Pieces of a message; images stay where they are until all pieces are joined once. */
export type Pieces = readonly Uint8Array[];

function encodeFeature(feature: Feature): Pieces {
  if ('bytes' in feature) return field(1, field(1, [feature.bytes]));
  if ('int64' in feature) return field(3, field(1, [Buffer.from(feature.int64.flatMap(varint))]));
  const { buffer, byteOffset, byteLength } = feature.float;
  return field(2, field(1, [new Uint8Array(buffer, byteOffset, byteLength)]));
}

/** A length-delimited field. Packed lists and strings look the same. */
function field(number: number, content: Pieces): Pieces {
  const length = content.reduce((sum, piece) => sum + piece.length, 0);
  return [Buffer.from([(number << 3) | 2, ...varint(length)]), ...content];
}

/** Seven bits a byte, the least significant first; a negative number as its 64-bit two's complement. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
