import { describe, expect, test } from 'vitest';
import { referencesOf } from '../../../../src/datasets/annotations/references.js';
import { createPseudonyms } from '../../../../src/privacy/pseudonyms.js';
import { fileId } from '../../../../src/privacy/seal.js';

const key = Buffer.alloc(32, 7);
const { uid, imageId } = createPseudonyms(key);
const fileIds = (path: string) => ['nas', 'pacs'].map((source) => fileId(key, source, path));
const refs = (given: string) => referencesOf(given, uid, fileIds);

const instance = uid('1.2.840.1');
const image = imageId(instance, 1);

describe('the names of an image', () => {
  test.each([image, `${image}.png`, `some/folder/${image}.png`, `${image}_R1`, `${image}_R1.txt`])(
    'an image id: %s',
    (given) => {
      expect(refs(given)).toEqual({ refs: [image], frame: undefined });
    },
  );

  test.each([instance, `${instance}.png`, `images-1/${instance}.json`])(
    'a pseudonym of an instance: %s',
    (given) => {
      expect(refs(given).refs).toContain(instance);
    },
  );

  test.each(['1.2.840.1', '1.2.840.1.dcm', 'a/b/1.2.840.1.png'])('an original instance UID: %s', (given) => {
    expect(refs(given).refs).toContain(instance);
  });

  test('the frame that a picture shows', () => {
    expect(refs(`${instance}-12.png`)).toMatchObject({ frame: 12 });
    expect(refs(`${instance}-12.png`).refs).toContain(instance);
  });

  test.each(['ward 7/IM0001.dcm', 'IM0001', 'IM0001.png'])('a file of any source: %s', (given) => {
    const path = given.startsWith('ward') ? given : 'IM0001.dcm';
    expect(refs(given).refs).toEqual(expect.arrayContaining(fileIds(path) as string[]));
  });

  test('none of them is the name that was given, unless that is a UID', () => {
    for (const given of ['DOE^JOHN', 'DOE^JOHN/IM1.dcm', '0012345'])
      expect(refs(given).refs.join()).not.toContain(given);
  });
});
