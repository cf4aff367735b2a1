"""Random drawing primitives shared by documents, distractors and scenes.

Everything takes a `numpy.random.Generator`, so that a seed fixes every picture. Images are uint8 RGB, height x width x 3.
"""

import functools
import glob
import os

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT_FOLDERS = ["/usr/share/fonts", "/usr/share/fonts/X11"]
OCR_B = "/usr/share/fonts/opentype/ocr-b/OCRB.otf"
SYMBOL_FONTS = ("dsrom", "esint", "stmary", "wasy", "cmex", "cmmi", "cmsy", "msam", "msbm", "rsfs", "eufm", "math", "symbol",
                "dingbat", "D050000", "StandardSymbols", "/OCRB")
SYLLABLES = ("an ber cor da el fi gra hu is jo ka lo mi ne or pa qui ro sa te un va wen xa yl zo ck st ing land dam burg sen ska "
             "ova ez ić ñu é ü ø å č ł").split()


@functools.lru_cache(maxsize=None)
def font_files():
    """Text fonts of this machine, sorted, without symbol and mathematics fonts."""
    extra = os.environ.get("REDACTION_FONTS", "")
    folders = FONT_FOLDERS + [f for f in extra.split(":") if f]
    found = [f for d in folders for ext in ("ttf", "ttc", "otf", "t1") for f in glob.glob(f"{d}/**/*.{ext}", recursive=True)]
    return sorted({f for f in found if not any(s.lower() in f.lower() for s in SYMBOL_FONTS)})


@functools.lru_cache(maxsize=512)
def font(path, size):
    return ImageFont.truetype(path, size)


def any_font(rng, size):
    """A random text font of `size` pixels; one in eight is OCR-B, which documents print their numbers in."""
    files = font_files()
    path = OCR_B if rng.random() < 0.12 else files[rng.integers(len(files))]
    return font(path, max(4, int(size)))


def word(rng, shortest=1, longest=4):
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.integers(shortest, longest + 1))).capitalize()


def phrase(rng, words):
    return " ".join(word(rng) for _ in range(words))


# Scripts besides the Latin: code points, how many letters a word has, and a part of the names of fonts that hold them.
SCRIPTS = [((0x0410, 0x0450), (3, 10), "Free"), ((0x0391, 0x03AA), (3, 10), "Free"), ((0x05D0, 0x05EB), (2, 7), "FreeS"),
           ((0x0621, 0x063B), (2, 7), "FreeS"), ((0x0905, 0x0939), (2, 7), "FreeS"), ((0x0E01, 0x0E2F), (3, 10), "FreeSerif"),
           ((0x4E00, 0x9000), (1, 5), "wqy"), ((0xAC00, 0xD7A0), (1, 5), "wqy")]


class Tongue:
    """Words of one script and fonts for them; Latin unless the machine has fonts for the other."""

    def __init__(self, rng, foreign=0.3):
        self.script = SCRIPTS[rng.integers(len(SCRIPTS))] if rng.random() < foreign else None
        self.files = [f for f in font_files() if self.script and os.path.basename(f).startswith(self.script[2])]

    def phrase(self, rng, words):
        if not self.files:
            return phrase(rng, words)
        span, lengths, _ = self.script
        return " ".join("".join(chr(c) for c in rng.integers(*span, rng.integers(*lengths))) for _ in range(words))

    def font(self, rng, size):
        return font(self.files[rng.integers(len(self.files))], max(4, int(size))) if self.files else any_font(rng, size)


def letters(rng, pattern):
    """Fills a pattern: A a capital, 9 a digit, X either, anything else itself."""
    pick = {"A": "ABCDEFGHJKLMNPRSTVWXYZ", "9": "0123456789", "X": "0123456789ABCDEFGHJKLMNPRSTVWXYZ"}
    return "".join(rng.choice(list(pick[c])) if c in pick else c for c in pattern)


def date(rng):
    day, month, year = rng.integers(1, 29), rng.integers(1, 13), rng.integers(1950, 2035)
    name = rng.choice(["JAN", "FEB/FEV", "MAA/MAR", "APR", "MEI/MAY", "JUN", "JUL", "AUG/AOU", "SEP", "OKT/OCT", "NOV", "DEC"])
    return rng.choice([f"{day:02d}.{month:02d}.{year}", f"{day:02d} {name} {year}", f"{day:02d}-{month:02d}-{year}",
                       f"{month:02d}/{day:02d}/{year}"])


def colour(rng, low=0, high=256):
    return tuple(int(v) for v in rng.integers(low, high, 3))


def smooth_noise(rng, height, width, cells):
    """Low-frequency noise in 0..1: a random grid of about `cells` cells, enlarged."""
    grid = rng.random((max(2, cells), max(2, int(cells * width / height)))).astype(np.float32)
    return cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def gradient(rng, height, width, low=150, high=256):
    """A wash of two or three near colours, as security paper has."""
    base, other = (np.array(colour(rng, low, high), np.float32) for _ in range(2))
    mix = smooth_noise(rng, height, width, rng.integers(2, 5))[..., None]
    return (base * (1 - mix) + other * mix).astype(np.uint8)


