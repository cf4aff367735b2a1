"""What is usual in a cohort, fitted from sessions that were kept: the rates that a policy holds candidates against.

    python3 -m invigil.cohort FOLDER [-o rates.toml] [--policy P.toml]

FOLDER holds one observations file a session (`*.jsonl`, as `invigil score --observations` writes them). Each is scored
again by the policy; per flag a Gamma distribution is fitted to the rates of all sessions but the most extreme, so that
the few whom the review is about do not set what is usual.
"""

from __future__ import annotations

import argparse
import math
import pathlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from . import Flag, FlagKind, PictureObservation, Policy, Speech, load_observations, replay, times_counted


@dataclass(frozen=True)
class Prior:
    """Gamma(shape, rate): how often honest candidates show one flag, in times an hour."""

    shape: float
    rate: float
    """In hours."""

    @property
    def per_hour(self) -> float:
        """The mean, `shape / rate`."""
        return self.shape / self.rate


@dataclass(frozen=True)
class Session:
    """How often each flag came, and in how long."""

    counts: Mapping[str, int]
    hours: float


def counted(flags: Iterable[Flag], seconds: float) -> Session:
    """The behaviour flags of one session, each counted as the score does: merged ones and long ones more than once.

    `seconds`: its length, above 0.
    """
    if not seconds > 0:
        raise ValueError("a session's length must be above 0 s")
    counts: dict[str, int] = {}
    for flag in flags:
        if flag.kind == FlagKind.behaviour:
            counts[flag.what] = counts.get(flag.what, 0) + times_counted(flag)
    return Session(counts, seconds / 3600)


def length_of(observations: Sequence[PictureObservation | Speech]) -> float:
    """Seconds from the first to the last."""
    times = [o.time for o in observations]
    return max(times) - min(times) if times else 0.0


def fit(sessions: Sequence[Session], name: str, *, trim: float = 0.1) -> Prior:
    """The Gamma prior of one flag, by the method of moments on the rates n/T of all but the `trim` highest sessions.

    With mean m and variance v of the rates, of which m / T is Poisson's own: shape = m^2 / max(v - m E[1/T], m^2 / 50),
    so at most 50, at least 0.05. Half a count is added, so that what nobody showed is rare and not impossible.
    Raises `ValueError` without sessions, or unless 0 <= trim < 1.
    Sources: Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.6; trimming: Huber, Robust Statistics (1981).
    """
    if not sessions:
        raise ValueError("there are no sessions to fit to")
    if not 0 <= trim < 1:
        raise ValueError("trim must be at least 0 and below 1")
    by_rate = sorted(sessions, key=lambda s: s.counts.get(name, 0) / s.hours)
    kept = by_rate[: max(1, len(by_rate) - math.floor(trim * len(by_rate)))]
    counts = np.array([s.counts.get(name, 0) for s in kept], float)
    hours = np.array([s.hours for s in kept], float)
    mean = float((counts.sum() + 0.5) / hours.sum())
    spread = float(np.var(counts / hours)) - mean * float(np.mean(1 / hours))
    shape = min(50.0, max(0.05, mean**2 / max(spread, mean**2 / 50)))
    return Prior(shape, shape / mean)


def fit_all(sessions: Sequence[Session], *, trim: float = 0.1) -> dict[str, Prior]:
    """The priors of all behaviour flags that some session shows. With fewer than 20 sessions distrust the shapes."""
    return {name: fit(sessions, name, trim=trim) for name in sorted({n for s in sessions for n in s.counts})}


def to_toml(priors: Mapping[str, Prior]) -> str:
    """A policy's tables, within the ranges that a policy allows; all else keeps its default.

    >>> print(to_toml({"speech": Prior(2.0, 0.5)}))
    [flags.speech]
    per_hour = 4.0
    shape = 2.0
    <BLANKLINE>
    """
    return "\n".join(
        f"[flags.{name}]\nper_hour = {round(min(1e3, max(1e-3, p.per_hour)), 4)}\nshape = {round(p.shape, 4)}\n"
        for name, p in sorted(priors.items())
    )


def read_folder(folder: str | pathlib.Path, policy: Policy | None = None) -> list[Session]:
    """The sessions of a folder of `*.jsonl` observations, in order of their names. Raises `FileNotFoundError` when
    there is none, `invigil.BadHeaderError` with file and line."""
    paths = sorted(pathlib.Path(folder).glob("*.jsonl"))
    if not paths:
        raise FileNotFoundError(f"{folder}: no *.jsonl in there; write them with invigil score --observations")
    sessions = []
    for path in paths:
        seen = load_observations(path)
        if length_of(seen) > 0:
            sessions.append(counted(replay(seen, policy=policy), length_of(seen)))
    return sessions


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m invigil.cohort", description=__doc__.split("\n\n")[0])
    parser.add_argument("folder")
    parser.add_argument("-o", "--output", help="the policy's tables go here; default: standard output")
    parser.add_argument("--policy", help="by which flags are raised; default: the library's")
    parser.add_argument("--trim", type=float, default=0.1, help="share of the highest sessions to leave out")
    options = parser.parse_args(arguments)
    policy = Policy.load(options.policy) if options.policy else Policy()
    sessions = read_folder(options.folder, policy)
    text = f"# Fitted from {len(sessions)} sessions.\n" + to_toml(fit_all(sessions, trim=options.trim))
    if options.output:
        pathlib.Path(options.output).write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
