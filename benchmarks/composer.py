"""Cuts sessions together from real pictures and sound, so that all that happens in them is known.

A candidate is a clip or a picture of a person. Nothing repeats by itself: the person moves over a still background by a
random walk in place, angle and size, clips are walked through forwards and backwards at changing speed, light drifts,
and every picture has noise of its own. Needs ffmpeg, NumPy and OpenCV.
"""

import math
import subprocess
import wave
from dataclasses import dataclass, field

import cv2
import numpy as np

from invigil.evaluation import Event

RATE = 16000
FPS = 15
WIDTH, HEIGHT = 640, 480
DESK = 132  # Along the lower edge.
NOISE = ["audio/speechbrain__noise1.wav", "audio/speechbrain__noise2.wav", "audio/speechbrain__noise_diffuse.flac"]
# Speech without a pause, and how far below it the noise is that it is mixed with, in dB.
CLOSE = [("audio/pyannoteaudio__sample.wav", begin, end, 0) for begin, end in [(10.6, 17.9), (18.1, 28.4), (7.6, 14.7)]]
FAR = [("audio/pyannoteaudio__dev00.wav", 1.5, 13.2, 15), ("audio/pyannoteaudio__tst00.wav", 0.95, 12.2, 15)]
EMPTY = "videos/samplevideos__bottle-detection.mp4"
# Photographs with one phone each, and where it lies.
PHONES = {10: (239, 140), 22: (98, 187), 26: (125, 240), 29: (104, 120), 45: (433, 144), 12: (90, 283),
          38: (125, 262), 34: (133, 103), 47: (94, 37), 4: (327, 200)}


@dataclass
class Person:
    """Spans in pictures: how the person is usually seen, and in which they do something."""

    file: str
    usual: tuple
    spans: dict = field(default_factory=dict)


PEOPLE = [
    Person("videos/ProctoringAI__center_left_center.mp4", (4, 115), {"gaze": (140, 234)}),
    Person("images/FaceLandmarkBa__Test1.jpg", (0, 1)),
    Person("images/FaceMeshBarrac__pexels-dinielle-de-veyra-4195444.jpg", (0, 1)),
    Person("images/dlib__Tom_Cruise_avp_2014_4.jpg", (0, 1)),
    Person("videos/samplevideos__head-pose-face-detection-female.gif", (17, 19), {"turned": (0, 6)}),
]


def ffmpeg(*arguments):
    return subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True,
                          capture_output=True).stdout


def sound(path):
    """Mono float samples at RATE."""
    return np.frombuffer(ffmpeg("-i", path, "-ac", 1, "-ar", RATE, "-f", "f32le", "-"), np.float32)


def rms(x):
    return float(np.sqrt(np.mean(np.square(x)))) or 1.0


def pictures(path, seconds=60):
    """A clip's first seconds, or a still, each within the session's size, its sides filled with a blur of itself."""
    if path.suffix in (".jpg", ".png"):
        return [within(cv2.imread(str(path)))]
    raw = ffmpeg("-t", seconds, "-i", path, "-vf", f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=decrease,"
                 f"pad={WIDTH}:{HEIGHT}:-1:-1", "-pix_fmt", "bgr24", "-f", "rawvideo", "-")
    return [within(trimmed(x)) for x in np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3)]


def trimmed(picture):
    shown = picture.max(axis=2) > 24
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    return picture[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]


