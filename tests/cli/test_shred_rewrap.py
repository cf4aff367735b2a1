"""invigil shred and rewrap, and a reader that knows nothing but the format's description."""

import json
import pathlib
import shutil
import subprocess
import sys
import tarfile

import pytest
from conftest import counted, decrypted, fails, need, ok, probe, run

READER = pathlib.Path(__file__).parents[1] / "reader" / "reader.py"


@pytest.fixture(scope="module")
def exam(tmp_path_factory, media, key):
    """60 s with one behaviour flag, at 30 s, and one technical one, at 0 s."""
    folder = tmp_path_factory.mktemp("exam")
    (folder / "events.jsonl").write_text('{"t":30,"event":"paste"}\n')
    # The clip is empty and repeats itself, which is not what this is about.
    (folder / "policy.toml").write_text("[flags.face_absent]\nenabled = false\n[flags.camera_loop]\nenabled = false\n")
    ok("record", "--input", media.long, "--to", folder / "exam.tar", "-r", key.recipient, "--events",
       folder / "events.jsonl", "--policy", folder / "policy.toml", "--flags", folder / "flags.jsonl")
    flags = [json.loads(line) for line in (folder / "flags.jsonl").read_text().splitlines()]
    assert {(f["flag"], f["kind"]) for f in flags if f["kind"] == "behaviour"} == {("paste", "behaviour")}
    return folder / "exam.tar"


def opens(recording, key_file):
    """Which .age members stock age opens with a key."""
    age, found = need("age"), []
    with tarfile.open(recording) as tar:
        for name in tar.getnames():
            if name.endswith(".age"):
                data = tar.extractfile(name).read()
                if subprocess.run([age, "-d", "-i", key_file], input=data, capture_output=True).returncode == 0:
                    found.append(name)
    return found


def seconds_of(path):
    times = [float(f["pts_time"]) for f in probe(path, "-select_streams", "v:0", "-show_entries",
                                                  "frame=pts_time")["frames"]]
    return min(times), max(times)


def test_keep_flagged(folder, exam, key):
    before = exam.read_bytes()
    ok("shred", exam, "-i", key.file, "--keep-flagged", "--kinds", "behaviour", "--pad", "5s", "--why", "30 days over",
       "-o", "kept.tar")
    assert exam.read_bytes() == before
    result = ok("verify", "kept.tar", "--json").json
    assert result["state"] == "whole" and result["bad"] == [] and len(result["shredded"]) > 40
    assert result["segments"] == ok("verify", exam, "--json").json["segments"] - len(result["shredded"])
    assert result["changes"] == [{"change": "shred", "utc": result["changes"][0]["utc"], "why": "30 days over",
                                  "members": len(result["shredded"])}]
    said = ok("verify", "kept.tar").out
    assert "shredded by choice on" in said and "30 days over" in said and "not signed" in said
    first, last = seconds_of(decrypted("kept.tar", key))
    assert 20 < first <= 25 and 35 <= last < 37
    assert counted("media", "v") >= 250
    assert not any(int(name[2:8]) in result["shredded"] for name in opens("kept.tar", key.file))
    assert '"paste",behaviour,30,' in ok("export", "kept.tar", "-i", key.file, "--as", "csv").out
    fails(2, "decrypt", "kept.tar", "-i", key.file, "-o", "m.mp4", "--from", "50s", "--to", "55s", says="no media")


def test_all_in_place_twice(folder, exam, key):
    shutil.copy(exam, "exam.tar")
    told = ok("shred", "exam.tar", "--all", "--in-place", "--json").json
    assert told["kept"] == 0 and told["damage"] == "" and len(told["shredded"]) >= 60
    assert ok("verify", "exam.tar", "--json").json["shredded"] == told["shredded"]
    shredded = pathlib.Path("exam.tar").read_bytes()
    assert ok("shred", "exam.tar", "--all", "--in-place", "--json").json["shredded"] == []
    assert pathlib.Path("exam.tar").read_bytes() == shredded
    assert not any(name.startswith("s/") for name in opens("exam.tar", key.file))
    ok("decrypt", "exam.tar", "-i", key.file, "-o", "m.mp4")
    ok("shred", "exam.tar", "--all", "--logs", "--in-place")
    assert opens("exam.tar", key.file) == []
    assert ok("verify", "exam.tar", "--json").json["state"] == "whole"
    fails(1, "decrypt", "exam.tar", "-i", key.file, "-o", "n.mp4", says="was shredded")


def test_rewrap(folder, exam, key, other_key):
    ok("rewrap", exam, "-i", key.file, "-r", other_key.recipient, "-o", "other.tar", "--why", "key rotation")
    result = ok("verify", "other.tar", "--json").json
    assert result["state"] == "whole" and result["bad"] == [] and result["shredded"] == []
    assert len(result["rewrapped"]) == len(opens("other.tar", other_key.file)) > 60
    assert opens("other.tar", key.file) == []
    fails(4, "decrypt", "other.tar", "-i", key.file, "-o", "m.mp4", says="key")
    ours = decrypted(exam, key, to="ours").read_bytes()
    assert decrypted("other.tar", other_key, to="theirs").read_bytes() == ours
    ok("rewrap", "other.tar", "-i", other_key.file, "-r", key.recipient, "-r", other_key.recipient, "--in-place")
    assert len(opens("other.tar", key.file)) == len(result["rewrapped"])


