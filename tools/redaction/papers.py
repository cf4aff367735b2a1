"""What documents are printed on: washes, photographs, fine lines, emblems, holograms; of any design, for none may be learned."""

import cv2
import numpy as np

import drawing
import people
import scene


def tinted_photograph(rng, height, width):
    """A part of a photograph, pale and of few colours, as landscapes and buildings on cards are printed."""
    luma = scene.picture_background(rng, width, height)
    luma = cv2.GaussianBlur(luma, (0, 0), rng.uniform(0.5, 3)) if rng.random() < 0.6 else luma
    share = luma.astype(np.float32)[..., None] / 255
    dark, light = np.array(drawing.colour(rng, 60, 210), np.float32), np.array(drawing.colour(rng, 170, 256), np.float32)
    return (dark * (1 - share) + light * share).astype(np.uint8)


def ground(rng, height, width):
    """A wash: white, pale, strong, dark; or a photograph."""
    kind = rng.random()
    if kind < 0.18:
        return np.full((height, width, 3), drawing.colour(rng, 236, 256), np.uint8)
    if kind < 0.36:
        return tinted_photograph(rng, height, width)
    low, high = (225, 256) if kind < 0.5 else (40, 140) if kind < 0.6 else (int(rng.integers(90, 200)), 256)
    return drawing.gradient(rng, height, width, low, high)


def emblem(rng, image, centre, radius):
    """A filled shape that is its own mirror image (arms, an eagle, a shield, a crown), or a large symbol, in place."""
    n = int(rng.integers(5, 14))
    angles = np.linspace(-np.pi / 2, np.pi / 2, n)
    r = radius * rng.uniform(0.35, 1, n)
    half = np.stack([r * np.cos(angles), r * np.sin(angles)], 1)
    shape = np.concatenate([half, half[::-1] * (-1, 1)]) + centre
    overlay = image.copy()
    cv2.fillPoly(overlay, [shape.astype(np.int32)], drawing.colour(rng), cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.polylines(overlay, [shape.astype(np.int32)], True, drawing.colour(rng), int(rng.integers(1, 5)), cv2.LINE_AA)
    share = rng.uniform(0.15, 1)
    cv2.addWeighted(overlay, share, image, 1 - share, 0, dst=image)


def rays(rng, image):
    """Lines from one point, in place."""
    h, w = image.shape[:2]
    at = (int(rng.uniform(-0.3, 1.3) * w), int(rng.uniform(-0.3, 1.3) * h))
    overlay = image.copy()
    ink, thick = drawing.colour(rng, 60, 240), int(rng.integers(1, 4))
    for angle in np.arange(0, 6.283, rng.uniform(0.02, 0.2)):
        end = (int(at[0] + 2 * w * np.cos(angle)), int(at[1] + 2 * w * np.sin(angle)))
        cv2.line(overlay, at, end, ink, thick, cv2.LINE_AA)
    share = rng.uniform(0.1, 0.6)
    cv2.addWeighted(overlay, share, image, 1 - share, 0, dst=image)


def tiles(rng, image):
    """A small motif in rows: dots, crosses, hexagons, initials, in place."""
    h, w = image.shape[:2]
    step = int(rng.integers(8, 60))
    motif = np.zeros((step, step), np.uint8)
    kind = rng.integers(4)
    if kind == 0:
        cv2.circle(motif, (step // 2, step // 2), max(1, step // 4), 255, -1, cv2.LINE_AA)
    elif kind == 1:
        cv2.putText(motif, drawing.letters(rng, "A"), (1, step - 2), cv2.FONT_HERSHEY_SIMPLEX, step / 30, 255, 1, cv2.LINE_AA)
    elif kind == 2:
        cv2.line(motif, (0, 0), (step, step), 255, 1, cv2.LINE_AA)
        cv2.line(motif, (0, step), (step, 0), 255, 1, cv2.LINE_AA)
    else:
        points = np.stack([np.cos(np.arange(6) * 1.0472), np.sin(np.arange(6) * 1.0472)], 1) * step * 0.48 + step / 2
        cv2.polylines(motif, [points.astype(np.int32)], True, 255, 1, cv2.LINE_AA)
    mask = np.tile(motif, (h // step + 1, w // step + 1))[:h, :w, None].astype(np.float32) * (rng.uniform(0.08, 0.5) / 255)
    image[:] = (image * (1 - mask) + np.array(drawing.colour(rng)) * mask).astype(np.uint8)


def hologram(rng, image):
    """A patch that shines in stripes, in place."""
    h, w = image.shape[:2]
    a, b = int(rng.uniform(0.08, 0.4) * h), int(rng.uniform(0.08, 0.4) * h)
    centre = (int(rng.uniform(0, w)), int(rng.uniform(0, h)))
    mask = np.zeros((h, w), np.float32)
    cv2.ellipse(mask, centre, (a, b), rng.uniform(0, 180), 0, 360, 1, -1, cv2.LINE_AA)
    xx, yy = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    angle, period = rng.uniform(0, 3.14), rng.uniform(8, 80)
    shine = 0.5 + 0.5 * np.sin((xx * np.cos(angle) + yy * np.sin(angle)) * 6.28 / period)
    mask = (mask * shine * rng.uniform(0.2, 0.9))[..., None]
    image[:] = (image * (1 - mask) + np.array(drawing.colour(rng, 120, 256)) * mask).astype(np.uint8)


def ghost(rng, image):
    """The holder's portrait again, pale, in place."""
    h, w = image.shape[:2]
    face = cv2.resize(people.portrait(rng, 120, 100), (int(h * 0.22), int(h * 0.28)))
    drawing.paste(image, face, int(w * rng.uniform(0.5, 0.85)), int(h * rng.uniform(0.1, 0.6)), rng.uniform(0.2, 0.7))


def paper(rng, height, width):
    """Security paper of a random design: uint8 RGB, height x width x 3."""
    image = ground(rng, height, width)
    if rng.random() < 0.18:
        return image
    if rng.random() < 0.65:
        drawing.guilloche(rng, image)
    if rng.random() < 0.5:
        centre = (int(width * rng.uniform(0.2, 0.9)), int(height * rng.uniform(0.2, 0.8)))
        drawing.rosette(rng, image, centre, height * rng.uniform(0.15, 0.45))
    for draw, share in ((rays, 0.15), (tiles, 0.25), (hologram, 0.25), (ghost, 0.3)):
        if rng.random() < share:
            draw(rng, image)
    for _ in range(rng.integers(0, 3)):
        centre = (width * rng.uniform(0, 1), height * rng.uniform(0, 1))
        emblem(rng, image, centre, height * rng.choice([rng.uniform(0.05, 0.15), rng.uniform(0.15, 0.6)]))
    return image
