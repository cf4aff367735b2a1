"""Bad input: named, explained, with the right exit status, and nothing lost or left behind."""

import json
import os
import shutil
import subprocess

import pytest
from conftest import APP, counted, decrypted, fails, listing, ok, run, skip

NOT_MEDIA = ["missing", "folder", "empty", "text"]


def path_of(media, kind, folder):
    return {"missing": folder / "missing.mp4", "folder": folder, "empty": media.empty, "text": media.text}[kind]


def arguments(command, path, key):
    return {
        "record": ["record", "--input", path, "--to", "out.tar", "-r", key.recipient, "--flags", "out.jsonl"],
        "redact": ["redact", path, "out.mp4", "--regions", "out.jsonl"],
        "score": ["score", path, "--observations", "out.jsonl", "--flags", "out2.jsonl", "--json"],
    }[command]


@pytest.mark.parametrize("command", ["record", "redact", "score"])
@pytest.mark.parametrize("kind", NOT_MEDIA)
def test_not_a_media_file(kept, media, key, command, kind):
    path = path_of(media, kind, kept.folder)
    result = fails(1, *arguments(command, path, key), says=str(path))
    assert not result.out


@pytest.mark.parametrize("command", ["record", "redact", "score"])
def test_an_mp4_without_its_index(kept, media, key, command):
    path = media.headless_mp4
    result = run(*arguments(command, path, key))
    assert result.status in (1, 3) and len(result.err.splitlines()) == 1
    assert str(path) in result.err and "moov" in result.err or "cut" in result.err or "truncated" in result.err


@pytest.mark.parametrize("clip", ["cut_mp4", "cut_webm"])
def test_a_cut_file_is_recorded_as_far_as_it_goes(folder, media, key, clip):
    path = getattr(media, clip)
    fails(3, "record", "--input", path, "--to", "r.tar", "-r", key.recipient, "--flags", "f.jsonl", says=path)
    assert ok("verify", "r.tar", "--json").json["state"] == "whole"
    assert counted(decrypted("r.tar", key), "v") >= counted(path, "v") - 1 > 10


@pytest.mark.parametrize("clip", ["cut_mp4", "cut_webm"])
def test_a_cut_file_is_scored_as_far_as_it_goes(folder, media, clip):
    result = fails(3, "score", getattr(media, clip), "--json", "--observations", "o.jsonl", says=getattr(media, clip))
    assert json.loads(result.out)["analysed"]["video_s"] > 0.4
    assert (folder / "o.jsonl").read_text()


@pytest.mark.parametrize("clip,ending", [("cut_mp4", "mp4"), ("cut_webm", "webm")])
def test_a_cut_file_is_not_redacted_in_part(kept, media, clip, ending):
    """A shorter film under the final name would pass for the whole one."""
    fails(3, "redact", getattr(media, clip), f"out.{ending}", "--regions", "out.jsonl", says=getattr(media, clip))


@pytest.mark.parametrize("clip,pictures", [("pixel", 25), ("huge", 2), ("no_rate", 75)])
def test_odd_pictures_are_recorded(folder, media, key, clip, pictures):
    ok("record", "--input", getattr(media, clip), "--to", "r.tar", "-r", key.recipient)
    assert counted(decrypted("r.tar", key), "v") == pictures


@pytest.mark.parametrize("clip,ending,pictures", [("pixel", "mkv", 25), ("huge", "mp4", 2), ("no_rate", "mkv", 75),
                                                  ("silent", "mp4", 75)])
def test_odd_pictures_are_redacted(folder, media, clip, ending, pictures):
    ok("redact", getattr(media, clip), f"out.{ending}")
    assert counted(f"out.{ending}", "v") == pictures


def test_sound_alone_cannot_be_redacted(kept, media):
    fails(1, "redact", media.sound, "out.wav", says=media.sound)


def test_a_flags_file_that_exists_is_said_before_the_work(kept, media, key):
    (kept.folder / "f.jsonl").write_text("precious")
    kept.mark()
    fails(1, "record", "--input", media.long, "--realtime", "--to", "r.tar", "-r", key.recipient, "--flags", "f.jsonl",
          says=["f.jsonl", "exists already"], timeout=30)
    fails(1, "score", media.clip, "--flags", "f.jsonl", "--observations", "o.jsonl", says=["f.jsonl", "exists already"])


def test_events_that_do_not_parse(folder, media, key):
    (folder / "e.jsonl").write_text('{"t":1,"event":"paste"}\n{"t":oops}\n{"t":2,"event":"copy"}\n')
    for arguments in (["score", media.clip, "--json"], ["record", "--input", media.clip, "--to", "r.tar", "-r",
                                                        key.recipient]):
        result = ok(*arguments, "--events", "e.jsonl", "--flags", "f.jsonl")
        assert "e.jsonl:2" in result.err
        flags = [json.loads(line) for line in (folder / "f.jsonl").read_text().splitlines()]
        assert {"paste", "copy", "gap"} <= {flag["flag"] for flag in flags}
        gap = next(flag for flag in flags if flag["flag"] == "gap")
        assert gap["kind"] == "technical" and "e.jsonl:2" in gap["because"]
        (folder / "f.jsonl").unlink()


