/** A download that may succeed when it is tried again. `detail` is safe to print: a status, a code, a time. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
  readonly detail: string;

  constructor(detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.detail = detail;
  }
}
