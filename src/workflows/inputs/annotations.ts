import { z } from 'zod';
import { concurrency, uri } from './fields.js';

export const annotationsInput = () => z.strictObject({ source: uri, concurrency }).partial();
