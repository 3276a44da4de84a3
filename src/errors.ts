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
