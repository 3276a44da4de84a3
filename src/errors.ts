/**
 * The registry of error codes. One row a code: what happened in a sentence, whether trying again can help,
 * and what the user can do. The code is the `type` of an `ApplicationFailure`, the `code` of a quarantined
 * file and the `code` in `--json` output, so a code never changes its meaning.
 *
 * `kind` says what the pipeline does with it:
 * - `file`: the bytes are bad; the file goes to quarantine and the others go on.
 * - `world`: storage, database, network or disk; retried with a bound, then the run pauses.
 * - `input`: what the user asked for cannot be done; refused at once, never retried.
 */
export type ErrorKind = 'file' | 'world' | 'input';

interface ErrorRow {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint: string;
}

export const ERRORS = {
  // --- input -------------------------------------------------------------------------------------------
  BAD_INPUT: {
    kind: 'input',
    message: 'The input is not valid',
    hint: 'Correct the named field and start again.',
  },
  BAD_CONFIG: {
    kind: 'input',
    message: 'The configuration is not valid',
    hint: 'Correct the listed keys; `cxrflow doctor` checks them again.',
  },
  CREDENTIALS_IN_URL: {
    kind: 'input',
    message: 'A URL carries credentials',
    hint: 'Remove user and password from the URL; give them by environment variable.',
  },
  MODEL_INVALID: {
    kind: 'input',
    message: 'The model cannot be used',
    hint: 'Give an ONNX model with the input and outputs of docs/quality-model.md.',
  },
  // keys
  KEY_MISSING: {
    kind: 'input',
    message: 'There is no key for pseudonyms',
    hint: 'Copy the keyring of the project here and name it by CXRFLOW_KEYRING; for a new project, `cxrflow keys create`.',
  },
  KEY_INVALID: {
    kind: 'input',
    message: 'The key or keyring is not valid',
    hint: 'A key is 32 bytes in hex or base64; a damaged keyring comes back by `cxrflow keys restore`.',
  },
  KEY_LOCKED: {
    kind: 'input',
    message: 'The key is encrypted and could not be opened',
    hint: 'Set CXRFLOW_WRAPPING_KEY (for a backup: its passphrase) to the one it was written with.',
  },
  KEY_MISMATCH: {
    kind: 'input',
    message: 'The key is not the one this catalog was written with',
    hint: 'Use the keyring of this project; another key would give every patient a second pseudonym.',
  },
  KEYRING_EXISTS: {
    kind: 'input',
    message: 'There is a keyring already',
    hint: 'It is never overwritten. Move it away yourself if it belongs to no data that you keep.',
  },
  KEYRING_PERMISSIONS: {
    kind: 'input',
    message: 'Others on this machine may read the keyring',
    hint: 'chmod 600 the file; it must belong to the user who runs cxrflow.',
  },
  KEYRING_IN_DATA: {
    kind: 'input',
    message: 'The keyring lies inside the data folder',
    hint: 'Move it elsewhere: who copies the data must not copy the key with it.',
  },
  SEAL_BROKEN: {
    kind: 'input',
    message: 'A sealed path could not be opened',
    hint: 'It was sealed with another path key, or the row was changed.',
  },
  // --- file --------------------------------------------------------------------------------------------
  UNREADABLE: {
    kind: 'file',
    message: 'The file could not be read',
    hint: 'Check its permissions, then `cxrflow quarantine retry`.',
  },
  CRASHED_WORKER: {
    kind: 'file',
    message: 'The file ended the worker process twice',
    hint: 'Keep a copy and report it; the file is left out until `cxrflow quarantine retry`.',
  },
  // --- world -------------------------------------------------------------------------------------------
  UNEXPECTED: {
    kind: 'world',
    message: 'An unexpected error',
    hint: 'See the worker log at this time; the text is kept out of the history because it may name a patient.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * An error of the registry. `detail` completes the row's message and must be safe to store and log: counts,
 * keywords, codes, public ids; never a path below a source, a header value or a message of another library.
 */
export class CxrError extends Error {
  override readonly name = 'CxrError';
  readonly code: ErrorCode;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, detail?: string, options?: { cause?: unknown }) {
    super(detail ? `${ERRORS[code].message}: ${detail}` : ERRORS[code].message, options);
    this.code = code;
    this.detail = detail;
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind;
  }

  get hint(): string {
    return ERRORS[this.code].hint;
  }
}

/** True for an error of the registry, also one that crossed a thread (where classes are lost). */
export function isCxrError(error: unknown): error is CxrError {
  return error instanceof CxrError;
}
