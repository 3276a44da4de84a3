import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeHtj2k } from '../../src/dicom/encode/jpeg2000.js';
import { decodeFrame, frameCount } from '../../src/dicom/frames.js';
import { readDicom } from '../../src/dicom/read.js';
import { dicomBytes, fragments, image } from '../support/dicom-builder.js';
import { runPython } from './python.js';

/** What pixels.py prints of one file. */
interface Fact {
  readonly file: string;
  readonly raw?: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly syntax: string;
}

/** Transfer syntaxes whose decoders may round differently. */
const LOSSY = /\.4\.(50|51|91|203|112)$/;

const ARRAYS = {
  ...{ uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array },
  ...{ uint32: Uint32Array, int32: Int32Array, float32: Float32Array, float64: Float64Array },
} as const;

function valuesOf({ raw, type }: Fact): ArrayLike<number> {
  const bytes = Uint8Array.from(readFileSync(raw as string));
  return new ARRAYS[type as keyof typeof ARRAYS](bytes.buffer);
}

async function pixelsOf(folder: string, files: readonly string[] = []): Promise<readonly Fact[]> {
  const lines = (await runPython('pixels.py', folder, ...files)).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Fact);
}

/** The largest difference of a stored value from pydicom's, or what else is wrong. */
async function difference(fact: Fact): Promise<number | string> {
  const theirs = valuesOf(fact);
  const file = readDicom(readFileSync(fact.file));
  let largest = 0;
  let at = 0;
  for (let frame = 0; frame < frameCount(file); frame++) {
    const { data } = await decodeFrame(file, frame);
    for (let i = 0; i < data.length; i++, at++) {
      largest = Math.max(largest, Math.abs((data[i] as number) - (theirs[at] ?? Number.NaN)));
    }
  }
  return at === theirs.length ? largest : `${at} values for ${theirs.length}`;
}

async function wrong(facts: readonly Fact[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const fact of facts) {
    const allowed = LOSSY.test(fact.syntax) ? 3 : 0;
    const result = await difference(fact).catch(String);
    if (typeof result === 'string' || !(result <= allowed)) {
      found.push(`${basename(fact.file)} ${fact.syntax} ${fact.type}[${fact.shape}]: ${result}`);
    }
  }
  return found;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxrflow-decode-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('stored values are those of pydicom', () => {
  it('in all files of pydicom and pydicom-data that it can decode', async () => {
    const facts = (await pixelsOf(folder)).filter((fact) => fact.raw !== undefined);
    expect(facts.length).toBeGreaterThan(140);
    expect(await wrong(facts)).toEqual([]);
  });

  it('in files that its plugins write: depth, sign, colour and interleaving by transfer syntax', async () => {
    await runPython('synthesise.py', folder);
    const files = readdirSync(folder).filter((name) => name.endsWith('.dcm'));
    expect(files.length).toBeGreaterThan(70);
    const facts = await pixelsOf(
      folder,
      files.map((name) => join(folder, name)),
    );
    const readable = facts.filter((fact) => fact.raw !== undefined);
    expect(readable.length).toBeGreaterThan(70);
    expect(await wrong(readable)).toEqual([]);
  });

  it('in HTJ2K, which it reads with another decoder', async () => {
    const files: string[] = [];
    for (const [bitsStored, signed] of [
      [8, false],
      [12, false],
      [16, false],
      [12, true],
      [16, true],
    ] as const) {
      const [rows, columns] = [120, 90];
      const wave = Array.from({ length: rows * columns }, (_, i) =>
        Math.round(
          (2 ** bitsStored - 1) * (0.5 + 0.5 * Math.sin(i / 77)) - (signed ? 2 ** (bitsStored - 1) : 0),
        ),
      );
      const data = bitsStored === 8 ? Uint8Array.from(wave) : (signed ? Int16Array : Uint16Array).from(wave);
      const coded = await encodeHtj2k({ rows, columns, samples: 1, bitsStored, signed, data });
      const bitsAllocated = data.BYTES_PER_ELEMENT * 8;
      const elements = image({ rows, columns, bitsAllocated, bitsStored, signed, data: fragments([coded]) });
      const file = join(folder, `ht-${bitsStored}-${signed}`);
      writeFileSync(file, dicomBytes(elements, { transferSyntax: '1.2.840.10008.1.2.4.201' }));
      files.push(file);
    }
    const facts = await pixelsOf(folder, files);
    expect(facts.filter((fact) => fact.raw === undefined)).toEqual([]);
    expect(await wrong(facts)).toEqual([]);
  });
});
