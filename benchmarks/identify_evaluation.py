#!/usr/bin/env python3
"""What the identity step keeps: how often portrait and name stay visible, and whether any number does. It must be none.

    PYTHONPATH=build/release/python INVIGIL_MODELS=... /usr/bin/python3 benchmarks/identify_evaluation.py \
        [--specimens FOLDER] [--drawn 10] [--statements 20] [--cover numbers] [--out FOLDER]

FOLDER is yours; its labels.json is as tools/redaction/specimens.py says; names are taken from "mrz_text". Drawn documents are
those of tools/redaction/documents.py, statements those of statements.py beside this file. Each is held before a webcam for some
looks in poses of its own, which are known exactly, so where every word and number of it is in the still is known as well.

A number leaks when a pixel inside its box, drawn in by a twentieth of its height (what is labelled by hand is not exact), is not
of the cover's colour, or when Tesseract, with a model for OCR-B, reads four characters of a specimen's number in the still, or
four digits in a row in any. A portrait is visible when 95 % of its face is, a word when 80 % of its box is (boxes have margins of their own); names are read by
Tesseract as well.
"""

import argparse
import csv
import dataclasses
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools" / "redaction")]

import cv2  # noqa: E402
import documents  # noqa: E402
import invigil as inv  # noqa: E402
import numpy as np  # noqa: E402
import scene  # noqa: E402
import specimens  # noqa: E402
import statements  # noqa: E402

COVER = 60
RATE = 8


@dataclasses.dataclass
class Case:
    """boxes: (kind, corners in the flat picture); kinds "number", "portrait", "name", "words"."""

    kind: str
    name: str
    image: np.ndarray
    boxes: list
    secrets: list
    names: list


def drawn_cases(count):
    makers = {"passport (drawn)": documents.passport, "card, front (drawn)": documents.identity_front,
              "TD2 (drawn)": documents.td2, "university card (drawn)": documents.university_card,
              "transport card (drawn)": documents.transport_card}
    for kind, make in makers.items():
        for n in range(count):
            flat = make(np.random.default_rng([77, n, len(kind)]))
            boxes = [("number" if k in ("mrz", "number") else k, scene.box_corners(b)) for k, b in flat.fields]
            yield Case(kind, f"{kind} {n}", flat.image, boxes, [], [])


def specimen_cases(folder):
    import json
    entries = {pathlib.Path(e["file"]).stem: e for e in json.load(open(folder / "labels.json"))}
    for name, flat in specimens.load(folder):
        entry = entries[name]
        text = entry.get("mrz_text", "")
        lines = text.split("|")
        columns = len(lines[0])
        # The lines with numbers, cut into what stands between fillers.
        secrets = [s for line in (lines[:2] if columns == 30 else lines[1:2]) for s in re.split("<+", line) if re.search(r"\d{2}", s)]
        holder = lines[2] if columns == 30 else lines[0][5:]
        names = [n for n in re.split("<+", holder) if len(n) >= 3] if text else []
        kind = re.split(r"[ \-]", entry["doc_type"])[0] + " (specimen)"
        boxes = [("number" if k in ("mrz", "number") else k, scene.box_corners(b)) for k, b in flat.fields]
        yield Case(kind, name, flat.image, boxes, secrets, names)


def statement_cases(count):
    for n in range(count):
        page = statements.statement(np.random.default_rng([91, n]))
        boxes = [("number" if k in ("number", "digits", "code") else "name" if k == "name" else "words", scene.box_corners(b))
                 for _, k, b in page.words]
        secrets = [t for t, k, _ in page.words if k == "number" and len(t) >= 4]
        yield Case("statement (drawn)", f"statement {n}", page.image, boxes, secrets, [t for t, k, _ in page.words if k == "name"])


def poses(case):
    """(width, height of the frame, length of the document's longer side, turn in degrees, tilt) of each showing."""
    if case.kind.startswith("statement"):
        return [(1280, 720, 690, 2, 0.0), (1920, 1080, 1030, -3, 0.04), (1920, 1080, 1000, 90, 0.0)]
    return [(1280, 720, 760, 3, 0.0), (1280, 720, 620, -5, 0.06), (1920, 1080, 1000, 2, 0.03)]


