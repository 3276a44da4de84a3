import { CxrError } from '../../errors.js';
import type { ObjectStore } from '../port.js';

export function s3Store(_root: unknown, _options: unknown): ObjectStore {
  throw new CxrError('BAD_INPUT', 's3:// is not there yet');
}
