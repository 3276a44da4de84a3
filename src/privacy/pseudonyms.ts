import { base32 } from './base32.js';
import { keyedHash } from './keyed.js';

/** Pseudonyms of one key: the same input gives the same output on every machine that has the key. */
export interface Pseudonyms {
  /**
   * The pseudonym of a patient: `P` and 26 base32 characters (130 bits).
   *
   * @param issuerOrSource IssuerOfPatientID, or the source's name where the file has none: the same number in
   *   two hospitals is two patients
   * @param id PatientID as it stands in the file; compared as `normaliseId` gives it
   */
  patient(issuerOrSource: string, id: string): string;
  /** The pseudonym of a patient whose id is blank or a placeholder: one for each study. */
  unknownPatient(studyInstanceUid: string): string;
  /**
   * The UID that replaces a study, series, instance, frame of reference or other instance UID:
   * `2.25.` and a 128-bit integer (PS3.5 B.2), at most 44 characters. One domain for all of them, so a
   * reference always meets its target. Registered UIDs are not for this function.
   */
  uid(original: string): string;
  /** Whole days that a patient's dates go back, 1 to 3650, uniform. @param patient the pseudonym */
  dateShiftDays(patient: string): number;
  /** Id of one frame of an image: `I` and 26 base32 characters. @param instance the new UID; frame from 1 */
  imageId(instance: string, frame: number): string;
  /**
   * A pseudonym of any other value (a reader, an accession number), compared as `normaliseId` gives it.
   *
   * @param length base32 characters, 16 to 26; 16 (80 bits) fits the VR SH
   */
  text(domain: string, value: string, length?: number): string;
}

const CHARACTERS = 26;
const LONGEST_SHIFT = 3650n;

/** @param pseudonymKey 32 bytes, `Keyring.pseudonymKey` */
export function createPseudonyms(pseudonymKey: Uint8Array): Pseudonyms {
  const hash = (domain: string, ...fields: readonly string[]) => keyedHash(pseudonymKey, domain, ...fields);
  return {
    patient: (issuerOrSource, id) =>
      `P${base32(hash('patient', normaliseId(issuerOrSource), normaliseId(id)), CHARACTERS)}`,
    unknownPatient: (study) => `P${base32(hash('unknown-patient', trimUid(study)), CHARACTERS)}`,
    uid: (original) => `2.25.${uuidInteger(hash('uid', trimUid(original)))}`,
    // 2^64 is so much more than 3650 that the remainder's bias is below 1e-15.
    dateShiftDays: (patient) => Number((hash('date-shift', patient).readBigUInt64BE(0) % LONGEST_SHIFT) + 1n),
    imageId: (instance, frame) => `I${base32(hash('image', trimUid(instance), String(frame)), CHARACTERS)}`,
    text: (domain, value, length = CHARACTERS) => {
      if (length < 16 || length > CHARACTERS) throw new RangeError('length is 16 to 26');
      return base32(hash(`text/${domain}`, normaliseId(value)), length);
    },
  };
}

/**
 * An id in the form in which two ids are compared: Unicode NFKC (full-width digits), upper case, control
 * characters and outer spaces gone, inner spaces one.
 *
 * Leading zeros, hyphens and inner spaces stay: `0012` and `12` are two patients in a system that pads some
 * of its numbers, and one patient under two pseudonyms does less harm than two patients under one.
 */
export function normaliseId(id: string): string {
  // NUL pads values in files of some writers, against PS3.5 6.2.
  const printable = id.normalize('NFKC').replace(/\p{Cc}+/gu, ' ');
  return printable.replace(/\s+/gu, ' ').trim().toUpperCase().normalize('NFKC');
}

const PLACEHOLDERS = new Set(
  (
    'ANON ANONYMOUS ANONYMIZED ANONYMISED DUMMY EMPTY ID MISSING MRN NA NAN NIL NOID NONAME NONE NOTAVAILABLE ' +
    'NOTKNOWN NULL PATIENT PATIENTID PID TBD TEMP TEST UNDEFINED UNK UNKNOWN UNSPECIFIED'
  ).split(' '),
);

/**
 * True for an id that names nobody: blank, one character repeated (`0000`, `XXX`, `---`), `1`,
 * `123456…`, or a word such as UNKNOWN. Such a patient gets one pseudonym a study.
 */
export function isPlaceholderId(id: string): boolean {
  const core = normaliseId(id).replace(/[^\p{L}\p{N}]+/gu, '');
  if (core === '' || PLACEHOLDERS.has(core)) return true;
  if (core.length > 1 && /^(.)\1*$/u.test(core)) return true;
  return core === '0' || core === '1' || core === 'X' || (core.length >= 4 && '1234567890'.startsWith(core));
}

/** UI values are padded with NUL, by some writers with a space (PS3.5 6.2). */
function trimUid(uid: string): string {
  return uid.replace(/[\0\s]+$/u, '').trim();
}

/** 16 bytes of a hash as a UUID of version 8 (RFC 9562 5.8, custom), in decimal without leading zeros. */
function uuidInteger(hash: Buffer): bigint {
  const bytes = Buffer.from(hash.subarray(0, 16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return BigInt(`0x${bytes.toString('hex')}`);
}
