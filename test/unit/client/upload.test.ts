import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type UploadJob, uploadFolder } from '../../../src/client/upload.js';
import { fileUri, openStore } from '../../../src/storage/open.js';
import type { ObjectStore } from '../../../src/storage/port.js';
import { bytes, keys } from '../../support/storage-contract.js';

let folder: string;
let from: ObjectStore;
let to: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxrflow-upload-'));
  from = openStore(fileUri(await mkdtemp(join(folder, 'from-'))));
  to = openStore(fileUri(await mkdtemp(join(folder, 'to-'))));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const upload = (job: Partial<UploadJob> = {}) =>
  uploadFolder({ from, to, extensions: [], identified: false, report: () => undefined, ...job });

/** A dataset in explicit VR little endian with a patient's name, and (0012,0062) where given. */
function dicom(identityRemoved?: string): Buffer {
  const element = (group: number, number: number, vr: string, value: string) => {
    const padded = Buffer.from(value.length % 2 === 0 ? value : `${value}${vr === 'UI' ? '\0' : ' '}`);
    const head = Buffer.alloc(8);
    head.writeUInt16LE(group, 0);
    head.writeUInt16LE(number, 2);
    head.write(vr, 4, 'latin1');
    head.writeUInt16LE(padded.length, 6);
    return Buffer.concat([head, padded]);
  };
  return Buffer.concat([
    Buffer.alloc(128),
    bytes('DICM'),
    element(0x0002, 0x0010, 'UI', '1.2.840.10008.1.2.1'),
    element(0x0010, 0x0010, 'PN', 'DOE^JOHN'),
    ...(identityRemoved === undefined ? [] : [element(0x0012, 0x0062, 'CS', identityRemoved)]),
  ]);
}

it('copies the tree, takes only the endings asked for, and sends nothing twice', async () => {
  for (const key of ['a/one.png', 'two.PNG', 'three.jpg', 'b/no']) await from.write(key, bytes(key));
  expect(await upload({ extensions: ['.png'] })).toMatchObject({ found: 2, uploaded: 2, unchanged: 0 });
  expect(await keys(to)).toEqual(['a/one.png', 'two.PNG']);
  expect((await to.read('a/one.png')).toString()).toBe('a/one.png');

  const before = await to.stat('two.PNG');
  await to.write('a/one.png', bytes('A/one.png'));
  expect(await upload({ extensions: ['.png'] })).toMatchObject({ found: 2, uploaded: 1, unchanged: 1 });
  expect((await to.read('a/one.png')).toString()).toBe('a/one.png');
  expect(await to.stat('two.PNG')).toEqual(before);
});

it('refuses DICOM of a patient who was not removed from it, whatever its name', async () => {
  await from.write('yes', dicom('YES'));
  await from.write('no.png', dicom('NO'));
  await from.write('silent', dicom());
  await from.write('broken', dicom('YES').subarray(0, 160));
  await from.write('picture.png', bytes('no DICOM at all'));
  expect(await upload()).toMatchObject({ found: 5, uploaded: 2, refused: 3 });
  expect(await keys(to)).toEqual(['picture.png', 'yes']);
  expect(await upload({ identified: true })).toMatchObject({ uploaded: 3, unchanged: 2, refused: 0 });
});

it('fails as a whole when the store does', async () => {
  await from.write('a', bytes('a'));
  await writeFile(join(folder, 'file'), '');
  await expect(upload({ to: openStore(fileUri(join(folder, 'file'))) })).rejects.toMatchObject({
    code: 'SOURCE_UNREADABLE',
  });
});
