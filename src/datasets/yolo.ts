import { stringify } from 'yaml';
import type { ClassMap } from './boxes/classes.js';
import type { Box, LabelledBox } from './boxes/rules.js';
import type { Size } from './fit.js';

/** Of a pixel in an image of 100,000: far below what rounding to pixels does. */
const DECIMALS = 8;

/**
 * A YOLO label file: `class_id x_center y_center width height`, a line a box, normalised to the image. An image
 * without findings has an empty one.
 */
export function yoloLabels(boxes: readonly LabelledBox[], { width, height }: Size): string {
  return boxes
    .map(({ classId, box: [x0, y0, x1, y1] }) => {
      const numbers = [(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height];
      return `${classId} ${numbers.map((value) => value.toFixed(DECIMALS)).join(' ')}\n`;
    })
    .join('');
}

/** The boxes of a label file, in pixels. */
export function readYoloLabels(text: string, { width, height }: Size): readonly LabelledBox[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [classId = Number.NaN, x = 0, y = 0, w = 0, h = 0] = line.trim().split(/\s+/).map(Number);
      const box: Box = [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height];
      return { classId, box };
    });
}

/** The splits that trainers know by their own names. */
const ROLES = [
  ['train', /^train(ing)?$/],
  ['val', /^val(id|idation)?$/],
  ['test', /^test(ing)?$/],
] as const;

/**
 * The `data.yaml` of Ultralytics: `train`, `val` and `test` name folders of images whose labels lie in the sibling
 * folder `labels`; the other splits are there under their own names. `path` is empty, which means the folder of
 * this file: the dataset can be moved.
 *
 * @param splits that have images
 */
export function dataYaml(splits: readonly string[], classes: ClassMap): string {
  const folders: Record<string, string> = {};
  for (const [role, pattern] of ROLES) {
    const split = splits.find((name) => pattern.test(name));
    if (split !== undefined) folders[role] = `${split}/images`;
  }
  for (const split of splits)
    if (!Object.values(folders).includes(`${split}/images`)) folders[split] = `${split}/images`;
  return stringify({
    path: '',
    ...folders,
    nc: classes.length,
    names: new Map(classes.entries()),
  });
}
