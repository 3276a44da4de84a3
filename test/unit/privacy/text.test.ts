import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextCleaner, type KnownIdentifiers } from '../../../src/privacy/text.js';

const PATIENT: KnownIdentifiers = {
  names: [
    'MÜLLER-LÜDENSCHEIDT^Hans Peter^Q^Dr.^Jr',
    "O'BRIEN^Mary",
    'VAN DER BERG^Anna',
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
    'LI^Wei',
    'LONG^May',
  ],
  ids: ['00123456', 'A7654321', 'ACC-2024-0815', '4711', '12'],
  dates: ['20240312'],
  birthDates: ['19450803'],
  phones: ['+1 (617) 555-0199'],
  phrases: ['St. Elsewhere General Hospital'],
  shiftDays: 100,
};
const clean = createTextCleaner(PATIENT);

describe('names of the header', () => {
  it.each([
    ['Müller-Lüdenscheidt, Hans Peter', '[NAME]'],
    ['HANS PETER MUELLER LUEDENSCHEIDT', '[NAME]'],
    ['seen: muller', 'seen: [NAME]'],
    ['H. P. Müller', '[NAME]'],
    ['DOE^JOHN, MULLER^HANS', 'DOE^JOHN, [NAME]'],
    ['hansmueller', 'hansmueller'],
    ["Mrs. O'Brien's chest", "Mrs. [NAME]'s chest"],
    ['OBRIEN chest', '[NAME] chest'],
    ['maryobrien', '[NAME]'],
    ['mobrien_pa', '[NAME]_pa'],
    ['van der Berg', '[NAME]'],
    ['Vanderberg', '[NAME]'],
    ['film of berg, anna', 'film of [NAME]'],
    ['山田太郎さんの胸部', '[NAME]さんの胸部'],
    ['やまだ たろう 様', '[NAME] 様'],
    ['Müller Jr. chest PA', '[NAME]. chest PA'],
  ])('%s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it.each([
    ['Li, Wei', '[NAME]'],
    ['the li line and wei', 'the li line and wei'],
    ['LONG BONE', '[NAME] BONE'],
    ['along the longitudinal axis', 'along the longitudinal axis'],
    ['this may be May', 'this may be [NAME]'],
  ])('that are also words, or short: %s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it('in every order, case and separator that a name can be written in', () => {
    const name = fc.stringMatching(/^[A-Z][a-z]{3,9}$/);
    fc.assert(
      fc.property(
        name,
        name,
        fc.constantFrom(' ', ', ', '^', ' ^ ', '-', '_', '.'),
        fc.constantFrom('u', 'l', 'm'),
        fc.boolean(),
        (family, given, gap, mode, turned) => {
          const cleaner = createTextCleaner({ names: [`${family}^${given}`] });
          const pair = turned ? [given, family] : [family, given];
          const written = pair
            .map((w) => (mode === 'u' ? w.toUpperCase() : mode === 'l' ? w.toLowerCase() : w))
            .join(gap);
          const out = cleaner(`chest ${written} 2 views`).toLowerCase();
          expect(out).not.toContain(family.toLowerCase());
          expect(out).not.toContain(given.toLowerCase());
          expect(out).toContain('2 views');
        },
      ),
    );
  });
});

describe('numbers of the header', () => {
  it.each([
    ['MRN 00123456', 'MRN [ID]'],
    ['no. 123456 again', 'no. [ID] again'],
    ['00-123-456', '[ID]'],
    ['a 7654 321', '[ID]'],
    ['id7654321', 'id[ID]'],
    ['acc20240815', '[ID]'],
    ['ACC 2024 0815', '[ID]'],
    ['room 4711', 'room [ID]'],
    ['47-11', '47-11'],
    ['9123456', '[ID]'],
    ['rib 12, 12 mm', 'rib 12, 12 mm'],
    ['call 617.555.0199 or 555 0199', 'call [PHONE] or [PHONE]'],
  ])('%s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });
});

describe('institution', () => {
  it('goes as a whole, and only as a whole', () => {
    expect(clean('From ST ELSEWHERE GENERAL HOSPITAL, ward 3')).toBe('From [NAME], ward 3');
    expect(clean('general hospital')).toBe('general hospital');
  });
});

describe('dates', () => {
  it.each([
    ['compared to 2024-03-12', 'compared to 2023-12-03'],
    ['20240312', '20231203'],
    ['20240312101530.25', '20231203101530.25'],
    ['2024/3/12', '2023/12/3'],
    ['12.03.2024', '03.12.2023'],
    ['25/03/2024', '16/12/2023'],
    ['03/25/2024', '12/16/2023'],
    ['12 March 2024', '3 December 2023'],
    ['12th of March, 2024', '3 of December, 2023'],
    ['Mar 12, 2024', 'Dec 3, 2023'],
    ['MARCH 12TH, 2024', 'DECEMBER 3, 2023'],
    ['12-Mar-2024', '3-Dec-2023'],
    ['12. März 2024', '3. Dezember 2023'],
    ['12 mars 2024', '3 décembre 2023'],
    ['2024-Mar-12', '2023-Dec-3'],
  ])('a certain day is shifted and keeps its form: %s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it.each([
    ['03/04/2024', '[DATE]'],
    ['12.03.24', '[DATE]'],
    ['3-Mar-24', '[DATE]'],
    ['since March 2024', 'since [DATE]'],
    ['03/2024', '[DATE]'],
    ['March 12', '[DATE]'],
    ['12th of March', '[DATE]'],
    ['CT in 2019', 'CT in [DATE]'],
    ['film on 3/14 shows', 'film on [DATE] shows'],
    ['born 1945', 'born [DATE]'],
    ['120324', '[DATE]'],
  ])('an open or partial one goes: %s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it.each([
    '1945-08-03',
    '03.08.1945',
    '08/03/1945',
    '19450803',
    '3 August 1945',
    'Aug 3, 1945',
    '030845',
    '450803',
  ])('a birth date goes: %s', (text) => {
    expect(clean(`DOB ${text}.`)).toBe('DOB [DATE].');
  });

  it('all go where no shift is given', () => {
    expect(createTextCleaner({})('12 March 2024 and 2024-03-12')).toBe('[DATE] and [DATE]');
  });

  it('keep their interval', () => {
    const day = fc.integer({ min: 0, max: 30_000 }).map((n) => new Date(Date.UTC(1930, 0, 1 + n)));
    fc.assert(
      fc.property(day, fc.integer({ min: 1, max: 3650 }), (date, shiftDays) => {
        const iso = date.toISOString().slice(0, 10);
        const out = createTextCleaner({ shiftDays })(iso);
        expect(Date.parse(iso) - Date.parse(out)).toBe(shiftDays * 86_400_000);
      }),
    );
  });
});

