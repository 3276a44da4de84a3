/** What a file says about persons: collected before anything is changed, to clean texts of it and to prove it gone. */
import type { KnownIdentifiers } from '../../privacy/text.js';
import type { Dataset, Tag, ValueElement } from '../dataset.js';
import { isPrivate, tagOf, vrOf } from '../dictionary.js';
import { textsOf } from '../values.js';

export type IdentifierKind = 'name' | 'id' | 'phone' | 'address' | 'birthDate' | 'date' | 'uid' | 'phrase';

export interface Identifier {
  readonly kind: IdentifierKind;
  readonly tag: Tag;
  /** One value as text, padding trimmed. */
  readonly value: string;
  /** The bytes of the whole element as they stood in the file: what another character set would hide. */
  readonly bytes: Uint8Array;
}

const KEYWORDS: Readonly<Partial<Record<IdentifierKind, string>>> = {
  id: `PatientID OtherPatientIDs MedicalRecordLocator InsurancePlanIdentification AccessionNumber StudyID
    AdmissionID ServiceEpisodeID RequestedProcedureID ScheduledProcedureStepID PerformedProcedureStepID
    PlacerOrderNumberImagingServiceRequest FillerOrderNumberImagingServiceRequest SpecimenAccessionNumber
    SpecimenIdentifier ClinicalTrialSubjectID ClinicalTrialSubjectReadingID ResultsID InterpretationID`,
  phone: `PatientTelephoneNumbers ReferringPhysicianTelephoneNumbers PersonTelephoneNumbers
    OrderCallbackPhoneNumber`,
  address: 'PatientAddress ReferringPhysicianAddress PersonAddress',
  birthDate: 'PatientBirthDate',
  phrase: `InstitutionName InstitutionAddress InstitutionalDepartmentName StationName PatientInstitutionResidence
    CurrentPatientLocation ResponsibleOrganization`,
};

const kinds = new Map<Tag, IdentifierKind>();
for (const [kind, keywords] of Object.entries(KEYWORDS)) {
  for (const keyword of keywords.trim().split(/\s+/)) {
    const tag = tagOf(keyword);
    if (tag === undefined) throw new Error(`unknown keyword ${keyword}`);
    kinds.set(tag, kind as IdentifierKind);
  }
}

/** The VR of an element: the registered one where the file says UN (PS3.5 6.2.2). */
export function realVR(tag: Tag, vr: string): string {
  if (vr !== 'UN') return vr;
  const registered = vrOf(tag);
  return registered.length === 2 ? registered : registered.endsWith('OW') ? 'OW' : 'US';
}

function kindOf(tag: Tag, vr: string): IdentifierKind | undefined {
  if (isPrivate(tag)) return undefined;
  return kinds.get(tag) ?? (vr === 'PN' ? 'name' : vr === 'DA' || vr === 'DT' ? 'date' : undefined);
}

/** Identifying values of one element; none where it is of no such kind. */
export function identifiersOf(element: ValueElement, dataset: Dataset): readonly Identifier[] {
  const { tag, bytes } = element;
  const kind = kindOf(tag, realVR(tag, element.vr));
  if (kind === undefined) return [];
  return textsOf(element, dataset)
    .filter((value) => value !== '')
    .map((value) => ({ kind, tag, value, bytes }));
}

/** As the cleaner of free text takes them. */
export function knownOf(identifiers: readonly Identifier[], shiftDays: number | undefined): KnownIdentifiers {
  const values = (...wanted: readonly IdentifierKind[]) =>
    identifiers.filter(({ kind }) => wanted.includes(kind)).map(({ value }) => value);
  return {
    names: values('name'),
    ids: values('id'),
    dates: values('date'),
    birthDates: values('birthDate'),
    phones: values('phone'),
    phrases: values('address', 'phrase'),
    ...(shiftDays === undefined ? {} : { shiftDays }),
  };
}
