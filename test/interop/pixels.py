"""pixels.py OUT [FILE...]: what pydicom makes of the pixels of each file (without FILE: of every file of pydicom and
pydicom-data): stored values, colour as RGB. Prints one JSON object a line; values go to OUT/<n>.raw."""

import json
import logging
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy
import pydicom
from pydicom.pixels import pixel_array
from pydicom.uid import JPEGBaseline8Bit

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


def packaged():
    for package, folder in (("pydicom", "data"), ("data_store", "")):
        for place in find_spec(package).submodule_search_locations:
            yield from sorted(p for p in (Path(place) / folder).rglob("*") if p.is_file())


def pixels(dataset):
    # Colour differences of lower resolution are interpolated by libjpeg (Pillow) and repeated by pylibjpeg: up to 5 apart.
    if dataset.file_meta.TransferSyntaxUID == JPEGBaseline8Bit:
        return pixel_array(dataset, decoding_plugin="pillow")
    return pixel_array(dataset)


out = Path(sys.argv[1])
files = [Path(name) for name in sys.argv[2:]] or list(packaged())
for n, file in enumerate(files):
    try:
        dataset = pydicom.dcmread(file)
        values = numpy.atleast_1d(pixels(dataset))
    except Exception as error:
        kind = type(error).__name__
        print(json.dumps({"file": str(file), "error": kind, "dicom": kind != "InvalidDicomError"}))
        continue
    values = values.astype(values.dtype.newbyteorder("<"))
    raw = out / f"{n}.raw"
    values.tofile(raw)
    fact = {"file": str(file), "raw": str(raw), "type": values.dtype.name, "shape": values.shape}
    fact["syntax"] = str(dataset.file_meta.TransferSyntaxUID)
    print(json.dumps(fact))
