"""make_films.py OUT COUNT SYNTAX: 12-bit films of 2500 x 2048 with lung fields, ribs and grain; every second one
MONOCHROME1. SYNTAX is explicit or j2k."""

import sys
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    generate_uid,
)

ROWS, COLUMNS = 2500, 2048


def chest():
    y, x = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float32)

    def mass(at, wide, high):
        return np.exp(-(((x - at[0]) / wide) ** 2) - ((y - at[1]) / high) ** 2)

    body = 2600 - 1500 * mass((640, 1200), 420, 800) - 1500 * mass((1410, 1200), 420, 800)
    body += 700 * mass((1030, 1500), 300, 500)
    for rib in range(12):
        body += 120 * np.exp(-(((y - 300 - rib * 150 - 0.0004 * (x - 1024) ** 2) / 30) ** 2))
    return body


def smooth(grain):
    """Neighbours share noise, as behind a detector's scintillator: a separable 3 x 3 kernel."""
    for axis in (0, 1):
        grain = (np.roll(grain, 1, axis) + 2 * grain + np.roll(grain, -1, axis)) / 4
    return grain


def film(body, random, index):
    pixels = np.clip(body + smooth(random.normal(0, 35, body.shape).astype(np.float32)), 0, 4095)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[str(index)])
    dataset.Modality = "DX"
    dataset.Rows, dataset.Columns = ROWS, COLUMNS
    dataset.SamplesPerPixel = 1
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.PhotometricInterpretation = "MONOCHROME1" if index % 2 else "MONOCHROME2"
    dataset.WindowCenter, dataset.WindowWidth = 2048, 4096
    dataset.RescaleIntercept, dataset.RescaleSlope = 0, 1
    dataset.PixelData = pixels.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


if __name__ == "__main__":
    out, count, syntax = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    out.mkdir(parents=True, exist_ok=True)
    body, random = chest(), np.random.default_rng(1)
    for index in range(count):
        made = film(body, random, index)
        if syntax == "j2k":
            made.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg")
        made.save_as(out / f"{index:03}.dcm", enforce_file_format=True)
