import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 50;

/** Sends a signal to a process and all that it started; nothing where they have ended. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until no process of the group is left, at most `ms`; whether that is so. */
export async function groupGone(leader: number, ms: number): Promise<boolean> {
  for (const until = Date.now() + ms; ; await sleep(LOOK_MS)) {
    if (!isAlive(leader)) return true;
    if (Date.now() > until) return false;
  }
}

/** Notes which group works in a folder, so that a worker that takes over can end it. */
export async function noteGroup(file: string, leader: number): Promise<void> {
  await writeFile(file, JSON.stringify({ leader, started: startOf(leader) ?? null }));
}

/**
 * Ends the group that an earlier worker noted and left behind: a trainer outlives a worker that was killed, and
 * would write beside the new one.
 */
export async function endNotedGroup(file: string): Promise<void> {
  const noted = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (noted === undefined) return;
  const { leader, started } = JSON.parse(noted) as { leader: number; started: string | null };
  const now = startOf(leader);
  // The number belongs to another process by now. While the group has members it is given to nobody else.
  if (now !== undefined && now !== started) return;
  signalGroup(leader, 'SIGKILL');
  await groupGone(leader, 10_000);
}

function isAlive(leader: number): boolean {
  try {
    process.kill(-leader, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Start time of a process in clock ticks since boot (field 22 of proc(5) stat); undefined where it has ended. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined; // It has ended, or this system has no /proc.
  }
}
