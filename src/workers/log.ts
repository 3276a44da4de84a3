import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { Settings } from '../config/schema.js';
import { ERRORS, isCxrError } from '../errors.js';

export type { Logger };

/**
 * The log of a process: on stderr, a JSON object a line, or short text on a terminal. Errors lose the messages
 * of other libraries (`ENOENT … '/nas/DOE^JOHN'`); values of `Sensitive` print as `[sensitive]`.
 */
export function createLog(
  settings: Settings['logging'],
  stream: NodeJS.WritableStream & { isTTY?: boolean } = process.stderr,
): Logger {
  const text = settings.format === 'text' || (settings.format === 'auto' && stream.isTTY === true);
  const write = text ? (line: string) => stream.write(asText(line)) : (line: string) => stream.write(line);
  return pino(
    {
      level: settings.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
    },
    { write },
  );
}

export interface DescribedError {
  readonly code: string;
  /** Of registered errors only. */
  readonly message?: string;
  /** Of others: the class and what Node says of the call, never its arguments. */
  readonly name?: string;
  readonly syscall?: string;
  readonly frames?: readonly string[];
  readonly cause?: DescribedError;
}

/**
 * What of an error is safe to keep: code and message of a registered one; of any other its class, its code when
 * that is a plain word (`ENOSPC`, `23505`), the system call, and where in the code it came from.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (isCxrError(error)) {
    const cause = error.cause === undefined || depth > 3 ? undefined : describeError(error.cause, depth + 1);
    return { code: error.code, message: error.message, ...(cause && { cause }) };
  }
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', name: typeof error };
  const { type } = error as { type?: unknown };
  // A failure that `failures.ts` has made: its message is of the registry.
  if (error.name === 'ApplicationFailure' && typeof type === 'string' && type in ERRORS)
    return { code: type, message: error.message };
  const { code, syscall } = error as NodeJS.ErrnoException;
  const cause = error.cause === undefined || depth > 3 ? undefined : describeError(error.cause, depth + 1);
  return {
    code: word(code) ?? 'UNEXPECTED',
    name: className(error),
    ...(word(syscall) && { syscall: word(syscall) as string }),
    frames: framesOf(error),
    ...(cause && { cause }),
  };
}

/** The class of an error, where it looks like one: a library may put anything into `name`. */
export function className(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return /^\w{1,60}$/.test(error.name) ? error.name : 'Error';
}

/** The frames of the stack without the message that stands above them. */
export function framesOf(error: Error): string[] {
  const stack = error.stack ?? '';
  const at = stack.indexOf(error.message);
  if (at < 0) return [];
  return stack
    .slice(at + error.message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim());
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9_]{1,40}$/.test(value) ? value : undefined;
}

function asText(line: string): string {
  const { level, time, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 19);
  const more = Object.entries(rest)
    .map(([key, value]) => ` ${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('');
  return `${clock} ${String(level).padEnd(5)} ${String(msg ?? '')}${more}\n`;
}
