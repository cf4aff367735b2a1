"""invigil redact."""

import hashlib
import json
import subprocess

import pytest
from conftest import counted, fails, need, ok, probe


def packet_times(path, stream):
    packets = probe(path, "-select_streams", f"{stream}:0", "-show_entries", "packet=pts_time")["packets"]
    return sorted(float(p["pts_time"]) for p in packets)


def sound_digest(path):
    out = subprocess.run([need("ffmpeg"), "-v", "error", "-i", path, "-map", "0:a", "-c", "copy", "-f", "adts", "-"],
                         capture_output=True, check=True)
    return hashlib.sha256(out.stdout).hexdigest()


def test_a_video_keeps_size_pictures_times_and_sound(folder, media):
    ok("redact", media.clip, "out.mp4")
    before, after = (probe(p, "-show_streams")["streams"] for p in (media.clip, "out.mp4"))
    video = [next(s for s in streams if s["codec_type"] == "video") for streams in (before, after)]
    assert [video[1][k] for k in ("width", "height")] == [video[0][k] for k in ("width", "height")]
    assert counted("out.mp4", "v") == counted(media.clip, "v")
    assert packet_times("out.mp4", "v") == pytest.approx(packet_times(media.clip, "v"), abs=1e-3)
    assert sound_digest("out.mp4") == sound_digest(media.clip)


def test_a_still_without_a_document_is_unchanged(folder, media):
    ok("redact", media.still, "out.png")

    def pixels(path):
        return subprocess.run([need("ffmpeg"), "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
                              capture_output=True, check=True).stdout

    assert pixels("out.png") == pixels(media.still)


def test_regions(folder, media):
    ok("redact", media.clip, "out.mp4", "--regions", "r.jsonl")
    for line in (folder / "r.jsonl").read_text().splitlines():
        region = json.loads(line)
        assert {"t", "document", "state", "quads"} <= region.keys()
        assert region["state"] in ("found", "tracked", "held", "look_back")
        for quad in region["quads"]:
            assert len(quad["points"]) == 4


def test_nothing_is_overwritten(kept, media):
    (kept.folder / "out.mp4").write_text("precious")
    (kept.folder / "in.mp4").write_bytes(media.clip.read_bytes())
    kept.mark()
    fails(1, "redact", "in.mp4", "out.mp4", says=["out.mp4", "exists already"])
    fails(2, "redact", "in.mp4", "in.mp4", "--force", says="in.mp4")


def test_an_unknown_ending_is_named(kept, media):
    fails(1, "redact", media.clip, "out.xyz", says="out.xyz")
