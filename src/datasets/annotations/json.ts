import { Sensitive } from '../../privacy/sensitive.js';
import { Fields, isObject, type Json } from './fields.js';
import type { RawFields, RawRecord } from './raw.js';

type Fragment = Pick<RawRecord, 'broken'> & { readonly fields: RawFields };

/** Lists and objects around a record; more is no file of annotations. */
const MOST_LEVELS = 32;

/** What a record has from what it stands in. */
type Inherited = Pick<RawFields, 'image' | 'frame' | 'reader' | 'time' | 'width' | 'height'>;

/**
 * Records of a JSON document, in order: one record, a list of them, or a list under `records`, `annotations`,
 * `items` or `data`, whose `reader` and `time` hold for all of it. docs/annotations.md has the shape of a record.
 */
export function* recordsOf(document: unknown, from = 0): Generator<RawRecord> {
  let position = from;
  for (const { fields, broken } of fragmentsOf(document, {}, MOST_LEVELS)) {
    position += 1;
    yield { position, broken, fields: new Sensitive(fields) };
  }
}

/** @param levels how deep it may go on */
function* fragmentsOf(value: unknown, inherited: Inherited, levels: number): Generator<Fragment> {
  if (levels === 0) yield { fields: { kind: 'label' }, broken: 'nested deeper than a record is' };
  else if (Array.isArray(value)) for (const item of value) yield* fragmentsOf(item, inherited, levels - 1);
  else if (isObject(value)) yield* objectFragments(value, inherited, levels - 1);
  else yield { fields: { kind: 'label' }, broken: 'a record is an object' };
}

function* objectFragments(object: Json, outer: Inherited, levels: number): Generator<Fragment> {
  const fields = new Fields(object);
  const inherited: Inherited = {
    image:
      fields.get('imageid', 'image', 'sopinstanceuid', 'instanceuid', 'instanceid', 'filename', 'file') ??
      outer.image,
    frame: fields.get('frame', 'framenumber') ?? outer.frame,
    reader: fields.get('reader', 'readerid', 'radid', 'radiologist', 'annotator') ?? outer.reader,
    time: fields.get('time', 'timestamp', 'readat', 'createdat', 'date') ?? outer.time,
    width: fields.get('imagewidth') ?? outer.width,
    height: fields.get('imageheight') ?? outer.height,
  };
  const list = fields.get('records', 'annotations', 'items', 'data', 'objects', 'findings');
  const boxes = fields.get('boxes', 'bboxes');
  const labels = fields.get('labels');
  if (list === undefined && boxes === undefined && labels === undefined) {
    yield own(fields, inherited);
    return;
  }
  if (list !== undefined) yield* fragmentsOf(list, inherited, levels);
  // Who lists the boxes of an image, and lists none, found nothing.
  if (Array.isArray(boxes) && boxes.length === 0 && list === undefined && labels === undefined)
    yield { fields: { kind: 'box', ...inherited, className: 'No finding' } };
  else if (boxes !== undefined) yield* fragmentsOf(boxes, inherited, levels);
  if (labels !== undefined) yield* labelFragments(labels, inherited, levels);
}

/** `{"Edema": 1, …}`, a list of names, or a list of records. */
function* labelFragments(labels: unknown, inherited: Inherited, levels: number): Generator<Fragment> {
  if (isObject(labels))
    for (const [className, value] of Object.entries(labels))
      yield { fields: { kind: 'label', ...inherited, className, value } };
  else if (Array.isArray(labels))
    for (const label of labels)
      if (typeof label === 'string')
        yield { fields: { kind: 'label', ...inherited, className: label, value: 1 } };
      else yield* fragmentsOf(label, inherited, levels);
  else yield { fields: { kind: 'label' }, broken: 'labels: an object or a list' };
}

function own(fields: Fields, inherited: Inherited): Fragment {
  const label = fields.get('label');
  const className = fields.get('classname', 'class', 'category', 'finding') ?? label;
  const classId = fields.get('classid');
  const value = fields.get('value');
  const box = corners(fields);
  // A class without a box is a label; of a VinDr record the reader found nothing.
  const kind = box !== undefined || (label === undefined && value === undefined) ? 'box' : 'label';
  return {
    fields: {
      kind,
      ...inherited,
      className,
      classId,
      box,
      value: kind === 'label' && value === undefined ? 1 : value,
    },
  };
}

function corners(fields: Fields): RawFields['box'] {
  const box = fields.get('bbox', 'box');
  if (Array.isArray(box)) return box.length === 4 ? [box[0], box[1], box[2], box[3]] : [NaN, NaN, NaN, NaN];
  const at = isObject(box) ? new Fields(box) : fields;
  const [xMin, yMin] = [at.get('xmin', 'x1', 'left', 'x'), at.get('ymin', 'y1', 'top', 'y')];
  const [xMax, yMax] = [at.get('xmax', 'x2', 'right'), at.get('ymax', 'y2', 'bottom')];
  const [width, height] = [at.get('width', 'w'), at.get('height', 'h')];
  if ([xMin, yMin, xMax, yMax].every((value) => value === undefined || value === null))
    return isObject(box) ? [NaN, NaN, NaN, NaN] : undefined;
  return [xMin, yMin, xMax ?? sum(xMin, width), yMax ?? sum(yMin, height)];
}

function sum(from: unknown, size: unknown): unknown {
  return typeof from === 'number' && typeof size === 'number' ? from + size : undefined;
}
