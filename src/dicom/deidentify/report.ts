/** What a run did, in numbers, for the privacy officer who signs it. Shards make one each; `mergeReports` adds them up. */
import type { ErrorCode } from '../../errors.js';
import { keywordOf } from '../dictionary.js';
import type { Outcome } from './change.js';
import type { DeidResult } from './deidentifier.js';
import { appliedCodes } from './marks.js';
import type { Profile } from './profile.js';
import { TABLE_SOURCE } from './table.js';

export type ReportStatus = 'done' | 'skipped' | 'ignored' | 'quarantined';

export interface DeidReport {
  readonly report: 'cxrflow-deidentification';
  readonly version: 1;
  readonly profile: {
    readonly name: string;
    readonly hash: string;
    readonly options: readonly string[];
    readonly sexAndAge: Profile['sexAndAge'];
    readonly unlisted: Profile['unlisted'];
    readonly siteRules: number;
    /** The profile as written. */
    readonly text: string;
    /** CID 7050, as in each file. */
    readonly codes: readonly { readonly value: string; readonly meaning: string }[];
  };
  readonly table: string;
  readonly keyEpoch: string;
  readonly counts: Readonly<Record<'found' | ReportStatus, number>>;
  /** Of the done: images held until a person has looked, and images whose patient id is blank or a placeholder. */
  readonly review: number;
  readonly unknownPatients: number;
  /** Files by error code. */
  readonly quarantine: Readonly<Record<string, number>>;
  /** Images by reason. */
  readonly reviews: Readonly<Record<string, number>>;
  /** Elements by attribute and what happened to them, ascending. */
  readonly actions: readonly {
    readonly tag: string;
    readonly keyword: string;
    readonly action: Outcome;
    readonly elements: number;
  }[];
  readonly residualRisks: readonly string[];
}

/** Adds up what happened to files; one a shard or run. */
export class ReportBuilder {
  readonly #profile: Profile;
  readonly #keyEpoch: string;
  readonly #counts = { found: 0, done: 0, skipped: 0, ignored: 0, quarantined: 0 };
  readonly #quarantine = new Map<string, number>();
  readonly #reviews = new Map<string, number>();
  readonly #actions = new Map<string, number>();
  #review = 0;
  #unknownPatients = 0;

  constructor(profile: Profile, keyEpoch: string) {
    this.#profile = profile;
    this.#keyEpoch = keyEpoch;
  }

  done(result: Pick<DeidResult, 'actions' | 'ids' | 'review'>): void {
    this.#add('done');
    if (!result.ids.patientKnown) this.#unknownPatients++;
    if (result.review.length > 0) this.#review++;
    for (const code of new Set(result.review.map((review) => review.code))) increase(this.#reviews, code, 1);
    for (const { tag, action, count } of result.actions) increase(this.#actions, `${tag} ${action}`, count);
  }

  other(status: 'skipped' | 'ignored'): void {
    this.#add(status);
  }

  quarantined(code: ErrorCode): void {
    this.#add('quarantined');
    increase(this.#quarantine, code, 1);
  }

  #add(status: ReportStatus): void {
    this.#counts.found++;
    this.#counts[status]++;
  }

  report(): DeidReport {
    const { name, hash, options, sexAndAge, unlisted, rules, source } = this.#profile;
    return {
      report: 'cxrflow-deidentification',
      version: 1,
      profile: {
        name,
        hash,
        options: [...options],
        sexAndAge,
        unlisted,
        siteRules: rules.byTag.size + rules.byVR.size + rules.byCreator.size,
        text: source,
        codes: appliedCodes(this.#profile),
      },
      table: TABLE_SOURCE,
      keyEpoch: this.#keyEpoch,
      counts: { ...this.#counts },
      review: this.#review,
      unknownPatients: this.#unknownPatients,
      quarantine: record(this.#quarantine),
      reviews: record(this.#reviews),
      actions: actionsOf(this.#actions),
      residualRisks: residualRisks(this.#profile),
    };
  }
}

/**
 * The report of several shards of one run.
 *
 * @throws {Error} for reports of different profiles or keys: they are reports of different runs
 */
export function mergeReports(reports: readonly [DeidReport, ...DeidReport[]]): DeidReport {
  const [first] = reports;
  const same = ({ profile, keyEpoch, table }: DeidReport) =>
    profile.hash === first.profile.hash && keyEpoch === first.keyEpoch && table === first.table;
  if (!reports.every(same)) throw new Error('reports of different profiles or keys');
  const sum = (of: (report: DeidReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const actions = new Map<string, number>();
  for (const report of reports)
    for (const { tag, action, elements } of report.actions) increase(actions, `${tag} ${action}`, elements);
  return {
    ...first,
    counts: {
      found: sum(({ counts }) => counts.found),
      done: sum(({ counts }) => counts.done),
      skipped: sum(({ counts }) => counts.skipped),
      ignored: sum(({ counts }) => counts.ignored),
      quarantined: sum(({ counts }) => counts.quarantined),
    },
    review: sum(({ review }) => review),
    unknownPatients: sum(({ unknownPatients }) => unknownPatients),
    quarantine: mergeRecords(reports.map(({ quarantine }) => quarantine)),
    reviews: mergeRecords(reports.map(({ reviews }) => reviews)),
    actions: actionsOf(actions),
  };
}

/** What stays possible after a run by this profile; the officer signs for it. */
function residualRisks(profile: Profile): readonly string[] {
  const { options } = profile;
  const risks: (string | false)[] = [
    'A patient can be recognised by who knows the picture itself: implants, rare findings, jewellery.',
    options.has('cleanPixelData')
      ? 'Burned-in text is looked for by a program; what it does not see stays. Images that it doubts are held for review.'
      : 'Burned-in text is not looked for: the profile has no Clean Pixel Data.',
    options.has('cleanDescriptors') &&
      'Free text stays after cleaning: of persons whom the header does not name, only what looks like a name, number or date is found.',
    profile.unlisted === 'keep' &&
      'Names, dates and free text in attributes that the table does not list stay as they are.',
    options.has('retainLongitudinalModifiedDates') &&
      'Times of day and the days between examinations stay; who knows several true dates of a patient can find the shift.',
    options.has('retainLongitudinalFullDates') && 'All dates are the true ones.',
    (profile.sexAndAge === 'bands' || options.has('retainPatientCharacteristics')) &&
      'Sex and age stay in some form; with other sources they narrow down who it is.',
    options.has('retainUids') &&
      'UIDs are the original ones: who has access to the source finds the patient.',
    options.has('retainDeviceIdentity') && 'The device can be recognised, and by it the hospital.',
    options.has('retainInstitutionIdentity') && 'The institution is named.',
    profile.rules.byCreator.size > 0 && 'Private elements are kept by site rules.',
    'Who holds the pseudonym key can go from a known patient id to its pseudonym.',
  ];
  return risks.filter((risk) => risk !== false);
}

function increase(map: Map<string, number>, key: string, by: number): void {
  map.set(key, (map.get(key) ?? 0) + by);
}

function record(map: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function mergeRecords(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const map = new Map<string, number>();
  for (const one of records) for (const [key, value] of Object.entries(one)) increase(map, key, value);
  return record(map);
}

function actionsOf(map: ReadonlyMap<string, number>): DeidReport['actions'] {
  return Object.entries(record(map)).map(([key, elements]) => {
    const [tag = '', action] = key.split(' ');
    const keyword = tag === 'private' ? 'private elements' : (keywordOf(tag) ?? 'not registered');
    return { tag, keyword, action: action as Outcome, elements };
  });
}