describe('patterns', () => {
  it.each([
    ['mail j.doe+x@hospital.example.org now', 'mail [EMAIL] now'],
    ['see https://pacs.example/jane?id=1', 'see [URL]'],
    ['123-45-6789', '[ID]'],
    ['MRN: AB-99-12', 'MRN: [ID]'],
    ['Patient ID 77/12', 'Patient ID [ID]'],
    ['Acc #K9931', 'Acc #[ID]'],
    ['1.2.840.113619.2.55.3.4', '[ID]'],
    ['87654321', '[ID]'],
    ['AB123456', '[ID]'],
    ['(617) 555-1234', '[PHONE]'],
    ['617-555-1234', '[PHONE]'],
    ['call 555-1234', 'call [PHONE]'],
    ['+49 30 1234567', '[PHONE]'],
    ['pager 12345', 'pager [PHONE]'],
    ['Tel.: 089/1234567', 'Tel.: [PHONE]'],
    ['01 23 45 67 89', '[PHONE]'],
    ['94-year-old', '90+-year-old'],
    ['67-year-old', '67-year-old'],
    ['12 Main Street', '[ADDRESS]'],
    ['Dr. Smith agrees', 'Dr. [NAME] agrees'],
    ['Dr Jane van der Roe, chest', 'Dr [NAME], chest'],
    ['Prof. A. B. Jones. Heart normal', 'Prof. [NAME]. Heart normal'],
    ['dr. smith agrees', 'dr. [NAME] agrees'],
    ['Read by: Roe, Jane', 'Read by: [NAME]'],
    ['read by the resident', 'read by the resident'],
    ['Patient name: ROE^RICHARD', 'Patient name: [NAME]'],
    ['Signed: Jane Roe, MD', 'Signed: [NAME], MD'],
  ])('%s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });
});

describe('medical text stays', () => {
  it.each([
    'L4-5 disc space narrowing, C7 and T2 intact',
    'Nodule of 2.5 cm, 15 x 12 mm, 3/4 of the lobe; 1/2 dose',
    'ribs 3-5, 1-2 mm; T12-L1',
    'DR CHEST PA AND LATERAL', // DR is a modality here
    'DX Thorax p.a./lat., MR Brain',
    'CHEST,2 VIEWS,FRONTAL&LAT',
    'SpO2 92 %, BP 120/80, HR 72',
    '120 kVp, 2.5 mAs, exposure index 1500-2000 mAs',
    'Stage IIIA, grade 2/3, CTR 0.52',
    'Heart size is normal. The lungs are clear.',
    'may represent atelectasis; march fracture',
    'AP supine portable, 6 feet, left upper lobe',
    'French 14 catheter, 5-French sheath, ET tube 4.2 cm above carina',
    '100-1500 mL of fluid',
    'No. 2 of 3 images, series 2, 512x512',
  ])('%s', (text) => {
    expect(clean(text)).toBe(text);
  });
});

describe('robustness', () => {
  it('throws for no text and no header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string({ unit: 'binary' })), (text, values) => {
        const out = createTextCleaner({
          names: values,
          ids: values,
          dates: values,
          birthDates: values,
          phones: values,
          phrases: values,
        })(text);
        expect(typeof out).toBe('string');
      }),
    );
  });

  const MEGABYTE = 1_000_000;
  it.each([
    ['letters', 'a'],
    ['capitals', 'A '],
    ['digits', '1'],
    ['zeros and dots', '0.'],
    ['dates that never end', '12/'],
    ['words of capitals', 'Abc '],
    ['at signs', 'a@'],
    ['mail without end', 'a.'],
    ['hyphens', '-'],
    ['phone parts', '(1'],
    ['titles', 'Dr. '],
    ['labels', 'MRN '],
    ['months', 'May 1'],
    ['spaces', ' '],
    ['the name itself', 'Mary '],
    ['streets', '1 Main '],
    ['plus', '+1 '],
  ])('takes linear time on 1 MB of %s', (_, piece) => {
    const time = (size: number) => {
      const text = piece.repeat(Math.ceil(size / piece.length));
      const start = performance.now();
      clean(text);
      return performance.now() - start;
    };
    time(10_000);
    // A quadratic matcher would need minutes; the bound is wide for a busy machine.
    expect(time(MEGABYTE)).toBeLessThan(5_000);
  });
});
