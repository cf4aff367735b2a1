"""kill -9 at random moments, a disk that is really full, a wall clock that jumps, a pipe as the destination.

INVIGIL_KILLS says how often to kill (20 by default); INVIGIL_WITNESS_LIBRARY is built from witness.cpp."""

import array
import concurrent.futures
import dataclasses
import fcntl
import os
import pathlib
import random
import re
import signal
import struct
import subprocess
import tarfile
import termios
import threading
import time

import pytest
from conftest import APP, counted, decrypted, ffmpeg, ok, probe, run, skip

WITNESS = os.environ.get("INVIGIL_WITNESS_LIBRARY", "")
KILLS = int(os.environ.get("INVIGIL_KILLS", "20"))
AT_ONCE = 4
RATE = 25
SEGMENT, LOOK_BACK = 1.0, 0.5  # seconds, as promised
ENCODER = 0.4  # x264 and Opus keep a few pictures and blocks, FFmpeg's reader one, and a busy machine is late


def preloaded(**variables):
    if not WITNESS:
        skip("INVIGIL_WITNESS_LIBRARY is not set; ctest sets it")
    return {**os.environ, "LD_PRELOAD": WITNESS, **variables}


@dataclasses.dataclass
class Film:
    """A film that comes through a pipe, like a growing WebM from a browser, and when each of its bytes is due. Its pictures
    are uncompressed: so what FFmpeg reads ahead, 32 KiB, is one picture only."""

    data: bytes
    due: list  # (seconds, end of bytes), by bytes
    pictures: list  # (seconds, end of bytes)

    def pictures_within(self, size):
        return sum(end <= size for _, end in self.pictures)


@pytest.fixture(scope="module")
def film(media):
    path = media.folder / "growing.mkv"
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=160x120:rate={RATE}:duration=10", "-f", "lavfi", "-i",
           "sine=frequency=440:duration=10:sample_rate=48000", "-c:v", "rawvideo", "-pix_fmt", "yuv420p",
           "-c:a", "pcm_s16le", "-cluster_time_limit", "200", path)
    packets = probe(path, "-show_entries", "packet=codec_type,pts_time,pos,size")["packets"]
    ends = sorted((int(p["pos"]) + int(p["size"]) + 8, float(p["pts_time"]), p["codec_type"]) for p in packets)
    return Film(path.read_bytes(), [(t, end) for end, t, _ in ends],
                [(t, end) for end, t, kind in ends if kind == "video"])


class Feeder(threading.Thread):
    """Gives the film to a pipe at its own speed."""

    def __init__(self, film, pipe):
        super().__init__(daemon=True)
        self.film, self.pipe, self.given = film, pipe, 0
        self.start()

    def run(self):
        begin = time.monotonic()
        try:
            for due, end in self.film.due:
                time.sleep(max(0.0, begin + due - time.monotonic()))
                self.give(min(end, len(self.film.data)))
        except (BrokenPipeError, ValueError):
            pass  # the recorder is dead, as it should be

    def give(self, end):
        while self.given < end:
            self.given += os.write(self.pipe.fileno(), self.film.data[self.given:end])


