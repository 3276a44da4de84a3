import type { ClassMap } from './boxes/classes.js';
import type { LabelledBox } from './boxes/rules.js';
import type { Size } from './fit.js';

/** One image of a split as it was written, with its boxes in pixels of that image. */
export interface CocoImage extends Size {
  /** Name below the folder of images of the split. */
  readonly fileName: string;
  readonly boxes: readonly LabelledBox[];
}

export interface CocoInfo {
  readonly description: string;
  readonly version: string;
}

/**
 * The COCO object-detection JSON of one split, in pieces, so that it never is in memory as a whole: images and
 * annotations are asked for once each, in the same order. Ids of images and annotations count from 1; category
 * ids are class ids; `bbox` is x, y, width, height in pixels.
 *
 * @param images called twice
 */
export async function* cocoJson(
  { description, version }: CocoInfo,
  classes: ClassMap,
  images: () => AsyncIterable<CocoImage>,
): AsyncGenerator<string> {
  const head = {
    info: { description, version, contributor: '', url: '' },
    licenses: [],
    categories: classes.map((name, id) => ({ id, name, supercategory: 'finding' })),
  };
  yield `${JSON.stringify(head).slice(0, -1)},\n"images":[`;
  let id = 0;
  for await (const { fileName, width, height } of images()) {
    id += 1;
    yield `${separator(id)}${JSON.stringify({ id, file_name: fileName, width, height })}`;
  }
  yield '],\n"annotations":[';
  let imageId = 0;
  let annotation = 0;
  for await (const { boxes } of images()) {
    imageId += 1;
    for (const { classId, box } of boxes) {
      annotation += 1;
      const [x0, y0, x1, y1] = box.map(rounded) as [number, number, number, number];
      const [width, height] = [rounded(x1 - x0), rounded(y1 - y0)];
      const object = {
        id: annotation,
        image_id: imageId,
        category_id: classId,
        bbox: [x0, y0, width, height],
        area: rounded(width * height),
        iscrowd: 0,
        segmentation: [],
      };
      yield `${separator(annotation)}${JSON.stringify(object)}`;
    }
  }
  yield ']}\n';
}

const separator = (count: number) => (count === 1 ? '\n' : ',\n');

/** To a ten-thousandth of a pixel: enough for any use, and the file stays readable. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
