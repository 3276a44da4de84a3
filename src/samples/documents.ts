import { dataset, type Encoding } from './dataset.js';
import { fileOf } from './file.js';
import { SYNTAX } from './film-object.js';
import { type Study, studyHeader } from './header.js';

/** Objects that come with films and are none: a letter, a report and a presentation state. */
export interface DocumentPlace {
  readonly sopInstanceUid: string;
  readonly seriesUid: string;
  /** The film that the document is about. */
  readonly filmUid: string;
  readonly filmSeriesUid: string;
}

const code = (value: string, scheme: string, meaning: string, encoding: Encoding) => [
  dataset({ CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning }, encoding),
];

const encodingFor = (study: Study): Encoding => ({
  littleEndian: true,
  charset: study.patient.charset === 'ISO_IR 192' ? 'utf8' : 'latin1',
});

/** Encapsulated PDF Storage (PS3.3 A.45.1): a one-page letter with the patient's name in it. */
export function pdfObject(study: Study, place: DocumentPlace): Uint8Array {
  const encoding = encodingFor(study);
  const pdf = letter(`${study.patient.given} ${study.patient.family}, ${study.patient.address}`);
  const header = {
    ...studyHeader(study, encoding),
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.104.1',
    SOPInstanceUID: place.sopInstanceUid,
    SeriesInstanceUID: place.seriesUid,
    SeriesNumber: '9',
    InstanceNumber: '1',
    Modality: 'DOC',
    ConversionType: 'WSD',
    BurnedInAnnotation: 'YES',
    DocumentTitle: `Letter about ${study.patient.family}`,
    MIMETypeOfEncapsulatedDocument: 'application/pdf',
    EncapsulatedDocument: pdf,
    EncapsulatedDocumentLength: [pdf.length],
  };
  return fileOf(dataset(header, encoding), SYNTAX.explicit);
}

/** Basic Text SR Storage (PS3.3 A.35.1): a report, nested content with names. */
export function reportObject(study: Study, place: DocumentPlace): Uint8Array {
  const encoding = encodingFor(study);
  const finding = dataset(
    {
      RelationshipType: 'CONTAINS',
      ValueType: 'TEXT',
      ConceptNameCodeSequence: code('121071', 'DCM', 'Finding', encoding),
      TextValue: `${study.patient.given} ${study.patient.family}: no focal consolidation. Dictated by ${study.reader}.`,
    },
    encoding,
  );
  const header = {
    ...studyHeader(study, encoding),
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.11',
    SOPInstanceUID: place.sopInstanceUid,
    SeriesInstanceUID: place.seriesUid,
    SeriesNumber: '8',
    InstanceNumber: '1',
    Modality: 'SR',
    ValueType: 'CONTAINER',
    ContinuityOfContent: 'SEPARATE',
    ConceptNameCodeSequence: code('18748-4', 'LN', 'Diagnostic Imaging Report', encoding),
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    ContentSequence: [finding],
  };
  return fileOf(dataset(header, encoding), SYNTAX.explicit);
}

/** Grayscale Softcopy Presentation State Storage (PS3.3 A.33.1) of one film. */
export function presentationObject(study: Study, place: DocumentPlace): Uint8Array {
  const encoding = encodingFor(study);
  const image = dataset(
    {
      ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
      ReferencedSOPInstanceUID: place.filmUid,
    },
    encoding,
  );
  const series = dataset(
    { SeriesInstanceUID: place.filmSeriesUid, ReferencedImageSequence: [image] },
    encoding,
  );
  const header = {
    ...studyHeader(study, encoding),
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.11.1',
    SOPInstanceUID: place.sopInstanceUid,
    SeriesInstanceUID: place.seriesUid,
    SeriesNumber: '7',
    InstanceNumber: '1',
    Modality: 'PR',
    ContentLabel: 'READING',
    ContentCreatorName: study.reader,
    PresentationCreationDate: study.date,
    PresentationCreationTime: study.time,
    ReferencedSeriesSequence: [series],
    PresentationLUTShape: 'IDENTITY',
  };
  return fileOf(dataset(header, encoding), SYNTAX.explicit);
}

/** The smallest PDF of one page with one line of text. */
function letter(line: string): Uint8Array {
  const text = `BT /F1 12 Tf 72 720 Td (${line.replace(/[()\\]/g, ' ')}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${Buffer.byteLength(text, 'latin1')} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let pdf = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const at = Buffer.byteLength(pdf, 'latin1');
    pdf += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const start = Buffer.byteLength(pdf, 'latin1');
  pdf += `xref\n0 6\n0000000000 65535 f \n${offsets.join('')}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(pdf, 'latin1');
}
