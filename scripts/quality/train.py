"""Trains the quality model and writes it as ONNX, with its measurements as JSON.

    npm run build && python scripts/quality/train.py --generate 240 --films DIR [DIR...] \
        --out models/quality-svm-1.onnx --report quality.json

Films of --films (PNG, JPEG, DICOM) are used to train and, one film left out at a time, to measure. Neither they
nor anything that shows them goes into the model file: it holds scaled feature vectors only.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from degrade import DEGRADATIONS, good
from features import FEATURE_NAMES, FEATURES_VERSION, quality_features

HERE = Path(__file__).parent
GOOD_VARIANTS = 4
REAL_WEIGHT = 4
C, GAMMA = 10.0, 0.03


def read_film(path: Path) -> np.ndarray:
    if path.suffix.lower() == ".dcm":
        return read_dicom(path)
    return np.asarray(Image.open(path).convert("L"), np.float64) / 255


def read_dicom(path: Path) -> np.ndarray:
    """As the pipeline renders it: the first window, or minimum to maximum; then polarity."""
    import pydicom
    from pydicom.pixels import apply_modality_lut, apply_voi_lut

    ds = pydicom.dcmread(path)
    values = apply_modality_lut(ds.pixel_array, ds).astype(np.float64)
    if "WindowCenter" in ds:
        values = apply_voi_lut(values, ds, index=0).astype(np.float64)
    values = (values - values.min()) / max(1, values.max() - values.min())
    return 1 - values if ds.PhotometricInterpretation == "MONOCHROME1" else values


def eight_bit(x: np.ndarray) -> np.ndarray:
    return np.floor(np.clip(x, 0, 1) * 255 + 0.5)


def examples(task):
    """Feature rows of one film: [(kind, features)], kind 'good' or the name of the degradation."""
    path, seed, goods = task
    film = read_film(path)
    rng = np.random.default_rng(seed)
    rows = [("good", quality_features(eight_bit(film), 255))]
    rows += [("good", quality_features(eight_bit(good(film, rng)), 255)) for _ in range(goods - 1)]
    for kind, degrade in DEGRADATIONS.items():
        rows += [(kind, quality_features(eight_bit(degrade(good(film, rng), rng)), 255)) for _ in range(max(1, goods // 4))]
    return rows


def table(films, goods, seed, jobs):
    """(features, accepted, kind, film) arrays of all films."""
    with ProcessPoolExecutor(jobs) as pool:
        found = list(pool.map(examples, [(p, [seed, i], goods) for i, p in enumerate(films)], chunksize=4))
    kinds = np.array([k for rows in found for k, _ in rows])
    features = np.array([f for rows in found for _, f in rows], np.float32)
    film = np.array([i for i, rows in enumerate(found) for _ in rows])
    return features, (kinds == "good").astype(np.int64), kinds, film


def fit(features, accepted, film, weight):
    """StandardScaler and RBF SVM, calibrated by Platt scaling on folds that keep a film together."""
    scaler = StandardScaler().fit(features)
    scaled = scaler.transform(features)
    folds = list(GroupKFold(4).split(scaled, accepted, film))
    svm = CalibratedClassifierCV(
        SVC(kernel="rbf", C=C, gamma=GAMMA, class_weight="balanced"), method="sigmoid", cv=folds, ensemble=False
    )
    svm.fit(scaled, accepted, sample_weight=weight)
    pipeline = make_pipeline(scaler, svm)
    return pipeline


def measure(model, features, accepted, kinds, threshold):
    score = model.predict_proba(features)[:, 1]
    took = score >= threshold
    return {
        "images": int(len(score)),
        "accuracy": float((took == (accepted == 1)).mean()),
        "confusion": {
            "good_accepted": int((took & (accepted == 1)).sum()),
            "good_rejected": int((~took & (accepted == 1)).sum()),
            "bad_rejected": int((~took & (accepted == 0)).sum()),
            "bad_accepted": int((took & (accepted == 0)).sum()),
        },
        "good_acceptance": float(took[accepted == 1].mean()),
        "recall": {k: float((~took[kinds == k]).mean()) for k in DEGRADATIONS},
    }


def export(pipeline, path: Path, threshold: float):
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    model = to_onnx(
        pipeline,
        initial_types=[("features", FloatTensorType([None, len(FEATURE_NAMES)]))],
        options={"zipmap": False},
        target_opset=17,
    )
    for key, value in {
        "features_version": FEATURES_VERSION,
        "input_shape": f"N,{len(FEATURE_NAMES)}",
        "labels": "0,1",
        "accept_label": "1",
        "threshold": str(threshold),
    }.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generate", type=int, default=240, help="number of generated films")
    parser.add_argument("--films", type=Path, nargs="*", default=[], help="folders or files of real films")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        generator = HERE / "films.mjs"
        subprocess.run(["node", generator, folder, str(args.generate), str(args.seed)], check=True)
        generated = sorted(Path(folder).iterdir())
        order = np.random.default_rng(args.seed).permutation(len(generated))
        generated = [generated[i] for i in order]
        x, y, kinds, film = table(generated, GOOD_VARIANTS, args.seed, args.jobs)
    held = film >= int(0.75 * len(generated))

    real = [p for d in args.films for p in (sorted(d.iterdir()) if d.is_dir() else [d])]
    real = [p for p in real if p.suffix.lower() in (".png", ".jpg", ".jpeg", ".dcm")]
    rx, ry, rkinds, rfilm = table(real, 12, args.seed + 1, args.jobs) if real else (x[:0], y[:0], kinds[:0], film[:0])

    def train(use, real_use):
        return fit(
            np.concatenate([x[use], rx[real_use]]),
            np.concatenate([y[use], ry[real_use]]),
            np.concatenate([film[use], 100_000 + rfilm[real_use]]),
            np.concatenate([np.ones(use.sum()), np.full(real_use.sum(), REAL_WEIGHT)]),
        )

    every = np.ones(len(rx), bool)
    model = train(~held, every)
    report = {
        "features": FEATURES_VERSION,
        "threshold": args.threshold,
        "generated_films": len(generated),
        "held_out_films": int(len(set(film[held]))),
        "held_out": measure(model, x[held], y[held], kinds[held], args.threshold),
        "real_films": len(real),
        "support_vectors": int(model[-1].calibrated_classifiers_[0].estimator.support_vectors_.shape[0]),
    }
    if real:
        left_out = []
        for i in range(len(real)):
            left = rfilm == i
            without = train(~held, ~left)
            left_out.append(measure(without, rx[left], ry[left], rkinds[left], args.threshold))
        report["real_left_out"] = {
            "accuracy": float(np.mean([m["accuracy"] for m in left_out])),
            "good_acceptance": [round(m["good_acceptance"], 3) for m in left_out],
            "recall": {k: float(np.mean([m["recall"][k] for m in left_out])) for k in DEGRADATIONS},
        }
        generated_only = train(~held, ~every)
        report["real_without_any_real_film_in_training"] = measure(generated_only, rx, ry, rkinds, args.threshold)
        report["real_originals"] = [
            round(float(model.predict_proba(rx[rfilm == i][:1])[0, 1]), 3) for i in range(len(real))
        ]
    export(model, args.out, args.threshold)
    report["bytes"] = args.out.stat().st_size
    text = json.dumps(report, indent=2)
    if args.report:
        args.report.write_text(text + "\n")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
