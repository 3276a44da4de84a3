import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDicom } from '../../../src/dicom/read.js';
import { text } from '../../../src/dicom/values.js';
import { as, dicomBytes, type Elements } from '../../support/dicom-builder.js';

const CLI = new URL('../../../dist/client/cli.js', import.meta.url).pathname;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxrflow-deidentify-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FILM: Elements = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
  SOPInstanceUID: '1.2.3.4.5.1',
  StudyInstanceUID: '1.2.3.4.5.2',
  SeriesInstanceUID: '1.2.3.4.5.3',
  PatientName: 'KOWALSKI^BARBARA',
  PatientID: 'MRN4711',
  Modality: 'CR',
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  Rows: 16,
  Columns: 16,
  BitsAllocated: 16,
  BitsStored: 12,
  HighBit: 11,
  PixelRepresentation: 0,
  PixelData: as(
    'OW',
    new Uint16Array(256).map((_, i) => i),
  ),
};

function put(name: string, content: Elements | string): void {
  const path = join(folder, 'in', name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : dicomBytes({ ...FILM, ...content }));
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function cxrflow(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const key = { CXRFLOW_PSEUDONYM_KEY: `${'0123456789abcdef'.repeat(4)}` };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [CLI, ...args],
      { env: { ...process.env, CXRFLOW_KEYRING: undefined, ...key, ...env } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

const out = () => join(folder, 'out');
const run = (...more: readonly string[]) =>
  cxrflow(['deidentify', join(folder, 'in'), '--out', out(), '--threads', '1', ...more]);
const outputs = () =>
  readdirSync(out(), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.dcm'))
    .sort();

test('names are pseudonyms, nobody is in the bytes, and a report is there to sign', async () => {
  put('Kowalski/film.dcm', {});
  put('Kowalski/notes.txt', 'no film');
  const { code, stdout } = await run('--json');
  const result = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(result).toMatchObject({ found: 2, done: 1, skipped: 0, ignored: 1, quarantined: 0, review: 0 });
  const [file = ''] = outputs();
  expect(file).toMatch(/^P[A-Z2-7]{26}\/2\.25\.\d+\/2\.25\.\d+\.dcm$/);
  expect(readFileSync(join(out(), file)).toString('latin1')).not.toMatch(/KOWALSKI|4711|1\.2\.3\.4\.5/);
  for (const report of ['deid-report.json', 'deid-report.html'])
    expect(readFileSync(join(out(), report), 'utf8')).not.toMatch(/kowalski|4711|1\.2\.3\.4\.5/i);
  expect(JSON.parse(readFileSync(join(out(), 'deid-report.json'), 'utf8')).counts).toEqual({
    found: 2,
    done: 1,
    skipped: 0,
    ignored: 1,
    quarantined: 0,
  });
});

test('the same key gives the same bytes, another key another patient', async () => {
  put('film.dcm', {});
  await run();
  const first = outputs();
  const bytes = readFileSync(join(out(), first[0] ?? ''));
  rmSync(out(), { recursive: true });
  await run();
  expect(outputs()).toEqual(first);
  expect(readFileSync(join(out(), first[0] ?? '')).equals(bytes)).toBe(true);
  const args = ['deidentify', join(folder, 'in'), '--out', join(folder, 'other')];
  await cxrflow(args, { CXRFLOW_PSEUDONYM_KEY: 'fedcba9876543210'.repeat(4) });
  expect(existsSync(join(folder, 'other', (first[0] ?? '').split('/')[0] ?? ''))).toBe(false);
});

test('two patient ids in one study: the study is quarantined as a whole, the others go on', async () => {
  put('a.dcm', { SOPInstanceUID: '1.2.1' });
  put('b.dcm', { SOPInstanceUID: '1.2.2', PatientID: 'MRN9999' });
  put('c.dcm', { SOPInstanceUID: '1.2.3', StudyInstanceUID: '1.2.9' });
  const { code, stdout } = await run('--json');
  const { items, done, quarantined } = JSON.parse(stdout);
  expect([code, done, quarantined, outputs().length]).toEqual([3, 1, 2, 1]);
  const codes = items
    .filter((i: { status: string }) => i.status === 'quarantined')
    .map((i: { code: string }) => i.code);
  expect(codes).toEqual(['PATIENT_CONFLICT', 'PATIENT_CONFLICT']);
});

test('the same image again is skipped, another one with its UID is a conflict', async () => {
  put('a.dcm', {});
  put('b.dcm', { PatientComments: 'sent again' });
  put('c.dcm', { PixelData: as('OW', new Uint16Array(256).fill(9)) });
  const { code, stdout } = await run('--json');
  const result = JSON.parse(stdout);
  expect([code, result.done, result.skipped, result.quarantined]).toEqual([3, 1, 1, 1]);
  expect(result.items.find((i: { status: string }) => i.status === 'quarantined').code).toBe('UID_CONFLICT');
});

test('--keep-tree keeps folders and names; what a person must see lies below review', async () => {
  put('ward/a.dcm', { SOPInstanceUID: '1.2.1' });
  put('ward/b', { SOPInstanceUID: '1.2.2', BurnedInAnnotation: 'YES' });
  const { code, stdout } = await run('--keep-tree', '--json');
  expect([code, JSON.parse(stdout).review]).toEqual([0, 1]);
  expect(outputs()).toEqual(['review/ward/b.dcm', 'ward/a.dcm']);
});

test('nothing of a bad file stays behind', async () => {
  put('a.dcm', {});
  const path = join(folder, 'in', 'cut.dcm');
  writeFileSync(path, dicomBytes(FILM).subarray(0, 900));
  const { code, stdout } = await run('--json');
  expect(code).toBe(3);
  expect(JSON.parse(stdout).items.find((i: { code?: string }) => i.code)?.code).toBe('TRUNCATED');
  expect(readdirSync(out()).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a wrong profile or a missing key is refused at once', async () => {
  put('a.dcm', {});
  const wrong = await run('--profile', join(folder, 'none.yaml'));
  expect([wrong.code, /BAD_PROFILE/.test(wrong.stderr)]).toEqual([2, true]);
  const args = ['deidentify', join(folder, 'in'), '--out', out()];
  const keyless = await cxrflow(args, { CXRFLOW_PSEUDONYM_KEY: '', XDG_CONFIG_HOME: folder, HOME: folder });
  expect(keyless.code).not.toBe(0);
  expect(keyless.stderr).toMatch(/KEY_MISSING/);
  expect(existsSync(out())).toBe(false);
});

test('inspect lists a file and what the profile would do', async () => {
  put('a.dcm', { ReferencedImageSequence: [{ ReferencedSOPInstanceUID: '1.2.7' }] });
  const path = join(folder, 'in', 'a.dcm');
  const { code, stdout } = await cxrflow(['inspect', path]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\(0010,0010\) PN \[KOWALSKI\^BARBARA\] .* PatientName {2}-> pseudonym/);
  expect(stdout).toMatch(/\(0028,0010\) US 16 +# 2 Rows\n/);
  const json = JSON.parse((await cxrflow(['inspect', path, '--profile', 'basic', '--json'])).stdout);
  const uid = json.elements.find((e: { keyword: string }) => e.keyword === 'ReferencedSOPInstanceUID');
  expect(uid).toMatchObject({ depth: 1, item: 1, value: ['1.2.7'], action: 'remove' });
});

test("what the site's device rules name is blanked; rules that are wrong are refused", async () => {
  put('a.dcm', { Manufacturer: 'Acme', BurnedInAnnotation: 'YES' });
  const rules = join(folder, 'rules.yaml');
  const args = ['deidentify', join(folder, 'in'), '--out', out(), '--json', '--device-rules', rules];
  writeFileSync(rules, 'rules: [{ name: x }]');
  const wrong = await cxrflow(args);
  expect([wrong.code, JSON.parse(wrong.stdout).error.code]).toEqual([2, 'BAD_CONFIG']);
  writeFileSync(
    rules,
    'rules: [{ name: a, manufacturer: ACME, rectangles: [{ x: 0, y: 8, width: 16, height: 4 }] }]',
  );
  const { code, stdout } = await cxrflow(args);
  expect(code).toBe(0);
  const { items, review } = JSON.parse(stdout);
  expect(review).toBe(0);
  const { dataset } = readDicom(readFileSync(items[0].outputs[0]));
  expect(text(dataset, '00280301')).toBe('NO');
  const pixels = dataset.get('7fe00010');
  const bytes = pixels?.kind === 'value' ? pixels.bytes : new Uint8Array();
  const samples = new Uint16Array(Uint8Array.from(bytes).buffer);
  expect([...samples]).toEqual(Array.from({ length: 256 }, (_, i) => (i >= 128 && i < 192 ? 0 : i)));
});
