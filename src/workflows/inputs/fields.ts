import { z } from 'zod';
import { MAX_CONCURRENCY } from '../control.js';

/** `scheme://user:password@host`: refused wherever a URI is taken. */
const CREDENTIALS = /^[a-z][a-z0-9+.-]*:\/\/[^/]*@/i;

/** A URI, or the name of something configured. */
export const uri = z
  .string()
  .min(1)
  .max(2000)
  .refine((s) => !CREDENTIALS.test(s), 'a URL without user and password');
export const short = z.string().min(1).max(200);
export const concurrency = z.int().min(1).max(MAX_CONCURRENCY);
