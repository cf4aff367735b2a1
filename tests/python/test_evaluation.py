"""Measures of fairness, calibration and events, against values worked out by hand."""

import math

import numpy as np
import pytest

from invigil.evaluation import (
    Event,
    by_group,
    calibration,
    detection_rate,
    event_scores,
    false_alarms_per_hour,
    iou,
    largest_gap,
    match,
    segments,
    wilson,
)


def test_wilson():
    # 8 of 10, z = 1.96: middle (0.8 + 0.19208) / 1.38416, half 1.96 / 1.38416 * sqrt(0.016 + 0.009604).
    rate = wilson(8, 10, z=1.96)
    assert rate.value == 0.8
    assert rate.low == pytest.approx(0.4901568, abs=1e-6)
    assert rate.high == pytest.approx(0.9433191, abs=1e-6)
    assert wilson(0, 10).low == 0 and 0.27 < wilson(0, 10).high < 0.28
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1) and math.isnan(wilson(0, 0).value)
    for hits, of in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="hits"):
            wilson(hits, of)


def test_groups():
    samples = [("light", True, True)] * 9 + [("light", True, False)] + [("light", False, False)] * 4
    samples += [("dark", True, True)] * 3 + [("dark", True, False)] + [("dark", False, True)] + [("dark", False, False)]
    rates = by_group(samples)
    assert (rates["light"].recall.hits, rates["light"].recall.of) == (9, 10)
    assert rates["dark"].recall.value == 0.75
    assert rates["dark"].false_alarms.value == 0.5
    assert largest_gap(rates) == pytest.approx(0.15)
    assert largest_gap(rates, of=lambda r: r.false_alarms) == 0.5
    assert largest_gap({"one": rates["dark"]}) == 0


def test_calibration():
    # Two bins: (0.1, 0.3) of which 1 of 2 came true, (0.8, 1.0) of which 2 of 2 did.
    result = calibration([0.8, 0.1, 1.0, 0.3], [1, 0, 1, 1], bins=2)
    assert result.bins == [(pytest.approx(0.2), 0.5, 2), (pytest.approx(0.9), 1.0, 2)]
    assert result.ece == pytest.approx((2 * 0.3 + 2 * 0.1) / 4)
    assert result.brier == pytest.approx((0.04 + 0.01 + 0 + 0.49) / 4)
    random = np.random.default_rng(1)
    p = random.random(20000)
    assert calibration(p, random.random(20000) < p).ece < 0.02
    assert calibration(p, random.random(20000) < p**3).ece > 0.2
    assert calibration([0.5], [1]).bins == [(0.5, 1.0, 1)]
    for bad in (([], []), ([0.5], [1, 0]), ([1.5], [1]), ([0.5], [0.5]), ([math.nan], [0])):
        with pytest.raises(ValueError):
            calibration(*bad)
    with pytest.raises(ValueError, match="bins"):
        calibration([0.5], [1], bins=0)


def test_overlap():
    assert iou(Event("a", 0, 10), Event("a", 5, 15)) == pytest.approx(1 / 3)
    assert iou(Event("a", 0, 1), Event("a", 2, 3)) == 0
    assert iou(Event("a", 3, 3), Event("a", 3, 3)) == 1


def test_matching_is_optimal_where_greed_is_not():
    # The first truth fits both, better the one that is the second's only choice.
    truth = [Event("a", 0, 10), Event("a", 3, 13)]
    found = [Event("a", 1, 11), Event("a", 0, 6)]
    assert iou(truth[0], found[0]) > iou(truth[0], found[1]) >= 0.5 > iou(truth[1], found[1])
    assert match(truth, found) == [(0, 1), (1, 0)]
    assert match(truth, [Event("b", 0, 10)]) == []


def test_event_scores():
    truth = [Event("speech", 0, 4), Event("speech", 10, 14), Event("phone", 20, 30)]
    found = [Event("speech", 1, 4), Event("speech", 50, 54), Event("paste", 5, 5)]
    scores = event_scores(truth, found)
    speech = scores["speech"]
    assert (speech.hits, speech.missed, speech.false) == (1, 1, 1)
    assert speech.precision == speech.recall == speech.f1 == 0.5
    assert speech.onset == 1
    assert (scores["phone"].recall, scores["phone"].f1) == (0, 0) and math.isnan(scores["phone"].precision)
    assert scores["paste"].false == 1
    assert scores["all"].f1 == pytest.approx(2 / (2 + 2 + 2))
    assert math.isnan(event_scores([], [])["all"].f1)
    assert false_alarms_per_hour(found, 1800) == 6
    with pytest.raises(ValueError):
        false_alarms_per_hour(found, 0)


def test_segments():
    is_so, strength = segments(
        [Event("a", 4, 11)], [(Event("a", 9, 10), 0.5), (Event("b", 21, 22), 0.9), (Event("c", 9, 16), 0.2)], 23
    )
    assert is_so.tolist() == [True, True, True, False, False]
    assert strength.tolist() == [0, 0.5, 0.2, 0.2, 0.9]
    with pytest.raises(ValueError):
        segments([], [], 0)


def test_detection_rate():
    truth = [1] * 4 + [0] * 100
    strengths = [0.9, 0.8, 0.3, 0.0] + [0.5] * 3 + [0.4] * 2 + [0.0] * 95
    assert detection_rate(truth, strengths) == 0.5  # at 0.3 five of a hundred are false, at 0.8 none
    assert detection_rate(truth, strengths, false_alarms=0.05) == 0.75
    assert detection_rate(truth, [0] * 104) == 0
    with pytest.raises(ValueError):
        detection_rate([1, 1], [0, 1])
