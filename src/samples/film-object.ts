import { encapsulate } from '../dicom/encode/encapsulate.js';
import type { RawFrame } from '../dicom/encode/frame.js';
import { bytesOf } from '../dicom/encode/frame.js';
import { encodeJpegBaseline } from '../dicom/encode/jpeg-baseline.js';
import { encodeJpegLossless } from '../dicom/encode/jpeg-lossless.js';
import { encodeHtj2k, encodeJpeg2000 } from '../dicom/encode/jpeg2000.js';
import { encodeJpegLs } from '../dicom/encode/jpegls.js';
import { encodeRle } from '../dicom/encode/rle.js';
import { encodingOf } from '../dicom/transfer-syntax.js';
import { dataset, type Encoding, type Header } from './dataset.js';
import { fileOf } from './file.js';
import { type Study, studyHeader } from './header.js';
import type { Film } from './phantom/film.js';

export type View = 'PA' | 'AP' | 'LATERAL';

export type WindowForm = 'none' | 'linear' | 'two' | 'sigmoid' | 'lut';

/** How a film is stored. */
export interface Storage {
  readonly transferSyntax: string;
  readonly bitsStored: number;
  readonly photometric: 'MONOCHROME1' | 'MONOCHROME2';
  readonly window: WindowForm;
  readonly modality: 'CR' | 'DX';
  readonly intent?: 'FOR PRESENTATION' | 'FOR PROCESSING';
}

export interface Place {
  readonly sopInstanceUid: string;
  readonly seriesUid: string;
  readonly seriesNumber: number;
  readonly instanceNumber: number;
  readonly view: View;
}

export const SYNTAX = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  bigEndian: '1.2.840.10008.1.2.2',
  rle: '1.2.840.10008.1.2.5',
  jpeg: '1.2.840.10008.1.2.4.50',
  jpegLossless: '1.2.840.10008.1.2.4.70',
  jpegLs: '1.2.840.10008.1.2.4.80',
  jpeg2000: '1.2.840.10008.1.2.4.90',
  htj2k: '1.2.840.10008.1.2.4.201',
} as const;

/** Black and white of a film as shares of the stored range: detectors leave room on both sides. */
const BLACK = 0.03;
const WHITE = 0.86;

/** The bytes of a film's DICOM file. */
export async function filmObject(film: Film, study: Study, place: Place, how: Storage): Promise<Uint8Array> {
  const { littleEndian } = encodingOf(how.transferSyntax);
  const encoding: Encoding = {
    littleEndian,
    charset: study.patient.charset === 'ISO_IR 192' ? 'utf8' : 'latin1',
  };
  const frame = quantise(film, how);
  const dx = how.modality === 'DX';
  const lossy = how.transferSyntax === SYNTAX.jpeg;
  const header: Header = {
    ...studyHeader(study, encoding),
    ImageType: 'ORIGINAL\\PRIMARY',
    SOPClassUID: dx
      ? how.intent === 'FOR PROCESSING'
        ? '1.2.840.10008.5.1.4.1.1.1.1.1'
        : '1.2.840.10008.5.1.4.1.1.1.1'
      : '1.2.840.10008.5.1.4.1.1.1',
    SOPInstanceUID: place.sopInstanceUid,
    SeriesInstanceUID: place.seriesUid,
    AcquisitionDate: study.date,
    AcquisitionTime: study.time,
    Modality: how.modality,
    PresentationIntentType: dx ? (how.intent ?? 'FOR PRESENTATION') : undefined,
    SeriesDescription: `Chest ${place.view} ${study.hospital.station}`,
    ProtocolName: `CHEST ${place.view}`,
    BodyPartExamined: 'CHEST',
    ViewPosition: place.view === 'LATERAL' ? 'LL' : place.view,
    PatientOrientation: place.view === 'LATERAL' ? 'A\\F' : 'L\\F',
    KVP: place.view === 'LATERAL' ? '125' : '110',
    ExposureInuAs: '1600',
    ImagerPixelSpacing: '0.278\\0.278',
    SeriesNumber: String(place.seriesNumber),
    InstanceNumber: String(place.instanceNumber),
    SamplesPerPixel: [1],
    PhotometricInterpretation: how.photometric,
    Rows: [film.rows],
    Columns: [film.columns],
    BitsAllocated: [frame.data.BYTES_PER_ELEMENT * 8],
    BitsStored: [how.bitsStored],
    HighBit: [how.bitsStored - 1],
    PixelRepresentation: [0],
    BurnedInAnnotation: 'NO',
    PixelIntensityRelationship: 'LOG',
    PixelIntensityRelationshipSign: [how.photometric === 'MONOCHROME1' ? 1 : -1],
    RescaleIntercept: '0',
    RescaleSlope: '1',
    RescaleType: 'US',
    PresentationLUTShape: how.photometric === 'MONOCHROME1' ? 'INVERSE' : 'IDENTITY',
    LossyImageCompression: lossy ? '01' : '00',
    LossyImageCompressionMethod: lossy ? 'ISO_10918_1' : undefined,
    ...windowHeader(how, encoding),
    'PixelData:OW': await pixelData(frame, how.transferSyntax),
  };
  return fileOf(dataset(header, encoding), how.transferSyntax);
}

