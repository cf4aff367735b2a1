"""The app as a user meets it: the built program, real files, exit statuses, messages.

INVIGIL_APP names the program; ctest sets it. A tool that is missing skips, but fails where CI=true.
"""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

APP = os.environ.get("INVIGIL_APP", "invigil")
CI = os.environ.get("CI") == "true"


def skip(why):
    """Skips on a laptop; in CI a check that did not run is a failure."""
    if CI:
        pytest.fail(f"skipped in CI: {why}")
    pytest.skip(why)


def need(tool):
    found = shutil.which(tool)
    return found or skip(f"{tool} is absent")


@dataclasses.dataclass
class Result:
    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def run(*arguments, timeout=240, stdin=None, cwd=None, env=None, command=(APP,), binary=False):
    done = subprocess.run([*command, *map(str, arguments)], input=stdin, capture_output=True, timeout=timeout, cwd=cwd,
                          env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL if stdin is None else None)
    out = done.stdout if binary else done.stdout.decode("utf-8")
    return Result(done.returncode, out, done.stderr.decode("utf-8"))


def ok(*arguments, **options):
    result = run(*arguments, **options)
    assert result.status == 0, f"{arguments}: {result}"
    return result


def fails(status, *arguments, says=(), **options):
    """Runs; asks for this exit status and that the last line on standard error, the only one of its kind, holds all
    of `says`."""
    result = run(*arguments, **options)
    assert result.status == status, f"{arguments}: {result}"
    lines = result.err.splitlines()
    assert lines and re.match(r"invigil( \w+)?: ", lines[-1]), result.err
    assert sum(line.startswith("invigil") for line in lines) == 1, result.err
    assert len(lines) == 1 or "--quiet" not in arguments, result.err
    for words in says if isinstance(says, (list, tuple)) else (says,):
        assert str(words) in lines[-1], f"{words!r} is not in {lines[-1]!r}"
    return result


def listing(folder):
    return {str(p.relative_to(folder)): p.stat().st_size for p in pathlib.Path(folder).rglob("*")}


