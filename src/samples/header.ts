import type { Dataset } from '../dicom/dataset.js';
import { dataset, type Encoding, type Header } from './dataset.js';
import type { Patient } from './patients.js';
import type { Random } from './random.js';

export interface Study {
  readonly patient: Patient;
  readonly uid: string;
  readonly id: string;
  readonly accession: string;
  readonly date: string;
  readonly time: string;
  readonly referrer: string;
  readonly reader: string;
  readonly operator: string;
  readonly hospital: Hospital;
  readonly complaint: string;
}

export interface Hospital {
  readonly name: string;
  readonly address: string;
  readonly department: string;
  readonly station: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
}

const HOSPITALS: readonly Hospital[] = [
  {
    name: 'Kestrel Valley General Hospital',
    address: '1 Infirmary Hill, Upper Kestrel',
    department: 'Radiology West Wing',
    station: 'KVGHXR01',
    manufacturer: 'Phantom Imaging',
    model: 'PX-2000',
    serial: 'SN4471183',
  },
  {
    name: 'Saint Brannoc Thorax Clinic',
    address: '77 Harbour Parade, Saint Brannoc',
    department: 'Emergency Imaging',
    station: 'BRANNOC_CR2',
    manufacturer: 'Samplex Medical',
    model: 'Lumen DR',
    serial: 'SN9020577',
  },
];
const PHYSICIANS = [
  'WINTERBOTTOM^HERMIONE^^DR',
  'ABDELRAHMAN^SAMIRA^^DR',
  'VON KLEIST^FRIEDRICH^^PROF',
  'OYELARAN^TUNDE^^DR',
];
const OPERATORS = ['HARGREAVES^TILDA', 'MCALLISTER^RORY'];
const COMPLAINTS = [
  'cough and fever',
  'shortness of breath',
  'chest pain',
  'follow-up of pneumonia',
  'pre-op',
];

/** A UID under the root for derived UUIDs (PS3.5 B.2), from the seed. */
export function createUid(random: Random): string {
  let digits = String(random.int(1, 9));
  while (digits.length < 36) digits += random.int(0, 9);
  return `2.25.${digits}`;
}

export function createStudy(patient: Patient, random: Random): Study {
  const two = (low: number, high: number) => String(random.int(low, high)).padStart(2, '0');
  return {
    patient,
    uid: createUid(random),
    id: `ST${random.int(10000, 99999)}`,
    accession: `ACC${random.int(10000000, 99999999)}`,
    date: `20${two(17, 23)}${two(1, 12)}${two(1, 28)}`,
    time: `${two(7, 19)}${two(0, 59)}${two(0, 59)}`,
    referrer: random.pick(PHYSICIANS),
    reader: random.pick(PHYSICIANS),
    operator: random.pick(OPERATORS),
    hospital: random.pick(HOSPITALS),
    complaint: random.pick(COMPLAINTS),
  };
}

/** Attributes that every object of a study has, as a hospital fills them: who, when, where, and more than asked. */
export function studyHeader(study: Study, encoding: Encoding): Header {
  const { patient, hospital } = study;
  const age = Number(study.date.slice(0, 4)) - Number(patient.birthDate.slice(0, 4));
  const item = (header: Header): readonly Dataset[] => [dataset(header, encoding)];
  const person = `${patient.given} ${patient.family}`;
  return {
    SpecificCharacterSet: patient.charset,
    StudyDate: study.date,
    SeriesDate: study.date,
    ContentDate: study.date,
    StudyTime: study.time,
    SeriesTime: study.time,
    ContentTime: study.time,
    AccessionNumber: study.accession,
    Manufacturer: hospital.manufacturer,
    ManufacturerModelName: hospital.model,
    InstitutionName: hospital.name,
    InstitutionAddress: hospital.address,
    InstitutionalDepartmentName: hospital.department,
    StationName: hospital.station,
    DeviceSerialNumber: hospital.serial,
    ReferringPhysicianName: study.referrer,
    NameOfPhysiciansReadingStudy: study.reader,
    OperatorsName: study.operator,
    StudyDescription: 'XR CHEST',
    ReferencedStudySequence: item({
      ReferencedSOPClassUID: '1.2.840.10008.3.1.2.3.1',
      ReferencedSOPInstanceUID: study.uid,
    }),
    PatientName: patient.name,
    PatientID: patient.id,
    IssuerOfPatientID: hospital.station,
    PatientBirthDate: patient.birthDate,
    PatientSex: patient.sex,
    PatientAge: `${String(Math.max(0, age)).padStart(3, '0')}Y`,
    PatientAddress: patient.address,
    PatientTelephoneNumbers: patient.phone,
    OtherPatientIDsSequence: item({ PatientID: patient.otherId, IssuerOfPatientID: 'NATIONAL' }),
    AdditionalPatientHistory: `${person}, seen for ${study.complaint}`,
    PatientComments: `Call ${person} at ${patient.phone}`,
    StudyInstanceUID: study.uid,
    StudyID: study.id,
    RequestAttributesSequence: item({
      RequestedProcedureDescription: `Chest, ${study.complaint}`,
      RequestingPhysician: study.referrer,
      RequestedProcedureID: study.id,
      ScheduledProcedureStepID: `SPS-${study.accession}`,
    }),
    RequestingPhysician: study.referrer,
    PerformedProcedureStepDescription: `Chest of ${person}`,
    '00091010:LO': `${patient.name.split('=')[0]}`,
    '00090010:LO': 'PHANTOM PRIVATE 01',
    '00091011:SQ': item({ PatientID: patient.id, ReferringPhysicianName: study.referrer }),
  };
}

/** Everything in a study that a later search must not find. Only what is long enough
 * not to occur by chance: birth dates, eight digits, are compared by attribute instead. */
export function identifiersOf(study: Study): string[] {
  const { patient, hospital } = study;
  const people = [study.referrer, study.reader, study.operator].flatMap((p) => [
    p,
    p.split('^')[0] as string,
  ]);
  return [
    patient.name,
    ...patient.name.split('=').flatMap((group) => group.split('^')),
    patient.folder,
    patient.id,
    patient.otherId,
    patient.address,
    patient.phone,
    study.uid,
    study.id,
    study.accession,
    hospital.name,
    hospital.address,
    hospital.department,
    hospital.station,
    hospital.serial,
    ...people,
  ].filter((text) => text.length >= 5);
}
