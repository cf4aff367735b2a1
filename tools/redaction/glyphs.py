"""Trains the net that reads characters of machine readable zones: `python3 glyphs.py --out ../../lib/idcard/weights/glyphs.onnx`.

Input N x 1 x 20 x 16: one character in the middle, 12 pixels a character pitch, mean 0 and deviation 1 over the cell. Output
N x 38 logits: A-Z, 0-9, <, and what is no character (a cell between two, another line, another writing direction, texture).
Seeded; about eight minutes on one core.
"""

import argparse
import time

import cv2
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"
REJECT = len(ALPHABET)
PITCH, WIDE, HIGH = 12, 16, 20  # of a cell, in pixels
FINE = 32  # pitch at which characters are drawn
# How often: zones are in OCR-B, mock documents also in what is at hand.
FONTS = {
    "/usr/share/fonts/opentype/ocr-b/OCRB.otf": 0.55,
    "/usr/share/fonts/opentype/ocr-b/OCRBS.otf": 0.2,
    "/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf": 0.1,
    "/usr/share/fonts/truetype/liberation/LiberationMono-Bold.ttf": 0.05,
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf": 0.1,
}
OTHERS = "abdefghknqrtuy>*+#$%&/=?"
UPRIGHT = "AEFGJKLPRTVY47<"  # upside down they are no character ...
HANDED = "EFGJKLPR47<"  # ... nor mirrored


def tile(font, letter, middle):
    """Ink 0..1 of one character, FINE wide and 2 * FINE high, its line's middle in the middle."""
    image = Image.new("L", (FINE * 4, FINE * 4), 0)
    ImageDraw.Draw(image).text((FINE, 2 * FINE - middle), letter, font=font, fill=255)
    return np.asarray(image, np.float32)[FINE : 3 * FINE, FINE // 2 : FINE // 2 + 2 * FINE] / 255


def tiles(path):
    """All characters of a font, with overlap on either side."""
    size = FINE
    while ImageFont.truetype(path, size).getlength("A") < FINE:
        size += 1
    font = ImageFont.truetype(path, size)
    box = font.getbbox("H")
    return {c: tile(font, c, (box[1] + box[3]) / 2) for c in ALPHABET + OTHERS}


def text(rng, length):
    """Like zones: runs of fillers, of digits and of letters."""
    line = []
    while len(line) < length:
        kind, run = rng.random(), rng.integers(1, 7)
        pool = "<" if kind < 0.12 else "0123456789" if kind < 0.5 else ALPHABET
        line += [pool[rng.integers(len(pool))] for _ in range(run)]
    return line[:length]


def drawn_lines(rng, fonts):
    """Two lines of ink, with the label and the middle of every character."""
    names = list(FONTS)
    glyphs = fonts[names[rng.choice(len(names), p=np.array(list(FONTS.values())))]]
    count, gap = 14, rng.uniform(1.6, 2.7)
    margin = FINE * 2
    ink = np.zeros((int(2 * margin + 2 * FINE + gap * FINE), 2 * margin + count * FINE), np.float32)
    cells = []
    for row in range(2):
        for k, letter in enumerate(text(rng, count)):
            label = ALPHABET.index(letter)
            picture = glyphs[letter]
            if rng.random() < 0.02:
                picture, label = glyphs[OTHERS[rng.integers(len(OTHERS))]], REJECT
            elif rng.random() < 0.02:
                picture, label = glyphs[UPRIGHT[rng.integers(len(UPRIGHT))]][::-1, ::-1], REJECT
            elif rng.random() < 0.01:
                picture, label = glyphs[HANDED[rng.integers(len(HANDED))]][:, ::-1], REJECT
            elif rng.random() < 0.02:
                picture, label = picture * 0, REJECT
            x, y = margin + k * FINE, margin + row * gap * FINE
            top, left = int(y), int(x - FINE / 2)
            part = ink[top : top + 2 * FINE, left : left + 2 * FINE]
            np.maximum(part, picture, out=part)
            cells.append((x + FINE / 2, y + FINE, label))
    weight = rng.integers(-2, 3)
    if weight:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(weight) + 1, abs(weight) + 1))
        ink = cv2.dilate(ink, kernel) if weight > 0 else cv2.erode(ink, kernel)
    return ink, cells


def printed(rng, ink):
    """Ink on security paper: luma 0..255."""
    high, wide = ink.shape
    paper, contrast = rng.uniform(90, 240), rng.uniform(25, 150)
    picture = np.full((high, wide), paper, np.float32)
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    if rng.random() < 0.5:
        for _ in range(rng.integers(1, 4)):  # guilloches
            a, f = rng.uniform(0, np.pi), rng.uniform(0.02, 0.5)
            picture += rng.uniform(2, 12) * np.sin(f * (x * np.cos(a) + y * np.sin(a)) + 2 * np.sin(0.02 * x + a))
    if rng.random() < 0.5:
        picture += (x / wide - 0.5) * rng.uniform(-60, 60) + (y / high - 0.5) * rng.uniform(-40, 40)
    picture -= min(contrast, paper - 5) * ink
    return 255 - picture if rng.random() < 0.12 else picture


