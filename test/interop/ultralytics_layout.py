"""What Ultralytics itself makes of a data.yaml: images and labels of each split, and what it found wrong. Prints JSON."""
import json, sys

from ultralytics.data.dataset import YOLODataset
from ultralytics.data.utils import check_det_dataset

data = check_det_dataset(sys.argv[1], autodownload=False)
out = {}
for role in ("train", "val", "test"):
    dataset = YOLODataset(img_path=data[role], data=data, task="detect", augment=False, cache=False, imgsz=64)
    out[role] = {"images": len(dataset), "boxes": sum(len(label["cls"]) for label in dataset.labels)}
print(json.dumps({"nc": data["nc"], "splits": out}))
