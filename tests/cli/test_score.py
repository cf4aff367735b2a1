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


def test_what_was_kept_is_scored_the_same(folder, media):
    (folder / "e.jsonl").write_text('{"t":2,"event":"paste"}\n{"t":1,"event":"focus_lost","duration":0.5}\n')
    first = ok("score", media.clip, "--events", "e.jsonl", "--json", "--observations", "o.jsonl", "--flags", "f1.jsonl")
    again = ok("score", "o.jsonl", "--events", "e.jsonl", "--json", "--observations", "o2.jsonl", "--flags", "f2.jsonl")
    assert (folder / "f1.jsonl").read_bytes() == (folder / "f2.jsonl").read_bytes()
    assert (folder / "o.jsonl").read_bytes() == (folder / "o2.jsonl").read_bytes()
    for key in ("score", "level", "because", "technical", "policy"):
        assert first.json[key] == again.json[key]
    (folder / "p.toml").write_text("[flags.paste]\nenabled = false\n")
    other = ok("score", "o.jsonl", "--events", "e.jsonl", "--policy", "p.toml", "--json").json
    assert "paste" not in {flag["flag"] for flag in other["because"]}


def test_what_a_recording_holds_is_scored_the_same(folder, recording, key):
    looked = ok("score", recording, "-i", key.file, "--json").json
    kept = ok("score", recording, "-i", key.file, "--kept", "--json").json
    for what in ("score", "level", "because", "technical", "policy"):
        assert looked[what] == kept[what]


def test_what_to_watch_first(folder, media):
    (folder / "e.jsonl").write_text('{"t":1,"event":"paste"}\n{"t":2,"event":"focus_lost","duration":0.5}\n')
    (folder / "o.jsonl").write_text("".join(f'{{"t":{t},"faces":[{{"box":[1,1,9,9],"confidence":0.9}}]}}\n'
                                            for t in range(3600)))
    review = ok("score", "o.jsonl", "--events", "e.jsonl", "--budget", "6", "--json").json["review"]
    assert {clip["flag"] for clip in review} == {"paste", "focus_lost"}
    assert review[0]["points"] >= review[1]["points"]
    assert "watch first" in ok("score", "o.jsonl", "--events", "e.jsonl", "--budget", "6").out
    assert ok("score", "o.jsonl", "--events", "e.jsonl", "--budget", "0.05", "--json").json["review"] == []
