"""The room behind the candidate: wall, door, shelf and lamp, a little soft, as a fixed-focus webcam shows them."""

import cv2
import numpy as np

WIDTH, HEIGHT = 1280, 720


def wall(rng):
    across, down = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    light = 0.78 + 0.20 * np.exp(-((across - 0.15) ** 2 + (down - 0.2) ** 2) / 0.25) - 0.22 * across * down
    stain = cv2.resize(rng.normal(0, 1, (9, 16)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    light = light + 0.012 * stain
    return np.clip(light[..., None] * np.array((186, 200, 208)), 0, 255).astype(np.uint8)


def door(picture):
    cv2.rectangle(picture, (1020, 60), (1262, 720), (150, 168, 178), -1)
    cv2.rectangle(picture, (1036, 76), (1246, 720), (120, 142, 158), -1)
    for top in (110, 420):
        cv2.rectangle(picture, (1070, top), (1212, top + 250), (106, 128, 146), -1)
        cv2.line(picture, (1070, top), (1212, top), (84, 104, 122), 4)
    cv2.circle(picture, (1056, 430), 12, (96, 150, 180), -1)


def shelf(picture, rng):
    for board in (205, 395):
        x = 44
        while x < 300:
            width, height = int(rng.integers(13, 30)), int(rng.integers(96, 140))
            color = tuple(int(c) for c in rng.integers(40, 150, 3))
            cv2.rectangle(picture, (x, board - height), (x + width, board), color, -1)
            cv2.line(picture, (x + 2, board - height), (x + 2, board), tuple(c + 30 for c in color), 2)
            x += width + 2
        cv2.rectangle(picture, (30, board), (330, board + 14), (70, 105, 140), -1)
        cv2.rectangle(picture, (30, board + 14), (330, board + 24), (120, 136, 146), -1)


def lamp(picture):
    glow = np.zeros(picture.shape, np.float32)
    cv2.circle(glow, (880, 150), 190, (36, 60, 72), -1)
    picture[:] = np.clip(picture + cv2.GaussianBlur(glow, (0, 0), 70), 0, 255).astype(np.uint8)
    cv2.fillPoly(picture, [np.int32([(842, 110), (918, 110), (946, 196), (814, 196)])], (190, 228, 240))
    cv2.rectangle(picture, (874, 196), (886, 720), (70, 78, 84), -1)


def room(rng):
    """The empty room as a BGR picture."""
    picture = wall(rng)
    door(picture)
    shelf(picture, rng)
    lamp(picture)
    return cv2.GaussianBlur(picture, (0, 0), 1.6)


def vignette():
    """What the lens takes from the corners, as 8-bit gains of the luma."""
    across, down = np.meshgrid(np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT))
    return np.clip(255 * (1.0 - 0.16 * (across**2 + down**2)), 0, 255).astype(np.uint8)