def unread(pipe):
    """Bytes that lie in the pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def recorded_until(path):
    """Where the last media segment ends, by what its note says in clear."""
    last = 0.0
    with tarfile.open(path, ignore_zeros=True) as tar:
        for member in tar:
            if not member.name.startswith("j/"):
                continue
            note = tar.extractfile(member).read().decode("utf-8", "replace")
            if re.match(r"invigil/1 \d+ media ", note) and (at := re.search(r"^t (\d+) (\d+) ", note, re.M)):
                last = max(last, (int(at[1]) + int(at[2])) / 1e9)
    return last


def begun(path):
    """Whether a segment of media is there; the file is being written while we look."""
    try:
        return recorded_until(path) > 0
    except (OSError, tarfile.TarError):
        return False


def kill_once(folder, film, key, seed):
    """Kills one recording; gives how many seconds of the media that it had read are lost."""
    chance = random.Random(seed)
    witness, path = folder / f"{seed}.witness", folder / f"{seed}.tar"
    process = subprocess.Popen([APP, "record", "--quiet", "--input", "-", "--realtime", "--to", path, "-r", key.recipient],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env=preloaded(INVIGIL_WITNESS=str(witness)))
    feeder = Feeder(film, process.stdin)
    deadline = time.monotonic() + 30
    while not begun(path):
        assert time.monotonic() < deadline and process.poll() is None, "nothing was recorded"
        time.sleep(0.05)
    time.sleep(chance.uniform(0.3, 3.0))
    os.kill(process.pid, signal.SIGSTOP)  # so that what it has read and what it is asked for are of one moment
    read = feeder.given - unread(process.stdin)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(20)
    process.stderr.close()
    feeder.join(20)
    synced = struct.unpack("<Q", witness.read_bytes())[0]
    assert synced and path.stat().st_size >= synced
    return check_recovery(folder, path, synced, film, key, read)


def check_recovery(folder, path, synced, film, key, read):
    """Of the file as the kill left it, and as a power cut would: nothing but what was synced."""
    cut = folder / f"{path.stem}.cut.tar"
    cut.write_bytes(path.read_bytes()[:synced])
    given = film.pictures_within(read)
    for recording in (path, cut):
        before = recording.read_bytes()
        verified = run("verify", recording, "--json")
        assert verified.status == 3 and verified.json["state"] == "unterminated", verified
        assert verified.json["bad"] == []
        assert recording.read_bytes() == before
    until = recorded_until(cut)
    out = folder / f"{path.stem}.mp4"
    assert run("decrypt", cut, "-i", key.file, "-o", out).status == 3
    pictures = counted(out, "v")
    assert abs(pictures / RATE - until) <= 2 / RATE, (pictures, until)
    for file in (path, cut, out):
        file.unlink()
    return given / RATE - until


def test_kill_9_loses_at_most_what_is_promised(folder, film, key):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        lost = sorted(pool.map(lambda seed: kill_once(folder, film, key, seed), range(KILLS)))
    print(f"{KILLS} kills: lost {lost[0]:.2f} to {lost[-1]:.2f} s, median {lost[len(lost) // 2]:.2f} s")
    assert len(lost) == KILLS
    assert lost[-1] <= SEGMENT + LOOK_BACK + ENCODER
    assert lost[0] >= -2 / RATE  # nothing is recorded that was not given: the measurement itself is right


def as_root_with(folder, size, script):
    """Runs a script with a file system of `size` at ./full, in a mount namespace of its own."""
    place = folder / "full"
    place.mkdir()
    whole = f"mount -t tmpfs -o size={size} tmpfs {place} || exit 99; {script}"
    for namespace in (["unshare", "-m"], ["unshare", "-Urm"]):
        done = subprocess.run([*namespace, "sh", "-c", whole], capture_output=True, text=True, timeout=240, cwd=folder)
        if done.returncode != 99 and "unshare:" not in done.stderr:
            return done
    return skip(f"a file system cannot be mounted here: {done.stderr.strip()}")


def test_a_full_disk_ends_the_recording_early_and_whole(folder, media, key):
    """600 KiB for 60 s of pictures; and nothing else on that disk is needed to close it."""
    done = as_root_with(folder, "600k", f"""
        '{APP}' record --input '{media.long}' --to full/r.tar -r {key.recipient} --flags f.jsonl
        status=$?; df full | tail -1 >&2; cp full/r.tar r.tar; exit $status""")
    assert done.returncode == 1, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("invigil")]
    assert len(said) == 1, done.stderr
    assert "full/r.tar: No space left" in said[0] and "was closed whole" in said[0]
    verified = ok("verify", "r.tar", "--json").json
    assert verified["state"] == "whole" and len(verified["gaps"]) == 1
    at = float(re.search(r"at ([\d.]+) s", said[0])[1])
    begin, end = verified["gaps"][0]
    assert begin == pytest.approx(at, abs=0.051) and end > begin
    assert counted(decrypted("r.tar", key), "v") == pytest.approx(begin * 25, abs=2)
    assert "ended_early" in ok("export", "r.tar", "-i", key.file, "--as", "csv").out
    assert (folder / "f.jsonl").exists()  # on another disk: the flags of what was recorded


def test_a_disk_that_is_full_from_the_start(folder, media, key):
    done = as_root_with(folder, "64k", f"'{APP}' record --input '{media.clip}' --to full/r.tar -r {key.recipient}; "
                                       "status=$?; ls full; exit $status")
    assert done.returncode == 1
    assert "full/r.tar: No space left" in done.stderr
    assert "r.tar" not in done.stdout  # no file that is no recording


@pytest.mark.parametrize("source", ["file", "devices"])
def test_the_wall_clock_may_jump(folder, media, key, source):
    """An hour ahead, then a day back: media time does not notice, the claims in the notes do."""
    environment = preloaded(INVIGIL_CLOCK_JUMPS="2:3600,3.5:-86400", INVIGIL_TEST_SOURCES="1")
    inputs = ["--input", media.long, "--realtime"] if source == "file" else []
    done = subprocess.run([APP, "record", *map(str, inputs), "--for", "6s", "--to", "r.tar", "-r", key.recipient],
                          env=environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    if source == "devices" and done.returncode == 5:
        skip("devices are not played in this build: INVIGIL_TEST_HOOKS is off")
    assert done.returncode == 0, done.stderr
    verified = ok("verify", "r.tar", "--json").json
    assert verified["state"] == "whole" and verified["gaps"] == []
    claims, times = [], []
    with tarfile.open("r.tar") as tar:
        for member in tar:
            note = tar.extractfile(member).read().decode() if member.name.startswith("j/") else ""
            if note.startswith("invigil/1 ") and " media " in note.splitlines()[0]:
                at = re.search(r"^t (\d+) (\d+) utc (\S+)", note, re.M)
                times.append((int(at[1]), int(at[1]) + int(at[2])))
                claims.append(at[3])
    assert all(a[1] == b[0] for a, b in zip(times, times[1:])), times
    assert times[0][0] == 0 and times[-1][1] == pytest.approx(6e9, abs=0.3e9)
    assert max(claims) > claims[0] and min(claims) < claims[0], "the clock did not jump"
    stamps = [float(f["pts_time"]) for f in
              probe(decrypted("r.tar", key), "-select_streams", "v:0", "-show_entries", "frame=pts_time")["frames"]]
    assert stamps == sorted(stamps) and stamps[-1] == pytest.approx(6, abs=0.3)


def test_a_pipe_takes_the_recording(folder, media, key):
    out = ok("record", "--input", media.clip, "--to", "-", "-r", key.recipient, binary=True)
    pathlib.Path("r.tar").write_bytes(out.out)
    assert ok("verify", "r.tar", "--json").json["state"] == "whole"
    assert counted(decrypted("r.tar", key), "v") == 75


def test_a_pipe_that_breaks_is_told(folder, media, key):
    process = subprocess.Popen([APP, "record", "--input", media.long, "--to", "-", "-r", key.recipient],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    head = process.stdout.read(100_000)
    process.stdout.close()
    assert process.wait(60) == 1
    assert "standard output: Broken pipe" in process.stderr.read().decode().splitlines()[-1]
    process.stderr.close()
    pathlib.Path("r.tar").write_bytes(head)
    assert run("verify", "r.tar", "--json").json["state"] == "unterminated"
    assert counted(decrypted("r.tar", key, status=3), "v") >= RATE
