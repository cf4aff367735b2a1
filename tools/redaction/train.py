"""Trains the net and writes its ONNX file: `python3 train.py --out idcard.onnx`.

Everything is seeded: scene n of the stream depends on the seed and n alone, whatever the number of loader processes. With
`--device cuda` one GPU learns from what sixteen processes draw; on a processor alone it is the drawing that is cheap.
"""

import argparse
import copy
import os
import time

import cv2
import numpy as np
import torch

import generator
import network
import scene

POSITIVE = [1.5, 4.0, 4.0, 1.5, 2.0]  # how much more a missed pixel weighs, by map
CHANNEL = [1.0, 1.0, 0.5, 0.3, 0.3]


class Batches(torch.utils.data.Dataset):
    """The stream of scenes in batches: luma (N x 1 x H x W), maps (N x 5 x H/4 x W/4), weight (N x 1 x H/4 x W/4), uint8.

    Scenes are whole pictures of a camera; every `part`-th batch is of pieces a quarter as large, four times as many, in which
    things keep their size.
    """

    def __init__(self, both, options):
        self.both, self.options = both, options
        self.size = tuple(int(v) for v in options.size.split("x"))

    def __len__(self):
        return self.options.steps

    def __getitem__(self, step):
        cv2.setNumThreads(1)
        torch.set_num_threads(1)
        o = self.options
        piece = step % o.part == o.part - 1
        size, count = (tuple(v // 2 for v in self.size), o.batch * 4) if piece else (self.size, o.batch)
        scenes = [generator.sample(self.both, o.stream, step * o.batch * 4 + k, o.share, size) for k in range(count)]
        image, maps, weight = (np.stack(v) for v in zip(*((i[None], m, w[None].astype(np.uint8)) for i, m, w in scenes)))
        return torch.from_numpy(image), torch.from_numpy(maps), torch.from_numpy(weight)


def normalised(luma):
    """As suspect.normalised, of a whole batch: mean 0 and standard deviation 1 over each picture."""
    luma = luma.float()
    deviation, mean = torch.std_mean(luma, (1, 2, 3), unbiased=False, keepdim=True)
    return (luma - mean) / deviation.clamp(min=8)


def loss_of(logits, maps, weight, strictness):
    """Cross entropy that weighs misses more, and by `strictness` confident false alarms; plus 1 - Dice over the batch.

    Strictness grows during training: from the start it would only teach the net to say nothing.
    """
    positive, channel = (torch.tensor(v, device=logits.device).view(1, 5, 1, 1) for v in (POSITIVE, CHANNEL))
    p = torch.sigmoid(logits)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, maps, reduction="none")
    importance = weight * channel * (maps * positive + (1 - maps) * (1 + strictness * p.detach()))
    both = 2 * (p * maps * weight).sum((0, 2, 3)) + 1
    either = ((p + maps) * weight).sum((0, 2, 3)) + 1
    return (entropy * importance).mean() * 5 + (1 - both / either).mean()


def turned(scenes, use):
    """The same scenes mirrored: drawing a scene costs as much as learning from it, so each is used up to four times."""
    axes = [(), (-2,), (-1,), (-2, -1)][use]
    return [torch.flip(v, axes) for v in scenes] if axes else scenes


def begun_with(options, both):
    if not options.start:
        return network.Net()
    if options.start.endswith(".onnx"):
        batch = [normalised(Batches(both, options)[step][0]) for step in range(4)]
        return network.restored(options.start, torch.cat([b for b in batch if b.shape == batch[0].shape]))
    net = network.Net()
    net.load_state_dict(torch.load(options.start, map_location="cpu"))
    return net


@torch.no_grad()
def follow(average, net, step):
    """Moves the running average of all weights a thousandth of the way: it is what is shipped, and steadier than the last step."""
    share = max(0.001, 1 / (step + 2))
    for mine, theirs in zip(average.state_dict().values(), net.state_dict().values()):
        if mine.is_floating_point():
            mine.lerp_(theirs, share)
        else:
            mine.copy_(theirs)


def train(options):
    cv2.setNumThreads(1)  # before any process is forked: OpenCV's threads do not survive that
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    begun = time.time()
    both = generator.pools(options.pool, options.seed, options.cache, options.workers)
    scene.pictures()  # read once, before the loaders are forked
    print(f"drawn {time.time() - begun:.0f} s", flush=True)
    net = begun_with(options, both)
    loader = torch.utils.data.DataLoader(Batches(both, options), batch_size=None, num_workers=options.workers, prefetch_factor=4)
    net = net.to(options.device, memory_format=torch.channels_last)
    average = copy.deepcopy(net)
    print(sum(p.numel() for p in net.parameters()), "parameters", flush=True)
    optimiser = torch.optim.AdamW(net.parameters(), options.rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, options.rate, options.uses * options.steps, pct_start=0.05)
    begun, waited, mean = time.time(), 0.0, None
    ready = time.time()
    for step, scenes in enumerate(loader):
        waited += time.time() - ready
        scenes = [v.to(options.device, non_blocking=True) for v in scenes]
        for use in range(options.uses):
            luma, maps, weight = turned(scenes, use)
            with torch.autocast(options.device, torch.bfloat16, enabled=options.half):
                logits = net(normalised(luma).contiguous(memory_format=torch.channels_last))
            loss = loss_of(logits.float(), maps.float(), weight.float(), options.leniency + (options.strictness - options.leniency) * step / options.steps)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimiser.step()
            schedule.step()
            follow(average, net, options.uses * step + use)
        if step % 10 == 0:
            mean = loss.item() if mean is None else 0.8 * mean + 0.2 * loss.item()
        if step % 10 == 0:
            print(f"step {step} loss {mean:.4f} {time.time() - begun:.0f} s, waited {waited:.0f} s", flush=True)
        if step % 500 == 499 or step == options.steps - 1:
            torch.save(average.cpu().state_dict(), options.out + ".pt")
            average.to(options.device)
        ready = time.time()
    if options.device == "cpu":  # newer releases of torch write files that OpenCV 4.6 cannot read; see --export
        network.export(average, options.out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="idcard.onnx")
    parser.add_argument("--export", action="store_true", help="train nothing, write the ONNX file of --start")
    parser.add_argument("--start", help="weights to go on from: .pt, or an .onnx file that was written before")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stream", type=int, default=1, help="seed of the scenes")
    parser.add_argument("--size", default="640x384", help="of the scenes")
    parser.add_argument("--strictness", type=float, default=4.0, help="extra weight of confident false alarms at the end")
    parser.add_argument("--leniency", type=float, default=0.0, help="the same at the start")
    parser.add_argument("--pool", type=int, default=1000, help="documents and distractors to draw, of each")
    parser.add_argument("--cache", help="file that keeps the drawn pools between runs")
    parser.add_argument("--steps", type=int, default=4000, help="batches of scenes; --uses updates each")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--uses", type=int, default=2, help="how often each scene is used, mirrored: 1 to 4")
    parser.add_argument("--part", type=int, default=4, help="every so many batches, one of pieces of scenes")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--share", type=float, default=0.6, help="share of scenes with a document")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--half", action="store_true", help="16-bit arithmetic where it is safe")
    options = parser.parse_args()
    if options.export:
        network.export(begun_with(options, None), options.out)
    else:
        train(options)
