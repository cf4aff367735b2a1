#!/usr/bin/env python3
"""How far the same person's portrait on a document and face before a webcam are apart, and what that says.

    PYTHONPATH=build/release/python INVIGIL_MODELS=... /usr/bin/python3 benchmarks/same_person.py FOLDER

FOLDER holds pictures of faces and master.csv: file_x,file_y,Decision with Yes for the same person; the test data of deepface
(MIT, github.com/serengil/deepface, tests/unit/dataset: some 60 pictures of public persons) are such a folder. The first face of a pair
is printed and photographed: in grey or pale, soft, with a raster, fine lines and a lamp over it, 60 to 150 pixels wide. The second
is seen by a webcam. Told are the cosines of MobileFaceNet, how well they part persons, and the logistic curve through them, with
pairs of the same and of different persons weighing the same; its quality is told on persons that it was not fitted to.
"""

import argparse
import csv
import os
import pathlib

import cv2
import invigil as inv
import numpy as np


def webcam(rgb, rng):
    """About 160 pixels of face, warm or cold light, noise, JPEG."""
    gain = rng.uniform(0.75, 1.1) * rng.uniform(0.9, 1.1, 3)
    noisy = np.clip(rgb * gain + rng.normal(0, 4, rgb.shape), 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], 1)


def printed(rgb, rng, face_width):
    """What a webcam sees of a printed portrait whose face was `face_width` pixels wide before."""
    zoom = rng.uniform(60, 150) / face_width
    small = cv2.resize(rgb, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA).astype(np.float32)
    h, w = small.shape[:2]
    if rng.random() < 0.6:
        small = small * 0.15 + 0.85 * small.mean(-1, keepdims=True)
    small = 128 + (small - 128) * rng.uniform(0.55, 0.95) + rng.uniform(-10, 25)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    if rng.random() < 0.5:  # the raster of print
        a, period = rng.uniform(0, np.pi), rng.uniform(2, 3.5)
        raster = np.sin(2 * np.pi * (x * np.cos(a) + y * np.sin(a)) / period) * np.sin(2 * np.pi * (y * np.cos(a) - x * np.sin(a)) / period)
        small += rng.uniform(8, 25) * raster[..., None]
    for _ in range(rng.integers(1, 4)):  # fine lines
        phase = rng.uniform(0.02, 0.08) * x + rng.uniform(0.1, 0.4) * y + 3 * np.sin(x * rng.uniform(0.03, 0.1))
        small += (rng.uniform(8, 25) * (np.sin(phase) > 0.8))[..., None] * rng.uniform(-1, 1, 3)
    if rng.random() < 0.5:  # a lamp, or the sheen of a hologram
        spot = np.exp(-((x - rng.uniform(0, w)) ** 2 + (y - rng.uniform(0, h)) ** 2) / (2 * (rng.uniform(0.1, 0.3) * w) ** 2))
        small += spot[..., None] * rng.uniform(20, 90) * rng.uniform(0.5, 1, 3)
    small = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.5, 1.3))
    noisy = np.clip(small + rng.normal(0, 4, small.shape), 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 90))])[1], 1)


def frame(rgb, time=0.0):
    h, w = rgb.shape[0] // 2 * 2, rgb.shape[1] // 2 * 2
    return inv.KeepUnredacted().run([inv.RawFrame(np.ascontiguousarray(rgb[:h, :w]), time=time, index=0)])[0]


def face_of(path):
    """The one face in a picture, cut out with room around it, and its width; None where not exactly one is sure."""
    bgr = cv2.imread(str(path))
    if bgr is None:
        return None
    zoom = min(1.0, 900 / max(bgr.shape))
    rgb = cv2.cvtColor(cv2.resize(bgr, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    seen = inv.FindFaces(rate=0, confidence=0.8).run([frame(rgb)])
    if not seen or len(seen[0].faces) != 1:
        return None
    x, y, w, h = seen[0].faces[0].box
    x0, y0 = max(0, int(x - 0.5 * w)), max(0, int(y - 0.5 * h))
    return rgb[y0:int(y + 1.5 * h), x0:int(x + 1.5 * w)], w


def cosines_to(first, others):
    """Of one face to many; None where one of the two is not found."""
    frames = [frame(o, 10.0 * k) for k, o in enumerate(others)]
    seen = {round(x.time / 10): x.similarity for x in inv.ComparePerson(portrait=frame(first), confidence=0.5).run(frames)}
    return [seen.get(k) for k in range(len(others))]


def people_of(pairs):
    """Which person each picture shows, by the pairs that are the same."""
    person = {}
    find = lambda f: f if person.setdefault(f, f) == f else find(person[f])  # noqa: E731
    for x, y, same in pairs:
        a, b = find(x), find(y)
        if same and a != b:
            person[a] = b
    return {f: find(f) for f in list(person)}


def fitted(cosines, same):
    """Steepness and the cosine of one half: logistic regression by Newton's method, both kinds weighing the same."""
    x = np.stack([cosines, np.ones_like(cosines)], 1)
    weight = np.where(same, 0.5 / same.sum(), 0.5 / (~same).sum()) * len(same)
    # Platt's targets keep a curve through few points from becoming a step.
    target = np.where(same, (same.sum() + 1) / (same.sum() + 2), 1 / ((~same).sum() + 2))
    b = np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ b))
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(2)
        b += np.linalg.solve(hessian, x.T @ (weight * (target - p)))
    return b[0], -b[1] / b[0]


