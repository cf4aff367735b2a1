#!/usr/bin/python3
"""Renders the demo's exam: scene.mp4, truth.json (what happens when) and events.jsonl.

    render.py OUT_FOLDER --portrait ASTRONAUT_PNG [--seed N]
"""

import argparse
import json
import pathlib
import subprocess
import sys

import cv2
import numpy as np
from PIL import Image

import passport
import person
import room
import sound
import timeline

SCALE, VISITOR_SCALE = 2.2, 1.55
SEAT = (590, 520)  # where the candidate's collar begins
VISITOR_SEAT = (985, 430)
SKIN = (142, 166, 214)


class Noise:
    """A sensor's noise: never the same twice, cheap to draw."""

    def __init__(self, rng):
        self.rng = rng
        size = (room.HEIGHT + 128, room.WIDTH + 128)
        self.fields = [np.clip(8 + rng.normal(0, 1.7, size), 0, 16).astype(np.uint8) for _ in range(6)]

    def add_to(self, luma):
        field = self.fields[self.rng.integers(len(self.fields))]
        y, x = self.rng.integers(0, 128, 2)
        cv2.add(luma, field[y:y + room.HEIGHT, x:x + room.WIDTH], dst=luma)
        cv2.subtract(luma, 8, dst=luma)


class Scene:
    """Everything that is drawn once, and how a moment is put together from it."""

    def __init__(self, portrait, rng):
        self.room = room.room(rng)
        self.vignette = room.vignette()
        self.heads = person.Heads(portrait, SCALE)
        self.torso = person.torso(860, 330, (112, 72, 46), rng)
        self.visitor_heads = person.Heads(portrait, VISITOR_SCALE, (0.60, 0.64, 0.72), mirrored=True)
        self.visitor_torso = person.torso(640, 400, (70, 92, 66), rng)
        self.page = passport.data_page(portrait)
        self.noise = Noise(rng)

    def draw_person(self, picture, heads, torso, seat, body, head, yaw):
        x, y = seat[0] + body[0], seat[1] + body[1]
        layer = heads.at(yaw)
        height, width = layer.color.shape[:2]
        person.lay_over(picture, layer, x - width / 2 + head[0] - 14 * yaw, y - 0.915 * height + head[1])
        person.lay_over(picture, torso, x - torso.color.shape[1] / 2, y - 6)

    def draw_passport(self, picture, t):
        """The open page in a hand; returns where the numbers are, or nothing when it is out of the picture."""
        if timeline.LIFT.at(t) > 500:
            return None
        place = hold(t)
        size = (room.WIDTH, room.HEIGHT)
        draw_hand(picture, place)
        mask = cv2.warpPerspective(np.full(self.page.shape[:2], 255, np.uint8), place, size, flags=cv2.INTER_LINEAR)
        page = cv2.warpPerspective(self.page, place, size, flags=cv2.INTER_LINEAR)
        layer = person.Layer.of(cv2.convertScaleAbs(cv2.GaussianBlur(page, (0, 0), 0.7), alpha=0.9), mask)
        person.lay_over(picture, layer, 0, 0)
        draw_thumb(picture, place)
        return {"t": round(t, 4), **{name: quad(place, box) for name, box in passport.SECRET.items()}}

    def at(self, t):
        """The picture at `t` as I420, and the numbers shown in it."""
        picture = self.room.copy()
        if timeline.VISITOR.at(t) < 550:
            body, yaw = timeline.visitor(t)
            self.draw_person(picture, self.visitor_heads, self.visitor_torso, VISITOR_SEAT, body, (0, 0), yaw)
        body, head, yaw = timeline.candidate(t)
        if body[0] > -890:
            self.draw_person(picture, self.heads, self.torso, SEAT, body, head, yaw)
        shown = self.draw_passport(picture, t)
        planes = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420)
        luma = planes[:room.HEIGHT]
        cv2.multiply(luma, self.vignette, dst=luma, scale=1 / 255)
        self.noise.add_to(luma)
        return planes, shown


