import { expect, it } from 'vitest';
import { sortKey } from '../../../../src/activities/processing/folder-inputs.js';

const CLASSES = { NORMAL: 0, PNEUMONIA: 1 };

it.each([
  ['train/NORMAL/a.jpeg', 'train', 'NORMAL', 0, true],
  ['val/PNEUMONIA/b.PNG', 'val', 'PNEUMONIA', 1, true],
  // What it is, its content says; only a name that says so, too, makes it a fault if it is none.
  ['test/NORMAL/deeper/IM0001', 'test', 'NORMAL', 0, false],
  ['train/NORMAL/notes.txt', 'train', 'NORMAL', 0, false],
])('%s is an image of its folder', (key, split, name, label, named) => {
  expect(sortKey(key, CLASSES)).toEqual({ kind: 'image', split, class: name, label, named });
});

it.each([
  'train/COVID/a.jpeg',
  'train/a.jpeg',
  'NORMAL/a.dcm',
  'validation/NORMAL/a.png',
  'train/normal/a.tiff',
  'IM0001',
  // Names of what every object has are no classes.
  'train/constructor/a.png',
  'train/__proto__/a.png',
])('%s has no label', (key) => {
  expect(sortKey(key, CLASSES)).toEqual({ kind: 'unlabelled' });
});

it.each([
  'README.md',
  'train/.DS_Store',
  '__MACOSX/train/NORMAL/._a.jpeg',
  'train/NORMAL/._a.jpeg',
  'train/NORMAL/Thumbs.db',
  '.git/config',
])('%s is nobody’s', (key) => {
  expect(sortKey(key, CLASSES)).toEqual({ kind: 'ignored' });
});
