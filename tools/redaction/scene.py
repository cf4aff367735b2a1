"""Puts flat things into webcam-like scenes and says where the documents are.

The picture is the half-size luma of a 720p camera (640 x 360), which is what the stage gives the net; the targets are five
maps of a quarter of that (160 x 90) each: card, machine readable zone, number, portrait, words.
"""

import dataclasses
import functools
import glob
import os

import cv2
import numpy as np

import drawing
import people

WIDTH, HEIGHT, STRIDE = 640, 360, 4
CARD, MRZ, NUMBER, PORTRAIT, WORDS = range(5)
SMALLEST_PITCH, LARGEST_PITCH = 3.0, 30.0  # pixels per character in the 720p picture: when a number can be read


@dataclasses.dataclass
class Item:
    """A `Flat` reduced to luma, with half-size copies for small renderings."""

    levels: list
    fields: list
    cards: list
    pitch: float
    unsure: bool


def item_of(flat):
    """Starts at half size: the net sees a character of a drawn document at most 15 of its 23 pixels wide."""
    luma, boxes, cards, pitch = cv2.cvtColor(flat.image, cv2.COLOR_RGB2GRAY), flat.fields, flat.cards, flat.pitch
    levels = [(luma, flat.alpha)]
    while min(levels[-1][0].shape) > 60:
        levels.append(tuple(cv2.resize(v, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for v in levels[-1]))
    if len(levels) > 1 and min(luma.shape) > 500:
        x, y = levels[1][0].shape[1] / luma.shape[1], levels[1][0].shape[0] / luma.shape[0]
        boxes = [(kind, box_corners(box) * (x, y)) for kind, box in boxes]
        cards, pitch, levels = [c * (x, y) for c in cards], pitch * x, levels[1:]
    return Item(levels, boxes, cards, pitch, flat.unsure)


@functools.lru_cache(maxsize=1)
def pictures():
    """Luma of the photographs under $REDACTION_PICTURES (and of scikit-image), at most 1280 wide, sorted by name."""
    folders = [people.skimage_data()]
    folders += [f for f in os.environ.get("REDACTION_PICTURES", "").split(":") if f]
    names = sorted(f for d in folders for e in ("jpg", "jpeg", "png", "webp") for f in glob.glob(f"{d}/**/*.{e}", recursive=True)
                   if os.path.getsize(f) > 20000)
    found = []
    for name in names:
        image = cv2.imread(name, cv2.IMREAD_GRAYSCALE)
        if image is None or min(image.shape) < 150 or image.std() < 5:
            continue
        scale = min(1.0, 1280 / max(image.shape))
        found.append(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    return found


def picture_background(rng, width, height):
    source = pictures()[rng.integers(len(pictures()))]
    h, w = source.shape
    share = rng.uniform(0.25, 1)
    cw = int(min(w, h * width / height) * share)
    ch = max(8, min(h, int(cw * height / width)))
    x, y = rng.integers(0, w - cw + 1), rng.integers(0, h - ch + 1)
    crop = cv2.resize(source[y:y + ch, x:x + cw], (width, height), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    if rng.random() < 0.15:
        crop = cv2.flip(crop, 0)
    return np.ascontiguousarray(crop)


def drawn_background(rng, width, height):
    """A wall, a desk edge, wood grain or cloth stripes, soft shadows."""
    image = rng.uniform(20, 235) + 90 * (drawing.smooth_noise(rng, height, width, int(rng.integers(2, 6))) - 0.5)
    if rng.random() < 0.6:
        y = int(rng.uniform(0.45, 0.9) * height)
        tilt = rng.uniform(-60, 60)
        desk = np.array([[0, y], [width, y + tilt], [width, height + 80], [0, height + 80]], np.int32)
        cv2.fillPoly(image, [desk], rng.uniform(20, 230), cv2.LINE_AA)
    if rng.random() < 0.4:
        grain = drawing.smooth_noise(rng, int(rng.integers(40, height)), width, int(rng.integers(20, 90)))
        image += rng.uniform(10, 60) * (cv2.resize(grain, (width, height)) - 0.5)
    if rng.random() < 0.25:
        period, angle = rng.uniform(4, 40), rng.uniform(0, 3.14)
        xx, yy = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        image += rng.uniform(5, 50) * np.sin((xx * np.cos(angle) + yy * np.sin(angle)) * 6.28 / period)
    return image.clip(0, 255).astype(np.uint8)


def candidate(rng, image):
    """A head and shoulders in front of the background, at webcam distance."""
    height, width = image.shape
    size = int(rng.uniform(0.25, 0.95) * HEIGHT)
    face = people.candidate(rng, size)
    mask = np.zeros(face.shape, np.float32)
    h, w = face.shape
    cv2.ellipse(mask, (w // 2, int(h * 0.45)), (int(w * 0.33), int(h * 0.42)), 0, 0, 360, 1, -1)
    cv2.ellipse(mask, (w // 2, h), (int(w * 0.5), int(h * 0.28)), 0, 0, 360, 1, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), max(1, size / 60))
    x, y = int(rng.uniform(-0.2, 1) * width), int(height - size * rng.uniform(0.8, 1.6))
    shoulders = np.array([[x - w * 0.6, height + 40], [x - w * 0.35, y + h], [x + w * 1.35, y + h], [x + w * 1.6, height + 40]])
    if y + h < height:
        cv2.fillPoly(image, [shoulders.astype(np.int32)], int(rng.integers(10, 230)), cv2.LINE_AA)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + w), min(height, y + h)
    if x1 > x0 and y1 > y0:
        m = mask[y0 - y:y1 - y, x0 - x:x1 - x]
        image[y0:y1, x0:x1] = image[y0:y1, x0:x1] * (1 - m) + face[y0 - y:y1 - y, x0 - x:x1 - x] * m


def pose(rng, w, h, scale, width, height):
    """A homography from flat pixels to the picture: turned, tilted in space, shifted, mirrored now and then by the caller."""
    r = rng.random()
    angle = rng.uniform(-25, 25) if r < 0.55 else rng.uniform(-180, 180) if r < 0.85 else 90 * rng.integers(0, 4) + rng.uniform(-8, 8)
    a, tilt_x, tilt_y = np.deg2rad([angle, rng.normal(0, 16), rng.normal(0, 16)])
    rz = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    rx = np.array([[1, 0, 0], [0, np.cos(tilt_x), -np.sin(tilt_x)], [0, np.sin(tilt_x), np.cos(tilt_x)]])
    ry = np.array([[np.cos(tilt_y), 0, np.sin(tilt_y)], [0, 1, 0], [-np.sin(tilt_y), 0, np.cos(tilt_y)]])
    turn = ry @ rx @ rz
    distance = 620.0  # focal length of a webcam in half-size pixels
    centred = np.array([[scale, 0, -scale * w / 2], [0, scale, -scale * h / 2], [0, 0, 1]])
    plane = np.array([[turn[0, 0], turn[0, 1], 0], [turn[1, 0], turn[1, 1], 0],
                      [turn[2, 0] / distance, turn[2, 1] / distance, 1]])
    centre = np.array([rng.uniform(0.08, 0.92) * width, rng.uniform(0.08, 0.92) * height])
    shift = np.array([[1, 0, centre[0]], [0, 1, centre[1]], [0, 0, 1]])
    return shift @ plane @ centred


def project(matrix, points):
    return cv2.perspectiveTransform(np.asarray(points, np.float32).reshape(-1, 1, 2), matrix.astype(np.float64)).reshape(-1, 2)


def box_corners(box):
    """The four corners of x0, y0, x1, y1; four points stay as they are."""
    if np.ndim(box) == 2:
        return np.asarray(box, np.float32)
    x0, y0, x1, y1 = box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def grown(quad, factor, smallest):
    """The quad enlarged about its centre by `factor`, and to at least `smallest` along each side."""
    centre = quad.mean(0)
    u, v = (quad[1] - quad[0] + quad[2] - quad[3]) / 2, (quad[3] - quad[0] + quad[2] - quad[1]) / 2
    ku, kv = (max(factor, smallest / max(np.linalg.norm(e), 1e-3)) for e in (u, v))
    return np.array([centre + a * ku * u / 2 + b * kv * v / 2 for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))])


class Scene:
    """A picture in the making, with its targets."""

    def __init__(self, rng, width=WIDTH, height=HEIGHT):
        self.rng = rng
        self.width, self.height = width, height
        self.image = (picture_background if rng.random() < 0.6 else drawn_background)(rng, width, height)
        if rng.random() < 0.4:
            self.image = cv2.GaussianBlur(self.image, (0, 0), rng.uniform(0.5, 4))
        self.maps = np.zeros((5, height // STRIDE, width // STRIDE), np.uint8)
        self.weight = np.ones(self.maps.shape[1:], np.float32)

    def fill(self, target, polygon, value):
        points = np.round((np.asarray(polygon) / STRIDE - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(target, [points], value, cv2.LINE_8, 4)

    def place(self, item, scale):
        """Draws `item` at `scale` picture pixels per flat pixel, hands and glare on it, and its targets."""
        rng = self.rng
        h, w = item.levels[0][0].shape
        matrix = pose(rng, w, h, scale, self.width, self.height)
        corners = project(matrix, [[0, 0], [w, 0], [w, h], [0, h]])
        if not np.isfinite(corners).all() or np.abs(corners).max() > 6000:
            return
        level = int(np.clip(np.floor(np.log2(1 / max(scale, 1e-3))), 0, len(item.levels) - 1))
        luma, alpha = item.levels[level]
        to_level = np.diag([w / luma.shape[1], h / luma.shape[0], 1.0])
        x0, y0 = np.maximum(corners.min(0).astype(int) - 12, 0)
        x1, y1 = np.minimum(corners.max(0).astype(int) + 12, [self.width, self.height])
        if x1 <= x0 or y1 <= y0:
            return
        local = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]]) @ matrix @ to_level
        size = (int(x1 - x0), int(y1 - y0))
        warped = cv2.warpPerspective(luma, local, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpPerspective(alpha, local, size, flags=cv2.INTER_LINEAR)
        self.shadow(corners, x0, y0, x1, y1)
        self.blend(warped, mask, x0, y0, x1, y1)
        self.glare(mask, x0, y0, x1, y1)
        self.targets(item, matrix, corners, scale)
        if rng.random() < 0.5:
            self.hand(corners, min(scale * np.sqrt(w * h), 260.0))

    def shadow(self, corners, x0, y0, x1, y1):
        if self.rng.random() < 0.4:
            dark = np.zeros((self.height, self.width), np.uint8)
            cv2.fillPoly(dark, [(corners + self.rng.uniform(-6, 6, 2)).astype(np.int32)], 255)
            dark = cv2.GaussianBlur(dark[y0:y1, x0:x1], (9, 9), 0)
            region = self.image[y0:y1, x0:x1]
            region[:] = cv2.multiply(region, 255 - (dark * self.rng.uniform(0.2, 0.7)).astype(np.uint8), scale=1 / 255)

    def blend(self, warped, mask, x0, y0, x1, y1):
        rng = self.rng
        patch = warped.astype(np.float32)
        ramp = 1 + rng.uniform(-0.25, 0.25) * np.linspace(-1, 1, x1 - x0, dtype=np.float32)[None, :]
        patch = patch * ramp * rng.uniform(0.6, 1.15) + rng.uniform(-10, 25)
        if rng.random() < 0.15:
            patch = cv2.GaussianBlur(patch, (0, 0), rng.uniform(0.3, 0.7))
        if rng.random() < 0.08:
            patch = motion_blur(rng, patch)
        m = mask.astype(np.float32) * (1 / 255)
        region = self.image[y0:y1, x0:x1]
        region[:] = (region * (1 - m) + patch.clip(0, 255) * m).astype(np.uint8)

    def glare(self, mask, x0, y0, x1, y1):
        rng = self.rng
        if rng.random() > 0.25 or x1 - x0 < 8 or y1 - y0 < 8:
            return
        w, h = x1 - x0, y1 - y0
        xx, yy = np.meshgrid(np.linspace(0, 1, 32, dtype=np.float32), np.linspace(0, 1, 32, dtype=np.float32))
        cx, cy, turn = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0, np.pi)
        u = ((xx - cx) * np.cos(turn) + (yy - cy) * np.sin(turn)) / rng.uniform(0.05, 0.4)
        v = ((yy - cy) * np.cos(turn) - (xx - cx) * np.sin(turn)) / rng.uniform(0.03, 0.25)
        bright = (rng.uniform(60, 500) * np.exp(-u * u - v * v)).clip(0, 255).astype(np.uint8)
        spot = cv2.resize(bright, (int(w), int(h)), interpolation=cv2.INTER_LINEAR)
        spot = cv2.multiply(spot, mask, scale=1 / 255)
        self.image[y0:y1, x0:x1] = cv2.add(self.image[y0:y1, x0:x1], spot)

    def targets(self, item, matrix, corners, scale):
        for channel in self.maps:
            self.fill(channel, corners, 0)
        self.fill(self.weight, corners, 1.0)
        if item.unsure:
            self.fill(self.weight, corners, 0.0)
        if not item.cards:
            return
        pitch = 2 * scale * item.pitch
        for outline in item.cards:
            outline = project(matrix, outline)
            if pitch < SMALLEST_PITCH:
                self.fill(self.weight, grown(outline, 1.1, 8), 0.0)
                return
            self.fill(self.maps[CARD], outline, 1)
        for kind, box in item.fields:
            quad = project(matrix, box_corners(box))
            if kind == "mrz":
                self.fill(self.maps[MRZ], grown(quad, 1.08, 2.5 * STRIDE), 1)
            elif kind == "number":
                self.fill(self.maps[NUMBER], grown(quad, 1.1, 2.2 * STRIDE), 1)
            elif kind == "portrait":
                self.fill(self.maps[PORTRAIT], quad, 1)
            elif kind == "words":
                self.fill(self.maps[WORDS], grown(quad, 1.0, 1.5 * STRIDE), 1)

    def hand(self, corners, size):
        """Fingers from outside over an edge, often with a thumb elsewhere and the back of a hand."""
        rng = self.rng
        skin = rng.uniform(50, 235)
        for _ in range(rng.integers(1, 3)):
            k = rng.integers(4)
            a, b = corners[k], corners[(k + 1) % 4]
            inward = corners.mean(0) - (a + b) / 2
            inward = inward / max(np.linalg.norm(inward), 1e-3)
            along = (b - a) / max(np.linalg.norm(b - a), 1e-3)
            thick = size * rng.uniform(0.13, 0.24)
            at = a + (b - a) * rng.uniform(0.1, 0.9)
            lean = rng.normal(0, 0.35)
            for f in range(rng.integers(1, 5)):
                root = at + along * thick * 1.05 * f
                tip = root + (inward + lean * along) * size * rng.uniform(0.02, 0.3 if rng.random() < 0.8 else 0.5)
                start = root - (inward + lean * along) * size * rng.uniform(0.4, 1.4)
                self.finger(start, tip, thick * rng.uniform(0.85, 1.05), skin * rng.uniform(0.9, 1.08))
            if rng.random() < 0.5:
                back = at - inward * size * rng.uniform(0.6, 1.1)
                cv2.ellipse(self.image, tuple(int(v) for v in back), (int(size * 0.5), int(size * 0.4)), rng.uniform(0, 180), 0, 360,
                            int(np.clip(skin * 0.95, 0, 255)), -1, cv2.LINE_AA)

    def finger(self, start, tip, thick, skin):
        p, q = (tuple(int(v) for v in e) for e in (start, tip))
        width = max(2, int(thick))
        for share, light in ((1, 0.7), (0.85, 0.82), (0.65, 0.93), (0.4, 1.0)):  # round, so darker at its edges
            cv2.line(self.image, p, q, int(np.clip(skin * light, 0, 255)), max(1, int(width * share)), cv2.LINE_AA)
        if self.rng.random() < 0.5:
            nail = tuple(int(v) for v in tip)
            cv2.circle(self.image, nail, max(1, int(width * 0.28)), int(np.clip(skin * 1.12, 0, 255)), -1, cv2.LINE_AA)


def motion_blur(rng, image):
    length = int(rng.integers(3, 6))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi)
    c = (length - 1) / 2
    d = np.array([np.cos(angle), np.sin(angle)]) * c
    cv2.line(kernel, tuple(np.round(c - d).astype(int).tolist()), tuple(np.round(c + d).astype(int).tolist()), 1)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


@functools.lru_cache(maxsize=1)
def noise_tile():
    return np.random.default_rng(7).normal(0, 1, (HEIGHT * 3, WIDTH * 3)).astype(np.float32)


def lamp(rng, height, width):
    """Light from one side: a window, a desk lamp, a screen in a dark room; a factor per pixel."""
    field = cv2.resize(rng.random((3, 4)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    darkest = rng.uniform(0.1, 0.7)
    return darkest + (1.25 - darkest) * field


def camera(rng, image):
    """Exposure, gamma, blur, noise, JPEG, such that numbers stay legible: what cannot be read need not be learned."""
    picture = image.astype(np.float32) * (1 / 255)
    if rng.random() < 0.5:
        picture = cv2.pow(picture, rng.uniform(0.7, 1.5))
    if rng.random() < 0.25:
        picture *= lamp(rng, *image.shape)
    dim = rng.random() < 0.2
    picture *= rng.uniform(0.15, 0.6) if dim else rng.uniform(0.6, 1.2)
    picture += rng.uniform(-0.03, 0.1)
    if rng.random() < 0.08:
        picture = motion_blur(rng, picture)
    elif rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.8))
    elif rng.random() < 0.25:  # cameras sharpen
        share = rng.uniform(0.3, 1.5)
        picture = cv2.addWeighted(picture, 1 + share, cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.7, 1.5)), -share, 0)
    picture *= 255
    h, w = image.shape
    x, y = rng.integers(0, WIDTH), rng.integers(0, HEIGHT)
    picture += noise_tile()[y:y + h, x:x + w] * (rng.uniform(1, 7) if dim else rng.uniform(0, 3))
    picture = picture.clip(0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = int(rng.integers(50, 95))
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
    return picture


def compose(rng, documents, distractors, share=0.6, width=WIDTH, height=HEIGHT):
    """One sample: luma (height x width uint8), targets (5 x height/4 x width/4, 0 or 1), weight (height/4 x width/4).

    documents, distractors: lists of `Item`. share: probability that a document is in the scene. A smaller picture is a part
    of a camera's: things keep their size.
    """
    scene = Scene(rng, width, height)
    part = np.sqrt(width * height / (WIDTH * HEIGHT))
    for _ in range(rng.binomial(2, 0.32 * part)):
        candidate(rng, scene.image)
    things = [(distractors, False)] * int(rng.choice([0, 1, 2, 3, 5], p=[0.25, 0.25, 0.25, 0.15, 0.1]))
    if rng.random() < share:
        things += [(documents, True)] * int(rng.choice([1, 2, 3], p=[0.8, 0.16, 0.04]))
    order = rng.permutation(len(things))
    if rng.random() < 0.75:  # mostly the document is in front
        order = sorted(order, key=lambda k: things[k][1])
    for k in order:
        pool, is_document = things[k]
        item = pool[rng.integers(len(pool))]
        if is_document:
            pitch = np.exp(rng.uniform(np.log(2.9), np.log(LARGEST_PITCH * part if rng.random() < 0.25 else 4 + 9 * part)))
            scale = pitch / 2 / item.pitch
        else:
            near = rng.random() < 0.15
            scale = WIDTH * np.exp(rng.uniform(np.log(0.7 if near else 0.06), np.log(2.0 if near else 1.3))) / item.levels[0][0].shape[1]
        scene.place(item, scale)
    image = camera(rng, scene.image)
    maps, weight = scene.maps, scene.weight
    if rng.random() < 0.5:  # mirrored pictures
        image, maps, weight = (np.ascontiguousarray(v[..., ::-1]) for v in (image, maps, weight))
    return image, maps, weight
