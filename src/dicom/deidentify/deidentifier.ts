/** De-identification of a whole file by a profile (PS3.15 Annex E), in nested sequences as at the top. */
import { CxrError } from '../../errors.js';
import { isPlaceholderId, type Pseudonyms } from '../../privacy/pseudonyms.js';
import { Sensitive } from '../../privacy/sensitive.js';
import { createTextCleaner } from '../../privacy/text.js';
import { ContextDataset } from '../context.js';
import type { Dataset, DicomFile, Element, Tag, ValueElement } from '../dataset.js';
import { isPrivate } from '../dictionary.js';
import { text, textsOf, valueElement } from '../values.js';
import { type Changed, changeValue, type Outcome, type Tools } from './change.js';
import { type Identifier, identifiersOf, knownOf, realVR } from './identifiers.js';
import { keptValue } from './kept.js';
import { MARKED, marks } from './marks.js';
import { type Patterns, patternsOf } from './patterns.js';
import { cleanFragments, cleanSamples, samplesLittleEndian } from './pixels.js';
import { type Decision, decide, type Place } from './plan.js';
import type { Profile } from './profile.js';
import { asRegistered } from './registered.js';
import { asciiBytes, isUid } from './values.js';

export interface DeidentifierOptions {
  readonly profile: Profile;
  readonly pseudonyms: Pseudonyms;
  /** Public id of the pseudonym key, `Keyring.epoch`. */
  readonly keyEpoch: string;
  /** Name of the source: the domain of patient ids whose file names no issuer. */
  readonly source: string;
}

export interface DeidIds {
  /** Pseudonym, `P` and 26 characters. */
  readonly patient: string;
  /** False where the id is blank or a placeholder: the pseudonym is the study's. */
  readonly patientKnown: boolean;
  /** The new UIDs. */
  readonly study: string;
  readonly series: string;
  readonly instance: string;
}

export interface Review {
  readonly code: 'BURNED_IN_ANNOTATION' | 'BURNED_IN_TEXT' | 'PIXELS_NOT_CHECKED';
  readonly detail: string;
}

export interface ActionCount {
  /** `private` for all private elements together. */
  readonly tag: Tag | 'private';
  readonly action: Outcome;
  readonly count: number;
}

export interface DeidResult {
  readonly file: DicomFile;
  readonly ids: DeidIds;
  /** Why a person must look at the image before it is used; none mostly. */
  readonly review: readonly Review[];
  readonly actions: readonly ActionCount[];
  /** For `proveClean`. */
  readonly identifiers: Sensitive<readonly Identifier[]>;
}

export interface Deidentifier {
  readonly profile: Profile;
  /**
   * The file without its patient. The input is not changed; what no rule touches shares its bytes.
   *
   * @throws {CxrError} MISSING_UID, MEDIA_DIRECTORY
   */
  apply(file: DicomFile): DeidResult;
}

const MEDIA_DIRECTORY = '1.2.840.10008.1.3.10';

/** One for a run: it remembers what it decided for each attribute. */
export function createDeidentifier(options: DeidentifierOptions): Deidentifier {
  const decisions = new Map<string, Decision>();
  const decideOnce = (tag: Tag, vr: string, place: Place): Decision => {
    const key = `${tag} ${vr} ${place.nested} ${place.sopClass} ${place.creator ?? ''}`;
    const known = decisions.get(key);
    if (known !== undefined) return known;
    const decision = decide(options.profile, tag, vr, place);
    // Creators are free text of files: a hostile archive must not fill the memory.
    if (decisions.size < 20_000) decisions.set(key, decision);
    return decision;
  };
  return {
    profile: options.profile,
    apply: (file) => new Application(file, options, decideOnce).result(),
  };
}

class Application {
  readonly #file: DicomFile;
  readonly #options: DeidentifierOptions;
  readonly #decide: (tag: Tag, vr: string, place: Place) => Decision;
  readonly #sopClass: string;
  readonly #identifiers: Identifier[] = [];
  readonly #counts = new Map<string, number>();
  readonly #tools: Tools;
  readonly #ids: DeidIds;
  #patterns: Patterns | undefined;

