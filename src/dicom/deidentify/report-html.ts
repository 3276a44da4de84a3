/** The report as a page to read, print and sign by hand; it loads nothing and runs nothing. */
import type { Outcome } from './change.js';
import type { DeidReport } from './report.js';

const WORDS: Readonly<Record<Outcome, string>> = {
  remove: 'removed',
  empty: 'emptied',
  dummy: 'replaced by a dummy',
  uid: 'mapped to a new UID',
  text: 'cleaned',
  shift: 'shifted',
  band: 'put into a band',
  pseudonym: 'replaced by the pseudonym',
  hash: 'hashed',
  replace: 'replaced by a site rule',
  unchanged: 'examined, nothing to change',
};

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; color: #1b2733; max-width: 56rem; margin: 2.5rem auto; padding: 0 1.5rem }
  h1 { font-size: 1.7rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; color: #0b5c77 }
  .sub { color: #5b6b7a; margin: .2rem 0 1.5rem }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; padding: .28rem .6rem; border-bottom: 1px solid #e2e8ed; vertical-align: top }
  th { color: #5b6b7a; font-weight: 600 } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
  .tiles { display: flex; flex-wrap: wrap; gap: .8rem } .tile { flex: 1 1 6.5rem; background: #f2f6f8; border-radius: .5rem; padding: .7rem 1rem }
  .tile b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums } .tile span { color: #5b6b7a }
  .held { background: #fff4e0 } .bad { background: #fdeaea }
  pre { background: #f2f6f8; border-radius: .5rem; padding: .9rem; overflow-x: auto; font-size: 13px }
  li { margin: .3rem 0 }
  .sign { display: grid; grid-template-columns: 2fr 2fr 1fr; gap: 2rem; margin-top: 4.5rem; break-inside: avoid }
  .sign div { border-top: 1px solid #1b2733; padding-top: .3rem; color: #5b6b7a }
  @media print { body { margin: 0; max-width: none; font-size: 12px } }
`;

/** @param title what was de-identified, in words that name no patient; e.g. the run's id and date */
export function reportHtml(report: DeidReport, title: string): string {
  const { profile, counts } = report;
  const tiles = [
    tile('found', counts.found),
    tile('de-identified', counts.done),
    tile('held for review', report.review, report.review > 0 ? 'held' : ''),
    tile('skipped', counts.skipped),
    tile('ignored', counts.ignored),
    tile('quarantined', counts.quarantined, counts.quarantined > 0 ? 'bad' : ''),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>De-identification report</title><style>${STYLE}</style></head><body>
<h1>De-identification report</h1>
<p class="sub">${html(title)}</p>
<div class="tiles">${tiles.join('')}</div>

<h2>How</h2>
${table(
  ['', ''],
  [
    ['Profile', `${profile.name} (${profile.hash})`],
    ['Rules', report.table],
    ['Methods (CID 7050)', profile.codes.map(({ value, meaning }) => `${value} ${meaning}`).join('; ')],
    [
      'Sex and age',
      profile.sexAndAge === 'bands' ? 'sex kept, age in bands of 5 years, 90 and older in one' : 'by table',
    ],
    ['Attributes the table omits', profile.unlisted === 'treat' ? 'treated as if listed' : 'kept'],
    ['Site rules', String(profile.siteRules)],
    ['Key epoch', report.keyEpoch],
    [
      'Images without a usable patient id',
      `${report.unknownPatients}; each study has a pseudonym of its own`,
    ],
  ],
)}

<h2>For a person to look at</h2>
${list('Held for review', report.reviews, 'No image is held for review.')}
${list('Quarantined', report.quarantine, 'No file is quarantined.')}

<h2>What may still be possible</h2>
<ul>${report.residualRisks.map((risk) => `<li>${html(risk)}</li>`).join('')}</ul>

<h2>What happened to each attribute</h2>
${table(
  ['Tag', 'Attribute', 'What was done', 'Elements'],
  report.actions.map(({ tag, keyword, action, elements }) => [
    tag === 'private' ? '' : `(${tag.slice(0, 4)},${tag.slice(4)})`,
    keyword,
    WORDS[action],
    String(elements),
  ]),
)}

<h2>The profile as it was used</h2>
<pre>${html(profile.text)}</pre>

<p>I have read this report. The data described here may be used for the purpose it was made for.</p>
<div class="sign"><div>Name</div><div>Signature</div><div>Date</div></div>
</body></html>
`;
}

function tile(label: string, count: number, kind = ''): string {
  return `<div class="tile ${kind}"><b>${count}</b><span>${label}</span></div>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const number = (i: number) => (head[i] === 'Elements' ? ' class="n"' : '');
  const heads = head.some((cell) => cell !== '')
    ? `<tr>${head.map((cell, i) => `<th${number(i)}>${html(cell)}</th>`).join('')}</tr>`
    : '';
  const body = rows.map(
    (row) => `<tr>${row.map((cell, i) => `<td${number(i)}>${html(cell)}</td>`).join('')}</tr>`,
  );
  return `<table>${heads}${body.join('\n')}</table>`;
}

function list(title: string, counts: Readonly<Record<string, number>>, none: string): string {
  const entries = Object.entries(counts);
  if (entries.length === 0) return `<p>${none}</p>`;
  return `<p>${title}:</p><ul>${entries.map(([code, count]) => `<li>${html(code)}: ${count}</li>`).join('')}</ul>`;
}

function html(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
}
