import { createHash } from 'node:crypto';
import type { Catalog } from '../../src/catalog/open.js';
import type { ObjectStore } from '../../src/storage/port.js';

/** Where the objects of a container lie; a folder of the root unless containers are buckets. */
type PlaceOf = (container: string) => ObjectStore | undefined;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const jsonOf = (key: string) => key.replace(/\.png$/, '.json');

/**
 * What is wrong between catalog and objects, a line each; empty when nothing is lost or doubled:
 * every row of a kept image has its picture (of the hash it states) and its metadata, there are no other objects,
 * no file or image waits, and every stored file has the images it says.
 */
export async function audit({ db }: Catalog, root: ObjectStore, placeOf?: PlaceOf): Promise<string[]> {
  const wrong: string[] = [];
  const images = await db.selectFrom('images').selectAll().execute();
  const files = await db.selectFrom('files').selectAll().execute();
  const expected = new Set<string>();
  for (const image of images) {
    if (image.state === 'rejected') continue;
    if (image.state === 'placed') wrong.push(`image ${image.image_id} is placed and not stored`);
    for (const key of [image.key, jsonOf(image.key)]) {
      const at = `${image.container}/${key}`;
      if (expected.has(at)) wrong.push(`two rows say ${at}`);
      expected.add(at);
    }
    const own = placeOf?.(image.container);
    const [store, prefix] = own ? [own, ''] : [root, `${image.container}/`];
    try {
      if (sha256(await store.read(`${prefix}${image.key}`)) !== image.png_hash)
        wrong.push(`${image.image_id}: not the picture that the row states`);
      const about = JSON.parse((await store.read(`${prefix}${jsonOf(image.key)}`)).toString()) as {
        imageId: string;
        pngHash: string;
      };
      if (about.imageId !== image.image_id || about.pngHash !== image.png_hash)
        wrong.push(`${image.image_id}: its metadata is another's`);
    } catch (error) {
      wrong.push(`${image.image_id}: ${(error as Error).message}`);
    }
  }
  for await (const { key } of root.list())
    if (!key.startsWith('reports/') && !expected.has(key)) wrong.push(`no row for the object ${key}`);
  const held = new Map<string, number>();
  for (const { file_id } of images) held.set(file_id, (held.get(file_id) ?? 0) + 1);
  for (const file of files) {
    if (file.state === 'pending') wrong.push(`file ${file.file_id} is pending`);
    const has = held.get(file.file_id) ?? 0;
    const says = file.state === 'stored' ? file.image_count : 0;
    if (has !== says) wrong.push(`file ${file.file_id} is ${file.state}, has ${has} images, says ${says}`);
  }
  const perContainer = new Map<string, number>();
  for (const { container } of images) perContainer.set(container, (perContainer.get(container) ?? 0) + 1);
  for (const { name, capacity } of await db.selectFrom('containers').selectAll().execute())
    if ((perContainer.get(name) ?? 0) > capacity) wrong.push(`container ${name} holds more than ${capacity}`);
  return wrong;
}

/** The names that carry a run and its time: containers, folders of reports. */
const withoutRun = (text: string) =>
  text.replace(/-\d{8}-\d{6}-/g, '-START-').replace(/^reports\/[^/]+\//, 'reports/RUN/');

/**
 * Rows and objects as two runs over the same files must leave them: without run ids, times, and what is sealed with
 * a nonce. Objects by the hash of their bytes; of reports, which state when they were made, the names.
 */
export async function snapshot({ db }: Catalog, root: ObjectStore) {
  const images = await db.selectFrom('images').selectAll().orderBy('image_id').execute();
  const files = await db.selectFrom('files').selectAll().orderBy('file_id').execute();
  const checks = await db.selectFrom('quality_checks').selectAll().orderBy('image_id').execute();
  const studies = await db.selectFrom('studies').selectAll().orderBy('study_uid').execute();
  const containers = await db.selectFrom('containers').selectAll().orderBy('name').execute();
  const objects: Record<string, string> = {};
  for await (const { key } of root.list())
    objects[withoutRun(key)] = key.startsWith('reports/') ? '' : sha256(await root.read(key));
  return {
    images: images.map(({ run_id, created_at, updated_at, container, ...row }) => ({
      ...row,
      container: withoutRun(container),
    })),
    files: files.map(({ run_id, first_seen, updated_at, sealed_path, attempts, ...row }) => row),
    checks: checks.map(({ checked_at, ...row }) => row),
    studies: studies.map(({ created_at, first_file_id, ...row }) => row),
    containers: containers.map(({ name, run_id, created_at, ...row }) => ({
      ...row,
      name: withoutRun(name),
    })),
    objects,
  };
}
