import { CxrError } from '../errors.js';
import type { Db } from './database.js';

/**
 * Binds the catalog to one pseudonym key: the first process writes the check value, all others must have the
 * same. Two keys in one catalog would make two patients of one.
 *
 * @param checkValue `checkValue(keyring)` of src/privacy/keyring.ts; does not reveal the key.
 * @param epoch names the key; kept beside the value so that a person can tell which keyring is wanted.
 * @throws CxrError KEY_MISMATCH
 */
export async function ensureKey(db: Db, checkValue: string, epoch: string): Promise<void> {
  await db
    .insertInto('meta')
    .values([
      { key: 'key.check', value: checkValue },
      { key: 'key.epoch', value: epoch },
    ])
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const rows = await db.selectFrom('meta').select(['key', 'value']).where('key', 'like', 'key.%').execute();
  const known = new Map(rows.map((row) => [row.key, row.value]));
  if (known.get('key.check') !== checkValue)
    throw new CxrError(
      'KEY_MISMATCH',
      `the catalog was made with the key of epoch ${known.get('key.epoch')}`,
    );
}
