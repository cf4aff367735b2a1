#!/usr/bin/env python3
"""How well faces, phones and speech are found in labelled pictures and sound, and whether for all people alike.

    PYTHONPATH=build/python benchmarks/behaviour_evaluation.py build/examples/invigil/invigil FOLDER

FOLDER is yours; its labels.json is a list of {"file": "images/1.jpg", "label": {...}} where the label of a picture may
hold "faces" (how many), "phone" (true or false) and "group" (any name, e.g. a bin of the individual typology angle that
you measured: recall and false alarms are then compared between groups), and that of a sound "speech" (a list of
[begin, end] in seconds), "labelled_until_s" and "weak" (true: left out). Labels that are absent are left out.

Everything is read from what `invigil score --observations` writes. Speech is also measured with the sounds of
FOLDER that hold none mixed in at 0 dB. Needs ffmpeg and NumPy. With --baselines also what others give on the same:
OpenCV's Haar cascade `alt2` as its manual uses it (longer side 640, scale 1.1, three neighbours; Python's cv2 and Debian's
opencv-data), the cascades as this library falls back on them, and for speech WebRTC's VAD at its strictest (Python's
webrtcvad). What is not installed is left out.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

try:
    import webrtcvad
except ImportError:  # a baseline only
    webrtcvad = None
try:
    import cv2
except ImportError:  # likewise
    cv2 = None

from invigil.evaluation import by_group, calibration, largest_gap, wilson

RATE = 16000
STEP = 0.01


def observed(app, path, folder, environment=None):
    """The observations of one file, as dictionaries."""
    out = pathlib.Path(folder) / "o.jsonl"
    done = subprocess.run([app, "score", path, "--force", "--observations", out], capture_output=True, text=True,
                          env=environment)
    if done.returncode:
        print(done.stderr.strip(), file=sys.stderr)
        return []
    return [json.loads(line) for line in out.read_text().splitlines()]


def show(name, rate):
    print(f"{name:<44} {rate.value:6.3f}  ({rate.hits} of {rate.of}; 95 %: {rate.low:.3f} to {rate.high:.3f})")


def bucket(n):
    return min(n, 2)


CASCADE = "haarcascade_frontalface_alt2.xml"


def cascade():
    """Counts faces in a picture; None where the cascade is not installed."""
    folders = [pathlib.Path(os.environ.get("INVIGIL_CASCADES", "")), pathlib.Path("/usr/share/opencv4/haarcascades")]
    path = next((f / CASCADE for f in folders if (f / CASCADE).is_file()), None)
    if cv2 is None or path is None:
        return None
    detector = cv2.CascadeClassifier(str(path))

    def count(picture):
        grey = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
        scale = 640 / max(grey.shape)
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        return len(detector.detectMultiScale(cv2.equalizeHist(small), 1.1, 3, minSize=(24, 24)))

    return count


def faces_by(count, folder, labels):
    """The same of another detector's counts."""
    counted = [(e["label"]["faces"], count(folder / e["file"])) for e in labels
               if isinstance(e["label"].get("faces"), int) and e["file"].split("/")[0] == "images"]
    show_counts(counted)


def show_counts(counted):
    """(true, found) of each picture."""
    if not counted:
        return
    show("pictures with 0, 1 or 2+ faces counted right", wilson(sum(bucket(a) == bucket(b) for a, b in counted),
                                                                 len(counted)))
    print(f"{'faces too many / too few':<44} {sum(max(0, b - a) for a, b in counted)} / "
          f"{sum(max(0, a - b) for a, b in counted)}")


def pictures(app, folder, labels, temporary, environment=None):
    """Count accuracy, face recall, phones."""
    seen = []
    for entry in labels:
        if "faces" not in entry["label"] and "phone" not in entry["label"] or entry["file"].split("/")[0] == "videos":
            continue
        first = next((o for o in observed(app, folder / entry["file"], temporary, environment)
                      if "faces" in o), None)
        if first is not None:
            seen.append((entry["label"], first))
    counted = [(label["faces"], len(o["faces"])) for label, o in seen if isinstance(label.get("faces"), int)]
    show_counts(counted)
    grouped = [(label["group"], label["faces"] > 0, len(o["faces"]) > 0) for label, o in seen
               if label.get("group") is not None and isinstance(label.get("faces"), int)]
    rates = by_group(grouped)
    for group, rate in sorted(rates.items(), key=lambda item: str(item[0])):
        show(f"a face found, {group}", rate.recall)
        show(f"a face found where there is none, {group}", rate.false_alarms)
    if rates:
        print(f"{'largest gap between groups (recall)':<44} {largest_gap(rates):6.3f}")
    else:
        print("no label names a group: fairness cannot be measured on this folder")
    phones = [(label["phone"], any(x["label"] == "phone" for x in o["objects"])) for label, o in seen
              if isinstance(label.get("phone"), bool)]
    if phones:
        show("pictures with a phone in which it is found", wilson(sum(a and b for a, b in phones),
                                                                  sum(a for a, _ in phones)))
        show("pictures without one in which one is found", wilson(sum(b and not a for a, b in phones),
                                                                  sum(not a for a, _ in phones)))


