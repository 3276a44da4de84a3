import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLines, TABLE_COLUMNS } from '../../../src/pacs/csv.js';
import { shiftedBack } from '../../../src/pacs/dates.js';
import { pacsError } from '../../../src/pacs/errors.js';
import { knownOfColumns } from '../../../src/pacs/identifiers.js';
import { bindParameters } from '../../../src/pacs/parameters.js';
import { recordsOf } from '../../../src/pacs/records.js';
import { missingColumns, type PacsRow, toRow } from '../../../src/pacs/row.js';

const PARAMETERS = { studies: 5, order: 'random', seed: 7, modality: 'CR', body_part: null } as const;

describe('parameters of a query', () => {
  it.each([
    ['limit :studies', 'limit ($1::bigint)', [5]],
    [':modality IS NULL OR m = :modality', '($1::text) IS NULL OR m = ($1::text)', ['CR']],
    [':seed::text || :order', '($1::bigint)::text || ($2::text)', [7, 'random']],
    ["':studies' || x::text -- :seed\n/* :seed */", "':studies' || x::text -- :seed\n/* :seed */", []],
    ['":order" $$ :order $$ $a$ :seed $a$', '":order" $$ :order $$ $a$ :seed $a$', []],
    ["E'it\\'s :seed' :seed", "E'it\\'s :seed' ($1::bigint)", [7]],
    ["'it''s :seed' :body_part", "'it''s :seed' ($1::text)", [null]],
    ['a[1:2] :unknown', 'a[1:2] :unknown', []],
  ])('%s', (sql, text, values) => {
    expect(bindParameters(sql, PARAMETERS)).toMatchObject({ text, values });
  });

  it('names what looks like one and is none', () => {
    const unknown = (sql: string) => bindParameters(sql, PARAMETERS).unknown;
    expect(unknown("select :seed, :modalty, ':quoted' -- :told")).toBe('modalty');
    expect(unknown('select a[1:2], :order::text, x::int')).toBeUndefined();
  });

  it('keep every line where it was', () => {
    const piece = fc.constantFrom("'", '"', ':seed', '::', '--', '\n', '/*', '*/', '$$', 'x', ':order');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const sql = pieces.join(' ');
        expect(bindParameters(sql, PARAMETERS).text.split('\n')).toHaveLength(sql.split('\n').length);
      }),
    );
  });
});

describe('errors of the database', () => {
  const of = (code: string | undefined, message = 'secret DOE^JOHN', more = {}) =>
    pacsError(Object.assign(new Error(message), code === undefined ? {} : { code }, more), 'ab\ncd', 0);
  it.each([
    ['42601', 'PACS_QUERY_FAILED'],
    ['57014', 'PACS_QUERY_SLOW'],
    ['28P01', 'PACS_LOGIN'],
    ['3D000', 'PACS_LOGIN'],
    ['57P01', 'PACS_UNREACHABLE'],
    ['53300', 'PACS_UNREACHABLE'],
    ['ECONNREFUSED', 'PACS_UNREACHABLE'],
    [undefined, 'PACS_UNREACHABLE'],
  ])('%s is %s, and nothing of the text of the server goes on', (code, expected) => {
    const error = of(code);
    expect(error.code).toBe(expected);
    expect(error.message).not.toContain('DOE');
  });
  it('name the line of the file', () => {
    expect(of('42601', '', { position: '4' }).message).toContain('line 2 of the query');
    const behind = pacsError(
      Object.assign(new Error(), { code: '42601', position: '7' }),
      'ab\ncd\n) AS q LIMIT 0',
      0,
    );
    expect(behind.message).toContain('line 2 of the query');
  });
});

const row = (over: Partial<Record<string, string | null>>): PacsRow =>
  toRow({ study_id: 's', instance_id: 'i', report_value: null, ...over } as Record<string, string | null>);
const collect = async (rows: readonly PacsRow[], maxReport = 1_000) => {
  async function* pages() {
    for (const one of rows) yield [one];
  }
  const records = [];
  for await (const record of recordsOf(pages(), { unitOf: (...key) => key.join('|'), maxReport }))
    records.push(record);
  return records;
};

