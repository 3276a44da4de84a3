import { IMAGE_STATISTICS } from './image-statistics.js';
import type { DriftReport, NumberDrift } from './report.js';

const NAMES = {
  mean: 'brightness',
  std: 'contrast',
  p01: 'darkest 1 %',
  p50: 'median',
  p99: 'brightest 1 %',
};

/** The drift report for a person. */
export function driftMarkdown(report: DriftReport): string {
  const { classMix, confidence, images } = report;
  const row = (name: string, d: NumberDrift) =>
    `| ${name} | ${d.training.n} | ${number(d.training.mean)} | ${d.production.n} | ${number(d.production.mean)} | ${number(d.psi)} | ${number(d.ks?.statistic)} | ${number(d.ks?.p)} | ${d.drift} |`;
  return `${[
    `# Drift of production against training`,
    '',
    `Dataset \`${report.dataset}\`, version \`${report.version}\`; model \`${report.modelVersion}\`.`,
    '',
    '| what | training n | mean | production n | mean | PSI | KS | p | drift |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    row('confidence', confidence),
    ...IMAGE_STATISTICS.map((name) => row(NAMES[name], images[name])),
    '',
    `Class mix: PSI ${number(classMix.psi)}, drift ${classMix.drift}.`,
    '',
    '| class | training | production |',
    '| --- | --- | --- |',
    ...classMix.classes.map(
      (name, i) => `| ${name.replace(/[|\n]/g, ' ')} | ${classMix.training[i]} | ${classMix.production[i]} |`,
    ),
    '',
    'PSI below 0.1 is read as none, below 0.25 as some, else as large drift; where p is 0.05 or more, chance may have',
    'made it, and it is read as none. KS is the two-sample Kolmogorov-Smirnov statistic, p its p-value for large',
    'samples. docs/retraining.md has the definitions.',
  ].join('\n')}\n`;
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(Number(value.toPrecision(4)));
}
