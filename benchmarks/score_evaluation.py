#!/usr/bin/env python3
"""Whether the score finds who cheated, on drawn cohorts: against raw counts and the cohort's z-scores.

    PYTHONPATH=build/python benchmarks/score_evaluation.py [--cohorts 400] [--candidates 20]

Each candidate sits an hour and shows each kind of flag at a rate of their own, drawn from Gamma(2, 2 / usual rate): some
fidget much, some not at all. One in ten also has a burst: 6 to 12 flags of three kinds within four minutes. Prints the
area under the ROC curve within cohorts: the chance that who had a burst stands above who had none.

What this cannot show: real candidates. The rates, the bursts and their kinds are assumptions.
"""

import argparse

import numpy as np

import invigil as inv

USUAL = {"head_away": 12, "gaze_away": 12, "speech": 6, "focus_lost": 1, "face_absent": 1, "copy": 2}
HOUR = 3600


def candidate(random, cheats):
    """The flags of one hour."""
    flags = [inv.Flag("ended", HOUR, HOUR, kind=inv.FlagKind.milestone)]
    for what, rate in USUAL.items():
        for begin in random.uniform(0, HOUR - 20, random.poisson(random.gamma(2, rate / 2))):
            flags.append(inv.Flag(what, begin, begin + 4, confidence=0.9))
    if cheats:
        at = random.uniform(0, HOUR - 300)
        kinds = random.choice(list(USUAL), 3, replace=False)
        for begin in random.uniform(at, at + 240, random.integers(6, 13)):
            flags.append(inv.Flag(str(random.choice(kinds)), begin, begin + 4, confidence=0.9))
    return flags


def above(values, cheats):
    """How often a cheater stands above an honest candidate, ties half."""
    one, other = values[cheats][:, None], values[~cheats][None, :]
    return float(np.mean((one > other) + 0.5 * (one == other)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--cohorts", type=int, default=400)
    parser.add_argument("--candidates", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    areas = {"raw counts": [], "z-scores in the cohort": [], "invigil's score": []}
    levels = {True: [], False: []}
    for _ in range(options.cohorts):
        cheats = np.arange(options.candidates) < max(1, options.candidates // 10)
        cohort = [candidate(random, bool(c)) for c in cheats]
        counts = np.array([[sum(f.what == what for f in flags) for what in USUAL] for flags in cohort], float)
        z = (counts - counts.mean(axis=0)) / np.maximum(counts.std(axis=0), 1e-9)
        scores = [inv.score(flags) for flags in cohort]
        areas["raw counts"].append(above(counts.sum(axis=1), cheats))
        areas["z-scores in the cohort"].append(above(z.max(axis=1), cheats))
        areas["invigil's score"].append(above(np.array([s.value for s in scores]), cheats))
        for s, c in zip(scores, cheats):
            levels[bool(c)].append(s.level)
    for name, values in areas.items():
        error = np.std(values) / np.sqrt(len(values))
        print(f"{name:<24} AUC {np.mean(values):.3f} +- {error:.3f}")
    for cheats, seen in levels.items():
        shares = ", ".join(f"{level} {seen.count(level) / len(seen):.3f}" for level in ("low", "medium", "high"))
        print(f"{'with a burst' if cheats else 'honest':<24} {shares}")


if __name__ == "__main__":
    main()
