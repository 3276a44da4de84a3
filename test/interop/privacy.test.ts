/**
 * The whole pipeline over samples, over all files of pydicom and pydicom-data and over real films: what it leaves
 * behind is searched for everything that pydicom finds in the input that says who a patient is.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Attached, attach } from '../../src/client/attach.js';
import { loadConfig } from '../../src/config/load.js';
import { type SampleSummary, writeSamples } from '../../src/samples/write-samples.js';
import { cxrflow } from '../support/catalog/cli.js';
import { type Running, running } from '../support/cli.js';
import {
  chunks,
  files,
  folderPieces,
  historyPieces,
  type Piece,
  rowPieces,
} from '../support/privacy/left.js';
import { Needles } from '../support/privacy/needles.js';
import { runPython } from './python.js';

const FILMS = process.env.CXRFLOW_TEST_FILMS;
const root = mkdtempSync(join(tmpdir(), 'cxrflow-privacy-'));
const data = join(root, 'data');
const env = {
  ...process.env,
  CXRFLOW_DATA: data,
  CXRFLOW_KEYRING: '',
  // A fixed key: of thousands of shifted dates one may by chance be the birth date of somebody else.
  CXRFLOW_PSEUDONYM_KEY: createHash('sha256').update('privacy').digest('hex'),
  CXRFLOW_CONFIG: join(root, 'site.yaml'),
  CXRFLOW_LOG_LEVEL: 'debug',
  DATABASE_URL: '',
  TEMPORAL_ADDRESS: '',
  CXRFLOW_STORAGE: '',
};

interface Result {
  readonly found: number;
  readonly done: number;
  readonly skipped: number;
  readonly ignored: number;
  readonly quarantined: number;
  readonly stored: number;
  readonly review: number;
}

/** One that `identifiers.py` found. */
interface Identifier {
  readonly kind: 'name' | 'id' | 'uid' | 'place' | 'date' | 'path' | 'maker';
  readonly value: string;
  readonly raw: string;
  readonly where: string;
  readonly tag: string;
}

/** Shorter texts occur in compressed bytes by chance, and inside longer words. */
const LONG = 8;
/**
 * Made-up people of test files have names of words that this program, Postgres and Temporal use themselves
 * (`Last Name^First Name`). Of those the whole name is looked for.
 */
const WORDS = new Set(
  'anon enter first here last modality name national operator patient perfusion prof publishing test text'.split(
    ' ',
  ),
);
const needles = new Needles();
/** `tag value` of everything identifying, however short: no output may have it at the same place. */
const stated = new Set<string>();

let up: Running;
let samples: SampleSummary;
let place: Attached;
const printed: string[] = [];
const results: Result[] = [];

/** Makers of devices, which profiles keep: where one also stands as institution or author, it is no one's name. */
const makers: string[] = [];

function look(text: string, label: string): void {
  const lower = text.toLowerCase();
  if (WORDS.has(lower) || makers.some((maker) => maker.startsWith(lower))) return;
  const whole = text.length < LONG || /^\d+$/.test(text);
  needles.add(text, label, whole);
  if (/^[\x20-\xff]*$/.test(text)) needles.add(Buffer.from(text, 'latin1'), label, whole);
}

function learn({ kind, value, raw, where, tag }: Identifier): void {
  const label = `${where} ${value}`;
  if (kind === 'maker') return;
  if (tag !== '') stated.add(`${tag} ${value}`);
  if (kind === 'name') {
    for (const part of value.split(/[\^=\\\s,]+/)) if (/\p{L}{4}|[^ -~]{2}/u.test(part)) look(part, label);
    if (/\w\W+\w/.test(value)) look(value, label);
    // In other charsets the bytes look otherwise.
    if (/^(..)*(1b|[89a-f].)/.test(raw))
      needles.add(Buffer.from(raw.replace(/(20|00)+$/, ''), 'hex'), label, true);
  }
  if (kind === 'uid') needles.add(value, label, true);
  // Numbers of fewer digits are also sizes and counts: they are looked for at their place only.
  if ((kind === 'id' || kind === 'place') && value.length >= (/^\d+$/.test(value) ? 6 : 4))
    look(value, label);
  if (kind === 'date' && value.length === 8) {
    needles.add(value, label, true);
    needles.add(value.replace(/(....)(..)(..)/, '$1-$2-$3'), label, true);
  }
  if (kind === 'path') {
    look(value, label);
    for (const part of value.split('/')) if (part.length >= LONG) look(part, label);
  }
}

