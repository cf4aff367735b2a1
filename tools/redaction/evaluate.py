"""Measures a net: fields covered on composites of real specimens, area covered where there is no document.

`python3 evaluate.py idcard.onnx --documents DIR --empty DIR [--sheet out.png]`: DIR of documents holds labels.json with
field boxes as fractions (kinds mrz, doc, pid); DIR of empty pictures holds images and videos without documents. Neither is
part of the project. One frame at a time, without memory or look-back: the stage does better.
"""

import argparse
import glob
import json
import os

import cv2
import numpy as np

import documents
import generator
import scene
import suspect

LEGIBLE = 3.5  # pixels per character at 720p from which a number can be read


def specimens(folder):
    """Items of the labelled documents in `folder`."""
    found = []
    for entry in json.load(open(os.path.join(folder, "labels.json"))):
        image = cv2.imread(os.path.join(folder, entry["file"]))
        if image is None or not entry["fields"]:
            continue
        h, w = image.shape[:2]
        scale = min(1.0, 1400 / max(h, w))
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        h, w = image.shape[:2]
        fields = [("mrz" if kind == "mrz" else "number", scene.box_corners(box) * (w, h)) for kind, box in entry["fields"]]
        columns = max(len(line) for line in entry["mrz_text"].split("|"))
        zones = [b for kind, b in fields if kind == "mrz"]
        pitch = w * 2.54 / 88
        if zones and columns > 20:
            pitch = max(np.linalg.norm(zones[0][1] - zones[0][0]), np.linalg.norm(zones[0][2] - zones[0][1])) / columns
        flat = documents.Flat(image[..., ::-1].copy(), documents.round_alpha(h, w, 4), fields, [documents.outline(h, w)], pitch)
        found.append((os.path.basename(entry["file"]), scene.item_of(flat)))
    return found


def empty_pictures(folder):
    """Luma pictures without documents, longest side 640: images, and every 15th frame of videos."""
    for name in sorted(glob.glob(f"{folder}/**/*", recursive=True)):
        if name.lower().endswith((".jpg", ".png")):
            yield name, fit(cv2.imread(name, cv2.IMREAD_GRAYSCALE))
        elif name.lower().endswith((".mp4", ".mkv", ".gif")):
            video, k = cv2.VideoCapture(name), 0
            while True:
                good, frame = video.read()
                if not good:
                    break
                if k % 15 == 0:
                    yield name, fit(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
                k += 1


def fit(luma):
    s = min(1.0, 640 / max(luma.shape))
    return cv2.resize(luma, None, fx=s, fy=s, interpolation=cv2.INTER_AREA)


def share_covered(mask, quad):
    field = np.zeros_like(mask)
    cv2.fillConvexPoly(field, np.round(quad * 16).astype(np.int32), 1, cv2.LINE_8, 4)
    return (mask & field).sum() / max(1, field.sum()), int(field.sum())


class Recorder(scene.Scene):
    """Remembers where fields went, which the maps are too coarse to say."""

    def targets(self, item, matrix, corners, scale):
        super().targets(item, matrix, corners, scale)
        self.seen = (matrix, scale)


def measure_documents(net, items, count, settings, tiles):
    covered, fields = [], []
    rng = np.random.default_rng(99)
    for n in range(count):
        name, item = items[n % len(items)]
        s = Recorder(rng)
        if rng.random() < 0.6:
            scene.candidate(rng, s.image)
        pitch = np.exp(rng.uniform(np.log(LEGIBLE), np.log(16)))
        s.seen = None
        s.place(item, pitch / 2 / item.pitch)
        if s.seen is None:
            continue
        luma = scene.camera(rng, s.image)
        found = suspect.regions(suspect.suspicion(net, luma), *settings)
        mask = suspect.mask_of(found, *luma.shape)
        worst = 1.0
        for kind, box in item.fields:
            share, area = share_covered(mask, scene.project(s.seen[0], scene.box_corners(box)))
            if area > 40:
                covered.append(share)
                worst = min(worst, share)
        fields.append((name, worst))
        if len(tiles) < 24 and (worst < 0.98 or len(tiles) < 8):
            tiles.append(tile(luma, mask))
    return np.array(covered), fields


def tile(luma, mask):
    shown = cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(shown, outlines, -1, (0, 0, 255), 3)
    canvas = np.zeros((360, 640, 3), np.uint8)
    s = min(360 / shown.shape[0], 640 / shown.shape[1])
    shown = cv2.resize(shown, None, fx=s, fy=s)
    canvas[:shown.shape[0], :shown.shape[1]] = shown
    return canvas


def write_sheet(tiles, path):
    while len(tiles) % 4:
        tiles.append(np.zeros((360, 640, 3), np.uint8))
    cv2.imwrite(path, np.vstack([np.hstack(tiles[k:k + 4]) for k in range(0, len(tiles), 4)]))


def main(options):
    cv2.setNumThreads(1)
    net = cv2.dnn.readNetFromONNX(options.net)
    items = specimens(options.documents)
    empty = list(empty_pictures(options.empty))
    for low, high, smallest in [tuple(float(v) for v in s.split(",")) for s in options.settings]:
        tiles = []
        covered, frames = measure_documents(net, items, options.count, (low, high, smallest), tiles)
        missed = [name for name, worst in frames if worst < 0.98]
        print(f"low {low} high {high} area {smallest}: fields >= 98 %: {(covered >= 0.98).mean():.4f} of {len(covered)}, "
              f">= 50 %: {(covered >= 0.5).mean():.4f}, frames with all: {1 - len(missed) / len(frames):.4f}")
        areas = {}
        for name, luma in empty:
            mask = suspect.mask_of(suspect.regions(suspect.suspicion(net, luma), low, high, smallest), *luma.shape)
            areas.setdefault(os.path.basename(name), []).append(mask.mean())
            if mask.any() and len(tiles) < 48:
                tiles.append(tile(luma, mask))
        means = {name: np.mean(v) for name, v in areas.items()}
        images = [v for name, v in means.items() if name.endswith((".jpg", ".png"))]
        videos = [v for name, v in means.items() if not name.endswith((".jpg", ".png"))]
        print(f"  covered without a document: images {np.mean(images):.4f}, videos {np.mean(videos):.4f}; pictures touched "
              f"{np.mean([v > 0 for v in means.values()]):.3f}; worst", sorted(((round(float(v), 3), k) for k, v in means.items()), reverse=True)[:6])
        if options.sheet:
            write_sheet(tiles, options.sheet)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("net")
    parser.add_argument("--documents", required=True)
    parser.add_argument("--empty", required=True)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--settings", nargs="+", default=[f"{suspect.LOW},{suspect.HIGH},{suspect.SMALLEST}"], help="low,high,smallest")
    parser.add_argument("--sheet")
    main(parser.parse_args())
