import { describe, expect, it } from 'vitest';
import { readBeginning, readDicom } from '../../../src/dicom/read.js';
import { text } from '../../../src/dicom/values.js';
import { planStudies, renderPlan } from '../../../src/samples/plan.js';

describe('readBeginning', () => {
  it('knows the patient from the first bytes in every syntax but deflated, and says when they do not tell', async () => {
    const { films } = planStudies({ studies: 17, seed: 5, laterals: false });
    for (const plan of films) {
      const bytes = await renderPlan(plan, { rows: 64, columns: 48 });
      const whole = readDicom(bytes).dataset;
      const head = readBeginning(bytes.subarray(0, 4096), '0020000e');
      if (plan.storage.transferSyntax === '1.2.840.10008.1.2.1.99') expect(head).toBeUndefined();
      else {
        expect(text(head as typeof whole, '00100020')).toBe(text(whole, '00100020'));
        expect(text(head as typeof whole, '0020000d')).toBe(text(whole, '0020000d'));
        expect(head?.has('7fe00010')).toBe(false);
      }
      expect(readBeginning(bytes.subarray(0, 300), '0020000e')).toBeUndefined();
    }
    expect(readBeginning(Buffer.from('not DICOM at all'), '0020000e')).toBeUndefined();
  });
});
