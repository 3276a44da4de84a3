import { type BytePath, type InputFile, joinPath } from './input-files.js';

export interface NamingQuestions {
  /** Asked only of files that want the same name. */
  readonly isDicom: (path: BytePath) => Promise<boolean>;
  /** Frames of a file; asked only of `b` where there is also a `b-2`, which could be its second frame. */
  readonly frames: (path: BytePath) => Promise<number>;
  /** Whether a picture of this stem would lie on an input. */
  readonly isInput: (stem: BytePath) => boolean;
}

/** Letters after the last dot; not the last component of a UID. */
const EXTENSION = /(?<=.)\.[A-Za-z][A-Za-z0-9_]{0,9}$/;

/**
 * The picture's path of each file, relative to the output folder and without extension: `a/b.dcm` -> `a/b`. Of
 * several files that want one name, the first that is DICOM gets it (`.dcm` before others) and the others keep
 * their extension, then a number: two files never share a name, and the same folder gives the same names again.
 */
export async function outputStems(
  files: readonly InputFile[],
  ask: NamingQuestions,
): Promise<readonly BytePath[]> {
  const wanted = files.map(({ folder, name }) => joinPath(folder, name.replace(EXTENSION, '')));
  const first = new Map<BytePath, number>();
  const groups = new Map<BytePath, number[]>();
  for (const [index, stem] of wanted.entries()) {
    const group = groups.get(stem);
    if (group === undefined) groups.set(stem, [index]);
    else group.push(index);
  }
  for (const [stem, group] of groups) first.set(stem, await firstOf(group, files, ask));

  const isLaterFrame = async (stem: BytePath): Promise<boolean> => {
    const [, base = '', frame = ''] = /^(.*)-(\d+)$/s.exec(stem) ?? [];
    const file = files[first.get(base) ?? -1];
    return file !== undefined && Number(frame) >= 2 && (await ask.frames(file.path)) >= Number(frame);
  };

  const taken = new Set<BytePath>();
  const free = (stem: BytePath) => !taken.has(stem) && !ask.isInput(stem);
  const stems: BytePath[] = [];
  const claim = (index: number, stem: BytePath) => {
    taken.add(stem);
    stems[index] = stem;
  };
  const later: number[] = [];
  for (const [index, stem] of wanted.entries()) {
    if (first.get(stem) === index && free(stem) && !(await isLaterFrame(stem))) claim(index, stem);
    else later.push(index);
  }
  for (const index of later) {
    const file = files[index] as InputFile;
    const whole = joinPath(file.folder, file.name);
    let stem = whole;
    for (let n = 2; !free(stem) || (groups.has(stem) && stem !== wanted[index]); n++) stem = `${whole}.${n}`;
    claim(index, stem);
  }
  return stems;
}

async function firstOf(
  group: readonly number[],
  files: readonly InputFile[],
  ask: NamingQuestions,
): Promise<number> {
  const [only = 0] = group;
  if (group.length === 1) return only;
  const named = (index: number) => (/\.dcm$/i.test(files[index]?.name ?? '') ? 0 : 1);
  for (const index of [...group].sort((a, b) => named(a) - named(b) || a - b))
    if (await ask.isDicom(files[index]?.path ?? '')) return index;
  return only;
}
