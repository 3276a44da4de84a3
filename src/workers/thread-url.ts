/**
 * The compiled file of a thread. Threads run from `dist/`: where the caller itself runs from source (tests), the
 * same place under `dist/` is meant.
 * @param base `import.meta.url` of the caller.
 * @param file relative to it, with `.js`.
 */
export function threadUrl(base: string, file: string): URL {
  const url = new URL(file, base);
  if (base.endsWith('.ts')) url.pathname = url.pathname.replace('/src/', '/dist/');
  return url;
}
