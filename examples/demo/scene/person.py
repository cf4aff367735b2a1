"""A person as layers: a head that turns, cut out of a portrait, on a drawn torso.

The portrait is NASA's of Eileen Collins (public domain), `astronaut.png` of scikit-image.
"""

import dataclasses

import cv2
import numpy as np

# Where things are in astronaut.png, in its 512 x 512 pixels.
HEAD = (142, 6, 312, 200)  # left, top, right, bottom of the cut-out
HAIR = (208, 34, 268, 72)  # nothing but hair: the source of the back of the head
NECK_Y = 188  # here the collar begins
YAWS = np.radians(np.concatenate([np.arange(-160, -20, 4), np.arange(-20, 21), np.arange(24, 161, 4)]))


@dataclasses.dataclass
class Layer:
    """Premultiplied colour and 1 - alpha, both 8 bit: blending is one multiply and one add."""

    color: np.ndarray
    through: np.ndarray

    @staticmethod
    def of(color, alpha):
        alpha3 = cv2.merge([alpha] * 3)
        return Layer(cv2.multiply(color, alpha3, scale=1 / 255), 255 - alpha3)


def cut_out_head(portrait):
    """The head's colours and its soft mask, from GrabCut seeded with a head's shape."""
    left, top, right, bottom = HEAD
    mask = np.full(portrait.shape[:2], cv2.GC_BGD, np.uint8)
    cv2.ellipse(mask, (227, 92), (84, 84), 0, 0, 360, cv2.GC_PR_BGD, -1)
    cv2.ellipse(mask, (227, 85), (74, 68), 0, 0, 360, cv2.GC_PR_FGD, -1)
    cv2.ellipse(mask, (224, 110), (44, 70), 0, 0, 360, cv2.GC_FGD, -1)
    cv2.ellipse(mask, (227, 72), (62, 50), 0, 0, 360, cv2.GC_FGD, -1)
    cv2.rectangle(mask, (190, 160), (250, 186), cv2.GC_FGD, -1)
    mask[NECK_Y:] = cv2.GC_BGD
    cv2.setRNGSeed(1)
    cv2.grabCut(portrait, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    solid = np.where((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    solid = cv2.erode(solid, np.ones((3, 3), np.uint8))
    soft = cv2.GaussianBlur(solid, (0, 0), 1.2)
    return portrait[top:bottom, left:right], soft[top:bottom, left:right]


def hair_block(portrait, width, height):
    """A patch of hair, mirrored outward to the wanted size."""
    left, top, right, bottom = HAIR
    patch = portrait[top:bottom, left:right]
    while patch.shape[0] < height:
        patch = np.vstack([patch, patch[::-1]])
    while patch.shape[1] < width:
        patch = np.hstack([patch, patch[:, ::-1]])
    return patch[:height, :width]


def back_of_head(portrait, head, mask):
    """The head from behind: the same outline, hair down to the nape, then neck."""
    height, width = mask.shape
    behind = cv2.addWeighted(hair_block(portrait, width, height), 0.72, head, 0.0, 0)
    nape = int(0.76 * height)
    skin = cv2.mean(portrait[168:184, 200:240])[:3]
    neck = np.full_like(head, np.array(skin) * 0.75)
    blend = np.clip((np.arange(height) - nape) / 10.0, 0, 1)[:, None, None]
    return (behind * (1 - blend) + neck * blend).astype(np.uint8)


def over(front, back, alpha):
    share = (alpha / 255.0)[..., None]
    return (front * share + back * (1 - share)).astype(np.uint8)


def turned(head, behind, mask, yaw):
    """The head turned by `yaw`: front and back are painted on an upright cylinder that turns."""
    height, width = mask.shape
    center, radius = (width - 1) / 2, (width - 1) / 2
    out = np.arcsin(np.clip((np.arange(width) - center) / radius, -1, 1))
    seen = out + yaw
    front = np.clip((np.cos(seen) - 0.25) / 0.15, 0, 1)[None, :, None]
    columns = (center + radius * np.sin(np.clip(seen, -1.4, 1.4))).astype(np.float32)
    across = np.tile(columns, (height, 1))
    down = np.tile(np.arange(height, dtype=np.float32)[:, None], (1, width))
    face = cv2.remap(head, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    shade = (0.80 + 0.20 * np.cos(out))[None, :, None]
    color = (face * front + behind * (1 - front)) * shade if abs(yaw) > 0.02 else face
    return color.astype(np.uint8), mask


def tinted(layer_color, gain):
    """Another light on another person: gains of blue, green and red."""
    return np.clip(layer_color * np.array(gain, np.float32), 0, 255).astype(np.uint8)


class Heads:
    """The head at every yaw of `YAWS`, scaled and ready to be laid over a picture."""

    def __init__(self, portrait, scale, gain=(1, 1, 1), mirrored=False):
        head, mask = cut_out_head(portrait)
        behind = back_of_head(portrait, head, mask)
        head = over(head, behind, mask)  # so that no wall of the portrait turns into view
        if mirrored:
            head, behind, mask = head[:, ::-1], behind[:, ::-1], mask[:, ::-1].copy()
        self.layers = []
        for yaw in YAWS:
            color, alpha = turned(head, behind, mask, yaw)
            size = (round(mask.shape[1] * scale), round(mask.shape[0] * scale))
            color = cv2.resize(tinted(color, gain), size, interpolation=cv2.INTER_CUBIC)
            self.layers.append(Layer.of(color, cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR)))

    def at(self, yaw):
        return self.layers[int(np.argmin(np.abs(YAWS - yaw)))]


def torso(width, height, color, rng):
    """Shoulders, chest and a turtleneck in a knitted jumper; the neck's top middle is (width / 2, 0)."""
    shape = np.zeros((height, width), np.uint8)
    x, s = width / 2, width / 100
    outline = [(-8.5, 0), (-10, 9), (-19, 14), (-35, 20), (-44, 31), (-49, 60), (-50, 200), (50, 200),
               (49, 60), (44, 31), (35, 20), (19, 14), (10, 9), (8.5, 0)]
    points = np.array([(x + px * s, py * s) for px, py in outline], np.float32)
    cv2.fillPoly(shape, [np.round(points).astype(np.int32)], 255, cv2.LINE_AA)
    shape = cv2.GaussianBlur(shape, (0, 0), width / 60, borderType=cv2.BORDER_REPLICATE)
    shape = np.clip((shape.astype(np.float32) - 110) * 8, 0, 255).astype(np.uint8)  # round, yet sharp
    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(0, 1, height))
    light = 0.95 - 0.35 * across**2 - 0.18 * down + 0.10 * across
    light += 0.05 * np.sin(2 * np.pi * (across * 14 + 2.0 * np.sin(down * 3))) * down  # folds
    light -= 0.25 * np.exp(-((np.abs(across) - 0.12) ** 2) / 0.004) * np.exp(-down * 9)  # under the collar
    knit = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 1.1)
    knit += 0.25 * np.sin(2 * np.pi * np.arange(width) / 7.0)[None, :]
    light = light + 0.05 * knit
    return Layer.of(np.clip(light[..., None] * np.array(color), 0, 255).astype(np.uint8), shape)


def lay_over(picture, layer, left, top):
    """Blends `layer` into `picture` in place, to a fraction of a pixel, clipped at the borders."""
    x, y = int(np.floor(left)), int(np.floor(top))
    height, width = layer.color.shape[:2]
    shift = np.float32([[1, 0, left - x], [0, 1, top - y]])
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + width + 1, picture.shape[1]), min(y + height + 1, picture.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    size = (width + 1, height + 1)
    color = cv2.warpAffine(layer.color, shift, size)[y0 - y:y1 - y, x0 - x:x1 - x]
    through = cv2.warpAffine(layer.through, shift, size, borderValue=(255, 255, 255))
    view = picture[y0:y1, x0:x1]
    cv2.multiply(view, through[y0 - y:y1 - y, x0 - x:x1 - x], dst=view, scale=1 / 255)
    cv2.add(view, color, dst=view)