def shown(case, pose, rng):
    """The document in front of a blurred room, RGB, and the matrix from the flat document to the frame."""
    width, height, longest, turn, tilt = pose
    h, w = case.image.shape[:2]
    zoom = min(longest / max(h, w), 0.95 * height / (h if turn < 45 else w))
    a = np.radians(turn)
    r = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) * zoom
    corners = (scene.box_corners((0, 0, w, h)) - (w / 2, h / 2)) @ r.T
    corners *= 1 + tilt * np.sign(corners[:, :1]) * np.sign(corners[:, 1:]) * 0.5
    corners += (width / 2, height / 2)
    matrix = cv2.getPerspectiveTransform(np.float32([[0, 0], [w, 0], [w, h], [0, h]]), corners.astype(np.float32))
    room = cv2.resize(rng.integers(20, 150, (5, 8, 3)).astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    flat = cv2.GaussianBlur(case.image, (0, 0), max(0.1, 0.45 / zoom - 0.3)) if zoom < 1 else case.image
    cv2.warpPerspective(flat, matrix, (width, height), room, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return room, matrix


def filmed(room, rng, seconds=0.75):
    """Frames of a webcam: blur, noise, JPEG, a tremor of a pixel."""
    for k in range(int(seconds * RATE)):
        moved = np.roll(room, tuple(rng.integers(-1, 2, 2)), (0, 1))
        noisy = np.clip(cv2.GaussianBlur(moved, (0, 0), 0.6) + rng.normal(0, 2, moved.shape), 0, 255).astype(np.uint8)
        yield k / RATE, cv2.imdecode(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])[1], 1)


def show(case, pose, cover):
    """Runs the step; what was kept of the document under test, or None, and the matrix from flat document to still."""
    rng = np.random.default_rng([5, len(case.name), pose[2]])
    room, matrix = shown(case, pose, rng)
    asked, frames, begin = ["identity_document"], [], 0.0
    if case.kind.startswith("statement"):
        asked, begin = ["identity_document", "statement"], 2.0
        frames += [inv.RawFrame(f, time=t, index=0) for t, f in filmed(passport_before(), rng)]
    frames += [inv.RawFrame(f, time=begin + t, index=0) for t, f in filmed(room, rng)]
    events = inv.Identify(documents=asked, cover=cover, settle=0.25).run(frames)
    seen = events[-1].identified if events else None
    if not seen:
        return None, events[-1].guidance if events else "nothing", None
    document = seen.documents[-1]
    h, w = document.still.shape[:2]
    to_still = cv2.getPerspectiveTransform(np.float32(document.corners), np.float32([[0, 0], [w, 0], [w, h], [0, h]]))
    return document, "done", to_still @ matrix


_before = []


def passport_before():
    """The identity document that is shown before a statement: any that is surely taken."""
    if not _before:
        _before.append(shown(BEFORE, (1280, 720, 760, 3, 0.0), np.random.default_rng(3))[0])
    return _before[0]


def open_share(still, quad, inset=0.0):
    """The share of a quadrilateral's pixels that do not have the cover's colour."""
    mask = np.zeros(still.shape[:2], np.uint8)
    middle = quad.mean(0)
    high = min(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[1]))
    drawn_in = quad + (middle - quad) / np.maximum(1e-6, np.abs(middle - quad)) * inset * high
    cv2.fillConvexPoly(mask, np.round(drawn_in).astype(np.int32), 255)
    mask = mask > 0
    return float((still[mask] != COVER).any(-1).mean()) if mask.any() else 0.0