  constructor(
    file: DicomFile,
    options: DeidentifierOptions,
    decideOnce: (tag: Tag, vr: string, place: Place) => Decision,
  ) {
    this.#file = file;
    this.#options = options;
    this.#decide = decideOnce;
    this.#sopClass = text(file.dataset, '00080016') ?? text(file.meta, '00020002') ?? '';
    if (this.#sopClass === MEDIA_DIRECTORY) throw new CxrError('MEDIA_DIRECTORY');
    this.#ids = this.#newIds();
    this.#collect(file.dataset, false);
    const shiftDays = options.pseudonyms.dateShiftDays(this.#ids.patient);
    const modified = options.profile.options.has('retainLongitudinalModifiedDates');
    this.#tools = {
      pseudonyms: options.pseudonyms,
      shiftDays,
      cleanText: createTextCleaner(knownOf(this.#identifiers, modified ? shiftDays : undefined)),
      onUid: (tag, value, bytes) => this.#identifiers.push({ kind: 'uid', tag, value, bytes }),
    };
  }

  result(): DeidResult {
    const { profile, keyEpoch } = this.#options;
    const { dataset } = this.#file;
    const clean = this.#dataset(dataset, undefined, false);
    const put = (element: Element) => clean.set(element.tag, element);
    for (const element of marks(profile, keyEpoch, clean)) put(element);
    put({ kind: 'value', tag: '00100010', vr: 'PN', bytes: asciiBytes(this.#ids.patient) });
    put({ kind: 'value', tag: '00100020', vr: 'LO', bytes: asciiBytes(this.#ids.patient) });
    put({ kind: 'value', tag: '00080018', vr: 'UI', bytes: asciiBytes(this.#ids.instance) });
    put({ kind: 'value', tag: '0020000d', vr: 'UI', bytes: asciiBytes(this.#ids.study) });
    put({ kind: 'value', tag: '0020000e', vr: 'UI', bytes: asciiBytes(this.#ids.series) });
    const ascending = [...clean].sort(([a], [b]) => (a < b ? -1 : 1));
    const ordered = new ContextDataset(clean.context, ascending);
    return {
      file: { ...this.#file, meta: this.#meta(), dataset: ordered },
      ids: this.#ids,
      review: this.#review(),
      actions: [...this.#counts].map(([key, count]) => {
        const [tag = '', action] = key.split(' ');
        return { tag, action: action as Outcome, count };
      }),
      identifiers: new Sensitive(this.#identifiers),
    };
  }

  /** SPEC: the patient is who the issuer, else the source, says; without an id each study is a patient of its own. */
  #newIds(): DeidIds {
    const { pseudonyms, profile, source } = this.#options;
    const { dataset, meta } = this.#file;
    const original = text(dataset, '00080018') ?? text(meta, '00020003');
    if (original === undefined) throw new CxrError('MISSING_UID');
    // Without a study or series the instance stands alone; nothing is guessed about where it belongs.
    const study = text(dataset, '0020000d') ?? `${original}/study`;
    const series = text(dataset, '0020000e') ?? `${original}/series`;
    const id = text(dataset, '00100020') ?? '';
    const patientKnown = !isPlaceholderId(id);
    const keep = profile.options.has('retainUids');
    // What is no UID may be any text, a path among them.
    const uid = (value: string) => (keep && isUid(value) ? value : pseudonyms.uid(value));
    return {
      patient: patientKnown
        ? pseudonyms.patient(text(dataset, '00100021') ?? source, id)
        : pseudonyms.unknownPatient(study),
      patientKnown,
      study: uid(study),
      series: uid(series),
      instance: uid(original),
    };
  }

  /** The SOP instance goes into file meta information again; the rest of it is the writer's. */
  #meta(): Dataset {
    const element: Element = {
      kind: 'value',
      tag: '00020003',
      vr: 'UI',
      bytes: asciiBytes(this.#ids.instance),
    };
    const sopClass = this.#file.meta.get('00020002');
    const elements = sopClass === undefined ? [element] : [sopClass, element];
    return new ContextDataset(
      { littleEndian: true, parent: undefined },
      elements.map((e) => [e.tag, e]),
    );
  }

  #review(): Review[] {
    const burnedIn = text(this.#file.dataset, '00280301')?.toUpperCase() === 'YES';
    if (!burnedIn || !this.#options.profile.options.has('cleanPixelData')) return [];
    return [{ code: 'BURNED_IN_ANNOTATION', detail: 'BurnedInAnnotation is YES' }];
  }

  /** Values that the profile lets stay identify nobody, in the judgement of who wrote it. */
  #collect(dataset: Dataset, nested: boolean): void {
    for (const stated of dataset.values()) {
      const element = asRegistered(stated);
      if (element.kind === 'sequence') for (const item of element.items) this.#collect(item, true);
      if (element.kind !== 'value' || isPrivate(element.tag) || element.bytes.length === 0) continue;
      const vr = realVR(element.tag, element.vr);
      const found = identifiersOf(element, dataset);
      if (found.length === 0 || this.#decide(element.tag, vr, this.#place(nested)).action === 'keep')
        continue;
      this.#identifiers.push(...found);
    }
  }

  #place(nested: boolean, creator?: string): Place {
    return { sopClass: this.#sopClass, nested, creator };
  }

  /** @param dummy inside a sequence whose content is replaced (PS3.15 D): what is not coded goes too */
  #dataset(dataset: Dataset, parent: ContextDataset | undefined, dummy: boolean): ContextDataset {
    const context = dataset instanceof ContextDataset ? dataset.context : { littleEndian: true };
    const out = new ContextDataset({ littleEndian: context.littleEndian, parent });
    const nested = parent !== undefined;
    const patient = nested ? this.#patientOf(dataset) : this.#ids.patient;
    const creators = new Set<Tag>();
    for (const stated of dataset.values()) {
      const element = asRegistered(stated);
      const { tag } = element;
      if (tag.endsWith('0000') || tag < '00080000' || (!nested && MARKED.has(tag))) continue;
      if (isCreator(tag)) continue;
      const creatorTag = isPrivate(tag) ? `${tag.slice(0, 4)}00${tag.slice(4, 6)}` : undefined;
      const creator = creatorTag === undefined ? undefined : text(dataset, creatorTag);
      const decision = this.#decide(tag, realVR(tag, element.vr), this.#place(nested, creator));
      const changed =
        decision.action === 'pseudonym'
          ? this.#pseudonym(element, patient)
          : this.#element(
              element,
              dataset,
              dummy ? inDummy(decision, tag, element.vr) : decision,
              out,
              dummy,
            );
      if (changed === undefined) continue;
      out.set(tag, changed);
      if (creatorTag !== undefined) creators.add(creatorTag);
    }
    this.#keepCreators(dataset, creators, out);
    dropEmptyOverlays(out);
    return out;
  }

  #element(
    element: Element,
    dataset: Dataset,
    decision: Decision,
    out: ContextDataset,
    dummy: boolean,
  ): Element | undefined {
    const { tag } = element;
    if (element.kind === 'sequence') {
      const action = decision.action;
      if (action === 'remove' || action === 'empty') {
        this.#count(tag, action);
        return action === 'remove' ? undefined : { ...element, items: [] };
      }
      if (action === 'dummy') this.#count(tag, action);
      const inside = dummy || action === 'dummy';
      return { ...element, items: element.items.map((item) => this.#dataset(item, out, inside)) };
    }
    if (element.kind === 'fragments') {
      if (decision.action === 'keep') return cleanFragments(element, dataset, this.#file.transferSyntax);
      this.#count(tag, 'remove');
      return undefined;
    }
    const changed =
      this.#kept(element, dataset, decision) ?? changeValue(element, dataset, decision, this.#tools);
    if (changed.outcome !== 'keep') this.#count(tag, changed.outcome);
    if (changed.element?.tag !== '7fe00010') return changed.element;
    const { transferSyntax } = this.#file;
    return cleanSamples(changed.element, dataset, samplesLittleEndian(dataset, transferSyntax));
  }

  /** What stays though nobody decided so for this very attribute is looked at again. */
  #kept(element: ValueElement, dataset: Dataset, decision: Decision): Changed | undefined {
    if (decision.action !== 'keep' || decision.site === true || isPrivate(element.tag)) return undefined;
    const vr = realVR(element.tag, element.vr);
    // Bytes where items belong: nobody can say what they hold.
    if (vr === 'SQ' && element.bytes.length > 0) return { outcome: 'remove', element: undefined };
    if (vr === 'UI' && !textsOf(element, dataset).every((value) => value === '' || isUid(value)))
      return changeValue(element, dataset, { action: 'uid', otherwise: 'remove' }, this.#tools);
    if (this.#options.profile.unlisted === 'keep') return undefined;
    this.#patterns ??= patternsOf(this.#identifiers);
    return keptValue(element, vr, dataset, this.#patterns, this.#tools);
  }

  /** An item that names a patient of its own is about that one; others are about the patient of the file. */
  #patientOf(item: Dataset): string {
    const id = text(item, '00100020');
    if (id === undefined || isPlaceholderId(id)) return this.#ids.patient;
    const own = text(this.#file.dataset, '00100021');
    return this.#options.pseudonyms.patient(text(item, '00100021') ?? own ?? this.#options.source, id);
  }

  #pseudonym(element: Element, patient: string): Element | undefined {
    if (element.kind !== 'value') return undefined;
    this.#count(element.tag, 'pseudonym');
    const empty = element.bytes.length === 0;
    return { ...element, bytes: empty ? element.bytes : asciiBytes(patient) };
  }

  /** PS3.5 7.8.1: a private block that stays needs its creator. */
  #keepCreators(dataset: Dataset, creators: ReadonlySet<Tag>, out: ContextDataset): void {
    if (creators.size === 0) return;
    for (const tag of creators) {
      const element = valueElement(dataset, tag);
      if (element !== undefined) out.set(tag, element);
    }
    const ascending = [...out].sort(([a], [b]) => (a < b ? -1 : 1));
    out.clear();
    for (const [tag, element] of ascending) out.set(tag, element);
  }

  #count(tag: Tag, action: Outcome): void {
    const key = `${isPrivate(tag) ? 'private' : tag} ${action}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }
}

/** (gggg,0010-00FF) of an odd group. */
function isCreator(tag: Tag): boolean {
  return isPrivate(tag) && tag.startsWith('00', 4);
}

/** VRs of codes, references, coordinates and structure; measured values are DS and FD (PS3.3 C.18.1). */
const STRUCTURE = new Set(['CS', 'UI', 'AT', 'SQ', 'US', 'SS', 'UL', 'SL', 'IS', 'FL']);

/** In replaced content everything else goes. */
function inDummy(decision: Decision, tag: Tag, vr: string): Decision {
  const { action } = decision;
  const stays = action === 'keep' && (STRUCTURE.has(realVR(tag, vr)) || tag.startsWith('00080'));
  const value = action === 'keep' || action === 'text' || action === 'shift';
  return value && !stays ? { action: 'dummy', otherwise: 'remove' } : decision;
}

/** An overlay without its data is no valid overlay plane (PS3.3 C.9.2): the rest of its group goes too. */
function dropEmptyOverlays(dataset: ContextDataset): void {
  for (const tag of [...dataset.keys()]) {
    if (/^60[\da-f]{6}$/.test(tag) && !dataset.has(`${tag.slice(0, 4)}3000`)) dataset.delete(tag);
  }
}
