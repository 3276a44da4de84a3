import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CxrError } from '../errors.js';

const SHORTEST = 12;

/**
 * The passphrase of a backup: from `file`, else from the environment variable `variable`, else typed, twice
 * where it is a new one.
 *
 * @throws CxrError BAD_INPUT where there is none, it is too short, or the two typed differ
 */
export async function passphrase(
  variable: string,
  { file, fresh }: { file: string | undefined; fresh: boolean },
): Promise<string> {
  const given = file === undefined ? process.env[variable] : firstLine(file);
  const text = given || (await typed(variable, fresh));
  if (fresh && text.length < SHORTEST)
    throw new CxrError('BAD_INPUT', `a passphrase has at least ${SHORTEST} characters`);
  return text;
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)[0] ?? '';
  } catch (cause) {
    throw new CxrError('BAD_INPUT', 'the passphrase file cannot be read', { cause });
  }
}

async function typed(variable: string, fresh: boolean): Promise<string> {
  if (!process.stdin.isTTY)
    throw new CxrError('BAD_INPUT', `no passphrase: set ${variable}, or name a file with --passphrase-file`);
  const text = await ask('Passphrase: ');
  if (fresh && (await ask('Once more: ')) !== text) throw new CxrError('BAD_INPUT', 'the two differ');
  return text;
}

/** Asks on stderr; what is typed is not shown. */
function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('close', () => reject(new CxrError('BAD_INPUT', 'no passphrase was typed')));
    lines.question('', (answer) => {
      process.stderr.write('\n');
      resolve(answer);
      lines.close();
    });
  });
}
