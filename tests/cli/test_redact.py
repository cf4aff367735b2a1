"""invigil redact."""

import hashlib
import json
import subprocess

import pytest
from conftest import counted, fails, need, ok, probe, run
from pictures import middle, pictures  # noqa: F401


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


@pytest.fixture(scope="session")
def film(media, pictures):
    """1 s of a passport page, 10 pictures."""
    return media._make("page.mp4", "-loop", "1", "-i", pictures.save("page.png"), "-t", "1", "-r", "10", "-pix_fmt", "yuv420p")


def streams(path):
    return probe(path, "-show_streams")["streams"]


def pixels_of(path, width, height):
    import numpy as np
    out = subprocess.run([need("ffmpeg"), "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True,
                         check=True).stdout
    return np.frombuffer(out, np.uint8).reshape(-1, height, width)


def assert_hidden(path, zone, width=1280, height=960):
    """Every picture of the file has one colour where the zone is."""
    shown = pixels_of(path, width, height)
    x0, y0, x1, y1 = zone
    assert len(shown) and all(int(p[y0:y1, x0:x1].max()) - int(p[y0:y1, x0:x1].min()) <= 12 for p in shown)


def cover_art(film, pictures, ending):
    """A film with a cover that shows its document."""
    out = film.with_name(f"cover.{ending}")
    cover = pictures.save("cover.jpg")
    how = ["-i", cover, "-map", "0", "-map", "1", "-disposition:v:1", "attached_pic"] if ending == "mp4" else \
        ["-attach", cover, "-metadata:s:t", "mimetype=image/jpeg", "-metadata:s:t", "filename=cover.jpg"]
    subprocess.run([need("ffmpeg"), "-v", "error", "-y", "-i", film, *how, "-c", "copy", out], check=True)
    return out, cover


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_cover_art_does_not_pass(folder, film, pictures, ending):
    source, cover = cover_art(film, pictures, ending)
    assert len(streams(source)) == 2
    ok("redact", source, f"out.{ending}")
    assert [s["codec_type"] for s in streams(f"out.{ending}")] == ["video"]
    # A picture's scan begins with these bytes wherever it is stored, and half a megabyte of video holds any three by chance.
    scan = cover.read_bytes().split(b"\xff\xda", 1)[1][:64]
    assert scan in source.read_bytes() and scan not in (folder / f"out.{ending}").read_bytes()
    assert_hidden(f"out.{ending}", pictures.zone)


def test_a_cover_alone_is_no_film(kept, film, media, pictures):
    source = film.with_name("song.mp3")
    subprocess.run([need("ffmpeg"), "-v", "error", "-y", "-i", media.sound, "-i", pictures.save("cover.jpg"), "-map", "0", "-map", "1", "-c:v",
                    "copy", "-disposition:v", "attached_pic", source], check=True)
    kept.mark()
    fails(1, "redact", source, "out.mp4", says=["song.mp3", "only sound"])


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_other_tracks_do_not_pass_and_are_told(folder, film, ending):
    """Video tracks beside the first, subtitles and titles would carry what was concealed."""
    (folder / "s.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nNX1234567\n")
    source = folder / f"in.{ending}"
    subprocess.run([need("ffmpeg"), "-v", "error", "-y", "-f", "lavfi", "-i", "color=gray:size=320x240:rate=10:duration=1", "-i", film, "-i",
                    "s.srt", "-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:s",
                    "mov_text" if ending == "mp4" else "srt", "-metadata", "title=NX1234567", source], check=True)
    assert len(streams(source)) == 3
    result = ok("redact", source, f"out.{ending}")
    assert "1 more video track" in result.err
    assert [(s["codec_type"], s["width"]) for s in streams(f"out.{ending}")] == [("video", 320)]
    assert b"NX1234567" not in (folder / f"out.{ending}").read_bytes()


def test_a_size_that_changes_in_mid_stream(folder, film, pictures):
    """From 640x480 to 1280x960: pictures keep the first size, and the document stays covered."""
    parts = []
    for k, size in enumerate(("640x480", "1280x960")):
        part = folder / f"{k}.h264"
        subprocess.run([need("ffmpeg"), "-v", "error", "-y", "-i", film, "-s", size, "-bsf:v", "h264_mp4toannexb", part], check=True)
        parts.append(part.read_bytes())
    (folder / "in.h264").write_bytes(b"".join(parts))
    ok("redact", "in.h264", "out.mkv", "--regions", "r.jsonl")
    assert counted("out.mkv", "v") == 20
    assert len({json.loads(line)["t"] for line in (folder / "r.jsonl").read_text().splitlines()}) == 20
    assert_hidden("out.mkv", [v // 2 for v in pictures.zone], 640, 480)


def test_a_turned_video_is_turned_once(folder, film, pictures):
    source = folder / "in.mp4"
    subprocess.run([need("ffmpeg"), "-v", "error", "-y", "-i", film, "-c", "copy", "-metadata:s:v", "rotate=90", source], check=True)
    ok("redact", source, "out.mp4", "--regions", "r.jsonl")
    video = streams("out.mp4")[0]
    assert (video["width"], video["height"]) == (960, 1280) and "side_data_list" not in video
    x0, y0, x1, y1 = pictures.zone
    upright = [y0, 1280 - x1, y1, 1280 - x0]  # ffmpeg turns it counterclockwise
    shown = pixels_of(source, 960, 1280)[0][upright[1]:upright[3], upright[0]:upright[2]]
    assert shown.std() > 20  # the zone is there
    assert_hidden("out.mp4", upright, 960, 1280)
    for line in map(json.loads, (folder / "r.jsonl").read_text().splitlines()):
        x, y = middle(line["quads"])
        assert abs(x - 480) < 130 and abs(y - 640) < 170  # in turned coordinates


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_video_without_pictures(kept, media, ending):
    source = media._make(f"zero.{ending}", "-f", "lavfi", "-i", "color=gray:size=320x240:rate=10", "-frames:v", "0", "-c:v", "libx264")
    kept.mark()
    assert run("redact", source, "out.mkv", "--regions", "r.jsonl").status in (1, 3)


def animation(pictures, kind, shown):
    """A blank picture, then `shown` pictures of the page, 0.2 s each."""
    frames = []
    for k in range(shown):
        frame = pictures.scene.copy()
        frame[:8, 8 * k:8 * k + 8] = 0  # or equal ones would become one
        frames.append(pictures.Image.fromarray(frame))
    blank = pictures.Image.new("RGB", pictures.image.size, (120, 120, 120))
    return pictures.save(f"animation{shown}.{kind}", blank, save_all=True, append_images=frames, duration=200)


def assert_last_hidden(path, zone):
    x0, y0, x1, y1 = zone
    part = pixels_of(path, 1280, 960)[-1, y0:y1, x0:x1].astype(int)
    assert part.max() - part.min() <= 12


@pytest.mark.parametrize("kind", ["gif", "png"])
def test_an_animation_becomes_a_film(folder, pictures, kind):
    ok("redact", animation(pictures, kind, 9), "out.mkv")
    assert_last_hidden("out.mkv", pictures.zone)
