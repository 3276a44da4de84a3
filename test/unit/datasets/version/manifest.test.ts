import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../../../../src/datasets/version/canonical.js';
import { diffVersions } from '../../../../src/datasets/version/diff.js';
import { manifestBytes, parseManifest, versionManifest } from '../../../../src/datasets/version/manifest.js';
import { checkVersionName } from '../../../../src/datasets/version/name.js';
import { manifestParts as parts } from '../../../support/datasets/manifest.js';

it('canonical JSON depends on the value, not on the order its keys were given in', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.infiniteStream(fc.nat()), (value, order) => {
      const shuffled = Object.entries(value)
        .map((entry) => ({ entry, at: order.next().value }))
        .sort((a, b) => Number(a.at) - Number(b.at));
      const again = Object.fromEntries(shuffled.map(({ entry }) => entry));
      expect(canonicalJson(again)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it('a manifest reads back as it was written, and its bytes do not depend on the order of files', () => {
  const manifest = versionManifest(parts());
  const turned = versionManifest({ ...parts(), files: [...parts().files].reverse() });
  expect(parseManifest(manifestBytes(manifest))).toEqual(manifest);
  expect(manifestBytes(turned)).toEqual(manifestBytes(manifest));
  expect(manifest.classBalance).toEqual({
    train: { NORMAL: 2, PNEUMONIA: 1 },
    test: { NORMAL: 1, PNEUMONIA: 0 },
  });
  expect(manifest.parametersHash).toBe(sha256('{"steps":{"resize":{"width":224}}}'));
});

it('refuses a manifest that leads out of its folder, is of another schema, or is no JSON', () => {
  const manifest = versionManifest(parts());
  const damaged = [
    { ...manifest, schema: 'other/1' },
    { ...manifest, files: [{ path: '../outside', bytes: 1, sha256: 'a'.repeat(64) }] },
    { ...manifest, files: [{ path: '/etc/passwd', bytes: 1, sha256: 'a'.repeat(64) }] },
    { ...manifest, seed: 'seven' },
  ].map((value) => Buffer.from(JSON.stringify(value)));
  for (const bytes of [...damaged, Buffer.from('{')])
    expect(() => parseManifest(bytes)).toThrow(expect.objectContaining({ code: 'VERSION_DAMAGED' }));
});

it.each(['v1.0', 'v1', '2024-01-31', 'a', 'V1.0_rc+2'])('takes the name %s', (name) => {
  expect(checkVersionName(name)).toBe(name);
});

it.each(['', 'a/b', '..', 'v1..0', '.hidden', 'a b', 'v1.0\n', '-x', 'x'.repeat(64), 'é'])(
  'refuses the name %j',
  (name) => {
    expect(() => checkVersionName(name)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  },
);

it('a version does not differ from itself', () => {
  const manifest = versionManifest(parts());
  expect(diffVersions(manifest, manifest)).toMatchObject({
    same: true,
    files: { added: [], removed: [], changed: [], unchanged: manifest.files.length },
  });
});

it('says which files, parameters, counts and statistics differ, in both directions', () => {
  const a = versionManifest(parts());
  const [first, ...others] = a.files;
  const b = versionManifest({
    ...parts(),
    parameters: { steps: { resize: { width: 512, height: 512 } } },
    seed: 8,
    mean: 101,
    counts: { ...a.counts, quarantined: 1, done: 3 },
    files: [
      ...others.map((file) => ({ ...file, sha256: 'f'.repeat(64) })),
      { path: 'new', bytes: 1, sha256: '0'.repeat(64) },
    ],
  });
  const there = diffVersions(a, b);
  expect(there.same).toBe(false);
  expect(there.files).toEqual({
    added: ['new'],
    removed: [first?.path],
    changed: others.map(({ path }) => path),
    unchanged: 0,
  });
  expect(there.parameters).toEqual([
    { path: 'parameters.steps.resize.height', from: null, to: 512 },
    { path: 'parameters.steps.resize.width', from: 224, to: 512 },
  ]);
  expect(there.counts.map(({ path }) => path)).toEqual(['counts.done', 'counts.quarantined']);
  expect(there.statistics).toEqual([{ path: 'mean', from: 100, to: 101 }]);
  expect(there.origin).toEqual([{ path: 'seed', from: 7, to: 8 }]);
  const back = diffVersions(b, a);
  expect(back.files).toEqual({ ...there.files, added: there.files.removed, removed: there.files.added });
  expect(back.statistics).toEqual([{ path: 'mean', from: 101, to: 100 }]);
});
