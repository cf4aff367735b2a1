"""Faces: on documents as portraits, in scenes as the candidate. Drawn, or cut from public pictures of Debian packages."""

import functools
import glob
import os

import cv2
import numpy as np

import drawing

BLURRED = 100  # the last so many of `photographed()` are enlarged from 25 pixels


def skimage_data():
    """The pictures that come with Debian's scikit-image, or a copy of that folder where another release is installed."""
    if "REDACTION_SKIMAGE" in os.environ:
        return os.environ["REDACTION_SKIMAGE"]
    import skimage
    return os.path.join(os.path.dirname(skimage.__file__), "data")


@functools.lru_cache(maxsize=1)
def photographed():
    """Head-and-shoulder crops: NASA's astronaut and the LFW subset of scikit-image, Grace Hopper of matplotlib, and the
    pictures in the folder $REDACTION_FACES."""
    import matplotlib
    data = skimage_data()
    faces = [cv2.imread(os.path.join(data, "astronaut.png"))[0:260, 90:340, ::-1].copy()]
    hopper = cv2.imread(os.path.join(matplotlib.get_data_path(), "sample_data", "grace_hopper.jpg"))
    if hopper is not None:
        faces.append(cv2.cvtColor(hopper, cv2.COLOR_BGR2RGB)[30:430, 90:440])
    for name in sorted(glob.glob(os.path.join(os.environ.get("REDACTION_FACES", "/nowhere"), "*.jpg"))):
        faces.append(cv2.resize(cv2.imread(name), (350, 400), interpolation=cv2.INTER_AREA)[..., ::-1].copy())
    small = np.load(os.path.join(data, "lfw_subset.npy"))[:BLURRED]
    for face in small:
        enlarged = cv2.resize((face * 255).clip(0, 255).astype(np.uint8), (220, 250), interpolation=cv2.INTER_CUBIC)
        faces.append(cv2.cvtColor(enlarged, cv2.COLOR_GRAY2RGB))
    return faces


def drawn(rng, height, width):
    """A cartoon-like head and shoulders with shading: skin, hair, brows, eyes, nose, mouth, clothes."""
    image = drawing.gradient(rng, height, width, 90, 256)
    skin = np.array([rng.integers(90, 245)] * 3) * np.array([1, rng.uniform(0.72, 0.88), rng.uniform(0.55, 0.8)])
    skin = tuple(int(v) for v in skin)
    hair, cloth = drawing.colour(rng, 5, 130), drawing.colour(rng, 5, 230)
    cx, cy = int(width * rng.uniform(0.44, 0.56)), int(height * rng.uniform(0.4, 0.48))
    rx, ry = width * rng.uniform(0.2, 0.28), height * rng.uniform(0.26, 0.33)

    def blob(x, y, a, b, ink, angle=0):
        cv2.ellipse(image, (int(x), int(y)), (max(1, int(a)), max(1, int(b))), angle, 0, 360, ink, -1, cv2.LINE_AA)

    long_hair = rng.random() < 0.5
    blob(cx, cy - ry * 0.15, rx * 1.22, ry * (1.6 if long_hair else 1.12), hair)
    blob(cx, height * 1.08, width * rng.uniform(0.42, 0.6), height * 0.34, cloth)
    blob(cx, cy + ry * 1.05, rx * 0.5, ry * 0.5, tuple(int(v * 0.85) for v in skin))
    blob(cx, cy, rx, ry, skin)
    blob(cx, cy - ry * 0.86, rx * rng.uniform(0.8, 1), ry * rng.uniform(0.2, 0.42), hair)
    dark = tuple(int(v * 0.45) for v in skin)
    for side in (-1, 1):
        ex, ey = cx + side * rx * 0.42, cy - ry * 0.12
        blob(ex, ey, rx * 0.2, ry * 0.07, (235, 235, 230))
        blob(ex, ey, rx * 0.08, ry * 0.065, (30, 25, 20))
        blob(ex, ey - ry * 0.17, rx * 0.25, ry * 0.035, hair, side * 6)
        if rng.random() < 0.3:
            cv2.circle(image, (int(ex), int(ey)), int(rx * 0.32), (30, 30, 30), max(1, int(width / 90)), cv2.LINE_AA)
    blob(cx, cy + ry * 0.25, rx * 0.13, ry * 0.07, dark)
    blob(cx, cy + ry * 0.55, rx * 0.34, ry * rng.uniform(0.03, 0.09), (150, 60, 60))
    if rng.random() < 0.25:
        blob(cx, cy + ry * 0.85, rx * 0.6, ry * 0.22, hair)
    light = 0.65 + 0.6 * drawing.smooth_noise(rng, height, width, 2)
    image = (image * light[..., None]).clip(0, 255).astype(np.uint8)
    return cv2.GaussianBlur(image, (0, 0), max(0.6, width / 220))


def portrait(rng, height, width):
    """A face picture of the given size."""
    if rng.random() < 0.5:
        return drawn(rng, height, width)
    faces = photographed()
    face = faces[rng.integers(len(faces))] if rng.random() < 0.5 else faces[rng.integers(len(faces) - BLURRED)]
    face = cv2.resize(face, (width, height), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        face = face[:, ::-1]
    if rng.random() < 0.4:
        face = cv2.cvtColor(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if rng.random() < 0.15:  # engraved: pale, of one colour
        face = (face * rng.uniform(0.3, 0.8) + np.array(drawing.colour(rng, 60, 160))).clip(0, 255).astype(np.uint8)
    gain = rng.uniform(0.7, 1.3)
    return (face.astype(np.float32) * gain + rng.uniform(-20, 30)).clip(0, 255).astype(np.uint8)


def cut_out(face, ground, softness):
    """The head and shoulders of a portrait on another ground of the same size; softness in shares of its height."""
    h, w = face.shape[:2]
    mask = np.zeros((h, w), np.float32)
    cv2.ellipse(mask, (w // 2, int(h * 0.45)), (int(w * 0.36), int(h * 0.42)), 0, 0, 360, 1, -1)
    cv2.ellipse(mask, (w // 2, h), (int(w * 0.5), int(h * 0.3)), 0, 0, 360, 1, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), max(1, softness * h))[..., None]
    return (face * mask + ground * (1 - mask)).astype(np.uint8)


@functools.lru_cache(maxsize=1)
def candidates():
    """Luma heads drawn once and for all, because drawing one takes longer than the rest of a scene."""
    return [cv2.cvtColor(drawn(np.random.default_rng([11, n]), 340, 300), cv2.COLOR_RGB2GRAY) for n in range(80)]


def candidate(rng, height):
    """A luma head and shoulders `height` high for the front of a scene."""
    width = int(height * 0.88)
    if rng.random() < 0.4:
        source = candidates()[rng.integers(80)]
    else:
        faces = photographed()
        source = cv2.cvtColor(faces[rng.integers(len(faces) - BLURRED if rng.random() < 0.4 else len(faces))], cv2.COLOR_RGB2GRAY)
    face = cv2.resize(source, (width, height), interpolation=cv2.INTER_AREA)
    face = face[:, ::-1] if rng.random() < 0.5 else face
    return cv2.convertScaleAbs(face, alpha=rng.uniform(0.6, 1.3), beta=rng.uniform(0, 25))
