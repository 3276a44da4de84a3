"""Trains the small classifier of the demo, whose frozen features the built-in trainer puts new heads on; as ONNX.

    python scripts/models/classifier.py train val models/film-classifier-1.onnx     (films as in detector.py)
"""

import json
import sys

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

from films import CLASSES, SIZE, augment, load
from network import FEATURES, backbone, parameters, seeded

EPOCHS, BATCH, SEED = 10, 32, 2
# The features of the grid, averaged over these regions: a heart has a place, and a nodule does not fill a lung.
REGIONS = 4


class Classifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = backbone()
        # A bottleneck before the regions keeps the vector that the head sees short.
        self.squeeze = nn.Conv2d(FEATURES, 16, 1)
        self.pool = nn.MaxPool2d(SIZE // 16 // REGIONS)
        self.head = nn.Linear(16 * REGIONS * REGIONS, len(CLASSES))

    def features(self, images):
        return F.relu(self.pool(self.squeeze(self.backbone(images)))).flatten(1)

    def forward(self, images):
        return self.head(self.features(images))


class Exported(nn.Module):
    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, images):
        features = self.classifier.features(images)
        return self.classifier.head(features).sigmoid(), features


def presence(boxes):
    wanted = np.zeros((len(boxes), len(CLASSES)), np.float32)
    for row, film in zip(wanted, boxes):
        row[film[:, 0].astype(int)] = 1
    return wanted


def train(pictures, boxes):
    seeded(SEED)
    random = np.random.default_rng(SEED)
    model, wanted = Classifier(), presence(boxes)
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, EPOCHS * (len(pictures) // BATCH))
    for epoch in range(EPOCHS):
        model.train()
        total, order = 0.0, random.permutation(len(pictures))
        for at in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[at : at + BATCH]
            seen = torch.from_numpy(np.stack([augment(pictures[i], random) for i in chosen]))
            loss = F.binary_cross_entropy_with_logits(model(seen), torch.from_numpy(wanted[chosen]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(json.dumps({"epoch": epoch + 1, "loss": round(total / (len(order) // BATCH), 4)}), flush=True)
    return model.eval()


def auc(scores, truth):
    """The share of pairs of a film with the finding and one without that are in the right order."""
    positive, negative = scores[truth > 0][:, None], scores[truth == 0][None]
    return float(((positive > negative) + 0.5 * (positive == negative)).mean())


if __name__ == "__main__":
    learn, check, out = sys.argv[1:]
    model = train(*load(learn))
    pictures, boxes = load(check)
    with torch.no_grad():
        scores = np.concatenate([model(torch.from_numpy(p[None])).sigmoid().numpy() for p in pictures])
    measured = {name: round(auc(scores[:, k], presence(boxes)[:, k]), 4) for k, name in enumerate(CLASSES.values())}
    print(json.dumps({"parameters": parameters(model), "auc": measured}))
    torch.onnx.export(
        Exported(model),
        torch.zeros(1, 1, SIZE, SIZE),
        out,
        input_names=["images"],
        output_names=["probabilities", "features"],
        dynamic_axes={name: {0: "batch"} for name in ("images", "probabilities", "features")},
        opset_version=17,
        dynamo=False,
    )
    file = onnx.load(out)
    names = "{" + ", ".join(f"{i}: '{name}'" for i, name in enumerate(CLASSES.values())) + "}"
    gemm = next(node for node in file.graph.node if node.op_type == "Gemm")
    head = {"features": "features", "weight": gemm.input[1], "bias": gemm.input[2], "output": "probabilities"}
    about = {"task": "multilabel", "names": names, "imgsz": f"[{SIZE}, {SIZE}]", "fit": "letterbox", "antialias": "True"}
    about["cxrflow_head"] = json.dumps(head)
    onnx.helper.set_model_props(file, about)
    file.producer_name, file.producer_version, file.doc_string = "cxrflow", "", ""
    onnx.save(file, out)