describe('rows to records', () => {
  it('names every missing column', () => {
    expect(missingColumns(['study_id', 'file_url', 'extra'])).toEqual(
      'series_id series_number instance_id instance_number file_path report_value field_created_at'.split(
        ' ',
      ),
    );
  });

  it('makes one record of the rows of a file, and one report of the texts of a study', async () => {
    const records = await collect([
      row({ instance_id: '1', report_value: 'findings', patient_name: 'A' }),
      row({ instance_id: '1', report_value: 'impression', patient_name: 'A' }),
      row({ instance_id: '2', report_value: 'findings', patient_name: 'B' }),
      row({ study_id: 't', instance_id: '3' }),
      row({ study_id: null, instance_id: '4', report_value: 'x' }),
      row({ study_id: null, instance_id: '5', report_value: 'y' }),
    ]);
    expect(records.map(({ instanceId, study }) => [instanceId, study])).toEqual([
      ...[
        ['1', 0],
        ['2', 0],
        ['3', 1],
        ['4', 2],
        ['5', 3],
      ],
    ]);
    expect(records[0]?.about).toEqual({
      report: 'findings\n\nimpression',
      tooLarge: false,
      identifiers: { patient_name: ['A', 'B'] },
    });
    expect(records[1]?.about).toBeUndefined();
    expect(records[3]?.about?.report).toBe('x');
  });

  it('leaves out a report that is too long, however it comes', async () => {
    const half = 'a'.repeat(600);
    const [record] = await collect([
      row({ report_value: half }),
      row({ report_value: half.replace('a', 'b') }),
    ]);
    expect(record?.about).toMatchObject({ report: '', tooLarge: true });
  });
});

describe('further columns', () => {
  it('are what their names say; clinical ones are nothing', () => {
    expect(
      knownOfColumns({
        patient_name: ['DOE^JOHN', 'Jane Mary Roe', 'Poe, Edgar'],
        birth_date: ['1945-08-03'],
        accession_number: ['ACC1'],
        phone: ['555'],
        institution_name: ['Saint X'],
        body_part: ['CHEST'],
        modality: ['CR'],
        ordered_for: ['Smith'],
        whatever: ['77-12'],
        study_date: ['2024-03-12 10:15:00+00'],
      }),
    ).toEqual({
      names: ['DOE^JOHN', 'Roe^Jane Mary', 'Poe^Edgar', 'Smith'],
      ids: ['ACC1', '77-12'],
      dates: ['20240312'],
      birthDates: ['19450803'],
      phones: ['555'],
      phrases: ['Saint X'],
    });
  });
});

describe('the table', () => {
  it('is read back by another reader as it was, but for formulas', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('a\r\nb', 'a\nb', '"', ',', '=1+1', '+1', '-1', '@x', '\tx', ' x ', '', 'ü"\r'),
    );
    const line = fc.record(Object.fromEntries(TABLE_COLUMNS.map((name) => [name, cell])));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (rows) => {
        const read = parse(csvLines(rows, TABLE_COLUMNS, true), { columns: true, record_delimiter: '\r\n' });
        const defused = rows.map((one) =>
          Object.fromEntries(
            Object.entries(one).map(([name, value]) => [
              name,
              /^[=+\-@\t\r＝＋－＠]/.test(value) ? `'${value}` : value,
            ]),
          ),
        );
        expect(read).toEqual(defused);
      }),
    );
  });
});

describe('dates', () => {
  it.each([
    ['2024-03-12 10:15:00+00', 100, '2023-12-03 10:15:00+00'],
    ['2024-03-01', 1, '2024-02-29'],
    ['2024-03-01T00:00:00.123Z', 1, '2024-02-29T00:00:00.123Z'],
    ['infinity', 1, ''],
    ['12.03.2024', 1, ''],
    ['0044-03-15 BC', 1, ''],
  ])('%s, %i days back', (text, days, expected) => {
    expect(shiftedBack(text, days)).toBe(expected);
  });
});
