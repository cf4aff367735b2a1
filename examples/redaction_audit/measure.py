"""What of a frame's documents stays visible after redaction, by geometry.

`frame(...)` compares one redacted picture with its truth (the lines of tools/redaction/clips.py) and gives a `Row`.
"""

import dataclasses

import cv2
import numpy as np

LUMA, CHROMA = 60, 128  # the constant that redaction fills with, as Y and as U and V
LEGIBLE_PITCH = 3.5  # pixels per character from which a number can be read
LEGIBLE_SHARE = 0.4  # of the field must be in view: 4 characters of 9
COVERED = 0.98  # of the part in view, else it is a leak
SMALLEST = 20  # pixels a field in view must have to be judged


@dataclasses.dataclass
class Row:
    """One frame. Shares are 0 to 1; None where there is nothing to measure.

    legible: numbers that can be read without redaction. worst: smallest covered share among them. fields: (pitch, covered
    share) of every number in view. pitch: largest of the documents in view. shown: whether a document is in view at all.
    keep: uncovered share of (portrait|name) in view. masked: covered share of the picture. outside: covered area outside
    all documents, in areas of the documents. wrong: samples inside the reported places that are not the constant.
    """

    frame: int
    t: float
    legible: int
    worst: float
    fields: list
    pitch: float
    shown: bool
    keep: list
    masked: float
    outside: float
    wrong: int


def polygons(points, shape):
    """A mask of `shape` with the polygons filled. Corners are where OpenCV has them: whole numbers are pixels' centres."""
    mask = np.zeros(shape, np.uint8)
    for polygon in points:
        p = np.clip(np.asarray(polygon, np.float64), -30000, 30000)
        cv2.fillPoly(mask, [np.round(p * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return mask


def quads_of(concealed):
    """Reported places; for the library pixel k reaches from k to k + 1."""
    return [np.asarray(quad["points"]) - 0.5 for document in concealed for quad in document["quads"]]


def covered_mask(planes, concealed, tolerance=0):
    """Pixels that hold the constant; with `concealed` (a list as in the regions file) only in and at the places it names."""
    y, u, v = planes
    h, w = y.shape
    if concealed is not None and not concealed:
        return np.zeros((h, w), np.uint8)
    low, high = LUMA - tolerance, LUMA + tolerance
    mask = cv2.inRange(y, low, high)
    chroma = cv2.bitwise_and(cv2.inRange(u, CHROMA - tolerance, CHROMA + tolerance), cv2.inRange(v, CHROMA - tolerance, CHROMA + tolerance))
    mask &= cv2.resize(chroma, (2 * chroma.shape[1], 2 * chroma.shape[0]), interpolation=cv2.INTER_NEAREST)[:h, :w]
    mask = (mask > 0).astype(np.uint8)
    if concealed is not None:
        places = polygons(quads_of(concealed), (h, w))
        mask &= cv2.dilate(places, np.ones((5, 5), np.uint8))  # the fill goes out to even pixels
    return mask


def wrong_samples(planes, concealed, tolerance=0):
    """Luma samples well inside the reported places that are not the constant: what could be undone."""
    y, u, v = planes
    places = cv2.erode(polygons(quads_of(concealed), y.shape), np.ones((5, 5), np.uint8), borderValue=1) > 0
    held = covered_mask(planes, None, tolerance) > 0
    return int((places & ~held).sum())


class View:
    """The visible part of quads of one document."""

    def __init__(self, truth, document, shape):
        self.shape = shape
        self.over = [*truth["hidden"], *document.get("over", [])]

    def part(self, quad):
        """(slices, mask of the quad in view inside them, share in view); None when nothing is."""
        q = np.asarray(quad, np.float64)
        h, w = self.shape
        x0, y0 = np.maximum(np.floor(q.min(0)).astype(int), 0)
        x1, y1 = np.minimum(np.ceil(q.max(0)).astype(int) + 1, [w, h])
        if x1 <= x0 or y1 <= y0 or not np.isfinite(q).all():
            return None
        move = np.array([x0, y0])
        mask = polygons([q - move], (y1 - y0, x1 - x0))
        if self.over:
            mask &= 1 - polygons([np.asarray(p) - move for p in self.over], mask.shape)
        area = cv2.contourArea(q.astype(np.float32))
        return (slice(y0, y1), slice(x0, x1)), mask, float(mask.sum() / max(area, 1.0))


def fields_in_view(truth, document, covered):
    """(field, covered share of what is in view, whether it can be read without redaction) of a document's numbers."""
    view = View(truth, document, covered.shape)
    for field in document["fields"]:
        part = view.part(field["quad"])
        if part is None or part[1].sum() < SMALLEST:
            continue
        where, mask, share = part
        legible = field["pitch"] >= LEGIBLE_PITCH and share >= LEGIBLE_SHARE and document["blur"] <= field["pitch"]
        yield field, float((covered[where] & mask).sum() / mask.sum()), legible


def leaking(planes, concealed, truth, tolerance=0):
    """The fields that leak."""
    covered = covered_mask(planes, concealed, tolerance)
    return [field for document in truth["documents"] for field, hidden, legible in fields_in_view(truth, document, covered)
            if legible and hidden < COVERED]


def frame(planes, concealed, truth, tolerance=0):
    """A `Row`. planes: Y, U, V of the redacted picture; concealed: its regions, or None when unknown."""
    shape = planes[0].shape
    covered = covered_mask(planes, concealed, tolerance)
    fields, keep, worst, legible, pitch, shown = [], [], None, 0, 0.0, False
    outlines = []
    for document in truth["documents"]:
        view = View(truth, document, shape)
        seen = view.part(document["outline"])
        if seen is None or seen[1].sum() < SMALLEST:
            continue
        shown = True
        outlines.append(document["outline"])
        pitch = max(pitch, document["pitch"])
        for field, hidden, can_be_read in fields_in_view(truth, document, covered):
            fields.append((round(field["pitch"], 2), round(hidden, 4)))
            if can_be_read:
                legible += 1
                worst = hidden if worst is None else min(worst, hidden)
        for field in document["keep"]:
            part = view.part(field["quad"])
            if part is not None and part[2] >= 0.7:
                where, mask, _ = part
                keep.append((field["what"], round(float(1 - (covered[where] & mask).sum() / mask.sum()), 3)))
    outside = None
    if outlines:
        inside = polygons(outlines, shape)
        outside = float((covered & (1 - inside)).sum() / max(1, inside.sum()))
    wrong = wrong_samples(planes, concealed, tolerance) if concealed else 0
    return Row(truth["frame"], truth["t"], legible, None if worst is None else round(worst, 4), fields, pitch, shown, keep,
               round(float(covered.mean()), 6), None if outside is None else round(outside, 4), wrong)
