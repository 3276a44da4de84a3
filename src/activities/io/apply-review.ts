import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { allot, modesOf, ofShard } from '../../catalog/containers.js';
import type { Rect } from '../../catalog/database.js';
import { byIds, type ImageRow, relocate } from '../../catalog/images.js';
import type { Catalog } from '../../catalog/open.js';
import { type DecisionRow, decisionOn, settleDecision } from '../../catalog/reviews.js';
import { CxrError } from '../../errors.js';
import type { Place } from './places.js';

type Mode = 'prefix' | 'bucket';

/** What a decision is carried out with. */
export interface ReviewTools {
  readonly catalog: Catalog;
  /** Prefix of the names of image containers. */
  readonly prefix: string;
  readonly maxImages: number;
  /** Where an object lies, by the way that its container is kept. */
  place(mode: Mode, container: string, key: string): Place;
}

/**
 * Carries a recorded decision out: an approved image moves among the images, a masked one is blackened and then
 * moves, a rejected one is deleted. Objects first, then rows, then what is left behind, and last the note that all
 * of it is done: a repeat after an end at any point goes on from there, and one after the last changes nothing.
 */
export async function applyReview(tools: ReviewTools, imageId: string): Promise<void> {
  const { db } = tools.catalog;
  const [image] = await byIds(db, [imageId]);
  const decision = await decisionOn(db, imageId);
  if (!image || !decision) throw new CxrError('CATALOG_UNKNOWN', `image ${imageId}`);
  if (decision.applied_at !== null) return;
  const held = await ofShard(db, { runId: image.run_id, shard: image.shard, kind: 'review' });
  // A site may have changed its mind since: containers of one run are alike.
  const mode = (await modesOf(db, [image.container])).get(image.container) ?? 'prefix';
  if (decision.decision !== 'reject' && held.includes(image.container))
    await publish(tools, mode, image, decision);
  // The row no longer says in which of them the image lay.
  for (const container of held) {
    const { json, png } = places(tools, mode, container, image.key);
    for (const { store, key } of [json, png]) await store.delete(key);
  }
  await tools.catalog.transaction((trx) => settleDecision(trx, imageId));
}

async function publish(
  tools: ReviewTools,
  mode: Mode,
  image: ImageRow,
  { decision, rects }: DecisionRow,
): Promise<void> {
  const old = places(tools, mode, image.container, image.key);
  const container = await newContainer(tools, mode, image);
  const at = places(tools, mode, container, image.key);
  const stored = await old.png.store.read(old.png.key);
  const png = decision === 'mask' ? await blacken(stored, rects ?? [], image) : stored;
  const pngHash = createHash('sha256').update(png).digest('hex');
  const about = JSON.parse((await old.json.store.read(old.json.key)).toString('utf8')) as object;
  const json = Buffer.from(JSON.stringify({ ...about, pngHash, pngBytes: png.length, reviewed: decision }));
  if (mode === 'bucket') await at.png.store.ensure();
  await at.json.store.write(at.json.key, json, { contentType: 'application/json' });
  await at.png.store.write(at.png.key, png, { contentType: 'image/png' });
  await tools.catalog.transaction(async (trx) => {
    await relocate(trx, [{ imageId: image.image_id, container, key: image.key, state: 'stored' }]);
    await trx
      .updateTable('images')
      .set({ png_hash: pngHash, png_bytes: png.length })
      .where('image_id', '=', image.image_id)
      .execute();
  });
}

/** Among the images of the shard that the image came with. */
async function newContainer(
  { catalog, prefix, maxImages }: ReviewTools,
  mode: Mode,
  image: ImageRow,
): Promise<string> {
  const base = image.container.replace(/^review-/, `${prefix}-`).replace(/-\d+-\d+$/, '');
  const spec = {
    runId: image.run_id,
    shard: image.shard,
    kind: 'images',
    base,
    mode,
    capacity: maxImages,
  } as const;
  const [name] = await catalog.transaction((trx) => allot(trx, spec, 1));
  return name as string;
}

/** Rectangles set to 0; the rest of the pixels, and the depth, stay. */
async function blacken(png: Buffer, rects: readonly Rect[], { columns, rows }: ImageRow): Promise<Buffer> {
  const { channels = 1, depth } = await sharp(png).metadata();
  const sixteen = depth === 'ushort';
  const space = channels === 1 ? (sixteen ? 'grey16' : 'b-w') : sixteen ? 'rgb16' : 'srgb';
  // Without the colour space sharp makes three samples of a grey one, and 8 bits of 16.
  const data = await sharp(png)
    .toColourspace(space)
    .raw({ depth: sixteen ? 'ushort' : 'uchar' })
    .toBuffer();
  const pixel = channels * (sixteen ? 2 : 1);
  for (const { x, y, width, height } of rects) {
    for (let row = y; row < Math.min(rows, y + height); row++) {
      const start = (row * columns + x) * pixel;
      data.fill(0, start, start + Math.min(width, columns - x) * pixel);
    }
  }
  const samples = sixteen ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  return await sharp(samples, { raw: { width: columns, height: rows, channels: channels as 1 | 3 } })
    .toColourspace(space)
    .png({ compressionLevel: 1, adaptiveFiltering: false })
    .toBuffer();
}

interface Places {
  readonly png: Place;
  readonly json: Place;
}

function places(tools: ReviewTools, mode: Mode, container: string, key: string): Places {
  const at = (name: string) => tools.place(mode, container, name);
  return { png: at(key), json: at(key.replace(/\.png$/, '.json')) };
}
