"""invigil record."""

import json
import subprocess
import tarfile

import pytest
from conftest import assert_flag, counted, decrypted, fails, need, ok, probe, run


def durations(path):
    return {s["codec_type"]: float(s.get("duration") or 0) for s in probe(path, "-show_streams")["streams"]}


def test_a_recording_opens_with_stock_tools(folder, recording, key):
    age = need("age")
    playable = b""
    with tarfile.open(recording) as tar:
        names = tar.getnames()
        assert any(n.startswith("j/") for n in names) and any(n.startswith("m/") for n in names)
        first = min(n for n in names if n.startswith("i/"))
        for name in [first, *sorted(n for n in names if n.startswith("s/"))]:
            data = tar.extractfile(name).read()
            playable += subprocess.run([age, "-d", "-i", key.file], input=data, capture_output=True, check=True).stdout
    (folder / "media").write_bytes(playable)
    assert counted(folder / "media", "v") == 75
    assert counted(folder / "media", "a") > 100


def test_nothing_in_clear_but_structure(recording):
    data = recording.read_bytes()
    for word in (b"behaviour", b"face_absent", b"consent", b"moov", b"moof"):
        assert word not in data.replace(b"init consent", b"").replace(b" consent ", b" "), word


def test_flags_file(folder, media, key):
    (folder / "events.jsonl").write_text('{"t":1.5,"event":"paste"}\n{"t":0.5,"event":"focus_lost","duration":1}\n')
    ok("record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "--events", "events.jsonl", "--flags",
       "f.jsonl")
    flags = [json.loads(line) for line in (folder / "f.jsonl").read_text().splitlines()]
    for flag in flags:
        assert_flag(flag)
    assert {"paste", "focus_lost", "consent_missing"} <= {flag["flag"] for flag in flags}


def test_events_from_standard_input(folder, media, key):
    ok("record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "--events", "-", "--flags", "f.jsonl",
       stdin=b'{"t":1,"event":"copy"}\n')
    assert "copy" in (folder / "f.jsonl").read_text()


def test_media_from_standard_input(folder, media, key):
    ok("record", "--input", "-", "--to", "r.tar", "-r", key.recipient, stdin=media.webm.read_bytes())
    assert counted(decrypted("r.tar", key), "v") == 75


def test_every_recipient_opens_it(folder, media, key, other_key):
    (folder / "people").write_text(f"# examiners\n\n{other_key.recipient}\n")
    ok("record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "-R", "people")
    for who in (key, other_key):
        assert ok("decrypt", "r.tar", "-i", who.file, "-o", "-", binary=True).out


def test_signer(folder, media, key, other_key):
    for name in ("a", "b"):
        ok("record", "--input", media.clip, "--to", f"{name}.tar", "-r", key.recipient, "--signer-out", f"{name}.pub")
    signer = (folder / "a.pub").read_text().strip()
    assert ok("verify", "a.tar", "--signer", signer, "--json").json["signer"] == "checked"
    wrong = (folder / "b.pub").read_text().strip()
    result = run("verify", "a.tar", "--signer", wrong, "--json")
    assert result.status == 3 and result.json["signer"] == "wrong"


def test_consent(folder, media, key):
    (folder / "consent.json").write_text('{"given":true,"purpose":"exam","audience":"examiners","retention":"P6M"}')
    ok("record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "--consent", "consent.json", "--flags",
       "f.jsonl")
    assert "consent_missing" not in (folder / "f.jsonl").read_text()


def test_required_consent_that_is_missing_refuses(kept, media, key):
    (kept.folder / "strict.toml").write_text('consent = "required"\n')
    kept.mark()
    fails(1, "record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "--policy", "strict.toml",
          says="consent")


def test_the_end_of_a_limit_is_kept(folder, media, key):
    ok("record", "--input", media.long, "--to", "r.tar", "-r", key.recipient, "--for", "2s")
    assert 49 <= counted(decrypted("r.tar", key), "v") <= 51


def test_the_output_is_kept(kept, media, key):
    (kept.folder / "r.tar").write_text("precious")
    kept.mark()
    fails(1, "record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, says=["r.tar", "exists already"])


def test_the_output_is_not_the_input(kept, media, key):
    (kept.folder / "clip.mp4").write_bytes(media.clip.read_bytes())
    kept.mark()
    fails(2, "record", "--input", "clip.mp4", "--to", "clip.mp4", "--force", "-r", key.recipient, says="clip.mp4")


def test_recording_needs_a_recipient(kept, media):
    fails(2, "record", "--input", media.clip, "--to", "r.tar", says="-r")


def test_a_recipient_with_a_typo(kept, media, key):
    typo = key.recipient[:-1] + ("q" if key.recipient[-1] != "q" else "p")
    fails(2, "record", "--input", media.clip, "--to", "r.tar", "-r", typo, says=typo[:12])


@pytest.mark.parametrize("clip", ["silent", "sound"])
def test_pictures_or_sound_alone(folder, media, key, clip):
    ok("record", "--input", getattr(media, clip), "--to", "r.tar", "-r", key.recipient)
    kinds = durations(decrypted("r.tar", key)).keys()
    assert set(kinds) == ({"video"} if clip == "silent" else {"audio"})


def test_json_summary(folder, media, key):
    """The signer first, so that it can be registered while the exam runs; what was recorded at the end."""
    first, last = ok("record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "--json").lines
    assert first["signer"].startswith("invigil/")
    assert last["documents_late"] == 0 and last["frames"] == 75 and last["lost"] == 0 and last["media_s"] == pytest.approx(3, abs=0.1)
    assert ok("verify", "r.tar", "--json").json["state"] == "whole"


def test_quiet_is_quiet(folder, media, key):
    assert ok("record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "--quiet").err == ""
