import { createHash } from 'node:crypto';

/**
 * A number from [0, 1) that depends on what it is for and on nothing else: not on what was drawn before it, so
 * neither the order of work nor the number of workers changes it. The first 48 bits of SHA-256 of the parts.
 */
export function chance(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(parts)).digest().readUIntBE(0, 6) / 2 ** 48;
}
