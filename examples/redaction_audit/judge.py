"""Tesseract with an OCR-B model reads what redaction left. Its plain `eng` model reads too little to be a judge.

Needs the `tesseract` program and `ocrb.traineddata` in a folder (INVIGIL_TEST_DATA/idcard/tessdata).
"""

import os
import re
import shutil
import subprocess

import cv2
import numpy as np

RUN = 4  # characters of a number in a row that must not be read
LEGIBLE = 6  # characters in a row, of nine, from which a number counts as legible to the judge
HEIGHT = 48  # pixels per text line that the model likes


class Judge:
    def __init__(self, tessdata=None):
        folder = tessdata or os.path.join(os.environ.get("INVIGIL_TEST_DATA", ""), "idcard", "tessdata")
        self.folder = folder
        self.missing = None
        if not shutil.which("tesseract"):
            self.missing = "the program tesseract is absent"
        elif not os.path.exists(os.path.join(folder, "ocrb.traineddata")):
            self.missing = f"{folder} holds no ocrb.traineddata"

    def read(self, luma, mode=6):
        """The text of a luma picture. mode: Tesseract's page segmentation; 6 is a block, 7 a line, 11 scattered text."""
        good, data = cv2.imencode(".pgm", np.ascontiguousarray(luma))
        done = subprocess.run(["tesseract", "-", "-", "--tessdata-dir", self.folder, "-l", "ocrb", "--psm", str(mode), "--dpi", "300"],
                              input=data.tobytes(), capture_output=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"}, check=good)
        return done.stdout.decode("utf-8", "replace")

    def field(self, luma, field):
        """The text in a field (an object of the truth), turned upright: its corners begin at the first character's top, in
        mirrored pictures too."""
        quad = np.asarray(field["quad"], np.float32)
        lines = 1 if field["what"] != "mrz" else 3 if aspect(quad) < 9 else 2
        height = HEIGHT * lines + 24
        width = int(min(2400, max(60, (height - 24) * aspect(quad) + 24)))
        target = np.array([[12, 12], [width - 12, 12], [width - 12, height - 12], [12, height - 12]], np.float32)
        upright = cv2.warpPerspective(luma, cv2.getPerspectiveTransform(quad, target), (width, height), flags=cv2.INTER_CUBIC,
                                      borderMode=cv2.BORDER_REPLICATE)
        return self.read(upright, 6 if lines > 1 else 7)


def aspect(quad):
    return float(np.linalg.norm(quad[1] - quad[0]) / max(1e-3, np.linalg.norm(quad[3] - quad[0])))


def longest_run(text):
    """Characters in the longest run of capitals and digits with at least three digits, as numbers are."""
    runs = re.findall(r"[A-Z0-9]+", re.sub(r"(?<=\d) (?=\d)", "", text))
    return max((len(r) for r in runs if sum(c.isdigit() for c in r) >= 3), default=0)


def longest_digits(text):
    return max((len(r) for r in re.findall(r"[0-9]+", text)), default=0)
