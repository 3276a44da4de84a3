"""quality.py MODEL FEATURES_FOLDER FILE...: features by the NumPy reference and scores by Python's onnxruntime.

FILE is <width>x<height>-<maxValue>-<n>.raw, samples of 8 bits where maxValue is below 256, else 16. Prints one JSON
object a line."""

import json
import re
import sys
from pathlib import Path

import numpy
import onnxruntime

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[2])
from features import quality_features  # noqa: E402

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
for file in sys.argv[3:]:
    width, height, top = map(int, re.match(r"(\d+)x(\d+)-(\d+)-", Path(file).name).groups())
    samples = numpy.fromfile(file, "<u1" if top < 256 else "<u2").reshape(height, width)
    features = quality_features(samples, top)
    label, scores = session.run(None, {"features": features[None]})
    print(json.dumps({"features": features.tolist(), "label": int(label[0]), "score": float(scores[0, 1])}))
