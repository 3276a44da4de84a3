/** Boxes as four numbers each, x_min, y_min, x_max, y_max. */
export interface Candidates {
  readonly boxes: Float32Array;
  readonly confidences: Float32Array;
  readonly classIds: Int32Array;
}

/** Candidates looked at, at most (Ultralytics' `max_nms`). */
const MOST = 30_000;

/**
 * Greedy non-maximum suppression, each class by itself: of the boxes from the most confident down, one is kept unless
 * it overlaps a kept one of its class by an IoU above `iou` (torchvision.ops.nms).
 *
 * @returns indices of the kept, the most confident first, at most `limit`.
 */
export function suppress({ boxes, confidences, classIds }: Candidates, iou: number, limit: number): number[] {
  const order = Array.from(confidences.keys())
    .sort((a, b) => (confidences[b] as number) - (confidences[a] as number))
    .slice(0, MOST);
  const kept: number[] = [];
  for (const candidate of order) {
    if (kept.length === limit) break;
    const over = kept.some(
      (other) => classIds[other] === classIds[candidate] && overlap(boxes, other, candidate) > iou,
    );
    if (!over) kept.push(candidate);
  }
  return kept;
}

/** Intersection over union; of two boxes without area 0. */
function overlap(boxes: Float32Array, a: number, b: number): number {
  const at = (box: number, corner: number) => boxes[box * 4 + corner] as number;
  const width = Math.min(at(a, 2), at(b, 2)) - Math.max(at(a, 0), at(b, 0));
  const height = Math.min(at(a, 3), at(b, 3)) - Math.max(at(a, 1), at(b, 1));
  if (width <= 0 || height <= 0) return 0;
  const area = (box: number) => (at(box, 2) - at(box, 0)) * (at(box, 3) - at(box, 1));
  const shared = width * height;
  return shared / (area(a) + area(b) - shared);
}
