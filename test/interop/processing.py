"""The steps of chestXrayProcessing, by Pillow and NumPy: images of a folder to .raw files beside them, and facts on stdout."""
import glob
import json
import sys

import numpy as np
from PIL import Image

folder = sys.argv[1]
SIZE = (224, 224)
KINDS = {"box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
facts = {}
for file in sorted(glob.glob(f"{folder}/*.jpg") + glob.glob(f"{folder}/*.png")):
    image = Image.open(file)
    grey = image if image.mode in ("L", "I;16") else image.convert("L")
    values = np.asarray(grey).astype(np.float32) / (257 if grey.mode == "I;16" else 1)
    for name, kind in KINDS.items():
        resized = np.asarray(Image.fromarray(values).resize(SIZE, kind)).astype(np.float32)
        resized.tofile(f"{file}.{name}.raw")
    resized = np.asarray(Image.fromarray(values).resize(SIZE, Image.BILINEAR)).astype(np.float64)
    low, high = resized.min(), resized.max()
    # Of the pixels that are normalised there: how they came to be is compared above.
    ours = np.fromfile(f"{file}.resized.raw", np.float32).astype(np.float64)
    ((ours - ours.min()) / (ours.max() - ours.min())).astype(np.float32).tofile(f"{file}.min-max.raw")
    ((ours - ours.mean()) / ours.std()).astype(np.float32).tofile(f"{file}.z-score.raw")
    np.histogram((resized - low) / (high - low), bins=64, range=(0, 1))[0].astype(np.float64).tofile(f"{file}.histogram.raw")
    facts[file.split("/")[-1]] = {"mean": resized.mean(), "std": resized.std(), "min": low, "max": high}
every = [
    np.fromfile(f"{file}.bilinear.raw", np.float32).astype(np.float64)
    for file in sorted(glob.glob(f"{folder}/*.jpg") + glob.glob(f"{folder}/*.png"))
]
together = np.concatenate(every)
print(json.dumps({"images": facts, "all": {"mean": together.mean(), "std": together.std(), "min": together.min(), "max": together.max()}}))