def hold(t):
    """From the page's pixels to the picture's: held beside the chin, never quite still."""
    x, y = 925 + timeline.sway(t, 0.2, 2.5), 485 + timeline.LIFT.at(t) + timeline.sway(t, 3.9, 2.0)
    tilt, half = 0.07 + timeline.sway(t, 1.4, 0.012), np.array([232.0, 163.0])
    lean = 0.03 + timeline.sway(t, 2.2, 0.008)
    corners = np.array([[-1, -1 + lean], [1, -1 - lean], [1, 1 + lean], [-1, 1 - lean]]) * half
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    page = passport.corners((0, 0) + passport.PAGE)
    return cv2.getPerspectiveTransform(page, np.float32(corners @ turn.T + (x, y)))


def quad(place, box):
    points = cv2.perspectiveTransform(passport.corners(box)[None], place)[0]
    return [[round(float(x), 1), round(float(y), 1)] for x, y in points]


def on_page(place, *points):
    """Points of the page, in millimetres, as pixels of the picture."""
    return np.int32(cv2.perspectiveTransform(np.float32([points]) * passport.MM, place)[0])


def draw_hand(picture, place):
    """The sleeve and the hand behind the page's right edge."""
    wrist, low, far = on_page(place, (140, 62), (150, 130), (175, 130))
    palm = on_page(place, (128, 50))[0]
    cv2.fillPoly(picture, [np.int32([wrist - (34, 0), wrist + (30, -14), far, low - (40, 0)])], (84, 54, 36), cv2.LINE_AA)
    cv2.ellipse(picture, tuple(map(int, palm)), (40, 62), -18, 0, 360, tuple(0.86 * c for c in SKIN), -1, cv2.LINE_AA)
    for row in range(4):
        knuckle = on_page(place, (120, 36 + 8 * row))[0]
        color = tuple((0.80 + 0.03 * row) * c for c in SKIN)
        cv2.ellipse(picture, tuple(map(int, knuckle)), (34, 12), -6, 0, 360, color, -1, cv2.LINE_AA)


def draw_thumb(picture, place):
    """The thumb in front of the page, where nothing is printed."""
    middle, nail = on_page(place, (122, 46), (116.5, 45))
    cv2.ellipse(picture, tuple(map(int, middle)), (37, 15), 8, 0, 360, SKIN, -1, cv2.LINE_AA)
    cv2.ellipse(picture, tuple(map(int, nail)), (10, 8), 8, 0, 360, (170, 184, 224), -1, cv2.LINE_AA)


def encoder(path, sound_path):
    """ffmpeg, fed with raw pictures; two threads always, so that every machine writes the same file."""
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{room.WIDTH}x{room.HEIGHT}", "-r", str(timeline.RATE)]
    to = ["-c:v", "libx264", "-preset", "superfast", "-crf", "24", "-threads", "2", "-c:a", "aac", "-b:a", "96k",
          "-fflags", "+bitexact", "-flags", "+bitexact", "-shortest", "-y", str(path)]
    command = ["ffmpeg", "-v", "error", *raw, "-i", "-", "-i", str(sound_path), *to]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def render(folder, portrait_path, seed):
    with Image.open(portrait_path) as picture:
        portrait = cv2.cvtColor(np.array(picture.convert("RGB")), cv2.COLOR_RGB2BGR)
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    spoken = sound.render(folder / "sound.wav", rng)
    scene, document = Scene(portrait, rng), []
    writer = encoder(folder / "scene.part.mp4", folder / "sound.wav")
    for frame in range(timeline.FRAMES):
        planes, shown = scene.at(frame / timeline.RATE)
        writer.stdin.write(planes.tobytes())
        if shown:
            document.append(shown)
    writer.stdin.close()
    if writer.wait():
        sys.exit("render.py: ffmpeg failed")
    (folder / "sound.wav").unlink()
    (folder / "truth.json").write_text(json.dumps(timeline.truth(spoken, document)) + "\n")
    timeline.write_events(folder / "events.jsonl")
    (folder / "scene.part.mp4").rename(folder / "scene.mp4")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--portrait", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    render(options.out, options.portrait, options.seed)


if __name__ == "__main__":
    main()
