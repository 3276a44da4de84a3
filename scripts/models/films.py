"""Generated films of `films.mjs` as the shipped models see them: grey, letterboxed, 0..1."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 256
# VinDr-CXR ids of the findings that the films are generated with, in the order of the models' classes.
CLASSES = {3: "Cardiomegaly", 7: "Lung Opacity", 8: "Nodule/Mass", 10: "Pleural effusion"}
PADDING = 114


def letterbox(picture: Image.Image) -> tuple[np.ndarray, float, int, int]:
    """The picture whole in a square of SIZE, averaged down, and where it lies: scale, left, top."""
    scale = SIZE / max(picture.size)
    width, height = (round(side * scale) for side in picture.size)
    left, top = (SIZE - width) // 2, (SIZE - height) // 2
    square = np.full((SIZE, SIZE), PADDING, np.float32)
    square[top : top + height, left : left + width] = picture.resize((width, height), Image.BILINEAR)
    return square / 255, scale, left, top


def load(folder: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """Pictures [N, 1, SIZE, SIZE] and, of each, rows of (class, x_min, y_min, x_max, y_max) in its pixels."""
    index = list(CLASSES)
    pictures, boxes = [], []
    for film in json.loads((Path(folder) / "truth.json").read_text()):
        square, scale, left, top = letterbox(Image.open(Path(folder) / film["image"]).convert("L"))
        offset = np.array([left, top, left, top], np.float32)
        rows = [[index.index(f["classId"]), *(np.array(f["box"]) * scale + offset)] for f in film["findings"]]
        pictures.append(square[None])
        boxes.append(np.array(rows, np.float32).reshape(-1, 5))
    return np.stack(pictures), boxes


def augment(picture, random):
    """Other exposures and detectors: level, contrast, grain."""
    seen = picture * random.uniform(0.8, 1.2) + random.uniform(-0.1, 0.1)
    return np.clip(seen + random.normal(0, random.uniform(0, 0.03), picture.shape), 0, 1).astype(np.float32)
