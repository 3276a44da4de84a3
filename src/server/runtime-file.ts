import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Sensitive } from '../privacy/sensitive.js';
import { isAlive } from './process-info.js';

const processSchema = z.object({ pid: z.int().positive(), started: z.string() });
const schema = z.object({
  version: z.literal(1),
  process: processSchema,
  /** Of the API, on this machine: `http://127.0.0.1:8080`. */
  api: z.url(),
  /** What opens the catalog routes of the API. */
  token: z.string().min(32),
  temporal: z.object({
    address: z.string(),
    namespace: z.string(),
    /** Web UI; of the embedded server only, as is its process. */
    ui: z.url().optional(),
    process: processSchema.optional(),
  }),
  storage: z.string(),
});

/** `runtime.json` of a data folder: how other commands find the stack that has it. */
export type Runtime = Readonly<Omit<z.infer<typeof schema>, 'token'>> & { readonly token: Sensitive<string> };

export function newToken(): Sensitive<string> {
  return new Sensitive(randomBytes(32).toString('base64url'));
}

/** Written whole, readable by this user only: the token opens the catalog. */
export function writeRuntime(data: string, runtime: Runtime): void {
  const path = join(data, 'runtime.json');
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify({ ...runtime, token: runtime.token.reveal() }, null, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(temporary, path);
}

export function removeRuntime(data: string): void {
  rmSync(join(data, 'runtime.json'), { force: true });
}

/** What the last stack of the folder wrote, alive or not; undefined where there is nothing to read. */
export function readRuntime(data: string): Runtime | undefined {
  let text: string;
  try {
    text = readFileSync(join(data, 'runtime.json'), 'utf8');
  } catch {
    return undefined; // no stack, or a data folder that is not ours to read
  }
  const parsed = schema.safeParse(json(text));
  return parsed.success ? { ...parsed.data, token: new Sensitive(parsed.data.token) } : undefined;
}

/** The stack that is alive on this data folder now. */
export function liveRuntime(data: string): Runtime | undefined {
  const runtime = readRuntime(data);
  return runtime && isAlive(runtime.process) ? runtime : undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // half a file of an older version is as good as none
  }
}
