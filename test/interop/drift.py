"""drift.py REPORT IMAGES_FOLDER: the measures of a drift report again, by NumPy, SciPy and Pillow, as JSON."""

import json
import sys
from pathlib import Path

import numpy
from PIL import Image
from scipy import stats
from scipy.special import kolmogorov

sys.dont_write_bytecode = True
report = json.loads(Path(sys.argv[1]).read_text())
samples = report["samples"]


def psi(reference, actual):
    p = numpy.maximum(numpy.asarray(reference, float) / sum(reference), 1e-4)
    q = numpy.maximum(numpy.asarray(actual, float) / sum(actual), 1e-4)
    return float(numpy.sum((q - p) * numpy.log(q / p)))


def compare(training, production):
    edges = numpy.unique(numpy.quantile(training, numpy.arange(1, 10) / 10))
    bins = numpy.concatenate([[-numpy.inf], edges, [numpy.inf]])
    d = stats.ks_2samp(training, production, method="asymp").statistic
    n, m = len(training), len(production)
    return {
        "psi": psi(numpy.histogram(training, bins)[0], numpy.histogram(production, bins)[0]),
        "statistic": float(d),
        "p": float(kolmogorov(numpy.sqrt(n * m / (n + m)) * d)),
        "means": [float(numpy.mean(training)), float(numpy.mean(production))],
    }


def measures(path):
    levels = numpy.asarray(Image.open(path), float).ravel() / 255
    p = {name: float(numpy.percentile(levels, q, method="inverted_cdf")) for name, q in (("p01", 1), ("p50", 50), ("p99", 99))}
    return {"mean": float(levels.mean()), "std": float(levels.std()), **p}


both = samples["training"], samples["production"]
print(
    json.dumps(
        {
            "classMix": psi(*(side["classCounts"] for side in both)),
            "confidence": compare(*(side["confidences"] for side in both)),
            "images": {
                name: compare(*([image[name] for image in side["images"]] for side in both))
                for name in ("mean", "std", "p01", "p50", "p99")
            },
            "files": {path.name: measures(path) for path in sorted(Path(sys.argv[2]).glob("*.png"))},
        }
    )
)
