import { describe, expect, it } from 'vitest';
import { AgreementBuilder } from '../../../../src/datasets/agreement.js';
import { LeakageBuilder } from '../../../../src/datasets/detection/leakage.js';
import { detectionPlots } from '../../../../src/datasets/detection/plots.js';
import type { BuiltImage } from '../../../../src/datasets/detection/records.js';
import { HEAT_CELLS, StatisticsBuilder } from '../../../../src/datasets/detection/statistics.js';
import { place } from '../../../../src/datasets/fit.js';

const CLASSES = ['mass <1 cm', 'other'];

function built(change: Partial<BuiltImage> = {}): BuiltImage {
  // 200 x 100 in 100 x 100: the picture lies from y 25 to 75.
  const placement = place({ width: 200, height: 100 }, { width: 100, height: 100 }, 'letterbox');
  return {
    imageId: 'a',
    split: 'training',
    unit: 'P1',
    patient: 'P1',
    imageKey: 'Ia',
    placement,
    pixels: 'aa',
    source: { bytes: 1, sha256: '' },
    readings: [
      { reader: 'R1', boxes: [{ classId: 0, box: [0, 0, 100, 50] }] },
      { reader: 'R2', boxes: [] },
    ],
    labelled: [
      { name: 'a_R1', boxes: [{ classId: 0, box: [0, 25, 50, 50] }] },
      { name: 'a_R2', boxes: [] },
    ],
    files: [],
    fixes: { duplicates: 0, reversed: 1, clipped: 0, contradictions: 0 },
    problems: [],
    ...change,
  };
}

describe('statistics', () => {
  it('count images, files, boxes and readers, and where boxes lie on the image without its padding', () => {
    const builder = new StatisticsBuilder(CLASSES, ['training', 'test']);
    builder.add(built());
    builder.add(built({ imageId: 'b', unit: 'P2', patient: null, labelled: [{ name: 'b_R1', boxes: [] }] }));
    const { splits, classes, readers, boxesPerImage, imageSizes, fixes } = builder.result();
    expect(splits.training).toEqual({
      images: 2,
      files: 3,
      negatives: 2,
      boxes: 1,
      patients: 1,
      classes: { 'mass <1 cm': { images: 1, boxes: 1 } },
    });
    expect(splits.test).toMatchObject({ images: 0, patients: null });
    expect(readers.R1).toEqual({ images: 2, boxes: 2, noFinding: 0 });
    expect(boxesPerImage.slice(0, 3)).toEqual([2, 1, 0]);
    expect(imageSizes).toEqual({ '100x100': 2 });
    expect(fixes.reversed).toBe(2);
    // Half of the width and of the height: a quarter of the picture, its upper left one.
    expect(classes[0]?.meanArea).toBeCloseTo(0.25, 12);
    const heat = classes[0]?.heat ?? [];
    expect(heat.flat().reduce((a, b) => a + b, 0)).toBe((HEAT_CELLS / 2) ** 2);
    expect([heat[0]?.[0], heat[HEAT_CELLS / 2]?.[0], heat[0]?.[HEAT_CELLS / 2]]).toEqual([1, 0, 0]);
    expect(classes[0]?.sizes[10]).toBe(1);
  });

  it('plots are well-formed SVG, names escaped, with and without anything to show', () => {
    for (const images of [[], [built()]]) {
      const statistics = new StatisticsBuilder(CLASSES, ['training']);
      const agreement = new AgreementBuilder(CLASSES);
      for (const image of images) {
        statistics.add(image);
        agreement.add(image.readings);
      }
      for (const svg of Object.values(detectionPlots(statistics.result(), agreement.result()))) {
        expect(svg).toMatch(/^<svg [^>]*>[\s\S]*<\/svg>\n$/);
        expect(svg).not.toMatch(/NaN|undefined|Infinity|<1 cm|<script/);
        const open = svg.match(/<(svg|text|title|tspan)\b/g)?.length;
        expect(svg.match(/<\/(svg|text|title|tspan)>/g)?.length).toBe(open);
      }
    }
  });
});

describe('the proof of no leakage', () => {
  it('counts patients, and pictures that are the same under two ids', () => {
    const builder = new LeakageBuilder();
    builder.add(built());
    builder.add(built({ imageId: 'b', unit: 'Ib', patient: null, split: 'test' }));
    expect(builder.result()).toEqual({
      patients: 1,
      imagesOfUnknownPatients: 1,
      patientsInTwoSplits: 0,
      imagesInTwoSplits: 0,
      equalPicturesInTwoSplits: 1,
    });
  });

  it('refuses a version in which a patient or an image is in two splits', () => {
    for (const leak of [{ imageId: 'b' }, { unit: 'P2' }]) {
      const builder = new LeakageBuilder();
      builder.add(built());
      builder.add(built({ ...leak, split: 'test' }));
      expect(() => builder.result()).toThrow('in two splits');
    }
  });
});
