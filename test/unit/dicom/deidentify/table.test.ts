import { expect, test } from 'vitest';
import type { Element } from '../../../../src/dicom/dataset.js';
import { TABLE_OPTIONS, TABLE_ROWS, type TableRow } from '../../../../src/dicom/deidentify/table.js';
import { attributeOf, keywordOf } from '../../../../src/dicom/dictionary.js';
import { items } from '../../../../src/dicom/values.js';
import { as, type Elements, type Value } from '../../../support/dicom-builder.js';
import { deidentified, yaml } from './apply.js';

/** Rows that the file meta information, the pseudonym or the marks decide, not the table. */
const ELSEWHERE = new Set([
  '00001000',
  '00001001',
  '00020003',
  '00041511',
  '00080018',
  '0020000d',
  '0020000e',
]);
const PSEUDONYM = new Set(['00100010', '00100020']);
/** Not of any IOD: attribute types are unknown there. */
const UNKNOWN_CLASS = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.99.9' };

const rows = TABLE_ROWS.filter(({ tag }) => !ELSEWHERE.has(tag) && !PSEUDONYM.has(tag) && tag !== 'private');

function tagOfRow({ tag }: TableRow): string {
  return tag.replace('50xxxxxx', '50003000').replace('60xx', '6000');
}

/** Attributes newer than the dictionary are written with the VR that the row's name suggests. */
function vrOfRow(row: TableRow): string {
  const registered = attributeOf(tagOfRow(row))?.vr;
  if (registered !== undefined) return registered.slice(0, 2);
  if (/UID$/.test(row.name)) return 'UI';
  return /Sequence$/.test(row.name) ? 'SQ' : 'LO';
}

const VALUES: Record<string, Value> = {
  AE: as('AE', 'ORIGINAL'),
  AS: as('AS', '047Y'),
  CS: as('CS', 'ORIGINAL'),
  DA: as('DA', '20200229'),
  DS: as('DS', '47.25'),
  DT: as('DT', '20200229123456'),
  FD: as('FD', 47.25),
  FL: as('FL', 47.25),
  IS: as('IS', '47'),
  LO: as('LO', 'ORIGINAL'),
  LT: as('LT', 'ORIGINAL'),
  OB: as('OB', new Uint8Array([4, 7, 4, 7])),
  OW: as('OW', new Uint16Array([0x4711, 0x4712])),
  PN: as('PN', 'ORIGINAL'),
  SH: as('SH', 'ORIGINAL'),
  SL: as('SL', 4711),
  SQ: as('SQ', [{ ReferencedSOPInstanceUID: '1.2.3.4711', CodeMeaning: 'Word' }]),
  ST: as('ST', 'ORIGINAL'),
  TM: as('TM', '123456'),
  UC: as('UC', 'ORIGINAL'),
  UI: as('UI', '1.2.3.4711.4712'),
  UL: as('UL', 4711),
  UN: as('UN', new Uint8Array([4, 7, 4, 7])),
  UR: as('UR', 'http://original'),
  US: as('US', 4711),
  UT: as('UT', 'ORIGINAL'),
};

function elementsOf(row: TableRow): Elements {
  const value = VALUES[vrOfRow(row)];
  if (value === undefined) throw new Error(`no value for ${vrOfRow(row)}`);
  return { [tagOfRow(row)]: value };
}

/** X, Z, D, U, U* or K as it can be seen from outside. */
function seen(element: Element | undefined, original: Element | undefined): string {
  if (element === undefined) return 'X';
  if (element.kind === 'sequence') {
    if (element.items.length === 0) return 'Z';
    const uid = hex(element.items[0]?.get('00081155'));
    const originalUid = original?.kind === 'sequence' ? hex(original.items[0]?.get('00081155')) : '';
    return uid === originalUid ? 'K' : 'recursed';
  }
  if (hex(element) === hex(original)) return 'K';
  if (element.kind === 'value' && element.bytes.length === 0) return 'Z';
  return /^2\.25\.\d+\0?$/.test(ascii(element)) ? 'U' : 'D';
}

const hex = (element: Element | undefined) =>
  element?.kind === 'value' ? Buffer.from(element.bytes).toString('hex') : '';
const ascii = (element: Element | undefined) =>
  element?.kind === 'value' ? Buffer.from(element.bytes).toString('latin1') : '';