async function ingest(source: string, ...settings: string[]): Promise<Result> {
  const sets = [`source=${source}`, 'maxFailureRate=1', ...settings];
  const { code, stdout, stderr, json } = await cxrflow(
    ['start', 'ingest', '--wait', '--json', '--set', ...sets],
    env as Record<string, string>,
  );
  printed.push(stdout, stderr);
  const result = json as Result;
  expect(code, stderr + stdout).toBe(result.quarantined > 0 ? 3 : 0);
  results.push(result);
  return result;
}

/** Files of pydicom lie in folders that no patient named; here one does. */
async function copyPydicom(folder: string): Promise<number> {
  const old = new Date('2024-01-15T08:00:00Z');
  const paths = (await runPython('deidentify.py', 'list')).trim().split('\n');
  for (const [i, path] of paths.entries()) {
    const to = join(folder, `Quillfeather^Ottoline_${i}`);
    mkdirSync(to, { recursive: true });
    copyFileSync(path, join(to, basename(path)));
    utimesSync(join(to, basename(path)), old, old);
  }
  return paths.length;
}

let pydicomFiles = 0;
beforeAll(async () => {
  const made = join(root, 'samples');
  samples = await writeSamples(made, { studies: 24, size: { rows: 640, columns: 512 } });
  const pydicom = join(root, 'pydicom');
  pydicomFiles = await copyPydicom(pydicom);
  const other = join(root, 'samples of another seed');
  const others = await writeSamples(other, { studies: 8, seed: 2, size: { rows: 640, columns: 512 } });
  const identifiers: Identifier[] = [];
  for (const folder of [made, other, pydicom, ...(FILMS ? [FILMS] : [])]) {
    const lines = (await runPython('identifiers.py', folder)).trim().split('\n');
    identifiers.push(...lines.map((line) => JSON.parse(line) as Identifier));
  }
  makers.push(...identifiers.filter(({ kind }) => kind === 'maker').map(({ value }) => value.toLowerCase()));
  identifiers.forEach(learn);
  for (const text of [...samples.identifiers, ...others.identifiers]) look(text, 'sample');
  for (const date of [...samples.birthDates, ...others.birthDates])
    learn({ kind: 'date', value: date, raw: '', where: 'sample', tag: '' });

  // Dates are shifted by the issuer, too; without one it is the folder, which is another in each run.
  const sources = Object.entries({ made, pydicom, other }).map(
    ([name, folder]) =>
      `  ${name}: { uri: ${JSON.stringify(pathToFileURL(folder).href)}, issuer: HOSPITAL }\n`,
  );
  writeFileSync(join(root, 'site.yaml'), `ingest: { minAge: 0s }\nsources:\n${sources.join('')}`);
  up = await running(['up', '--port', '0'], env);
  await ingest('made');
  await ingest('made', 'select=all');
  await ingest('pydicom', 'select=all');
  if (FILMS) await ingest(FILMS);
  await ingest('other', 'profile=basic', 'select=all');
  for (const command of [['quarantine', 'list'], ['review', 'list'], ['status']]) {
    const { stdout, stderr } = await cxrflow([...command, '--json'], env as Record<string, string>);
    printed.push(stdout, stderr);
  }
  place = await attach(loadConfig({ env }));
}, 600_000);

afterAll(async () => {
  await place?.close();
  if (up?.child.exitCode === null) await up.end('SIGTERM');
  rmSync(root, { recursive: true, force: true });
});

