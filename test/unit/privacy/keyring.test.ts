import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  assertKeyMatches,
  checkValue,
  fromThread,
  Keyring,
  loadKeyring,
  toThread,
} from '../../../src/privacy/keyring.js';
import { readKeyringFile, writeKeyringFile } from '../../../src/privacy/keyring-file.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxrflow-keyring-'));
  path = join(folder, 'config', 'keyring.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const code = (name: string) => expect.objectContaining({ code: name });
const HEX = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('hex');

describe('a keyring file', () => {
  it('is made once, for its owner only, and read again', () => {
    const env = { CXRFLOW_KEYRING: path };
    expect(() => loadKeyring(env, { mayCreate: false })).toThrow(code('KEY_MISSING'));
    expect(existsSync(path)).toBe(false);
    const made = loadKeyring(env, { mayCreate: true });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'config'))).toEqual(['keyring.json']);
    const again = loadKeyring(env, { mayCreate: true });
    expect(checkValue(again)).toBe(checkValue(made));
    expect(made.pseudonymKey.equals(made.pathKey)).toBe(false);
  });

  it("lies in the user's configuration folder by default", () => {
    loadKeyring({ XDG_CONFIG_HOME: folder }, { mayCreate: true });
    expect(existsSync(join(folder, 'cxrflow', 'keyring.json'))).toBe(true);
    loadKeyring({ HOME: folder }, { mayCreate: true });
    expect(existsSync(join(folder, '.config', 'cxrflow', 'keyring.json'))).toBe(true);
  });

  it('is never overwritten', () => {
    loadKeyring({ CXRFLOW_KEYRING: path }, { mayCreate: true });
    const before = readFileSync(path, 'utf8');
    const keys = { pseudonymKey: Buffer.alloc(32, 1), pathKey: Buffer.alloc(32, 2), created: '' };
    expect(() => writeKeyringFile(path, keys)).toThrow(code('KEYRING_EXISTS'));
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(readdirSync(join(folder, 'config'))).toEqual(['keyring.json']);
  });

  it('says where it cannot be written', () => {
    writeFileSync(join(folder, 'file'), '');
    const env = { CXRFLOW_KEYRING: join(folder, 'file', 'keyring.json') };
    expect(() => loadKeyring(env, { mayCreate: true })).toThrow(code('KEYRING_NOT_WRITTEN'));
  });

  it.each([0o640, 0o604, 0o660])('is refused where others may read it: mode %o', (mode) => {
    loadKeyring({ CXRFLOW_KEYRING: path }, { mayCreate: true });
    chmodSync(path, mode);
    expect(() => loadKeyring({ CXRFLOW_KEYRING: path }, { mayCreate: true })).toThrow(
      code('KEYRING_PERMISSIONS'),
    );
  });

  it('is refused inside the data folder, also through a link', () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    symlinkSync(data, join(folder, 'link'));
    for (const inside of [join(data, 'k.json'), join(data, 'a', 'k.json'), join(folder, 'link', 'k.json')])
      expect(() => loadKeyring({ CXRFLOW_KEYRING: inside }, { mayCreate: true, dataFolder: data })).toThrow(
        code('KEYRING_IN_DATA'),
      );
    expect(readdirSync(data)).toEqual([]);
    expect(() =>
      loadKeyring({ CXRFLOW_KEYRING: join(folder, 'data2.json') }, { mayCreate: true, dataFolder: data }),
    ).not.toThrow();
  });

  it.each([
    ['no JSON', 'secret-secret'],
    ['another JSON', '{"a":1}'],
    [
      'a short key',
      JSON.stringify({ cxrflowKeyring: 1, created: '', pseudonymKey: 'c2VjcmV0', pathKey: 'c2VjcmV0' }),
    ],
  ])('is refused where it is %s, without quoting it', (_, content) => {
    writeFileSync(join(folder, 'k.json'), content, { mode: 0o600 });
    let error: unknown;
    try {
      loadKeyring({ CXRFLOW_KEYRING: join(folder, 'k.json') }, { mayCreate: true });
    } catch (caught) {
      error = caught;
    }
    expect(error).toEqual(code('KEY_INVALID'));
    expect(String(error)).not.toMatch(/secret|c2Vj/);
  });

  it('keeps its path key wrapped under a passphrase', () => {
    const env = { CXRFLOW_KEYRING: path, CXRFLOW_WRAPPING_KEY: 'correct horse' };
    const made = loadKeyring(env, { mayCreate: true });
    expect(readFileSync(path, 'utf8')).not.toContain(made.pathKey.toString('base64'));
    expect(checkValue(loadKeyring(env, { mayCreate: false }))).toBe(checkValue(made));
    expect(() => loadKeyring({ CXRFLOW_KEYRING: path }, { mayCreate: true })).toThrow(code('KEY_LOCKED'));
    expect(() => loadKeyring({ ...env, CXRFLOW_WRAPPING_KEY: 'wrong' }, { mayCreate: true })).toThrow(
      code('KEY_LOCKED'),
    );
  });

  it('keeps both keys when it is wrapped anew', () => {
    const made = loadKeyring({ CXRFLOW_KEYRING: path }, { mayCreate: true });
    const keys = readKeyringFile(path);
    if (!keys) throw new Error('no keyring');
    writeKeyringFile(path, keys, { wrapping: 'new', replace: true });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const after = loadKeyring({ CXRFLOW_KEYRING: path, CXRFLOW_WRAPPING_KEY: 'new' }, { mayCreate: false });
    expect(checkValue(after)).toBe(checkValue(made));
  });
});