function expectedBasic(row: TableRow): string {
  const last = row.basic.split('/').at(-1) ?? '';
  // An unknown type: items that say nothing are valid as any.
  if (vrOfRow(row) === 'SQ' && (['D', 'U*'].includes(last) || row.basic === 'X/Z')) return 'recursed';
  if (last === 'D' && vrOfRow(row) === 'UI') return 'U';
  return last;
}

test('the table is whole', () => {
  expect(TABLE_ROWS.length).toBe(656);
  expect(new Set(TABLE_ROWS.map(({ tag }) => tag)).size).toBe(656);
});

test.each(['at the top', 'in an item'])('every row, by the basic profile, %s', (place) => {
  const wrong: string[] = [];
  for (const row of rows) {
    const tag = tagOfRow(row);
    // The attribute that holds the items must itself be in no row.
    const nested = place === 'in an item';
    const elements = nested ? { AnatomicRegionSequence: [elementsOf(row)] } : elementsOf(row);
    const { dataset, input } = deidentified({ ...UNKNOWN_CLASS, ...elements }, 'basic');
    const of = (ds: typeof dataset) => (nested ? items(ds, '00082218')[0] : ds)?.get(tag);
    const action = seen(of(dataset), of(input.dataset));
    if (action !== expectedBasic(row)) wrong.push(`${tag} ${row.name}: ${row.basic} but ${action}`);
  }
  expect(wrong).toEqual([]);
});

test.each(
  TABLE_OPTIONS.filter((o) => !['retainSafePrivate', 'cleanStructuredContent', 'cleanGraphics'].includes(o)),
)('every row of option %s', (option) => {
  const wrong: string[] = [];
  for (const row of rows.filter(({ options }) => options[option] !== undefined)) {
    const tag = tagOfRow(row);
    const profile = yaml(`unlisted: keep\noptions: { ${option}: true }`);
    const { dataset, input } = deidentified({ ...UNKNOWN_CLASS, ...elementsOf(row) }, profile);
    const action = seen(dataset.get(tag), input.dataset.get(tag));
    const vr = vrOfRow(row);
    let expected = 'K';
    if (option === 'retainLongitudinalModifiedDates') {
      if (tag === '00080201') expected = 'X';
      else if (vr === 'TM') expected = 'K';
      else expected = vr === 'DA' || vr === 'DT' ? 'D' : expectedBasic(row);
    } else if (row.options[option] === 'C') {
      // Text without an identifier needs no change; what is no text goes by the basic action.
      if (vr === 'SQ') expected = 'recursed';
      else
        expected = ['LO', 'SH', 'LT', 'ST', 'UT', 'UC', 'AE', 'PN', 'UR'].includes(vr)
          ? 'K'
          : expectedBasic(row);
    } else if (vr === 'SQ') expected = option === 'retainUids' ? 'K' : 'recursed';
    if (action !== expected) wrong.push(`${tag} ${row.name}: expected ${expected}, got ${action}`);
  }
  expect(wrong).toEqual([]);
});

test('every public row of the table is known to the dictionary, or newer than it', () => {
  const unknown = rows.filter((row) => keywordOf(tagOfRow(row)) === undefined);
  expect(unknown.length).toBeLessThan(rows.length / 20);
});

test('private groups go, at every depth, with their creators', () => {
  const priv = {
    '00090010': as('LO', 'ACME 1.0'),
    '00091001': as('LO', 'KOWALSKI'),
    '00091002': as('SQ', [{}]),
  };
  const { dataset } = deidentified({ ...priv, AnatomicRegionSequence: [priv] });
  const all = [...dataset.keys(), ...(items(dataset, '00082218')[0]?.keys() ?? [])];
  expect(all.filter((tag) => tag.startsWith('0009'))).toEqual([]);
});

test('curves and overlays go in all their repetitions, with what describes them', () => {
  const overlay = {
    '60023000': as('OW', new Uint16Array(2)),
    '60020010': as('US', 4),
    '60024000': as('LT', 'x'),
  };
  const { dataset } = deidentified({
    ...overlay,
    '50040005': as('US', 1),
    '501e3000': as('OW', new Uint16Array(2)),
  });
  expect([...dataset.keys()].filter((tag) => tag >= '5000' && tag < '7000')).toEqual([]);
});
