"""Everything in a folder that says who a patient is, as pydicom and the file system see it.

Prints a JSON object a line: {"kind": name|id|uid|place|date|path|maker, "value": text, "raw": hex of the bytes, "where": keyword, "tag": hex}.
"""

import json
import os
import sys
import warnings

import pydicom

warnings.simplefilter("ignore")

IDS = {
    "PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID", "RequestedProcedureID", "ScheduledProcedureStepID",
    "PerformedProcedureStepID", "AdmissionID", "IssuerOfPatientID", "MedicalRecordLocator", "DeviceSerialNumber",
    "PatientInsurancePlanCodeSequence", "FillerOrderNumberImagingServiceRequest", "PlacerOrderNumberImagingServiceRequest",
    "MilitaryRank", "PatientTelephoneNumbers", "ReferringPhysicianTelephoneNumbers", "PersonTelephoneNumbers",
}
PLACES = {
    "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "PatientAddress", "ReferringPhysicianAddress",
    "PersonAddress", "StationName", "CountryOfResidence", "RegionOfResidence", "CurrentPatientLocation",
    "PatientInstitutionResidence", "SourceApplicationEntityTitle",
}
# Registered, or of a product: they name no patient (PS3.15 E.1-1 keeps them).
PUBLIC_UIDS = {
    "SOPClassUID", "MediaStorageSOPClassUID", "TransferSyntaxUID", "ImplementationClassUID", "ReferencedSOPClassUID",
    "ReferencedRelatedGeneralSOPClassUIDInFile", "ReferencedSOPClassUIDInFile", "CodingSchemeUID", "ContextUID",
    "MappingResourceUID", "PrivateInformationCreatorUID", "RelatedGeneralSOPClassUID", "OriginalSpecializedSOPClassUID",
    "ReferencedTransferSyntaxUIDInFile", "ContextGroupExtensionCreatorUID", "SOPClassesInStudy", "SOPClassesSupported",
}


def walk(dataset):
    for tag in list(dataset.keys()):
        try:
            raw = dataset.get_item(tag)
            element = dataset[tag]
        except Exception:
            continue
        yield element, getattr(raw, "value", None)
        if element.VR == "SQ":
            for item in element.value:
                yield from walk(item)


def values(element):
    value = element.value
    if value is None:
        return []
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__") or hasattr(value, "components"):
        return [value]
    return list(value)


def say(kind, value, raw, where, tag=""):
    text = str(value).strip().strip("\0").strip()
    if text:
        print(json.dumps({"kind": kind, "value": text, "raw": raw.hex() if isinstance(raw, bytes) else "", "where": where, "tag": tag}))


def of(element, raw):
    name = element.keyword or str(element.tag)
    if element.VR == "PN":
        yield from (("name", v, raw, name) for v in values(element))
    elif element.VR == "UI":
        if name not in PUBLIC_UIDS:
            yield from (("uid", v, None, name) for v in values(element) if not str(v).startswith("1.2.840.10008."))
    elif name in IDS:
        yield from (("id", v, raw, name) for v in values(element))
    elif name in PLACES:
        yield from (("place", v, raw, name) for v in values(element))
    elif name == "Manufacturer":
        yield from (("maker", v, None, name) for v in values(element))
    elif name == "PatientBirthDate":
        yield from (("date", v, None, name) for v in values(element))


def main(root):
    for folder, _, files in os.walk(root):
        for file in files:
            path = os.path.join(folder, file)
            say("path", os.path.relpath(path, root), None, "path")
            try:
                dataset = pydicom.dcmread(path, force=True)
                elements = [*walk(dataset), *walk(getattr(dataset, "file_meta", None) or pydicom.Dataset())]
            except Exception:
                continue
            # What is no DICOM reads as a dataset of nonsense.
            if "SOPClassUID" not in dataset and "PatientName" not in dataset:
                continue
            for element, raw in elements:
                for found in of(element, raw):
                    say(*found, f"{element.tag:08X}")


if __name__ == "__main__":
    main(sys.argv[1])
