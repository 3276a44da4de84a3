import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { encodeExample } from '../../../src/datasets/tfrecord/example.js';
import { imageRecord } from '../../../src/datasets/tfrecord/image-example.js';
import { frameRecord } from '../../../src/datasets/tfrecord/record.js';

/** tensorflow/core/example/{example,feature}.proto. */
const Example = protobuf
  .parse(`syntax = "proto3";
    message BytesList { repeated bytes value = 1; }
    message FloatList { repeated float value = 1 [packed = true]; }
    message Int64List { repeated int64 value = 1 [packed = true]; }
    message Feature { oneof kind { BytesList bytes_list = 1; FloatList float_list = 2; Int64List int64_list = 3; } }
    message Features { map<string, Feature> feature = 1; }
    message Example { Features features = 1; }`)
  .root.lookupType('Example');

const decoded = (bytes: Uint8Array) =>
  Example.toObject(Example.decode(bytes), { longs: Number, defaults: true, arrays: true }).features.feature;

const feature = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ bytes })),
  fc.array(fc.maxSafeInteger(), { maxLength: 5 }).map((int64) => ({ int64 })),
  fc.float32Array({ noNaN: true, maxLength: 70 }).map((float) => ({ float })),
);

describe('encodeExample', () => {
  it('is read back by a message library', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), feature, { noNullPrototype: true }),
        (features) => {
          const read = decoded(Buffer.concat(encodeExample(features)));
          expect(Object.keys(read).sort()).toEqual(Object.keys(features).sort());
          for (const [name, value] of Object.entries(features)) {
            if ('bytes' in value) expect([...read[name].bytesList.value[0]]).toEqual([...value.bytes]);
            else if ('int64' in value) expect(read[name].int64List.value).toEqual(value.int64);
            else expect(read[name].floatList.value).toEqual([...value.float]);
          }
        },
      ),
    );
  });
});

describe('frameRecord', () => {
  it('stands between lengths and masked checksums', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(500), (data, cut) => {
        const record = Buffer.concat(frameRecord([data.subarray(0, cut), data.subarray(cut)]));
        const unmask = (at: number) => {
          const rotated = (record.readUInt32LE(at) - 0xa282ead8) >>> 0;
          return ((rotated >>> 17) | (rotated << 15)) >>> 0;
        };
        expect(record.length).toBe(data.length + 16);
        expect(Number(record.readBigUInt64LE(0))).toBe(data.length);
        expect(unmask(8)).toBe(crc32c(record.subarray(0, 8)));
        expect([...record.subarray(12, 12 + data.length)]).toEqual([...data]);
        expect(unmask(12 + data.length)).toBe(crc32c(data));
      }),
    );
  });

  it('is what TensorFlow writes', () => {
    // tf.io.TFRecordWriter(...).write(b'chest')
    expect(Buffer.concat(frameRecord([Buffer.from('chest')])).toString('hex')).toBe(
      '0500000000000000eab2043e6368657374d301b228',
    );
  });
});

describe('imageRecord', () => {
  it('has the features that readers ask for', () => {
    const tensor = Float32Array.of(0, 0.5, 1, -2, 3.25, 1e-8);
    const pieces = imageRecord({
      imageId: 'bild-é',
      label: 1,
      className: 'PNEUMONIA',
      split: 'train',
      source: 'sha256:0',
      shape: [2, 3, 1],
      tensor: tensor.subarray(0),
    });
    const read = decoded(Buffer.concat(pieces).subarray(12, -4));
    expect(Object.keys(read).sort()).toEqual(['image', 'image_id', 'image_shape', 'label']);
    const bytes = Buffer.from(read.image.bytesList.value[0]);
    expect(Array.from(tensor, (_, i) => bytes.readFloatLE(4 * i))).toEqual([...tensor]);
    expect(bytes).toHaveLength(24);
    expect(read.label.int64List.value).toEqual([1]);
    expect(read.image_shape.int64List.value).toEqual([2, 3, 1]);
    expect(Buffer.from(read.image_id.bytesList.value[0]).toString()).toBe('bild-é');
  });
});
