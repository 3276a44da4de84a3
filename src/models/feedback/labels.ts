import type { Selected } from './select.js';

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
