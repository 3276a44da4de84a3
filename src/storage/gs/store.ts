import { CxrError } from '../../errors.js';
import type { ObjectStore } from '../port.js';

export function gsStore(_root: unknown, _options: unknown): ObjectStore {
  throw new CxrError('BAD_INPUT', 'gs:// is not there yet');
}
