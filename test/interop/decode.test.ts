import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DicomFile } from '../../src/dicom/dataset.js';
import { decodeFrame, frameCount } from '../../src/dicom/frames.js';
import { readDicom } from '../../src/dicom/read.js';
import { runPython } from './python.js';

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
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

function valuesOf({ raw, type }: Fact) {
  const bytes = Uint8Array.from(readFileSync(raw as string));
  return new ARRAYS[type as keyof typeof ARRAYS](bytes.buffer);
}

async function decoded(file: DicomFile): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < frameCount(file); i++) {
    for (const value of (await decodeFrame(file, i)).data) values.push(value);
  }
  return values;
}

/** Stored values have BitsStored bits; pydicom leaves what stands above them. */
const largestDifference = (ours: readonly number[], theirs: ArrayLike<number>) => {
  let largest = 0;
  for (let i = 0; i < ours.length; i++) {
    largest = Math.max(largest, Math.abs((ours[i] as number) - (theirs[i] as number)));
  }
  return largest;
};

describe('files of pydicom and pydicom-data', () => {
  let folder = '';
  let facts: readonly Fact[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cxrflow-decode-'));
    facts = runPython('pixels.py', folder)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Fact);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has what to compare with', () => {
    expect(facts.filter((fact) => fact.raw !== undefined).length).toBeGreaterThan(140);
  });

  it('gives the stored values that pydicom gives', async () => {
    const wrong: string[] = [];
    for (const fact of facts) {
      if (fact.raw === undefined) continue;
      const theirs = valuesOf(fact);
      const name = `${basename(fact.file)} ${fact.syntax} ${fact.type}[${fact.shape}]`;
      try {
        const ours = await decoded(readDicom(readFileSync(fact.file)));
        const difference = largestDifference(ours, theirs);
        if (ours.length !== theirs.length) wrong.push(`${name}: ${ours.length} values for ${theirs.length}`);
        else if (difference > (LOSSY.test(fact.syntax) ? 3 : 0))
          wrong.push(`${name}: differs by ${difference}`);
      } catch (error) {
        wrong.push(`${name}: ${error}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
