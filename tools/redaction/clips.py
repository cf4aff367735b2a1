"""Renders clips of a candidate who shows documents to a webcam, and says where everything is in every frame.

`python3 clips.py --out DIR [--clips 14] [--seed 1] [--specimens DIR] [--write mkv|mp4] [--sheet sheet.png]` writes
DIR/NAME.jsonl, a line per frame, and with --write the pictures. Clip n of a seed depends on both alone (and on the fonts and
pictures, see README.md). `examples/redaction_audit` takes the frames without a file between.

A line: {"clip","scenario","frame","t","width","height","hidden":[polygon],"documents":[{"name","outline":[[x,y]x4],"pitch",
"blur","fields":[{"what":"mrz|number","quad":[[x,y]x4],"pitch"}],"keep":[the same, "portrait" or "name"]}]}. Coordinates are
pixels of the picture; pitch is pixels per character of the machine readable zone where the field is, seen in its narrowest
direction; blur the length of the motion during exposure in pixels; hidden is what fingers, glare and documents in front cover
(a document's own outline hides those before it in the list: "over").
"""

import argparse
import dataclasses
import functools
import glob
import json
import os
import subprocess

import cv2
import numpy as np

import distractors
import documents
import drawing
import people
import scene
import specimens
from motion import Key, Path, homography, local_pitch

SIZES = [((1280, 720), 0.72), ((640, 480), 0.12), ((1920, 1080), 0.14), ((3840, 2160), 0.02)]
RATE = 30
NUMBERS = ("mrz", "number")  # kinds of fields that must be covered; others may be seen


@dataclasses.dataclass
class Thing:
    """Something flat that moves: copies of falling size, its path, what is on it."""

    flat: documents.Flat
    path: Path
    name: str
    levels: list
    fingers: list
    skin: tuple
    glare: tuple = None


@functools.lru_cache(maxsize=1)
def picture_files():
    folders = [f for f in os.environ.get("REDACTION_PICTURES", "").split(":") if f]
    folders = folders or [people.skimage_data()]
    return sorted(f for d in folders for e in ("jpg", "jpeg", "png", "webp") for f in glob.glob(f"{d}/**/*.{e}", recursive=True)
                  if os.path.getsize(f) > 20000)


@functools.lru_cache(maxsize=16)
def picture(name):
    image = cv2.imread(name)
    if image is None or min(image.shape[:2]) < 150 or image.std() < 5:
        return None
    scale = min(1.0, 1920 / max(image.shape))
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[..., ::-1].copy()


def room(rng, width, height):
    """What is behind: a photograph, or a drawn wall and desk. RGB."""
    files = picture_files()
    source = picture(files[rng.integers(len(files))]) if files and rng.random() < 0.65 else None
    if source is None:
        luma = scene.drawn_background(rng, width, height)
        tint = rng.uniform(0.75, 1.1, 3)
        return (luma[..., None] * tint).clip(0, 255).astype(np.uint8)
    h, w = source.shape[:2]
    share = rng.uniform(0.5, 1)
    cw = int(min(w, h * width / height) * share)
    ch = max(8, min(h, int(cw * height / width)))
    x, y = rng.integers(0, w - cw + 1), rng.integers(0, h - ch + 1)
    return cv2.resize(source[y:y + ch, x:x + cw], (width, height), interpolation=cv2.INTER_LINEAR)


