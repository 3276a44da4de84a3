"""What other people's programs find in the files of a folder: one JSON object on stdout."""
import glob
import json
import sys

import numpy as np

folder = sys.argv[1]


def tfrecords():
    # The usual five lines.
    import tensorflow as tf

    spec = {
        "image": tf.io.FixedLenFeature([], tf.string),
        "label": tf.io.FixedLenFeature([], tf.int64),
        "image_shape": tf.io.FixedLenFeature([3], tf.int64),
        "image_id": tf.io.FixedLenFeature([], tf.string),
    }
    rows = []
    for record in tf.data.TFRecordDataset(sorted(glob.glob(f"{folder}/*.tfrecord"))):
        example = tf.io.parse_single_example(record, spec)
        image = tf.reshape(tf.io.decode_raw(example["image"], tf.float32), example["image_shape"]).numpy()
        names = sorted(tf.train.Example.FromString(record.numpy()).features.feature)
        rows.append(
            {
                "id": example["image_id"].numpy().decode(),
                "label": int(example["label"]),
                "shape": [int(n) for n in image.shape],
                "values": image.astype(float).ravel().tolist(),
                "features": names,
            }
        )
    return rows


def parquet():
    import pyarrow.parquet as pq

    rows, schema, groups = [], {}, []
    for file in sorted(glob.glob(f"{folder}/*.parquet")):
        table = pq.read_table(file)
        schema = {field.name: str(field.type) for field in table.schema}
        groups.append(pq.ParquetFile(file).num_row_groups)
        for row in table.to_pylist():
            row["image"] = np.frombuffer(row["image"], np.float32).reshape(row["image_shape"]).astype(float).ravel().tolist()
            row.pop("picture", None)
            rows.append(row)
    return {"rows": rows, "schema": schema, "groups": groups}


def hugging_face():
    import datasets

    data = datasets.load_dataset(
        "parquet", data_files=sorted(glob.glob(f"{folder}/*.parquet")), split="train", cache_dir=f"{folder}/cache"
    )
    return {
        "features": {name: type(feature).__name__ for name, feature in data.features.items()},
        "names": getattr(data.features["label"], "names", None),
        "pictures": [
            {"size": list(row["picture"].size), "mode": row["picture"].mode, "values": np.asarray(row["picture"]).ravel().tolist()}
            for row in data
        ],
    }


print(json.dumps({"tfrecord": tfrecords(), "parquet": parquet(), "huggingFace": hugging_face()}))
