#!/usr/bin/env python3
"""Composed sessions: real pictures and sound cut together so that all that happens is known, then scored.

    PYTHONPATH=build/python benchmarks/composed_sessions.py build/examples/invigil/invigil DATA [--sessions 4]

DATA is a folder with the videos and sounds named below (labels.json beside them says what they show). Needs ffmpeg and
NumPy. Prints event F1 (one-to-one at IoU >= 0.5) and median onset per flag, false behaviour flags per clean hour, and
the level of each session.

What this cannot show: there is one candidate and one visitor, cuts are hard, and the pieces of the candidate repeat
(each at another speed, mirrored or backwards, so that only the replay is one). Other people's sessions decide.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import wave

import numpy as np

from invigil.evaluation import Event, event_scores, false_alarms_per_hour

RATE = 16000
FPS = 15
SIZE = "640x480"
CANDIDATE = "videos/ProctoringAI__center_left_center.mp4"
LOOKS_STRAIGHT = [(0.0, 5.0), (10.3, 15.2)]
DESK = "videos/samplevideos__bottle-detection.mp4"
EMPTY = [(0.0, 6.0), (28.0, 38.0)]
VISITORS = ["videos/samplevideos__book.mkv", "videos/samplevideos__walk.mkv", "videos/samplevideos__school.mkv"]
# Without a pause; with the noise that it is mixed with, in dB below it. At 0 dB speech from across a room is not heard.
CLOSE = [("audio/pyannoteaudio__sample.wav", begin, end, 0) for begin, end in [(10.6, 17.9), (18.1, 28.4), (7.6, 14.7)]]
FAR = [("audio/pyannoteaudio__dev00.wav", 1.5, 13.2, 15), ("audio/pyannoteaudio__tst00.wav", 0.95, 12.2, 15)]
SPEECH = CLOSE + FAR
NOISE = ["audio/speechbrain__noise1.wav", "audio/speechbrain__noise_diffuse.flac"]

# What happens -> the flags that it should raise. Other behaviour flags are false.
TRUTH = {"away": ["face_absent"], "visitor": ["multiple_faces"], "covered": ["camera_covered"],
         "frozen": ["camera_frozen"], "replay": ["camera_loop"], "dark": ["low_light"], "speech": ["speech"],
         "muted": ["microphone_muted"]}


def ffmpeg(*arguments, **options):
    return subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True,
                          capture_output=True, **options).stdout


def sound(path):
    """Mono float samples at RATE."""
    return np.frombuffer(ffmpeg("-i", path, "-ac", 1, "-ar", RATE, "-f", "f32le", "-"), np.float32)


def rms(x):
    return float(np.sqrt(np.mean(x**2))) or 1.0


class Composer:
    """Renders one session from a list of (what, seconds)."""

    def __init__(self, data, folder, seed):
        self.data, self.folder, self.random = data, folder, random.Random(seed)
        self.pieces = 0

    def candidate(self, length):
        """A filter that makes `length` seconds of the candidate, unlike the last: its input and graph."""
        begin, end = self.random.choice(LOOKS_STRAIGHT)
        speed = self.random.uniform(0.85, 1.2)
        steps = [f"trim={begin}:{end}", "setpts=PTS-STARTPTS", "split[x][y];[y]reverse[z];[x][z]concat"]
        steps += [f"loop=-1:{24 * 11}:0", f"setpts=N/24/TB*{speed:.3f}", f"fps={FPS}"]
        if self.random.random() < 0.5:
            steps.append("hflip")
        steps.append(f"eq=brightness={self.random.uniform(-0.06, 0.06):.3f}")
        steps.append("split[f][b];[b]scale=640:480,boxblur=20[bb];[f]scale=-2:480[ff];[bb][ff]overlay=(W-w)/2:0")
        return ",".join(steps) + f",noise=alls=3:allf=t,trim=0:{length},setpts=PTS-STARTPTS"

    def piece(self, what, length):
        """Renders one piece of picture and returns its file."""
        self.pieces += 1
        out = self.folder / f"piece{self.pieces}.mkv"
        film = ["-i", self.data / CANDIDATE]
        graph = f"[0:v]{self.candidate(length)}[v]"
        if what == "away":
            begin = self.random.choice(EMPTY)[0]
            film = ["-ss", begin, "-i", self.data / DESK]
            graph = f"[0:v]scale={SIZE},fps={FPS},split[x][y];[y]reverse[z];[x][z]concat,trim=0:{length}[v]"
            film = ["-ss", begin, "-t", 6, "-i", self.data / DESK]
            graph = graph.replace("concat,", f"concat,loop=-1:{FPS * 12}:0,setpts=N/{FPS}/TB,")
        elif what == "visitor":
            film += ["-stream_loop", -1, "-i", self.data / self.random.choice(VISITORS)]
            x = self.random.choice([10, 430])
            graph = (f"[0:v]{self.candidate(length)}[c];[1:v]fps={FPS},crop=220:360:200:60,scale=200:-2[w];"
                     f"[c][w]overlay={x}:100:shortest=1,trim=0:{length}[v]")
        elif what == "covered":
            film = ["-f", "lavfi", "-i", f"color=c=0x0a0808:s={SIZE}:r={FPS}:d={length}"]
            graph = "[0:v]noise=alls=4:allf=t[v]"
        elif what == "frozen":
            graph = f"[0:v]{self.candidate(1)},select=eq(n\\,7),loop={int(length * FPS)}:1:0,setpts=N/{FPS}/TB[v]"
        elif what == "dark":
            graph = (f"[0:v]{self.candidate(length)},lutyuv=y='16+(val-16)*0.1':u='128+(val-128)*0.3'"
                     f":v='128+(val-128)*0.3',noise=alls=8:allf=t[v]")
        elif what == "replay":  # a stretch and once more the same, as it was
            half = length / 2
            graph = (f"[0:v]{self.candidate(half)},loop=1:{int(half * FPS)}:0,setpts=N/{FPS}/TB,"
                     f"trim=0:{length}[v]")
        ffmpeg(*film, "-filter_complex", graph, "-map", "[v]", "-r", FPS, "-pix_fmt", "yuv420p", "-frames:v",
               round(length * FPS), "-c:v", "libx264", "-preset", "ultrafast", "-crf", 16, out)
        return out

    def session(self, name, script):
        """Renders the session; returns its path, what happened, and its length."""
        truth, pieces, at = [], [], 0.0
        noise = sound(self.data / self.random.choice(NOISE))
        total = sum(length for _, length in script)
        track = np.tile(noise, int(total * RATE / len(noise)) + 1)[: int(total * RATE)] * (0.003 / rms(noise))
        for what, length in script:
            part = slice(int(at * RATE), int((at + length) * RATE))
            if what in ("speech", "thinking aloud"):
                path, begin, end, quieter = self.random.choice(SPEECH if what == "speech" else CLOSE)
                voice = sound(self.data / path)[int(begin * RATE):int(end * RATE)][: part.stop - part.start]
                length_said = len(voice) / RATE
                track[part.start:part.start + len(voice)] += voice * (0.05 / rms(voice))
                if what == "speech":
                    gain = 0.05 / rms(noise) / 10 ** (quieter / 20)
                    track[part.start:part.start + len(voice)] += np.resize(noise, len(voice)) * gain
                truth.append(Event("speech", at, at + length_said))
            elif what == "muted":
                track[part] = 0
            truth += [Event(flag, at, at + length) for flag in TRUTH.get(what, []) if flag != "speech"]
            pieces.append(self.piece(what, length))
            at += length
        wav = self.folder / f"{name}.wav"
        with wave.open(str(wav), "wb") as out:
            out.setparams((1, 2, RATE, 0, "NONE", ""))
            out.writeframes((np.clip(track, -1, 1) * 32767).astype("<i2").tobytes())
        listing = self.folder / f"{name}.txt"
        listing.write_text("".join(f"file '{p.name}'\n" for p in pieces))
        path = self.folder / f"{name}.mp4"
        ffmpeg("-f", "concat", "-safe", 0, "-i", listing, "-i", wav, "-c:v", "libx264", "-preset", "veryfast",
               "-crf", 23, "-g", 60, "-c:a", "aac", "-b:a", "96k", path)
        for piece in pieces:
            piece.unlink()
        return path, truth, at


def scripts(count, seed):
    """The sessions: incidents apart, a clean one, and one of somebody who thinks aloud twice."""
    chance = random.Random(seed)
    for i in range(count):
        script = [("clean", 20)]
        for what in chance.sample(list(TRUTH), len(TRUTH)):
            script += [(what, 12 if what == "replay" else chance.randint(6, 10)), ("clean", chance.randint(10, 16))]
        yield f"incidents{i + 1}", script
    yield "clean", [("clean", length) for length in [25] * 12]
    yield "thinks aloud", [("clean", 70), ("thinking aloud", 3), ("clean", 90), ("thinking aloud", 3), ("clean", 34)]


def score(app, path):
    """The flags as events, their kinds, and the level."""
    flags = path.with_suffix(".flags")
    out = subprocess.run([app, "score", path, "--json", "--force", "--flags", flags], check=True, capture_output=True)
    lines = [json.loads(line) for line in flags.read_text().splitlines()]
    return [(Event(f["flag"], f["begin"], f["end"]), f["kind"]) for f in lines], json.loads(out.stdout)["level"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("app")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only sessions whose name begins so: incidents, clean, thinks")
    parser.add_argument("--keep", type=pathlib.Path, help="the sessions stay here")
    options = parser.parse_args()
    known = {flag for flags in TRUTH.values() for flag in flags}
    all_truth, all_found, clean_flags, clean_seconds = [], [], [], 0.0
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for number, (name, script) in enumerate(scripts(options.sessions, options.seed)):
            if not name.startswith(options.only):
                continue
            path, truth, length = Composer(options.data, folder, options.seed * 1000 + number).session(name, script)
            found, level = score(options.app, path)
            counted = [event for event, kind in found if kind == "behaviour" or event.what in known]
            if name == "clean" or name == "thinks aloud":
                clean_seconds += length
                said = {(t.begin, t.end) for t in truth}
                clean_flags += [e for e in counted if not any(e.begin < end and begin < e.end for begin, end in said)]
            offset = 1e6 * number  # sessions are matched apart
            all_truth += [Event(t.what, t.begin + offset, t.end + offset) for t in truth]
            all_found += [Event(f.what, f.begin + offset, f.end + offset) for f in counted]
            print(f"{name}: {length:.0f} s, {len(truth)} things happened, {len(counted)} flags, level {level}",
                  file=sys.stderr)
    print(f"{'flag':<18} {'true':>5} {'hits':>5} {'false':>5} {'F1':>6} {'onset s':>8}")
    for what, s in event_scores(all_truth, all_found).items():
        print(f"{what:<18} {s.hits + s.missed:>5} {s.hits:>5} {s.false:>5} {s.f1:>6.3f} {s.onset:>8.2f}")
    if not clean_seconds:
        return
    print(f"false behaviour flags per clean hour: {false_alarms_per_hour(clean_flags, clean_seconds):.1f} "
          f"({len(clean_flags)} in {clean_seconds / 60:.1f} min: {sorted(e.what for e in clean_flags)})")


if __name__ == "__main__":
    main()
