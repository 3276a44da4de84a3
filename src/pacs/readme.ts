/** What the README of an export is written from. Nothing here comes from a patient or a row. */
export interface ReadmeFacts {
  readonly destination: string;
  readonly database: string;
  readonly queryHash: string;
  readonly selection: {
    readonly studies: number;
    readonly order: string;
    readonly seed: number;
    readonly modality: string | undefined;
    readonly bodyPart: string | undefined;
  };
  readonly records: number;
  readonly studies: number;
  readonly pages: number;
  readonly found: number;
  readonly downloaded: number;
  readonly uploaded: number;
  /** Exported by earlier runs. */
  readonly present: number;
  readonly failed: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly seconds: Readonly<Record<string, number>>;
  readonly ids: 'pseudonym' | 'keep';
  readonly sourceReferences: 'drop' | 'keep';
  readonly reports: 'scrubbed' | 'none';
  /** Studies whose report is in the table, of them without a name to look for; left out; set aside to be read. */
  readonly reportCounts: {
    readonly exported: number;
    readonly unnamed: number;
    readonly withheld: number;
    readonly sampled: number;
  };
  readonly placeholders: Readonly<Record<string, number>>;
  readonly formats: readonly string[];
  readonly profile: string;
  readonly table: string;
  readonly keyEpoch: string;
  readonly codeVersion: string;
}

/** `README-dataset.md`: what lies here, how it was made, and what may still name a patient. */
export function readme(facts: ReadmeFacts): string {
  const { selection, reportCounts } = facts;
  const filters = [
    selection.modality && `modality ${selection.modality}`,
    selection.bodyPart && `body part ${selection.bodyPart}`,
  ].filter(Boolean);
  return `# Chest X-rays and reports

${facts.records} files of ${facts.studies} studies, exported by cxrflow ${facts.codeVersion} from the PACS \`${facts.database}\`.

## What lies here

| path | what |
| --- | --- |
| \`dicom-files/{instance_id}.dcm\` | de-identified DICOM, pixels as they were |
| \`images-jpg/{instance_id}.jpg\` | the same picture as JPEG: grey, 8 bits, quality 95; frame 2 of several is \`{instance_id}-2.jpg\` |
| \`dicom-reports-extracted-sample.csv\` | one line a file: UTF-8, RFC 4180 |
| \`errors.csv\` | what is missing here, and why |
${facts.formats.includes('parquet') ? '| `dicom-reports-extracted-sample.parquet` | the same rows |\n' : ''}${facts.formats.includes('jsonl') ? '| `image-report-pairs.jsonl` | an image and its report a line, for vision-language training |\n' : ''}
Columns: \`study_id\`, \`series_number\`, \`instance_id\`, \`instance_number\`, \`file_path\`, \`file_url\`, \`report_value\` (the report of the
study, the same in each of its lines), \`field_created_at\`, \`downloaded\`, \`local_file_path\` (below this folder; empty where
\`downloaded\` is false). A value that begins with \`=\`, \`+\`, \`-\` or \`@\` has an apostrophe before it, so that no spreadsheet
runs it.

## The run

- Selection: ${selection.studies} studies at most, ${selection.order}${selection.order === 'random' ? ` (seed ${selection.seed})` : ''}${filters.length > 0 ? `, ${filters.join(', ')}` : ''}; query SHA-256 \`${facts.queryHash}\`
- Records ${facts.records}, pages ${facts.pages}; found ${facts.found}, downloaded ${facts.downloaded}, uploaded ${facts.uploaded}, here before ${facts.present}, failed ${facts.failed}
${table(['seconds', ''], facts.seconds)}${Object.keys(facts.errors).length > 0 ? `\n${table(['error', 'files'], facts.errors)}` : ''}
## The patient

- Images: profile \`${facts.profile}\` (${facts.table}), key epoch \`${facts.keyEpoch}\`; every file was read back and searched for what its own header said before it was written.
- Ids: ${facts.ids === 'pseudonym' ? 'pseudonyms; the same study has the same one in every export made with this key' : '**originals**: this table must not leave the hospital'}. Source paths: ${facts.sourceReferences === 'drop' ? 'dropped; `file_path` and `file_url` point at the exported file' : '**originals**'}.
- Times: ${facts.ids === 'pseudonym' ? 'days are shifted by the same number for all of a patient' : 'originals in `field_created_at`'}.
- Reports: ${reportsLine(facts)}
${facts.reports === 'scrubbed' ? `${table(['replaced by', 'times'], facts.placeholders)}` : ''}
## Residual risk

${
  facts.reports === 'scrubbed'
    ? `Reports are free text, and removal by rules is not complete. What can be left: a name that stands neither in the header of
the study's files nor in the query's columns, and has no title before and no label or signature around it; a nickname or a
misspelling; a rare finding, profession or event that identifies a person to those who know them. Of ${reportCounts.exported} reports
${reportCounts.unnamed} were cleaned without knowing any name (header and columns were blank). ${reportCounts.sampled} (2 %, at least one) are set aside in
the store of cxrflow for a person to read before this dataset is passed on.`
    : 'No reports are in this export.'
}
Pixels can hold text: images in which something looks like it were held back (\`NEEDS_REVIEW\` in \`errors.csv\`). A chest X-ray
itself can be matched to another film of the same person.
`;
}

function reportsLine({ reports, reportCounts }: ReadmeFacts): string {
  if (reports === 'none') return 'left out.';
  const { exported, withheld } = reportCounts;
  return `${exported} studies with a report; signature blocks removed, names, numbers, phones and addresses replaced, dates shifted or \`[DATE]\`; ${withheld} reports left out (see \`errors.csv\`).`;
}

function table(head: readonly [string, string], rows: Readonly<Record<string, number>>): string {
  const lines = Object.entries(rows).map(([name, value]) => `| ${name} | ${value} |`);
  return `\n| ${head[0]} | ${head[1]} |\n| --- | --- |\n${lines.join('\n')}\n`;
}
