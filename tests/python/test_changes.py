"""Shredding and new recipients from Python."""

import pytest

import invigil as inv


@pytest.fixture(scope="module")
def staff():
    return inv.Identity.generate()


@pytest.fixture(scope="module")
def board():
    return inv.Identity.generate()


@pytest.fixture(scope="module")
def exam(tmp_path_factory, clip, staff):
    """4 s from one keyframe on, with a behaviour flag near the end."""
    path = tmp_path_factory.mktemp("exam") / "exam.tar"
    consent = inv.Consent(given=True, purpose="test", retention="P1D")
    with inv.Recording(path, recipients=[staff.recipient], consent=consent) as recording:
        session = inv.Session()
        session.add(inv.MediaFile(clip).video()).via(inv.RedactIdCard()).to(recording.video)
        session.run()
        recording.flags.write(inv.Flag("paste", 1.2, 1.4))
        recording.flags.write(inv.Flag("low_light", 3.4, 3.5, kind=inv.FlagKind.technical))
    return path


def test_shred_keeps_what_is_flagged(exam, staff, tmp_path):
    out = tmp_path / "kept.tar"
    segments = inv.verify(exam)["segments"]
    told = inv.shred(exam, [staff], out=out, kinds=[inv.FlagKind.behaviour], pad=0.0, why="caf\u00e9")
    assert told["kept"] == 2 and len(told["shredded"]) == segments - 2 and told["damage"] == ""
    verified = inv.verify(out)
    assert verified["state"] == "whole" and verified["bad"] == [] and verified["shredded"] == told["shredded"]
    assert [c["why"] for c in verified["changes"]] == ["caf\u00e9"]
    playback = inv.Playback(out, identities=[staff])
    assert playback.damage == "" and len(playback.flags) == 2
    assert 50 <= len(list(playback.video())) <= 62
    assert inv.shred(exam, [staff], out=tmp_path / "all.tar")["shredded"] == []  # 10 s around each flag


def test_all_in_place(exam, staff, tmp_path):
    path = tmp_path / "exam.tar"
    path.write_bytes(exam.read_bytes())
    told = inv.shred(path, [], in_place=True, keep_flagged=False)
    assert told["kept"] == 0 and told["kept_spans"] == []
    assert inv.verify(path)["shredded"] == told["shredded"] != []
    assert inv.shred(path, [], in_place=True, keep_flagged=False)["shredded"] == []
    inv.shred(path, [], in_place=True, keep_flagged=False, logs=True)
    assert inv.verify(path)["state"] == "whole"


def test_rewrap(exam, staff, board, tmp_path):
    out = tmp_path / "board.tar"
    told = inv.rewrap(exam, [staff], [board.recipient], out=out)
    verified = inv.verify(out)
    assert verified["state"] == "whole" and verified["rewrapped"] == told["rewrapped"] != []
    assert told["unchanged"] == [] and told["strays"] == told["left_out"] == told["shredded"] == 0
    assert len(list(inv.Playback(out, identities=[board]).video())) == 120
    with pytest.raises(inv.NoIdentityError):
        inv.Playback(out, identities=[staff])
    inv.rewrap(out, [board], [staff.recipient], in_place=True, why="back again")
    assert inv.Playback(out, identities=[staff]).damage == ""


def test_wrong_use_writes_nothing(exam, staff, board, tmp_path):
    before = exam.read_bytes()
    for wrong in ({}, {"out": tmp_path / "x", "in_place": True}, {"out": exam, "overwrite": True}):
        with pytest.raises(inv.ArgumentError):
            inv.shred(exam, [staff], **wrong)
        with pytest.raises(inv.ArgumentError):
            inv.rewrap(exam, [staff], [board.recipient], **wrong)
    out = tmp_path / "x.tar"
    for wrong in ({"pad": -1.0}, {"pad": float("nan")}, {"pad": 1e9}, {"logs": True}, {"why": "a\nb"}):
        with pytest.raises(inv.ArgumentError):
            inv.shred(exam, [staff], out=out, **wrong)
    with pytest.raises(inv.ArgumentError):
        inv.rewrap(exam, [staff], [], out=out)
    with pytest.raises(inv.NoIdentityError):
        inv.shred(exam, [board], out=out)
    with pytest.raises(inv.NoIdentityError):
        inv.rewrap(exam, [board], [board.recipient], out=out)
    assert list(tmp_path.iterdir()) == [] and exam.read_bytes() == before
