import { InvalidArgumentError } from 'commander';

/** Parser of an option that takes a whole number above 0. */
export function whole(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number above 0');
  return Number(text);
}
