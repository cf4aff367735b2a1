#!/usr/bin/env python3
"""Composed sessions: real pictures and sound cut together so that all that happens is known, then scored.

    PYTHONPATH=build/python benchmarks/composed_sessions.py build/examples/invigil/invigil [DATA] [--sessions 4]

DATA is a folder with the pictures, videos and sounds that composer.py names; by default `behaviour` in $INVIGIL_TEST_DATA,
or beside the project. Needs ffmpeg, NumPy and OpenCV. Prints
event F1 (one-to-one at IoU >= 0.5) and median onset per flag, false behaviour flags per clean hour, and the level of
each session. With --check, the exit status is 1 when a bound of the project is missed.

What this cannot show: there are five candidates, of whom four are photographs that move, and cuts are hard. Other
people's sessions decide.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

from composer import PEOPLE, Composer

from invigil.evaluation import Event, event_scores, false_alarms_per_hour

# What happens -> the flags that it should raise. Other behaviour flags are false.
TRUTH = {"away": ["face_absent"], "visitor": ["multiple_faces"], "visitor who speaks": ["multiple_faces", "speech"],
         "covered": ["camera_covered"], "frozen": ["camera_frozen"], "replay": ["camera_loop"], "dark": ["low_light"],
         "speech": ["speech"], "muted": ["microphone_muted"], "swap": ["other_person"], "phone": ["phone"],
         "thinking aloud": ["speech"], "turned": ["head_away"], "gaze": ["gaze_away"]}
HAPPENS_TO_ALL = ["away", "visitor", "covered", "frozen", "replay", "dark", "speech", "muted", "swap", "phone"]
SKIPPED = 77
BESIDE = pathlib.Path(__file__).resolve().parents[2] / "shared"
LONG = {"replay": 16, "phone": 12, "swap": 10}


def incidents(chance, who):
    script = [("usual", 20)]
    own = list(PEOPLE[who].spans)
    for what in chance.sample(HAPPENS_TO_ALL + own, len(HAPPENS_TO_ALL + own)):
        script += [(what, LONG.get(what) or chance.randint(6, 10)), ("usual", chance.randint(10, 16))]
    return script


def nervous(chance, who):
    """Fidgets, a hand on the face, glances, and thinks aloud twice: honest all the same."""
    script = [("usual", 40)]
    habits = [("fidgets", 12), ("hand on face", 4), ("fidgets", 8), ("thinking aloud", 3)] * 2
    habits += [(span, 1) for span in PEOPLE[who].spans] * 6
    chance.shuffle(habits)
    for habit in habits:
        script += [habit, ("usual", chance.randint(8, 20))]
    return script


def cheating(chance):
    script = [("usual", 40), ("phone", 15), ("usual", 15), ("visitor who speaks", 8), ("usual", 10), ("away", 8),
              ("usual", 20), ("visitor who speaks", 7), ("usual", 15)]
    return script if chance.random() < 0.5 else script[:1] + script[3:]


def sessions(options):
    """Name, candidate, script."""
    for i in range(options.sessions):
        chance = random.Random(options.seed * 100 + i)
        who = (options.seed + i) % len(PEOPLE)
        yield f"incidents{i + 1}", who, incidents(chance, who)
        yield f"clean{i + 1}", (who + 1) % len(PEOPLE), [("usual", 150)]
        yield f"nervous{i + 1}", (who + 2) % len(PEOPLE), nervous(chance, (who + 2) % len(PEOPLE))
        yield f"cheating{i + 1}", (who + 3) % len(PEOPLE), cheating(chance)


def short_sessions():
    """For a test: what most depends on, an honest candidate who is restless, and one who is helped."""
    yield "short", 0, [("usual", 12), ("visitor", 6), ("usual", 8), ("covered", 5), ("usual", 8), ("speech", 6),
                       ("usual", 9), ("away", 6), ("usual", 6)]
    yield "short-nervous", 0, [("usual", 15), ("fidgets", 10), ("usual", 6), ("hand on face", 4), ("gaze", 1),
                               ("usual", 6), ("thinking aloud", 3), ("usual", 10), ("fidgets", 8), ("gaze", 1),
                               ("usual", 6), ("thinking aloud", 3), ("usual", 10)]
    yield "short-cheating", 2, [("usual", 15), ("visitor who speaks", 8), ("usual", 10), ("away", 8), ("usual", 15),
                                ("visitor who speaks", 7), ("usual", 10)]


def score(app, path):
    """The flags as events, their kinds, and the level."""
    flags = path.with_suffix(".flags")
    models = os.environ.get("INVIGIL_MODELS") or str(BESIDE / "models")
    out = subprocess.run([app, "score", path, "--json", "--force", "--flags", flags, "--observations",
                          path.with_suffix(".jsonl")], check=True, capture_output=True,
                         env={**os.environ, "INVIGIL_MODELS": models})
    lines = [json.loads(line) for line in flags.read_text().splitlines()]
    return [(Event(f["flag"], f["begin"], f["end"]), f["kind"]) for f in lines], json.loads(out.stdout)["level"]


@dataclass
class Tally:
    truth: list = field(default_factory=list)
    found: list = field(default_factory=list)
    false: list = field(default_factory=list)
    clean_seconds: float = 0.0
    wrong: list = field(default_factory=list)

    def add(self, name, truth, found, length, level):
        known = {flag for flags in TRUTH.values() for flag in flags}
        counted = [event for event, kind in found if kind == "behaviour" or event.what in known]
        if "clean" in name or "nervous" in name:
            self.clean_seconds += length
            spoken = [t for t in truth if t.what == "speech"]
            self.false += [e for e, kind in found if kind == "behaviour" and not any(
                e.what == t.what and e.begin < t.end and t.begin < e.end for t in spoken)]
            if level != "low":
                self.wrong.append(f"{name} is {level}")
        elif "cheating" in name and level != "high":
            self.wrong.append(f"{name} is {level}")
        if "nervous" not in name:
            offset = 1e6 * (len(self.truth) + len(self.found) + 1)  # sessions are matched apart
            self.truth += [Event(t.what, t.begin + offset, t.end + offset) for t in truth]
            self.found += [Event(f.what, f.begin + offset, f.end + offset) for f in counted]
        print(f"{name}: {length:.0f} s, {len(truth)} things happened, {len(counted)} flags, level {level}",
              file=sys.stderr, flush=True)

    def report(self):
        print(f"{'flag':<18} {'true':>5} {'hits':>5} {'false':>5} {'F1':>6} {'onset s':>8}")
        scores = event_scores(self.truth, self.found)
        for what, s in scores.items():
            print(f"{what:<18} {s.hits + s.missed:>5} {s.hits:>5} {s.false:>5} {s.f1:>6.3f} {s.onset:>8.2f}")
            if s.hits and s.onset > 1:
                self.wrong.append(f"{what} begins {s.onset:.2f} s off")
        if self.truth and scores["all"].f1 < 0.9:
            self.wrong.append(f"F1 is {scores['all'].f1:.3f}")
        if self.clean_seconds:
            print(f"false behaviour flags per clean hour: {false_alarms_per_hour(self.false, self.clean_seconds):.1f} "
                  f"({len(self.false)} in {self.clean_seconds / 60:.1f} min: {sorted(e.what for e in self.false)})")
        if len(self.false) > self.clean_seconds / 3600:
            self.wrong.append(f"{len(self.false)} false flags in {self.clean_seconds / 3600:.2f} clean hours")
        for line in self.wrong:
            print("missed:", line)
        return 1 if self.wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("app")
    parser.add_argument("data", type=pathlib.Path, nargs="?",
                        default=pathlib.Path(os.environ.get("INVIGIL_TEST_DATA") or BESIDE / "data") / "behaviour")
    parser.add_argument("--sessions", type=int, default=4, help="of each kind: incidents, clean, nervous, cheating")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only sessions whose name begins so; short: others than else")
    parser.add_argument("--keep", type=pathlib.Path, help="the sessions stay here, and are not made again")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bound is missed")
    options = parser.parse_args()
    short = options.only.startswith("short")
    if not options.data.is_dir():
        print(f"{options.data}: no such folder", file=sys.stderr)
        return SKIPPED
    tally = Tally()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for number, (name, who, script) in enumerate(short_sessions() if short else sessions(options)):
            if not name.startswith(options.only):
                continue
            truth_file = folder / f"{name}.truth"
            if truth_file.exists():
                kept = json.loads(truth_file.read_text())
                path, length = folder / f"{name}.mp4", kept["length"]
                truth = [Event(*event) for event in kept["truth"]]
            else:
                composer = Composer(options.data, folder, options.seed * 1000 + number, who)
                path, truth, length = composer.session(name, script, TRUTH)
                truth_file.write_text(json.dumps(
                    {"length": length, "truth": [(t.what, t.begin, t.end) for t in truth]}))
            found, level = score(options.app, path)
            tally.add(name, truth, found, length, level)
    missed = tally.report()
    return missed if options.check else 0


if __name__ == "__main__":
    sys.exit(main())
