/**
 * Attributes of CR, DX and SC images that the table does not list, whose VR could hold a person but which by their
 * definition (PS3.3) hold equipment, codes and fixed words. Others of those VRs are treated as if the table listed them.
 */
import { tagOf } from '../dictionary.js';

const KEYWORDS = `
  Manufacturer ManufacturerModelName SoftwareVersions
  SecondaryCaptureDeviceManufacturer SecondaryCaptureDeviceManufacturerModelName
  SecondaryCaptureDeviceSoftwareVersions DigitalImageFormatAcquired
  DetectorManufacturerName DetectorManufacturerModelName
  CodeValue LongCodeValue URNCodeValue CodingSchemeDesignator CodingSchemeVersion CodeMeaning
  CodingSchemeName CodingSchemeRegistry CodingSchemeExternalID
  FilterType PlateType PhosphorType AcquisitionDeviceProcessingCode
  RescaleType ModalityLUTType WindowCenterWidthExplanation LUTExplanation
  PixelSpacingCalibrationDescription
`;
const allowed = new Set(KEYWORDS.trim().split(/\s+/).map(tagOf));

/** @returns true for an attribute whose text stays as it is */
export function isAllowed(tag: string): boolean {
  return allowed.has(tag);
}

/** UI attributes that name a class, a scheme or a template, not an instance: they stay (PS3.15 E.1.1 action U). */
const CLASS_KEYWORDS = `
  SOPClassUID ReferencedSOPClassUID RelatedGeneralSOPClassUID OriginalSpecializedSOPClassUID
  ReferencedRelatedGeneralSOPClassUIDInFile ReferencedSOPClassUIDInFile ReferencedTransferSyntaxUIDInFile
  SOPClassesInStudy SOPClassesSupported MACCalculationTransferSyntaxUID EncryptedContentTransferSyntaxUID
  AvailableTransferSyntaxUID CodingSchemeUID ContextUID ContextGroupExtensionCreatorUID MappingResourceUID
  PrivateInformationCreatorUID DefaultMagnificationType TransferSyntaxUID
`;
const classes = new Set(CLASS_KEYWORDS.trim().split(/\s+/).map(tagOf));

export function isClassUid(tag: string): boolean {
  return classes.has(tag);
}