def photographed(rng, picture, pitch):
    """The lines at `pitch` pixels a character, turned; returns the photograph and the map that led there."""
    zoom, angle = pitch / FINE, rng.uniform(-np.pi, np.pi)
    if rng.random() < 0.3:
        angle = rng.uniform(-0.06, 0.06)
    high, wide = picture.shape
    side = int(np.hypot(high, wide) * zoom) + 8
    c, s = zoom * np.cos(angle), zoom * np.sin(angle)
    there = np.array([[c, -s, side / 2 - c * wide / 2 + s * high / 2], [s, c, side / 2 - s * wide / 2 - c * high / 2]])
    small = cv2.GaussianBlur(picture, (0, 0), max(0.3, 0.4 / zoom))
    photo = cv2.warpAffine(small, there, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.75:
        photo = cv2.GaussianBlur(photo, (0, 0), 0.2 + pitch * rng.uniform(0, 0.13))
    if rng.random() < 0.2:
        length = max(2, int(pitch * rng.uniform(0.1, 0.45)))
        kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
        a = rng.uniform(0, np.pi)
        d = (length / 2 * np.cos(a), length / 2 * np.sin(a))
        cv2.line(kernel, (int(length - d[0]), int(length - d[1])), (int(length + d[0]), int(length + d[1])), 1)
        photo = cv2.filter2D(photo, -1, kernel / kernel.sum())
    photo = photo + rng.normal(0, rng.uniform(0, 9), photo.shape)
    photo = np.clip(photo, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        quality = int(rng.integers(35, 96))
        photo = cv2.imdecode(cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
    return photo, there


def cell(rng, photo, there, x, y, shift):
    """The cell around x, y of the drawn lines as the reader cuts it out, misplaced a little."""
    grow = FINE / PITCH * np.exp(rng.uniform(-0.13, 0.13))
    a, shear, flat = rng.uniform(-0.07, 0.07), rng.uniform(-0.1, 0.1), np.exp(rng.uniform(-0.08, 0.08))
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) @ np.array([[1, shear], [0, 1]]) @ np.diag(
        [grow * flat, grow / flat])
    centre = np.array([x + shift[0] * FINE, y + shift[1] * FINE])
    back = np.c_[turn, centre - turn @ [(WIDE - 1) / 2, (HIGH - 1) / 2]]  # cell -> lines
    whole = there[:, :2] @ back
    whole[:, 2] += there[:, 2]
    patch = cv2.warpAffine(photo, whole, (WIDE, HIGH), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    return normalised(patch)


def normalised(patch):
    patch = patch.astype(np.float32)
    return (patch - patch.mean()) / max(patch.std(), 4.0)


def block(rng, fonts):
    ink, cells = drawn_lines(rng, fonts)
    pitch = float(np.exp(rng.uniform(np.log(3.5), np.log(20))))
    photo, there = photographed(rng, printed(rng, ink), pitch)
    rows = []
    for x, y, label in cells:
        shift = (rng.uniform(-0.14, 0.14), rng.uniform(-0.16, 0.16))
        other = rng.random()
        if other < 0.04:
            shift, label = (rng.choice([-1, 1]) * rng.uniform(0.38, 0.62), shift[1]), REJECT
        elif other < 0.07:
            shift, label = (shift[0], rng.choice([-1, 1]) * rng.uniform(0.45, 0.85)), REJECT
        rows.append((cell(rng, photo, there, x, y, shift), label))
    return rows


def cells_of(seed, blocks, fonts):
    rows = []
    for n in range(blocks):
        rows += block(np.random.default_rng([seed, n]), fonts)
    pictures, labels = zip(*rows)
    return torch.from_numpy(np.stack(pictures)[:, None]), torch.tensor(labels)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                                  nn.Conv2d(16, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                                  nn.Conv2d(24, 40, 3), nn.ReLU(), nn.Flatten(), nn.Linear(240, REJECT + 1))

    def forward(self, x):
        return self.body(x)


def right_share(net, pictures, labels):
    with torch.no_grad():
        return (net(pictures).argmax(1) == labels).float().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--blocks", type=int, default=14000, help="of 28 characters")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--sheet", help="also write a picture of some cells, to look at")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    fonts = {path: tiles(path) for path in FONTS}
    began = time.time()
    test, truth = cells_of(options.seed + 1, 500, fonts)
    if options.sheet:
        rows = [np.hstack([test[k * 28 + i, 0].numpy() for i in range(28)]) for k in range(24)]
        cv2.imwrite(options.sheet, np.clip(np.vstack(rows) * 50 + 128, 0, 255).astype(np.uint8))
    pictures, labels = cells_of(options.seed, options.blocks, fonts)
    print(f"{len(labels)} cells in {time.time() - began:.0f} s", flush=True)
    net = Reader()
    steps = options.epochs * (len(labels) // 256)
    optimiser = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    for epoch in range(options.epochs):
        order = torch.randperm(len(labels))
        for first in range(0, len(order) - 255, 256):
            batch = order[first : first + 256]
            loss = nn.functional.cross_entropy(net(pictures[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if schedule.last_epoch < steps - 1:
                schedule.step()
        print(f"epoch {epoch}: {100 * right_share(net, test, truth):.2f} % right after {time.time() - began:.0f} s", flush=True)
    torch.onnx.export(net.eval(), torch.zeros(1, 1, HIGH, WIDE), options.out, opset_version=11, input_names=["cells"],
                      output_names=["logits"], dynamic_axes={"cells": {0: "n"}, "logits": {0: "n"}})


if __name__ == "__main__":
    main()
