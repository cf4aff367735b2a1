"""invigil redact on a folder: what can be redacted is, what cannot is said and leaves nothing."""

import json
import os

import pytest
from conftest import counted, fails, listing, ok, run


@pytest.fixture
def exams(folder, media):
    """A folder as people have them."""
    root = folder / "exams"
    (root / "room 2").mkdir(parents=True)
    (root / ".cache").mkdir()
    (root / "a.png").write_bytes(media.still.read_bytes())
    (root / "room 2/clip.MP4").write_bytes(media.clip.read_bytes())
    (root / "room 2/old.avi").write_bytes(media.no_rate.read_bytes())
    (root / "notes.txt").write_text("seat 12\n")
    (root / ".hidden.png").write_bytes(media.still.read_bytes())
    (root / ".cache/b.png").write_bytes(media.still.read_bytes())
    (root / "link.png").symlink_to("a.png")
    (root / "loop").symlink_to("..")
    return root


def files(folder):
    return sorted(name for name in listing(folder) if (folder / name).is_file())


def test_all_of_it(folder, exams, media):
    before = listing(exams)
    result = ok("redact", exams, "clean", "--regions", "r.jsonl")
    assert files(folder / "clean") == ["a.png", "room 2/clip.MP4", "room 2/old.avi.mkv"]
    assert counted(folder / "clean/room 2/clip.MP4", "v") == 75 and counted(folder / "clean/room 2/old.avi.mkv", "v") == 75
    for name in ("notes.txt: is neither", ".hidden.png: is hidden", ".cache: is hidden", "link.png: is a link", "loop: is a link"):
        assert name in result.err
    assert "3 redacted, 0 failed, 5 skipped" in result.err
    assert listing(exams) == before
    for line in map(json.loads, (folder / "r.jsonl").read_text().splitlines()):
        assert line["file"] in ("a.png", "room 2/clip.MP4", "room 2/old.avi")


def test_what_fails_leaves_nothing_and_the_rest_goes_on(folder, exams, media):
    (exams / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0nonsense")
    (exams / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    (exams / "bad").mkdir()
    (exams / "bad/cut.mp4").write_bytes(media.cut_mp4.read_bytes())
    result = fails(1, "redact", exams, "clean", "--regions", "r.jsonl", says=["3 of 6", "bad/cut.mp4"])
    for name in ("broken.jpg", "phone.heic", "bad/cut.mp4"):
        assert name in result.err
    assert files(folder / "clean") == ["a.png", "room 2/clip.MP4", "room 2/old.avi.mkv"]
    assert not (folder / "clean/bad").exists()
    assert "cut.mp4" not in (folder / "r.jsonl").read_text()


def test_as_json(folder, exams):
    (exams / "broken.jpg").write_bytes(b"no picture at all")
    result = run("redact", exams, "clean", "--json", "--quiet")
    assert result.status == 1 and len(result.err.splitlines()) == 1
    told = {line["file"]: line for line in result.json["files"]}
    assert told["a.png"]["frames"] == 1 and told["room 2/clip.MP4"]["frames"] == 75 and "broken.jpg" in told["broken.jpg"]["error"]
    assert result.json["failed"] == 1 and len(result.json["skipped"]) == 5


def test_a_second_time_overwrites_only_when_told(folder, exams):
    ok("redact", exams, "clean")
    fails(1, "redact", exams, "clean", says=["3 of 3", "exists already"])
    ok("redact", exams, "clean", "--force")


def test_the_result_never_lies_within_the_input(folder, exams):
    before = listing(folder)
    fails(2, "redact", exams, exams / "clean", says="lies within")
    fails(2, "redact", exams, folder, says="lies within")
    fails(2, "redact", exams, exams, "--force", says=str(exams))
    assert listing(folder) == before


def test_two_files_with_one_result(folder, exams, media):
    """a.avi becomes a.avi.mkv, which may be there too."""
    (exams / "room 2/old.avi.mkv").write_bytes(media.webm.read_bytes())
    fails(1, "redact", exams, "clean", says=["1 of 4", "another file's result"])
    assert counted(folder / "clean/room 2/old.avi.mkv", "v") == 75


def test_a_folder_into_a_file(folder, exams):
    (folder / "clean").write_text("precious")
    fails(1, "redact", exams, "clean", says="no folder")
    assert (folder / "clean").read_text() == "precious"


def test_a_folder_without_media(kept):
    (kept.folder / "nothing").mkdir()
    (kept.folder / "nothing/notes.txt").write_text("seat 12\n")
    kept.mark()
    fails(1, "redact", "nothing", "clean", "--regions", "r.jsonl", says=["nothing", "no file with the ending"])


def test_names_that_are_no_text(folder, media):
    (folder / "odd").mkdir()
    path = os.fsencode(folder / "odd") + b"/\xff\xfe.png"
    with open(path, "wb") as out:
        out.write(media.still.read_bytes())
    ok("redact", "odd", "clean", "--regions", "r.jsonl", "--json")
    assert os.listdir(os.fsencode(folder / "clean")) == [b"\xff\xfe.png"]
