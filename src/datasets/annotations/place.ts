import type { AnnotationRecord, Corners, Fault } from './record.js';

/** Part of a pixel by which a box may end outside of its image: coordinates are rounded by those who write them. */
const ROUNDING = 0.01;

/**
 * Whether a record can be on an image of this size, in pixels; the reason where it cannot.
 * @param record its box; and the size it was made on: coordinates of a scaled picture mean other places
 */
export function placeFault(
  { box, size }: Pick<AnnotationRecord, 'box' | 'size'>,
  image: { readonly columns: number; readonly rows: number },
): Fault | undefined {
  const { columns, rows } = image;
  if (size && (size.width !== columns || size.height !== rows))
    return {
      code: 'IMAGE_SIZE',
      reason: `made on ${size.width} x ${size.height} pixels, the image has ${columns} x ${rows}`,
    };
  if (box === undefined || within(box, columns, rows)) return undefined;
  return { code: 'BOX_OUTSIDE', reason: `the image has ${columns} x ${rows} pixels` };
}

function within([xMin, yMin, xMax, yMax]: Corners, columns: number, rows: number): boolean {
  return xMin >= -ROUNDING && yMin >= -ROUNDING && xMax <= columns + ROUNDING && yMax <= rows + ROUNDING;
}

/** A box that is within its image, its rounding taken off. */
export function clip(
  box: Corners,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): Corners {
  const [xMin, yMin, xMax, yMax] = box;
  return [Math.max(0, xMin), Math.max(0, yMin), Math.min(columns, xMax), Math.min(rows, yMax)];
}
