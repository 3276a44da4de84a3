import type { Readable } from 'node:stream';
import { CxrError } from '../errors.js';
import type { Size } from './fit.js';
import { readTable } from './table.js';

/**
 * Reads `image_id,patient_id`. An image named twice with two patients has none: nobody knows whose it is.
 * @returns ids of patients as they stand there, which never leave this machine, by image; null where in doubt
 * @throws CxrError TABLE_INVALID
 */
export async function readPatients(stream: Readable): Promise<ReadonlyMap<string, string | null>> {
  const patients = new Map<string, string | null>();
  for await (const { values } of readTable(stream, 'patients', ['image_id', 'patient_id'])) {
    if (values === undefined || values.image_id === '') continue;
    const { image_id: image, patient_id: patient } = values;
    const known = patients.get(image);
    patients.set(image, known === undefined || known === patient ? patient : null);
  }
  return patients;
}

/**
 * Reads the original sizes of images that were resized since their boxes were drawn: `image_id,width,height`, or
 * `image_id,dim0,dim1` (rows, columns) as competitions publish them.
 * @throws CxrError TABLE_INVALID: a size that is none; two for one image
 */
export async function readSizes(stream: Readable): Promise<ReadonlyMap<string, Size>> {
  const sizes = new Map<string, Size>();
  const columns = ['width', 'height', 'dim0', 'dim1'] as const;
  for await (const { line, values } of readTable(stream, 'sizes', ['image_id'], columns)) {
    const width = Number(values?.width || values?.dim1);
    const height = Number(values?.height || values?.dim0);
    if (values === undefined || !isSide(width) || !isSide(height))
      throw new CxrError('TABLE_INVALID', `sizes: no width and height at line ${line}`);
    const known = sizes.get(values.image_id);
    if (known && (known.width !== width || known.height !== height))
      throw new CxrError('TABLE_INVALID', `sizes: two sizes for one image, the second at line ${line}`);
    sizes.set(values.image_id, { width, height });
  }
  return sizes;
}

const isSide = (value: number) => Number.isInteger(value) && value > 0 && value <= 1_000_000;
