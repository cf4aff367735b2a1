#!/usr/bin/env python3
"""Why several voices are not flagged: how well plain features of the sound tell one voice from another.

    benchmarks/voices_evaluation.py DATA

The conversation of two people in audio/pyannoteaudio__sample.wav is cut into windows in which one of them speaks (by the
times in labels.json: turns that overlap are of different people). Every two windows are compared by what speaker
segmentation without a trained net uses: the Bayesian information criterion of one Gaussian over 19 mel cepstra against
two (Chen and Gopalakrishnan, 1998), and the distance of the medians of pitch. Prints how often two of different people
are further apart than two of one (AUC), and how many are found where one in twenty of the others is. The same under noise
20 dB below, and the criterion between neighbouring windows of a recording of its own, to see how far a threshold carries.
Needs ffmpeg and NumPy.
"""

import argparse
import itertools
import pathlib
import subprocess

import numpy as np

RATE, STEP, FRAME = 16000, 160, 400
TURNS = {"one": [(8.35, 9.92), (11.03, 14.49), (18.59, 21.49), (28.5, 30)], "other": [(14.7, 17.92), (21.78, 27.85)]}
WINDOW = 1.4


def samples(path):
    return np.frombuffer(subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"], check=True,
        capture_output=True).stdout, np.float32)


def frames(sound, length):
    return np.stack([sound[i:i + length] for i in range(0, len(sound) - length, STEP)]) * np.hamming(length)


def cepstra(sound):
    """Shape (frames, 19), of frames that are not silent: 26 triangles from 60 to 7600 Hz, their logarithms' cosine
    transform without its zeroth."""
    cut = frames(np.append(sound[0], sound[1:] - 0.97 * sound[:-1]), FRAME)
    power = np.abs(np.fft.rfft(cut, 512)) ** 2
    edges = 700 * (np.exp(np.linspace(np.log1p(60 / 700), np.log1p(7600 / 700), 28)) - 1) * 512 / RATE
    bins = np.arange(257)
    bank = np.stack([np.interp(bins, edges[i:i + 3], [0, 1, 0]) for i in range(26)])
    basis = np.cos(np.pi * np.outer(np.arange(1, 20), np.arange(26) + 0.5) / 26)
    loud = 10 * np.log10(power.sum(axis=1) + 1e-12)
    return (np.log(power @ bank.T + 1e-8) @ basis.T)[loud > np.percentile(loud, 90) - 25]


def pitch(sound):
    """Median of log2 of the fundamental's frequency, by autocorrelation, of voiced frames."""
    spectrum = np.abs(np.fft.rfft(frames(sound, 640), 2048)) ** 2
    lags = np.fft.irfft(spectrum)[:, :251]
    lags = lags / np.maximum(lags[:, :1], 1e-12)
    best = lags[:, 40:].argmax(axis=1) + 40
    voiced = lags[np.arange(len(lags)), best] > 0.45
    return float(np.median(np.log2(RATE / best[voiced]))) if voiced.any() else 0.0


def criterion(a, b):
    """Above 0 where two Gaussians describe the windows better than one, for what they cost."""
    def spread(x):
        return len(x) * np.linalg.slogdet(np.cov(x.T) + 1e-4 * np.eye(x.shape[1]))[1]

    both, d = np.concatenate([a, b]), a.shape[1]
    return 0.5 * (spread(both) - spread(a) - spread(b) - (d + d * (d + 1) / 2) * np.log(len(both)))


def windows(sound, turns):
    starts = [b + i * WINDOW for b, e in turns for i in range(int((e - b) / WINDOW + 1e-6))]
    return [sound[int(t * RATE):int((t + WINDOW) * RATE)] for t in starts]


def compare(name, parts, distance):
    """parts: the features of each person's windows."""
    same = np.array([distance(a, b) for own in parts for a, b in itertools.combinations(own, 2)])
    different = np.array([distance(a, b) for a in parts[0] for b in parts[1]])
    auc = np.mean((different[:, None] > same) + 0.5 * (different[:, None] == same))
    found = np.mean(different > np.percentile(same, 95))
    print(f"{name:<34} AUC {auc:.2f}; of {len(different)} pairs of two people {found:.2f} found where .05 of {len(same)} "
          "of one are")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("data", type=pathlib.Path)
    folder = parser.parse_args().data / "audio"
    talk, noise = samples(folder / "pyannoteaudio__sample.wav"), samples(folder / "speechbrain__noise1.wav")
    noise = np.resize(noise, len(talk))
    noise = noise * np.sqrt(np.mean(talk**2) / np.mean(noise**2) / 100)
    for where, sound in (("as recorded", talk), ("noise 20 dB below", talk + noise)):
        own = [windows(sound, turns) for turns in TURNS.values()]
        compare(f"cepstra, {where}", [[cepstra(w) for w in part] for part in own], criterion)
        compare(f"pitch, {where}", [[pitch(w) for w in part] for part in own], lambda a, b: abs(a - b))
    other = windows(samples(folder / "silerovad__test.wav"), [(0, 60)])
    values = [criterion(cepstra(a), cepstra(b)) for a, b in zip(other, other[1:])]
    low, middle, high = np.percentile(values, [5, 50, 95])
    print(f"criterion between neighbours elsewhere: {low:.0f} to {high:.0f}, median {middle:.0f}")


if __name__ == "__main__":
    main()
