"""How well flags and detectors do: fairness, calibration, events, segments. NumPy alone.

Use it on your own labelled sessions before you rely on a threshold:

>>> truth = [Event("face_absent", 10.0, 15.0), Event("speech", 30.0, 32.0)]
>>> found = [Event("face_absent", 10.2, 15.1)]
>>> event_scores(truth, found)["face_absent"].f1
1.0
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

# ------------------------------------------------------------------------------------------------ fairness


@dataclass(frozen=True)
class Rate:
    """A share with its interval of confidence."""

    hits: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """`hits / of`; not a number when there is nothing to divide by."""
        return self.hits / self.of if self.of else math.nan


def wilson(hits: int, of: int, *, z: float = 1.959964) -> Rate:
    """A binomial share with Wilson's score interval, which holds for few and for extreme counts too.

    `z`: 1.959964 for 95 %. With `of` 0 the interval is 0 to 1. Raises `ValueError` unless 0 <= hits <= of.
    Source: Wilson, JASA 22 (1927), 209-212.
    """
    if not 0 <= hits <= of:
        raise ValueError(f"hits must be 0 to {of}, not {hits}")
    if of == 0:
        return Rate(0, 0, 0.0, 1.0)
    p, zz = hits / of, z * z
    middle = (p + zz / (2 * of)) / (1 + zz / of)
    half = z / (1 + zz / of) * math.sqrt(p * (1 - p) / of + zz / (4 * of * of))
    return Rate(hits, of, max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True)
class GroupRates:
    """How one group of people fares."""

    recall: Rate
    false_alarms: Rate


def by_group(samples: Iterable[tuple[Hashable, bool, bool]]) -> dict[Hashable, GroupRates]:
    """Recall and false alarms of each group, from samples (group, is it so, was it said).

    Groups are keys that you label yourself, e.g. bins of the individual typology angle; nothing here infers them.
    """
    counts: dict[Hashable, list[int]] = {}
    for group, truth, said in samples:
        row = counts.setdefault(group, [0, 0, 0, 0])  # said and so, so, said and not so, not so
        row[0 if truth else 2] += bool(said)
        row[1 if truth else 3] += 1
    return {group: GroupRates(wilson(a, b), wilson(c, d)) for group, (a, b, c, d) in counts.items()}


def largest_gap(
    rates: dict[Hashable, GroupRates], of: Callable[[GroupRates], Rate] = lambda r: r.recall
) -> float:
    """The difference between the best and the worst group that has samples; 0 with fewer than two."""
    values = [of(r).value for r in rates.values() if of(r).of]
    return max(values) - min(values) if len(values) > 1 else 0.0


# --------------------------------------------------------------------------------------------- calibration


@dataclass(frozen=True)
class Calibration:
    """Whether "0.8" comes true eight times in ten."""

    ece: float
    """Expected calibration error: the mean of |said - came true| over the bins, weighted by their size."""
    brier: float
    """Mean squared difference of probability and outcome."""
    bins: list[tuple[float, float, int]]
    """Of each bin: mean probability, share that came true, how many."""


def calibration(
    probabilities: npt.ArrayLike, outcomes: npt.ArrayLike, *, bins: int = 10
) -> Calibration:
    """ECE over bins of equal mass, and the Brier score.

    `probabilities` in [0, 1] and `outcomes` (0 or 1), of one length n >= 1. Ties are kept in their given order.
    Raises `ValueError` otherwise.
    Sources: Naeini et al., AAAI 2015 (ECE); Brier, Monthly Weather Review 78 (1950), 1-3.
    """
    p, y = np.asarray(probabilities, float).ravel(), np.asarray(outcomes, float).ravel()
    if p.size == 0 or p.size != y.size:
        raise ValueError(f"{p.size} probabilities and {y.size} outcomes; give as many of both, at least one")
    if not (np.all((p >= 0) & (p <= 1)) and np.all((y == 0) | (y == 1))):
        raise ValueError("probabilities must lie in [0, 1], and outcomes be 0 or 1")
    if bins < 1:
        raise ValueError("bins must be at least 1")
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, bins) if part.size]
    rows = [(float(p[part].mean()), float(y[part].mean()), int(part.size)) for part in parts]
    ece = sum(n * abs(said - true) for said, true, n in rows) / p.size
    return Calibration(ece, float(np.mean((p - y) ** 2)), rows)


# -------------------------------------------------------------------------------------------------- events


@dataclass(frozen=True)
class Event:
    """A stretch of a session, in seconds: what happened, or what was flagged (`invigil.Flag` works as well)."""

    what: str
    begin: float
    end: float


@dataclass(frozen=True)
class EventScores:
    """How well the stretches of one flag are found."""

    hits: int
    missed: int
    false: int
    onset: float
    """Median of |begin - true begin| over the hits, in seconds; not a number without any."""

    @property
    def precision(self) -> float:
        """Not a number when nothing was found."""
        found = self.hits + self.false
        return self.hits / found if found else math.nan

    @property
    def recall(self) -> float:
        """Not a number when there was nothing to find."""
        true = self.hits + self.missed
        return self.hits / true if true else math.nan

    @property
    def f1(self) -> float:
        """2 hits / (2 hits + missed + false); not a number when there was nothing, and nothing was found."""
        all_of_them = 2 * self.hits + self.missed + self.false
        return 2 * self.hits / all_of_them if all_of_them else math.nan


def iou(a: Event, b: Event) -> float:
    """Length of what two stretches share, over that of what they cover together; 1 for one moment twice."""
    shared = min(a.end, b.end) - max(a.begin, b.begin)
    together = max(a.end, b.end) - min(a.begin, b.begin)
    return max(0.0, shared) / together if together > 0 else 1.0


def match(truth: Sequence[Event], found: Sequence[Event], *, least: float = 0.5) -> list[tuple[int, int]]:
    """Pairs (index in truth, index in found) of one name and an IoU of at least `least`: as many as possible, each
    stretch in at most one pair. Better overlaps are tried first.

    Source: augmenting paths, Berge, PNAS 43 (1957), 842-844.
    """
    wanted = [
        [
            j
            for overlap, j in sorted(
                ((iou(t, f), j) for j, f in enumerate(found) if f.what == t.what), key=lambda x: (-x[0], x[1])
            )
            if overlap >= least
        ]
        for t in truth
    ]
    owner: dict[int, int] = {}

    def place(i: int, tried: set[int]) -> bool:
        for j in wanted[i]:
            if j in tried:
                continue
            tried.add(j)
            if j not in owner or place(owner[j], tried):
                owner[j] = i
                return True
        return False

    for i in range(len(truth)):
        place(i, set())
    return sorted((i, j) for j, i in owner.items())


def event_scores(
    truth: Sequence[Event], found: Sequence[Event], *, least: float = 0.5
) -> dict[str, EventScores]:
    """Per name, and under "all" for all names together (counted one by one, so "micro")."""
    pairs = match(truth, found, least=least)

    def of(name: str | None) -> EventScores:
        hits = [(truth[i], found[j]) for i, j in pairs if name in (None, truth[i].what)]
        true = sum(name in (None, t.what) for t in truth)
        told = sum(name in (None, f.what) for f in found)
        onset = median(abs(f.begin - t.begin) for t, f in hits) if hits else math.nan
        return EventScores(len(hits), true - len(hits), told - len(hits), onset)

    names = sorted({e.what for e in truth} | {e.what for e in found})
    return {**{name: of(name) for name in names}, "all": of(None)}


def false_alarms_per_hour(flags: Sequence[Event], seconds: float) -> float:
    """Flags on sessions in which nothing happened, per candidate-hour. `seconds`: their length, above 0."""
    if not seconds > 0:
        raise ValueError("the length must be above 0 s")
    return len(flags) * 3600 / seconds


# ------------------------------------------------------------------------------------------------ segments


def segments(
    truth: Sequence[Event],
    found: Sequence[tuple[Event, float]],
    seconds: float,
    *,
    width: float = 5.0,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """A session cut into segments of `width` seconds: whether something happened there, and how strongly it was told.

    `found`: flags with a strength each, e.g. their confidence or points; a segment gets the largest that touches it.
    Returns two arrays of shape (ceil(seconds / width),).
    """
    if not (seconds > 0 and width > 0):
        raise ValueError("seconds and width must be above 0")
    n = math.ceil(seconds / width)
    is_so, strength = np.zeros(n, bool), np.zeros(n)

    def touched(event: Event) -> slice:
        first = max(0, int(event.begin // width))
        return slice(first, max(first + 1, min(n, math.ceil(event.end / width))))

    for event in truth:
        is_so[touched(event)] = True
    for event, value in found:
        part = touched(event)
        strength[part] = np.maximum(strength[part], value)
    return is_so, strength


def detection_rate(
    truth: npt.ArrayLike, strengths: npt.ArrayLike, *, false_alarms: float = 0.02
) -> float:
    """True detection rate at the lowest threshold whose false-alarm rate is at most `false_alarms`.

    `truth` (0 or 1) and `strengths` of shape (n,), both kinds present. A segment is told when its strength is at least
    the threshold and above 0. Source of the measure: Atoum et al., IEEE Trans. Multimedia 19 (2017), 1609-1624.
    """
    y, s = np.asarray(truth, bool).ravel(), np.asarray(strengths, float).ravel()
    if y.size != s.size or y.all() or not y.any():
        raise ValueError("truth and strengths must be of one length, and truth hold both kinds")
    best = 0.0
    for threshold in np.unique(s[s > 0]):
        told = s >= threshold
        if told[~y].mean() <= false_alarms:
            best = max(best, float(told[y].mean()))
    return best
