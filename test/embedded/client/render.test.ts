import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../src/dicom/frames.js';
import { readDicom } from '../../../src/dicom/read.js';
import { renderFrame } from '../../../src/dicom/render/frame.js';
import { writeDicom } from '../../../src/dicom/write.js';
import { fileOf, type Row, windowed } from '../../unit/dicom/render/made.js';

const CLI = new URL('../../../dist/client/cli.js', import.meta.url).pathname;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxrflow-render-'));
  mkdirSync(join(folder, 'in'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Two by two 12-bit pixels a frame, 0 to 4095. */
function dicom(frames = 1, ...more: readonly Row[]): Uint8Array {
  const pixels = Array.from({ length: frames }, () => [0, 1000, 2000, 4095]).flat();
  const rows: readonly Row[] = [
    ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.1.1'],
    ['00080018', 'UI', '2.25.1\0\0'],
    ['00280002', 'US', [1]],
    ['00280004', 'CS', 'MONOCHROME2 '],
    ['00280008', 'IS', `${frames} `],
    ['00280010', 'US', [2]],
    ['00280011', 'US', [2]],
    ['00280100', 'US', [16]],
    ['00280101', 'US', [12]],
    ['00280102', 'US', [11]],
    ['00280103', 'US', [0]],
    ...windowed(2048, 4096),
    ['7fe00010', 'OW', pixels],
    ...more,
  ];
  const { dataset, ...file } = fileOf(...rows);
  return writeDicom({ ...file, dataset: new Map([...dataset].sort(([a], [b]) => (a < b ? -1 : 1))) });
}

const put = (path: string, content: Uint8Array | string = dicom()) => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
};

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
const render = (...args: readonly string[]) =>
  new Promise<Result>((resolve) => {
    execFile(process.execPath, [CLI, 'render', ...args], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
const outputs = () =>
  readdirSync(join(folder, 'out'), { recursive: true }).filter((name) => /\.\w+$/.test(String(name)));

describe('cxrflow render', () => {
  it('keeps the tree, names frames, and accounts for every file', async () => {
    put('in/a/film.dcm');
    put('in/a/film.dicom');
    put('in/loop.dcm', dicom(3));
    put('in/note.dcm', 'not DICOM');
    put('in/empty.dcm', '');
    put('in/report', dicom(1, ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.88.11\0']));
    put('in/cut.dcm', dicom().subarray(0, -4));
    symlinkSync(join(folder, 'in'), join(folder, 'in', 'a', 'again'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'in', 'gone.dcm'));
    const { code, stdout } = await render('in', '--out', 'out', '--json');
    const { items, seconds: _, ...counts } = JSON.parse(stdout);
    expect(code).toBe(3);
    expect(counts).toEqual({ found: 8, done: 3, skipped: 1, ignored: 2, quarantined: 2 });
    const said = items.map((item: { source: string; status: string; code?: string }) =>
      [item.source, item.status, item.code].join(' ').trim(),
    );
    expect(said.sort()).toEqual([
      'in/a/film.dcm done',
      'in/a/film.dicom done',
      'in/cut.dcm quarantined TRUNCATED',
      'in/empty.dcm ignored',
      'in/gone.dcm quarantined UNREADABLE',
      'in/loop.dcm done',
      'in/note.dcm ignored',
      'in/report skipped',
    ]);
    expect(outputs().sort()).toEqual([
      'a/film.dicom.png',
      'a/film.png',
      'loop-2.png',
      'loop-3.png',
      'loop.png',
    ]);
  });

  it('writes the picture and nothing else into a PNG', async () => {
    put('in/film.dcm');
    expect((await render('in/film.dcm', '--out', 'out')).code).toBe(0);
    const png = readFileSync(join(folder, 'out/film.png'));
    const { data } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect([...data].filter((_, i) => i % (data.length / 4) === 0)).toEqual([0, 62, 125, 255]);
    expect(png.toString('latin1')).not.toMatch(/tEXt|zTXt|iTXt|eXIf|iCCP|tIME/);
  });

  it('gives values of 16 bits with their meaning, twice the same bytes', async () => {
    put('in/film.dcm', dicom(1, ['00281052', 'DS', '-10 '], ['00281053', 'DS', '1 ']));
    const { stdout } = await render('in', '--out', 'out', '--bits', '16', '--json');
    expect(JSON.parse(stdout).items[0].values).toEqual([
      { maxValue: 4095, modality: { from: -10, step: 1 } },
    ]);
    const first = readFileSync(join(folder, 'out/film.png'));
    const { data } = await sharp(first)
      .toColourspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    expect([...new Uint16Array(data.buffer, data.byteOffset, 4)]).toEqual([0, 1000, 2000, 4095]);
    await render('in', '--out', 'out', '--bits', '16');
    expect(readFileSync(join(folder, 'out/film.png')).equals(first)).toBe(true);
  });

  it('gives of a film that is larger than what is read at first the picture of the whole file', async () => {
    const [rows, columns] = [301, 700];
    const pixels = Array.from({ length: rows * columns }, (_, i) => (i * i) % 4096);
    put(
      'in/film.dcm',
      dicom(1, ['00280010', 'US', [rows]], ['00280011', 'US', [columns]], ['7fe00010', 'OW', pixels]),
    );
    expect((await render('in', '--out', 'out')).code).toBe(0);
    const whole = readDicom(readFileSync(join(folder, 'in/film.dcm')));
    const expected = renderFrame(whole, await decodeFrame(whole, 0), { bits: 8, window: 'auto' });
    const shown = await sharp(join(folder, 'out/film.png')).extractChannel(0).raw().toBuffer();
    expect(shown.equals(Buffer.from(expected.data))).toBe(true);
  });

  it('writes JPEG of the asked size', async () => {
    put('in/film.dcm');
    await render('in', '--out', 'out', '--format', 'jpeg', '--size', '7x5');
    const { format, width, height, channels, exif, icc } = await sharp(
      join(folder, 'out/film.jpg'),
    ).metadata();
    expect({ format, width, height, channels, exif, icc }).toEqual({
      format: 'jpeg',
      width: 7,
      height: 5,
      channels: 1,
    });
  });

  it('takes names that are not UTF-8, and gives them back', async () => {
    const name = Buffer.concat([Buffer.from(`${folder}/in/`), Buffer.from([0xe4, 0x20, 0x0a, 0x27])]);
    writeFileSync(name, dicom());
    expect((await render('in', '--out', 'out')).code).toBe(0);
    const [made] = readdirSync(join(folder, 'out'), { encoding: 'buffer' });
    expect([...(made ?? [])]).toEqual([0xe4, 0x20, 0x0a, 0x27, ...Buffer.from('.png')]);
  });

  it('leaves nothing but whole pictures behind', async () => {
    put('in/loop.dcm', dicom(3).subarray(0, -4));
    put('in/film.dcm');
    await render('in', '--out', 'out');
    expect(readdirSync(join(folder, 'out'))).toEqual(['film.png']);
  });

  it.each([
    ['an IN that is not there', ['nowhere', '--out', 'out'], 2],
    ['an output folder that is an input folder', ['in', '--out', 'in'], 2],
    ['a wrong option', ['in', '--out', 'out', '--bits', '9'], 2],
    ['no output folder', ['in'], 2],
    ['an output folder that cannot be made', ['in', '--out', 'in/film.dcm/x'], 1],
    ['an empty folder', ['empty', '--out', 'out'], 0],
  ])('answers %s', async (_, args, code) => {
    put('in/film.dcm');
    mkdirSync(join(folder, 'empty'));
    const result = await render(...args);
    expect({ code: result.code, stdout: code === 0 ? '' : result.stdout }).toEqual({ code, stdout: '' });
  });
});
