"""Whether the passport's numbers are covered in a recording of the rendered exam, measured in every picture."""

import json

import cv2
import numpy as np

import timeline

COVERED = 0.98  # of a field's pixels
SAME = 10  # a covered pixel differs from the field's median by at most this, after encoding
FEWEST = 200  # pixels of a field that must be in the picture for it to count


def uncovered(luma, quads):
    """The largest share of a field that is not one colour; a field outside the picture counts as covered."""
    worst = 0.0
    for quad in quads:
        mask = np.zeros(luma.shape, np.uint8)
        cv2.fillPoly(mask, [np.int32(np.round(quad))], 255)
        inside = luma[mask > 0].astype(int)
        if len(inside) >= FEWEST:
            worst = max(worst, float(np.mean(np.abs(inside - int(np.median(inside))) > SAME)))
    return worst


def count_pictures(media, truth_file):
    """How many pictures there are, how many show the passport, and the numbers of those that leave a field open."""
    rows = json.loads(truth_file.read_text())["document"]
    shown = {round(row["t"] * timeline.RATE): row for row in rows}
    video, pictures, open_ones = cv2.VideoCapture(str(media)), 0, []
    while True:
        read, picture = video.read()
        if not read:
            return pictures, len(shown), open_ones
        if pictures in shown:
            quads = [quad for name, quad in shown[pictures].items() if name != "t"]
            if uncovered(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), quads) > 1 - COVERED:
                open_ones.append(pictures)
        pictures += 1
