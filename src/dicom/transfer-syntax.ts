/** Transfer syntaxes (PS3.5 section 10, PS3.6 A): how a dataset is encoded. */

export const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
export const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
export const DEFLATED = '1.2.840.10008.1.2.1.99';
export const EXPLICIT_BIG = '1.2.840.10008.1.2.2';

/** Implicit VR little endian with pixel data in big endian; GE, private, in old archives. */
export const GE_PRIVATE = '1.2.840.113619.5.2';

export interface Encoding {
  readonly littleEndian: boolean;
  readonly explicitVR: boolean;
}

/** How the elements of a transfer syntax are encoded. All encapsulated ones are explicit little endian (PS3.5 A.4). */
export function encodingOf(transferSyntax: string): Encoding {
  return {
    littleEndian: transferSyntax !== EXPLICIT_BIG,
    explicitVR: transferSyntax !== IMPLICIT_LITTLE && transferSyntax !== GE_PRIVATE,
  };
}
