#!/usr/bin/python3
"""The main job from end to end, each step by one command, which is shown.

    exam.py INVIGIL OUT_FOLDER

Records from the webcam if there is one, else from a rendered exam (SCENE=1: always), and says what was flagged.
"""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PORTRAITS = ["/usr/lib/python3/dist-packages/skimage/data/astronaut.png"]
WEBCAM_SECONDS = 20
CONSENT = {"given": True, "purpose": "to try invigil on this machine", "audience": "whoever ran the demo",
           "retention": "P1D", "by": "whoever ran the demo"}


def heading(text):
    print(f"\n== {text}", flush=True)


def run(*command, ok=(0,), quiet=False, output=False):
    """Runs one command after showing it; ends the demo when it fails with a status that is not in `ok`."""
    words = [str(c) for c in command]
    if not quiet:
        print("$ " + shlex.join(shortened(w) for w in words), flush=True)
    done = subprocess.run(words, stdout=subprocess.PIPE if output else None, text=True)
    if done.returncode not in ok:
        sys.exit(f"exam.py: {pathlib.Path(words[0]).name} ended with status {done.returncode}")
    return done


def shortened(word):
    """Paths below the working folder as one would type them."""
    return os.path.relpath(word) if word.startswith(os.getcwd() + os.sep) else word


def cameras(invigil):
    """The cameras that the library could open; none when devices are switched off in this build."""
    listed = subprocess.run([str(invigil), "devices", "--json"], capture_output=True, text=True)
    try:
        found = json.loads(listed.stdout)
    except ValueError:
        return []
    found = found.get("devices", found) if isinstance(found, dict) else found
    return [d for d in found if d.get("kind") == "camera"]


