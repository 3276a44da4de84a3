import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RawFields } from '../../../../src/datasets/annotations/raw.js';
import { readAnnotations } from '../../../../src/datasets/annotations/read.js';

const MAX_JSON = 1024 * 1024;

/** The bytes in pieces of a few, so that characters and rows are cut anywhere. */
async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(content: string | Uint8Array, size = 7) {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const { format, records } = await readAnnotations(pieces(bytes, size), MAX_JSON);
  const read: (RawFields & { position: number; broken?: string })[] = [];
  for await (const { position, fields, broken } of records)
    read.push({ position, ...(broken !== undefined && { broken }), ...fields.reveal() });
  return { format, records: read };
}

const VINDR = 'image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max';

describe('a CSV of boxes', () => {
  test('has the VinDr columns', async () => {
    expect(await read(`${VINDR}\na,Cardiomegaly,3,R1,1,2.5,3,4\nb,No finding,14,R2,,,,\n`)).toMatchObject({
      format: 'boxes-csv',
      records: [
        {
          ...{ position: 1, kind: 'box', image: 'a', className: 'Cardiomegaly', classId: '3', reader: 'R1' },
          box: ['1', '2.5', '3', '4'],
        },
        { position: 2, image: 'b', classId: '14', reader: 'R2', box: undefined },
      ],
    });
  });

  test('reads the same with any delimiter, line end, quoting and byte order mark', async () => {
    const plain = fc.stringMatching(/^[A-Za-z0-9 ü.-]{1,12}$/).filter((s) => s.trim() === s);
    const row = fc.record({
      image: plain,
      className: plain,
      reader: plain,
      box: fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 5 }),
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 50 }),
        async (rows, delimiter, end, mark, quoted, size) => {
          const cell = (value: unknown) => (quoted ? `"${value}"` : String(value));
          const lines = [
            ['image_id', 'class_name', 'rad_id', 'x_min', 'y_min', 'x_max', 'y_max'],
            ...rows.map((r) => [r.image, r.className, r.reader, ...r.box]),
          ].map((cells) => cells.map(cell).join(delimiter));
          const result = await read(`${mark ? '\ufeff' : ''}${lines.join(end)}${end}`, size);
          expect(result.records.map((r) => [r.image, r.className, r.reader, r.box?.map(Number)])).toEqual(
            rows.map((r) => [r.image, r.className, r.reader, r.box]),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('takes decimal commas where semicolons separate', async () => {
    const { records } = await read(`${VINDR.replaceAll(',', ';')}\na;Cardiomegaly;3;R1;1,5;2;3;4\n`);
    expect(records[0]?.box).toEqual(['1.5', '2', '3', '4']);
  });

  test('keeps the other rows when one has too few fields', async () => {
    const { records } = await read(`${VINDR}\na,Cardiomegaly,3\nb,Cardiomegaly,3,R1,1,2,3,4\n`);
    expect(records.map((r) => [r.position, r.broken])).toEqual([
      [1, '3 fields where the header has 8'],
      [2, undefined],
    ]);
  });
});

describe('a CSV of labels', () => {
  test('has image_id, label, value, reader in any order', async () => {
    expect(
      await read('reader,value,label,image_id\nR1,1,Edema,a\nR1,,Edema,b\nR1,-1.0,Edema,c\n'),
    ).toMatchObject({
      format: 'labels-csv',
      records: [
        { kind: 'label', image: 'a', className: 'Edema', value: '1', reader: 'R1' },
        { image: 'b', value: null },
        { image: 'c', value: '-1.0' },
      ],
    });
  });

  test('may have no rows', async () => {
    expect(await read('image_id,label,value,reader\n')).toEqual({ format: 'labels-csv', records: [] });
  });
});

describe('JSON', () => {
  const box = { image_id: 'a', class_name: 'Cardiomegaly', rad_id: 'R1', bbox: [1, 2, 3, 4] };
  const read1 = async (document: unknown) => (await read(JSON.stringify(document))).records;

  test('is one record or many, in a list or in lines', async () => {
    const expected = { kind: 'box', image: 'a', className: 'Cardiomegaly', reader: 'R1', box: [1, 2, 3, 4] };
    expect(await read1(box)).toMatchObject([{ position: 1, ...expected }]);
    const two = [
      { position: 1, ...expected },
      { position: 2, ...expected },
    ];
    expect(await read1([box, box])).toMatchObject(two);
    for (const key of ['records', 'annotations', 'items', 'data'])
      expect(await read1({ [key]: [box, box] })).toMatchObject(two);
    const lines = await read(`${JSON.stringify(box)}\r\n\n${JSON.stringify(box)}\n`);
    expect(lines).toMatchObject({ format: 'json-lines', records: two });
  });

  test.each([
    { x_min: 1, y_min: 2, x_max: 3, y_max: 4 },
    { xMin: 1, yMin: 2, xMax: 3, yMax: 4 },
    { bbox: { x: 1, y: 2, width: 2, height: 2 } },
    { x: 1, y: 2, width: 2, height: 2 },
    { box: [1, 2, 3, 4] },
  ])('has a box as %j', async (corners) => {
    expect((await read1({ imageId: 'a', class: 'Edema', ...corners }))[0]).toMatchObject({
      ...{ kind: 'box', image: 'a', className: 'Edema', box: [1, 2, 3, 4] },
    });
  });

  test.each([
    [{ label: 'Edema', value: 0 }, [['Edema', 0]]],
    [{ label: 'Edema' }, [['Edema', 1]]],
    [{ label: 'Edema', value: null }, [['Edema', null]]],
    [
      { labels: { Edema: 1, Mass: -1 } },
      [
        ['Edema', 1],
        ['Mass', -1],
      ],
    ],
    [
      { labels: ['Edema', 'Mass'] },
      [
        ['Edema', 1],
        ['Mass', 1],
      ],
    ],
    [{ labels: [{ label: 'Edema', value: 0 }] }, [['Edema', 0]]],
  ])('has labels as %j', async (labels, expected) => {
    const records = await read1({ SOPInstanceUID: '1.2', reader: 'R', ...labels });
    expect(records.map((r) => [r.className, r.value])).toEqual(expected);
    expect(records.map((r) => [r.kind, r.image, r.reader])).toEqual(
      expected.map(() => ['label', '1.2', 'R']),
    );
  });

  test('what stands around records holds for them, and they may say otherwise', async () => {
    const records = await read1({
      ...{ reader: 'R1', time: '2024-05-01' },
      annotations: [
        { image_id: 'a', boxes: [{ class_id: 3, bbox: [1, 2, 3, 4] }], labels: { Edema: 1 } },
        { image_id: 'b', reader: 'R2', boxes: [] },
      ],
    });
    expect(records).toMatchObject([
      { kind: 'box', image: 'a', reader: 'R1', classId: 3, time: '2024-05-01' },
      { kind: 'label', image: 'a', className: 'Edema', reader: 'R1' },
      { kind: 'box', image: 'b', reader: 'R2', className: 'No finding' },
    ]);
  });

  test('a line that is none is one broken record', async () => {
    const { records } = await read(`${JSON.stringify(box)}\n{"image_id": NaN}\n${JSON.stringify(box)}\n`);
    expect(records.map((r) => r.broken === undefined)).toEqual([true, false, true]);
  });
});

describe('COCO', () => {
  const document = {
    images: [{ id: 7, file_name: 'a.png', width: 100, height: 50 }],
    categories: [{ id: 90, name: 'Cardiomegaly' }],
    annotations: [
      { id: 1, image_id: 7, category_id: 90, bbox: [1, 2, 3, 4], reader: 'R1' },
      { id: 2, image_id: 8, category_id: 90, bbox: [1, 2, 3, 4] },
    ],
  };
  test('boxes are x, y, width, height; classes go by name', async () => {
    expect(await read(JSON.stringify(document))).toMatchObject({
      format: 'coco',
      records: [
        {
          ...{
            image: 'a.png',
            className: 'Cardiomegaly',
            box: [1, 2, 4, 6],
            reader: 'R1',
            width: 100,
            height: 50,
          },
        },
        { broken: 'its image_id is not among the images of the file' },
      ],
    });
  });
});

describe('what is refused as a whole', () => {
  const latin1 = Buffer.from(`${VINDR}\na,Cardiomegaly,3,M\xfcller,1,2,3,4\n`, 'latin1');
  test.each([
    ['an empty file', '', 'EMPTY_ANNOTATIONS'],
    ['blank lines', '\n \r\n', 'EMPTY_ANNOTATIONS'],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]), 'NOT_ANNOTATIONS'],
    ['Latin-1', latin1, 'NOT_UTF8'],
    ['UTF-16', Buffer.from(`\ufeff${VINDR}\n`, 'utf16le'), 'NOT_UTF8'],
    ['JSON that is not', '{"image_id": ', 'BAD_JSON'],
    ['JSON with NaN', '[{"image_id": "a", "x_min": NaN}]', 'BAD_JSON'],
    ['JSON too large', `["${'x'.repeat(MAX_JSON)}"]`, 'TOO_LARGE'],
    ['a missing column', 'image_id,class_name,rad_id,x_min,y_min,x_max\n', 'MISSING_COLUMNS'],
    ['a missing class', 'image_id,rad_id,x_min,y_min,x_max,y_max\n', 'MISSING_COLUMNS'],
    ['no reader', 'image_id,label,value\na,Edema,1\n', 'MISSING_COLUMNS'],
    ['a table of something else', 'foo,bar\n1,2\n', 'MISSING_COLUMNS'],
    ['a column twice', 'image_id,Image ID,label,value,reader\na,b,Edema,1,R1\n', 'BAD_CSV'],
    ['a quote that stays open', `${VINDR}\n"a,Edema,3,R1,1,2,3,4\n`, 'BAD_CSV'],
    ['a line without end', `${VINDR}\n${'x'.repeat(3_000_000)}`, 'LINE_TOO_LONG'],
    ['a JSON line without end', `{"a":1}\n{"a":"${'x'.repeat(5_000_000)}`, 'LINE_TOO_LONG'],
  ])('%s', async (_, content, code) => {
    await expect(read(content, 4096)).rejects.toMatchObject({ code });
  });

  test('the columns that are missing are named, those that are there are not', async () => {
    const refused = read('image_id,SECRET,rad_id,x_min,y_min,x_max\n');
    await expect(refused).rejects.toThrow(/: y_max, class_name/);
    await expect(refused).rejects.not.toThrow(/SECRET/);
  });
});

test.each([
  ['lists', (levels: number) => '['.repeat(levels) + ']'.repeat(levels)],
  ['objects', (levels: number) => ['{"records":'.repeat(levels), '}'.repeat(levels)].join('[]')],
  ['labels', (levels: number) => '{"labels":['.repeat(levels) + ']}'.repeat(levels)],
])('%s in one another without end are a broken record', async (_, nested) => {
  const { records } = await read(nested(50_000), 65_536);
  expect(records).toMatchObject([{ position: 1, broken: expect.stringContaining('deeper') }]);
});
