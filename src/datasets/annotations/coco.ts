import { Sensitive } from '../../privacy/sensitive.js';
import { Fields, isObject, type Json } from './fields.js';
import type { RawRecord } from './raw.js';

interface Coco {
  readonly images: readonly unknown[];
  readonly annotations: readonly unknown[];
  readonly categories: readonly unknown[];
}

export function isCoco(document: unknown): document is Coco {
  return (
    isObject(document) &&
    Array.isArray(document.images) &&
    Array.isArray(document.annotations) &&
    Array.isArray(document.categories)
  );
}

/**
 * Annotations of a COCO document as boxes, in order. Categories are those of the document, known by their names; the
 * image is its `file_name`. A COCO box is `[x, y, width, height]`.
 */
export function* cocoRecords(document: Coco): Generator<RawRecord> {
  const images = byId(document.images);
  const categories = byId(document.categories);
  let position = 0;
  for (const annotation of document.annotations) {
    position += 1;
    const said = isObject(annotation) ? annotation : {};
    const image = images.get(said.image_id);
    const category = categories.get(said.category_id);
    const broken = image === undefined ? 'its image_id is not among the images of the file' : undefined;
    const fields = new Fields(said);
    const attributes = new Fields(isObject(said.attributes) ? said.attributes : {});
    const who = ['reader', 'readerid', 'radid', 'radiologist', 'annotator'];
    yield {
      position,
      broken,
      fields: new Sensitive({
        kind: 'box' as const,
        image: image && (image.file_name ?? image.id),
        ...{ width: image?.width, height: image?.height, frame: attributes.get('frame') },
        reader: fields.get(...who) ?? attributes.get(...who),
        time: fields.get('time', 'timestamp', 'createdat'),
        className: category?.name,
        box: corners(said.bbox),
      }),
    };
  }
}

function corners(bbox: unknown): readonly [unknown, unknown, unknown, unknown] | undefined {
  if (bbox === undefined || (Array.isArray(bbox) && bbox.length === 0)) return undefined;
  const [x, y, width, height] = Array.isArray(bbox) ? bbox.map((v) => (typeof v === 'number' ? v : NaN)) : [];
  if (x === undefined || y === undefined || width === undefined || height === undefined)
    return [NaN, NaN, NaN, NaN];
  return [x, y, x + width, y + height];
}

function byId(list: readonly unknown[]): ReadonlyMap<unknown, Json> {
  return new Map(list.filter(isObject).map((item) => [item.id, item]));
}
