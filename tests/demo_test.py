#!/usr/bin/env python3
"""README's first command on the rendered exam, judged by what the exam is known to show.

    demo_test.py SOURCE INVIGIL_APP [MODELS_FOLDER]

Runs once with the models, where they are, and once without any. What happens must be flagged, nothing may be flagged
that does not happen, and no number of the passport may be left in the decrypted recording.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

EVENTS = {"focus_lost", "paste"}
failures = []


def check(holds, what):
    print(("ok      " if holds else "FAILED  ") + what, flush=True)
    if not holds:
        failures.append(what)


def run_demo(source, app, folder, models):
    """The demo's output; the exam is rendered anew when it is not in `folder`."""
    nowhere = folder / "nowhere"
    environment = {**os.environ, "SCENE": "1", "INVIGIL_MODELS": str(models or nowhere), "XDG_DATA_HOME": str(nowhere)}
    done = subprocess.run([sys.executable, source / "examples/demo/exam.py", app, folder], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=900)
    print(done.stdout)
    check(done.returncode == 0, "the demo runs to its end")
    return done.stdout


def overlap(flag, span, slack=1.5):
    return flag["begin"] < span["end"] + slack and flag["end"] > span["begin"] - slack


def check_found(name, flags, spans):
    """Every span is flagged, every flag of that name lies on a span."""
    mine = [f for f in flags if f["flag"] == name]
    for span in (s for s in spans if s["what"] == name):
        check(any(overlap(f, span) for f in mine), f"{name} at {span['begin']} s is flagged")
    for flag in mine:
        check(any(overlap(flag, s) for s in spans if s["what"] == name), f"{name} at {flag['begin']} s happens")


def check_concealed(source, folder):
    """No field of the passport shows through in any picture of the decrypted recording."""
    sys.path.insert(0, str(source / "examples/demo/scene"))
    import concealed

    pictures, shown, left_open = concealed.count_pictures(folder / "exam.mp4", folder / "truth.json")
    check(pictures == 2100, f"all 2100 pictures are in the recording: {pictures}")
    check(not left_open, f"of {shown} pictures with the passport, {len(left_open)} show a number: {left_open[:8]}")


def check_stock_tools(folder):
    """tar and age alone give the same film."""
    stock = folder / "stock"
    shutil.rmtree(stock, ignore_errors=True)
    stock.mkdir()
    subprocess.run(["tar", "xf", folder / "exam.tar", "-C", stock], check=True)
    film = b""
    for member in [min((stock / "i").iterdir()), *sorted((stock / "s").iterdir())]:
        film += subprocess.run(["age", "-d", "-i", folder / "staff.key", member], check=True, capture_output=True).stdout
    (stock / "exam.mp4").write_bytes(film)
    probe = ["ffprobe", "-v", "error", "-count_packets", "-select_streams", "v:0", "-show_entries",
             "stream=nb_read_packets", "-of", "csv=p=0", str(stock / "exam.mp4")]
    counted = subprocess.run(probe, check=True, capture_output=True, text=True).stdout.strip().strip(",")
    check(counted == "2100", f"tar and age alone give all pictures: {counted}")


def judge(source, folder, with_models):
    score = json.loads((folder / "score.json").read_text())
    flags = score["because"] + score["technical"]
    spans = json.loads((folder / "truth.json").read_text())["spans"]
    for name in ("face_absent", *sorted(EVENTS)):
        check_found(name, flags, spans)
    if with_models:
        check_found("multiple_faces", flags, spans)
        check_found("speech", flags, spans)
    live = [json.loads(line)["flag"] for line in (folder / "flags.jsonl").read_text().splitlines()]
    check("face_absent" in live, "the absence was flagged while recording")
    check_concealed(source, folder)


def main():
    source, app = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
    models = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    with tempfile.TemporaryDirectory(prefix="invigil-demo-") as name:
        folder = pathlib.Path(name)
        for known in ([models, None] if models and models.is_dir() else [None]):
            told = run_demo(source, app, folder, known)
            if failures:
                break
            check("cascade" in told if not known else "yunet" in told, "the detector is named")
            judge(source, folder, bool(known))
        if not failures:
            check_stock_tools(folder)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
