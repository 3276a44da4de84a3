import { userInfo } from 'node:os';

/** Who is at the terminal, for records of decisions and reveals. */
export function person(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
