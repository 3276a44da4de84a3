import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeJpegLossless } from '../../src/dicom/encode/jpeg-lossless.js';
import { encodeHtj2k, encodeJpeg2000 } from '../../src/dicom/encode/jpeg2000.js';
import { encodeJpegLs } from '../../src/dicom/encode/jpegls.js';
import { decodeFrame, frameCount } from '../../src/dicom/frames.js';
import { looksLikeDicom, readDicom } from '../../src/dicom/read.js';
import { DEFLATED, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE } from '../../src/dicom/transfer-syntax.js';
import { characterSets, numbers, tags, texts } from '../../src/dicom/values.js';
import { CxrError } from '../../src/errors.js';
import { dicomBytes, type Elements, fragments, image } from '../support/dicom-builder.js';

/** How long to look, and how long one input may take: far more than any of these needs on a busy machine. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 20);
const LONGEST_MS = 10_000;

const HEADER: Elements = {
  SpecificCharacterSet: 'ISO_IR 192',
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
  PatientName: 'DOE^JANE=^',
  ViewCodeSequence: [{ CodeValue: 'a', ViewModifierCodeSequence: [{ CodeValue: 'b' }] }],
  WindowCenter: '40\\50',
};

/** Small files of every kind of encoding. */
async function generated(): Promise<readonly Buffer[]> {
  const data = Uint8Array.from({ length: 48 * 40 }, (_, i) => (i * 7) % 251);
  const raw = { rows: 40, columns: 48, samples: 1 as const, bitsStored: 8, signed: false, data };
  const pixels = (coded: Uint8Array) => image({ rows: 40, columns: 48, data: fragments([coded]) });
  const rle = Buffer.concat([
    Buffer.alloc(64),
    Buffer.from(
      Array(15)
        .fill([127, ...Array(128).fill(9)])
        .flat(),
    ),
  ]);
  rle.writeUInt32LE(1);
  rle.writeUInt32LE(64, 4);
  const files = [EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED].flatMap((transferSyntax) =>
    [false, true].map((undefinedLength) =>
      dicomBytes(
        { ...HEADER, ...image({ rows: 40, columns: 48, data }) },
        { transferSyntax, undefinedLength },
      ),
    ),
  );
  const coded: readonly (readonly [string, Uint8Array])[] = [
    ['1.2.840.10008.1.2.5', rle],
    ['1.2.840.10008.1.2.4.70', encodeJpegLossless(raw)],
    ['1.2.840.10008.1.2.4.80', await encodeJpegLs(raw)],
    ['1.2.840.10008.1.2.4.90', await encodeJpeg2000(raw)],
    ['1.2.840.10008.1.2.4.201', await encodeHtj2k(raw)],
  ];
  for (const [transferSyntax, frame] of coded) {
    files.push(dicomBytes({ ...HEADER, ...pixels(frame) }, { transferSyntax }));
  }
  return files;
}

/** The small ones of the real files in the folder that CXRFLOW_TEST_FILMS names. */
function films(): readonly Buffer[] {
  const folder = process.env.CXRFLOW_TEST_FILMS;
  if (folder === undefined) {
    console.info('CXRFLOW_TEST_FILMS is not set: no real films among the seeds');
    return [];
  }
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && statSync(path).size < 2 ** 20)
    .map((path) => readFileSync(path));
}

interface Mutation {
  readonly kind: 'set' | 'cut' | 'insert' | 'repeat' | 'length';
  readonly at: number;
  readonly value: number;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('set', 'set', 'set', 'cut', 'insert', 'repeat', 'length'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  value: fc.nat(0xffffffff),
});

function mutate(bytes: Buffer, { kind, at, value }: Mutation): Buffer {
  const place = Math.floor(at * Math.max(0, bytes.length - 5));
  const copy = Buffer.from(bytes);
  switch (kind) {
    case 'set':
      copy[place] = value & 255;
      return copy;
    case 'length':
      if (copy.length >= 4)
        copy.writeUInt32LE(value % 3 === 0 ? 0xffffffff : value, Math.min(place, copy.length - 4));
      return copy;
    case 'cut':
      return copy.subarray(0, place);
    case 'insert':
      return Buffer.concat([
        copy.subarray(0, place),
        Buffer.alloc(value % 64, value >> 8),
        copy.subarray(place),
      ]);
    case 'repeat':
      return Buffer.concat([copy.subarray(0, place), copy.subarray(Math.max(0, place - (value % 256)))]);
  }
}

async function use(bytes: Buffer): Promise<void> {
  looksLikeDicom(bytes.subarray(0, 512));
  const file = readDicom(bytes);
  characterSets(file.dataset);
  for (const tag of file.dataset.keys()) {
    texts(file.dataset, tag);
    numbers(file.dataset, tag);
    tags(file.dataset, tag);
  }
  const frames = frameCount(file);
  await decodeFrame(file, frames - 1, { reduce: 1 });
  await decodeFrame(file, 0);
}

it('throws only errors of the registry and ends in time, whatever was done to a file', async () => {
  const whole = await generated();
  for (const file of whole) await use(file);
  const files = [...whole, ...films()];
  let tried = 0;
  const cases = fc.tuple(fc.nat(files.length - 1), fc.array(mutation, { minLength: 1, maxLength: 6 }));
  await fc.assert(
    fc.asyncProperty(cases, async ([seed, mutations]) => {
      const bytes = mutations.reduce(mutate, files[seed] as Buffer);
      tried++;
      const started = performance.now();
      await use(bytes).catch((error: unknown) => {
        if (!(error instanceof CxrError)) throw error;
      });
      expect(performance.now() - started).toBeLessThan(LONGEST_MS);
    }),
    { numRuns: 10_000_000, interruptAfterTimeLimit: SECONDS * 1000, markInterruptAsFailure: false },
  );
  console.info(`${tried} mutated files in ${SECONDS} s`);
  expect(tried).toBeGreaterThan(SECONDS);
});
