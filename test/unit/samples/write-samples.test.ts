import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBuffer } from 'yauzl';
import { decodeFrame } from '../../../src/dicom/frames.js';
import { readDicom } from '../../../src/dicom/read.js';
import { text } from '../../../src/dicom/values.js';
import { type SampleKind, type SampleSummary, writeSamples } from '../../../src/samples/write-samples.js';

const SIZE = { rows: 64, columns: 48 };
let dir: string;
let samples: SampleSummary;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'samples-'));
  samples = await writeSamples(join(dir, 'a'), { size: SIZE });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const bytesOf = (path: string) => readFileSync(join(dir, 'a', path));
const of = (...kinds: SampleKind[]) => samples.files.filter((f) => kinds.includes(f.kind));

describe('writeSamples', () => {
  it('writes what it says, and nothing else', async () => {
    const there = await readdir(join(dir, 'a'), { recursive: true, withFileTypes: true });
    const files = there
      .filter((e) => e.isFile())
      .map((e) => join(e.parentPath, e.name).slice(dir.length + 3));
    expect(files.sort()).toEqual(samples.files.map((f) => f.path).sort());
    expect(samples.studies).toBe(40);
    expect(samples.patients).toBeLessThan(40);
  });

  it('holds every kind of thing', () => {
    const kinds: SampleKind[] = [
      'film',
      'black',
      'blurred',
      'over-exposed',
      'burned-in',
      'for-processing',
      'corrupt',
      'duplicate',
      'document',
      'other',
      'archive',
    ];
    for (const kind of kinds) expect(of(kind).length, kind).toBeGreaterThan(0);
  });

  it('writes the same bytes and times again, and other ones for another seed', async () => {
    await writeSamples(join(dir, 'b'), { studies: 4, size: SIZE });
    await writeSamples(join(dir, 'c'), { studies: 4, size: SIZE });
    const other = await writeSamples(join(dir, 'd'), { studies: 4, size: SIZE, seed: 2 });
    const again = await writeSamples(join(dir, 'b'), { studies: 4, size: SIZE });
    for (const { path } of again.files) {
      expect(readFileSync(join(dir, 'b', path)).equals(readFileSync(join(dir, 'c', path))), path).toBe(true);
      expect(statSync(join(dir, 'b', path)).mtimeMs).toBe(statSync(join(dir, 'c', path)).mtimeMs);
    }
    expect(Date.now() - statSync(join(dir, 'b', again.files[0]?.path as string)).mtimeMs).toBeGreaterThan(
      3.6e6,
    );
    expect(other.identifiers.some((i) => again.identifiers.includes(i) && i.startsWith('2.25.'))).toBe(false);
  });

  it('gives films that decode, in many encodings and both polarities', async () => {
    const syntaxes = new Set<string>();
    const polarities = new Set<string | undefined>();
    for (const { path } of of('film', 'black', 'blurred', 'over-exposed', 'burned-in', 'duplicate')) {
      const file = readDicom(bytesOf(path));
      const frame = await decodeFrame(file, 0);
      expect([frame.rows, frame.columns], path).toEqual([64, 48]);
      syntaxes.add(file.transferSyntax);
      polarities.add(text(file.dataset, '00280004'));
    }
    expect(syntaxes.size).toBe(10);
    expect(polarities).toEqual(new Set(['MONOCHROME1', 'MONOCHROME2']));
  });

  it('gives two studies to some patients, and no UID twice but to the duplicate', () => {
    const films = of('film').map(({ path }) => readDicom(bytesOf(path)).dataset);
    const studiesOf = new Map<string, Set<string>>();
    for (const film of films) {
      const id = text(film, '00100020') as string;
      studiesOf.set(id, (studiesOf.get(id) ?? new Set()).add(text(film, '0020000d') as string));
    }
    expect([...studiesOf.values()].filter((s) => s.size === 2).length).toBeGreaterThanOrEqual(4);
    const uids = films.map((film) => text(film, '00080018') as string);
    expect(new Set(uids).size).toBe(uids.length);
    const duplicate = of('duplicate')[0]?.path as string;
    expect(uids).toContain(text(readDicom(bytesOf(duplicate)).dataset, '00080018'));
    expect(of('film').some(({ path }) => bytesOf(path).equals(bytesOf(duplicate)))).toBe(true);
  });

  it('lists each identifier that is in the headers', () => {
    for (const { path } of of('film', 'document')) {
      const { dataset } = readDicom(bytesOf(path));
      for (const tag of ['00100020', '0020000d', '0020000e', '00080018', '00080050', '00080080', '00101040'])
        expect(samples.identifiers, `${path} ${tag}`).toContain(text(dataset, tag));
      expect(samples.birthDates).toContain(text(dataset, '00100030'));
      const family = text(dataset, '00100010')?.split(/[\^=]/)[0] as string;
      expect(samples.identifiers.some((i) => i.includes(family))).toBe(true);
    }
    expect(samples.identifiers.every((i) => i.length >= 5)).toBe(true);
  });

  it('damages the damaged file, and only it', () => {
    for (const { path } of of('corrupt')) expect(() => readDicom(bytesOf(path))).toThrow();
    for (const { path } of of('document')) expect(() => readDicom(bytesOf(path))).not.toThrow();
  });

  it('zips films so that others can open them', async () => {
    const { path, members } = of('archive')[0] as SampleSummary['files'][number];
    const names = await new Promise<string[]>((resolve, reject) => {
      fromBuffer(bytesOf(path), {}, (error, archive) => {
        if (error) return reject(error);
        const found: string[] = [];
        archive.on('entry', (entry: { fileName: string }) => found.push(entry.fileName));
        archive.on('end', () => resolve(found));
        archive.on('error', reject);
      });
    });
    expect(names).toHaveLength(members);
  });

  it('can leave out laterals and everything that is no plain film', async () => {
    const plain = await writeSamples(join(dir, 'e'), {
      studies: 7,
      size: SIZE,
      laterals: false,
      extras: false,
    });
    expect(plain.files.map((f) => f.kind)).toEqual(Array(7).fill('film'));
  });
});
