"""evaluation.py FILE: what pycocotools and scikit-learn make of the cases in a JSON file; one JSON object.

coco: {classes, images: [{truths: [{classId, bbox}], predictions: [{classId, confidence, bbox}]}]}, boxes as corners.
binary: [{labels, scores, predicted}]; multiclass: {labels, scores}."""

import contextlib
import io
import json
import sys

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn import metrics


def coco_of(case):
    truths, predictions = [], []
    for image, one in enumerate(case["images"]):
        for box in one["truths"]:
            x, y, right, bottom = box["bbox"]
            truths.append(
                {
                    "id": len(truths) + 1,
                    "image_id": image,
                    "category_id": box["classId"],
                    "bbox": [x, y, right - x, bottom - y],
                    "area": (right - x) * (bottom - y),
                    "iscrowd": 0,
                }
            )
        for box in one["predictions"]:
            x, y, right, bottom = box["bbox"]
            predictions.append(
                {
                    "image_id": image,
                    "category_id": box["classId"],
                    "bbox": [x, y, right - x, bottom - y],
                    "score": box["confidence"],
                }
            )
    coco = COCO()
    coco.dataset = {
        "info": {},
        "images": [{"id": i} for i in range(len(case["images"]))],
        "categories": [{"id": i} for i in range(case["classes"])],
        "annotations": truths,
    }
    coco.createIndex()
    evaluation = COCOeval(coco, coco.loadRes(predictions), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]

    def mean(values):
        values = values[values > -1]
        return float(values.mean()) if values.size else None

    return {
        "map50": mean(precision[0]),
        "map50to95": mean(precision),
        "classes": [
            {"map50": mean(precision[0, :, k]), "map50to95": mean(precision[:, :, k])}
            for k in range(case["classes"])
        ],
        "summary": [float(v) for v in evaluation.stats[:2]],
    }


def calibration_error(right, confidence, bins=15):
    right, confidence = numpy.asarray(right, float), numpy.asarray(confidence, float)
    which = numpy.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        (which == b).mean() * abs(right[which == b].mean() - confidence[which == b].mean())
        for b in range(bins)
        if (which == b).any()
    ]
    return float(sum(gaps))


def binary(case):
    labels, scores, predicted = case["labels"], case["scores"], case["predicted"]
    return {
        "auc": float(metrics.roc_auc_score(labels, scores)),
        "f1": float(metrics.f1_score(labels, predicted)),
        "precision": float(metrics.precision_score(labels, predicted)),
        "recall": float(metrics.recall_score(labels, predicted)),
        "brier": float(metrics.brier_score_loss(labels, scores)),
        "ece": calibration_error(labels, scores),
    }


def multiclass(case):
    labels, scores = numpy.array(case["labels"]), numpy.array(case["scores"])
    top = scores.argmax(1)
    return {
        "auc": float(metrics.roc_auc_score(labels, scores, multi_class="ovr", average="macro")),
        "f1": float(metrics.f1_score(labels, top, average="macro")),
        "accuracy": float(metrics.accuracy_score(labels, top)),
        "ece": calibration_error(top == labels, scores.max(1)),
    }


cases = json.load(open(sys.argv[1]))
with contextlib.redirect_stdout(io.StringIO()):
    result = {
        "coco": [coco_of(case) for case in cases["coco"]],
        "binary": [binary(case) for case in cases["binary"]],
        "multiclass": multiclass(cases["multiclass"]),
    }
print(json.dumps(result))
