import { sql } from 'kysely';
import { CxrError } from '../errors.js';
import { batch, texts } from './batch.js';
import { allot } from './containers.js';
import type { Db, ImageState, Trx } from './database.js';
import { GIVEN_COLUMNS, type ImageRow, type NewImage, RECORD, REFRESH } from './image-row.js';

export type { ImageRow, NewImage } from './image-row.js';

export interface Placing {
  readonly runId: string;
  readonly shard: number;
  /** Base names of the containers for images and for those that wait for review (`containers.allot`). */
  readonly bases: { readonly images: string; readonly review: string };
  readonly mode: 'prefix' | 'bucket';
  readonly capacity: number;
  readonly images: readonly NewImage[];
}

/**
 * - `placed`: this file's image; it goes (or went) to `container`/`key`. `state` says whether it is there yet.
 * - `same`: another file brought this instance and frame with the same pixels: skip this one.
 * - `conflict`: the instance is known with other pixels: UID_CONFLICT.
 */
export interface Placed {
  readonly outcome: 'placed' | 'same' | 'conflict';
  readonly imageId: string;
  readonly container: string;
  readonly key: string;
  readonly state: ImageState;
}

type Existing = Pick<
  ImageRow,
  'image_id' | 'instance_uid' | 'frame' | 'file_id' | 'pixel_hash' | 'container' | 'key' | 'state'
>;

/**
 * Decides where images go, before anything is uploaded: whoever asks again, after a crash or as a second
 * worker, is sent to the same place. One instance and frame has one row; which of two files wins is decided
 * by the unique index, once. Images with findings in `review` go to a container of their own.
 *
 * @returns an answer for each image, in order.
 */
export async function place(trx: Trx, placing: Placing): Promise<readonly Placed[]> {
  const known = await existing(trx, placing.images);
  const fresh = firstOfEach(placing.images).filter((image) => !known.has(frameKey(image)));
  const own = placing.images.flatMap((image) => {
    const row = known.get(frameKey(image));
    const mine = row?.file_id === image.file_id && row.state === 'placed';
    return mine ? [{ ...image, container: row.container, image_id: row.image_id, key: row.key }] : [];
  });
  await insert(trx, placing, [...(await withContainers(trx, placing, fresh)), ...own]);
  const rows = await existing(trx, placing.images);
  return placing.images.map((image) => answer(image, rows.get(frameKey(image))));
}

function answer(image: NewImage, row: Existing | undefined): Placed {
  // Seen by the insert and deleted since by the transaction that had it: ask again from the beginning.
  if (row === undefined) throw new CxrError('CATALOG_BUSY');
  const samePixels = row.pixel_hash === image.pixel_hash;
  const outcome = !samePixels ? 'conflict' : row.file_id === image.file_id ? 'placed' : 'same';
  return { outcome, imageId: row.image_id, container: row.container, key: row.key, state: row.state };
}

const frameKey = (image: { readonly instance_uid: string; readonly frame: number }) =>
  `${image.instance_uid}/${image.frame}`;

function firstOfEach(images: readonly NewImage[]): readonly NewImage[] {
  const first = new Map<string, NewImage>();
  for (const image of images) if (!first.has(frameKey(image))) first.set(frameKey(image), image);
  return [...first.values()];
}

async function existing(trx: Trx, images: readonly NewImage[]): Promise<ReadonlyMap<string, Existing>> {
  const asked = images.map(({ instance_uid, frame }) => ({ instance_uid, frame }));
  const { rows } = await sql<Existing>`
    select distinct i.image_id, i.instance_uid, i.frame, i.file_id, i.pixel_hash, i.container, i.key, i.state
    from jsonb_to_recordset(${batch(asked)}) as r(instance_uid text, frame int)
    join images i on i.instance_uid = r.instance_uid and i.frame = r.frame`.execute(trx);
  return new Map(rows.map((row) => [frameKey(row), row]));
}

type Located = NewImage & { readonly container: string };

async function withContainers(
  trx: Trx,
  { runId, shard, bases, mode, capacity }: Placing,
  fresh: readonly NewImage[],
): Promise<readonly Located[]> {
  const located: Located[] = [];
  for (const kind of ['images', 'review'] as const) {
    const images = fresh.filter((image) => (image.review === null) === (kind === 'images'));
    const names = await allot(trx, { runId, shard, kind, base: bases[kind], mode, capacity }, images.length);
    images.forEach((image, i) => {
      located.push({ ...image, container: names[i] as string });
    });
  }
  return located;
}

