"""Scoring again what was kept, review lists, events, and what is usual in a cohort."""

import math

import numpy as np
import pytest

import invigil as inv
from invigil import cohort


def picture(t, faces=1):
    face = '{"box":[10,10,50,50],"confidence":0.9}'
    return f'{{"t":{t},"faces":[{",".join([face] * faces)}],"picture":{{"luma":100,"sharpness":100,"state":"ok"}}}}'


def lines(length, away=()):
    times = [i / 5 for i in range(int(length * 5))]
    return "\n".join(picture(t, 0 if any(b <= t < e for b, e in away) else 1) for t in times) + "\n"


@pytest.fixture()
def kept():
    return inv.parse_observations(lines(120, [(20, 27), (60, 62)]))


def test_replay_gives_the_flags_of_the_first_run(clip):
    events = [inv.PlatformEvent(1.0, "paste"), inv.PlatformEvent(0.5, "focus_lost", 2.0)]
    policy = inv.Policy.parse("[flags.detector_unsure]\nlonger_than = 1\n")
    first = inv.examine(clip, events=events, policy=policy)
    assert first.flags and inv.replay(first.observations, events=events, policy=policy) == first.flags
    again = inv.parse_observations("\n".join(o.json() for o in first.observations))
    assert inv.replay(again, events=events, policy=policy) == first.flags


def test_what_if(kept):
    policies = {
        "default": inv.Policy(),
        "strict": inv.Policy.parse("[flags.face_absent]\nlonger_than = 1\nper_hour = 0.1\n"),
        "off": inv.Policy.parse("[flags.face_absent]\nenabled = false\n"),
    }
    scores = inv.what_if(kept, policies, events=[inv.PlatformEvent(50.0, "paste")])
    assert list(scores) == list(policies)
    assert [flag.what for flag, _ in scores["default"].because] == ["face_absent", "paste"]
    assert len(scores["strict"].because) == 3
    assert scores["strict"].value > scores["default"].value > scores["off"].value
    assert inv.replay(kept, consent=inv.Consent())[0].what == "consent_missing"


def test_observations_from_files(tmp_path, kept):
    path = tmp_path / "o.jsonl"
    path.write_text(lines(120, [(20, 27), (60, 62)]))
    assert inv.replay(inv.load_observations(path)) == inv.replay(kept)
    path.write_text('{"t":1,"faces":[]}\n{"t":2')
    with pytest.raises(inv.BadHeaderError, match=r"o\.jsonl:2"):
        inv.load_observations(path)
    with pytest.raises(inv.IoError):
        inv.load_observations(tmp_path / "absent")


def test_events_with_bad_lines(tmp_path):
    path = tmp_path / "e.jsonl"
    path.write_text('{"t":5,"event":"paste"}\nnonsense\n{"t":1,"event":"copy"}\n')
    log = inv.load_events(path)
    assert [event.event for event in log.events] == ["copy", "paste"]
    assert log.bad_lines == 1 and "e.jsonl:2" in log.bad[0]
    assert log.gap.kind == inv.FlagKind.technical and "e.jsonl:2" in log.gap.because
    path.write_text('{"t":5,"event":"paste"}\n')
    assert inv.load_events(path).gap is None


def test_order_of_events():
    order = inv.OrderEvents()
    assert [e.time for e in order.process(inv.PlatformEvent(3.0, "copy"))] == []
    assert [e.time for e in order.process(inv.PlatformEvent(2.0, "copy"))] == []
    assert [e.time for e in order.flush()] == [2, 3]
    assert [e.time for e in inv.OrderEvents().run([inv.PlatformEvent(t, "copy") for t in (4.0, 3.0, 9.0)])] == [3, 4, 9]
    with pytest.raises(inv.ArgumentError):
        inv.OrderEvents(within=-1)


def test_a_change_of_resolution():
    line = '{"t":%s,"faces":[],"picture":{"luma":100,"sharpness":50,"state":"ok","size":[%d,%d],"resized":%d}}'
    seen = inv.parse_observations("\n".join(line % (i / 5, *((640, 480) if i < 50 else (320, 240)), i == 50)
                                            for i in range(100)))
    assert (seen[50].picture.width, seen[50].picture.height, seen[50].picture.resized) == (320, 240, 1)
    stage = inv.FlagPictures()
    told = [f for f in stage.run(seen) if f.what == "resolution_changed"]
    assert [(f.kind, f.begin, f.because) for f in told] == [
        (inv.FlagKind.technical, 10.0, "the size of the picture changed between 320x240 and 640x480")]
    assert 0 <= stage.evidence <= 1