def agreed():
    """Asks the person in front of the camera; nobody to ask is not a yes."""
    if not sys.stdin.isatty():
        return None
    answer = input(f"A webcam is there. Record {WEBCAM_SECONDS} s of you and this room, to files on this machine "
                   "only? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def render(folder):
    """The rendered exam, or the one that an earlier run left."""
    newest = max(p.stat().st_mtime for p in (HERE / "scene").glob("*.py"))
    if (folder / "scene.mp4").exists() and (folder / "scene.mp4").stat().st_mtime > newest:
        return
    portrait = next((p for p in PORTRAITS if pathlib.Path(p).exists()), None)
    if not portrait:
        sys.exit(f"exam.py: {PORTRAITS[0]} is missing; run tools/install demo")
    print("Rendering an exam of 70 s: somebody sits, turns away, leaves; a visitor; a passport; speech ...", flush=True)
    begun = time.monotonic()
    run(sys.executable, HERE / "scene" / "render.py", folder, "--portrait", portrait)
    print(f"rendered in {time.monotonic() - begun:.0f} s")


def input_options(invigil, folder):
    """What is recorded, as options of `invigil record`, and whether it is the rendered exam."""
    if not os.environ.get("SCENE") and cameras(invigil):
        consent = agreed()
        if consent is not False:
            write_consent(folder, bool(consent))
            return ["--for", f"{WEBCAM_SECONDS}s"], False
    print("No webcam is used: recording a rendered exam." if not os.environ.get("SCENE") else "SCENE=1: the "
          "rendered exam.")
    render(folder)
    write_consent(folder, True)
    return ["--input", folder / "scene.mp4", "--events", folder / "events.jsonl"], True


def write_consent(folder, given):
    (folder / "consent.json").write_text(json.dumps({**CONSENT, "given": given}, indent=2) + "\n")


def keys(invigil, folder):
    """A key pair for this run: the private half stays with staff, the client only gets the public half."""
    run(invigil, "keygen", "-o", folder / "staff.key", "--force")
    lines = (folder / "staff.key").read_text().split()
    return next(word for word in lines if word.startswith("age1"))


def record(invigil, folder, recipient, source):
    out = ["--to", folder / "exam.tar", "-r", recipient, "--consent", folder / "consent.json",
           "--flags", folder / "flags.jsonl", "--signer-out", folder / "signer.pub", "--force"]
    begun = time.monotonic()
    status = run(invigil, "record", *out, *source, ok=(0, 5)).returncode
    print(f"recorded in {time.monotonic() - begun:.1f} s, {(folder / 'exam.tar').stat().st_size / 1e6:.1f} MB"
          if status == 0 else "the webcam could not be used")
    return status == 0


def clock(seconds):
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"


def describe(flag):
    points = f"{flag['points']:5.1f}" if flag.get("points") else "    -"
    return f"  {clock(flag['begin']):>7} - {clock(flag['end']):>7}  {flag['flag']:<18} {points}  {flag['because']}"


def tell_score(result):
    """What was flagged, when, why, and by which detectors."""
    heading("What a reviewer should look at")
    print("     from -      to  flag               points  because")
    rows = sorted(result["because"] + result["technical"], key=lambda flag: flag["begin"])
    for flag in rows:
        print(describe(flag))
    print(f"  score {result['score']:.1f} ({result['level']}): a reason to look, never a verdict" if rows else
          "  nothing")
    for what, model in sorted(result["models"].items()):
        print(f"  {what}: found by {model}")
    if any("fallback" in model or model == "none" for model in result["models"].values()):
        print("  Detection models are absent: `invigil models fetch` installs better detectors than these.")
    return rows


def matches(truth, flags):
    """Whether a flag of that name overlaps what the scene shows."""
    return any(f["flag"] == truth["what"] and f["begin"] < truth["end"] + 1 and f["end"] > truth["begin"] - 1
               for f in flags)


def concealment(folder, media):
    """Measured on the decrypted recording."""
    sys.path.insert(0, str(HERE / "scene"))
    import concealed  # needs OpenCV, which only the rendered exam needs too

    _, shown, left_open = concealed.count_pictures(media, folder / "truth.json")
    if not left_open:
        return f"its numbers are covered in all {shown} pictures"
    return f"NUMBERS LEFT OPEN in {len(left_open)} of {shown} pictures"


def compare(folder, flags, media, models):
    """The rendered exam knows what happens in it."""
    heading("What happens in the rendered exam, and whether it was flagged")
    for row in json.loads((folder / "truth.json").read_text())["spans"]:
        if row["what"] == "passport_shown":
            verdict = concealment(folder, media)
        elif row["what"] == "speech" and models.get("speech") == "none":
            verdict = "not flagged: without the model nothing tells speech from noise"
        else:
            verdict = "flagged" if matches(row, flags) else "NOT FLAGGED"
        print(f"  {clock(row['begin']):>7} - {clock(row['end']):>7}  {row['what']:<18} {verdict}")


def stock_tools(folder, media):
    here = shortened(str(folder))
    heading("The files, and how to open them without invigil")
    for name, what in (("exam.tar", "the encrypted recording"), ("staff.key", "the private key; keep it apart"),
                       ("signer.pub", "who wrote the recording, to register"), ("flags.jsonl", "what was flagged"),
                       (media.name, "the recording, decrypted"), ("report.html", "the page for the reviewer")):
        if (folder / name).exists():
            print(f"  {here}/{name:<14} {what}")
    print(f"""
  rm -rf {here}/stock && mkdir {here}/stock && tar xf {here}/exam.tar -C {here}/stock
  for f in $(ls {here}/stock/i/*.age | head -1) {here}/stock/s/*.age; do age -d -i {here}/staff.key "$f"; done > {here}/stock/exam.mp4
  ffplay {here}/stock/exam.mp4""")


def exam(invigil, folder):
    heading("Keys")
    recipient = keys(invigil, folder)
    heading("Record: conceal document numbers, flag, encrypt")
    source, rendered = input_options(invigil, folder)
    if not record(invigil, folder, recipient, source):
        os.environ["SCENE"] = "1"
        source, rendered = input_options(invigil, folder)
        record(invigil, folder, recipient, source)
    heading("Verify, without any key")
    run(invigil, "verify", folder / "exam.tar", "--signer", (folder / "signer.pub").read_text().strip())
    heading("Decrypt, with the private key")
    media = folder / "exam.mp4"
    run(invigil, "decrypt", folder / "exam.tar", "-i", folder / "staff.key", "-o", media, "--force")
    heading("Score the recording, and make the reviewer's page")
    scored = run(invigil, "score", folder / "exam.tar", "-i", folder / "staff.key", "--json", output=True)
    (folder / "score.json").write_text(scored.stdout)
    run(invigil, "review", folder / "exam.tar", "-i", folder / "staff.key", "--report", folder / "report.html", "--force")
    result = json.loads(scored.stdout)
    flags = tell_score(result)
    if rendered:
        compare(folder, flags, media, result["models"])
    stock_tools(folder, media)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    invigil, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.which("ffmpeg") is None:
        sys.exit("exam.py: ffmpeg is missing; run tools/install demo")
    exam(invigil, folder)


if __name__ == "__main__":
    main()
