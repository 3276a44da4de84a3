import { shardFiles } from '../../catalog/files.js';
import { fileId, openPath, sealPath } from '../../privacy/seal.js';
import type { Deps } from '../deps.js';
import { each } from '../each.js';
import type { ExtractedManifest } from '../staging.js';

const MOVES = 8;
const TAG = 'processed';

/** `a/b.dcm` becomes `a/b_processed.dcm`, `a/b` becomes `a/b_processed`; what is tagged stays as it is. */
export function taggedKey(key: string): string {
  const slash = key.lastIndexOf('/') + 1;
  const name = key.slice(slash);
  const dot = name.lastIndexOf('.');
  const stem = dot > 0 ? name.slice(0, dot) : name;
  if (stem.endsWith(`_${TAG}`)) return key;
  return `${key.slice(0, slash)}${stem}_${TAG}${dot > 0 ? name.slice(dot) : ''}`;
}

/**
 * Tags the stored files of a shard in the source, as older pipelines did. The row follows the file to its new
 * name, so that no run takes it for a new one; the rename comes first, because a repeat of it is harmless.
 */
export async function markShard(
  deps: Deps,
  { runId, shard, source, sourceRoot }: ExtractedManifest,
): Promise<void> {
  const { pathKey } = deps.keyring;
  const store = deps.store(sourceRoot);
  const files = (await shardFiles(deps.catalog.db, runId, shard)).filter(
    ({ state }) => state === 'stored' || state === 'opened',
  );
  await each(files, MOVES, async (file) => {
    const key = openPath(pathKey, file.sealed_path).toString('utf8');
    const tagged = taggedKey(key);
    if (tagged === key) return;
    await store.move(key, tagged);
    const moved = await store.stat(tagged);
    if (!moved) return;
    await deps.catalog.db
      .updateTable('files')
      .set({ sealed_path: sealPath(pathKey, Buffer.from(tagged)), version: moved.version, size: moved.size })
      .where('file_id', '=', file.file_id)
      .execute();
    await deps.catalog.db
      .insertInto('files')
      .columns([
        'file_id',
        'source',
        'sealed_path',
        'parent_file_id',
        'size',
        'version',
        'content_hash',
        'state',
        'code',
        'rule_hash',
        'image_count',
        'run_id',
      ])
      .expression((eb) =>
        eb
          .selectFrom('files')
          .select((s) => [
            s.val(fileId(pathKey, source, tagged)).as('file_id'),
            'source',
            'sealed_path',
            'parent_file_id',
            'size',
            'version',
            'content_hash',
            'state',
            s.val('RENAMED').as('code'),
            'rule_hash',
            'image_count',
            'run_id',
          ])
          .where('file_id', '=', file.file_id),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}
