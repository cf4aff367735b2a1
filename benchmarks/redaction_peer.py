"""The same pictures through PassportEye's finder of machine readable zones and through invigil: what is covered, and how fast.

    python3 -m venv --system-site-packages peer && peer/bin/pip install passporteye
    export PYTHONPATH=build/release/python        # and REDACTION_FONTS, REDACTION_PICTURES: tools/redaction/README.md
    peer/bin/python benchmarks/redaction_peer.py [--pictures 300] [--seed 910] [--specimens DIR]

Two sets: flat documents that fill the picture, which is what PassportEye is made for, and frames of a webcam from
tools/redaction/clips.py in which a number is legible. PassportEye is given every advantage: all boxes that it proposes count, at both
of its sizes, with its margin, whether it could read them or not; it does not look for printed numbers. invigil sees each picture
alone, without the memory and the look-back that it has in a film. One thread.
"""

import argparse
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "examples", "redaction_audit"), os.path.join(HERE, "..", "tools", "redaction")]
os.environ["OMP_NUM_THREADS"] = "1"

import clips  # noqa: E402
import cv2  # noqa: E402
import documents  # noqa: E402
import invigil as inv  # noqa: E402
import measure  # noqa: E402
import numpy as np  # noqa: E402
import scene  # noqa: E402


def flat_documents(pool, seed, count):
    """(RGB, truth) of flat documents, 900 pixels wide, on grey."""
    for n in range(count):
        _, flat = pool.document(np.random.default_rng([seed, 7, n]))
        scale = min(900 / flat.image.shape[1], 1000 / flat.image.shape[0], 1.0)
        page = cv2.resize(flat.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        rgb = cv2.copyMakeBorder(page, 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=(200, 200, 200))
        yield rgb, {"frame": n, "t": 0.0, "hidden": [], "documents": [
            {"outline": (flat.cards[0] * scale + 12).tolist(), "pitch": flat.pitch * scale, "blur": 0, "keep": [],
             "fields": [{"what": kind, "quad": (scene.box_corners(box) * scale + 12).tolist(), "pitch": flat.pitch * scale}
                        for kind, box in flat.fields if kind in clips.NUMBERS]}]}


def webcam_frames(pool, seed, count):
    """(RGB, truth) of 720p frames in which every field is well in view, one or two a clip."""
    given, index = 0, 0
    while given < count:
        taken = 0
        for rgb, truth in clips.Clip(pool, seed, index, size=(1280, 720)):
            if taken == 2:
                break
            if truth["frame"] % 25 == 10 and visible(truth, rgb.shape[:2]):
                yield rgb, truth
                given, taken = given + 1, taken + 1
                if given == count:
                    return
        index += 1


def visible(truth, shape):
    fields = [(d, f) for d in truth["documents"] for f in d["fields"]]
    if not fields:
        return False
    for document, field in fields:
        part = measure.View(truth, document, shape).part(field["quad"])
        if part is None or part[2] < 0.9 or field["pitch"] < 4 or document["blur"] > 0.5 * field["pitch"]:
            return False
    return True


class PassportEye:
    name = "PassportEye, all boxes"

    def __init__(self):
        from passporteye.mrz.image import BooneTransform, MRZBoxLocator, Scaler
        self.scalers, self.boone, self.locate = [Scaler(250), Scaler(1000)], BooneTransform(), MRZBoxLocator()

    def mask(self, rgb):
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        mask = np.zeros(grey.shape, np.uint8)
        for scaler in self.scalers:
            small, factor = scaler(grey / 255.0)
            for box in self.locate(self.boone(small)):
                corners = box.as_poly(5, 5)[:, ::-1] / factor  # its x is the row
                cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
        return mask


class Invigil:
    name = f"invigil {inv.__version__}, one picture alone" if hasattr(inv, "__version__") else "invigil, one picture alone"

    def mask(self, rgb):
        frame = inv.RedactIdCard(look_back=0).run([inv.RawFrame(rgb)])[0]
        return measure.covered_mask(frame.planes, frame.concealed)


def compare(finder, pictures):
    """Covered shares by kind, whether all fields of a picture are, ms, and masked area."""
    shares, whole, ms, area = {"mrz": [], "number": []}, [], [], []
    for rgb, truth in pictures:
        begin = time.perf_counter()
        mask = finder.mask(rgb)
        ms.append(1e3 * (time.perf_counter() - begin))
        area.append(mask.mean())
        each = []
        for document in truth["documents"]:
            view = measure.View(truth, document, mask.shape)
            for field in document["fields"]:
                part = view.part(field["quad"])
                if part is not None and part[1].sum() > 0:
                    where, inside, _ = part
                    each.append((mask[where] & inside).sum() / inside.sum())
                    shares[field["what"]].append(each[-1])
        whole.append(min(each, default=1.0) >= 0.98)
    return shares, whole, ms, area


def row(name, figures):
    shares, whole, ms, area = figures

    def share(kind, least):
        return f"{100 * np.mean(np.array(shares[kind]) >= least):.1f} %" if shares[kind] else "-"

    return (f"| {name} | {share('mrz', 0.95)} | {share('mrz', 0.98)} | {share('number', 0.95)} | {share('number', 0.98)} | "
            f"{100 * np.mean(whole):.1f} % | {100 * np.mean(area):.0f} % | {np.median(ms):.0f} |")


def main(options):
    cv2.setNumThreads(1)
    pool = clips.Pool(options.specimens)
    finders = []
    try:
        finders.append(PassportEye())
    except ImportError as e:
        print(f"skipped: PassportEye ({e.name} is absent; pip install passporteye)", file=sys.stderr)
    finders.append(Invigil())
    for title, source in (("flat documents", flat_documents), ("webcam frames, 720p", webcam_frames)):
        pictures = list(source(pool, options.seed, options.pictures))
        fields = [f["what"] for _, truth in pictures for d in truth["documents"] for f in d["fields"]]
        print(f"\n{len(pictures)} {title}: {fields.count('mrz')} zones, {fields.count('number')} other numbers\n")
        print("| finder | zones >= 95 % | >= 98 % | numbers >= 95 % | >= 98 % | pictures with all >= 98 % | area masked | ms, median |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for finder in finders:
            print(row(finder.name, compare(finder, pictures)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=300, help="of each set")
    parser.add_argument("--seed", type=int, default=910)
    parser.add_argument("--specimens", help="folder of labelled pictures of documents, in place of rendered ones")
    main(parser.parse_args())