class Head:
    """A candidate who sways a little."""

    def __init__(self, rng, width, height):
        self.size = int(rng.uniform(0.45, 0.95) * height)
        faces = people.photographed()
        portrait = faces[rng.integers(2)] if rng.random() < 0.4 else people.drawn(rng, 340, 300)
        self.face = cv2.resize(portrait, (int(self.size * 0.88), self.size), interpolation=cv2.INTER_AREA)
        h, w = self.face.shape[:2]
        mask = np.zeros((h, w), np.float32)
        cv2.ellipse(mask, (w // 2, int(h * 0.45)), (int(w * 0.33), int(h * 0.42)), 0, 0, 360, 1, -1)
        cv2.ellipse(mask, (w // 2, h), (int(w * 0.5), int(h * 0.28)), 0, 0, 360, 1, -1)
        self.mask = cv2.GaussianBlur(mask, (0, 0), max(1, self.size / 60))
        self.at = rng.uniform(0.1, 0.7) * width, height - self.size * rng.uniform(0.95, 1.3)
        self.sway = rng.uniform(0.005, 0.04) * width, rng.uniform(0.1, 0.5), rng.uniform(0, 6.28)
        self.cloth = drawing.colour(rng, 10, 230)

    def draw(self, image, t):
        height, width = image.shape[:2]
        reach, frequency, phase = self.sway
        x = int(self.at[0] + reach * np.sin(6.2832 * frequency * t + phase))
        y = int(self.at[1] + reach * 0.3 * np.sin(6.2832 * frequency * 1.3 * t))
        h, w = self.face.shape[:2]
        shoulders = np.array([[x - w * 0.6, height + 40], [x - w * 0.2, y + h * 0.93], [x + w * 1.2, y + h * 0.93],
                              [x + w * 1.6, height + 40]])
        cv2.fillPoly(image, [shoulders.astype(np.int32)], self.cloth, cv2.LINE_AA)
        blend(image, self.face, self.mask, x, y)


def blend(image, patch, mask, x, y):
    """Draws `patch` with weights `mask` (float32, 0 to 1) at x, y, clipped."""
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(image.shape[1], x + patch.shape[1]), min(image.shape[0], y + patch.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    m = mask[y0 - y:y1 - y, x0 - x:x1 - x]
    region = np.ascontiguousarray(image[y0:y1, x0:x1])
    over = np.ascontiguousarray(patch[y0 - y:y1 - y, x0 - x:x1 - x])
    image[y0:y1, x0:x1] = cv2.blendLinear(over, region, np.ascontiguousarray(m), 1 - m)


def copies(flat, gain, bias):
    """The thing in falling sizes, lit: rendering from a copy of nearly the right size avoids aliasing."""
    image = cv2.convertScaleAbs(flat.image, alpha=gain, beta=bias)
    levels = [(image, flat.alpha)]
    while min(levels[-1][0].shape[:2]) > 60:
        levels.append(tuple(cv2.resize(v, None, fx=0.7071, fy=0.7071, interpolation=cv2.INTER_AREA) for v in levels[-1]))
    return levels


SKINS = [(241, 204, 182), (224, 172, 138), (198, 134, 96), (141, 85, 54), (96, 60, 42), (255, 219, 195)]


def hand(rng, width, height):
    """Fingers from outside over an edge, in pixels of the flat thing: (start, tip, thickness)."""
    size = min(np.sqrt(width * height), 1.3 * min(width, height))
    corners = documents.outline(height, width)
    fingers = []
    for _ in range(rng.integers(1, 3)):
        k = rng.integers(4)
        a, b = corners[k], corners[(k + 1) % 4]
        inward = corners.mean(0) - (a + b) / 2
        inward = inward / np.linalg.norm(inward)
        along = (b - a) / np.linalg.norm(b - a)
        thick = size * rng.uniform(0.12, 0.2)
        at = a + (b - a) * rng.uniform(0.1, 0.85)
        lean = rng.normal(0, 0.3)
        for f in range(rng.integers(1, 4)):
            root = at + along * thick * 1.05 * f
            direction = inward + lean * along
            fingers.append((root - direction * size * rng.uniform(0.5, 1.3), root + direction * size * rng.uniform(0.02, 0.25),
                            thick * rng.uniform(0.85, 1.05)))
    return fingers


def capsule(start, tip, thick):
    """The outline of a line with round ends."""
    d = (tip - start) / max(np.linalg.norm(tip - start), 1e-6)
    turn = np.arctan2(d[1], d[0])
    arc = np.linspace(-np.pi / 2, np.pi / 2, 9)
    far = tip + thick / 2 * np.stack([np.cos(turn + arc), np.sin(turn + arc)], 1)
    near = start - thick / 2 * np.stack([np.cos(turn + arc), np.sin(turn + arc)], 1)
    return np.vstack([far, near])


class Camera:
    """Exposure, noise, softness and compression, fixed for a clip."""

    def __init__(self, rng, width, height, dark):
        gain = rng.uniform(0.14, 0.35) if dark else rng.uniform(0.7, 1.15)
        sigma = rng.uniform(3, 7) if dark else rng.uniform(0.5, 3)
        gamma = rng.uniform(0.75, 1.35)
        self.lift = int(round(3 * sigma))
        value = 255 * gain * (np.arange(256) / 255) ** gamma + rng.uniform(-6, 14) - self.lift
        self.table = value.clip(0, 255).astype(np.uint8)
        noise = rng.standard_normal((height + 32, width + 32, 3), np.float32) * sigma + self.lift
        self.noise = noise.clip(0, 255).astype(np.uint8)
        self.soft = rng.uniform(0.3, 0.7) if rng.random() < 0.3 else 0
        self.quality = int(rng.integers(55, 95)) if rng.random() < 0.3 else 0

    def take(self, rng, image):
        h, w = image.shape[:2]
        if self.soft:
            image = cv2.GaussianBlur(image, (3, 3), self.soft)
        image = cv2.LUT(image, self.table)
        x, y = rng.integers(0, 32, 2)
        image = cv2.add(image, np.ascontiguousarray(self.noise[y:y + h, x:x + w]))
        if self.quality:
            data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, self.quality])[1]
            image = np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
        return image


class Pool:
    """Where documents come from: the generator, or labelled specimens."""

    def __init__(self, folder=None):
        self.specimens = specimens.load(folder) if folder else None

    def document(self, rng, phone=False):
        """(name, Flat)."""
        if self.specimens:
            name, flat = self.specimens[rng.integers(len(self.specimens))]
            boxes = all(np.ndim(box) == 1 for _, box in flat.fields)
            return name, documents.on_phone(rng, flat) if phone and boxes else flat
        kinds, weights = zip(*documents.KINDS)
        draw = kinds[rng.choice(len(kinds), p=np.array(weights) / sum(weights))]
        flat = draw(rng)
        return draw.__name__, documents.on_phone(rng, flat) if phone else flat


# --- what happens in a clip: functions of (rng, size, pool) that give [(name, flat, keys, glare)] -----------------------------

def outside(rng, flat, pitch, size, edge=None):
    """A centre from which the thing is just out of the picture."""
    h, w = flat.image.shape[:2]
    half = 0.56 * np.hypot(w, h) * pitch / flat.pitch
    edge = rng.integers(3) if edge is None else edge
    if edge == 2:
        return rng.uniform(0.2, 0.8), 1 + half / size[1]
    return (-half / size[0] if edge == 0 else 1 + half / size[0]), rng.uniform(0.35, 0.9)


def some_pitch(rng, flat, size, low=3.5, high=17.0):
    """Pixels per character, growing with the picture; not so large that the document does not fit."""
    grow = size[0] / 1280
    fit = 0.95 * size[0] / (flat.image.shape[1] / flat.pitch)
    top = max(low * 1.05, min(high * grow, fit))
    return float(np.exp(rng.uniform(np.log(low), np.log(top))))


def some_angle(rng):
    r = rng.random()
    return rng.normal(0, 8) if r < 0.6 else rng.uniform(-180, 180) if r < 0.8 else 90 * rng.integers(0, 4) + rng.normal(0, 5)


def visit(rng, flat, size, start, held, pitch=None, angle=None, pace=None, tilt=9.0):
    """Keys of one visit: in from an edge, held at a place with small moves, out again."""
    pitch = some_pitch(rng, flat, size) if pitch is None else pitch
    angle = some_angle(rng) if angle is None else angle
    pace = rng.uniform(0.25, 0.7) if pace is None else pace
    x, y = rng.uniform(0.25, 0.75), rng.uniform(0.3, 0.8)
    tx, ty = rng.normal(0, tilt, 2)
    ex, ey = outside(rng, flat, pitch, size)
    ox, oy = outside(rng, flat, pitch, size)
    keys = [Key(start, ex, ey, pitch * rng.uniform(0.8, 1.1), angle + rng.normal(0, 20), tx + rng.normal(0, 10), ty + rng.normal(0, 10)),
            Key(start + pace, x, y, pitch, angle, tx, ty)]
    steps = max(1, int(held / 0.5))
    for k in range(1, steps + 1):
        keys.append(Key(start + pace + held * k / steps, x + rng.normal(0, 0.015), y + rng.normal(0, 0.015),
                        pitch * rng.uniform(0.95, 1.05), angle + rng.normal(0, 3), tx + rng.normal(0, 4), ty + rng.normal(0, 4)))
    keys.append(Key(start + pace + held + rng.uniform(0.25, 0.6), ox, oy, pitch, angle + rng.normal(0, 20), tx, ty))
    return keys


def held(rng, size, pool):
    name, flat = pool.document(rng)
    return [(name, flat, visit(rng, flat, size, 0.4, 1.4), None)]


def turned(rng, size, pool):
    name, flat = pool.document(rng)
    keys = visit(rng, flat, size, 0.3, 1.6)
    for k, key in enumerate(keys[1:-1]):
        key.angle += rng.choice([-1, 1]) * 0 + k * rng.uniform(30, 70)
    keys[-1].angle = keys[-2].angle
    return [(name, flat, keys, None)]


def tilted(rng, size, pool):
    name, flat = pool.document(rng)
    keys = visit(rng, flat, size, 0.3, 1.6)
    for k, key in enumerate(keys[1:-1]):
        key.tilt_x += rng.uniform(-45, 45)
        key.tilt_y += (60 if k % 2 else -60) * rng.uniform(0.4, 1)
    return [(name, flat, keys, None)]


def passing(rng, size, pool):
    """Shown for 0.2 s: raised into view, seen, gone."""
    name, flat = pool.document(rng)
    pitch, angle = some_pitch(rng, flat, size, 4.0), some_angle(rng)
    x, y = rng.uniform(0.25, 0.75), rng.uniform(0.35, 0.75)
    ex, ey = outside(rng, flat, pitch, size)
    t = rng.uniform(0.6, 1.0)
    tilt = rng.normal(0, 9, 2)
    return [(name, flat, [Key(t, ex, ey, pitch, angle, *tilt), Key(t + 0.12, x, y, pitch, angle, *tilt),
                          Key(t + 0.32, x + rng.normal(0, 0.01), y, pitch, angle, *tilt), Key(t + 0.45, ex, ey, pitch, angle, *tilt)], None)]


def again(rng, size, pool):
    name, flat = pool.document(rng)
    pitch, angle = some_pitch(rng, flat, size), some_angle(rng)
    return [(name, flat, visit(rng, flat, size, 0.3, 0.6, pitch, angle, 0.25), None),
            (name, flat, visit(rng, flat, size, rng.uniform(1.7, 1.9), 0.5, pitch, angle, 0.2), None)]


def two(rng, size, pool):
    things = []
    for side in (0.27, 0.73):
        name, flat = pool.document(rng)
        pitch = min(some_pitch(rng, flat, size), 0.45 * size[0] / (flat.image.shape[1] / flat.pitch))
        keys = visit(rng, flat, size, rng.uniform(0.2, 0.8), 1.2, max(pitch, 3.2))
        for key in keys[1:-1]:
            key.x += side - keys[1].x if key is not keys[1] else 0
        keys[1].x = side
        things.append((name, flat, keys, None))
    return things


def phone(rng, size, pool):
    name, flat = pool.document(rng, phone=True)
    return [(name + "-phone", flat, visit(rng, flat, size, 0.4, 1.4, some_pitch(rng, flat, size, 3.5, 9)), None)]


def glare(rng, size, pool):
    name, flat = pool.document(rng)
    spot = rng.uniform(0, 1, 2), rng.uniform(-0.6, 0.6, 2), rng.uniform(0.05, 0.25, 2), rng.uniform(0, np.pi), rng.uniform(120, 400)
    return [(name, flat, visit(rng, flat, size, 0.4, 1.4), spot)]


def blurred(rng, size, pool):
    """Moved about all the time, so that motion blurs it on and off."""
    name, flat = pool.document(rng)
    keys = visit(rng, flat, size, 0.3, 1.6)
    for key in keys[1:-1]:
        key.x, key.y = rng.uniform(0.2, 0.8), rng.uniform(0.3, 0.75)
    return [(name, flat, keys, None)]


def near(rng, size, pool):
    name, flat = pool.document(rng)
    pitch = rng.uniform(0.8, 1.4) * size[0] / (flat.image.shape[1] / flat.pitch)
    return [(name, flat, visit(rng, flat, size, 0.4, 1.4, pitch, rng.normal(0, 8)), None)]


def far(rng, size, pool):
    name, flat = pool.document(rng)
    return [(name, flat, visit(rng, flat, size, 0.4, 1.4, rng.uniform(3.0, 4.6)), None)]


def empty(rng, size, pool):
    """No document: books, phones, paper and keyboards, some of them held up as documents are."""
    del pool
    things = []
    for _ in range(rng.integers(1, 4)):
        flat = distractors.random_distractor(rng)
        flat.pitch = flat.image.shape[1] / 44
        pitch = size[0] * rng.uniform(0.12, 0.8) / 44
        if rng.random() < 0.5:
            keys = visit(rng, flat, size, rng.uniform(0, 0.8), 1.2, pitch)
        else:
            x, y, angle, tilt = rng.uniform(0.1, 0.9), rng.uniform(0.3, 0.95), some_angle(rng), rng.normal(0, 20, 2)
            keys = [Key(0, x, y, pitch, angle, *tilt), Key(9, x, y, pitch, angle, *tilt)]
        things.append(("distractor", flat, keys, None))
    return things


SCENARIOS = {"held": held, "turned": turned, "tilted": tilted, "passing": passing, "again": again, "two": two, "phone": phone,
             "mirrored": held, "glare": glare, "blurred": blurred, "dark": held, "near": near, "far": far, "empty": empty}


class Clip:
    """Iterate it: (RGB picture height x width x 3 uint8, truth: the object of the module's docstring)."""

    def __init__(self, pool, seed, index, *, size=None, scenario=None, length=2.6):
        rng = self.rng = np.random.default_rng([seed, index])
        self.scenario = scenario or list(SCENARIOS)[index % len(SCENARIOS)]
        sizes, shares = zip(*SIZES)
        drawn = sizes[rng.choice(len(sizes), p=shares)]
        self.size = size or drawn
        self.name = f"{self.scenario}-{seed}-{index:04d}"
        width, height = self.size
        self.frames = int(RATE * length) // (2 if width > 3000 else 1)
        self.mirrored = self.scenario == "mirrored" or rng.random() < 0.12
        self.room = room(rng, width, height)
        self.head = Head(rng, width, height) if rng.random() < 0.75 else None
        made = SCENARIOS[self.scenario](rng, self.size, pool)
        still = [] if self.scenario == "empty" or rng.random() < 0.5 else empty(rng, self.size, pool)[:1]
        self.things = [self.thing(*what) for what in still + made]
        self.camera = Camera(rng, width, height, self.scenario == "dark")
        self.shutter = rng.uniform(0.15, 0.5) if self.scenario == "blurred" else rng.uniform(0.05, 0.3)

    def thing(self, name, flat, keys, spot):
        rng = self.rng
        h, w = flat.image.shape[:2]
        fingers = hand(rng, w, h) if rng.random() < 0.8 else []
        return Thing(flat, Path(rng, keys, rng.uniform(0.3, 1.5)), name, copies(flat, rng.uniform(0.7, 1.1), rng.uniform(-5, 20)), fingers,
                     SKINS[rng.integers(len(SKINS))], spot)

    def __iter__(self):
        width, height = self.size
        for n in range(self.frames):
            t = n / RATE
            image = self.room.copy()
            if self.head:
                self.head.draw(image, t)
            truth = {"clip": self.name, "scenario": self.scenario, "frame": n, "t": round(t, 6), "width": width, "height": height,
                     "hidden": [], "documents": []}
            for thing in self.things:
                self.put(image, truth, thing, t)
            image = self.camera.take(self.rng, image)
            if self.mirrored:
                image = np.ascontiguousarray(image[:, ::-1])
                mirror(truth)
            yield image, truth

    def put(self, image, truth, thing, t):
        state = thing.path.at(t)
        if state is None:
            return
        flat = thing.flat
        h, w = flat.image.shape[:2]
        matrix = homography(*state, (w, h), flat.pitch, *self.size)
        edge = scene.project(matrix, documents.outline(h, w))
        if not np.isfinite(edge).all() or np.abs(edge).max() > 30000:
            return
        blur = self.blur(thing, t)
        self.draw(image, thing, matrix, edge, blur)
        hidden = self.glare(image, thing, matrix, edge, t) + self.fingers(image, thing, matrix)
        if flat.cards:
            over = [edge.tolist()]
            for document in truth["documents"]:
                document["over"] = document.get("over", []) + over
            truth["documents"].append(self.described(thing, matrix, blur))
        truth["hidden"] += hidden

    def blur(self, thing, t):
        """Motion of the centre while the shutter is open, pixels (x, y)."""
        a, b = thing.path.at(t), thing.path.at(t + 0.25 / RATE) or thing.path.at(t - 0.25 / RATE)
        if a is None or b is None:
            return np.zeros(2)
        return np.abs(4 * self.shutter) * ((b[0][:2] - a[0][:2]) * np.array(self.size) + (b[1] - a[1]) * self.size[0] / 1280)

    def draw(self, image, thing, matrix, edge, blur):
        width, height = self.size
        pad = int(np.abs(blur).max()) + 3
        x0, y0 = np.maximum(edge.min(0).astype(int) - pad, 0)
        x1, y1 = np.minimum(edge.max(0).astype(int) + pad + 1, [width, height])
        if x1 <= x0 or y1 <= y0:
            return
        h, w = thing.flat.image.shape[:2]
        scale = np.sqrt(abs(cv2.contourArea(edge)) / (w * h))
        level = int(np.clip(np.floor(2 * np.log2(1 / max(scale, 1e-3))), 0, len(thing.levels) - 1))
        rgb, alpha = thing.levels[level]
        # Samples lie at the centres of pixels, at every size.
        sx, sy = w / rgb.shape[1], h / rgb.shape[0]
        to_flat = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1]])
        local = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]]) @ matrix @ to_flat
        size = (int(x1 - x0), int(y1 - y0))
        patch = cv2.warpPerspective(rgb, local, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpPerspective(alpha, local, size, flags=cv2.INTER_LINEAR)
        if np.hypot(*blur) >= 1.5:
            kernel = smear(blur)
            patch, mask = cv2.filter2D(patch, -1, kernel), cv2.filter2D(mask, -1, kernel)
        blend(image, patch, mask.astype(np.float32) * np.float32(1 / 255), int(x0), int(y0))

    def glare(self, image, thing, matrix, edge, t):
        if thing.glare is None:
            return []
        at, drift, axes, turn, strength = thing.glare
        h, w = thing.flat.image.shape[:2]
        centre = np.array([w, h]) * ((at + drift * t) % 1.2 - 0.1)
        arc = np.linspace(0, 6.2832, 24, endpoint=False)
        ring = np.stack([np.cos(arc) * axes[0], np.sin(arc) * axes[1]], 1) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        spot = scene.project(matrix, centre + ring * w)
        bright = np.zeros(image.shape[:2], np.uint8)
        cv2.fillPoly(bright, [spot.astype(np.int32)], int(min(255, strength)))
        inside = np.zeros_like(bright)
        cv2.fillConvexPoly(inside, edge.astype(np.int32), 255)
        x0, y0 = np.maximum(edge.min(0).astype(int), 0)
        x1, y1 = np.minimum(edge.max(0).astype(int) + 1, self.size)
        if x1 - x0 < 4 or y1 - y0 < 4:
            return []
        soft = cv2.blur(cv2.bitwise_and(bright, inside)[y0:y1, x0:x1], (15, 15))
        region = image[y0:y1, x0:x1]
        image[y0:y1, x0:x1] = cv2.add(region, cv2.merge([soft] * 3))
        return [spot.tolist()] if strength > 230 else []

    def fingers(self, image, thing, matrix):
        hidden = []
        for start, tip, thick in thing.fingers:
            p, q = scene.project(matrix, [start, tip])
            scale = np.linalg.norm(q - p) / max(np.linalg.norm(tip - start), 1e-6)
            width = thick * scale
            if not np.isfinite(width) or width > 2000 or np.abs([p, q]).max() > 20000:
                continue
            shape = capsule(p, q, width)
            cv2.fillConvexPoly(image, shape.astype(np.int32), tuple(int(0.78 * v) for v in thing.skin), cv2.LINE_AA)
            cv2.fillConvexPoly(image, capsule(p, q, width * 0.74).astype(np.int32), thing.skin, cv2.LINE_AA)
            nail = tuple(int(v) for v in q)
            cv2.circle(image, nail, max(1, int(width * 0.26)), tuple(min(255, int(1.1 * v)) for v in thing.skin), -1, cv2.LINE_AA)
            hidden.append(shape.tolist())
        return hidden

    def described(self, thing, matrix, blur):
        flat = thing.flat

        def seen(kind, box):
            corners = scene.box_corners(box)
            pitch = min(flat.pitch, min(local_pitch(matrix, p, flat.pitch) for p in [*corners, corners.mean(0)]))
            return {"what": kind, "quad": scene.project(matrix, corners).tolist(), "pitch": round(pitch, 3)}

        outlines = [scene.project(matrix, c).tolist() for c in flat.cards]
        return {"name": thing.name, "outline": outlines[0], "pitch": round(local_pitch(matrix, np.mean(flat.cards[0], 0), flat.pitch), 3),
                "blur": round(float(np.hypot(*blur)), 2), "fields": [seen(k, b) for k, b in flat.fields if k in NUMBERS],
                "keep": [seen(k, b) for k, b in flat.fields if k not in NUMBERS]}


def smear(motion):
    """A kernel that blurs along a motion of some pixels."""
    n = int(np.ceil(np.abs(motion).max())) | 1
    kernel = np.zeros((n, n), np.float32)
    c, half = (n - 1) / 2, motion / 2
    cv2.line(kernel, tuple(int(round(v)) for v in c - half), tuple(int(round(v)) for v in c + half), 1)
    return kernel / kernel.sum()


def mirror(truth):
    width = truth["width"]

    def turned(points):
        return [[width - x, y] for x, y in points]

    truth["hidden"] = [turned(p) for p in truth["hidden"]]
    for document in truth["documents"]:
        document["outline"] = turned(document["outline"])
        document["over"] = [turned(p) for p in document.get("over", [])]
        for field in document["fields"] + document["keep"]:
            field["quad"] = turned(field["quad"])


# --- as a program -----------------------------------------------------------------------------------------------------------

class Film:
    """Writes pictures through the ffmpeg program: FFV1 keeps every sample of 4:2:0, mp4 is H.264 of high quality."""

    def __init__(self, path, size):
        codec = ["-c:v", "ffv1", "-level", "3"] if path.endswith(".mkv") else ["-c:v", "libx264", "-crf", "14", "-preset", "veryfast"]
        self.process = subprocess.Popen(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}",
                                         "-r", str(RATE), "-i", "-", "-vf", "scale=out_color_matrix=bt601:out_range=tv", "-pix_fmt",
                                         "yuv420p", "-threads", "1", *codec, path], stdin=subprocess.PIPE)

    def write(self, image):
        self.process.stdin.write(image.tobytes())

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise RuntimeError("ffmpeg failed")


