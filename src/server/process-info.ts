import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process started, as a text that differs for another process with the same pid; undefined where there is
 * none. A pid alone may have been given again.
 */
export function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return (
        execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
      );
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command in parentheses may hold spaces; field 22 counts from before it, state is field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined; // no such process, which is what was asked
  }
}

/** A process as `runtime.json` names it. */
export interface ProcessId {
  readonly pid: number;
  readonly started: string;
}

export function isAlive({ pid, started }: ProcessId): boolean {
  return startOf(pid) === started;
}
