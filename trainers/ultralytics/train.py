"""Trains an Ultralytics YOLO detector for cxrflow: the protocol of docs/retraining.md, "Bring your own trainer".

    train.py --dataset DIR --params FILE --output DIR [--resume CHECKPOINT]

The dataset is read through links, because Ultralytics writes its caches beside the labels.
"""

import argparse
import json
import os
import shutil
import signal
import sys
from pathlib import Path

# Nothing is installed or fetched while it trains; what is missing is an error.
os.environ.update(YOLO_AUTOINSTALL="false", YOLO_OFFLINE="true", YOLO_VERBOSE="false")

LEARN, CHECK = ("training", "retrain"), "validation"
DEFAULTS = {"model": "yolo11n.yaml", "epochs": 100, "imgsz": 640, "batch": 16, "device": "", "patience": 20}
# The heart is on the left: a mirrored film is another film.
KEPT = {"fliplr": 0.0, "flipud": 0.0}


def say(**line):
    print(json.dumps(line), flush=True)


def linked(dataset: Path, folder: Path, classes: list[str]) -> Path:
    """A folder of links to the splits, and the data.yaml that Ultralytics reads."""
    splits = [split for split in (*LEARN, CHECK) if any((dataset / split / "images").glob("*"))]
    if CHECK not in splits or len(splits) < 2:
        sys.exit("the dataset holds no images to learn from, or none to validate on")
    for split in splits:
        for part in ("images", "labels"):
            links = folder / split / part
            links.mkdir(parents=True, exist_ok=True)
            # Links of files: a link of the folder would be followed, and the cache written behind it.
            for file in (dataset / split / part).iterdir():
                link = links / file.name
                if not link.is_symlink():
                    link.symlink_to(file.resolve())
    data = {
        "path": str(folder.resolve()),
        "train": [f"{split}/images" for split in splits if split != CHECK],
        "val": f"{CHECK}/images",
        "names": dict(enumerate(classes)),
    }
    path = folder / "data.yaml"
    # JSON is YAML, too.
    path.write_text(json.dumps(data))
    return path


def numbers(metrics: dict) -> dict:
    return {name: float(value) for name, value in metrics.items() if isinstance(value, (int, float))}


def reporting(model, output: Path) -> None:
    def progress(trainer):
        return {"epoch": min(trainer.epoch + 1, trainer.epochs), "epochs": trainer.epochs, "metrics": numbers(trainer.metrics or {})}

    def on_epoch(trainer):
        say(type="progress", **progress(trainer))

    def on_save(trainer):
        say(type="checkpoint", path=str(Path(trainer.last).relative_to(output)), **progress(trainer))

    model.add_callback("on_fit_epoch_end", on_epoch)
    model.add_callback("on_model_save", on_save)


def main() -> None:
    arguments = argparse.ArgumentParser()
    for name in ("--dataset", "--params", "--output"):
        arguments.add_argument(name, type=Path, required=True)
    arguments.add_argument("--resume", type=Path)
    asked = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    params = json.loads(asked.params.read_text())
    unknown = set(params["params"]) - set(DEFAULTS)
    if unknown:
        sys.exit(f"unknown parameters: {', '.join(sorted(unknown))}; known are {', '.join(DEFAULTS)}")
    options = {**DEFAULTS, **params["params"]}
    output = asked.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    data = linked(asked.dataset, output / "data", params["classes"])

    from ultralytics import YOLO

    model = YOLO(str(asked.resume) if asked.resume else options["model"])
    reporting(model, output)
    if asked.resume:
        model.train(resume=True)
    else:
        model.train(
            data=str(data),
            project=str(output),
            name="run",
            exist_ok=True,
            seed=params["seed"] % 2**31,
            deterministic=True,
            plots=False,
            workers=min(4, os.cpu_count() or 1),
            **KEPT,
            **{name: value for name, value in options.items() if name != "model"},
        )
    best = YOLO(str(model.trainer.best if Path(model.trainer.best).exists() else model.trainer.last))
    exported = best.export(format="onnx", imgsz=options["imgsz"], simplify=False)
    shutil.move(exported, output / "model.onnx")
    say(type="result", model="model.onnx", metrics=numbers(model.trainer.metrics or {}))


if __name__ == "__main__":
    main()
