import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDeidentifier } from '../../src/dicom/deidentify/deidentifier.js';
import { loadProfile } from '../../src/dicom/deidentify/profile.js';
import { proveClean } from '../../src/dicom/deidentify/prove.js';
import { looksLikeDicom, readDicom } from '../../src/dicom/read.js';
import { writeDicom } from '../../src/dicom/write.js';
import { isCxrError } from '../../src/errors.js';
import { createPseudonyms } from '../../src/privacy/pseudonyms.js';
import { runPython } from './python.js';

/** Files that are refused, and why: they are cut off, have no identity, hold no image, or name words as a patient. */
const REFUSED = new Set(['TRUNCATED', 'MALFORMED', 'MISSING_UID', 'MEDIA_DIRECTORY', 'IDENTITY_LEFT']);

interface Fact {
  readonly identity: string;
  readonly syntax: string;
  readonly syntaxAfter: string;
  readonly decodes: readonly [boolean, boolean];
  readonly samePixels: boolean;
  readonly left: number;
  readonly private: number;
}

describe.each(['research', 'basic'])('all files of pydicom and pydicom-data, by profile %s', (name) => {
  let folder = '';
  const pairs: [string, string][] = [];
  const refused: [string, string][] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cxrflow-deidentify-'));
    const deidentifier = createDeidentifier({
      profile: loadProfile(name),
      pseudonyms: createPseudonyms(Buffer.alloc(32, 9)),
      keyEpoch: 'KTEST',
      source: 'pydicom',
    });
    for (const path of (await runPython('deidentify.py', 'list')).trim().split('\n')) {
      // vitest wants to hear from its worker.
      await turn();
      const input = readFileSync(path);
      if (!looksLikeDicom(input)) continue;
      try {
        const result = deidentifier.apply(readDicom(input));
        const output = writeDicom(result.file);
        proveClean(output, result);
        const place = join(folder, `${pairs.length}.dcm`);
        writeFileSync(place, output);
        pairs.push([path, place]);
      } catch (error) {
        if (!isCxrError(error) || !REFUSED.has(error.code)) throw error;
        refused.push([path, error.code]);
      }
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('few are refused', () => {
    expect(pairs.length).toBeGreaterThan(150);
    expect(refused.length).toBeLessThan(pairs.length / 10);
    expect(refused.filter(([, code]) => code === 'IDENTITY_LEFT').length).toBeLessThan(3);
  });

  test('pydicom reads them, sees the same pixels and nobody', async () => {
    const list = join(folder, 'pairs.json');
    writeFileSync(list, JSON.stringify(pairs));
    const facts = (await runPython('deidentify.py', 'check', list))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Fact);
    expect(facts.length).toBe(pairs.length);
    const wrong = facts.flatMap((fact, i) => {
      const problems = [
        fact.identity !== 'YES' && 'not marked',
        fact.syntax !== '' && fact.syntax !== fact.syntaxAfter && 'another transfer syntax',
        fact.decodes[0] && !fact.decodes[1] && 'no longer decodes',
        !fact.samePixels && 'other pixels',
        fact.left > 0 && 'somebody left',
        fact.private > 0 && 'private elements left',
      ].filter((problem) => problem !== false);
      return problems.length === 0 ? [] : [`${pairs[i]?.[0].split('/').at(-1)}: ${problems.join(', ')}`];
    });
    expect(wrong).toEqual([]);
  });

  test('dcmtk reads them', async () => {
    const reads = (path: string) => spawnSync('dcmdump', ['-q', path]).status === 0;
    const spoilt: string[] = [];
    for (const [input, output] of pairs) {
      await turn();
      if (!reads(output) && reads(input)) spoilt.push(input);
    }
    expect(spoilt).toEqual([]);
  });

  test('dciodvfy finds no error that the input had not', async () => {
    const wrong: string[] = [];
    for (const [input, output] of pairs) {
      await turn();
      const known = new Set(errorsOf(input));
      const made = errorsOf(output).filter((error) => !known.has(error));
      if (made.length > 0) wrong.push(`${input.split('/').at(-1)}: ${made.slice(0, 3).join(' | ')}`);
    }
    expect(wrong).toEqual([]);
  });
});

/** UIDs are mapped, so an error that quotes one quotes another afterwards. */
function errorsOf(path: string): readonly string[] {
  const { stdout, stderr } = spawnSync('dciodvfy', [path], { encoding: 'latin1', maxBuffer: 2 ** 26 });
  return `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line.startsWith('Error'))
    .map((line) => line.replace(/\d+(\.\d+)+|(?<=UID )\d+$/g, '<uid>'));
}

test('the programs of others are there', () => {
  for (const program of ['dcmdump', 'dciodvfy'])
    expect(() => execFileSync('which', [program]), `install dcmtk and dicom3tools: ${program}`).not.toThrow();
});
