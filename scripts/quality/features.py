"""The features of cxr-quality-1 (docs/quality-model.md) in NumPy: what src/imaging/quality/features.ts computes."""

import numpy as np

FEATURES_VERSION = "cxr-quality-1"
FEATURE_NAMES = (
    "p01 p05 p25 p50 p75 p95 p99 mean std clipped_low clipped_high entropy gradient laplacian fine_gradient "
    "fine_laplacian sharpness noise fine_noise edge_density symmetry lung_contrast lung_difference border_dark "
    "border_bright border_offset centroid_x centroid_y frontal_profile vertical_profile"
).split()
SIDE = 256
EDGE = 1e-9


def coverage(n: int, side: int) -> np.ndarray:
    """(side, n): the share of each of n pixels that each of `side` equal intervals covers; rows sum to 1."""
    edges = np.arange(side + 1) * n / side
    low, high = edges[:-1, None], edges[1:, None]
    pixel = np.arange(n)[None, :]
    overlap = np.minimum(high, pixel + 1) - np.maximum(low, pixel)
    return np.clip(overlap, 0, None) * side / n


def area_average(image: np.ndarray, side: int) -> np.ndarray:
    height, width = image.shape
    return coverage(height, side) @ image.astype(np.float64) @ coverage(width, side).T


def detail(g: np.ndarray):
    c = g[1:-1, 1:-1]
    up, down, west, east = g[:-2, 1:-1], g[2:, 1:-1], g[1:-1, :-2], g[1:-1, 2:]
    cross = up + down + west + east
    diagonal = g[:-2, :-2] + g[:-2, 2:] + g[2:, :-2] + g[2:, 2:]
    squared = ((east - west) ** 2 + (down - up) ** 2) / 4
    noise = np.sqrt(np.pi / 2) * np.abs(diagonal - 2 * cross + 4 * c).sum() / (6 * c.size)
    return squared.mean(), ((cross - 4 * c) ** 2).mean(), noise, (squared > 0.0009 + EDGE).mean()


def correlation(a, b) -> float:
    a, b = np.ravel(a) - np.mean(a), np.ravel(b) - np.mean(b)
    scale = np.sqrt((a * a).sum() * (b * b).sum())
    return 0.0 if scale < 1e-9 else float((a * b).sum() / scale)


def box(g, x0, x1, y0, y1) -> float:
    at = [int(np.floor(v * SIDE + 0.5)) for v in (x0, x1, y0, y1)]
    return g[at[2] : at[3], at[0] : at[1]].mean()


def quality_features(image: np.ndarray, max_value: float) -> np.ndarray:
    """(30,) float32 of a 2-D image of 0 (black) .. max_value (white)."""
    fine = area_average(image, 2 * SIDE) / max_value
    g = fine.reshape(SIDE, 2, SIDE, 2).mean(axis=(1, 3))
    v = np.sort(g, axis=None)
    percentiles = [v[int(np.ceil(q * v.size)) - 1] for q in (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)]
    counts = np.bincount(np.minimum(63, np.floor((g + EDGE) * 64).astype(int)).ravel(), minlength=64) / g.size
    entropy = -(counts[counts > 0] * np.log2(counts[counts > 0])).sum() / 6
    gradient, laplacian, noise, edges = detail(g)
    fine_gradient, fine_laplacian, fine_noise, _ = detail(fine)
    left, right = box(g, 0.2, 0.38, 0.25, 0.6), box(g, 0.62, 0.8, 0.25, 0.6)
    frame = np.ones_like(g, bool)
    frame[13:-13, 13:-13] = False
    border = g[frame]
    dark = 1 - g
    middle = np.arange(SIDE) + 0.5
    total = dark.sum()
    centre = (0.5, 0.5)
    if total >= 1e-6:
        centre = ((dark.sum(0) * middle).sum() / total / SIDE, (dark.sum(1) * middle).sum() / total / SIDE)
    return np.array(
        [
            *percentiles,
            g.mean(),
            g.std(),
            (g < 0.004 + EDGE).mean(),
            (g > 0.996 - EDGE).mean(),
            entropy,
            np.log10(gradient + 1e-8),
            np.log10(laplacian + 1e-8),
            np.log10(fine_gradient + 1e-8),
            np.log10(fine_laplacian + 1e-8),
            np.log10((fine_laplacian + 1e-8) / (gradient + 1e-8)),
            np.log10(noise + 1e-6),
            np.log10(fine_noise + 1e-6),
            edges,
            correlation(g[:, : SIDE // 2], g[:, : SIDE // 2 - 1 : -1]),
            box(g, 0.45, 0.55, 0.25, 0.6) - (left + right) / 2,
            abs(left - right),
            (border < 0.05 + EDGE).mean(),
            (border > 0.95 - EDGE).mean(),
            border.mean() - g.mean(),
            *centre,
            correlation(g[64:166].mean(0), np.cos(4 * np.pi * (middle / SIDE - 0.5))),
            correlation(g[:, 51:205].mean(1), np.cos(2 * np.pi * (middle / SIDE - 0.95))),
        ],
        np.float32,
    )
