"""Reads detection datasets with other people's programs and computes what they state anew. Prints JSON.

    detection.py ANNOTATIONS.csv VERSION_OF_ALL VERSION_FUSED
"""
import contextlib, csv, itertools, json, os, sys
from collections import defaultdict

import numpy as np
import yaml
from PIL import Image
from pycocotools.coco import COCO
from sklearn.metrics import cohen_kappa_score

table, every, fused = sys.argv[1:4]
boxes = defaultdict(lambda: defaultdict(list))  # image -> reader -> [(class, box)]
for row in csv.DictReader(open(table)):
    reader = boxes[row["image_id"]][row["rad_id"]]
    if row["class_name"] != "No finding":
        reader.append((int(row["class_id"]), [float(row[k]) for k in ("x_min", "y_min", "x_max", "y_max")]))


def cocos(folder):
    for name in sorted(os.listdir(f"{folder}/organized/annotations")):
        split = name[len("instances_"):-len(".json")]
        with contextlib.redirect_stdout(sys.stderr):
            yield split, COCO(f"{folder}/organized/annotations/{name}")


def layout(folder):
    """COCO loads, its images are there, YOLO says the same boxes; the largest distance in pixels."""
    worst, images, annotations, metadata = 0.0, 0, 0, []
    for split, coco in cocos(folder):
        assert sorted(coco.anns) == list(range(1, len(coco.anns) + 1)), "annotation ids from 1"
        for image in coco.imgs.values():
            images += 1
            path = f"{folder}/organized/{split}/images/{image['file_name']}"
            with Image.open(path) as picture:
                assert picture.size == (image["width"], image["height"]) and picture.mode == "L"
                metadata += [key for key in picture.info if key != "dpi"]  # pHYs, the same in all
            label = path.replace("/images/", "/labels/")[:-4] + ".txt"
            lines = [line.split() for line in open(label).read().splitlines()]
            found = coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))
            annotations += len(found)
            assert [int(line[0]) for line in lines] == [a["category_id"] for a in found]
            for line, annotation in zip(lines, found):
                x, y, w, h = (float(v) for v in line[1:])
                yolo = np.array([(x - w / 2) * image["width"], (y - h / 2) * image["height"], w * image["width"], h * image["height"]])
                worst = max(worst, np.abs(yolo - np.array(annotation["bbox"])).max())
    return {"images": images, "annotations": annotations, "worst": worst, "metadata": metadata}


def fleiss(counts, ratings):
    """Fleiss (1971) over images x categories."""
    n = counts.shape[0]
    p = counts.sum(axis=0) / (n * ratings)
    agreement = ((counts**2).sum(axis=1) - ratings) / (ratings * (ratings - 1))
    expected = (p**2).sum()
    return None if expected == 1 else (agreement.mean() - expected) / (1 - expected)


def kappas(folder):
    stated = json.load(open(f"{folder}/agreement.json"))
    worst, undefined, compared = 0.0, 0, 0

    def compare(ours, theirs):
        nonlocal worst, undefined, compared
        if theirs is None or np.isnan(theirs):
            assert ours is None, (ours, theirs)
            undefined += 1
        else:
            compared += 1
            worst = max(worst, abs(ours - theirs))

    present = lambda image, reader, c: int(any(k == c for k, _ in boxes[image][reader]))
    for pair in stated["pairs"]:
        a, b = pair["readers"]
        common = [i for i in boxes if a in boxes[i] and b in boxes[i]]
        assert len(common) == pair["n"]
        for entry in pair["classes"]:
            ours = [[present(i, r, entry["classId"]) for i in common] for r in (a, b)]
            same = len(set(ours[0] + ours[1])) == 1
            with np.errstate(all="ignore"):
                compare(entry["kappa"], None if same else cohen_kappa_score(*ours))
    readers = stated["readers"]
    assert readers == sorted({r for i in boxes for r in boxes[i]})
    common = [i for i in boxes if set(boxes[i]) == set(readers)]
    assert stated["fleiss"]["n"] == len(common)
    for entry in stated["fleiss"]["classes"]:
        saw = np.array([sum(present(i, r, entry["classId"]) for r in readers) for i in common])
        compare(entry["kappa"], fleiss(np.stack([saw, len(readers) - saw], axis=1).astype(float), len(readers)))
    return {"worst": worst, "undefined": undefined, "compared": compared}


def iou(a, b):
    w, h = np.maximum(0, np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]))
    return w * h / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - w * h)


def fuse(readings, threshold=0.4, least=2):
    """Weighted boxes fusion with equal weights, from the paper; nothing of the program under test."""
    out = []
    for c in sorted({k for r in readings.values() for k, _ in r}):
        clusters = []
        for reader in sorted(readings):
            for k, box in readings[reader]:
                if k != c:
                    continue
                box = np.array(box)
                overlaps = [iou(np.mean([b for _, b in members], axis=0), box) for members in clusters]
                if overlaps and max(overlaps) > threshold:
                    clusters[int(np.argmax(overlaps))].append((reader, box))
                else:
                    clusters.append([(reader, box)])
        out += [(c, np.mean([b for _, b in m], axis=0)) for m in clusters if len({r for r, _ in m}) >= least]
    return out


def fusion(folder):
    worst, count = 0.0, 0
    for _, coco in cocos(folder):
        for image in coco.imgs.values():
            ours = sorted((a["category_id"], *a["bbox"]) for a in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])))
            theirs = sorted((c, b[0], b[1], b[2] - b[0], b[3] - b[1]) for c, b in fuse(boxes[image["file_name"][:-4]]))
            assert len(ours) == len(theirs), image
            count += len(ours)
            for one, other in zip(ours, theirs):
                assert one[0] == other[0]
                worst = max(worst, np.abs(np.array(one[1:]) - np.array(other[1:])).max())
    return {"boxes": count, "worst": worst}


def leaks(folder):
    splits = defaultdict(set)
    rows = list(csv.DictReader(open(f"{folder}/splits.csv")))
    for row in rows:
        splits[row["patient"] or row["image_id"]].add(row["split"])
    return {"images": len(rows), "patients": len(splits), "torn": sum(len(s) > 1 for s in splits.values())}


def trainers(folder):
    """The rules of docs.ultralytics.com/datasets/detect: names from 0 without gaps; labels beside images."""
    data = yaml.safe_load(open(f"{folder}/organized/data.yaml"))
    names = data["names"]
    assert sorted(names) == list(range(len(names))) and data["nc"] == len(names)
    root = os.path.join(f"{folder}/organized", data["path"])
    counts = {}
    for role in ("train", "val", "test"):
        images = os.path.join(root, data[role])
        counts[role] = len(os.listdir(images))
        for image in os.listdir(images):
            head, tail = os.path.join(images, image).rsplit("/images/", 1)
            assert os.path.exists(f"{head}/labels/{tail[:-4]}.txt"), image
    return counts


print(json.dumps({
    "all": layout(every), "fused": layout(fused), "kappas": kappas(every), "fusion": fusion(fused),
    "leaks": leaks(every), "trainers": trainers(every),
}))
