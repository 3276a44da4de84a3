import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { VINDR_CLASSES } from '../../../../src/datasets/boxes/classes.js';
import { readBoxes } from '../../../../src/datasets/boxes/read-boxes.js';

const HEADER = 'image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max';
const table = (...lines: string[]) => readBoxes(Readable.from([Buffer.from([HEADER, ...lines].join('\n'))]));
const bytes = (text: string | Buffer) => readBoxes(Readable.from([Buffer.from(text)]));

describe('readBoxes', () => {
  it('groups rows by image and reader; "No finding" is a reading without boxes', async () => {
    const { images, classes, problems, rows } = await table(
      'b,No finding,14,R2,,,,',
      'b,Cardiomegaly,3,R1,10,20,30.5,40',
      'a,No finding,14,R1,,,,',
      'b,Nodule/Mass,8,R1,1,2,3,4',
    );
    expect(rows).toBe(4);
    expect(problems).toEqual([]);
    expect(images.map(({ imageId }) => imageId)).toEqual(['a', 'b']);
    expect(images[1]?.readings).toEqual([
      {
        reader: 'R1',
        contradictions: 0,
        boxes: [
          { line: 3, classId: 3, box: [10, 20, 30.5, 40] },
          { line: 5, classId: 8, box: [1, 2, 3, 4] },
        ],
      },
      { reader: 'R2', contradictions: 0, boxes: [] },
    ]);
    expect(classes).toEqual(VINDR_CLASSES);
  });

  it('takes classes from the data; ids stay, gaps are filled, whatever "No finding" is called and numbered', async () => {
    const { classes, images } = await table(
      'a,No finding,0,R1,0,0,1,1',
      'a,mass,2,R2,1,1,5,5',
      'b,no_findings,,R1,,,,',
    );
    expect(classes).toEqual(['unused_0', 'unused_1', 'mass']);
    expect(images[0]?.readings.map(({ boxes }) => boxes.length)).toEqual([0, 1]);
    expect(images[1]?.readings).toHaveLength(1);
  });

  it.each([
    ['a byte order mark and CRLF', `\ufeff${HEADER}\r\na,X,0,R1,1,2,3,4\r\n`],
    ['semicolons and decimal commas', `${HEADER.replaceAll(',', ';')}\na;X;0;R1;1,0;2;3;4\n`],
    ['tabs', `${HEADER}\na,X,0,R1,1,2,3,4`.replaceAll(',', '\t')],
    [
      'quotes, spaces, another order and other columns',
      `rad_id, x_max,note,X_MIN,y_min,y_max,class_id,class_name,image_id\n"R1",3,"a, b",1,2,4,0.0,"X",a\n`,
    ],
    ['CR alone', `${HEADER}\ra,X,0,R1,1,2,3,4\r`],
  ])('reads %s', async (_, text) => {
    const { images } = await bytes(text);
    expect(images).toEqual([
      {
        imageId: 'a',
        readings: [{ reader: 'R1', contradictions: 0, boxes: [{ line: 2, classId: 0, box: [1, 2, 3, 4] }] }],
      },
    ]);
  });

  it('leaves out rows that cannot be used, says which and why, and still knows who saw the image', async () => {
    const { images, problems } = await table(
      'a,X,0,R1,1,2,nan,4',
      'a,X,0,R1,1,2,3',
      '../x,X,0,R1,1,2,3,4',
      'a,X,0,,1,2,3,4',
      'a,X,minus,R1,1,2,3,4',
      'a,,0,R1,1,2,3,4',
      'a,X,1000,R1,1,2,3,4',
      'a,X,0,R1,1,2,Infinity,4',
      'a,X,0,R1,1,2,,4',
    );
    expect(problems.map(({ line, code, imageId }) => [line, code, imageId])).toEqual([
      [2, 'BOX_INCOMPLETE', 'a'],
      [3, 'ROW_MALFORMED', ''],
      [4, 'ROW_NOT_NAMED', ''],
      [5, 'ROW_NOT_NAMED', 'a'],
      [6, 'CLASS_INVALID', 'a'],
      [7, 'CLASS_INVALID', 'a'],
      [8, 'CLASS_INVALID', 'a'],
      [9, 'BOX_INCOMPLETE', 'a'],
      [10, 'BOX_INCOMPLETE', 'a'],
    ]);
    expect(images[0]?.readings).toEqual([{ reader: 'R1', contradictions: 0, boxes: [] }]);
  });

  it.each([
    ['no columns', 'image_id,class_name\na,b\n', /no column class_id, rad_id, x_min, y_min, x_max, y_max/],
    ['nothing', '', /boxes: it is empty/],
    ['UTF-16', Buffer.from(`\ufeff${HEADER}\n`, 'utf16le'), /not text in UTF-8/],
    ['a column twice', `${HEADER},rad_id\n`, /two columns rad_id/],
    ['an open quote', `${HEADER}\na,"X,0,R1,1,2,3,4\n`, /quote.* at line 2|quote/],
    [
      'two names of a class',
      `${HEADER}\na,X,0,R1,1,2,3,4\na,Y,0,R1,1,2,3,4\n`,
      /class 0 has two names.*line 3/,
    ],
  ])('refuses a table with %s', async (_, text, message) => {
    await expect(bytes(text)).rejects.toMatchObject({
      code: 'TABLE_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('notes the size where the table has it, and refuses two', async () => {
    const sized = `${HEADER},width,height\n`;
    const { images } = await bytes(`${sized}a,X,0,R1,1,2,3,4,200,100\n`);
    expect(images[0]?.size).toEqual({ width: 200, height: 100 });
    await expect(bytes(`${sized}a,X,0,R1,1,2,3,4,200,100\na,X,0,R1,1,2,3,4,200,101\n`)).rejects.toMatchObject(
      {
        code: 'TABLE_INVALID',
      },
    );
  });

  it('passes on a broken stream as it is, and reads what comes in pieces', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from(`${HEADER}\na,X,0,R1,1,`);
        throw new Error('the network');
      })(),
    );
    await expect(readBoxes(broken)).rejects.toThrow('the network');
    const text = Buffer.from(`\ufeff${HEADER}\r\na,Épanchement,0,R1,1,2,3,4\r\n`);
    const pieces = Readable.from(Array.from(text, (byte) => Buffer.of(byte)));
    expect((await readBoxes(pieces)).classes).toEqual(['Épanchement']);
  });
});
