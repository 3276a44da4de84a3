import { pathsOf } from '../../catalog/files.js';
import { CxrError } from '../../errors.js';
import { openPath } from '../../privacy/seal.js';
import { parseUri } from '../../storage/open.js';
import type { ObjectInfo, ObjectStore } from '../../storage/port.js';
import type { Deps } from '../deps.js';
import { each } from '../each.js';

const PAGE = 1000;
const STATS = 8;

/**
 * Files of the catalog by a list of their ids (a line `{"fileId": "F…"}` each, as the manifest of a shard), as
 * the listing of their source would show them; those that are gone are left out.
 * @throws CxrError BAD_INPUT for a list that is none, or an id that the catalog does not know
 */
export async function* namedFiles(
  deps: Deps,
  uri: string,
  source: ObjectStore,
): AsyncGenerator<readonly ObjectInfo[]> {
  const { root, key } = parseUri(uri);
  const ids = idsOf((await deps.store(root).read(key)).toString('utf8'));
  for (let from = 0; from < ids.length; from += PAGE) {
    const page = ids.slice(from, from + PAGE);
    const paths = await pathsOf(deps.catalog.db, page);
    const unknown = page.filter((id) => !paths.has(id)).length;
    if (unknown > 0) throw new CxrError('BAD_INPUT', `files: ${unknown} ids are not in the catalog`);
    const found = await each([...paths.values()], STATS, (sealed) =>
      source.stat(openPath(deps.keyring.pathKey, sealed).toString('utf8')),
    );
    yield found.filter((info) => info !== undefined);
  }
}

function idsOf(text: string): readonly string[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line, i) => {
      try {
        const { fileId } = JSON.parse(line) as { fileId?: unknown };
        if (typeof fileId === 'string') return fileId;
      } catch {
        // said below, without quoting the line
      }
      throw new CxrError('BAD_INPUT', `files: line ${i + 1} is not {"fileId": …}`);
    });
}
