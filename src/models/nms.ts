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
  const keptOfClass = new Map<number, number[]>();
  for (const candidate of order) {
    if (kept.length === limit) break;
    const classId = classIds[candidate] as number;
    const others = keptOfClass.get(classId) ?? [];
    if (overlapsAny(boxes, candidate, others, iou)) continue;
    kept.push(candidate);
    others.push(candidate);
    keptOfClass.set(classId, others);
  }
  return kept;
}

/** Whether the intersection over union with one of `others` is above `iou`; of boxes without area it is 0. */
function overlapsAny(
  boxes: Float32Array,
  candidate: number,
  others: readonly number[],
  iou: number,
): boolean {
  const at = candidate * 4;
  const [left, top] = [boxes[at] as number, boxes[at + 1] as number];
  const [right, bottom] = [boxes[at + 2] as number, boxes[at + 3] as number];
  const area = (right - left) * (bottom - top);
  for (let k = 0; k < others.length; k++) {
    const other = (others[k] as number) * 4;
    const width = Math.min(right, boxes[other + 2] as number) - Math.max(left, boxes[other] as number);
    if (width <= 0) continue;
    const height = Math.min(bottom, boxes[other + 3] as number) - Math.max(top, boxes[other + 1] as number);
    if (height <= 0) continue;
    const otherArea =
      ((boxes[other + 2] as number) - (boxes[other] as number)) *
      ((boxes[other + 3] as number) - (boxes[other + 1] as number));
    const shared = width * height;
    if (shared / (area + otherArea - shared) > iou) return true;
  }
  return false;
}
