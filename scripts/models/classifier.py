"""Trains the small classifier of the demo on the frozen network of the detector, and writes it as ONNX.

    python scripts/models/classifier.py train val models/film-detector-1.onnx models/film-classifier-1.onnx

(films and detector as in detector.py). The vector that its last layer sees is an output of its own: the built-in
trainer puts new last layers on it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import compose, utils
from torch import nn
from torch.nn import functional as F

from films import CLASSES, SIZE, augment, load
from network import FEATURES, seeded

EPOCHS, BATCH, SEED, COPIES = 30, 64, 2, 2
GRID = SIZE // 16
# Features are looked for in 4 x 4 regions: a heart has a place, and a nodule does not fill a lung.
REGIONS, SQUEEZED = 4, 16


class Classifier(nn.Module):
    """From the grid of the detector's network, [N, FEATURES, GRID, GRID]."""

    def __init__(self) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(FEATURES, SQUEEZED, 1)
        self.pool = nn.MaxPool2d(GRID // REGIONS)
        self.head = nn.Linear(SQUEEZED * REGIONS * REGIONS, len(CLASSES))

    def features(self, grid):
        return self.pool(F.relu(self.squeeze(grid))).flatten(1)

    def forward(self, grid):
        features = self.features(grid)
        return self.head(features).sigmoid(), features


def frozen(detector: str, out: str) -> str:
    """The detector up to the grid of features; the name of that value."""
    graph = onnx.load(detector).graph
    relus = [node.output[0] for node in graph.node if node.op_type == "Relu"]
    utils.extract_model(detector, out, ["images"], [relus[-1]])
    return relus[-1]


def grids(network, pictures):
    return np.concatenate([network.run(None, {"images": p[None]})[0] for p in pictures])


def presence(boxes):
    wanted = np.zeros((len(boxes), len(CLASSES)), np.float32)
    for row, film in zip(wanted, boxes):
        row[film[:, 0].astype(int)] = 1
    return wanted


def train(network, pictures, boxes):
    seeded(SEED)
    random = np.random.default_rng(SEED)
    seen = [augment(p, random) for _ in range(COPIES) for p in pictures]
    grid = torch.from_numpy(np.concatenate([grids(network, pictures), grids(network, seen)]))
    wanted = torch.from_numpy(np.tile(presence(boxes), (1 + COPIES, 1)))
    model = Classifier()
    optimiser = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=1e-2)
    for epoch in range(EPOCHS):
        total = 0.0
        for chosen in torch.from_numpy(random.permutation(len(grid))).split(BATCH):
            loss = F.binary_cross_entropy(model(grid[chosen])[0], wanted[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item() * len(chosen)
        print(json.dumps({"epoch": epoch + 1, "loss": round(total / len(grid), 4)}), flush=True)
    return model.eval()


def auc(scores, truth):
    """The share of pairs of a film with the finding and one without that are in the right order."""
    positive, negative = scores[truth > 0][:, None], scores[truth == 0][None]
    return float(((positive > negative) + 0.5 * (positive == negative)).mean())


def export(model, trunk, joint, out):
    torch.onnx.export(
        model,
        torch.zeros(1, FEATURES, GRID, GRID),
        out,
        input_names=["grid"],
        output_names=["probabilities", "features"],
        dynamic_axes={name: {0: "batch"} for name in ("grid", "probabilities", "features")},
        opset_version=17,
        dynamo=False,
    )
    upper, lower = onnx.load(out), onnx.load(trunk)
    upper.ir_version = lower.ir_version
    file = compose.merge_models(lower, compose.add_prefix(upper, "top/", rename_inputs=False, rename_outputs=False), [(joint, "grid")])
    gemm = next(node for node in file.graph.node if node.op_type == "Gemm")
    head = {"features": "features", "weight": gemm.input[1], "bias": gemm.input[2], "output": "probabilities"}
    names = "{" + ", ".join(f"{i}: '{name}'" for i, name in enumerate(CLASSES.values())) + "}"
    about = {"task": "multilabel", "names": names, "imgsz": f"[{SIZE}, {SIZE}]", "fit": "letterbox", "antialias": "True"}
    del file.metadata_props[:]
    onnx.helper.set_model_props(file, {**about, "cxrflow_head": json.dumps(head)})
    file.producer_name, file.producer_version, file.doc_string = "cxrflow", "", ""
    onnx.checker.check_model(file)
    onnx.save(file, out)


if __name__ == "__main__":
    learn, check, detector, out = sys.argv[1:]
    trunk = f"{out}.trunk"
    joint = frozen(detector, trunk)
    network = onnxruntime.InferenceSession(trunk, providers=["CPUExecutionProvider"])
    model = train(network, *load(learn))
    export(model, trunk, joint, out)
    Path(trunk).unlink()
    pictures, boxes = load(check)
    final = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    scores = np.concatenate([final.run(["probabilities"], {"images": p[None]})[0] for p in pictures])
    print(json.dumps({"auc": {name: round(auc(scores[:, k], presence(boxes)[:, k]), 4) for k, name in enumerate(CLASSES.values())}}))