def test_sound():
    assert inv.FlagSound().run([]) == []
    sound = inv.FindSpeech().run([inv.AudioBlock(np.zeros(48000, np.float32), time=float(t)) for t in range(8)])
    assert sound[0].clipped == 0
    assert [flag.what for flag in inv.FlagSound().run(sound)] == ["microphone_muted"]


def test_review_list():
    score = inv.score([inv.Flag("phone", 100, 102), inv.Flag("face_absent", 900, 910), inv.Flag("copy", 2000, 2001)])
    first = inv.review_list(score, minutes_per_hour=0.2, session=3600)
    assert [flag.what for flag, *_ in first] == ["phone", "face_absent"]
    _, points, begin, end = first[0]
    assert points > 1 and (begin, end) == (100, 102)
    assert len(inv.review_list(score)) == 3
    with pytest.raises(inv.ArgumentError, match="minutes_per_hour"):
        inv.review_list(score, minutes_per_hour=0)


def synthetic(shape, per_hour, n, seed, hours=1.5):
    random = np.random.default_rng(seed)
    rates = random.gamma(shape, per_hour / shape, n)
    return [cohort.Session({"speech": int(random.poisson(r * hours))}, hours) for r in rates]


def test_a_cohort_is_fitted():
    prior = cohort.fit(synthetic(2.0, 6.0, 4000, 1), "speech", trim=0)
    assert prior.per_hour == pytest.approx(6, rel=0.05)
    assert prior.shape == pytest.approx(2, rel=0.15)
    assert prior.rate == pytest.approx(prior.shape / prior.per_hour)


def test_a_few_extreme_sessions_do_not_set_what_is_usual():
    sessions = synthetic(2.0, 6.0, 190, 2)
    usual = cohort.fit(sessions, "speech", trim=0).per_hour
    extreme = [*sessions, *[cohort.Session({"speech": 200}, 1.5)] * 10]
    assert cohort.fit(extreme, "speech").per_hour < usual
    assert cohort.fit(extreme, "speech", trim=0).per_hour > 1.5 * usual


def test_what_nobody_shows_is_rare_and_not_impossible():
    prior = cohort.fit(synthetic(2.0, 6.0, 20, 3), "phone")
    assert 0 < prior.per_hour < 0.1 and math.isfinite(prior.shape)
    for bad in (dict(sessions=[], name="x"), dict(sessions=synthetic(1, 1, 3, 1), name="x", trim=1)):
        with pytest.raises(ValueError):
            cohort.fit(**bad)


def test_a_folder_becomes_a_policy(tmp_path, capsys):
    for i in range(6):
        (tmp_path / f"{i}.jsonl").write_text(lines(300, [(50, 56 + i), (150, 155)] if i % 2 else [(50, 56)]))
    assert cohort.main([str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# Fitted from 6 sessions.\n[flags.face_absent]\nper_hour = ")
    policy = inv.Policy.parse(text)
    assert policy.digest != inv.Policy().digest
    cohort.main([str(tmp_path), "-o", str(tmp_path / "rates.toml")])
    assert inv.Policy.load(tmp_path / "rates.toml").digest == policy.digest
    with pytest.raises(FileNotFoundError, match="jsonl"):
        cohort.main([str(tmp_path / "nowhere")])
    with pytest.raises(ValueError):
        cohort.counted([], 0)


def test_long_and_merged_flags_count_more_than_once():
    flags = [inv.Flag("speech", 0, 31), inv.Flag("speech", 50, 51),
             inv.Flag("gap", 0, 99, kind=inv.FlagKind.technical)]
    assert [inv.times_counted(flag) for flag in flags] == [max(1, f.count) + int((f.end - f.begin) / 15) for f in flags]
    session = cohort.counted(flags, 3600)
    assert session.counts == {"speech": 4} and session.hours == 1
