import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadProfile } from '../../../../src/dicom/deidentify/profile.js';
import { type DeidReport, mergeReports, ReportBuilder } from '../../../../src/dicom/deidentify/report.js';
import { reportHtml } from '../../../../src/dicom/deidentify/report-html.js';
import { deidentified } from './apply.js';

const research = loadProfile('research');
const files = [
  deidentified({}).result,
  deidentified({ PatientID: '', BurnedInAnnotation: 'YES' }).result,
  deidentified({ PatientAddress: '12 Harbour Road', OtherPatientNames: 'KOWALSKI^B' }).result,
];
type Event = number | 'skipped' | 'ignored' | 'UID_CONFLICT' | 'IDENTITY_LEFT';
const event = fc.constantFrom<Event[]>(0, 1, 2, 'skipped', 'ignored', 'UID_CONFLICT', 'IDENTITY_LEFT');

function report(events: readonly Event[]): DeidReport {
  const builder = new ReportBuilder(research, 'KTEST');
  for (const e of events) {
    if (typeof e === 'number') builder.done(files[e] as (typeof files)[0]);
    else if (e === 'skipped' || e === 'ignored') builder.other(e);
    else builder.quarantined(e);
  }
  return builder.report();
}

test('reports of shards, merged in any cut, are the report of the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.array(event, { maxLength: 6 }), { minLength: 1, maxLength: 4 }), (shards) => {
      const [first, ...rest] = shards.map(report);
      expect(mergeReports([first as DeidReport, ...rest])).toEqual(report(shards.flat()));
    }),
    { numRuns: 50 },
  );
});

test('found is the sum of what became of the files', () => {
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const { counts } = report(events);
      expect(counts.found).toBe(counts.done + counts.skipped + counts.ignored + counts.quarantined);
      expect(counts.found).toBe(events.length);
    }),
    { numRuns: 50 },
  );
});

test('it says who is unknown, what is held, and what was done to each attribute', () => {
  const { unknownPatients, review, reviews, actions } = report([0, 1, 2]);
  expect([unknownPatients, review, reviews]).toEqual([1, 1, { BURNED_IN_ANNOTATION: 1 }]);
  expect(actions).toContainEqual({
    tag: '00101040',
    keyword: 'PatientAddress',
    action: 'remove',
    elements: 1,
  });
  expect(actions).toContainEqual({ tag: '00100020', keyword: 'PatientID', action: 'pseudonym', elements: 3 });
});

test('nothing of a patient is in it', () => {
  const all = report([0, 1, 2]);
  const both = JSON.stringify(all) + reportHtml(all, 'a run');
  expect(both).not.toMatch(/kowalski|barbara|4711|harbour|1\.2\.3\.4/i);
});

test('reports of different profiles or keys are not one', () => {
  const other = new ReportBuilder(loadProfile('basic'), 'KTEST').report();
  const key = new ReportBuilder(research, 'KOTHER').report();
  expect(() => mergeReports([report([]), other])).toThrow(/different/);
  expect(() => mergeReports([report([]), key])).toThrow(/different/);
});

test('the page escapes what comes from outside, runs nothing and has a place to sign', () => {
  const page = reportHtml(report([0]), '<script>alert(1)</script>');
  expect(page).not.toContain('<script>');
  expect(page).not.toMatch(/https?:|src=/);
  expect(page).toMatch(/Signature/);
});