async function insert(trx: Trx, { runId, shard }: Placing, images: readonly Located[]): Promise<void> {
  if (images.length === 0) return;
  const added = sql`
    insert into images (${GIVEN_COLUMNS}, container, state, run_id, shard)
    select ${GIVEN_COLUMNS}, container, 'placed', ${runId}, ${shard}::int
    from jsonb_to_recordset(${batch(images)}) as r(${RECORD})
    order by r.instance_uid, r.frame
    on conflict (instance_uid, frame) do update set ${REFRESH}, updated_at = now()
    where images.state = 'placed' and images.file_id = excluded.file_id
      and images.pixel_hash = excluded.pixel_hash`;
  await added.execute(trx);
}

/** The objects are there: `placed` becomes `stored`, or `review` where the de-identifier was unsure. */
export async function markStored(trx: Trx, imageIds: readonly string[]): Promise<void> {
  await sql`
    update images set state = case when review is null then 'stored' else 'review' end, updated_at = now()
    where state = 'placed' and image_id = any(${texts(imageIds)})`.execute(trx);
}

/** Takes back images that were placed for files which failed before anything was stored. */
export async function unplace(trx: Trx, imageIds: readonly string[]): Promise<void> {
  await sql`delete from images where state = 'placed' and image_id = any(${texts(imageIds)})`.execute(trx);
}

/** An image that lies somewhere else now; the object is there already, the container known. */
export interface Move {
  readonly imageId: string;
  readonly container: string;
  readonly key: string;
  readonly state: ImageState;
  readonly reason?: string | undefined;
  readonly score?: number | undefined;
  readonly modelVersion?: string | undefined;
}

/** Points rows at the new place, after the objects were copied and before the old ones are deleted. */
export async function relocate(trx: Trx, moves: readonly Move[]): Promise<void> {
  await sql`
    update images set container = r.container, key = r.key, state = r.state, reason = r.reason,
      score = coalesce(r.score, images.score), updated_at = now(),
      model_version = coalesce(r."modelVersion", images.model_version)
    from jsonb_to_recordset(${batch(moves)}) as r("imageId" text, container text, key text, state text,
      reason text, score real, "modelVersion" text)
    where images.image_id = r."imageId"`.execute(trx);
}

export async function byIds(db: Db, imageIds: readonly string[]): Promise<readonly ImageRow[]> {
  const { rows } = await sql<ImageRow>`
    select * from images where image_id = any(${texts(imageIds)}) order by image_id`.execute(db);
  return rows;
}

/** Which images: what is left out does not matter. */
export interface ImageFilter {
  readonly runId?: string | undefined;
  readonly shard?: number | undefined;
  readonly modality?: string | undefined;
  readonly view?: string | undefined;
  readonly container?: string | undefined;
  readonly patient?: string | undefined;
  readonly fileId?: string | undefined;
  readonly states?: readonly ImageState[] | undefined;
}

export interface Page {
  /** Image id to go on behind. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** A page of images, by image id. */
export async function query(
  db: Db,
  filter: ImageFilter,
  { after, limit }: Page,
): Promise<readonly ImageRow[]> {
  return selected(db, filter)
    .selectAll()
    .where('image_id', '>', after ?? '')
    .orderBy('image_id')
    .limit(limit)
    .execute();
}

/** How many images are in each state; states without any are 0. */
export async function countByState(
  db: Db,
  filter: ImageFilter = {},
): Promise<Readonly<Record<ImageState, number>>> {
  const rows = await selected(db, filter)
    .select((eb) => ['state', eb.fn.countAll<number>().as('images')])
    .groupBy('state')
    .execute();
  const counts = { placed: 0, stored: 0, suboptimal: 0, review: 0, rejected: 0 };
  for (const { state, images } of rows) counts[state] = images;
  return counts;
}

/** Images that `filter` lets through, as a query to go on with. */
export function selected(db: Db, filter: ImageFilter) {
  let found = db.selectFrom('images');
  if (filter.runId !== undefined) found = found.where('images.run_id', '=', filter.runId);
  if (filter.shard !== undefined) found = found.where('images.shard', '=', filter.shard);
  if (filter.modality !== undefined) found = found.where('images.modality', '=', filter.modality);
  if (filter.view !== undefined) found = found.where('images.view_position', '=', filter.view);
  if (filter.container !== undefined) found = found.where('images.container', '=', filter.container);
  if (filter.patient !== undefined) found = found.where('images.patient', '=', filter.patient);
  if (filter.fileId !== undefined) found = found.where('images.file_id', '=', filter.fileId);
  if (filter.states !== undefined) found = found.where('images.state', 'in', [...filter.states]);
  return found;
}
