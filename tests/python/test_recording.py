"""Record, verify, open and score from Python."""

import subprocess

import numpy as np
import pytest

import invigil as inv


@pytest.fixture(scope="module")
def identity():
    return inv.Identity.generate()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, clip, identity):
    path = tmp_path_factory.mktemp("recorded") / "exam.tar"
    consent = inv.Consent(given=True, purpose="test", retention="P1D")
    with inv.Recording(path, recipients=[identity.recipient], consent=consent) as recording:
        session = inv.Session()
        file = inv.MediaFile(clip)
        video = session.add(file.video()).via(inv.RedactIdCard())
        audio = session.add(file.audio())
        video.to(recording.video)
        audio.to(recording.audio)
        faces = video.buffered(4).via(inv.FindFaces())
        flagged = faces.via(inv.FlagAbsence(longer_than=1.0)).merge(audio.via(inv.FindSpeech()).via(inv.FlagSpeech()))
        flagged.to(recording.flags)
        flags = flagged.collect()
        session.run()
        signer = recording.signer
    return path, signer, list(flags), recording.statistics


def test_it_verifies_and_knows_its_signer(recorded):
    path, signer, _, statistics = recorded
    assert inv.verify(path)["state"] == "whole"
    assert inv.verify(path, signer=signer)["signer"] == "checked"
    assert statistics["frames"] == 120


def test_it_opens_again(recorded, identity, tmp_path):
    path, _, flags, _ = recorded
    playback = inv.Playback(path, identities=[identity])
    assert playback.damage == "" and not playback.unredacted
    assert playback.consent.given and playback.consent.purpose == "test"
    assert playback.duration == pytest.approx(4.0, abs=0.1)
    assert [f.what for f in playback.flags if f.what != "consent_missing"] == [f.what for f in flags]
    frames = list(playback.video())
    assert len(frames) == 120 and frames[0].luma.shape == (360, 640)
    sound = np.concatenate([b.samples for b in playback.audio()], axis=1)
    assert sound.shape[1] == pytest.approx(4 * 48000, abs=4096)
    out = tmp_path / "exam.mp4"
    playback.extract(out)
    probed = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries", "stream=nb_read_frames",
         "-of", "csv=p=0", str(out)], capture_output=True, text=True, check=True)
    assert probed.stdout.strip().strip(",") == "120"


def test_a_part_is_extracted_and_checked_by_itself(recorded, identity, tmp_path):
    path, *_ = recorded
    data = bytearray(path.read_bytes())
    last = data.rindex(b"s/0000")  # the tar header of the last segment; its content follows
    data[last + 512 + 100] ^= 1
    broken = tmp_path / "broken.tar"
    broken.write_bytes(data)
    playback = inv.Playback(broken, identities=[identity])
    playback.extract(tmp_path / "part.mp4", to=1.0)
    part = list(inv.MediaFile(tmp_path / "part.mp4").video())
    assert part and len(part) < 120
    assert playback.damage_so_far == ""
    assert "member 7" in playback.damage and playback.damage_so_far == playback.damage


def test_another_key_does_not_open_it(recorded):
    with pytest.raises(inv.NoIdentityError):
        inv.Playback(recorded[0], identities=[inv.Identity.generate()])


def test_nothing_is_overwritten(recorded, identity):
    with pytest.raises(inv.IoError, match="exists already"):
        inv.Recording(recorded[0], recipients=[identity.recipient])


def test_a_failure_inside_the_block_still_commits(tmp_path, clip, identity):
    path = tmp_path / "exam.tar"
    with pytest.raises(RuntimeError, match="mine"):
        with inv.Recording(path, recipients=[identity.recipient]) as recording:
            session = inv.Session()
            session.add(inv.MediaFile(clip).video()).via(inv.RedactIdCard()).to(recording.video)
            session.run()
            raise RuntimeError("mine")
    assert inv.verify(path)["state"] == "whole"


def test_secrets_are_not_shown(identity):
    assert "SECRET" not in repr(identity) and identity.recipient in repr(identity)
    assert inv.Identity.parse(identity.secret_text()).recipient == identity.recipient


def test_scores_add_up_and_repeat(recorded, clip, identity):
    once, twice = inv.examine(clip), inv.examine(clip)
    assert [o.json() for o in once.observations] == [o.json() for o in twice.observations]
    assert [f.json() for f in once.flags] == [f.json() for f in twice.flags]
    score = inv.score(once)
    total = 0.0
    for _, points in score.because:
        total += points
    assert total == score.value
    assert inv.score(clip).value == score.value
    again = inv.score(inv.Playback(recorded[0], identities=[identity]))
    assert again.level == score.level


def test_flags_score_by_policy():
    flags = [inv.Flag("face_absent", 10, 25), inv.Flag("low_light", 0, 60, kind=inv.FlagKind.technical)]
    score = inv.score(flags)
    assert [f.what for f, _ in score.because] == ["face_absent"]
    assert [f.what for f in score.technical] == ["low_light"]
    muted = inv.score(flags, policy=inv.Policy.parse("[flags.face_absent]\nweight = 0\n"))
    assert muted.value <= score.value


def test_concealed_pictures_go_to_a_plain_file(clip, tmp_path):
    out = tmp_path / "concealed.mp4"
    with inv.MediaWriter(out, like=str(clip)) as writer:
        session = inv.Session()
        session.add(inv.MediaFile(clip).video()).via(inv.RedactIdCard()).to(writer.video)
        session.run()
        assert not out.exists()
    info = inv.MediaFile(out).info
    assert info["has_audio"] and (info["width"], info["height"]) == (640, 360)
    assert len(list(inv.MediaFile(out).video())) == 120


def test_a_file_that_is_not_whole_never_appears(clip, tmp_path):
    out = tmp_path / "concealed.mp4"
    with pytest.raises(RuntimeError, match="mine"):
        with inv.MediaWriter(out) as writer:
            session = inv.Session()
            session.add(inv.MediaFile(clip).video()).via(inv.RedactIdCard()).to(writer.video)
            session.run()
            raise RuntimeError("mine")
    assert not list(tmp_path.iterdir())


def test_observations_are_flagged_again_with_another_policy(clip):
    pictures = [o for o in inv.examine(clip).observations if isinstance(o, inv.PictureObservation)]
    usual = inv.FlagPictures().run(pictures)
    strict = inv.FlagPictures(policy=inv.Policy.parse("[flags.face_absent]\nlonger_than = 1\n")).run(pictures)
    assert "face_absent" in [f.what for f in strict]  # a test picture shows nobody
    assert len(strict) >= len(usual)


def test_events_become_flags():
    session = inv.Session()
    flags = session.add([inv.PlatformEvent(1.0, "paste"), inv.PlatformEvent(2.0, "coffee")]).via(inv.FlagEvents()).collect()
    session.run()
    assert [(f.what, f.kind) for f in flags] == [("paste", inv.FlagKind.behaviour), ("coffee", inv.FlagKind.milestone)]
