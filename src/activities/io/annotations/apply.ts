import { renamed } from '../../../catalog/annotation-listing.js';
import { type FileRow, shardFiles } from '../../../catalog/files.js';
import { isCxrError } from '../../../errors.js';
import { openPath, sealPath } from '../../../privacy/seal.js';
import type { AnnotationsIo } from '../../api/annotations.js';
import { beating } from '../../beat.js';
import type { Deps } from '../../deps.js';
import { patiently } from '../../patience.js';
import { taggedKey } from '../mark-source.js';
import { type ReadContext, readIn } from './read-in.js';

/** A file at a time; a retry finds those that are settled and goes on with the rest. */
export function applyAnnotations(deps: Deps): AnnotationsIo['applyAnnotations'] {
  return ({ run, shard }) =>
    beating<{ unmarked: number }, { file: number }>(async (report, signal) => {
      const { db } = deps.catalog;
      const context = { deps, run, source: deps.store(run.sourceRoot), signal };
      const files = await patiently(run.retry, signal, () => shardFiles(db, run.runId, shard));
      for (const [i, file] of files.entries()) {
        report({ file: i });
        if (file.state === 'pending')
          await patiently(run.retry, signal, (further) => readIn(context, file, further));
      }
      let unmarked = 0;
      if (run.markSource === 'rename') {
        const read = await patiently(run.retry, signal, () => shardFiles(db, run.runId, shard));
        for (const file of read.filter(isDone))
          if (!(await patiently(run.retry, signal, () => mark(context, file)))) unmarked += 1;
      }
      return { unmarked };
    });
}

function isDone({ state, code }: FileRow): boolean {
  return state === 'opened' || (state === 'skipped' && code === 'DUPLICATE');
}

/**
 * Tags the name of a file; a corrected one takes the place of the one it corrects.
 * @returns false where the source may only be read: the catalog knows that it is done
 */
async function mark({ deps, source }: ReadContext, file: FileRow): Promise<boolean> {
  const { pathKey } = deps.keyring;
  const key = openPath(pathKey, file.sealed_path).toString('utf8');
  const tagged = taggedKey(key);
  if (tagged === key) return true;
  try {
    // What came under this name since it was read is not done: the next run reads it.
    const there = await source.stat(key);
    if (there && there.version !== file.version) return true;
    await source.move(key, tagged);
    const moved = await source.stat(tagged);
    if (moved)
      await renamed(deps.catalog.db, {
        ...{ fileId: file.file_id, size: moved.size, version: moved.version },
        sealedPath: sealPath(pathKey, Buffer.from(tagged)),
      });
    return true;
  } catch (error) {
    // Somebody took it away meanwhile; or this user may not rename, which no waiting mends.
    if (isCxrError(error) && error.code === 'NOT_FOUND') return true;
    if (!isCxrError(error) || error.code !== 'STORAGE_DENIED') throw error;
    deps.log.warn(
      { code: error.code },
      'a file of annotations could not be tagged; set annotations.markSource: none',
    );
    return false;
  }
}
