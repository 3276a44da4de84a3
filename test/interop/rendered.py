"""rendered.py OUT [FILE...]: the 8-bit picture that pydicom's modality and VOI pipeline gives for each file (without
FILE: of every file of pydicom and pydicom-data, and of the fixtures of render_fixtures.py). Prints one JSON object a
file; OUT/<n>.raw holds its frames, at most FRAMES."""

import copy
import json
import logging
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pydicom
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut, pixel_array
from pydicom.uid import ExplicitVRBigEndian, JPEGBaseline8Bit

from render_fixtures import write_fixtures

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
FRAMES = 3


def packaged():
    for package, folder in (("pydicom", "data"), ("data_store", "")):
        for place in find_spec(package).submodule_search_locations:
            yield from sorted(p for p in (Path(place) / folder).rglob("*") if p.is_file())


def frames_of(dataset):
    plugin = {"decoding_plugin": "pillow"} if dataset.file_meta.TransferSyntaxUID == JPEGBaseline8Bit else {}
    values = pixel_array(dataset, **plugin)
    count = int(dataset.get("NumberOfFrames") or 1)
    return [values] if count == 1 else list(values[:FRAMES])


def with_groups(dataset, index):
    """The dataset as if the LUTs of the frame's functional groups stood at its top, where pydicom looks."""
    groups = []
    if shared := dataset.get("SharedFunctionalGroupsSequence"):
        groups.append(shared[0])
    if own := dataset.get("PerFrameFunctionalGroupsSequence"):
        groups.append(own[index])
    flat = copy.copy(dataset)
    for group in groups:
        for macro in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
            for item in group.get(macro) or []:
                for element in item:
                    flat[element.tag] = element
    return flat


def padding(dataset, stored):
    if "PixelPaddingValue" not in dataset:
        return np.zeros(stored.shape, bool)
    low = dataset.PixelPaddingValue
    high = dataset.get("PixelPaddingRangeLimit", low)
    return (stored >= min(low, high)) & (stored <= max(low, high))


def window_range(dataset):
    """What apply_voi_lut scales a window to."""
    bits = dataset.BitsStored
    if lut := dataset.get("ModalityLUTSequence"):
        return 0, 2 ** lut[0].LUTDescriptor[2] - 1
    low, high = (0, 2**bits - 1) if dataset.PixelRepresentation == 0 else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    return low * slope + intercept, high * slope + intercept


def grey(dataset, stored):
    values = apply_modality_lut(stored, dataset)
    padded = padding(dataset, stored)
    if dataset.get("VOILUTSequence"):
        y = apply_voi_lut(values, dataset) / (2 ** dataset.VOILUTSequence[0].LUTDescriptor[2] - 1)
    elif dataset.get("WindowCenter") is not None and dataset.get("WindowWidth") is not None:
        low, high = window_range(dataset)
        y = (apply_voi_lut(values, dataset).astype(float) - low) / (high - low)
    else:
        shown = values[~padded].astype(float) if not padded.all() else np.zeros(1)
        y = (values - shown.min()) / max(shown.max() - shown.min(), 1e-9)
    shape = dataset.get("PresentationLUTShape")
    inverse = shape == "INVERSE" if shape else dataset.PhotometricInterpretation == "MONOCHROME1"
    picture = np.round(255 * np.clip(1 - y if inverse else y, 0, 1))
    picture[padded] = 0
    return picture


def swapped_palette(dataset):
    """pydicom takes 16-bit tables for little endian whatever the file is."""
    swapped = copy.deepcopy(dataset)
    for colour in ("Red", "Green", "Blue"):
        element = swapped[f"{colour}PaletteColorLookupTableData"]
        element.value = np.frombuffer(element.value, ">u2").astype("<u2").tobytes()
    return swapped


def render(dataset, stored):
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        if dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian:
            dataset = swapped_palette(dataset)
        coloured = apply_color_lut(stored, dataset).astype(float)
        return np.round(coloured / (2 ** dataset.RedPaletteColorLookupTableDescriptor[2] - 1) * 255)
    if dataset.SamplesPerPixel == 3:
        return np.round(stored / (2**dataset.BitsStored - 1) * 255)
    return grey(dataset, stored)


def main():
    out = Path(sys.argv[1])
    given = [(Path(name), None) for name in sys.argv[2:]]
    files = given or [(p, None) for p in packaged()] + list(write_fixtures(out))
    for n, (file, clean) in enumerate(files):
        try:
            dataset = clean or pydicom.dcmread(file)
            frames = [render(with_groups(dataset, i), f) for i, f in enumerate(frames_of(dataset))]
        except Exception as error:
            print(json.dumps({"file": str(file), "error": type(error).__name__}))
            continue
        raw = out / f"{n}.raw"
        np.stack(frames).astype(np.uint8).tofile(raw)
        syntax = str(dataset.file_meta.TransferSyntaxUID)
        print(json.dumps({"file": str(file), "raw": str(raw), "frames": len(frames), "syntax": syntax}))


if __name__ == "__main__":
    main()
