import type { Selected } from './select.js';
import type { Finding, ImageFacts } from './types.js';

/** Columns of `retrain.csv`: those of VinDr, and where the label comes from. */
export const RETRAIN_COLUMNS = [
  'image_id',
  'class_name',
  'class_id',
  'rad_id',
  'x_min',
  'y_min',
  'x_max',
  'y_max',
  'confidence',
  'origin',
] as const;

/** Rows of `retrain.csv`. An image without findings has one row of the class behind the last, as in VinDr. */
export function retrainRows(
  selected: readonly Selected[],
  classes: readonly string[],
): readonly (readonly (string | number)[])[] {
  return selected.flatMap(({ imageId, labels, origin }) => {
    const reader = origin === 'correction' ? 'radiologist' : 'model';
    if (labels.length === 0)
      return [[imageId, 'No finding', classes.length, reader, '', '', '', '', '', origin]];
    return labels.map(({ classId, confidence, bbox }) => {
      const box = bbox ?? ['', '', '', ''];
      return [imageId, classes[classId] ?? '', classId, reader, ...box, confidence, origin];
    });
  });
}

/**
 * A YOLO label file: `class x_center y_center width height`, parts of the image, in lines sorted so that equal
 * labels are equal bytes. A finding about the whole image is a box of the whole image.
 */
export function yoloLabels(labels: readonly Finding[], { width, height }: ImageFacts): string {
  const part = (n: number) => String(Number(n.toFixed(6)));
  return labels
    .map(({ classId, bbox }) => {
      const [x0, y0, x1, y1] = bbox ?? [0, 0, width, height];
      const box = [(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height];
      return `${classId} ${box.map(part).join(' ')}\n`;
    })
    .sort()
    .join('');
}

/** The findings of a YOLO label file, in pixels. Lines that are none are left out: other programs wrote them. */
export function readYoloLabels(text: string, { width, height }: ImageFacts): readonly Finding[] {
  return text.split('\n').flatMap((line): Finding[] => {
    const [classId, x, y, w, h] = line.trim().split(/\s+/).map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (!Number.isInteger(classId) || ![x, y, w, h].every(Number.isFinite)) return [];
    const bbox = [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height];
    return [{ classId, confidence: 1, bbox: bbox as [number, number, number, number] }];
  });
}