def guilloche(rng, image, strength=None):
    """Draws families of wavy thin lines over `image`, in place."""
    height, width = image.shape[:2]
    x = np.arange(0, width + 8, 8)
    overlay = image.copy()
    for _ in range(rng.integers(1, 4)):
        shade = colour(rng, 60, 230)
        amplitude, period, step = rng.uniform(3, height / 5), rng.uniform(60, width), rng.uniform(4, 22)
        tilt, phase = rng.uniform(-0.6, 0.6), rng.uniform(0, 6.28)
        for k, offset in enumerate(np.arange(-height, 2 * height, step)):
            y = offset + tilt * x + amplitude * np.sin(6.28 * x / period + phase + 0.07 * k)
            cv2.polylines(overlay, [np.stack([x, y], 1).astype(np.int32)], False, shade, 1, cv2.LINE_AA)
    weight = rng.uniform(0.1, 0.55) if strength is None else strength
    cv2.addWeighted(overlay, weight, image, 1 - weight, 0, dst=image)


def rosette(rng, image, centre, radius):
    """A spirograph emblem, in place."""
    t = np.linspace(0, 6.2832, 400)
    for _ in range(rng.integers(2, 6)):
        lobes, depth = rng.integers(3, 14), rng.uniform(0.1, 0.5)
        r = radius * (1 - depth * (0.5 + 0.5 * np.cos(lobes * t + rng.uniform(0, 6)))) * rng.uniform(0.5, 1)
        points = np.stack([centre[0] + r * np.cos(t), centre[1] + r * np.sin(t)], 1)
        cv2.polylines(image, [points.astype(np.int32)], True, colour(rng, 40, 220), int(rng.integers(1, 3)), cv2.LINE_AA)


def signature(rng, image, box):
    """A hand-written scribble inside box = x, y, width, height, in place."""
    x, y, w, h = box
    n = int(rng.integers(12, 30))
    xs = x + w * (np.linspace(0, 1, n) + rng.normal(0, 0.04, n))
    ys = y + h * (0.5 + rng.normal(0, 0.25, n))
    t = np.linspace(0, n - 1, n * 8)
    points = np.stack([np.interp(t, np.arange(n), xs), np.interp(t, np.arange(n), ys)], 1)
    points = cv2.GaussianBlur(points.astype(np.float32), (1, 9), 0)
    cv2.polylines(image, [points.astype(np.int32)], False, colour(rng, 0, 90), int(rng.integers(1, 4)), cv2.LINE_AA)


def barcode(rng, width, height):
    """A one-dimensional bar code."""
    modules = rng.integers(60, 140)
    bars = np.repeat((rng.random(modules) < 0.5).astype(np.uint8) * 255, int(np.ceil(width / modules)))[:width]
    return np.repeat(np.repeat(bars[None, :, None], height, 0), 3, 2)


def matrix_code(rng, size):
    """A QR-like square."""
    n = int(rng.integers(21, 42))
    cells = (rng.random((n, n)) < 0.5).astype(np.uint8) * 255
    for r, c in ((0, 0), (0, n - 7), (n - 7, 0)):
        cells[r:r + 7, c:c + 7] = 0
        cells[r + 1:r + 6, c + 1:c + 6] = 255
        cells[r + 2:r + 5, c + 2:c + 5] = 0
    return cv2.cvtColor(cv2.resize(cells, (size, size), interpolation=cv2.INTER_NEAREST), cv2.COLOR_GRAY2RGB)


def paste(image, patch, x, y, opacity=1.0):
    """Blends `patch` into `image` at x, y, clipped, in place."""
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(image.shape[1], x + patch.shape[1]), min(image.shape[0], y + patch.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    src, dst = patch[y0 - y:y1 - y, x0 - x:x1 - x], image[y0:y1, x0:x1]
    image[y0:y1, x0:x1] = cv2.addWeighted(src, opacity, dst, 1 - opacity, 0)


class Text:
    """A PIL canvas over a numpy image: draws strings and says where they lie."""

    def __init__(self, image):
        self.canvas = Image.fromarray(image)
        self.draw = ImageDraw.Draw(self.canvas)

    def put(self, x, y, string, typeface, ink):
        """Draws `string` with its upper left corner at x, y; returns its box x0, y0, x1, y1."""
        self.draw.text((x, y), string, font=typeface, fill=ink)
        return self.draw.textbbox((x, y), string, font=typeface)

    def spaced(self, x, y, string, typeface, ink, pitch):
        """Draws `string` with one character every `pitch` pixels, as machine readable zones are; returns its box."""
        top, bottom = y + 1e9, y - 1e9
        for k, c in enumerate(string):
            self.draw.text((x + k * pitch, y), c, font=typeface, fill=ink)
            box = self.draw.textbbox((x + k * pitch, y), c, font=typeface)
            top, bottom = min(top, box[1]), max(bottom, box[3])
        return x, top, x + pitch * len(string), bottom

    def done(self):
        return np.array(self.canvas)
