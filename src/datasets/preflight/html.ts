/** The pre-flight report as a page to read; it loads nothing and runs nothing. */
import { barsSvg, xml } from '../card/bars.js';
import type { Preflight } from './report.js';

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; color: #1b2733; max-width: 56rem; margin: 2.5rem auto; padding: 0 1.5rem }
  h1 { font-size: 1.7rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; color: #0b5c77 }
  table { border-collapse: collapse; width: 100% } svg { max-width: 100%; height: auto }
  th, td { text-align: left; padding: .28rem .6rem; border-bottom: 1px solid #e2e8ed } td + td { text-align: right; font-variant-numeric: tabular-nums }
  .bad { background: #fdeaea; border-radius: .5rem; padding: .7rem 1rem } .fine { background: #eaf6ee; border-radius: .5rem; padding: .7rem 1rem }
  code { font-size: .9em }
`;

export function preflightHtml(report: Preflight): string {
  const { counts, ok, warnings, examples } = report;
  const named = [
    ...examples.duplicates.map((group) => ['same file', group] as const),
    ...examples.alike.map((group) => ['look alike', group] as const),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pre-flight report</title><style>${STYLE}</style></head><body>
<h1>Pre-flight report</h1>
<p>${xml(report.dataset)} ${xml(report.version)}</p>
<p class="${ok ? 'fine' : 'bad'}">${ok ? 'Nothing stands in the way.' : 'The dataset was not written.'}</p>
${warnings.length > 0 ? `<ul>${warnings.map((text) => `<li>${xml(text)}</li>`).join('')}</ul>` : ''}
<h2>Files</h2>
${table(Object.entries(counts))}
${Object.keys(report.quarantined).length > 0 ? `<h2>In quarantine</h2>${table(Object.entries(report.quarantined))}` : ''}
<h2>Images by class</h2>
${barsSvg('Images by class', groupsOf(report))}
<h2>Sizes, pixels</h2>
${table(report.sizes.map(({ size, images }) => [size, images]))}
<h2>Kinds</h2>
${table([...prefixed('format', report.formats), ...prefixed('bits', report.bits), ...prefixed('view', report.views)])}
<h2>The same twice</h2>
${table([
  ['equal files within a split', report.duplicates.withinSplits],
  ['equal files across splits', report.duplicates.acrossSplits],
  ['equal files in two classes', report.duplicates.conflictingLabels],
  ['pairs that look alike within a split', report.alike.withinSplits],
  ['pairs that look alike across splits', report.alike.acrossSplits],
  ['patients known', report.patients.known],
  ['patients in more than one split', report.patients.acrossSplits],
  ['images without a known patient', report.patients.imagesWithout],
])}
${
  named.length > 0
    ? `<h2>Examples</h2><table>${named
        .map(
          ([kind, group]) =>
            `<tr><td>${kind}</td><td>${group
              .map((i) => `<code>${xml(i.imageId)}</code> ${xml(i.split)}/${xml(i.class)}`)
              .join('<br>')}</td></tr>`,
        )
        .join('')}</table>`
    : ''
}
</body></html>
`;
}

export function groupsOf({ classBalance }: Pick<Preflight, 'classBalance'>) {
  return Object.entries(classBalance).map(([name, classes]) => ({
    name,
    bars: Object.entries(classes).map(([bar, value]) => ({ name: bar, value })),
  }));
}

function prefixed(kind: string, counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).map(([name, images]) => [`${kind} ${name}`, images]);
}

function table(rows: readonly (readonly [string, number])[]): string {
  return `<table>${rows.map(([name, value]) => `<tr><td>${xml(name)}</td><td>${value}</td></tr>`).join('')}</table>`;
}