def within(picture):
    scale = min(WIDTH / picture.shape[1], (HEIGHT - DESK) / picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    blur = cv2.GaussianBlur(cv2.resize(picture, (WIDTH // 8, HEIGHT // 8), interpolation=cv2.INTER_AREA), (0, 0), 3)
    out = cv2.resize(blur, (WIDTH, HEIGHT))
    y, x = (HEIGHT - DESK - small.shape[0]) // 2, (WIDTH - small.shape[1]) // 2
    out[y:y + small.shape[0], x:x + small.shape[1]] = small
    return out


class Drift:
    """A random walk that is drawn back to zero (Ornstein-Uhlenbeck): where people are when they sit."""

    def __init__(self, rng, spread, seconds):
        self.rng, self.spread, self.keep, self.x = rng, spread, math.exp(-1 / (FPS * seconds)), 0.0

    def step(self, restless=1.0):
        fresh = self.spread * restless * math.sqrt(1 - self.keep**2)
        self.x = self.keep * self.x + fresh * self.rng.standard_normal()
        return self.x


class Body:
    """One person before the camera."""

    def __init__(self, rng, data, person):
        self.rng, self.person, self.frames = rng, person, pictures(data / person.file)
        self.at = float(sum(person.usual)) / 2
        self.x, self.y = Drift(rng, 7, 2), Drift(rng, 5, 2)
        self.angle, self.size, self.speed = Drift(rng, 2, 1.5), Drift(rng, 0.025, 4), Drift(rng, 1, 1)
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        self.rows, self.columns = rows, columns
        # Who moves: all within an ellipse, less and less towards its edge, nothing beyond.
        away = np.hypot((columns - WIDTH / 2) / (WIDTH * 0.40), (rows - HEIGHT * 0.40) / (HEIGHT * 0.45))
        self.moves = np.clip(1.6 - 1.6 * away, 0, 1).astype(np.float32)
        self.u, self.v = self.moves * (columns - WIDTH / 2), self.moves * (rows - HEIGHT / 2)

    def look(self, what="", restless=1.0):
        begin, end = self.person.spans.get(what, self.person.usual)
        self.at += 1.2 * self.speed.step()
        if not begin <= self.at < end:
            inside = begin < self.at < end + 3 or begin - 3 < self.at < end
            self.at = min(max(self.at, begin), end - 1e-3) if inside else self.rng.uniform(begin, end)
            self.speed.x = -self.speed.x
        angle, size = math.radians(self.angle.step(restless)), 1 + self.size.step(restless)
        c, s = np.float32(math.cos(angle) / size - 1), np.float32(math.sin(angle) / size)
        x = self.columns + c * self.u - s * self.v - np.float32(self.x.step(restless)) * self.moves
        y = self.rows + s * self.u + c * self.v - np.float32(self.y.step(restless)) * self.moves
        return cv2.remap(self.frames[int(self.at)], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


class Composer:
    """Renders sessions from lists of (what, seconds)."""

    def __init__(self, data, folder, seed, who=None):
        self.data, self.folder, self.rng = data, folder, np.random.default_rng(seed)
        order = self.rng.permutation(len(PEOPLE))
        self.who = int(order[0]) if who is None else who
        self.others = [int(i) for i in order if i != self.who]
        self.body = Body(self.rng, data, PEOPLE[self.who])
        self.other = None
        self.light = Drift(self.rng, 6, 8)
        self.grain = self.rng.standard_normal((HEIGHT + 200, WIDTH + 200, 3)).astype(np.float32)
        self.empty = None
        self.photo = list(PHONES.items())[int(self.rng.integers(len(PHONES)))]
        self.bare, self.with_phone = self.desk(False), self.desk(True)

    def noisy(self, picture, spread=3.0, light=None):
        y, x = (int(i) for i in self.rng.integers(0, 200, 2))
        grain = self.grain[y:y + HEIGHT, x:x + WIDTH]
        light = self.light.step() if light is None else light
        return cv2.addWeighted(picture.astype(np.float32), 1, grain, spread, light, dtype=cv2.CV_8U)

    def desk(self, lies):
        """A desk, of a photograph of a floor, with or without the phone that lies on it."""
        name, (x, y) = self.photo
        photo = cv2.imread(str(self.data / f"images/Cellphonedetec__{name}.jpg"))
        wide, high = 220, DESK * 220 // WIDTH
        left, top = int(np.clip(x - wide / 2, 0, 490 - wide)), int(np.clip(y - high / 2, 0, 326 - high))
        if not lies:  # as far from the phone as the photograph goes
            top = 0 if y > 163 else 326 - high
        return cv2.resize(photo[top:top + high, left:left + wide], (WIDTH, DESK), interpolation=cv2.INTER_CUBIC)

    def seated(self, person, phone=False):
        person[HEIGHT - DESK:] = self.with_phone if phone else self.bare
        return self.noisy(person)

    def covering(self):
        cover = np.array([10, 8, 8] if self.rng.random() < 0.5 else self.rng.uniform(60, 120, 3))
        shade = np.linspace(0.95, 1.05, WIDTH)[None, :, None]
        return np.broadcast_to(cover[None, None] * shade, (HEIGHT, WIDTH, 3)).astype(np.float32)

    def piece(self, what, count):
        """The pictures of one piece."""
        body = self.body
        if what in ("visitor", "swap"):
            who = self.others[int(self.rng.integers(len(self.others)))]
            self.other = Body(self.rng, self.data, PEOPLE[who])
        if what == "away":
            self.empty = self.empty or pictures(self.data / EMPTY, 6)[:150]
        fraction, side = self.rng.uniform(0.38, 0.5), self.rng.integers(2)
        cover, dimmed = self.covering(), self.rng.uniform(0.05, 0.12)
        shown, last = [], None
        for i in range(count):
            if what == "away":
                yield self.noisy(self.empty[i % len(self.empty)])
            elif what == "covered":
                yield self.noisy(cover, 2)
            elif what == "frozen":
                last = self.seated(body.look()) if last is None else last
                yield last
            elif what == "dark":
                yield self.noisy(body.look().astype(np.float32) * dimmed, 4, light=0)
            elif what == "replay" and i >= count // 2:
                yield self.noisy(shown[i - count // 2], 1, light=0)
            elif what == "replay":
                shown.append(self.seated(body.look(restless=1.3)))
                yield shown[-1]
            elif what == "swap":
                yield self.seated(self.other.look())
            elif what == "visitor":
                small = cv2.resize(self.other.look()[:, 80:560], None, fx=fraction, fy=fraction)
                out, x = body.look(), 4 if side else WIDTH - 4 - small.shape[1]
                out[30:30 + small.shape[0], x:x + small.shape[1]] = small
                yield self.seated(out)
            elif what == "fidgets":
                yield self.seated(body.look(restless=2.5))
            elif what == "hand on face":
                out = body.look(restless=1.5)
                skin = np.median(out[HEIGHT // 3 - 20:HEIGHT // 3 + 20, WIDTH // 2 - 20:WIDTH // 2 + 20], axis=(0, 1))
                cv2.ellipse(out, (WIDTH // 2 + 20, HEIGHT // 2), (60, 34), 20, 0, 360, skin.tolist(), -1,
                            cv2.LINE_AA)
                yield self.seated(out)
            else:
                yield self.seated(body.look(what), what == "phone")

    def track(self, script):
        """The sound, and when somebody speaks."""
        noise = sound(self.data / NOISE[int(self.rng.integers(len(NOISE)))])
        total = int(sum(length for _, length in script) * RATE)
        track = np.resize(noise, total) * (0.003 / rms(noise))
        spoken, at = [], 0.0
        for what, length in script:
            part = slice(int(at * RATE), int((at + length) * RATE))
            if what in ("speech", "thinking aloud", "visitor who speaks"):
                choice = CLOSE + FAR if what == "speech" else CLOSE
                path, begin, end, below = choice[int(self.rng.integers(len(choice)))]
                voice = sound(self.data / path)[int(begin * RATE):int(end * RATE)][:part.stop - part.start]
                there = slice(part.start, part.start + len(voice))
                track[there] += voice * (0.05 / rms(voice))
                if what == "speech":
                    track[there] += np.resize(noise, len(voice)) * (0.05 / rms(noise) / 10 ** (below / 20))
                spoken.append((at, at + len(voice) / RATE))
            elif what == "muted":
                track[part] = 0
            at += length
        return track, spoken

    def session(self, name, script, truth):
        """Renders it; returns its path, what happened (by `truth`: what -> flags), and its length."""
        track, spoken = self.track(script)
        wav, path = self.folder / f"{name}.wav", self.folder / f"{name}.mp4"
        with wave.open(str(wav), "wb") as out:
            out.setparams((1, 2, RATE, 0, "NONE", ""))
            out.writeframes((np.clip(track, -1, 1) * 32767).astype("<i2").tobytes())
        encoder = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}", "-r",
             str(FPS), "-i", "-", "-i", wav, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-crf",
             "20", "-g", "60", "-c:a", "aac", "-b:a", "96k", path], stdin=subprocess.PIPE)
        happened, at = [Event("speech", *span) for span in spoken], 0.0
        for what, length in script:
            for picture in self.piece("visitor" if what == "visitor who speaks" else what, round(length * FPS)):
                encoder.stdin.write(picture.tobytes())
            begin = at + length / 2 if what == "replay" else at
            happened += [Event(flag, begin, at + length) for flag in truth.get(what, []) if flag != "speech"]
            at += length
        encoder.stdin.close()
        if encoder.wait():
            raise RuntimeError("ffmpeg could not encode the session")
        return path, happened, at
