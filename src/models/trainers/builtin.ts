import { CxrError } from '../../errors.js';
import type { Train } from './trainer.js';

/** The built-in trainer. */
export const trainBuiltIn: Train = () => Promise.reject(new CxrError('TRAINER_UNKNOWN', 'builtin'));