def words_in(picture, language, folder=None):
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        cv2.imwrite(file.name, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        command = ["tesseract", file.name, "-", *(["--tessdata-dir", str(folder)] if folder else []), "-l", language, "--psm", "11", "-c", "tessedit_create_tsv=1"]
        out = subprocess.run(command, capture_output=True, text=True).stdout
    rows = [r for r in csv.reader(io.StringIO(out), delimiter="\t", quoting=csv.QUOTE_NONE)][1:]
    return [r[11] for r in rows if len(r) == 12 and r[11].strip()]


def legible(document, case, ocrb):
    """Numbers that a reader finds in the still, twice as large too."""
    found = []
    for zoom in (1, 2):
        text = " ".join(words_in(cv2.resize(document.still, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), "ocrb", ocrb))
        close = text.replace(" ", "")
        found += [s[k:k + 4] for s in case.secrets for k in range(len(s) - 3) if s[k:k + 4] in close and re.search(r"\d", s[k:k + 4])]
        found += re.findall(r"\d{4,}", text)
    return found


def project(matrix, quad):
    return cv2.perspectiveTransform(np.float32(quad).reshape(1, 4, 2), matrix)[0]


class Tally:
    def __init__(self):
        self.shown = self.kept = self.numbers = self.leaks = self.read = 0
        self.portraits = [0, 0]
        self.names = [0, 0]
        self.names_read = [0, 0]
        self.words = [0, 0]

    def row(self, kind):
        part = lambda pair: f"{pair[0]}/{pair[1]}"  # noqa: E731
        return (f"{kind:<26} {self.kept:>3}/{self.shown:<4} {self.leaks:>5}/{self.numbers:<6} {self.read:>5}   {part(self.portraits):>8}"
                f" {part(self.names):>9} {part(self.names_read):>9} {part(self.words):>10}")


def measure(case, document, matrix, tally, ocrb, eng):
    still = document.still
    for kind, quad in case.boxes:
        there = project(matrix, quad)
        if kind == "number":
            tally.numbers += 1
            share = open_share(still, there, 0.05)
            if share > 0:
                tally.leaks += 1
                print(f"LEAK {case.name}: {share:.3f} of a number's box is open", file=sys.stderr)
        elif kind == "portrait":
            middle = there.mean(0)
            tally.portraits[1] += 1
            tally.portraits[0] += open_share(still, middle + (there - middle) * 0.7) >= 0.95
        elif kind in ("name", "words"):
            pair = tally.names if kind == "name" else tally.words
            pair[1] += 1
            pair[0] += open_share(still, there, 0.1) >= 0.8
    read = legible(document, case, ocrb)
    if read:
        tally.read += 1
        print(f"READ {case.name}: {len(read)} pieces of numbers or digits in a row", file=sys.stderr)
    if case.names and eng:
        text = " ".join(words_in(cv2.resize(still, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), "eng")).upper()
        tally.names_read[1] += len(case.names)
        tally.names_read[0] += sum(n.upper() in text for n in case.names)


def check_the_ruler(ocrb):
    """What is measured with must see a number where one is."""
    still = np.full((120, 700, 3), 235, np.uint8)
    pen = statements.ImageDraw.Draw(image := statements.Image.fromarray(still))
    pen.text((30, 30), "L898902C36", font=statements.ImageFont.truetype("/usr/share/fonts/opentype/ocr-b/OCRBS.otf", 48), fill=(20, 20, 20))
    case = Case("", "", still, [], ["L898902C36"], [])
    assert legible(argparse.Namespace(still=np.asarray(image)), case, ocrb), "the judge does not read a plain number"
    assert not legible(argparse.Namespace(still=still), case, ocrb)
    half = still.copy()
    half[:, :350] = COVER
    assert abs(open_share(half, scene.box_corners((0, 0, 699, 119))) - 0.5) < 0.01


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--specimens", type=pathlib.Path)
    parser.add_argument("--drawn", type=int, default=10)
    parser.add_argument("--statements", type=int, default=20)
    parser.add_argument("--cover", default="all_but_portrait_and_name")
    parser.add_argument("--ocrb", type=pathlib.Path, help="the folder of ocrb.traineddata", required=True)
    parser.add_argument("--poses", type=int, default=3)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    check_the_ruler(options.ocrb)
    eng = "eng" in subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True).stdout.split()
    global BEFORE
    cases = list(specimen_cases(options.specimens)) if options.specimens else []
    BEFORE = next((c for c in cases if c.kind.startswith("TD3") and c.names), None)
    cases += drawn_cases(options.drawn)
    if BEFORE:
        cases += statement_cases(options.statements)
    tallies, why = {}, {}
    for case in cases:
        if options.only not in case.name:
            continue
        tally = tallies.setdefault(case.kind, Tally())
        for k, pose in enumerate(poses(case)[:options.poses]):
            tally.shown += 1
            document, last, matrix = show(case, pose, options.cover)
            if document is None:
                why.setdefault(case.kind, []).append(f"{case.name}/{k}: {last}")
                continue
            tally.kept += 1
            measure(case, document, matrix, tally, options.ocrb, eng)
            print(f"{case.name} {k}: {len(document.shown)} parts shown", file=sys.stderr, flush=True)
            if options.out:
                options.out.mkdir(exist_ok=True, parents=True)
                cv2.imwrite(str(options.out / f"{case.name.replace(' ', '_')}.{k}.png"), cv2.cvtColor(document.still, cv2.COLOR_RGB2BGR))
    print(f"{'kind':<26} {'kept':>8} {'leaks/numbers':>12} {'read':>6}  {'portraits':>9} {'names':>8} {'OCR names':>10} {'words':>9}")
    for kind, tally in tallies.items():
        print(tally.row(kind))
    for kind, reasons in why.items():
        print(f"not kept, {kind}: " + "; ".join(reasons))
    print("second look:", "numbers legible:", sum(t.read for t in tallies.values()), "boxes open:", sum(t.leaks for t in tallies.values()))
    return any(t.leaks or t.read for t in tallies.values())


if __name__ == "__main__":
    sys.exit(main())
