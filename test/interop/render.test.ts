import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeFrame } from '../../src/dicom/frames.js';
import { readDicom } from '../../src/dicom/read.js';
import { renderFrame } from '../../src/dicom/render/frame.js';
import { runPython } from './python.js';

interface Fact {
  readonly file: string;
  readonly raw?: string;
  readonly error?: string;
  readonly frames: number;
  readonly syntax: string;
}

/** Transfer syntaxes whose decoders may round differently. */
const LOSSY = /\.4\.(50|51|91|203|112)$/;

/** Grey levels between our picture and the expected one, over all frames; undefined where they differ in size. */
async function largestDifference({ file, raw = '', frames }: Fact): Promise<number | undefined> {
  const dicom = readDicom(readFileSync(file));
  const expected = readFileSync(raw);
  let at = 0;
  let largest = 0;
  for (let index = 0; index < frames; index++) {
    const frame = await decodeFrame(dicom, index);
    const { data } = renderFrame(dicom, frame, { bits: 8, window: 'auto' }, index);
    for (const value of data) largest = Math.max(largest, Math.abs(value - (expected[at++] ?? Number.NaN)));
  }
  return at === expected.length ? largest : undefined;
}

describe("pydicom's modality and VOI pipeline", () => {
  let folder = '';
  let facts: readonly Fact[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cxrflow-render-'));
    facts = (await runPython('rendered.py', folder))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Fact);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('renders every fixture and most sample files', () => {
    const failed = facts.filter((fact) => fact.error !== undefined && fact.file.startsWith(folder));
    expect(failed.map((fact) => `${basename(fact.file)}: ${fact.error}`)).toEqual([]);
    expect(facts.filter((fact) => fact.raw !== undefined).length).toBeGreaterThan(170);
  });

  it('gives our pictures: lossless within 1 grey level, lossy within 3', async () => {
    const wrong: string[] = [];
    for (const fact of facts) {
      if (fact.raw === undefined) continue;
      const name = `${basename(fact.file)} ${fact.syntax}`;
      const difference = await largestDifference(fact).catch(String);
      if (!(Number(difference) <= (LOSSY.test(fact.syntax) ? 3 : 1)))
        wrong.push(`${name}: ${difference ?? 'another size'}`);
    }
    expect(wrong).toEqual([]);
  });
});
