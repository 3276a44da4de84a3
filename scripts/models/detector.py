"""Trains the small detector of the demo and writes it as ONNX, in the raw layout of Ultralytics: [N, 4 + classes, anchors].

    npm run build
    node scripts/models/films.mjs train 1600 101 && node scripts/models/films.mjs val 400 202
    python scripts/models/detector.py train val models/film-detector-1.onnx
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

EPOCHS, BATCH, SEED = 14, 32, 1
STRIDE = 16
GRID = SIZE // STRIDE


class Detector(nn.Module):
    """For each cell of the grid: distances to the four sides of a box, and a score for each class."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = backbone()
        self.head = nn.Conv2d(FEATURES, 4 + len(CLASSES), 1)
        with torch.no_grad():
            self.head.bias[4:] = -4.0
        centres = (torch.arange(GRID, dtype=torch.float32) + 0.5) * STRIDE
        y, x = torch.meshgrid(centres, centres, indexing="ij")
        self.register_buffer("centres", torch.stack([x.flatten(), y.flatten()])[None])

    def forward(self, pictures):
        """Sides [N, 4, anchors] (left, top, right, bottom in pixels) and logits [N, classes, anchors]."""
        out = self.head(self.backbone(pictures)).flatten(2)
        return F.softplus(out[:, :4]) * STRIDE, out[:, 4:]


class Exported(nn.Module):
    """As it is served: centre and size in pixels of the input, and probabilities."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images):
        sides, logits = self.detector(images)
        centres = self.detector.centres
        near, far = centres - sides[:, :2], centres + sides[:, 2:]
        return torch.cat([(near + far) / 2, far - near, logits.sigmoid()], 1)


def targets(boxes, centres):
    """A cell in the middle of a box answers for it; of several the smallest. Sides, classes, which cells have one."""
    anchors = centres.shape[2]
    sides, classes = torch.zeros(4, anchors), torch.zeros(len(CLASSES), anchors)
    owner = torch.full((anchors,), float("inf"))
    x, y = centres[0]
    for kind, x0, y0, x1, y1 in boxes.tolist():
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        rx, ry = max((x1 - x0) / 4, STRIDE * 0.75), max((y1 - y0) / 4, STRIDE * 0.75)
        inside = (x - cx).abs().le(rx) & (y - cy).abs().le(ry)
        inside &= (x > x0) & (x < x1) & (y > y0) & (y < y1)
        mine = inside & (owner > (x1 - x0) * (y1 - y0))
        classes[int(kind), inside] = 1
        owner[mine] = (x1 - x0) * (y1 - y0)
        sides[:, mine] = torch.stack([x - x0, y - y0, x1 - x, y1 - y])[:, mine]
    return sides, classes, owner.isfinite()


def loss_of(sides, logits, batch):
    wanted_sides, wanted, has = batch
    p = logits.sigmoid()
    focal = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    focal = focal * torch.where(wanted > 0, (1 - p) ** 2, p**2 * 0.5)
    ours, theirs = sides.transpose(1, 2)[has], wanted_sides.transpose(1, 2)[has]
    overlap = torch.minimum(ours, theirs)
    shared = (overlap[:, 0] + overlap[:, 2]) * (overlap[:, 1] + overlap[:, 3])
    area = lambda s: (s[:, 0] + s[:, 2]) * (s[:, 1] + s[:, 3])
    iou = shared / (area(ours) + area(theirs) - shared + 1e-6)
    return focal.sum() / has.sum().clamp(min=1) + (1 - iou).mean() + 0.1 * F.smooth_l1_loss(ours, theirs) / STRIDE


def train(pictures, boxes):
    seeded(SEED)
    random = np.random.default_rng(SEED)
    model = Detector()
    centres = model.centres
    wanted = [targets(b, centres) for b in boxes]
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=1e-3)
    steps = EPOCHS * (len(pictures) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, steps)
    for epoch in range(EPOCHS):
        model.train()
        total, order = 0.0, random.permutation(len(pictures))
        for at in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[at : at + BATCH]
            seen = torch.from_numpy(np.stack([augment(pictures[i], random) for i in chosen]))
            batch = [torch.stack(part) for part in zip(*(wanted[i] for i in chosen))]
            loss = loss_of(*model(seen), batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(json.dumps({"epoch": epoch + 1, "loss": round(total / (len(order) // BATCH), 4)}), flush=True)
    return model.eval()


def recall_at_half(model, pictures, boxes):
    """Of the findings, those whose best box of their class above 0.25 overlaps by half; and false boxes a film."""
    found = false = total = 0
    with torch.no_grad():
        for picture, truth in zip(pictures, boxes):
            out = Exported(model)(torch.from_numpy(picture[None]))[0].numpy()
            best = [int(out[4 + k].argmax()) for k in range(len(CLASSES))]
            for k, at in enumerate(best):
                if out[4 + k, at] <= 0.25:
                    continue
                cx, cy, w, h = out[:4, at]
                hit = any(int(t[0]) == k and iou([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], t[1:]) >= 0.5 for t in truth)
                found, false = found + hit, false + (not hit)
            total += len(truth)
    return {"recall50": found / total, "false_boxes_per_film": false / len(pictures)}


def iou(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(w, 0) * max(h, 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


if __name__ == "__main__":
    learn, check, out = sys.argv[1:]
    model = train(*load(learn))
    print(json.dumps({"parameters": parameters(model), **recall_at_half(model, *load(check))}))
    torch.onnx.export(
        Exported(model),
        torch.zeros(1, 1, SIZE, SIZE),
        out,
        input_names=["images"],
        output_names=["output0"],
        dynamic_axes={"images": {0: "batch"}, "output0": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    file = onnx.load(out)
    names = "{" + ", ".join(f"{i}: '{name}'" for i, name in enumerate(CLASSES.values())) + "}"
    about = {"task": "detect", "names": names, "imgsz": f"[{SIZE}, {SIZE}]", "stride": str(STRIDE), "antialias": "True"}
    onnx.helper.set_model_props(file, about)
    file.producer_name, file.producer_version, file.doc_string = "cxrflow", "", ""
    onnx.save(file, out)