def area_under(cosines, same):
    yes, no = cosines[same], cosines[~same]
    return float((yes[:, None] > no[None]).mean() + 0.5 * (yes[:, None] == no[None]).mean())


def quality(p, same):
    """Expected calibration error in ten bins and Brier score, both kinds weighing the same."""
    weight = np.where(same, 0.5 / same.sum(), 0.5 / (~same).sum())
    bins = np.clip((p * 10).astype(int), 0, 9)
    ece = sum(abs((weight[bins == k] * (p[bins == k] - same[bins == k])).sum()) for k in range(10))
    return ece, float((weight * (p - same) ** 2).sum())


def told(name, cosines, same):
    yes, no = np.percentile(cosines[same], [2, 50, 98]), np.percentile(cosines[~same], [2, 50, 98])
    print(f"{name:<28} same {same.sum():>4}: {yes[0]:.2f} {yes[1]:.2f} {yes[2]:.2f}   different {(~same).sum():>5}: {no[0]:.2f} {no[1]:.2f} {no[2]:.2f}"
          f"   AUC {area_under(cosines, same):.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--times", type=int, default=4, help="printings of each picture")
    options = parser.parse_args()
    listed = [(r["file_x"], r["file_y"], r["Decision"] == "Yes") for r in csv.DictReader(open(options.folder / "master.csv"))]
    faces = {f: face_of(options.folder / f) for f in sorted({f for x, y, _ in listed for f in (x, y)})}
    pairs = [(x, y, same) for x, y, same in listed if faces[x] and faces[y]]
    person = people_of(listed)
    print(f"{len(faces)} pictures, {sum(f is not None for f in faces.values())} with one face, {len(set(person.values()))} persons, {len(pairs)} pairs")
    # The ruler: a picture is most like itself.
    some = next(f for f in faces.values() if f)
    assert cosines_to(some[0], [some[0]])[0] > 0.99
    rng = np.random.default_rng(1)
    plain, print_, who = [], [], []
    for first in sorted({x for x, _, _ in pairs}):
        with_first = [(y, same) for x, y, same in pairs if x == first]
        for (_, same), c in zip(with_first, cosines_to(faces[first][0], [faces[y][0] for y, _ in with_first])):
            if c is not None:
                plain.append((c, same))
        for _ in range(options.times):
            lives = [webcam(faces[y][0], rng) for y, _ in with_first]
            for (y, same), c in zip(with_first, cosines_to(printed(faces[first][0], rng, faces[first][1]), lives)):
                if c is not None:
                    print_.append((c, same))
                    who.append((person[first], person[y]))
    plain, print_ = np.array(plain), np.array(print_)
    told("as they are", plain[:, 0], plain[:, 1] > 0)
    cosines, same = print_[:, 0], print_[:, 1] > 0
    told("printed, before a webcam", cosines, same)
    steepness, half = fitted(cosines, same)
    print(f"logistic curve: steepness {steepness:.1f}, one half at {half:.3f}")
    p = np.full(len(cosines), np.nan)
    for one in sorted(set(person.values())):
        out = np.array([one in w for w in who])
        if out.any() and same[~out].any() and (~same[~out]).any():
            k, h = fitted(cosines[~out], same[~out])
            p[out] = 1 / (1 + np.exp(-k * (cosines[out] - h)))
    known = ~np.isnan(p)
    print("on persons left out:        ECE %.3f, Brier %.4f" % quality(p[known], same[known]))
    used = 1 / (1 + np.exp(-12 * (cosines - 0.29)))
    print("authors' threshold (12, .29): ECE %.3f, Brier %.4f" % quality(used, same))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
