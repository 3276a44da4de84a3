"""Good films made a little different, and films spoilt in known ways: what the quality model learns from.

Every function takes a film x (rows, columns) of brightness 0 (black) .. 1 (white) and a NumPy Generator.
docs/quality-model.md repeats the ranges.
"""

import numpy as np
from scipy import ndimage


def clip(x):
    return np.clip(x, 0, 1)


def good(x, rng):
    """Another acceptable exposure: tone, window, small turn and crop, light grain, light softness."""
    rows, columns = x.shape
    turn = rng.uniform(-4, 4)
    if rng.random() < 0.4:
        x = ndimage.rotate(x, turn, reshape=False, order=1, mode="nearest")
    if rng.random() < 0.5:
        cut = rng.uniform(0, 0.05, 4)
        x = x[int(cut[0] * rows) : rows - int(cut[1] * rows), int(cut[2] * columns) : columns - int(cut[3] * columns)]
    x = x ** rng.uniform(0.75, 1.35)
    if rng.random() < 0.3:
        x = 1 / (1 + np.exp(-4 * (x - rng.uniform(0.4, 0.6))))
    low, high = rng.uniform(0, 0.08), rng.uniform(0.85, 1.03)
    x = low + (high - low) * x
    if rng.random() < 0.3:
        x = ndimage.gaussian_filter(x, rng.uniform(0, 0.0012) * max(x.shape))
    if rng.random() < 0.5:
        x = x + grain(x, rng, rng.uniform(0, 0.015))
    return clip(x)


def grain(x, rng, sigma):
    """Noise of the given deviation on pixels of at most 1024 along the longer side."""
    factor = max(1, round(max(x.shape) / 1024))
    small = rng.normal(0, sigma, (-(-x.shape[0] // factor), -(-x.shape[1] // factor)))
    return np.kron(small, np.ones((factor, factor)))[: x.shape[0], : x.shape[1]]


def under_exposed(x, rng):
    """Few quanta: pale, flat and grainy."""
    lift = rng.uniform(0.38, 0.7)
    x = lift + (1 - lift) * 0.85 * x
    return clip(x + grain(x, rng, rng.uniform(0.03, 0.08)))


def over_exposed(x, rng):
    """A saturated detector: everything but the densest parts is black."""
    return clip((x - rng.uniform(0.32, 0.6)) * rng.uniform(1.0, 1.4))


def blurred(x, rng):
    """Motion: a Gaussian of 0.35 to 2 % of the longer side, sometimes along one direction only."""
    sigma = rng.uniform(0.0035, 0.02) * max(x.shape)
    if rng.random() < 0.25:
        return ndimage.gaussian_filter1d(x, 1.6 * sigma, axis=int(rng.integers(2)))
    return ndimage.gaussian_filter(x, sigma)


def noisy(x, rng):
    return clip(x + grain(x, rng, rng.uniform(0.1, 0.35)))


def clipped(x, rng):
    """A window far too narrow: black and white, nothing between; or white-out."""
    if rng.random() < 0.5:
        return clip((x - rng.uniform(0.35, 0.6)) * rng.uniform(3, 8) + 0.5)
    return clip(x * rng.uniform(2.2, 4) + rng.uniform(0, 0.2))


def cropped(x, rng):
    """The wrong part of the film: 30 to 62 % of each side."""
    rows, columns = x.shape
    h, w = (int(side * rng.uniform(0.3, 0.62)) for side in (rows, columns))
    top, left = rng.integers(rows - h), rng.integers(columns - w)
    return x[top : top + h, left : left + w]


DEGRADATIONS = {
    "under-exposed": under_exposed,
    "over-exposed": over_exposed,
    "blurred": blurred,
    "noisy": noisy,
    "clipped": clipped,
    "cropped": cropped,
}
