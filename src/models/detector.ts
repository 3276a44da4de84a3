import type { InferenceSession } from 'onnxruntime-node';
import { mismatch } from './declaration.js';
import { type Candidates, suppress } from './nms.js';
import { place, toPicture } from './placement.js';
import { pythonLiteral } from './python-literal.js';
import type { Box, ModelDeclaration, Prediction, Prepared, Thresholds } from './types.js';

/**
 * `raw`: [N, 4 + classes, anchors], centre and size of a box and a score for each class. `end-to-end`:
 * [N, boxes, 6], corners, confidence and class; suppression is in the graph. Both in pixels of the input.
 */
export type DetectorLayout = 'raw' | 'end-to-end';

/** Rounding in the graph may leave a probability this far above 1. */
const ABOVE_ONE = 1e-3;
const NO_ANSWER: Prediction = { failed: 'MODEL_OUTPUT' };

/**
 * Which of the two layouts an output of these sizes has.
 *
 * @param metadata of the file: Ultralytics writes `end2end` and, where NMS is in the graph, `args` with `nms`.
 * @throws CxrError MODEL_MISMATCH
 */
export function detectorLayout(
  dims: readonly number[],
  classes: number,
  metadata: ReadonlyMap<string, string>,
): DetectorLayout {
  const raw = dims.length === 3 && dims[1] === 4 + classes;
  const endToEnd = dims.length === 3 && dims[2] === 6;
  // Both fit where 4 + classes boxes come out of 6 numbers: then the metadata decides.
  if (raw && endToEnd) return saysEndToEnd(metadata) ? 'end-to-end' : 'raw';
  if (raw) return 'raw';
  if (endToEnd) return 'end-to-end';
  throw mismatch(
    `an output [N, ${4 + classes}, anchors] (4 + ${classes} classes) or [N, boxes, 6]`,
    `[${dims.join(', ')}]`,
  );
}

function saysEndToEnd(metadata: ReadonlyMap<string, string>): boolean {
  if (metadata.get('end2end') === 'True') return true;
  const args = pythonLiteral(metadata.get('args') ?? '{}');
  return typeof args === 'object' && args !== null && 'nms' in args && args.nms === true;
}

/** The float output of a detector. @throws CxrError MODEL_MISMATCH */
export function detectorOutput(session: InferenceSession): string {
  const outputs = session.outputMetadata.filter((o) => o.isTensor && o.type === 'float32');
  const [output] = outputs;
  if (output && session.outputMetadata.length === 1) return output.name;
  throw mismatch('one float32 output of boxes', `${session.outputMetadata.length} outputs`);
}

/** Boxes of one image from its part of the output. `columns` is the last size of the output. */
export function detections(
  output: Float32Array,
  columns: number,
  layout: DetectorLayout,
  image: Pick<Prepared, 'width' | 'height'>,
  { classes, input, prepare }: ModelDeclaration,
  thresholds: Thresholds,
): Prediction {
  // One sum tells of any NaN or infinity among hundreds of thousands of numbers.
  let sum = 0;
  for (let i = 0; i < output.length; i++) sum += output[i] as number;
  if (!Number.isFinite(sum)) return NO_ANSWER;
  const found =
    layout === 'raw'
      ? rawCandidates(output, columns, classes.length, thresholds.confidence)
      : finalCandidates(output, thresholds.confidence);
  const { boxes, confidences, classIds } = found;
  const limit = thresholds.maxDetections;
  const kept =
    layout === 'raw'
      ? suppress(found, thresholds.iou, limit)
      : Array.from(confidences.keys())
          .slice(0, limit)
          .sort((a, b) => (confidences[b] as number) - (confidences[a] as number));
  const placed = place(image, input, prepare.fit);
  const result: Box[] = [];
  for (const i of kept) {
    const confidence = confidences[i] as number;
    const classId = classIds[i] as number;
    if (confidence > 1 + ABOVE_ONE || classId < 0 || classId >= classes.length) return NO_ANSWER;
    const corner = (k: number) => boxes[i * 4 + k] as number;
    const bbox = toPicture([corner(0), corner(1), corner(2), corner(3)], image, placed);
    // What lies in the padding alone shows nothing of the picture.
    if (bbox[2] <= bbox[0] || bbox[3] <= bbox[1]) continue;
    result.push({ classId, confidence: Math.min(confidence, 1), bbox });
  }
  return { boxes: result };
}

/** For each anchor its best class, where that is confident enough. */
function rawCandidates(
  output: Float32Array,
  anchors: number,
  classes: number,
  confidence: number,
): Candidates {
  const best = new Float32Array(anchors).fill(-Infinity);
  const which = new Int32Array(anchors);
  for (let c = 0; c < classes; c++) {
    const row = (4 + c) * anchors;
    for (let i = 0; i < anchors; i++) {
      const score = output[row + i] as number;
      if (score > (best[i] as number)) {
        best[i] = score;
        which[i] = c;
      }
    }
  }
  const chosen: number[] = [];
  for (let i = 0; i < anchors; i++) if ((best[i] as number) > confidence) chosen.push(i);
  const boxes = new Float32Array(chosen.length * 4);
  chosen.forEach((i, k) => {
    const [x, y, w, h] = [0, 1, 2, 3].map((row) => output[row * anchors + i] as number) as [
      number,
      number,
      number,
      number,
    ];
    boxes.set([x - w / 2, y - h / 2, x + w / 2, y + h / 2], k * 4);
  });
  return {
    boxes,
    confidences: Float32Array.from(chosen, (i) => best[i] as number),
    classIds: Int32Array.from(chosen, (i) => which[i] as number),
  };
}

function finalCandidates(output: Float32Array, confidence: number): Candidates {
  const chosen: number[] = [];
  for (let row = 0; row < output.length; row += 6)
    if ((output[row + 4] as number) > confidence) chosen.push(row);
  const boxes = new Float32Array(chosen.length * 4);
  chosen.forEach((row, k) => {
    boxes.set(output.subarray(row, row + 4), k * 4);
  });
  return {
    boxes,
    confidences: Float32Array.from(chosen, (row) => output[row + 4] as number),
    classIds: Int32Array.from(chosen, (row) => Math.round(output[row + 5] as number)),
  };
}
