import { z } from 'zod';
import { CxrError } from '../errors.js';
import { Keyring } from './keyring.js';
import { boxSchema, readPrivate, writeKeyringFile, writePrivate } from './keyring-file.js';
import { openWithPassphrase, sealWithPassphrase } from './passphrase.js';

const BACKUP = 'cxrflow/1/backup';

const schema = z.object({
  cxrflowKeyringBackup: z.literal(1),
  epoch: z.string(),
  created: z.string(),
  keys: boxSchema,
});

/**
 * Writes both keys to `path`, encrypted under a passphrase (scrypt, AES-256-GCM).
 *
 * @throws CxrError KEYRING_EXISTS where there is a file
 */
export function writeBackup(keyring: Keyring, path: string, passphrase: string): void {
  const backup: z.infer<typeof schema> = {
    cxrflowKeyringBackup: 1,
    epoch: keyring.epoch,
    created: new Date().toISOString(),
    keys: sealWithPassphrase(Buffer.concat([keyring.pseudonymKey, keyring.pathKey]), passphrase, BACKUP),
  };
  writePrivate(path, `${JSON.stringify(backup, null, 2)}\n`, false);
}

/**
 * Makes a keyring at `to` from a backup.
 *
 * @throws CxrError KEY_MISSING (no backup there), KEY_INVALID, KEY_LOCKED (passphrase), KEYRING_EXISTS,
 *   KEYRING_IN_DATA, KEYRING_PERMISSIONS
 */
export function restoreBackup(
  from: string,
  passphrase: string,
  to: string,
  options: { wrapping?: string; dataFolder?: string },
): Keyring {
  const text = readPrivate(from);
  if (text === undefined) throw new CxrError('KEY_MISSING', 'no backup at this path');
  const backup = parse(text);
  const keys = openWithPassphrase(backup.keys, passphrase, BACKUP);
  const keyring = new Keyring(keys.subarray(0, 32), keys.subarray(32));
  if (keyring.epoch !== backup.epoch) throw new CxrError('KEY_INVALID', 'the backup names another epoch');
  const { pseudonymKey, pathKey } = keyring;
  writeKeyringFile(to, { pseudonymKey, pathKey, created: backup.created }, options);
  return keyring;
}

function parse(text: string): z.infer<typeof schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // Neither the parser's nor the schema's message is safe to show: both quote the text.
    throw new CxrError('KEY_INVALID', 'the backup is damaged');
  }
}
