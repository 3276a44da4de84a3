import { knownOfColumns } from '../../pacs/identifiers.js';
import { openPath } from '../../privacy/seal.js';
import type { KnownIdentifiers } from '../../privacy/text.js';
import { createReportCleaner } from '../../privacy/text-report.js';

/** Everything in it but the shift is what a PACS says about patients: it goes to a thread and comes back clean. */
export interface CleanReportInput {
  readonly report: string;
  /** What the headers of the study's files said, sealed. */
  readonly known: readonly Uint8Array[];
  /** Further columns of the study's rows. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  readonly ids: readonly string[];
  /** Undefined where the patient is not known, or the profile keeps no dates: they become `[DATE]`. */
  readonly shiftDays: number | undefined;
}

export interface CleanReport {
  readonly report: string;
  /** False where neither a header nor a column names anybody: then nothing was known to look for. */
  readonly named: boolean;
}

const LISTS = ['names', 'ids', 'dates', 'birthDates', 'phones', 'phrases'] as const;

/** The report of a study, cleaned by what its files and rows say about the patient. */
export async function cleanReport(input: CleanReportInput, pathKey: Uint8Array): Promise<CleanReport> {
  const parts: KnownIdentifiers[] = [
    knownOfColumns(input.columns),
    { ids: input.ids },
    ...input.known.map(
      (sealed) => JSON.parse(openPath(pathKey, sealed).toString('utf8')) as KnownIdentifiers,
    ),
  ];
  const merged = Object.fromEntries(
    LISTS.map((list) => [list, [...new Set(parts.flatMap((part) => part[list] ?? []))]]),
  ) as Record<(typeof LISTS)[number], string[]>;
  const clean = createReportCleaner({
    ...merged,
    ...(input.shiftDays !== undefined && { shiftDays: input.shiftDays }),
  });
  return { report: clean(input.report), named: merged.names.length > 0 };
}
