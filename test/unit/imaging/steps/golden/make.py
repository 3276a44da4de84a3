"""The golden images beside this file, made by Pillow and SciPy: python make.py (they change only with the cases)."""
import os

import numpy as np
from PIL import Image
from scipy import ndimage

here = os.path.dirname(os.path.abspath(__file__))
W, H = 61, 47
y, x = np.mgrid[0:H, 0:W]
disc = 120 * ((x - 40) ** 2 + (y - 18) ** 2 < 130)
grey = np.clip(0.9 * x + 1.7 * y + disc + 12 * np.sin(x * 1.3) * np.cos(y * 0.9), 0, 255).astype(np.uint8)
rgb = np.stack([grey, np.roll(grey, 9, 1), 255 - grey], -1)


def save(name, values):
    Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8)).save(os.path.join(here, f"{name}.png"))


def resized(values, width, height, kind):
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize((width, height), kind))


save("grey", grey)
save("rgb", rgb)
for name, kind in (("box", Image.BOX), ("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC), ("lanczos", Image.LANCZOS)):
    save(f"down-{name}", resized(grey, 24, 20, kind))
    save(f"up-{name}", resized(grey, 100, 90, kind))
save("down-rgb", np.stack([resized(rgb[..., c], 24, 20, Image.BILINEAR) for c in range(3)], -1))
box = np.full((40, 40), 30.0)
box[4:35] = resized(grey, 40, 31, Image.BILINEAR)
save("letterbox", box)
save("luma", np.asarray(Image.fromarray(rgb).convert("L")))
save("flipped", grey[:, ::-1])
save("rotated", ndimage.rotate(grey.astype(float), 12, reshape=False, order=1, mode="grid-constant", cval=float(grey.min())))
save("gaussian", ndimage.gaussian_filter(grey.astype(float), 1.5))
save("median-3", ndimage.median_filter(grey, 3))
save("median-5", ndimage.median_filter(grey, 5))
