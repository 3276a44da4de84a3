"""deidentify_pydicom.py IN OUT PROCESSES: what people write with pydicom. In a process pool, every element of every
level: names and numbers of the patient replaced, other identifying attributes emptied, dates moved, UIDs mapped,
private groups removed, file meta rebuilt. No search of free text, no proof, no look at the pixels."""

import sys
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from multiprocessing import Pool
from pathlib import Path

from pydicom import dcmread
from pydicom.uid import UID

REPLACED = {"PatientID", "PatientName"}
EMPTIED = set(
    """AccessionNumber AdditionalPatientHistory AdmissionID AdmittingDiagnosesDescription CurrentPatientLocation
    DeviceSerialNumber InstitutionAddress InstitutionName InstitutionalDepartmentName IssuerOfPatientID
    MedicalRecordLocator NameOfPhysiciansReadingStudy Occupation OperatorsName OtherPatientIDs OtherPatientNames
    PatientAddress PatientBirthDate PatientBirthName PatientBirthTime PatientComments PatientMotherBirthName
    PatientTelephoneNumbers PerformedProcedureStepID PerformedStationName PerformingPhysicianName
    PhysiciansOfRecord ProtocolName ReferringPhysicianAddress ReferringPhysicianName
    ReferringPhysicianTelephoneNumbers RequestedProcedureDescription RequestedProcedureID RequestingPhysician
    RequestingService ScheduledPerformingPhysicianName ScheduledProcedureStepID ScheduledStationName
    SeriesDescription StationName StudyDescription StudyID""".split()
)
CLASSES = {"SOPClassUID", "ReferencedSOPClassUID", "MediaStorageSOPClassUID", "TransferSyntaxUID"}


def mapped(uid):
    return UID("2.25." + str(int(sha256(b"key" + uid.encode()).hexdigest()[:32], 16)))


def clean(dataset, element, days, pseudonym):
    if element.tag.is_private:
        del dataset[element.tag]
    elif element.keyword in REPLACED:
        element.value = pseudonym
    elif element.keyword in EMPTIED:
        element.value = ""
    elif element.VR == "DA" and element.value:
        moved = datetime.strptime(str(element.value), "%Y%m%d") - timedelta(days=days)
        element.value = moved.strftime("%Y%m%d")
    elif element.VR == "UI" and element.value and element.keyword not in CLASSES:
        element.value = [mapped(uid) for uid in element.value] if element.VM > 1 else mapped(element.value)
    elif element.VR == "PN":
        element.value = ""


def deidentify(path, out):
    dataset = dcmread(path)
    key = sha256(b"key" + str(dataset.get("PatientID", "")).encode())
    days = 1 + int(key.hexdigest()[:8], 16) % 3650
    pseudonym = "P" + key.hexdigest()[:26].upper()
    dataset.walk(lambda ds, element: clean(ds, element, days, pseudonym))
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "pydicom script"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    for keyword in ("SourceApplicationEntityTitle", "SendingApplicationEntityTitle"):
        if keyword in dataset.file_meta:
            del dataset.file_meta[keyword]
    dataset.preamble = b"\0" * 128
    folder = Path(out) / pseudonym / dataset.StudyInstanceUID
    folder.mkdir(parents=True, exist_ok=True)
    dataset.save_as(folder / f"{dataset.SOPInstanceUID}.dcm", enforce_file_format=True)


if __name__ == "__main__":
    source, out, processes = sys.argv[1:]
    with Pool(int(processes)) as pool:
        paths = sorted(path for path in Path(source).rglob("*") if path.is_file())
        pool.map(partial(deidentify, out=out), paths, chunksize=2)
