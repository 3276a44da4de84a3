import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBoxes } from '../../../../src/datasets/boxes/read-boxes.js';
import {
  type FoundImage,
  type Plan,
  type PlanOptions,
  planImages,
} from '../../../../src/datasets/detection/plan.js';
import { readPatients, readSizes } from '../../../../src/datasets/id-tables.js';

const text = (lines: readonly string[]) => Readable.from([Buffer.from(lines.join('\n'))]);
const table = (...rows: string[]) =>
  readBoxes(text(['image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max', ...rows]));
const file = (imageId: string, patient?: string): FoundImage => ({
  imageId,
  patient,
  sealedPath: `sealed ${imageId}`,
});
const options: PlanOptions = {
  annotators: 'all',
  splits: { training: 8, test: 2 },
  seed: 1,
  stratify: false,
  remembered: new Map(),
  patients: undefined,
  sizes: undefined,
  imageKey: (id) => `I/${id}`,
  publicId: (id) => id,
  publicReader: (reader) => reader,
};
const all = (plan: Plan) => [...plan.images.values()].flat();
const box = (id: string, reader = 'R1') => `${id},X,0,${reader},1,1,9,9`;
const nothing = (id: string, reader: string) => `${id},No finding,14,${reader},,,,`;

describe('planImages', () => {
  it('leaves out what it cannot place without a guess, each with its reason', async () => {
    const boxes = await table(
      box('here'),
      box('gone'),
      box('twice'),
      box('nobody'),
      box('doubted'),
      box('here', ''),
    );
    const files = ['here', 'twice', 'twice', 'nobody', 'doubted', 'unread'].map((id) => file(id));
    const patients = await readPatients(
      text([
        'image_id,patient_id',
        'here,p1',
        'twice,p2',
        'doubted,p1',
        'doubted,p2',
        'unread,p1',
        ',p9',
        'gone,p1',
      ]),
    );
    const plan = planImages(boxes, files, { ...options, patients });
    expect(all(plan).map(({ imageId, unit }) => [imageId, unit])).toEqual([['here', 'p1']]);
    expect(plan.problems.map(({ kind, code, imageId }) => [kind, code, imageId])).toEqual([
      ['row', 'ROW_NOT_NAMED', 'here'],
      ['image', 'PATIENT_MISSING', 'doubted'],
      ['image', 'IMAGE_MISSING', 'gone'],
      ['image', 'PATIENT_MISSING', 'nobody'],
      ['image', 'IMAGE_AMBIGUOUS', 'twice'],
    ]);
    expect(plan.skipped).toEqual({ NO_ROWS: 1, NOT_READ: 0, TOO_FEW_READERS: 0 });
    expect(plan.found).toBe(6);
  });

  it('takes the readers asked for: one, or two at least where they are fused', async () => {
    const boxes = await table(box('a', 'R1'), nothing('a', 'R2'), box('b', 'R1'), nothing('c', 'R2'));
    const files = ['a', 'b', 'c'].map((id) => file(id));
    const ids = (annotators: string) => {
      const plan = planImages(boxes, files, { ...options, annotators });
      return [
        all(plan)
          .map(({ imageId }) => imageId)
          .sort(),
        plan.skipped,
      ];
    };
    expect(ids('R2')).toEqual([['a', 'c'], { NO_ROWS: 0, NOT_READ: 1, TOO_FEW_READERS: 0 }]);
    expect(ids('fused')).toEqual([['a'], { NO_ROWS: 0, NOT_READ: 0, TOO_FEW_READERS: 2 }]);
    expect(() => ids('R3')).toThrow(/annotators: expected all, fused or the rad_id/);
  });

  it('keeps what earlier versions decided, of patients and of images that had none then', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => box(`i${i}`));
    const boxes = await table(...rows);
    const files = Array.from({ length: 20 }, (_, i) => file(`i${i}`));
    const patients = new Map(files.map(({ imageId }, i) => [imageId, `p${Math.floor(i / 2)}`]));
    const remembered = new Map([
      ['p0', 'test'],
      ['I/i5', 'test'],
    ]);
    const plan = planImages(boxes, files, { ...options, patients, remembered });
    const splitOf = new Map(all(plan).map(({ imageId, split }) => [imageId, split]));
    expect(['i0', 'i1', 'i4', 'i5'].map((id) => splitOf.get(id))).toEqual(['test', 'test', 'test', 'test']);
    expect(plan.images.get('test')).toHaveLength(4);
    const torn = new Map([
      ['I/i4', 'training'],
      ['I/i5', 'test'],
    ]);
    expect(() => planImages(boxes, files, { ...options, patients, remembered: torn })).toThrow(
      expect.objectContaining({ code: 'SPLIT_CONFLICT', detail: '1 patients' }),
    );
    expect(() => planImages(boxes, files, { ...options, remembered: new Map([['x', 'canary']]) })).toThrow(
      /splits: earlier versions of this dataset have canary/,
    );
  });

  it('refuses a dataset without images, and says what it compared', async () => {
    const boxes = await table(box('a'));
    expect(() => planImages(boxes, [file('a.png')], options)).toThrow(
      expect.objectContaining({ code: 'DATASET_EMPTY', detail: '1 images in the folder, 1 in the table' }),
    );
  });

  it('nothing but public names leaves, in images and in what is left out', async () => {
    const boxes = await table(
      box('1.2.3.4', 'Dr. Smith'),
      box('1.2.3.5', 'Dr. Smith'),
      '1.2.3.4,X,zero,Dr. Smith,1,2,3,4',
    );
    const plan = planImages(boxes, [file('1.2.3.4')], {
      ...options,
      publicId: (id) => `public-${id.length}`,
      publicReader: () => 'RQ',
    });
    const { sealedPath: _, ...image } = all(plan)[0] as { sealedPath: string };
    expect(JSON.stringify([image, plan.problems])).not.toMatch(/Smith|1\.2\.3\.5/);
    expect(JSON.stringify(plan.problems)).not.toContain('1.2.3.4');
  });

  it('no patient is in two splits and none is lost, whoever has how many images', async () => {
    const owners = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(owners, fc.boolean(), fc.nat(), async (of, stratify, seed) => {
        const boxes = await table(...of.map((_, i) => (i % 3 ? box(`i${i}`) : nothing(`i${i}`, 'R1'))));
        const files = of.map((patient, i) => file(`i${i}`, `p${patient}`));
        const images = all(planImages(boxes, files, { ...options, stratify, seed }));
        expect(images).toHaveLength(of.length);
        for (const patient of new Set(of)) {
          const splits = new Set(
            images.filter((image) => image.patient === `p${patient}`).map(({ split }) => split),
          );
          expect(splits.size).toBe(1);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('the tables beside the boxes', () => {
  it('sizes as width and height, or as rows and columns', async () => {
    const sizes = await readSizes(text(['image_id,dim0,dim1', 'a,100,200']));
    expect(sizes.get('a')).toEqual({ width: 200, height: 100 });
    expect((await readSizes(text(['image_id;height;width', 'a;100;200']))).get('a')).toEqual({
      width: 200,
      height: 100,
    });
  });

  it.each([
    ['no number', ['a,x,1']],
    ['nothing', ['a,,']],
    ['two sizes', ['a,1,2', 'a,1,3']],
  ])('refuses %s', async (_, rows) => {
    await expect(readSizes(text(['image_id,width,height', ...rows]))).rejects.toMatchObject({
      code: 'TABLE_INVALID',
    });
  });

  it('a patient table needs its two columns', async () => {
    await expect(readPatients(text(['image,patient', 'a,b']))).rejects.toThrow(
      /patients: no column image_id, patient_id/,
    );
  });
});
