"""Audits redaction: which frames leak a document's number?

    export PYTHONPATH=build/release/python REDACTION_FONTS=... REDACTION_PICTURES=...   # see tools/redaction/README.md
    python3 examples/redaction_audit render --clips 140 --out audit          # renders 11,000 frames, redacts, measures
    python3 examples/redaction_audit render --specimens DIR --out audit2     # with labelled pictures of documents
    python3 examples/redaction_audit render --films DIR --out audit3         # footage without documents: over-redaction
    python3 examples/redaction_audit files --redacted out.mkv --truth clip.jsonl --regions r.jsonl
    python3 examples/redaction_audit read out.mp4                            # no truth: what does OCR still read?

`render` can be stopped and goes on where it was; `--json` prints figures for programs; `OUT/worst.png` shows the worst frames.
Exit status: 0 when nothing leaked, 1 when something did.
"""

import argparse
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "tools", "redaction")]

import audit  # noqa: E402
import cv2  # noqa: E402
import invigil as inv  # noqa: E402
import judge as ocr  # noqa: E402
import numpy as np  # noqa: E402
import report  # noqa: E402


def read(options):
    """Frames in which the judge reads 4 digits in a row; texts that are no document's count too, so look at what it says."""
    judge = ocr.Judge(options.tessdata)
    if judge.missing:
        raise SystemExit(judge.missing)
    found, count = [], 0
    for raw in inv.MediaFile(options.file).video():
        if count % options.every_nth == 0:
            luma = inv.KeepUnredacted().process(raw)[0].luma
            scale = max(1.0, 1600 / luma.shape[1])
            large = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
            digits = max(ocr.longest_digits(judge.read(np.rot90(large, turn), 11)) for turn in range(4 if options.turns else 1))
            if digits >= ocr.RUN:
                found.append({"frame": count, "digits": digits})
        count += 1
    print(json.dumps({"frames": count, "read": found}) if options.json else
          f"{options.file}: {len(found)} of {(count + options.every_nth - 1) // options.every_nth} frames looked at show {ocr.RUN} digits in a "
          f"row{': ' + ', '.join(str(f['frame']) for f in found[:20]) if found else ''}")
    return 1 if found else 0


def judged(clips_done):
    """Of the leaking frames: how many the judge can read at all, and in how many it reads on after redaction."""
    looked = [r for c in clips_done for r in c.get("read", [])]
    return {"looked": len(looked), "legible_to_judge": sum(r["before"] >= ocr.LEGIBLE for r in looked),
            "read_after": sum(r["after"] >= ocr.RUN for r in looked)}


def say(clips_done, options):
    figures = report.total(clips_done)
    if getattr(options, "ocr", False):
        figures["judge"] = judged(clips_done)
    if options.json:
        print(json.dumps({**figures, "clips_each": [{k: v for k, v in report.of_clip(c).items() if not isinstance(v, list) or k == "documents"}
                                                    for c in clips_done]}))
    else:
        print(report.text(clips_done))
        if "judge" in figures:
            j = figures["judge"]
            print(f"\nthe judge on the {j['looked']} leaking frames: in {j['legible_to_judge']} it can read {ocr.LEGIBLE} characters of what leaks "
                  f"before redaction, in {j['read_after']} {ocr.RUN} after it")
        if options.table:
            print("\n" + report.table(clips_done))
    return 1 if figures["leaks"] or figures["wrong_samples"] else 0


def arguments():
    parser = argparse.ArgumentParser(prog="redaction_audit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    r = verbs.add_parser("render", help="render clips, redact them, measure")
    r.add_argument("--clips", type=int, default=140)
    r.add_argument("--first", type=int, default=0)
    r.add_argument("--seed", type=int, default=900)
    r.add_argument("--size", type=lambda s: tuple(int(v) for v in s.split("x")))
    r.add_argument("--scenario")
    r.add_argument("--specimens", help="folder of labelled pictures of documents (labels.json)")
    r.add_argument("--films", help="folder of footage without documents in place of rendered clips")
    r.add_argument("--longest", type=int, default=900, help="frames of a film")
    r.add_argument("--out", required=True, help="folder for results")
    r.add_argument("--jobs", type=int, default=1)
    r.add_argument("--ocr", action="store_true", help="let the judge read leaking frames")
    r.add_argument("--tessdata", help="folder with ocrb.traineddata")
    r.add_argument("--cover", default="numbers")
    r.add_argument("--look-back", type=float, default=0.5)
    r.add_argument("--hold", type=float, default=0.5)
    r.add_argument("--every", type=int, default=4)
    r.add_argument("--keep-unredacted", action="store_true", help="redact nothing: everything must be found to leak")
    f = verbs.add_parser("files", help="measure files that were redacted")
    f.add_argument("--redacted", required=True, help="a video, or a folder of them")
    f.add_argument("--truth", required=True, help="its JSONL, or a folder of NAME.jsonl")
    f.add_argument("--regions", help="what `invigil redact --regions` wrote, or a folder of NAME.jsonl")
    f.add_argument("--tolerance", type=int, default=12, help="how far lossy coding may move the constant")
    o = verbs.add_parser("read", help="let OCR read a redacted file of which nothing is known")
    o.add_argument("file")
    o.add_argument("--every-nth", type=int, default=5)
    o.add_argument("--turns", action="store_true", help="also turned by 90, 180 and 270 degrees")
    o.add_argument("--tessdata")
    for p in (r, f, o):
        p.add_argument("--json", action="store_true")
        p.add_argument("--table", action="store_true", help="a line per clip")
    return parser


def main(words=None):
    options = arguments().parse_args(words)
    if options.verb == "read":
        return read(options)
    if options.verb == "render" and options.ocr:
        missing = ocr.Judge(options.tessdata).missing
        if missing:
            raise SystemExit(missing)
    return say(audit.render(options) if options.verb == "render" else audit.files(options), options)


if __name__ == "__main__":
    sys.exit(main())
