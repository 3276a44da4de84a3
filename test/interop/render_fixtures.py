"""Files for what the sample files of pydicom lack. Each yields its path and, where the file holds something that
pydicom does not read as the standard says, the clean dataset to render instead."""

import copy
import struct

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_fragments
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.sequence import Sequence
from pydicom.uid import (
    DigitalXRayImageStorageForPresentation,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    generate_uid,
)

ROWS, COLUMNS = 32, 40


def ramp(low, high, dtype):
    return np.linspace(low, high, ROWS * COLUMNS).round().astype(dtype).reshape(ROWS, COLUMNS)


def dataset(pixels, stored, photometric="MONOCHROME2", **attributes):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = attributes.pop("syntax", ExplicitVRLittleEndian)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = photometric
    ds.BitsAllocated = pixels.dtype.itemsize * 8
    ds.BitsStored = stored
    ds.HighBit = stored - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    big = ds.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
    ds.PixelData = pixels.astype(pixels.dtype.newbyteorder(">" if big else "<")).tobytes()
    ds["PixelData"].VR = "OB" if ds.BitsAllocated == 8 else "OW"
    for name, value in attributes.items():
        setattr(ds, name, value)
    return ds


def lut(entries, first, bits, signed=False, words=True):
    item = Dataset()
    item.add_new(0x00283002, "SS" if signed else "US", [len(entries) & 0xFFFF, first, bits])
    data = np.asarray(entries)
    item.add_new(0x00283006, "OW", data.astype("<u2" if words else "u1").tobytes())
    return Sequence([item])


def curve(count, bits):
    return ((np.linspace(0, 1, count) ** 0.6) * (2**bits - 1)).round().astype(np.uint16)


