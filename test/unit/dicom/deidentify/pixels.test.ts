import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ValueElement } from '../../../../src/dicom/dataset.js';
import { cleanFragments, cleanSamples } from '../../../../src/dicom/deidentify/pixels.js';
import { readDicom } from '../../../../src/dicom/read.js';
import { dicomBytes } from '../../../support/dicom-builder.js';

const layout = (stored: number, high: number, signed: boolean, allocated = 16) =>
  readDicom(
    dicomBytes({
      BitsAllocated: allocated,
      BitsStored: stored,
      HighBit: high,
      PixelRepresentation: signed ? 1 : 0,
    }),
  ).dataset;
const pixelData = (bytes: Uint8Array): ValueElement => ({ kind: 'value', tag: '7fe00010', vr: 'OW', bytes });

test('bits above those stored become zero, the stored ones stay; in either byte order', () => {
  fc.assert(
    fc.property(
      fc.uint16Array({ minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 15 }),
      fc.boolean(),
      (samples, stored, little) => {
        const bytes = Buffer.alloc(samples.length * 2);
        samples.forEach(
          (v, i) => void (little ? bytes.writeUInt16LE(v, i * 2) : bytes.writeUInt16BE(v, i * 2)),
        );
        const out = Buffer.from(
          cleanSamples(pixelData(bytes), layout(stored, stored - 1, false), little).bytes,
        );
        const mask = 2 ** stored - 1;
        samples.forEach((v, i) => {
          expect(little ? out.readUInt16LE(i * 2) : out.readUInt16BE(i * 2)).toBe(v & mask);
        });
      },
    ),
  );
});

test('signed samples carry their sign in the unused bits, and nothing else', () => {
  const bytes = Buffer.from(new Int16Array([-1 & 0x0fff, 5 | 0x7000, 0x0800, 0x07ff]).buffer);
  const out = cleanSamples(pixelData(bytes), layout(12, 11, true), true).bytes;
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  expect([0, 2, 4, 6].map((at) => view.getInt16(at, true))).toEqual([-1, 5, -2048, 2047]);
});

test('pixel data with nothing in its unused bits is the same element', () => {
  const clean = pixelData(Buffer.from(new Uint16Array([0x0fff, 7]).buffer));
  expect(cleanSamples(clean, layout(12, 11, false), true)).toBe(clean);
  const full = pixelData(Buffer.from(new Uint16Array([0xffff]).buffer));
  expect(cleanSamples(full, layout(16, 15, false), true)).toBe(full);
});

test('samples that do not stand at the bottom of their word', () => {
  const out = cleanSamples(
    pixelData(Buffer.from(new Uint16Array([0xffff]).buffer)),
    layout(12, 15, false),
    true,
  );
  expect(Buffer.from(out.bytes).readUInt16LE()).toBe(0xfff0);
});

const segment = (marker: number, text: string) => {
  const body = Buffer.from(text, 'latin1');
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
};
const clean = (fragments: readonly Uint8Array[], syntax: string) =>
  cleanFragments({ kind: 'fragments', tag: '7fe00010', vr: 'OB', offsets: [], fragments }, new Map(), syntax)
    .fragments;
const JPEG = '1.2.840.10008.1.2.4.50';

const jpeg = Buffer.concat([
  Buffer.from([0xff, 0xd8]),
  segment(0xe0, 'JFIF\0\x01\x01\0\0\x01\0\x01\0\0'),
  segment(0xe1, 'Exif\0\0SECRET'),
  segment(0xfe, 'SECRET'),
  segment(0xee, 'Adobe\0\x64\0\0\0\0\x01'),
  segment(0xc0, 'frame header'),
  segment(0xda, 'scan'),
  Buffer.from([1, 2, 0xff, 0, 0xff, 0xd0, 3]),
  segment(0xfe, 'SECRET between scans'),
  segment(0xda, 'scan'),
  Buffer.from([4, 5, 0xff, 0xd9]),
  Buffer.from('SECRET'),
]);

test('JPEG comments, application data and what follows the image are blanked; the rest keeps its place', () => {
  const [out = new Uint8Array()] = clean([jpeg], JPEG);
  const text = Buffer.from(out).toString('latin1');
  expect(text).not.toMatch(/SECRET|Exif/);
  expect(text).toMatch(/JFIF.*Adobe.*frame header/s);
  expect(out.length).toBe(jpeg.length);
  const kept = (bytes: Uint8Array) =>
    Buffer.from(bytes)
      .toString('latin1')
      .replace(/SECRET( between scans)?|Exif\0\0/g, (m) => '\0'.repeat(m.length));
  expect(text).toBe(kept(jpeg));
});

test('a comment that crosses fragments is blanked in both, for any split', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: jpeg.length - 1 }), (at) => {
      const out = clean([jpeg.subarray(0, at), jpeg.subarray(at)], JPEG);
      expect(out.map((f) => f.length)).toEqual([at, jpeg.length - at]);
      expect(Buffer.concat(out).toString('latin1')).not.toMatch(/SECRET/);
    }),
  );
});

test('JPEG 2000 comments go, in the main header and in tile parts', () => {
  const tile = Buffer.concat([segment(0x64, '\0\x01SECRET'), Buffer.from([0xff, 0x93, 9, 9])]);
  const sot = Buffer.from([0xff, 0x90, 0, 10, 0, 0, 0, 0, 0, tile.length + 12, 0, 1]);
  const stream = Buffer.concat([
    Buffer.from([0xff, 0x4f]),
    segment(0x51, 'size'),
    segment(0x64, '\0\x01SECRET'),
    sot,
    tile,
    Buffer.from([0xff, 0xd9]),
  ]);
  const [out = new Uint8Array()] = clean([stream], '1.2.840.10008.1.2.4.90');
  expect(Buffer.from(out).toString('latin1')).not.toMatch(/SECRET/);
  expect(Buffer.from(out).toString('latin1')).toMatch(/size/);
});

test('RLE and images without comments are the same bytes', () => {
  const element = { kind: 'fragments', tag: '7fe00010', vr: 'OB', offsets: [0], fragments: [jpeg] } as const;
  expect(cleanFragments(element, new Map(), '1.2.840.10008.1.2.5')).toBe(element);
  const plain = { ...element, fragments: [Buffer.from([0xff, 0xd8, 0xff, 0xd9])] };
  expect(cleanFragments(plain, new Map(), JPEG)).toBe(plain);
});

test('streams of any bytes end', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(JPEG, '1.2.840.10008.1.2.4.90'),
      (bytes, syntax) => {
        for (const start of [0xd8, 0x4f]) {
          const stream = Buffer.concat([Buffer.from([0xff, start]), bytes]);
          expect(clean([stream], syntax)[0]?.length).toBe(stream.length);
        }
      },
    ),
  );
});
