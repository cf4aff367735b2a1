#!/usr/bin/env python3
"""What analysis costs: CPU seconds a second of 1280x720 at 30 pictures a second with sound.

    PYTHONPATH=build/python benchmarks/analysis_cost.py build/examples/invigil/invigil DATA [--seconds 60] [--rounds 3]

DATA is a folder with the pictures and sounds that composer.py names. Two candidates are composed: one who moves and now
and then speaks ("steady"), one who reads and hardly moves ("gated"). Each is measured in turn: all of the analysis, less
what decoding the same file alone takes in the same process; then `invigil score` of the film, and of a recording of it,
everything included; and ffmpeg decoding the film on one thread, since a shared machine's speed is anybody's guess. Shown
are the medians of the rounds, and how many pictures a second were looked at. With --check, the exit status is 1 when a
bound of the project is missed. Needs ffmpeg, NumPy and OpenCV.
"""

import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

from composer import FPS, PEOPLE, Body, Composer

import invigil as inv

MOST = {"steady": 0.25, "gated": 0.15}  # CPU seconds a second, analysis alone.
LEAST = {"film": 4.0, "recording": 6.0}  # Times real time, per core, everything included.


class Reader(Body):
    """Sits as still as people do: breathes, and sways by a pixel or two."""

    def look(self, what="", restless=1.0):
        return super().look(what, restless * 0.12)


def compose(data, folder, name, seconds):
    """A film of the candidate, without anything that is flagged."""
    composer = Composer(data, folder, 7, who=2)
    if name == "gated":
        composer.body = Reader(composer.rng, data, PEOPLE[composer.who])
        script = [("usual", seconds)]
    else:
        script = [("usual", seconds - seconds // 4), ("thinking aloud", seconds // 4)]
    small, _, _ = composer.session(name, script, {})
    film = folder / f"{name}-720p30.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", small, "-vf",
                    f"scale=960:720,pad=1280:720:-1:-1,noise=alls=6:allf=t,fps={2 * FPS}", "-c:v", "libx264", "-preset",
                    "veryfast", "-crf", "26", "-c:a", "copy", film], check=True)
    return film


def used(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def graph(film, analyse):
    """CPU seconds of a session over the film, without redaction, and what was observed."""
    media, session = inv.MediaFile(str(film)), inv.Session()
    video = session.add(media.video()).via(inv.KeepUnredacted())
    audio = session.add(media.audio())
    seen = session.analyse(video, audio).observations.collect() if analyse else []
    before = used(resource.RUSAGE_SELF)
    session.run()
    return used(resource.RUSAGE_SELF) - before, [o for o in seen if isinstance(o, inv.PictureObservation)]


def command(*arguments):
    before = used(resource.RUSAGE_CHILDREN)
    out = subprocess.run([str(a) for a in arguments], check=True, capture_output=True)
    return used(resource.RUSAGE_CHILDREN) - before, out.stdout


class Costs:
    """One film."""

    def __init__(self, options, folder, name):
        self.app, self.name, self.seconds, self.folder = options.app, name, options.seconds, folder
        self.film = compose(options.data, folder, name, options.seconds)
        self.key, self.recording = folder / f"{name}.key", folder / f"{name}.tar"
        recipient = command(self.app, "keygen", "-o", self.key)[1].decode().strip()
        command(self.app, "record", "--quiet", "--input", self.film, "--to", self.recording, "-r", recipient)
        self.rounds = []

    def measure(self):
        alone, _ = graph(self.film, False)
        both, seen = graph(self.film, True)
        film, said = command(self.app, "score", self.film, "--json")
        recording, _ = command(self.app, "score", self.recording, "-i", self.key, "--json")
        decode, _ = command("ffmpeg", "-v", "error", "-nostdin", "-threads", 1, "-i", self.film, "-f", "null", "-")
        assert len(seen) > self.seconds, "hardly anything was looked at"
        assert json.loads(said)["level"] == "low", "an honest candidate is not low"
        assert all(len(o.faces) == 1 for o in seen), "the face is not seen throughout"
        self.rounds.append({"analysis": (both - alone) / self.seconds, "looks": len(seen) / self.seconds,
                            "film": film / self.seconds, "recording": recording / self.seconds,
                            "ffmpeg": decode / self.seconds})

    def report(self):
        """Prints a line; returns which bounds were missed."""
        costs = {what: statistics.median(r[what] for r in self.rounds) for what in self.rounds[0]}
        print(f"{self.name:<8} {costs['looks']:>8.2f} {costs['analysis']:>9.3f} {costs['analysis'] / costs['ffmpeg']:>8.2f} "
              f"{costs['film']:>7.3f} {1 / costs['film']:>6.2f} {costs['recording']:>10.3f} {1 / costs['recording']:>6.2f} "
              f"{costs['ffmpeg']:>7.3f}")
        missed = [] if costs["analysis"] <= MOST[self.name] else [f"{self.name}: analysis {costs['analysis']:.3f}"]
        return missed + [f"{self.name}: {what} {1 / costs[what]:.2f} times real time" for what, least in LEAST.items()
                         if 1 / costs[what] < least]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("app")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bound is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        films = [Costs(options, pathlib.Path(folder), name) for name in MOST]
        for _ in range(options.rounds):
            for film in films:
                film.measure()
        print(f"{'':<8} {'looks/s':>8} {'analysis':>9} {'/ffmpeg':>8} {'film':>7} {'times':>6} {'recording':>10} {'times':>6} "
              f"{'ffmpeg':>7}   CPU s a second; times: real time, per core")
        missed = [line for film in films for line in film.report()]
    for line in missed:
        print("missed:", line)
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
