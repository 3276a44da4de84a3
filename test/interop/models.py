"""models.py JOB...: predictions of Python's onnxruntime on picture files, prepared and read with NumPy and Pillow.

JOB is a JSON object: model, kind (raw, end-to-end, softmax, none), fit (letterbox, stretch, crop), size [w, h],
confidence, iou, most, files. Letterbox follows the documentation of Ultralytics, its resizing OpenCV (bilinear, no
antialiasing, half-pixel centres); both are written here in NumPy. Stretch and crop use Pillow. Prints one JSON line a
file."""

import json
import sys

import numpy
import onnxruntime
from PIL import Image


def bilinear(picture, width, height):
    """OpenCV's INTER_LINEAR of 8 bits: weights of 11 bits, shifted down in two steps."""

    def axis(source, target):
        at = numpy.float32((numpy.arange(target) + 0.5) * (source / target) - 0.5)
        low = numpy.floor(at).astype(int)
        part = numpy.float32(at - low)
        part[low < 0], low[low < 0] = 0, 0
        part[low >= source - 1], low[low >= source - 1] = 0, source - 1
        weights = [numpy.rint(w * 2048).astype(int) for w in (numpy.float32(1) - part, part)]
        return low, numpy.minimum(low + 1, source - 1), *weights

    if picture.shape[:2] == (height, width):
        return picture
    top, bottom, a, b = axis(picture.shape[0], height)
    left, right, c, d = axis(picture.shape[1], width)
    rows = picture[:, left] * c[None, :, None] + picture[:, right] * d[None, :, None]
    upper, lower = (rows[top] >> 4) * a[:, None, None], (rows[bottom] >> 4) * b[:, None, None]
    return ((upper >> 16) + (lower >> 16) + 2) >> 2


def letterbox(picture, width, height):
    h, w = picture.shape[:2]
    gain = min(height / h, width / w)
    new_w, new_h = max(round(w * gain), 1), max(round(h * gain), 1)
    pad_x, pad_y = round((width - new_w) / 2 - 0.1), round((height - new_h) / 2 - 0.1)
    out = numpy.full((height, width, picture.shape[2]), 114)
    out[pad_y : pad_y + new_h, pad_x : pad_x + new_w] = bilinear(picture, new_w, new_h)
    return out, (new_w / w, new_h / h, pad_x, pad_y)


def crop(image, size):
    w, h = image.size
    scaled = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
    image = image.resize(scaled, Image.BILINEAR)
    left, top = round((scaled[0] - size) / 2), round((scaled[1] - size) / 2)
    return image.crop((left, top, left + size, top + size))


def suppressed(boxes, scores, classes, limit):
    kept = []
    for i in numpy.argsort(-scores, kind="stable"):
        if len(kept) == most:
            break
        for k in kept:
            if classes[k] != classes[i]:
                continue
            low, high = numpy.maximum(boxes[k, :2], boxes[i, :2]), numpy.minimum(boxes[k, 2:], boxes[i, 2:])
            shared = numpy.prod(numpy.maximum(high - low, 0))
            areas = numpy.prod(boxes[k, 2:] - boxes[k, :2]) + numpy.prod(boxes[i, 2:] - boxes[i, :2])
            if shared / (areas - shared) > limit:
                break
        else:
            kept.append(i)
    return numpy.array(kept, dtype=int)


def detections(output, kind, job, placed, w, h):
    if kind == "raw":
        rows = output.T.astype(numpy.float64)
        scores, classes = rows[:, 4:].max(1), rows[:, 4:].argmax(1)
        boxes = numpy.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2], 1)
    else:
        boxes, scores, classes = output[:, :4].astype(numpy.float64), output[:, 4], output[:, 5].astype(int)
    sure = scores > job["confidence"]
    boxes, scores, classes = boxes[sure], scores[sure], classes[sure]
    first = numpy.arange(min(len(scores), most))
    kept = suppressed(boxes, scores, classes, job["iou"]) if kind == "raw" else first
    gain_x, gain_y, pad_x, pad_y = placed
    boxes = (boxes[kept] - [pad_x, pad_y, pad_x, pad_y]) / [gain_x, gain_y, gain_x, gain_y]
    boxes = numpy.clip(boxes, 0, [w, h, w, h])
    there = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return {
        "boxes": boxes[there].tolist(),
        "scores": scores[kept][there].tolist(),
        "classes": classes[kept][there].tolist(),
    }


for text in sys.argv[1:]:
    job = json.loads(text)
    session = onnxruntime.InferenceSession(job["model"], providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    batch, channels = session.get_inputs()[0].shape[:2]
    most = job["most"]
    for file in job["files"]:
        image = Image.open(file).convert("RGB" if channels == 3 else "L")
        w, h = image.size
        placed = None
        if job["fit"] == "letterbox":
            pixels = numpy.asarray(image, int).reshape(h, w, channels)
            pixels, placed = letterbox(pixels, *job["size"])
        elif job["fit"] == "stretch":
            pixels = numpy.asarray(image.resize(job["size"], Image.BILINEAR), numpy.float64)
        else:
            pixels = numpy.asarray(crop(image, job["size"][0]), numpy.float64)
        blob = (pixels / 255).astype(numpy.float32).transpose(2, 0, 1)[None]
        blob = numpy.repeat(blob, batch if isinstance(batch, int) else 1, axis=0)
        output = session.run(None, {name: blob})[0][0]
        if job["kind"] in ("raw", "end-to-end"):
            print(json.dumps(detections(output, job["kind"], job, placed, w, h)))
        else:
            if job["kind"] == "softmax":
                output = numpy.exp(output - output.max())
                output = output / output.sum()
            elif job["kind"] == "sigmoid":
                output = 1 / (1 + numpy.exp(-output))
            print(json.dumps({"scores": output.tolist()}))
