"""Trains the net and writes its ONNX file: `python3 train.py --out idcard.onnx`.

Everything is seeded: scene n of the stream depends on the seed and n alone, whatever the number of loader processes.
"""

import argparse
import os
import time

import cv2
import numpy as np
import torch

import generator
import network
import suspect

POSITIVE = torch.tensor([1.5, 4.0, 4.0, 1.5, 2.0]).view(1, 5, 1, 1)  # how much more a missed pixel weighs, by map
CHANNEL = torch.tensor([1.0, 1.0, 0.5, 0.3, 0.3]).view(1, 5, 1, 1)


class Batches(torch.utils.data.Dataset):
    """The stream of scenes in batches. size: width and height, multiples of 32.

    Every `whole`-th batch is of scenes twice as wide and high, a quarter as many: there the net sees all of a near document.
    """

    def __init__(self, both, options):
        self.both, self.options = both, options
        self.size = tuple(int(v) for v in options.size.split("x"))

    def __len__(self):
        return self.options.steps

    def __getitem__(self, step):
        cv2.setNumThreads(1)
        o = self.options
        large = step % o.whole == o.whole - 1
        size = tuple(v * 2 for v in self.size) if large else self.size
        scenes = [generator.sample(self.both, o.stream, step * o.batch + k, o.share, size) for k in range(o.batch // 4 if large else o.batch)]
        image, maps, weight = (np.stack(v) for v in zip(*((suspect.normalised(i)[None], m, w[None]) for i, m, w in scenes)))
        return torch.from_numpy(image), torch.from_numpy(maps), torch.from_numpy(weight)


def loss_of(logits, maps, weight, strictness):
    """Cross entropy that weighs misses more, and by `strictness` confident false alarms; plus 1 - Dice over the batch.

    Strictness grows during training: from the start it would only teach the net to say nothing.
    """
    p = torch.sigmoid(logits)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, maps, reduction="none")
    importance = weight * CHANNEL * (maps * POSITIVE + (1 - maps) * (1 + strictness * p.detach()))
    both = 2 * (p * maps * weight).sum((0, 2, 3)) + 1
    either = ((p + maps) * weight).sum((0, 2, 3)) + 1
    return (entropy * importance).mean() * 5 + (1 - both / either).mean()


def turned(scenes):
    """The same scenes upside down: drawing a scene costs as much as learning from it, so each is used twice."""
    return [torch.flip(v, (-2,)) for v in scenes]


def begun_with(options, both):
    if not options.start:
        return network.Net()
    if options.start.endswith(".onnx"):
        batch = [Batches(both, options)[step][0] for step in range(8)]
        return network.restored(options.start, torch.cat([b for b in batch if b.shape == batch[0].shape]))
    net = network.Net()
    net.load_state_dict(torch.load(options.start))
    return net


def train(options):
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    both = generator.pools(options.pool, options.seed, options.cache)
    loader = torch.utils.data.DataLoader(Batches(both, options), batch_size=None, num_workers=options.workers, prefetch_factor=4)
    net = begun_with(options, both).to(memory_format=torch.channels_last)
    print(sum(p.numel() for p in net.parameters()), "parameters", flush=True)
    optimiser = torch.optim.AdamW(net.parameters(), options.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, options.rate, 2 * options.steps, pct_start=0.05)
    begun, mean = time.time(), None
    for step, scenes in enumerate(loader):
        for batch in (scenes, turned(scenes)):
            image, maps, weight = batch
            logits = net(image.contiguous(memory_format=torch.channels_last))
            loss = loss_of(logits, maps.float(), weight, options.leniency + (options.strictness - options.leniency) * step / options.steps)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimiser.step()
            schedule.step()
            mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
        if step % 50 == 0:
            print(f"step {step} loss {mean:.4f} {time.time() - begun:.0f} s", flush=True)
        if step % 250 == 249:
            torch.save(net.state_dict(), options.out + ".pt")
    torch.save(net.state_dict(), options.out + ".pt")
    network.export(net, options.out)
    print(os.path.getsize(options.out), "bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="idcard.onnx")
    parser.add_argument("--start", help="weights to go on from: .pt, or an .onnx file that was written before")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stream", type=int, default=1, help="seed of the scenes")
    parser.add_argument("--size", default="320x192", help="of the scenes; parts of a camera's picture cost less and teach as much")
    parser.add_argument("--strictness", type=float, default=3.0, help="extra weight of confident false alarms at the end")
    parser.add_argument("--leniency", type=float, default=0.0, help="the same at the start")
    parser.add_argument("--pool", type=int, default=1000)
    parser.add_argument("--cache", help="file that keeps the drawn pools between runs")
    parser.add_argument("--steps", type=int, default=4000, help="batches of scenes; two updates each")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--whole", type=int, default=4, help="every so many batches, one of scenes twice as wide and high")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--share", type=float, default=0.6, help="share of scenes with a document")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    train(parser.parse_args())
