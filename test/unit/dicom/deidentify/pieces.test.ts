import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ageBand } from '../../../../src/dicom/deidentify/ages.js';
import { shiftDate, shiftDateTime } from '../../../../src/dicom/deidentify/dates.js';
import { BASIC_ACTIONS, TABLE_ROWS } from '../../../../src/dicom/deidentify/table.js';
import { resolveAction, typeOf } from '../../../../src/dicom/deidentify/types.js';
import { dummyBytes, fitsVR } from '../../../../src/dicom/deidentify/values.js';

const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
const da = (date: Date) => date.toISOString().slice(0, 10).replaceAll('-', '');
const shift = fc.integer({ min: 1, max: 3650 });

test('a shift keeps the days between two dates, and goes back', () => {
  const days = (value: string | undefined) =>
    Date.parse(`${value?.slice(0, 4)}-${value?.slice(4, 6)}-${value?.slice(6)}`) / 86_400_000;
  fc.assert(
    fc.property(day, day, shift, (a, b, n) => {
      const [x, y] = [shiftDate(da(a), n), shiftDate(da(b), n)];
      expect(days(x) - days(y)).toBe(days(da(a)) - days(da(b)));
      expect(days(da(a)) - days(x)).toBe(n);
    }),
  );
});

test('a date and time keep their time; the offset from UTC goes', () => {
  fc.assert(
    fc.property(
      day,
      shift,
      fc.constantFrom('', '12', '1234', '123456', '123456.789'),
      fc.constantFrom('', '+0100', '-0530'),
      (date, n, time, zone) => {
        expect(shiftDateTime(`${da(date)}${time}${zone}`, n)).toBe(`${shiftDate(da(date), n)}${time}`);
      },
    ),
  );
});

test.each(['', '2020', '202002', '20200230', '20201301', '00000000', '2020-02-01', 'ABCDEFGH', '0099-01-01'])(
  'no date: %j',
  (value) => {
    expect(shiftDate(value, 10)).toBeUndefined();
  },
);

test('a date of ACR-NEMA comes out as DICOM writes it', () => {
  expect(shiftDate('2020.03.01', 1)).toBe('20200229');
});

test.each([
  ['043Y', '040Y'],
  ['045Y', '045Y'],
  ['089Y', '085Y'],
  ['090Y', '090Y'],
  ['107Y', '090Y'],
  ['004Y', '000Y'],
  ['018M', '000Y'],
  ['072M', '005Y'],
  ['010D', '000Y'],
  ['300W', '005Y'],
  ['62', '060Y'],
  ['62Y', '060Y'],
])('age %s is in the band %s', (age, band) => {
  expect(ageBand(age)).toBe(band);
});

test.each(['4343', '43X', '', 'ABCY', '043y'])('no age: %j', (age) => {
  expect(ageBand(age)).toBeUndefined();
});

test('a dummy is valid for its VR, and not empty', () => {
  const vrs =
    'AE AS CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SS ST SV TM UC UL UN UR US UT UV'.split(' ');
  for (const vr of vrs) {
    const bytes = dummyBytes(vr);
    expect(bytes.length, vr).toBeGreaterThan(0);
    const text = Buffer.from(bytes).toString('latin1');
    if (!/\0/.test(text)) expect(fitsVR(vr, text), `${vr} ${text}`).toBe(true);
  }
});

test('a compound action follows the type, an unknown one keeps any object valid (PS3.15 E.1-1a)', () => {
  const expected: Record<string, string> = {
    'X 3': 'X',
    'X 2': 'X',
    'X 1': 'X',
    'X ?': 'X',
    'Z 3': 'Z',
    'Z 2': 'Z',
    'Z 1': 'Z',
    'Z ?': 'Z',
    'D 3': 'D',
    'D 2': 'D',
    'D 1': 'D',
    'D ?': 'D',
    'U 3': 'U',
    'U 2': 'U',
    'U 1': 'U',
    'U ?': 'U',
    'X/Z 3': 'X',
    'X/Z 2': 'Z',
    'X/Z 1': 'Z',
    'X/Z ?': 'Z',
    'X/D 3': 'X',
    'X/D 2': 'D',
    'X/D 1': 'D',
    'X/D ?': 'D',
    'X/Z/D 3': 'X',
    'X/Z/D 2': 'Z',
    'X/Z/D 1': 'D',
    'X/Z/D ?': 'D',
    'Z/D 3': 'Z',
    'Z/D 2': 'Z',
    'Z/D 1': 'D',
    'Z/D ?': 'D',
    'X/Z/U* 3': 'X',
    'X/Z/U* 2': 'Z',
    'X/Z/U* 1': 'U*',
    'X/Z/U* ?': 'U*',
  };
  for (const action of BASIC_ACTIONS)
    for (const type of [1, 2, 3, undefined] as const)
      expect(resolveAction(action, type), `${action} ${type}`).toBe(expected[`${action} ${type ?? '?'}`]);
});

test('types are known where a compound row meets CR, DX and SC, and only there', () => {
  const classes = ['1.2.840.10008.5.1.4.1.1.1', '1.2.840.10008.5.1.4.1.1.1.1', '1.2.840.10008.5.1.4.1.1.7'];
  const compound = new Set(TABLE_ROWS.filter(({ basic }) => basic.includes('/')).map(({ tag }) => tag));
  expect(compound.size).toBeGreaterThan(30);
  for (const sopClass of classes) expect(typeOf('00080080', sopClass)).toBe(3);
  expect(typeOf('00081111', classes[1] ?? '')).toBe(1);
  expect(typeOf('00080080', '1.2.840.10008.5.1.4.1.1.2')).toBeUndefined();
});