def test_a_reader_made_from_the_description_agrees(folder, exam, key, other_key):
    age = need("age")
    assert age
    ok("shred", exam, "-i", key.file, "--keep-flagged", "--kinds", "behaviour", "--pad", "5s", "-o", "kept.tar")
    ok("rewrap", "kept.tar", "-i", key.file, "-r", other_key.recipient, "-o", "both.tar")
    for recording, who in ((exam, key), ("kept.tar", key), ("both.tar", other_key)):
        done = subprocess.run([sys.executable, READER, recording, who.file, "read"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        told, verified = json.loads(done.stdout), ok("verify", recording, "--json").json
        assert pathlib.Path("read").read_bytes() == decrypted(recording, who, to="app").read_bytes()
        assert told["closed"] and told["signatures"] in ("right", "not checked")
        assert [told[s] for s in ("bad", "shredded", "rewrapped")] == [
            verified[s] for s in ("bad", "shredded", "rewrapped")]
    with tarfile.open("both.tar") as tar:
        assert sum(name.startswith("i/") for name in tar.getnames()) == 2


@pytest.mark.parametrize("prefix, part", [("s/", 0.9), ("s/", 0.01), ("j/", 0.2), ("j/", 0.9)])
def test_that_reader_sees_damage_too(folder, exam, key, prefix, part):
    need("age")
    data = bytearray(exam.read_bytes())
    with tarfile.open(exam) as tar:
        member = [m for m in tar.getmembers() if m.name.startswith(prefix)][12]
    data[member.offset_data + int(member.size * part)] ^= 1
    pathlib.Path("bad.tar").write_bytes(data)
    done = subprocess.run([sys.executable, READER, "bad.tar", key.file, "read"], capture_output=True, text=True)
    assert done.returncode != 0
    assert run("verify", "bad.tar").status == 3


def test_wrong_usage(kept, exam, key, other_key):
    shred, rewrap = ("shred", exam, "-i", key.file), ("rewrap", exam, "-i", key.file)
    fails(2, *shred, "-o", "x.tar")
    fails(2, *shred, "--keep-flagged", "--all", "-o", "x.tar")
    fails(2, *shred, "--keep-flagged")
    fails(2, *shred, "--keep-flagged", "-o", "x.tar", "--in-place")
    fails(2, *shred, "--keep-flagged", "--kinds", "odd", "-o", "x.tar", says="odd")
    fails(2, *shred, "--keep-flagged", "--pad", "ages", "-o", "x.tar", says="ages")
    fails(2, *shred, "--keep-flagged", "--logs", "-o", "x.tar")
    fails(2, *shred, "--keep-flagged", "--why", "a\nb", "-o", "x.tar", says="reason")
    fails(2, *shred, "--keep-flagged", "-o", exam, "--force", says=exam)
    fails(4, "shred", exam, "--keep-flagged", "-o", "x.tar", says="-i")
    fails(4, "shred", exam, "-i", other_key.file, "--keep-flagged", "-o", "x.tar")
    fails(2, *rewrap, "-o", "x.tar", says="-r")
    fails(2, *rewrap, "-r", "age1nonsense", "-o", "x.tar", says="age1nonsense")
    fails(2, *rewrap, "-r", key.recipient)
    fails(4, "rewrap", exam, "-i", other_key.file, "-r", other_key.recipient, "-o", "x.tar")


@pytest.mark.parametrize("command", ["shred", "rewrap"])
def test_what_is_no_recording(kept, media, key, command):
    more = {"shred": ["--keep-flagged"], "rewrap": ["-r", key.recipient]}[command]
    for path in (media.text, media.empty, media.clip, "missing.tar", kept.folder):
        fails(1, command, path, "-i", key.file, *more, "-o", "x.tar", says=path)


def test_what_was_damaged_is_told(folder, exam, key, other_key):
    data = bytearray(exam.read_bytes())
    with tarfile.open(exam) as tar:
        member = [m for m in tar.getmembers() if m.name.startswith("s/")][30]
    data[member.offset_data + 60] ^= 1
    pathlib.Path("bad.tar").write_bytes(data)
    told = run("rewrap", "bad.tar", "-i", key.file, "-r", other_key.recipient, "-o", "x.tar")
    assert told.status == 3 and "1 members" in told.err and "damaged before" in told.err
    assert run("verify", "x.tar", "--json").json["bad"] == [int(member.name[2:8])]
    pathlib.Path("cut.tar").write_bytes(exam.read_bytes()[:2_000_000])
    told = run("shred", "cut.tar", "-i", key.file, "--keep-flagged", "-o", "y.tar")
    assert told.status == 3 and "left out" in told.err
    assert run("verify", "y.tar", "--json").json["state"] == "unterminated"
