"""Lists the test files of pydicom, and looks at de-identified copies of them as pydicom sees them."""

import json
import sys
import warnings
from pathlib import Path

import numpy
import pydicom

warnings.simplefilter("ignore")


def listing():
    # Not pydicom.data: that asks the network for files that are not in the packages.
    for place in sys.path:
        for folder in ("pydicom/data", "data_store/data"):
            for path in sorted(p for p in (Path(place) / folder).rglob("*") if p.is_file()):
                print(path)


def walk(dataset):
    for element in dataset:
        yield element
        if element.VR == "SQ":
            for item in element.value:
                yield from walk(item)


def pixels(dataset):
    try:
        array = dataset.pixel_array
    except Exception:
        return None
    stored = dataset.get("BitsStored", 0)
    if array.dtype.kind == "u" and 0 < stored < array.dtype.itemsize * 8:
        array = array & ((1 << stored) - 1)
    return array


def facts(before_path, after_path):
    before = pydicom.dcmread(before_path, force=True)
    after = pydicom.dcmread(after_path)
    str(after)
    original, copy = pixels(before), pixels(after)
    names = [str(e.value) for e in walk(before) if e.VR == "PN" and len(str(e.value)) > 6]
    ids = [str(before.get(k, "")) for k in ("PatientID", "AccessionNumber", "StudyInstanceUID", "SOPInstanceUID")]
    text = "\n".join(str(e.value) for e in walk(after) if e.VR != "SQ" and e.keyword != "PixelData")
    said = [v for v in names + ids if len(v) >= 6 and not v.startswith("1.2.840.10008.") and v in text]
    return {
        "identity": after.get("PatientIdentityRemoved"),
        "syntax": str(before.file_meta.get("TransferSyntaxUID", "")) if hasattr(before, "file_meta") else "",
        "syntaxAfter": str(after.file_meta.TransferSyntaxUID),
        "decodes": [original is not None, copy is not None],
        "samePixels": original is None or (copy is not None and numpy.array_equal(original, copy)),
        "left": len(said),
        "private": sum(e.tag.is_private for e in walk(after)),
    }


if __name__ == "__main__":
    if sys.argv[1] == "list":
        listing()
    else:
        for pair in json.loads(Path(sys.argv[2]).read_text()):
            print(json.dumps(facts(*pair)))