def outlined(image, truth):
    """A copy with fields in red, what may be seen in green, what hides in yellow."""
    shown = image.copy()
    for polygon in truth["hidden"]:
        cv2.polylines(shown, [np.array(polygon).astype(np.int32)], True, (255, 220, 0), 1)
    for document in truth["documents"]:
        cv2.polylines(shown, [np.array(document["outline"]).astype(np.int32)], True, (0, 120, 255), 2)
        for field in document["fields"]:
            cv2.polylines(shown, [np.array(field["quad"]).astype(np.int32)], True, (255, 0, 0), 1)
        for field in document["keep"]:
            cv2.polylines(shown, [np.array(field["quad"]).astype(np.int32)], True, (0, 255, 0), 1)
    return shown


def sheet_of(tiles, path, columns=4, size=(640, 360)):
    """Writes RGB pictures in a grid."""
    cells = [fitted(tile, size) for tile in tiles]
    cells += [np.zeros((size[1], size[0], 3), np.uint8)] * (-len(cells) % columns)
    rows = [np.hstack(cells[k:k + columns]) for k in range(0, len(cells), columns)]
    cv2.imwrite(path, np.vstack(rows)[..., ::-1])


def fitted(image, size):
    s = min(size[0] / image.shape[1], size[1] / image.shape[0])
    image = cv2.resize(image, None, fx=s, fy=s, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    canvas[:min(size[1], image.shape[0]), :min(size[0], image.shape[1])] = image[:size[1], :size[0]]
    return canvas


def main(options):
    cv2.setNumThreads(1)
    os.makedirs(options.out, exist_ok=True)
    pool, tiles = Pool(options.specimens), []
    for index in range(options.first, options.first + options.clips):
        clip = Clip(pool, options.seed, index, size=options.size, scenario=options.scenario)
        base = os.path.join(options.out, clip.name)
        film = Film(f"{base}.{options.write}", clip.size) if options.write else None
        with open(f"{base}.jsonl", "w") as lines:
            for image, truth in clip:
                lines.write(json.dumps(truth) + "\n")
                if film:
                    film.write(image)
                if truth["frame"] in (clip.frames * 2 // 5, clip.frames * 3 // 5):
                    tiles.append(outlined(image, truth))
        if film:
            film.close()
    if options.sheet:
        sheet_of(tiles, options.sheet)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--clips", type=int, default=14)
    parser.add_argument("--first", type=int, default=0, help="number of the first clip")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=lambda s: tuple(int(v) for v in s.split("x")), help="WIDTHxHEIGHT for all")
    parser.add_argument("--scenario", choices=list(SCENARIOS))
    parser.add_argument("--specimens", help="folder of labelled pictures in place of rendered documents")
    parser.add_argument("--write", choices=["mkv", "mp4"])
    parser.add_argument("--sheet", help="a PNG of two frames a clip, with what is known drawn in")
    main(parser.parse_args())