/** Hits of the pieces, a line each, the first of each text. */
async function search(pieces: AsyncIterable<Piece> | Iterable<Piece>): Promise<string[]> {
  const found = new Map<string, string>();
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.bytes.length;
    for (const { label, around } of needles.search(piece.bytes, piece.random ? LONG : undefined))
      found.set(label, found.get(label) ?? `${label} | ${piece.where} | ${around}`);
  }
  expect(bytes).toBeGreaterThan(0);
  return [...found.values()];
}

describe('nothing of a patient', () => {
  test('what is looked for was found by others', () => {
    expect(needles.size).toBeGreaterThan(500);
    expect(pydicomFiles).toBeGreaterThan(200);
    if (FILMS === undefined) console.warn('CXRFLOW_TEST_FILMS is not set: no real films were ingested');
  });

  test('the search finds what is there', async () => {
    const hits = await search([{ where: 'here', bytes: Buffer.from(`x ${samples.identifiers[1]} y`) }]);
    expect(hits).not.toEqual([]);
    expect(await search(folderPieces(join(root, 'samples')))).not.toEqual([]);
  });

  test('is in the objects, the reports, the database files or the names of any of them', async () => {
    expect([...files(join(data, 'objects'))].length).toBeGreaterThan(100);
    expect(await search(folderPieces(data))).toEqual([]);
  });

  test('is in any row', async () => {
    expect(await search(rowPieces(place.catalog))).toEqual([]);
  });

  test('is in any history', async () => {
    expect(await search(historyPieces(place.client))).toEqual([]);
  });

  test('is in the logs, the metrics or what commands print', async () => {
    const metrics = await (await fetch(`${String(up.ready.api)}/metrics`)).text();
    const runs = await (await fetch(`${String(up.ready.api)}/api/runs`)).text();
    const log = up.stderr();
    expect(log).toContain('"level":"debug"');
    const texts = { log, metrics, runs, printed: printed.join('\n') };
    const pieces = Object.entries(texts).map(([where, text]) => ({ where, bytes: Buffer.from(text) }));
    expect(await search(pieces)).toEqual([]);
  });

  test('stands at its own place in a dataset, however short it is', () => {
    const hits: string[] = [];
    let datasets = 0;
    const walk = (dataset: Record<string, { Value?: readonly unknown[] }>) => {
      for (const [tag, { Value = [] }] of Object.entries(dataset))
        for (const value of Value) {
          if (typeof value === 'string' && stated.has(`${tag} ${value}`)) hits.push(`${tag} ${value}`);
          if (typeof value !== 'object' || value === null) continue;
          const names = value as Record<string, unknown>;
          for (const name of ['Alphabetic', 'Ideographic', 'Phonetic'].map((group) => names[group]))
            if (typeof name === 'string' && stated.has(`${tag} ${name}`)) hits.push(`${tag} ${name}`);
          if (Object.keys(names).every((key) => /^[0-9A-F]{8}$/.test(key))) walk(names as typeof dataset);
        }
    };
    for (const path of files(join(data, 'objects'))) {
      if (!path.endsWith('.json')) continue;
      const { dataset } = JSON.parse(readFileSync(path, 'utf8'));
      if (dataset === undefined) continue;
      datasets++;
      walk(dataset);
    }
    expect(datasets).toBeGreaterThan(100);
    expect([...new Set(hits)]).toEqual([]);
  });
});

test('pictures hold samples and nothing else', () => {
  const types = new Map<string, number>();
  for (const path of files(join(data, 'objects')))
    if (path.endsWith('.png'))
      for (const { type } of chunks(readFileSync(path))) types.set(type, (types.get(type) ?? 0) + 1);
  expect([...types.keys()].filter((type) => !['IHDR', 'IDAT', 'IEND', 'pHYs'].includes(type))).toEqual([]);
  expect(types.get('IEND')).toBeGreaterThan(100);
});

test('the accounting adds up', () => {
  for (const { found, done, skipped, ignored, quarantined, stored } of results) {
    expect(found).toBe(done + skipped + ignored + quarantined);
    expect(stored).toBe(done);
  }
  const inArchives = samples.files.reduce((sum, { members }) => sum + members, 0);
  expect(results[0]).toMatchObject({ found: inArchives });
  expect(results[1]).toMatchObject({ found: inArchives });
});
