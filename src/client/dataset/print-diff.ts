import type { Change, VersionDiff } from '../../datasets/version/diff.js';
import { print } from '../output.js';

/** Files of one kind that are named; the others are counted. */
const NAMED = 20;

/** What tells two versions apart, for people: facts first, files behind, which may be many thousands. */
export function printDiff({ same, files, ...parts }: VersionDiff): void {
  if (same) {
    print('the same');
    return;
  }
  const sections: [string, readonly Change[]][] = [
    ['parameters', parts.parameters],
    ['counts', parts.counts],
    ['class balance', parts.classBalance],
    ['statistics', parts.statistics],
    ['origin', parts.origin],
  ];
  for (const [name, changes] of sections) {
    if (changes.length === 0) continue;
    print(`${name}:`);
    for (const { path, from, to } of changes)
      print(`  ${path}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`);
  }
  const { added, removed, changed, unchanged } = files;
  print(
    `files: ${added.length} added, ${removed.length} removed, ${changed.length} changed, ${unchanged} unchanged`,
  );
  for (const [what, paths] of Object.entries({ '+': added, '-': removed, '~': changed })) {
    for (const path of paths.slice(0, NAMED)) print(`  ${what} ${path}`);
    if (paths.length > NAMED) print(`  ${what} and ${paths.length - NAMED} more: --json names them all`);
  }
}
