import { expect, it } from 'vitest';
import { sortKey } from '../../../../src/activities/processing/folder-inputs.js';

const CLASSES = { NORMAL: 0, PNEUMONIA: 1 };

it.each([
  ['train/NORMAL/a.jpeg', 'train', 'NORMAL', 0],
  ['val/PNEUMONIA/b.png', 'val', 'PNEUMONIA', 1],
  ['test/NORMAL/deeper/IM0001', 'test', 'NORMAL', 0],
  // What it is, its content says.
  ['train/NORMAL/notes.txt', 'train', 'NORMAL', 0],
])('%s is an image of its folder', (key, split, name, label) => {
  expect(sortKey(key, CLASSES)).toEqual({ kind: 'image', split, class: name, label });
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
