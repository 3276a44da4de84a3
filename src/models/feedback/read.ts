import { CxrError, type ErrorCode } from '../../errors.js';
import { lenientJson } from './json.js';
import type { Bbox, Feedback, Finding, ImageFacts } from './types.js';

/** Boxes may stick out by the rounding of whoever wrote them; they are cut at the image's edge. Pixels. */
const ROUNDING = 0.5;
const MAX_ID = 200;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a feedback file: one object, a list of objects, or an object with `predictions`. An object without
 * `image_id` is about the image that the file is named after. Objects about one image become one.
 *
 * @param named image id of the file's name
 * @param classes number of classes of the dataset
 * @throws CxrError FEEDBACK_NOT_JSON, FEEDBACK_CLASS, FEEDBACK_CONFIDENCE, or FEEDBACK_BBOX (of boxes that are none)
 */
export function readFeedback(bytes: Uint8Array, named: string, classes: number): readonly Feedback[] {
  const value = lenientJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  const objects = Array.isArray(value) ? value : [value];
  if (objects.length === 0) throw new CxrError('FEEDBACK_NOT_JSON', 'an empty list');
  const images = new Map<string, Feedback>();
  objects.forEach((object, i) => {
    for (const one of readObject(object, named, classes, objects.length > 1 ? `item ${i + 1}: ` : '')) {
      const before = images.get(one.imageId);
      images.set(
        one.imageId,
        before ? { ...one, predictions: [...before.predictions, ...one.predictions] } : one,
      );
    }
  });
  return [...images.values()];
}

/**
 * Feedback whose boxes lie in its image.
 * @throws CxrError FEEDBACK_BBOX
 */
export function insideImage(feedback: Feedback, { width, height }: ImageFacts): Feedback {
  const predictions = feedback.predictions.map((finding): Finding => {
    if (finding.bbox === null) return finding;
    const [x0, y0, x1, y1] = finding.bbox;
    if (x0 < -ROUNDING || y0 < -ROUNDING || x1 > width + ROUNDING || y1 > height + ROUNDING)
      throw new CxrError('FEEDBACK_BBOX', `outside of ${width} x ${height}`);
    const bbox: Bbox = [Math.max(0, x0), Math.max(0, y0), Math.min(width, x1), Math.min(height, y1)];
    if (bbox[0] >= bbox[2] || bbox[1] >= bbox[3]) throw new CxrError('FEEDBACK_BBOX', 'without an area');
    return { ...finding, bbox };
  });
  return { ...feedback, predictions };
}

function readObject(value: unknown, named: string, classes: number, at: string): readonly Feedback[] {
  const object = fields(value, at);
  const { predictions } = object;
  const about = {
    imageId: text(object.image_id, 'image_id', at) ?? named,
    modelVersion: text(object.model_version, 'model_version', at),
    timestamp: time(object.timestamp, at),
  };
  if (predictions === undefined) return [{ ...about, predictions: readFinding(object, classes, at) }];
  if (!Array.isArray(predictions)) throw broken('predictions is no list', at);
  // Each prediction may name its own image.
  const images = new Map<string, Finding[]>([[about.imageId, []]]);
  let others = 0;
  predictions.forEach((prediction, i) => {
    const place = `${at}prediction ${i + 1}: `;
    const one = fields(prediction, place);
    const imageId = text(one.image_id, 'image_id', place) ?? about.imageId;
    if (imageId !== about.imageId) others += 1;
    const findings = images.get(imageId) ?? [];
    findings.push(...readFinding(one, classes, place));
    images.set(imageId, findings);
  });
  // A list for many images says nothing about the one that the file happens to be named after.
  if (others > 0 && images.get(about.imageId)?.length === 0 && object.image_id === undefined)
    images.delete(about.imageId);
  return [...images].map(([imageId, findings]) => ({ ...about, imageId, predictions: findings }));
}

/** One finding; none where class and confidence are null: the model found nothing. */
function readFinding(object: Fields, classes: number, at: string): Finding[] {
  const { class_id: classId, confidence, bbox } = object;
  if (classId === null && (confidence === null || confidence === undefined)) return [];
  if (!('class_id' in object) && !('confidence' in object))
    throw broken('neither class_id nor predictions', at);
  if (!Number.isInteger(classId) || (classId as number) < 0 || (classId as number) >= classes)
    throw new CxrError('FEEDBACK_CLASS', `${at}${shown(classId)}, of ${classes} classes`);
  if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1))
    throw new CxrError('FEEDBACK_CONFIDENCE', `${at}${shown(confidence)}`);
  return [{ classId: classId as number, confidence, bbox: readBbox(bbox, at) }];
}

function readBbox(value: unknown, at: string): Bbox | null {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value) || value.length !== 4 || !value.every((n) => Number.isFinite(n)))
    throw new CxrError('FEEDBACK_BBOX', `${at}expected four numbers`);
  const [x0, y0, x1, y1] = value as [number, number, number, number];
  if (x0 >= x1 || y0 >= y1) throw new CxrError('FEEDBACK_BBOX', `${at}without an area`);
  return [x0, y0, x1, y1];
}

function fields(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw broken('expected an object', at);
  return value as Fields;
}

function text(value: unknown, field: string, at: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value === '' || value.length > MAX_ID)
    throw broken(`${field} is no text of 1 to ${MAX_ID} characters`, at);
  // A database takes neither a NUL nor half a character, and one such file would stop all that come with it.
  if (/\p{Cc}|\p{Cs}/u.test(value)) throw broken(`${field} holds control characters`, at);
  return value;
}

/** ISO, or seconds since the epoch as Python's time.time() gives them. */
function time(value: unknown, at: string): string | null {
  if (value === undefined || value === null) return null;
  const date = typeof value === 'number' ? new Date(value * 1000) : new Date(String(value));
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) throw broken('timestamp is no time of the years 1 to 9999', at);
  return date.toISOString();
}

function broken(what: string, at: string): CxrError {
  const code: ErrorCode = 'FEEDBACK_NOT_JSON';
  return new CxrError(code, `${at}${what}`);
}

/** Numbers may be shown; of anything else its kind, since others wrote it. */
function shown(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return value === null || value === undefined ? 'none' : `a ${typeof value}`;
}
