import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPseudonyms, isPlaceholderId, normaliseId } from '../../../src/privacy/pseudonyms.js';

const key = Buffer.alloc(32, 7);
const ours = createPseudonyms(key);
const others = createPseudonyms(Buffer.alloc(32, 8));

describe('a patient', () => {
  it('is HMAC-SHA256 of domain, issuer and id, each behind its length, in base32', () => {
    // The definition once more, by hand: a change of it would orphan every catalog.
    const hmac = createHmac('sha256', key);
    for (const field of ['cxrflow/1/patient', 'HOSPITAL', 'AB 12']) {
      const length = Buffer.alloc(8);
      length.writeUInt32BE(field.length, 4);
      hmac.update(length).update(field);
    }
    const bits = [...hmac.digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const letters = Array.from({ length: 26 }, (_, i) =>
      'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)),
    );
    expect(ours.patient('Hospital', ' ab  12 ')).toBe(`P${letters.join('')}`);
  });

  it.each([
    ['case and spaces', 'ab  12 ', 'AB 12'],
    ['full-width digits', '１２３', '123'],
    ['padding of other writers', '123\0', '123'],
  ])('is the same whatever the %s', (_, a, b) => {
    expect(ours.patient('h', a)).toBe(ours.patient('h', b));
  });

  it.each([
    ['leading zeros', '0012', '12'],
    ['hyphens', '1-2', '12'],
    ['inner spaces', '1 2', '12'],
  ])('is another one where %s differ', (_, a, b) => {
    expect(ours.patient('h', a)).not.toBe(ours.patient('h', b));
  });

  it('is injective over normalised ids, and over what is put where', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (issuer, id) => {
        const name = ours.patient(issuer, id);
        const identity = JSON.stringify([normaliseId(issuer), normaliseId(id)]);
        expect(name).toMatch(/^P[A-Z2-7]{26}$/);
        expect(seen.get(name) ?? identity).toBe(identity);
        seen.set(name, identity);
        expect(others.patient(issuer, id)).not.toBe(name);
      }),
      { numRuns: 1000 },
    );
  });

  it('without an id is one for each study, and never one with an id', () => {
    expect(ours.unknownPatient('1.2.3')).toBe(ours.unknownPatient('1.2.3\0'));
    expect(ours.unknownPatient('1.2.3')).not.toBe(ours.unknownPatient('1.2.4'));
    expect(ours.unknownPatient('1.2.3')).not.toBe(ours.patient('', '1.2.3'));
  });
});

describe('normaliseId', () => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        expect(normaliseId(normaliseId(id))).toBe(normaliseId(id));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('placeholders', () => {
  it.each([
    '',
    '   ',
    '\0',
    '0',
    '0000',
    'XXX',
    '---',
    'Unknown',
    'anonymous',
    'N/A',
    'no id',
    '1',
    '1234',
    '123456789',
    '99999',
  ])('%j names nobody', (id) => {
    expect(isPlaceholderId(id)).toBe(true);
  });
  it.each(['12', '0012', 'A1', '4711', '1235', 'UNKNOWN-17', 'Z9Z9'])('%j names somebody', (id) => {
    expect(isPlaceholderId(id)).toBe(false);
  });
});

describe('a UID', () => {
  it('is 2.25 and an integer of 128 bits, a UUID of version 8, whatever the original', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9.]{1,64}$/), (original) => {
        const uid = ours.uid(original);
        expect(uid).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
        const hex = BigInt(uid.slice(5)).toString(16).padStart(32, '0');
        expect(hex).toMatch(/^.{12}8.{3}[89ab].{15}$/);
        expect(seen.get(uid) ?? original).toBe(original);
        seen.set(uid, original);
        expect(ours.uid(`${original}\0`)).toBe(uid);
        expect(others.uid(original)).not.toBe(uid);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a date shift', () => {
  it('is 1 to 3650 days and spread evenly', () => {
    const shifts = Array.from({ length: 20_000 }, (_, i) => ours.dateShiftDays(`P${i}`));
    expect(Math.min(...shifts)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...shifts)).toBeLessThanOrEqual(3650);
    const tenths = new Array<number>(10).fill(0);
    for (const days of shifts)
      tenths[Math.floor((days - 1) / 365)] = (tenths[Math.floor((days - 1) / 365)] ?? 0) + 1;
    // 2,000 expected in each, standard deviation 42.
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(5 * 42.5);
  });
});

describe('other values', () => {
  it('differ by domain, and fit the VR SH', () => {
    expect(ours.text('accession', 'x', 16)).toMatch(/^[A-Z2-7]{16}$/);
    expect(ours.text('accession', ' X ')).toBe(ours.text('accession', 'x'));
    expect(ours.text('accession', 'x')).not.toBe(ours.text('reader', 'x'));
    expect(() => ours.text('a', 'x', 8)).toThrow(RangeError);
  });

  it('an image id differs by frame', () => {
    expect(ours.imageId('2.25.1', 1)).toMatch(/^I[A-Z2-7]{26}$/);
    expect(ours.imageId('2.25.1', 1)).not.toBe(ours.imageId('2.25.1', 2));
    expect(ours.imageId('2.25.11', 1)).not.toBe(ours.imageId('2.25.1', 11));
  });
});
