"""Reads the version in argv[1] with TensorFlow Datasets, Hugging Face datasets, mlcroissant and pyarrow; prints JSON."""
import json, os, sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
folder = sys.argv[1]
out = {}

import tensorflow_datasets as tfds

builder = tfds.builder_from_directory(f"{folder}/tfrecords")
out["tfds"] = {
    "version": str(builder.info.version),
    "names": builder.info.features["label"].names,
    "splits": {
        name: [
            [e["image_id"].decode(), int(e["label"]), list(e["image"].shape), float(e["image"].sum())]
            for e in tfds.as_numpy(builder.as_dataset(split=name, shuffle_files=False))
        ]
        for name in builder.info.splits
    },
    "examples": {name: split.num_examples for name, split in builder.info.splits.items()},
}

from datasets import load_dataset

hub = load_dataset(folder, cache_dir=f"{folder}/../cache")
out["hub"] = {
    name: [[row["image_id"], row["label"], list(row["picture"].size)] for row in split] for name, split in hub.items()
}

import mlcroissant as mlc

croissant = mlc.Dataset(f"{folder}/croissant.json")
out["croissant"] = {
    "version": croissant.metadata.conforms_to if isinstance(croissant.metadata.conforms_to, str) else "1.1" if croissant.metadata.ctx.is_v1_1() else "?",
    "errors": list(croissant.metadata.issues.errors),
    "records": {
        rs.id: [[r[f"{rs.id}/image_id"].decode(), int(r[f"{rs.id}/label"])] for r in croissant.records(rs.id)]
        for rs in croissant.metadata.record_sets
    },
}

import pyarrow.parquet as pq

out["lineage"] = pq.read_table(f"{folder}/lineage.parquet").to_pylist()
print(json.dumps(out))
