import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NamingQuestions, outputStems } from '../../../src/client/output-names.js';

const dicom = (path: string) => Promise.resolve(!path.endsWith('.txt'));
const ask: NamingQuestions = {
  isDicom: dicom,
  frames: () => Promise.resolve(1),
  isInput: () => false,
};
const fileAt = (path: string) => {
  const at = path.lastIndexOf('/') + 1;
  return { path, folder: path.slice(0, Math.max(0, at - 1)), name: path.slice(at) };
};
const stems = (paths: readonly string[], more: Partial<NamingQuestions> = {}) =>
  outputStems(paths.map(fileAt), { ...ask, ...more });

describe('outputStems', () => {
  it.each([
    ['a/b.dcm', 'a/b'],
    ['a/b', 'a/b'],
    ['a.b/c.IMA', 'a.b/c'],
    ['1.2.840.113619.2', '1.2.840.113619.2'],
    ['.dcm', '.dcm'],
    ['two words.v1.dcm', 'two words.v1'],
  ])('%s -> %s', async (path, stem) => {
    expect(await stems([path])).toEqual([stem]);
  });

  it('gives the plain name to the .dcm file, then to the first that is DICOM', async () => {
    expect(await stems(['b.dcm', 'b.dicom'])).toEqual(['b', 'b.dicom']);
    expect(await stems(['b', 'b.dcm'])).toEqual(['b.2', 'b']);
    expect(await stems(['b.ima', 'b.txt'])).toEqual(['b', 'b.txt']);
    expect(await stems(['b.bak.txt', 'b.txt', 'b.v'])).toEqual(['b.bak', 'b.txt', 'b']);
  });

  it('takes a numbered name for a frame only where the other file has that frame', async () => {
    const frames = (path: string) => Promise.resolve(path === 'b.dcm' ? 2 : 1);
    expect(await stems(['b.dcm', 'b-2.dcm', 'b-3.dcm'], { frames })).toEqual(['b', 'b-2.dcm', 'b-3']);
  });

  it('never lies on an input', async () => {
    expect(await stems(['b.dcm'], { isInput: (stem) => stem === 'b' })).toEqual(['b.dcm']);
  });

  it('gives no name twice', () => {
    const name = fc.constantFrom(
      'a',
      'a.dcm',
      'a.2',
      'a.dcm.2',
      'a.dcm.dcm',
      'a-2',
      'a-2.dcm',
      'a.dicom',
      'a.txt',
    );
    return fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 12 }), async (paths) => {
        const given = await stems(paths, { frames: () => Promise.resolve(2) });
        expect(new Set(given).size).toBe(paths.length);
      }),
    );
  });
});
