/** A download that may succeed when it is tried again. `detail` is safe to print: a status, a code, a time. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
  readonly detail: string;

  constructor(detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.detail = detail;
  }
}

/** What the codes that people meet most say. */
const WORDS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name of the server cannot be looked up now',
  ECONNREFUSED: 'nothing answers at that address',
  ECONNRESET: 'the connection broke',
  EHOSTUNREACH: 'there is no way to that server',
  ENOTFOUND: 'there is no server of that name',
  ETIMEDOUT: 'the server does not answer',
  STORAGE_LOGIN: 'the store refused the login, or the reading',
  STORAGE_UNREACHABLE: 'the store does not answer',
  UND_ERR_BODY_TIMEOUT: 'the server fell silent',
  UND_ERR_CONNECT_TIMEOUT: 'the server does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'the server does not answer',
  UND_ERR_SOCKET: 'the connection broke',
};

/** The detail of a trouble for a person: in words where there are some, and the code. */
export function inWords(detail: string): string {
  const words = WORDS[detail];
  return words === undefined ? detail : `${words} (${detail})`;
}
