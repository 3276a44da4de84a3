import { fuse } from '../boxes/fusion.js';
import type { CleanReading, LabelledBox } from '../boxes/rules.js';
import { moveBox, type Placement, type Size } from '../fit.js';
import type { Labelled } from './records.js';

export interface LabelOptions {
  /** `all`, `fused`, or one reader. */
  readonly annotators: string;
  /** What the boxes were drawn on, and how the image lies in the output. */
  readonly drawnOn: Size;
  readonly placement: Placement;
}

/**
 * The image files of one image and the boxes of each, moved to where they lie in the output: one a reader, named
 * `<image_id>_<reader>`; or one of all, fused, named `<image_id>`.
 */
export function labelImage(
  imageId: string,
  readings: readonly CleanReading[],
  { annotators, drawnOn, placement }: LabelOptions,
): readonly Labelled[] {
  // The image itself may have been resized since the boxes were drawn.
  const moved = ({ classId, box }: LabelledBox): LabelledBox => ({
    classId,
    box: moveBox(box, { ...placement, from: drawnOn }),
  });
  if (annotators === 'fused') return [{ name: imageId, boxes: fuse(readings).map(moved) }];
  return readings
    .filter(({ reader }) => annotators === 'all' || reader === annotators)
    .map(({ reader, boxes }) => ({ name: `${imageId}_${reader}`, boxes: boxes.map(moved) }));
}
