"""invigil score."""

import json

import pytest
from conftest import assert_flag, fails, ok


def test_the_summary_adds_up(folder, media):
    (folder / "e.jsonl").write_text('{"t":1,"event":"paste"}\n{"t":2,"event":"focus_lost","duration":0.5}\n')
    result = ok("score", media.clip, "--events", "e.jsonl", "--json", "--flags", "f.jsonl").json
    assert result["level"] in ("low", "medium", "high")
    assert sum(part["points"] for part in result["because"]) == result["score"]
    assert result["policy"].startswith("sha256:")
    assert isinstance(result["models"], dict)
    assert result["analysed"]["video_s"] == pytest.approx(3, abs=0.3)
    assert result["analysed"]["audio_s"] == pytest.approx(3, abs=0.3)
    assert result["analysed"]["gaps_s"] == 0
    for line in (folder / "f.jsonl").read_text().splitlines():
        assert_flag(json.loads(line))


def test_the_same_twice(folder, media):
    (folder / "e.jsonl").write_text('{"t":1,"event":"paste"}\n')
    for n in (1, 2):
        (folder / f"s{n}").write_text(ok("score", media.clip, "--events", "e.jsonl", "--json", "--observations",
                                         f"o{n}.jsonl", "--flags", f"f{n}.jsonl").out)
    for name in ("s{}", "o{}.jsonl", "f{}.jsonl"):
        assert (folder / name.format(1)).read_bytes() == (folder / name.format(2)).read_bytes()


def test_observations(folder, media):
    ok("score", media.clip, "--observations", "o.jsonl")
    lines = [json.loads(line) for line in (folder / "o.jsonl").read_text().splitlines()]
    pictures = [line for line in lines if "faces" in line]
    sounds = [line for line in lines if "level" in line]
    assert 10 <= len(pictures) <= 20
    assert len(sounds) == pytest.approx(3 / 0.032, abs=3)
    for line in pictures:
        assert {"t", "faces", "objects", "picture"} <= line.keys()
        assert line["picture"]["state"] in ("ok", "dark", "covered", "frozen")
    for line in sounds:
        assert {"t", "loudness", "level"} <= line.keys()


@pytest.mark.parametrize("clip", ["silent", "sound", "still", "pixel", "no_rate"])
def test_odd_but_valid_inputs(folder, media, clip):
    assert ok("score", getattr(media, clip), "--json").json["level"] in ("low", "medium", "high")


def test_a_recording_again(folder, recording, key):
    assert ok("score", recording, "-i", key.file, "--json").json["analysed"]["video_s"] == pytest.approx(3, abs=0.3)


def test_a_recording_without_its_key(kept, recording, other_key):
    fails(4, "score", recording, "-i", other_key.file, says=str(recording))


def test_text_for_people(media):
    assert "face" in ok("score", media.clip).out.lower() or ok("score", media.clip).out.strip()
