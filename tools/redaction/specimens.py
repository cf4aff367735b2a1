"""Labelled pictures of documents as flat documents. They are not part of the project; a folder is named on the command line.

The folder holds labels.json: a list of {"file", "mrz_text", "fields": [[kind, box]]} with kind "mrz", "doc", "pid" or other, and
box x0, y0, x1, y1 or four corners, as shares of the picture's width and height.
"""

import json
import os

import cv2
import numpy as np

import documents
import scene

LARGEST = 1800  # pixels of the longer side; more is never shown


def place(box, width, height):
    """x0, y0, x1, y1 or four corners, in pixels."""
    v = np.asarray(box, np.float32).ravel()
    if len(v) == 4:
        return tuple(float(e) for e in v * np.array([width, height, width, height]))
    return v.reshape(4, 2) * np.array([width, height], np.float32)


def portraits(image):
    """Boxes of faces on a document, the largest alone, grown to what a portrait shows."""
    cascade = cv2.CascadeClassifier("/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml")
    found = cascade.detectMultiScale(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 1.1, 6, minSize=(image.shape[1] // 10,) * 2)
    if len(found) == 0:
        return []
    x, y, w, h = max(found, key=lambda f: f[2] * f[3])
    return [(float(x), float(y - 0.1 * h), float(x + w), float(y + 1.1 * h))]


def pitch_of(entry, fields, width):
    """Pixels per character of the machine readable zone, or as if the picture were a passport page."""
    columns = max((len(line) for line in entry.get("mrz_text", "").split("|")), default=0)
    zones = [scene.box_corners(box) for kind, box in fields if kind == "mrz"]
    if zones:
        length = max(np.linalg.norm(zones[0][1] - zones[0][0]), np.linalg.norm(zones[0][2] - zones[0][1]))
        if columns < 20:
            columns = 30 if "TD1" in entry.get("doc_type", "") else 44
        return float(length / columns)
    ratio = 85.6 if entry.get("doc_type", "").startswith(("TD1", "ID1")) else 125
    return float(width * documents.MRZ_PITCH / ratio)


def load(folder):
    """(name, Flat) of the labelled documents of `folder`; pictures without fields are left out."""
    found = []
    for entry in json.load(open(os.path.join(folder, "labels.json"))):
        image = cv2.imread(os.path.join(folder, entry["file"]))
        if image is None or not entry["fields"]:
            continue
        scale = min(1.0, LARGEST / max(image.shape))
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[..., ::-1].copy()
        h, w = image.shape[:2]
        fields = [("mrz" if kind == "mrz" else "number", place(box, w, h)) for kind, box in entry["fields"]]
        pitch = pitch_of(entry, fields, w)
        fields += [("portrait", box) for box in portraits(image)]
        flat = documents.Flat(image, documents.round_alpha(h, w, 4), fields, [documents.outline(h, w)], pitch)
        found.append((os.path.splitext(os.path.basename(entry["file"]))[0], flat))
    return found
