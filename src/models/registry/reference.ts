import { CxrError } from '../../errors.js';

/** A version of a registered model; without `version`, the one in production. */
export interface ModelReference {
  readonly name: string;
  readonly version?: number | undefined;
}

const REFERENCE = /^([a-z0-9][a-z0-9._-]{0,62})(?:@v([1-9]\d{0,8}))?$/;

/** Reads `nodules` and `nodules@v3`. @throws CxrError BAD_INPUT */
export function modelReference(text: string): ModelReference {
  const [, name, version] = REFERENCE.exec(text) ?? [];
  if (name !== undefined) return { name, ...(version && { version: Number(version) }) };
  throw new CxrError(
    'BAD_INPUT',
    'a model is NAME or NAME@v3; a name has small letters, digits, . _ and -, at most 63',
  );
}

/** `nodules@v3`. */
export function referenceText(name: string, version: number): string {
  return `${name}@v${version}`;
}