def test_events_from_standard_input_that_do_not_parse(folder, media, key):
    result = ok("record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "--events", "-", "--flags",
                "f.jsonl", stdin=b'{"t":2,"event":"copy"}\nno\n{"t":1,"event":"paste"}')
    assert "standard input:2" in result.err
    flags = [json.loads(line) for line in (folder / "f.jsonl").read_text().splitlines()]
    assert {"paste", "copy", "gap"} <= {flag["flag"] for flag in flags}


def test_observations_that_do_not_parse(kept):
    (kept.folder / "o.jsonl").write_text('{"t":1,"faces":[]}\n{"t":2,"face')
    kept.mark()
    fails(1, "score", "o.jsonl", "--flags", "f.jsonl", says="o.jsonl:2")
    fails(2, "score", "o.jsonl", "--kept", says="--kept")
    fails(2, "score", "o.jsonl", "--budget", "0")


@pytest.mark.parametrize("text,words", [
    ("[flags.face_absnt]\nenabled = true\n", ["p.toml:1", "face_absnt", "face_absent"]),
    ("[flags.face_absent]\nlonger_then = 3\n", ["p.toml:2", "longer_then", "longer_than"]),
    ("[score]\nmedum = 3\n", ["p.toml:2", "medum", "medium"]),
    ("[score]\nmedium = \"three\"\n", ["p.toml:2", "medium"]),
    ("this is no toml\n", ["p.toml:1"]),
])
def test_a_wrong_policy_is_named_with_the_nearest_key(kept, media, key, text, words):
    (kept.folder / "p.toml").write_text(text)
    kept.mark()
    fails(1, "record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "--policy", "p.toml", says=words)
    fails(1, "score", media.clip, "--policy", "p.toml", says=words)


def test_consent_that_does_not_parse(kept, media, key):
    (kept.folder / "c.json").write_text('{"given":"yes"}')
    kept.mark()
    fails(1, "record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "--consent", "c.json",
          says=["c.json", "given"])


@pytest.fixture
def small_disk(folder):
    """A file system of 200 kB."""
    place = folder / "small"
    place.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", place], capture_output=True, text=True)
    if mount.returncode != 0:
        skip(f"a small tmpfs cannot be mounted: {mount.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_while_recording(small_disk, media, key):
    # 256 KiB and more are set aside for the end: what is smaller is full from the start.
    subprocess.run(["mount", "-o", "remount,size=600k", small_disk], check=True)
    result = fails(1, "record", "--input", media.long, "--to", small_disk / "r.tar", "-r", key.recipient,
                   says=["r.tar", "No space left"])
    assert "free space" in result.err
    state = run("verify", small_disk / "r.tar", "--json").json
    assert state["state"] in ("whole", "unterminated") and state["segments"] >= 1 and not state["bad"]
    media = decrypted(small_disk / "r.tar", key, status=0 if state["state"] == "whole" else 3)
    assert counted(media, "v") >= 25


@pytest.mark.parametrize("command", ["decrypt", "redact"])
def test_a_full_disk_leaves_no_half_result(small_disk, folder, media, key, command):
    ok("record", "--input", media.long, "--to", "r.tar", "-r", key.recipient)
    before = listing(small_disk)
    out = small_disk / "out.mp4"
    words = ["decrypt", "r.tar", "-i", key.file, "-o", out] if command == "decrypt" else ["redact", media.long, out]
    fails(1, *words, says=["out.mp4", "No space left"])
    assert listing(small_disk) == before


def nobody():
    """Runs the app without root's rights, in a folder that is not its own."""
    if os.geteuid() != 0:
        return (APP,)
    if not shutil.which("setpriv"):
        skip("root ignores permissions, and setpriv is absent")
    return ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all", APP)


@pytest.fixture
def unprivileged(tmp_path_factory):
    command = nobody()
    probe = subprocess.run([*command, "--version"], capture_output=True)
    if probe.returncode != 0:
        skip("the program cannot be run by another user here: " + probe.stderr.decode())
    return command


def open_way(path):
    """Lets everybody pass through the folders above."""
    for parent in path.parents:
        if parent.stat().st_uid == os.geteuid() and parent != parent.parent and str(parent).startswith("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o055)


def test_no_permission_to_read(kept, media, key, unprivileged):
    secret = kept.folder / "secret.mp4"
    secret.write_bytes(media.clip.read_bytes())
    secret.chmod(0)
    open_way(secret)
    kept.mark()
    fails(1, "score", secret, says=[secret, "Permission denied"], command=unprivileged)


def test_no_permission_to_write(kept, media, key, unprivileged):
    place = kept.folder / "place"
    place.mkdir()
    place.chmod(0o555)
    clip = kept.folder / "clip.mp4"
    clip.write_bytes(media.clip.read_bytes())
    clip.chmod(0o644)
    open_way(clip)
    kept.mark()
    fails(1, "record", "--input", clip, "--to", place / "r.tar", "-r", key.recipient,
          says=[place / "r.tar", "Permission denied"], command=unprivileged)
    fails(1, "redact", clip, place / "o.mp4", says=[place / "o.mp4", "Permission denied"], command=unprivileged)
    assert not list(place.iterdir())
