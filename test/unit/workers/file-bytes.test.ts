import { mkdtempSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openIfDicom, readIfDicom } from '../../../src/workers/file-bytes.js';
import { dicomBytes, image } from '../../support/dicom-builder.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxrflow-bytes-'));
  path = join(folder, 'film.dcm');
  const data = Uint16Array.from({ length: 300 * 300 }, (_, i) => i);
  writeFileSync(path, dicomBytes({ PatientName: 'A', ...image({ rows: 300, columns: 300, data }) }));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The file open, and closed again. */
function withOpen<T>(use: (file: NonNullable<ReturnType<typeof openIfDicom>>) => T): T {
  const file = openIfDicom(path);
  if (file === undefined) throw new Error('not taken for DICOM');
  try {
    return use(file);
  } finally {
    file.close();
  }
}

describe('openIfDicom', () => {
  it('reads the beginning, and any other part when asked', () => {
    const all = readFileSync(path);
    withOpen((file) => {
      expect(file.content.length).toBe(all.length);
      expect(file.filled).toBeLessThan(all.length);
      expect(file.content.subarray(0, file.filled)).toEqual(all.subarray(0, file.filled));
      const part = Buffer.alloc(1001);
      file.read(70_001, part);
      expect(part).toEqual(all.subarray(70_001, 71_002));
      file.unchanged();
    });
  });

  it('says what happened to a file meanwhile', () => {
    withOpen((file) => {
      utimesSync(path, 1, 1);
      expect(file.unchanged).toThrow(expect.objectContaining({ code: 'CHANGED_WHILE_READ' }));
    });
    withOpen((file) => {
      truncateSync(path, 100_000);
      const part = Buffer.alloc(10);
      expect(() => file.read(99_995, part)).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
      expect(file.unchanged).toThrow(expect.objectContaining({ code: 'CHANGED_WHILE_READ' }));
    });
  });

  it('leaves alone what is not DICOM, and says what it cannot open', () => {
    writeFileSync(path, Buffer.alloc(100_000, 'x'));
    expect(openIfDicom(path)).toBeUndefined();
    rmSync(path);
    expect(() => openIfDicom(path)).toThrow(expect.objectContaining({ code: 'UNREADABLE' }));
  });
});

describe('readIfDicom', () => {
  it('gives all bytes', () => {
    expect(readIfDicom(path)).toEqual(readFileSync(path));
    writeFileSync(path, 'x');
    expect(readIfDicom(path)).toBeUndefined();
  });
});
