"""The training data: pools of flat documents and distractors, and an endless, seeded stream of scenes.

Run as a program it writes a contact sheet to look at: `python3 generator.py --out sheet.png --seed 1`.
"""

import argparse
import multiprocessing
import os
import pickle

import cv2
import numpy as np

import distractors
import documents
import scene


def drawn(what):
    """One thing: (draw, seed, n). It depends on seed and n alone."""
    cv2.setNumThreads(1)
    draw, seed, n = what
    return scene.item_of(draw(np.random.default_rng([seed, n])))


def pool(draw, count, seed, jobs=1):
    """`count` drawn things, by `jobs` processes."""
    orders = [(draw, seed, n) for n in range(count)]
    if jobs == 1:
        return [drawn(order) for order in orders]
    with multiprocessing.Pool(jobs) as workers:
        return workers.map(drawn, orders, 20)


def pools(count, seed, cache=None, jobs=1):
    """Documents and distractors, `count` of each. cache: a file that keeps them between runs."""
    if cache and os.path.exists(cache):
        with open(cache, "rb") as f:
            return pickle.load(f)
    both = pool(documents.random_document, count, seed, jobs), pool(distractors.random_distractor, count, seed + 1, jobs)
    if cache:
        with open(cache, "wb") as f:
            pickle.dump(both, f)
    return both


def sample(both, seed, index, share=0.6, size=(scene.WIDTH, scene.HEIGHT)):
    """Scene `index` of the stream `seed`: see scene.compose."""
    return scene.compose(np.random.default_rng([seed, index]), *both, share, *size)


def contact_sheet(both, seed, rows=5, columns=4):
    cells = []
    for k in range(rows * columns):
        image, maps, weight = sample(both, seed, k)
        cell = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        for channel, ink in zip(maps, ((0, 255, 0), (0, 0, 255), (255, 80, 0), (255, 0, 255), (0, 200, 255))):
            large = cv2.resize(channel, (scene.WIDTH, scene.HEIGHT), interpolation=cv2.INTER_NEAREST)
            outlines, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(cell, outlines, -1, ink, 2)
        cell[cv2.resize(weight, (scene.WIDTH, scene.HEIGHT), interpolation=cv2.INTER_NEAREST) == 0] //= 2
        cells.append(cell)
    return np.vstack([np.hstack(cells[r * columns:(r + 1) * columns]) for r in range(rows)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="sheet.png")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=40, help="documents and distractors to draw")
    options = parser.parse_args()
    cv2.imwrite(options.out, contact_sheet(pools(options.count, options.seed), options.seed))
