import { expect, it } from 'vitest';
import { RETRAIN_COLUMNS, retrainRows } from '../../../../src/models/feedback/labels.js';

it('retrain.csv has the columns of VinDr, an image without findings too', () => {
  const selected = [
    {
      imageId: 'a',
      patient: 'p',
      origin: 'model' as const,
      labels: [
        { classId: 1, confidence: 0.95, bbox: [1, 2, 3, 4] as const },
        { classId: 0, confidence: 0.91, bbox: null },
      ],
    },
    { imageId: 'b', patient: 'p', origin: 'correction' as const, labels: [] },
  ];
  const rows = retrainRows(selected, ['Cardiomegaly', 'ILD']);
  expect(rows).toEqual([
    ['a', 'ILD', 1, 'model', 1, 2, 3, 4, 0.95, 'model'],
    ['a', 'Cardiomegaly', 0, 'model', '', '', '', '', 0.91, 'model'],
    ['b', 'No finding', 2, 'radiologist', '', '', '', '', '', 'correction'],
  ]);
  for (const row of rows) expect(row).toHaveLength(RETRAIN_COLUMNS.length);
});
