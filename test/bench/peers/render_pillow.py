"""render_pillow.py IN OUT FORMAT SIZE PROCESSES: the usual way to pictures in Python, pydicom and Pillow in a process
pool: modality LUT, VOI LUT, inversion, 8 bits. SIZE 0 keeps the pixel grid."""

import sys
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy
from PIL import Image
from pydicom import dcmread
from pydicom.pixels import apply_modality_lut, apply_voi_lut


def render(path, out, suffix, size):
    dataset = dcmread(path)
    values = apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset).astype(numpy.float32)
    low, high = values.min(), values.max()
    shown = (values - low) / max(1, high - low) * 255
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        shown = 255 - shown
    picture = Image.fromarray(shown.astype(numpy.uint8))
    if size:
        picture = picture.resize((size, size), Image.BILINEAR)
    picture.save(out / f"{path.stem}.{suffix}", **({"quality": 95} if suffix == "jpg" else {}))


if __name__ == "__main__":
    source, out, suffix, size, processes = sys.argv[1:]
    Path(out).mkdir(parents=True, exist_ok=True)
    work = partial(render, out=Path(out), suffix=suffix, size=int(size))
    with Pool(int(processes)) as pool:
        pool.map(work, sorted(Path(source).glob("*.dcm")), chunksize=2)
