#!/usr/bin/env python3
"""The whole session: `invigil record` of a 60 s clip of 1280x720 at 30 pictures a second with speech, against
`ffmpeg` encoding the same clip with the same encoders and settings, alternately, in one run.

    benchmarks/record_benchmark.py build/release/examples/invigil/invigil [--clip CLIP] [--rounds 3]

Before anything is timed the recording is opened with tar and age alone, and must hold every picture and all of
the sound, in sync. Without --clip, one is made from $INVIGIL_TEST_DATA (a person at a webcam, and speech) or,
where that is absent, of moving test pictures.
"""

import argparse
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile

SECONDS, RATE = 60, 30
MOST_RATIO, MOST_MEGABYTES, MOST_SKEW = 1.8, 400, 0.040
PICTURE, SPEECH = "behaviour/videos/ProctoringAI__center_left_center.mp4", "behaviour/audio/silerovad__test.wav"


def sh(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, **options)


def make_clip(path, data):
    """Real footage, repeated; sharp pictures, as a camera gives them, rather than what an encoder left of them."""
    picture, speech = data / PICTURE, data / SPEECH
    if picture.exists() and speech.exists():
        inputs = ["-stream_loop", "-1", "-i", picture, "-stream_loop", "-1", "-i", speech]
        scale = "scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720"
    else:
        inputs = ["-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate={RATE}", "-f", "lavfi", "-i", "sine"]
        scale = "null"
    sh("ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, "-map", "0:v", "-map", "1:a", "-t", SECONDS, "-vf",
       f"{scale},fps={RATE}", "-af", "apad", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20",
       "-pix_fmt", "yuv420p", "-c:a", "aac", path)


def timed(*command):
    """CPU seconds (user and system, children included), seconds on the wall, peak memory in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(["/usr/bin/env", "time", "-f", "%e %M", *map(str, command)], check=True, capture_output=True,
                         text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, memory = re.findall(r"[\d.]+", out.stderr.strip().splitlines()[-1])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu": cpu, "wall": float(wall), "memory": float(memory) / 1000}


def record(app, clip, recipient, folder):
    return timed(app, "record", "--quiet", "--force", "--input", clip, "--to", folder / "r.tar", "-r", recipient,
                 "--flags", folder / "f.jsonl")


def encode(clip, folder):
    return timed("ffmpeg", "-nostdin", "-v", "error", "-y", "-i", clip, "-c:v", "libx264", "-preset", "superfast",
                 "-crf", "28", "-g", "120", "-c:a", "libopus", "-b:a", "48k", folder / "plain.mp4")


def open_with_stock_tools(recording, key, media):
    with tarfile.open(recording) as tar, open(media, "wb") as out:
        names = tar.getnames()
        first = min(n for n in names if n.startswith("i/"))
        for name in [first, *sorted(n for n in names if n.startswith("s/"))]:
            out.write(sh("age", "-d", "-i", key, input=tar.extractfile(name).read()).stdout)


def times(media, stream, entry="frame=pts_time"):
    text = sh("ffprobe", "-v", "error", "-select_streams", stream, "-show_entries", entry, "-of", "csv=p=0",
              media).stdout.decode()
    return [float(x) for x in re.findall(r"^[\d.]+", text, re.MULTILINE)]


def sound(media):
    raw = sh("ffmpeg", "-nostdin", "-v", "error", "-copyts", "-i", media, "-map", "0:a:0", "-af",
             "aresample=async=1:first_pts=0", "-ac", 1, "-ar", 8000, "-f", "s16le", "-").stdout
    return memoryview(raw[:len(raw) // 2 * 2]).cast("h")


def skew(one, other):
    """By how much `other`'s sound comes later, seconds: the shift that makes the first loud half minute fit best."""
    def loudness(samples):
        return [sum(abs(x) for x in samples[i:i + 8]) for i in range(0, min(len(samples), 240_000) - 8, 8)]  # 1 ms
    a, b = loudness(one), loudness(other)
    n = min(len(a), len(b)) - 200

    def error(shift):
        return sum(abs(a[i + 100] - b[i + 100 + shift]) for i in range(0, n, 3))
    return min(range(-100, 101), key=error) / 1000


def check(app, clip, key, folder):
    recipient = sh("age-keygen", "-y", key).stdout.decode().strip()
    record(app, clip, recipient, folder)
    media = folder / "opened.mp4"
    open_with_stock_tools(folder / "r.tar", key, media)
    pictures, wanted = times(media, "v:0"), times(clip, "v:0")
    assert len(pictures) == len(wanted), f"{len(pictures)} of {len(wanted)} pictures"
    assert max(abs(a - b) for a, b in zip(pictures, wanted)) < 0.001, "pictures have moved"
    heard, given = sound(media), sound(clip)
    assert abs(len(heard) - len(given)) < 0.05 * 8000, f"{len(heard) / 8000} of {len(given) / 8000} s of sound"
    late = skew(given, heard)
    assert abs(late) <= MOST_SKEW, f"the sound is {late} s late"
    print(f"checked: {len(pictures)} pictures, {len(heard) / 8000:.2f} s of sound, {late * 1000:+.0f} ms apart")
    return recipient


def row(name, runs, size):
    cpu, wall = (statistics.median(r[k] for r in runs) for k in ("cpu", "wall"))
    memory = max(r["memory"] for r in runs)
    print(f"| {name} | {cpu * 60 / SECONDS:.1f} | {wall:.1f} | {size / 1e6:.2f} | {memory:.0f} |")
    return cpu, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("app", type=pathlib.Path)
    parser.add_argument("--clip", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    shared = pathlib.Path(__file__).resolve().parents[1] / ".." / "shared"
    os.environ.setdefault("INVIGIL_MODELS", str(shared / "models"))
    data = pathlib.Path(os.environ.get("INVIGIL_TEST_DATA", shared / "data"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        clip = arguments.clip or folder / "clip.mp4"
        if not arguments.clip:
            make_clip(clip, data)
        key = folder / "key.txt"
        sh("age-keygen", "-o", key)
        recipient = check(arguments.app, clip, key, folder)
        ours, plain = [], []
        for _ in range(arguments.rounds):  # paired, so that what else the machine does strikes both alike
            ours.append(record(arguments.app, clip, recipient, folder))
            plain.append(encode(clip, folder))
        print("| 60 s of 1280x720 at 30 fps, with speech | CPU s a minute | wall s | MB | peak MB of memory |")
        print("| --- | --- | --- | --- | --- |")
        _, memory = row("invigil record", ours, (folder / "r.tar").stat().st_size)
        row("ffmpeg, the same encoders", plain, (folder / "plain.mp4").stat().st_size)
        ratios = sorted(a["cpu"] / b["cpu"] for a, b in zip(ours, plain))
        ratio = statistics.median(ratios)
        print(f"CPU ratio {ratio:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}); bar {MOST_RATIO}")
        return 0 if ratio <= MOST_RATIO and memory <= MOST_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
