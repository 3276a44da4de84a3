import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { CxrError } from '../errors.js';

/**
 * A path as the bytes of the file system, one character a byte: names need not be UTF-8, and a name that was
 * decoded does not find its file again. `pathBytes` goes into `node:fs`, `pathText` is for people.
 */
export type BytePath = string;

export interface InputFile {
  readonly path: BytePath;
  /** Folder below the IN that it was found in, '' at its top; ends without a slash. */
  readonly folder: BytePath;
  readonly name: BytePath;
}

export function bytePath(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function pathBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

export function pathText(path: BytePath): string {
  return pathBytes(path).toString('utf8');
}

export function joinPath(...parts: readonly BytePath[]): BytePath {
  return parts.filter((part) => part !== '').join('/');
}

/**
 * The files below the given files and folders, in order of name. Links are followed, a folder is entered once;
 * devices and pipes are left out, and so is `except` (the output folder of an earlier run).
 * @param unreadable told of each folder or link below an input that cannot be read.
 * @throws CxrError BAD_INPUT for an input that is not there or cannot be read.
 */
export function* inputFiles(
  inputs: readonly BytePath[],
  except: BytePath | undefined,
  unreadable: (path: BytePath) => void,
): Generator<InputFile> {
  const entered = new Set<string>();
  const skipped = except === undefined ? undefined : realPath(except);
  if (skipped !== undefined) entered.add(skipped);

  function* walk(root: BytePath, folder: BytePath): Generator<InputFile> {
    const path = joinPath(root, folder);
    const resolved = realPath(path);
    if (resolved === undefined) return unreadable(path);
    if (entered.has(resolved)) return;
    entered.add(resolved);
    let names: BytePath[];
    try {
      names = readdirSync(pathBytes(path), { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    } catch {
      return unreadable(path);
    }
    for (const name of names.sort()) {
      const below = joinPath(path, name);
      const kind = kindOf(below);
      if (kind === 'file') yield { path: below, folder, name };
      else if (kind === 'folder') yield* walk(root, joinPath(folder, name));
      else if (kind === 'unreadable') unreadable(below);
    }
  }

  for (const input of inputs) {
    const kind = kindOf(input);
    if (kind === 'unreadable') throw new CxrError('BAD_INPUT', 'an IN does not exist or cannot be read');
    const bare = input.replace(/(?<=.)\/+$/, '');
    if (kind === 'file') yield { path: bare, folder: '', name: bare.slice(bare.lastIndexOf('/') + 1) };
    if (kind !== 'folder') continue;
    // An input is always walked, even one inside another.
    const resolved = realPath(bare);
    if (resolved !== undefined) entered.delete(resolved);
    yield* walk(bare, '');
  }
}

function kindOf(path: BytePath): 'file' | 'folder' | 'other' | 'unreadable' {
  try {
    const stat: Pick<Dirent, 'isFile' | 'isDirectory'> = statSync(pathBytes(path));
    if (stat.isFile()) return 'file';
    return stat.isDirectory() ? 'folder' : 'other';
  } catch {
    return 'unreadable';
  }
}

/** Undefined where there is no such path. */
export function realPath(path: BytePath): BytePath | undefined {
  try {
    return realpathSync(pathBytes(path), { encoding: 'buffer' }).toString('latin1');
  } catch {
    return undefined;
  }
}
