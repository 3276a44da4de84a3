import { resolve } from 'node:path';
import { Command } from 'commander';
import { CxrError } from '../../errors.js';
import { checkValue, type Keyring, loadKeyring } from '../../privacy/keyring.js';
import { restoreBackup, writeBackup } from '../../privacy/keyring-backup.js';
import {
  createKeyringFile,
  keyringPath,
  readKeyringFile,
  writeKeyringFile,
} from '../../privacy/keyring-file.js';
import { note, print, printJson } from '../output.js';
import { passphrase } from '../passphrase.js';

interface Options {
  readonly data: string;
  readonly json?: true;
  readonly passphraseFile?: string;
  readonly unwrapped?: true;
}

const PASSPHRASE = 'CXRFLOW_BACKUP_PASSPHRASE';
const NEW_WRAPPING = 'CXRFLOW_NEW_WRAPPING_KEY';

export const command = new Command('keys')
  .description('The keyring: the keys that pseudonyms, UIDs, date shifts and sealed paths come from')
  .addHelpText(
    'after',
    `
Environment:
  CXRFLOW_KEYRING          where the keyring is (default: cxrflow/keyring.json in your configuration folder)
  CXRFLOW_PSEUDONYM_KEY    one key instead of a keyring: 32 bytes, hex or base64
  CXRFLOW_WRAPPING_KEY     passphrase under which the keyring keeps the path key

Example:
  $ cxrflow keys create
  $ cxrflow keys backup /safe/place/cxrflow-keys.json`,
  );

function sub(usage: string, description: string, example: string): Command {
  return command
    .command(usage)
    .description(description)
    .option('--data <dir>', 'data folder, where no keyring may lie', process.env.CXRFLOW_DATA ?? './data')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `\nExample:\n  $ ${example}`);
}

sub(
  'create',
  'make a keyring for a new project',
  'CXRFLOW_KEYRING=/etc/cxrflow/keyring.json cxrflow keys create',
).action((options: Options) => {
  if (process.env.CXRFLOW_PSEUDONYM_KEY)
    throw new CxrError('BAD_INPUT', 'CXRFLOW_PSEUDONYM_KEY is set; a keyring beside it would never be used');
  createKeyringFile(keyringPath(process.env), process.env.CXRFLOW_WRAPPING_KEY, resolve(options.data));
  show(load(options), options);
  note('Keep a backup elsewhere (cxrflow keys backup): without this key no patient is recognised again.');
});

sub('show', 'epoch, check value and place of the key; never the key', 'cxrflow keys show --json').action(
  (options: Options) => show(load(options), options),
);

sub('backup <file>', 'write an encrypted copy', 'cxrflow keys backup /safe/place/cxrflow-keys.json')
  .option('--passphrase-file <file>', `first line is the passphrase (else ${PASSPHRASE}, else asked)`)
  .action(async (file: string, options: Options) => {
    const keyring = load(options);
    const secret = await passphrase(PASSPHRASE, { file: options.passphraseFile, fresh: true });
    writeBackup(keyring, resolve(file), secret);
    if (options.json) printJson({ epoch: keyring.epoch, backup: resolve(file) });
    else print(resolve(file));
    note(`Restore on any machine: CXRFLOW_KEYRING=PLACE cxrflow keys restore ${file}`);
    note('Keep file and passphrase apart, and both away from the data.');
  });

sub('restore <file>', 'make the keyring from a backup', 'cxrflow keys restore /safe/place/cxrflow-keys.json')
  .option('--passphrase-file <file>', `first line is the passphrase (else ${PASSPHRASE}, else asked)`)
  .action(async (file: string, options: Options) => {
    const secret = await passphrase(PASSPHRASE, { file: options.passphraseFile, fresh: false });
    const wrapping = process.env.CXRFLOW_WRAPPING_KEY;
    const to = keyringPath(process.env);
    const dataFolder = resolve(options.data);
    show(
      restoreBackup(resolve(file), secret, to, { dataFolder, ...(wrapping ? { wrapping } : {}) }),
      options,
    );
  });

sub(
  'rewrap',
  `wrap the path key under ${NEW_WRAPPING} instead of CXRFLOW_WRAPPING_KEY; the keys stay the same`,
  `CXRFLOW_WRAPPING_KEY=old ${NEW_WRAPPING}=new cxrflow keys rewrap`,
)
  .option('--unwrapped', 'keep the path key unwrapped from now on')
  .action((options: Options) => {
    const wrapping = process.env[NEW_WRAPPING];
    if (Boolean(wrapping) === Boolean(options.unwrapped))
      throw new CxrError('BAD_INPUT', `set ${NEW_WRAPPING}, or say --unwrapped`);
    const path = keyringPath(process.env);
    const keys = readKeyringFile(path, process.env.CXRFLOW_WRAPPING_KEY, resolve(options.data));
    if (!keys) throw new CxrError('KEY_MISSING', path);
    writeKeyringFile(path, keys, { replace: true, ...(wrapping ? { wrapping } : {}) });
    const env = { ...process.env, CXRFLOW_PSEUDONYM_KEY: undefined, CXRFLOW_WRAPPING_KEY: wrapping };
    show(loadKeyring(env, { mayCreate: false }), options);
    if (wrapping) note(`From now on set CXRFLOW_WRAPPING_KEY to what ${NEW_WRAPPING} was.`);
  });

function load({ data }: Options): Keyring {
  return loadKeyring(process.env, { mayCreate: false, dataFolder: resolve(data) });
}

function show(keyring: Keyring, { json }: Options): void {
  const place = process.env.CXRFLOW_PSEUDONYM_KEY ? 'CXRFLOW_PSEUDONYM_KEY' : keyringPath(process.env);
  const facts = { epoch: keyring.epoch, checkValue: checkValue(keyring), place };
  if (json) {
    printJson(facts);
    return;
  }
  print(`epoch        ${facts.epoch}`);
  print(`check value  ${facts.checkValue}`);
  print(`place        ${facts.place}`);
}
