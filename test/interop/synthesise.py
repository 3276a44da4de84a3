"""synthesise.py OUT: images that the files of pydicom and pydicom-data lack, written and compressed by pydicom and its
plugins, one file a combination of depth, sign, colour and transfer syntax."""

import sys
from pathlib import Path

import numpy
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000,
    JPEG2000Lossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from jpeg_ls import encode_array

ROWS, COLUMNS = 90, 70
generator = numpy.random.default_rng(7)


def samples(bits, signed, colour, frames=1):
    shape = (frames, ROWS, COLUMNS) + ((3,) if colour else ())
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    kind = ("int" if signed else "uint") + ("8" if bits <= 8 else "16" if bits <= 16 else "32")
    return numpy.squeeze(generator.integers(low, high, shape).astype(kind))


def image(array, bits, signed, colour, frames=1):
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset.Rows, dataset.Columns, dataset.NumberOfFrames = ROWS, COLUMNS, frames
    dataset.SamplesPerPixel = 3 if colour else 1
    dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = array.dtype.itemsize * 8
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset.PixelRepresentation = int(signed)
    dataset.PixelData = array.tobytes()
    dataset["PixelData"].VR = "OW" if array.dtype.itemsize > 1 else "OB"
    return dataset


out = Path(sys.argv[1])
n = 0


def save(dataset, label):
    global n
    dataset.save_as(out / f"{n:03}-{label}.dcm", enforce_file_format=True)
    n += 1


for bits in (2, 8, 10, 12, 16, 32):
    for signed in (False, True):
        for colour in (False, True):
            for syntax in (RLELossless, JPEGLSLossless, JPEGLSNearLossless, JPEG2000Lossless, JPEG2000):
                if bits == 32 and syntax != RLELossless or bits < 8 and syntax == JPEG2000:
                    continue
                frames = 2 if syntax == RLELossless else 1
                dataset = image(samples(bits, signed, colour, frames), bits, signed, colour, frames)
                options = {JPEGLSNearLossless: {"jls_error": 1 if bits == 2 else 2}, JPEG2000: {"j2k_cr": [4]}}.get(syntax, {})
                try:
                    dataset.compress(syntax, generate_instance_uid=False, **options)
                except (ValueError, RuntimeError, NotImplementedError):
                    continue  # its encoder refuses the combination
                save(dataset, f"{syntax.keyword}-{bits}-{signed}-{colour}")

# JPEG-LS with a scan a component, by line, by sample.
for mode in (0, 1, 2):
    for bits in (8, 12):
        array = samples(bits, False, True)
        dataset = image(array, bits, False, True)
        planes = numpy.ascontiguousarray(array.transpose(2, 0, 1)) if mode == 0 else array
        coded = encode_array(planes, interleave_mode=mode)
        dataset.PixelData = encapsulate([bytes(coded)])
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
        save(dataset, f"ilv{mode}-{bits}")
print(n)
