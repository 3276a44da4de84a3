import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { detectBurnedIn } from '../../../../src/dicom/burnin/detect.js';
import { covered } from '../../../../src/dicom/burnin/image.js';
import { parseDeviceRules } from '../../../../src/dicom/burnin/rules.js';
import { chest, lettered } from '../../../support/drawn-film.js';

const film = chest(1);

describe('burned-in text goes to review', () => {
  it.each([
    ['a name', 'DOE JOHN', { x: 60, y: 80, size: 22 }],
    ['a number', '19450312', { x: 300, y: 700, size: 16 }],
    ['a small one', 'MILLER ANNA', { x: 200, y: 400, size: 12 }],
    ['a large one', 'SMITH', { x: 120, y: 300, size: 38 }],
    ['grey text', 'KOWALSKI', { x: 180, y: 300, size: 24, value: 190 }],
    ['dark text on light', 'SCHMIDT 4711', { x: 120, y: 60, size: 20, value: 0, box: 240 }],
    ['black text on the body', 'SCHMIDT', { x: 230, y: 30, size: 24, value: 0 }],
    ['white text in a black box', 'NGUYEN', { x: 200, y: 300, size: 24, box: 0 }],
    ['text down the picture', 'JOHNSON MARY', { x: 30, y: 120, size: 24, turned: true }],
    ['a name beside a marker', 'L DOE', { x: 60, y: 60, size: 30 }],
  ])('%s', (_, text, lettering) => {
    const { findings, review } = detectBurnedIn(lettered(film, text, lettering));
    expect(review).toBe(true);
    const length = text.length * lettering.size;
    const place =
      'turned' in lettering
        ? { x: lettering.x - 4, y: lettering.y - 4, width: lettering.size + 8, height: length }
        : { x: lettering.x - 4, y: lettering.y - 4, width: length, height: lettering.size + 8 };
    for (const { kind, rect } of findings)
      if (kind === 'text') expect(covered(place, rect)).toBeGreaterThan(0.9);
  });
});

describe('what stays', () => {
  it.each([1, 2, 3, 4])('a clean film of seed %i', (seed) => {
    expect(detectBurnedIn(chest(seed, 640, 768, seed * 3))).toEqual({ findings: [], review: false });
  });

  it.each(['L', 'R', 'AP', 'PA', 'LAT', 'AP L', 'RIGHT', 'LEFT', 'AP LAT'])('the marker %s', (text) => {
    for (const weight of [0.1, 0.14])
      for (const size of [24, 36]) {
        const { findings, review } = detectBurnedIn(lettered(film, text, { x: 50, y: 60, size, weight }));
        expect({
          weight,
          size,
          review,
          kinds: findings.map(({ kind }) => kind).filter((kind) => kind !== 'marker'),
        }).toEqual({
          weight,
          size,
          review: false,
          kinds: [],
        });
      }
  });

  it.each([
    [0, 'black'],
    [255, 'white'],
  ])('a collimator border of %i', (value) => {
    const data = Uint8Array.from(film.data);
    for (let y = 0; y < film.height; y++)
      for (let x = 0; x < film.width; x++)
        if (x < 30 || y < 25 || x > 600 || y > 740) data[y * film.width + x] = value;
    expect(detectBurnedIn({ ...film, data }).review).toBe(false);
  });

  it.each([[[255]], [[0]], [[0, 255]], [[128, 130, 90]]])('a picture of %j over and over', (values) => {
    const data = Uint8Array.from({ length: 200 * 100 }, (_, i) => values[i % values.length] ?? 0);
    expect(detectBurnedIn({ width: 200, height: 100, data }).review).toBe(false);
  });

  it('a picture of one pixel, of one row, of one column', () => {
    for (const [width, height] of [
      [1, 1],
      [50, 1],
      [1, 50],
    ] as const)
      expect(detectBurnedIn({ width, height, data: new Uint8Array(width * height) }).findings).toEqual([]);
  });
});

describe('what the file says', () => {
  it.each(['YES', 'yes ', ' YES'])('BurnedInAnnotation %j sends it to review', (burnedInAnnotation) => {
    const { findings, review } = detectBurnedIn(film, { burnedInAnnotation });
    expect(review).toBe(true);
    expect(findings).toEqual([{ kind: 'flag', score: 1, rect: { x: 0, y: 0, width: 640, height: 768 } }]);
  });

  it('BurnedInAnnotation NO proves nothing', () => {
    const written = lettered(film, 'DOE JOHN', { x: 60, y: 80, size: 22 });
    expect(detectBurnedIn(written, { burnedInAnnotation: 'NO' }).review).toBe(true);
    expect(detectBurnedIn(film, { burnedInAnnotation: 'NO' }).review).toBe(false);
  });

  it('a device rule covers its rectangle, and only that', () => {
    const rules = parseDeviceRules(
      'rules: [{name: a, manufacturer: maker, rectangles: [{x: 0, y: 0, width: 640, height: 110}]}]',
    );
    const facts = { manufacturer: 'MAKER Inc', burnedInAnnotation: 'YES' };
    const inside = lettered(film, 'DOE JOHN', { x: 60, y: 60, size: 22 });
    expect(detectBurnedIn(inside, facts, rules)).toEqual({
      findings: [{ kind: 'device', score: 1, rect: { x: 0, y: 0, width: 640, height: 110 } }],
      review: false,
    });
    expect(
      detectBurnedIn(lettered(inside, 'DOE JOHN', { x: 60, y: 400, size: 22 }), facts, rules).review,
    ).toBe(true);
    expect(detectBurnedIn(inside, { manufacturer: 'other' }, rules).review).toBe(true);
  });
});

const films = process.env.CXRFLOW_TEST_FILMS;
if (films === undefined)
  console.info('CXRFLOW_TEST_FILMS is not set: the detector is not tried on real films');
else
  describe('real films without text but markers', () => {
    it.each(readdirSync(films).filter((name) => /\.(png|jpe?g)$/i.test(name)))('%s', async (name) => {
      const { data, info } = await sharp(join(films, name))
        .greyscale()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const image = { width: info.width, height: info.height, data: new Uint8Array(data) };
      expect(detectBurnedIn(image).findings.filter(({ kind }) => kind === 'text')).toEqual([]);
      const middle = { x: Math.round(image.width * 0.3), y: Math.round(image.height * 0.5), size: 24 };
      expect(detectBurnedIn(lettered(image, 'DOE JOHN', middle)).review).toBe(true);
    });
  });
