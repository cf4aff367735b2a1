"""invigil verify and decrypt, on whole and on broken recordings."""

import tarfile

import pytest
from conftest import counted, decrypted, fails, ok, probe, run


@pytest.fixture
def broken(folder, recording):
    """A copy of the recording with something done to its bytes."""

    def make(change, name="broken.tar"):
        data = bytearray(recording.read_bytes())
        (folder / name).write_bytes(change(data) or data)
        return folder / name

    return make


def flip(at):
    def change(data):
        data[at] ^= 1

    return change


def member(recording, prefix, index):
    with tarfile.open(recording) as tar:
        chosen = [m for m in tar.getmembers() if m.name.startswith(prefix)][index]
        return chosen.offset_data, chosen.size


def test_whole(recording):
    result = ok("verify", recording, "--json").json
    assert result == {**result, "state": "whole", "signer": "not checked", "bad": [], "shredded": [], "gaps": []}
    assert result["segments"] >= 3
    assert "signer not checked" in ok("verify", recording).out


def test_cut(broken, recording, key):
    path = broken(lambda data: data[: len(data) * 2 // 3])
    assert run("verify", path, "--json").json["state"] == "unterminated"
    assert run("verify", path).status == 3
    result = run("decrypt", path, "-i", key.file, "-o", "m.mp4")
    assert result.status == 3 and "m.mp4" in result.err
    assert 0 < counted("m.mp4", "v") < 75


def test_a_flipped_bit_costs_one_segment(broken, recording, key):
    at, size = member(recording, "s/", 1)
    path = broken(flip(at + size // 2))
    result = run("verify", path, "--json")
    assert result.status == 3 and result.json["state"] == "damaged" and len(result.json["bad"]) == 1
    assert run("decrypt", path, "-i", key.file, "-o", "m.mp4").status == 3
    assert 25 <= counted("m.mp4", "v") < 75


@pytest.mark.parametrize("where", ["first", "last"])
def test_every_byte_counts(broken, recording, where):
    size = recording.stat().st_size
    path = broken(flip(150 if where == "first" else size - 700))
    assert run("verify", path).status == 3


def test_no_key_fits(kept, recording, other_key):
    fails(4, "decrypt", recording, "-i", other_key.file, "-o", "m.mp4", says="key")


def test_a_file_that_is_no_key(kept, recording):
    (kept.folder / "x.key").write_text("hello\n")
    kept.mark()
    fails(2, "decrypt", recording, "-i", "x.key", "-o", "m.mp4", says="x.key")
    fails(1, "decrypt", recording, "-i", "none.key", "-o", "m.mp4", says="none.key")


def test_parts(folder, recording, key):
    part = decrypted(recording, key, "--from", "1s", "--to", "2s")
    assert 25 <= counted(part, "v") <= 75


def test_nothing_is_overwritten(kept, recording, key):
    (kept.folder / "m.mp4").write_text("precious")
    kept.mark()
    fails(1, "decrypt", recording, "-i", key.file, "-o", "m.mp4", says=["m.mp4", "exists already"])


@pytest.mark.parametrize("command", ["verify", "decrypt", "review"])
def test_what_is_no_recording(kept, media, key, command):
    more = {"verify": [], "decrypt": ["-i", key.file, "-o", "m.mp4"], "review": ["-i", key.file, "--report", "r.html"]}
    for path in (media.text, media.empty, media.clip):
        fails(1, command, path, *more[command], says=path)
    fails(1, command, "missing.tar", *more[command], says="missing.tar")
    fails(1, command, kept.folder, *more[command], says=kept.folder)


def test_a_checkpoint_kept_elsewhere_tells_a_cut_tail(folder, media, key):
    ok("record", "--input", media.clip, "--to", "exam.tar", "-r", key.recipient, "--checkpoint-out", "newest.txt")
    assert ok("verify", "exam.tar", "--checkpoint", "newest.txt", "--json").json["missing"] == 0
    data = (folder / "exam.tar").read_bytes()
    (folder / "cut.tar").write_bytes(data[: len(data) * 2 // 3])
    assert run("verify", "cut.tar", "--json").json["state"] == "unterminated"
    result = run("verify", "cut.tar", "--checkpoint", "newest.txt", "--json")
    assert result.status == 3 and result.json["state"] == "damaged" and result.json["missing"] > 0
    (folder / "bad.txt").write_text("hello\n")
    fails(2, "verify", "exam.tar", "--checkpoint", "bad.txt", says="checkpoint")
    fails(1, "verify", "exam.tar", "--checkpoint", "none.txt", says="none.txt")
    fails(2, "verify", "exam.tar", "--cosigner", "nonsense+", says="cosigner")


def test_a_session_in_two_parts(folder, media, key):
    ok("record", "--input", media.clip, "--to", "whole.tar", "-r", key.recipient)
    data = (folder / "whole.tar").read_bytes()
    (folder / "exam.tar").write_bytes(data[: len(data) * 2 // 3])  # as a crash leaves it
    ok("record", "--input", media.clip, "--to", "exam-2.tar", "-r", key.recipient, "--resume", "exam.tar",
       "--flags", "f.jsonl")
    both = ok("verify", "exam.tar", "exam-2.tar", "--json").json
    assert both["state"] == "whole" and [p["state"] for p in both["parts"]] == ["unterminated", "whole"]
    (end, begin), = both["parts"][1]["gaps"]
    assert 0 < end <= begin
    assert run("verify", "exam-2.tar", "exam.tar").status == 3
    result = run("decrypt", "exam-2.tar", "exam.tar", "-i", key.file, "-o", "wrong.mp4")
    assert result.status == 3 and "does not continue" in result.err
    fails(2, "verify", "exam.tar", "exam-2.tar", "--signer", "a+b", says="signer")
    ok("decrypt", "exam.tar", "exam-2.tar", "-i", key.file, "-o", "both.mp4")
    first = run("decrypt", "exam.tar", "-i", key.file, "-o", "first.mp4")
    assert first.status == 3
    assert counted("both.mp4", "v") == counted("first.mp4", "v") + 75
    lengths = [float(probe(p, "-show_entries", "format=duration")["format"]["duration"]) for p in ("both.mp4",)]
    assert lengths[0] == pytest.approx(begin + 3, abs=0.3)
