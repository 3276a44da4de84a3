import type { Dataset } from '../../../dicom/dataset.js';
import { text } from '../../../dicom/values.js';
import type { ViewPosition } from './outcome.js';

const LATERAL = new Set(['LATERAL', 'LAT', 'LL', 'RL', 'LLAT', 'RLAT', 'LLD', 'RLD']);

/** SNOMED CT and SNOMED-RT codes of CID 4010 (DX View), the plain frontal and lateral ones. */
const BY_CODE: Readonly<Record<string, ViewPosition>> = {
  '399348003': 'AP',
  'R-10206': 'AP',
  '272479007': 'PA',
  'R-40888': 'PA',
  '399067008': 'LATERAL',
  'R-102CD': 'LATERAL',
  '399198007': 'LATERAL', // right lateral
  'R-10232': 'LATERAL',
  '399173006': 'LATERAL', // left lateral
  'R-10236': 'LATERAL',
};

/** View of a film, from View Position (0018,5101), else View Code Sequence (0054,0220). */
export function viewPosition(dataset: Dataset): ViewPosition {
  const stated = text(dataset, '00185101')?.toUpperCase().trim() ?? '';
  if (stated === 'AP' || stated === 'PA') return stated;
  if (LATERAL.has(stated)) return 'LATERAL';
  const sequence = dataset.get('00540220');
  const item = sequence?.kind === 'sequence' ? sequence.items[0] : undefined;
  const code = item ? text(item, '00080100') : undefined;
  return (code && BY_CODE[code]) || 'unknown';
}
