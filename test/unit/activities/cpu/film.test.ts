import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { FilmDone, FilmSettings } from '../../../../src/activities/cpu/film/outcome.js';
import { createFilmTask } from '../../../../src/activities/cpu/film/task.js';
import { encodeJpegLs } from '../../../../src/dicom/encode/jpegls.js';
import { loadKeyring } from '../../../../src/privacy/keyring.js';
import { dicomBytes, type Elements, fragments, image } from '../../../support/dicom-builder.js';
import { chest, lettered } from '../../../support/drawn-film.js';

const keyring = loadKeyring({ CXRFLOW_PSEUDONYM_KEY: '0123456789abcdef'.repeat(4) }, { mayCreate: false });
const film = createFilmTask(keyring);
const RULES = `
rules:
  - { name: band, manufacturer: Acme, rows: 768, columns: 640, rectangles: [{ x: 0, y: 0, width: 640, height: 60 }] }
`;
const BAND = 60;
const settings: FilmSettings = {
  issuer: 'HOSPITAL',
  profileText: 'research',
  select: 'films',
  bits: 8,
  window: 'auto',
};
const JPEG_LS = '1.2.840.10008.1.2.4.80';

const named = lettered(chest(3), 'DOE JOHN 1945', { x: 60, y: 20, size: 24 });
const elements = (data: Uint8Array, more: Elements = {}): Elements => ({
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
  SOPInstanceUID: '1.2.3.4.5.1',
  StudyInstanceUID: '1.2.3.4.5.2',
  SeriesInstanceUID: '1.2.3.4.5.3',
  PatientName: 'DOE^JOHN',
  PatientID: 'MRN4711',
  Modality: 'CR',
  Manufacturer: 'ACME Imaging',
  WindowCenter: '128',
  WindowWidth: '256',
  BurnedInAnnotation: 'YES',
  ...image({ rows: named.height, columns: named.width, data }),
  ...more,
});
const done = async (bytes: Uint8Array, more: Partial<FilmSettings> = {}): Promise<FilmDone> => {
  const outcome = await film({ bytes, settings: { ...settings, ...more } });
  if (outcome.status !== 'done') throw new Error(outcome.code);
  return outcome;
};
const valuesAt = ({ metadata }: FilmDone, tag: string): unknown =>
  (metadata as Record<string, { Value?: unknown }>)[tag]?.Value;
const pixels = ({ frames }: FilmDone) => sharp(frames[0]?.png).toColourspace('b-w').raw().toBuffer();

async function compressed(): Promise<Buffer> {
  const { width: columns, height: rows, data } = named;
  const coded = await encodeJpegLs({
    rows,
    columns,
    samples: 1,
    bitsStored: 8,
    signed: false,
    data: Uint8Array.from(data),
  });
  return dicomBytes(
    { ...elements(Uint8Array.from(data)), PixelData: fragments([coded]) },
    { transferSyntax: JPEG_LS },
  );
}

test('a film with a name in its pixels waits for a person', async () => {
  const { review } = await done(dicomBytes(elements(Uint8Array.from(named.data))));
  expect(review.map(({ code }) => code)).toEqual(['BURNED_IN_ANNOTATION']);
  const unmarked = dicomBytes(elements(Uint8Array.from(named.data), { BurnedInAnnotation: undefined }));
  expect((await done(unmarked)).review.map(({ code }) => code)).toEqual(['BURNED_IN_TEXT']);
});

test.each([
  ['native', async () => dicomBytes(elements(Uint8Array.from(named.data)))],
  ['compressed', compressed],
])('%s: where a rule says where its device writes, that is blanked and nobody is asked', async (_, bytes) => {
  const ruled = await done(await bytes(), { deviceRules: RULES });
  expect(ruled.review).toEqual([]);
  expect(valuesAt(ruled, '00280301')).toEqual(['NO']);
  const codes = valuesAt(ruled, '00120064') as readonly Record<string, { Value: readonly string[] }>[];
  expect(codes.map((item) => item['00080100']?.Value[0])).toContain('113101');
  const [before, after] = [await pixels(await done(await bytes())), await pixels(ruled)];
  const [band, rest] = [BAND * named.width, named.width * named.height];
  expect(new Set(after.subarray(0, band))).toEqual(
    new Set([after.reduce((least, value) => Math.min(least, value))]),
  );
  expect(after.subarray(band, rest).equals(before.subarray(band, rest))).toBe(true);
  expect(ruled.frames[0]?.pixelHash).not.toBe((await done(await bytes())).frames[0]?.pixelHash);
});

test('text that no rule covers is still asked about', async () => {
  const more = lettered(named, 'MILLER ANNA', { x: 60, y: 500, size: 24 });
  const { review } = await done(dicomBytes(elements(Uint8Array.from(more.data))), { deviceRules: RULES });
  expect(review.map(({ code }) => code)).toEqual(['BURNED_IN_TEXT']);
});

test('a profile that leaves pixels alone leaves them to the device, too', async () => {
  const basic = await done(dicomBytes(elements(Uint8Array.from(named.data))), {
    deviceRules: RULES,
    profileText: 'basic',
  });
  const before = await pixels(await done(dicomBytes(elements(Uint8Array.from(named.data)))));
  expect((await pixels(basic)).equals(before)).toBe(true);
  expect(basic.review).toEqual([]);
});