def palette(bits, segmented=False, indirect=False, **attributes):
    values = ramp(0, 255, np.uint8)
    ds = dataset(values, 8, "PALETTE COLOR", **attributes)
    top = 2**bits - 1
    for i, (colour, end) in enumerate((("Red", top), ("Green", top // 2), ("Blue", top // 3))):
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, bits])
        form = "<%dH" if bits == 16 else "<%dB"
        if segmented:
            # Discrete 0 1 2; linear to `end` and back to 3; linear to `end` again; the first linear one once more.
            first = [0, 3, 0, 1, 2]
            there = [1, 100, end]
            back = [1, 50, 3]
            offset = len(first) * (2 if bits == 16 else 1)
            where = [offset, 0] if bits == 16 else [offset, 0, 0, 0]
            numbers = [*first, *there, *back, 1, 3, end, *([2, 1, *where] if indirect else there)]
            data = struct.pack(form % len(numbers), *numbers)
            name = f"Segmented{colour}PaletteColorLookupTableData"
        else:
            data = np.linspace(0, end, 256).astype("<u2" if bits == 16 else "u1").tobytes()
            name = f"{colour}PaletteColorLookupTableData"
        setattr(ds, name, data + b"\0" * (len(data) % 2))
        ds[name].VR = "OW"
    return ds


def colour(photometric, planar=0, **attributes):
    rgb = np.stack([ramp(0, 255, np.uint8), ramp(255, 0, np.uint8), np.roll(ramp(0, 255, np.uint8), 99)], 2)
    ds = dataset(rgb[:, :, 0], 8, photometric, **attributes)
    ds.SamplesPerPixel = 3
    ds.PlanarConfiguration = planar
    if photometric == "YBR_FULL_422":
        pairs = rgb.reshape(-1, 2, 3)
        ds.PixelData = np.stack([pairs[:, 0, 0], pairs[:, 1, 0], pairs[:, 0, 1], pairs[:, 0, 2]], 1).tobytes()
    else:
        ds.PixelData = (rgb.transpose(2, 0, 1) if planar else rgb).tobytes()
    return ds


def single_bits():
    bits = np.arange(ROWS * COLUMNS) % 3 == 0
    ds = dataset(bits.astype(np.uint8).reshape(ROWS, COLUMNS), 1)
    ds.BitsAllocated = 1
    ds.PixelData = np.packbits(bits, bitorder="little").tobytes()
    return ds


def fragments(count):
    ds = dataset(ramp(0, 4095, np.uint16), 12, WindowCenter=2000, WindowWidth=3000)
    ds.compress("1.2.840.10008.1.2.4.90", encoding_plugin="pylibjpeg")
    (whole,) = list(generate_fragments(ds.PixelData))[1:] or list(generate_fragments(ds.PixelData))
    ds.PixelData = encapsulate([whole], fragments_per_frame=count)
    ds["PixelData"].VR = "OB"
    return ds


def garbage():
    clean = dataset(ramp(0, 4095, np.uint16), 12, WindowCenter=2000, WindowWidth=3000)
    dirty = copy.deepcopy(clean)
    dirty.PixelData = (ramp(0, 4095, np.uint16) | np.uint16(0xA000)).tobytes()
    return dirty, clean


def garbage_signed():
    values = ramp(-2048, 2047, np.int16)
    clean = dataset(values, 12, WindowCenter=-10, WindowWidth=3000)
    dirty = copy.deepcopy(clean)
    dirty.PixelData = ((values.view(np.uint16) & 0x0FFF) | np.uint16(0x5000)).tobytes()
    return dirty, clean


def fixtures():
    u16, i16 = ramp(0, 4095, np.uint16), ramp(-2048, 2047, np.int16)
    window = {"WindowCenter": 1800, "WindowWidth": 2500}
    rescale = {"RescaleSlope": 2, "RescaleIntercept": -1000}
    # pydicom looks up 8-bit entries by 8-bit inputs: the same table in 16 bits tells what is right.
    yield "voi-lut-8", tuple(
        dataset(u16, 12, VOILUTSequence=lut(curve(4096, 8) * factor, 0, bits)) for bits, factor in ((8, 1), (16, 257))
    )
    yield "voi-lut-8-packed", tuple(
        dataset(ramp(0, 255, np.uint8), 8, VOILUTSequence=lut(curve(256, 8), 0, 8, words=words))
        for words in (False, True)
    )
    yield "voi-lut-12", dataset(u16, 12, VOILUTSequence=lut(curve(3000, 12), 500, 12))
    yield "voi-lut-16", dataset(u16, 12, VOILUTSequence=lut(curve(4096, 16), 0, 16))
    yield "voi-lut-65536", dataset(ramp(0, 65535, np.uint16), 16, VOILUTSequence=lut(curve(65536, 16), 0, 16))
    yield "voi-lut-signed", dataset(i16, 12, VOILUTSequence=lut(curve(4096, 12), -2048, 12, signed=True))
    yield "voi-lut-implicit", dataset(
        i16, 12, VOILUTSequence=lut(curve(4096, 12), -2048, 12, signed=True), syntax=ImplicitVRLittleEndian
    )
    yield "voi-lut-and-window", dataset(u16, 12, VOILUTSequence=lut(curve(4096, 12), 0, 12), **window)
    yield "modality-lut", dataset(u16, 12, ModalityLUTSequence=lut(curve(4096, 16), 0, 16), WindowCenter=30000, WindowWidth=40000)
    yield "linear", dataset(u16, 12, **window, **rescale)
    yield "linear-exact", dataset(u16, 12, VOILUTFunction="LINEAR_EXACT", **window)
    yield "linear-exact-narrow", dataset(u16, 12, VOILUTFunction="LINEAR_EXACT", WindowCenter=2000, WindowWidth=7)
    yield "sigmoid", dataset(u16, 12, VOILUTFunction="SIGMOID", **window, **rescale)
    yield "window-1", dataset(u16, 12, WindowCenter=2000, WindowWidth=1)
    yield "windows", dataset(u16, 12, WindowCenter=[1000, 3000], WindowWidth=[500, 800])
    yield "inverse", dataset(u16, 12, PresentationLUTShape="INVERSE", **window)
    yield "monochrome1-inverse", dataset(u16, 12, "MONOCHROME1", PresentationLUTShape="INVERSE", **window)
    yield "monochrome1", dataset(u16, 12, "MONOCHROME1", **window)
    yield "no-window", dataset(i16, 12, "MONOCHROME1", **rescale)
    yield "padding", dataset(i16, 12, "MONOCHROME1", PixelPaddingValue=-2048)
    yield "padding-range", dataset(u16, 12, PixelPaddingValue=0, PixelPaddingRangeLimit=900)
    yield "big-endian", dataset(u16, 12, syntax=ExplicitVRBigEndian, **window)
    yield "garbage", garbage()
    yield "garbage-signed", garbage_signed()
    yield "1-bit", single_bits()
    yield "32-bit", dataset(ramp(0, 2**31, np.uint32), 32, WindowCenter=2**30, WindowWidth=2**30)
    yield "32-bit-signed", dataset(ramp(-(2**30), 2**30, np.int32), 32)
    yield "palette-8", palette(8)
    yield "palette-16", palette(16)
    for bits in (8, 16):
        # The offset of an indirect segment is in bytes (PS3.3 C.7.9.2.3); pydicom reads one of 16-bit data in words.
        yield f"palette-{bits}-segmented", (palette(bits, True, indirect=True), palette(bits, True))
    yield "rgb", colour("RGB")
    yield "rgb-planar", colour("RGB", planar=1)
    yield "ybr-full", colour("YBR_FULL")
    yield "ybr-full-planar", colour("YBR_FULL", planar=1)
    yield "ybr-full-422", colour("YBR_FULL_422")
    yield "fragments", fragments(5)


def write_fixtures(folder):
    for name, made in fixtures():
        dirty, clean = made if isinstance(made, tuple) else (made, None)
        path = folder / f"{name}.dcm"
        dirty.save_as(path, enforce_file_format=True)
        yield path, clean
