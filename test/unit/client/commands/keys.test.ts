import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { command } from '../../../../src/client/commands/keys.js';
import { checkValue, loadKeyring } from '../../../../src/privacy/keyring.js';

let folder: string;
let out: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxrflow-keys-'));
  vi.stubEnv('CXRFLOW_KEYRING', join(folder, 'keyring.json'));
  vi.stubEnv('CXRFLOW_BACKUP_PASSPHRASE', 'correct horse battery');
  for (const name of ['CXRFLOW_PSEUDONYM_KEY', 'CXRFLOW_WRAPPING_KEY', 'CXRFLOW_NEW_WRAPPING_KEY'])
    vi.stubEnv(name, undefined);
  out = '';
  const grab = (text: unknown) => {
    out += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(grab);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const keys = async (...args: string[]) => {
  out = '';
  await command.parseAsync([...args, '--data', join(folder, 'data')], { from: 'user' });
  return out;
};
const check = () => checkValue(loadKeyring(process.env, { mayCreate: false }));
const code = (name: string) => expect.objectContaining({ code: name });

describe('cxrflow keys', () => {
  it('creates, and shows everything but the keys', async () => {
    expect(JSON.parse(await keys('create', '--json'))).toEqual({
      epoch: expect.stringMatching(/^K[A-Z2-7]{12}$/),
      checkValue: check(),
      place: join(folder, 'keyring.json'),
    });
    const ring = loadKeyring(process.env, { mayCreate: false });
    const shown = await keys('show');
    expect(shown).toContain(ring.epoch);
    for (const key of [ring.pseudonymKey, ring.pathKey])
      for (const form of ['hex', 'base64'] as const) expect(shown).not.toContain(key.toString(form));
    await expect(keys('create')).rejects.toThrow(code('KEYRING_EXISTS'));
  });

  it('makes no keyring in the data folder, and none beside a key in the environment', async () => {
    vi.stubEnv('CXRFLOW_KEYRING', join(folder, 'data', 'keyring.json'));
    await expect(keys('create')).rejects.toThrow(code('KEYRING_IN_DATA'));
    vi.stubEnv('CXRFLOW_PSEUDONYM_KEY', 'ab'.repeat(32));
    await expect(keys('create')).rejects.toThrow(code('BAD_INPUT'));
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('backs up and restores elsewhere, with the passphrase only', async () => {
    await keys('create');
    const before = check();
    const backup = join(folder, 'backup.json');
    await keys('backup', backup);
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    expect(readFileSync(backup, 'utf8')).not.toContain(
      loadKeyring(process.env, { mayCreate: false }).pseudonymKey.toString('base64').slice(0, 20),
    );
    await expect(keys('backup', backup)).rejects.toThrow(code('KEYRING_EXISTS'));

    vi.stubEnv('CXRFLOW_KEYRING', join(folder, 'elsewhere', 'keyring.json'));
    vi.stubEnv('CXRFLOW_BACKUP_PASSPHRASE', 'another passphrase');
    await expect(keys('restore', backup)).rejects.toThrow(code('KEY_LOCKED'));
    vi.stubEnv('CXRFLOW_BACKUP_PASSPHRASE', 'correct horse battery');
    await keys('restore', backup);
    expect(check()).toBe(before);
  });

  it('refuses a short passphrase', async () => {
    await keys('create');
    vi.stubEnv('CXRFLOW_BACKUP_PASSPHRASE', 'short');
    await expect(keys('backup', join(folder, 'backup.json'))).rejects.toThrow(code('BAD_INPUT'));
  });

  it('wraps anew without changing a key', async () => {
    await keys('create');
    const before = check();
    await expect(keys('rewrap')).rejects.toThrow(code('BAD_INPUT'));
    vi.stubEnv('CXRFLOW_NEW_WRAPPING_KEY', 'first');
    await keys('rewrap');
    expect(check).toThrow(code('KEY_LOCKED'));
    vi.stubEnv('CXRFLOW_WRAPPING_KEY', 'first');
    expect(check()).toBe(before);
    vi.stubEnv('CXRFLOW_NEW_WRAPPING_KEY', undefined);
    await keys('rewrap', '--unwrapped');
    vi.stubEnv('CXRFLOW_WRAPPING_KEY', undefined);
    expect(check()).toBe(before);
  });
});