function quantise(film: Film, how: Storage): RawFrame {
  const top = 2 ** how.bitsStored - 1;
  const data = how.bitsStored > 8 ? new Uint16Array(film.data.length) : new Uint8Array(film.data.length);
  const inverted = how.photometric === 'MONOCHROME1';
  for (let i = 0; i < data.length; i++) {
    const stored = Math.round(
      top * (BLACK + (WHITE - BLACK) * Math.max(0, Math.min(1, film.data[i] as number))),
    );
    data[i] = inverted ? top - stored : stored;
  }
  return {
    columns: film.columns,
    rows: film.rows,
    samples: 1,
    bitsStored: how.bitsStored,
    signed: false,
    data,
  };
}

async function pixelData(frame: RawFrame, transferSyntax: string) {
  switch (transferSyntax) {
    case SYNTAX.rle:
      return encapsulate([encodeRle(frame)]);
    case SYNTAX.jpeg:
      return encapsulate([await encodeJpegBaseline(frame)]);
    case SYNTAX.jpegLossless:
      return encapsulate([encodeJpegLossless(frame)], { fragmentSize: 65536 });
    case SYNTAX.jpegLs:
      return encapsulate([await encodeJpegLs(frame)]);
    case SYNTAX.jpeg2000:
      return encapsulate([await encodeJpeg2000(frame)], { offsetTable: false });
    case SYNTAX.htj2k:
      return encapsulate([await encodeHtj2k(frame)]);
    case SYNTAX.bigEndian:
      return frame.data.BYTES_PER_ELEMENT === 2 ? Buffer.from(bytesOf(frame)).swap16() : bytesOf(frame);
    default:
      return bytesOf(frame);
  }
}

/** A window from black to white, in one of the forms of PS3.3 C.11.2; values as stored, before inversion. */
function windowHeader(how: Storage, encoding: Encoding): Header {
  const top = 2 ** how.bitsStored - 1;
  const inverted = how.photometric === 'MONOCHROME1';
  const low = Math.round(top * (inverted ? 1 - WHITE : BLACK));
  const high = Math.round(top * (inverted ? 1 - BLACK : WHITE));
  const center = Math.round((low + high) / 2);
  const width = high - low;
  switch (how.window) {
    case 'none':
      return {};
    case 'linear':
      return { WindowCenter: String(center), WindowWidth: String(width) };
    case 'two':
      return {
        WindowCenter: `${center}\\${Math.round(low + width * 0.4)}`,
        WindowWidth: `${width}\\${Math.round(width * 0.8)}`,
        WindowCenterWidthExplanation: 'NORMAL\\LUNG',
      };
    case 'sigmoid':
      return {
        WindowCenter: String(center),
        WindowWidth: String(Math.round(width * 0.8)),
        VOILUTFunction: 'SIGMOID',
      };
    case 'lut': {
      const entries = 2 ** Math.min(12, how.bitsStored);
      const first = Math.max(0, low);
      const curve = Array.from({ length: entries }, (_, i) =>
        Math.round(4095 * Math.min(1, i / Math.min(entries, width)) ** 0.9),
      );
      const item = dataset(
        {
          'LUTDescriptor:US': [entries, first, 12],
          LUTExplanation: 'CHEST',
          'LUTData:US': curve,
        },
        encoding,
      );
      return { VOILUTSequence: [item] };
    }
  }
}
