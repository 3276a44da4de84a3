import type { Preflight } from './report.js';

/** From this ratio of the largest class to the smallest on, accuracy says little. */
const UNBALANCED = 3;
/** Smaller files have less to show than the usual input of a model. */
const SMALL = 64;

/** What a person should look at, in sentences. */
export function warningsOf(report: Omit<Preflight, 'warnings'>): readonly string[] {
  const { classBalance, counts, duplicates, alike, patients, leakage, width, height } = report;
  const warnings: string[] = [];
  const totals = totalsOf(classBalance);
  const present = Object.values(totals).filter((n) => n > 0);
  for (const [name, images] of Object.entries(totals))
    if (images === 0) warnings.push(`No image of class ${name}.`);
  if (present.length === 1) warnings.push('Only one class: nothing can be learned to tell apart.');
  const ratio = Math.max(...present) / Math.min(...present);
  if (present.length > 1 && ratio >= UNBALANCED)
    warnings.push(`The largest class has ${ratio.toFixed(1)} times the images of the smallest.`);
  for (const [split, classes] of Object.entries(classBalance))
    if (Object.values(classes).every((n) => n === 0)) warnings.push(`No image in the split ${split}.`);
  if (leakage.found > 0)
    warnings.push(
      `Leakage: ${many(duplicates.acrossSplits, 'file')} and ${many(patients.acrossSplits, 'patient')} in more than one split.`,
    );
  if (counts.dropped > 0) warnings.push(`${many(counts.dropped, 'image')} left out to mend the leakage.`);
  if (duplicates.conflictingLabels > 0)
    warnings.push(
      `${many(duplicates.conflictingLabels, 'file')} in two classes: one of the labels is wrong.`,
    );
  if (duplicates.withinSplits > 0)
    warnings.push(`${many(duplicates.withinSplits, 'file')} twice in one split.`);
  if (alike.acrossSplits > 0)
    warnings.push(`${many(alike.acrossSplits, 'pair')} of images in two splits look alike.`);
  if (counts.images > 0 && Math.min(width.min, height.min) < SMALL)
    warnings.push(`The smallest image is ${width.min} pixels wide or ${height.min} high.`);
  if (counts.quarantined > 0) warnings.push(`${many(counts.quarantined, 'file')} in quarantine.`);
  return warnings;
}

/** Images by class, of all splits. */
export function totalsOf(balance: Preflight['classBalance']): Readonly<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const classes of Object.values(balance))
    for (const [name, images] of Object.entries(classes)) totals[name] = (totals[name] ?? 0) + images;
  return totals;
}

function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