def ffmpeg(*arguments):
    subprocess.run([need("ffmpeg"), "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True)


def probe(path, *arguments):
    out = subprocess.run([need("ffprobe"), "-v", "error", "-of", "json", *arguments, str(path)], check=True,
                         capture_output=True)
    return json.loads(out.stdout)


def counted(path, stream):
    """How many pictures ("v") or packets of sound ("a") a media file really holds."""
    entry = "nb_read_frames" if stream == "v" else "nb_read_packets"
    how = "-count_frames" if stream == "v" else "-count_packets"
    streams = probe(path, how, "-select_streams", f"{stream}:0", "-show_entries", f"stream={entry}")["streams"]
    return int(streams[0][entry]) if streams else 0


PICTURE = "testsrc2=size=320x240:rate=25:duration=3"
SOUND = "sine=frequency=440:duration=3:sample_rate=48000"


class Media:
    """Clips, each made once."""

    def __init__(self, folder):
        self.folder = folder

    def _make(self, name, *arguments):
        path = self.folder / name
        if not path.exists():
            ffmpeg(*arguments, path)
        return path

    @property
    def clip(self):
        """3 s, 75 pictures and sound."""
        return self._make("clip.mp4", "-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND, "-pix_fmt", "yuv420p")

    @property
    def webm(self):
        return self._make("clip.webm", "-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND, "-c:v", "libvpx",
                          "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus", "-cluster_time_limit", "500")

    @property
    def silent(self):
        return self._make("silent.mp4", "-f", "lavfi", "-i", PICTURE, "-pix_fmt", "yuv420p")

    @property
    def sound(self):
        return self._make("sound.wav", "-f", "lavfi", "-i", SOUND)

    @property
    def long(self):
        """60 s of small, cheap pictures with sound."""
        return self._make("long.mp4", "-f", "lavfi", "-i", PICTURE.replace("duration=3", "duration=60"), "-f", "lavfi",
                          "-i", SOUND.replace("duration=3", "duration=60"), "-pix_fmt", "yuv420p", "-preset",
                          "ultrafast")

    @property
    def still(self):
        return self._make("still.png", "-f", "lavfi", "-i", PICTURE, "-frames:v", "1")

    @property
    def pixel(self):
        raw = self.folder / "pixel.rgb"
        raw.write_bytes(bytes(range(75)))
        return self._make("pixel.mkv", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "1x1", "-r", "25", "-i", raw, "-c:v",
                          "png")

    @property
    def huge(self):
        """Two pictures of 7680 x 4320."""
        return self._make("huge.mp4", "-f", "lavfi", "-i", "testsrc2=size=7680x4320:rate=2:duration=1", "-pix_fmt",
                          "yuv420p", "-preset", "ultrafast")

    @property
    def no_rate(self):
        """An AVI whose headers say 0 pictures a second."""
        path = self._make("rate.avi", "-f", "lavfi", "-i", PICTURE, "-c:v", "mjpeg", "-an")
        data = bytearray(path.read_bytes())
        header = data.index(b"avih") + 8
        data[header:header + 4] = bytes(4)  # dwMicroSecPerFrame
        stream = data.index(b"strh") + 8
        data[stream + 24:stream + 28] = bytes(4)  # dwRate
        patched = self.folder / "no_rate.avi"
        patched.write_bytes(data)
        return patched

    @property
    def text(self):
        path = self.folder / "text.mp4"
        path.write_text("This is a letter, not a film.\n" * 50)
        return path

    @property
    def empty(self):
        path = self.folder / "empty.mp4"
        path.write_bytes(b"")
        return path

    def cut(self, path, fraction):
        """The first part of a file, as a broken download leaves it."""
        data = path.read_bytes()
        short = self.folder / f"cut{int(fraction * 100)}_{path.name}"
        short.write_bytes(data[: int(len(data) * fraction)])
        return short

    @property
    def cut_mp4(self):
        """Its index comes first, so what is there can be read."""
        whole = self._make("faststart.mp4", "-i", self.clip, "-c", "copy", "-movflags", "+faststart")
        return self.cut(whole, 0.6)

    @property
    def headless_mp4(self):
        """Cut before its index, which comes last: nothing can be read."""
        return self.cut(self.clip, 0.6)

    @property
    def cut_webm(self):
        return self.cut(self.webm, 0.6)


@pytest.fixture(scope="session")
def media(tmp_path_factory):
    need("ffmpeg")
    return Media(tmp_path_factory.mktemp("media"))


@dataclasses.dataclass
class Key:
    file: pathlib.Path
    recipient: str


def make_key(path):
    return Key(path, ok("keygen", "-o", path).out.strip())


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    return make_key(tmp_path_factory.mktemp("keys") / "staff.key")


@pytest.fixture(scope="session")
def other_key(tmp_path_factory):
    return make_key(tmp_path_factory.mktemp("keys") / "other.key")


@pytest.fixture(scope="session")
def recording(tmp_path_factory, media, key):
    """A whole recording of `media.clip`."""
    path = tmp_path_factory.mktemp("recording") / "exam.tar"
    ok("record", "--input", media.clip, "--to", path, "-r", key.recipient)
    return path


def decrypted(recording, key, *arguments, status=0, to="media"):
    """The media in a recording, under a name that does not say which container it is."""
    result = run("decrypt", recording, "-i", key.file, "-o", "-", *arguments, binary=True)
    assert result.status == status, result.err
    pathlib.Path(to).write_bytes(result.out)
    return pathlib.Path(to)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def kept(folder):
    """The working folder; what is in it after the test must be what was in it before the last `kept.mark()`."""

    class Kept:
        def __init__(self):
            self.folder = folder
            self.before = listing(folder)

        def mark(self):
            self.before = listing(folder)

    state = Kept()
    yield state
    assert listing(folder) == state.before, "something was left behind, or lost"


def assert_flag(line):
    assert {"flag", "kind", "begin", "end", "confidence", "because"} <= line.keys(), line
    assert line["kind"] in ("behaviour", "technical", "milestone")
    assert 0 <= line["begin"] <= line["end"]
    assert 0 <= line["confidence"] <= 1
    assert line["because"]
    if line["kind"] != "behaviour":
        assert line.get("points", 0) == 0