def samples(path):
    out = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-ac", "1", "-ar", str(RATE), "-f", "f32le",
                          "-"], check=True, capture_output=True).stdout
    return np.frombuffer(out, np.float32)


def write(path, sound):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", "-",
                    "-c:a", "pcm_f32le", path], check=True, input=sound.astype("<f4").tobytes())


def heard(app, path, label, length, temporary):
    """Per 10 ms: is there speech, and its probability."""
    blocks = [o for o in observed(app, path, temporary) if "speech" in o]
    if not blocks or blocks[0]["speech"] is None:
        return np.zeros(0, bool), np.zeros(0)
    times = (np.arange(int(min(length, label.get("labelled_until_s", length)) / STEP)) + 0.5) * STEP
    truth = np.zeros(len(times), bool)
    for begin, end in label["speech"]:
        truth |= (times >= begin) & (times < end)
    starts = np.array([b["t"] for b in blocks])
    at = np.clip(np.searchsorted(starts, times, side="right") - 1, 0, len(starts) - 1)
    return truth, np.array([b["speech"] for b in blocks])[at]


def by_webrtc(sound, count):
    """Whether WebRTC's VAD hears speech, for each of `count` 10 ms."""
    vad = webrtcvad.Vad(3)
    step = int(RATE * STEP)
    samples16 = (np.clip(np.pad(sound, (0, count * step)), -1, 1) * 32767).astype("<i2")
    return np.array([vad.is_speech(samples16[i * step:(i + 1) * step].tobytes(), RATE) for i in range(count)])


def speech(app, folder, labels, temporary, baseline=False):
    """Recall, false alarms and calibration: as recorded, under noise at 0 dB, and of noise alone."""
    sounds = [e for e in labels if isinstance(e["label"].get("speech"), list) and not e["label"].get("weak")]
    noises = [samples(folder / e["file"]) for e in sounds if not e["label"]["speech"]]
    noises = [n for n in noises if np.any(n)]
    parts = {"as recorded": [], "under noise at 0 dB": [], "noise alone": []}
    others = {name: [] for name in parts}

    def listen(name, path, sound, label):
        parts[name].append(heard(app, path, label, len(sound) / RATE, temporary))
        if baseline:
            truth = parts[name][-1][0]
            others[name].append((truth, by_webrtc(sound, len(truth))))

    for entry in sounds:
        label, path = entry["label"], folder / entry["file"]
        sound = samples(path)
        if not label["speech"]:
            listen("noise alone", path, sound, label)
            continue
        listen("as recorded", path, sound, label)
        times = np.arange(len(sound)) / RATE
        spoken = np.zeros(len(sound), bool)
        for begin, end in label["speech"]:
            spoken |= (times >= begin) & (times < end)
        for noise in noises:
            noise = np.resize(noise, len(sound))
            mixed = sound + noise * np.sqrt(np.mean(sound[spoken] ** 2) / max(np.mean(noise**2), 1e-12))
            mixed = mixed / max(1.0, float(np.abs(mixed).max()))
            write(f"{temporary}/mixed.wav", mixed)
            listen("under noise at 0 dB", f"{temporary}/mixed.wav", mixed, label)
    for name, rows in parts.items():
        if not rows:
            continue
        truth, p = (np.concatenate(column) for column in zip(*rows))
        if not len(p):
            print("speech: no model")
            return
        # Neighbouring 10 ms are alike, so that the interval would be far too narrow: shown without.
        said = p >= 0.5
        recall = f"recall {said[truth].mean():.3f}, " if truth.any() else ""
        fit = calibration(p, truth)
        print(f"speech {name:<37} {recall}false alarms {said[~truth].mean():.3f}, "
              f"ECE {fit.ece:.3f}, Brier {fit.brier:.3f}")
        if baseline:
            truth, said = (np.concatenate(column) for column in zip(*others[name]))
            recall = f"recall {said[truth].mean():.3f}, " if truth.any() else ""
            print(f"{'  WebRTC, strictest':<44} {recall}false alarms {said[~truth].mean():.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("app")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--baselines", action="store_true")
    options = parser.parse_args()
    labels = [e for e in json.loads((options.folder / "labels.json").read_text()) if isinstance(e.get("label"), dict)]
    with tempfile.TemporaryDirectory() as temporary:
        pictures(options.app, options.folder, labels, temporary)
        if options.baselines:
            count = cascade()
            if count:
                print("-- OpenCV's Haar cascade:")
                faces_by(count, options.folder, labels)
            print("-- the cascades that stand in without models:")
            nowhere = {**os.environ, "INVIGIL_MODELS": "/nonexistent", "XDG_DATA_HOME": temporary}
            pictures(options.app, options.folder, labels, temporary, nowhere)
            print("--")
        speech(options.app, options.folder, labels, temporary, options.baselines and webrtcvad is not None)


if __name__ == "__main__":
    main()