describe('one key in the environment', () => {
  const load = (key: string, more = {}) =>
    loadKeyring({ CXRFLOW_PSEUDONYM_KEY: key, ...more }, { mayCreate: false });

  it('is hex, base64 or base64url, and gives a path key of its own', () => {
    const base64 = Buffer.from(HEX, 'hex').toString('base64');
    const forms = [HEX, HEX.toUpperCase(), base64, base64.replace('=', ''), ` ${base64}\n`];
    expect(new Set(forms.map((form) => checkValue(load(form)))).size).toBe(1);
    const ring = load(HEX);
    expect(ring.pseudonymKey.toString('hex')).toBe(HEX);
    expect(ring.pathKey.toString('hex')).not.toBe(HEX);
  });

  it.each(['abc', HEX.slice(1), `${HEX}00`, '0'.repeat(64), 'ä'.repeat(44)])(
    'is refused where it is no key: %s',
    (key) => {
      expect(() => load(key)).toThrow(code('KEY_INVALID'));
    },
  );

  it('and a keyring are one too many', () => {
    expect(() => load(HEX, { CXRFLOW_KEYRING: path })).toThrow(code('KEY_INVALID'));
  });
});

describe('a keyring', () => {
  const ring = new Keyring(Buffer.alloc(32, 3), Buffer.alloc(32, 4));

  it('prints and serialises as its epoch only', () => {
    const secret = [3, 4]
      .map((byte) => Buffer.alloc(32, byte))
      .flatMap((k) => [k.toString('base64').slice(0, 20), k.toString('hex').slice(0, 20)]);
    for (const shown of [inspect(ring, { depth: 9, showHidden: true }), JSON.stringify(ring), `${ring}`]) {
      expect(shown).toContain(ring.epoch);
      for (const text of [...secret, '03 03', '3,3', '4,4']) expect(shown).not.toContain(text);
    }
  });

  it('has a check value that both keys decide', () => {
    const check = checkValue(ring);
    expect(() => assertKeyMatches(ring, check)).not.toThrow();
    for (const wrong of [
      new Keyring(Buffer.alloc(32, 5), Buffer.alloc(32, 4)),
      new Keyring(Buffer.alloc(32, 3), Buffer.alloc(32, 5)),
    ])
      expect(() => assertKeyMatches(wrong, check)).toThrow(code('KEY_MISMATCH'));
    expect(() => assertKeyMatches(ring, '')).toThrow(code('KEY_MISMATCH'));
  });

  it('survives the way to a thread', () => {
    expect(checkValue(fromThread(structuredClone(toThread(ring))))).toBe(checkValue(ring));
  });

  it('refuses keys of another length', () => {
    expect(() => new Keyring(Buffer.alloc(16), Buffer.alloc(32))).toThrow(code('KEY_INVALID'));
  });
});
