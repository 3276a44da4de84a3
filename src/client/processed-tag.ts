const FOLDER = /^(.*_)?processed$/i;
const NAME = /[._]processed$/i;

/**
 * True for a key that the older pipelines tagged when they had done it: it lies in a folder named `processed` or
 * `<anything>_processed`, or its name ends with `.processed` or `_processed`, before or instead of its extension.
 */
export function isTaggedProcessed(key: string): boolean {
  const folders = key.split('/');
  const name = folders.pop() ?? '';
  const dot = name.lastIndexOf('.');
  const stem = dot > 0 ? name.slice(0, dot) : name;
  return folders.some((folder) => FOLDER.test(folder)) || NAME.test(stem) || NAME.test(name);
}
