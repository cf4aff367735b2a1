"""Feeds clips through the stage, and files through the measure; keeps what was found, clip by clip."""

import dataclasses
import functools
import glob
import json
import multiprocessing
import os
import sys
import time

import cv2
import numpy as np

import invigil as inv
import judge as ocr
import measure
import report

SHEET = 24  # worst frames shown


def redacted(stage, pictures):
    """(Frame, RGB, truth, ms of the stage) of every (RGB, truth); the stage holds frames back, so they wait here."""
    waiting, index = [], 0
    for rgb, truth in pictures:
        raw = inv.RawFrame(rgb, time=truth["t"], index=index)
        index += 1
        waiting.append((rgb, truth))
        begin = time.perf_counter()
        out = stage.process(raw)
        ms = 1e3 * (time.perf_counter() - begin)
        for k, frame in enumerate(out):
            yield frame, *waiting.pop(0), ms if k == 0 else 0.0
        if not out:
            yield None, None, None, ms
    for frame in stage.finish():
        yield frame, *waiting.pop(0), 0.0
    if waiting:
        raise RuntimeError(f"{len(waiting)} frames went in and did not come out")


def tile(frame, rgb, truth, row):
    """What went in, with fields drawn, beside what came out."""
    import clips
    shown = np.hstack([clips.fitted(clips.outlined(rgb, truth), (480, 270)), clips.fitted(frame.rgb(), (480, 270))])
    words = f"{truth['clip']} #{row.frame} covered {row.worst if row.worst is not None else '-'} pitch {row.pitch:.1f}"
    cv2.putText(shown, words, (6, 264), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(shown, words, (6, 264), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 0), 1, cv2.LINE_AA)
    return shown


def badness(row, scenario):
    if row.legible and row.worst < measure.COVERED:
        return 2 - row.worst
    return row.masked if scenario == "empty" else 0.0


def audit(pictures, stage, judge=None):
    """Feeds (RGB, truth) pairs through `stage`; (what is stored of a clip, tile of its worst frame or None)."""
    rows, ms, worst, names, first, read = [], [], (0.0, None), set(), None, []
    for frame, rgb, truth, spent in redacted(stage, pictures):
        ms.append(round(spent, 3))
        if frame is None:
            continue
        first = first or truth
        row = measure.frame(frame.planes, frame.concealed, truth)
        rows.append(dataclasses.asdict(row))
        names.update(d["name"] for d in truth["documents"])
        bad = badness(row, truth["scenario"])
        if bad > worst[0] + 0.01:
            worst = bad, tile(frame, rgb, truth, row)
        if judge and bad > 1:
            read.append(what_is_read(judge, frame, rgb, truth))
    clip = {"clip": first["clip"], "scenario": first["scenario"], "size": [first["width"], first["height"]],
            "documents": sorted(names), "rows": rows, "ms": ms, "read": read}
    return clip, worst[1]


def what_is_read(judge, frame, rgb, truth):
    """Longest runs that the judge reads in any of the leaking fields, whose places it is told, before and after redaction."""
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    fields = measure.leaking(frame.planes, frame.concealed, truth)
    before = max((ocr.longest_run(judge.field(luma, f)) for f in fields), default=0)
    after = max((ocr.longest_run(judge.field(frame.luma, f)) for f in fields), default=0)
    return {"frame": truth["frame"], "before": before, "after": after}


@functools.lru_cache(maxsize=1)
def pool_of(folder):
    import clips
    return clips.Pool(folder)


def stage_of(options):
    if options.keep_unredacted:
        return inv.KeepUnredacted()
    return inv.RedactIdCard(cover=options.cover, look_back=options.look_back, hold=options.hold, every=options.every)


def one(job):
    """A clip in a worker process."""
    options, index = job
    import clips
    cv2.setNumThreads(1)
    judge = ocr.Judge(options.tessdata) if options.ocr else None
    if options.films:
        pictures = film(sorted(films_in(options.films))[index], options)
    else:
        pictures = clips.Clip(pool_of(options.specimens), options.seed, index, size=options.size, scenario=options.scenario)
    clip, worst = audit(pictures, stage_of(options), judge)
    if worst is not None:
        cv2.imwrite(os.path.join(options.out, "worst", clip["clip"] + ".png"), worst[..., ::-1])
    return index, clip


def films_in(folder):
    return [f for f in glob.glob(f"{folder}/**/*", recursive=True) if f.lower().endswith((".mp4", ".mkv", ".avi", ".webm", ".mov"))]


def film(path, options):
    """(RGB, truth without documents) of a file's pictures."""
    frames = 0
    for raw in inv.MediaFile(path).video():
        frame = inv.KeepUnredacted().process(raw)[0]
        yield frame.rgb(), {"clip": os.path.basename(path), "scenario": "empty", "frame": frames, "t": frame.time,
                            "width": frame.width, "height": frame.height, "hidden": [], "documents": []}
        frames += 1
        if frames >= options.longest:
            return


def settings(options):
    """What a stored clip depends on."""
    kept = ("seed", "size", "scenario", "specimens", "films", "cover", "look_back", "hold", "every", "keep_unredacted", "ocr")
    return json.dumps({k: getattr(options, k) for k in kept}, sort_keys=True)


def render(options):
    os.makedirs(os.path.join(options.out, "worst"), exist_ok=True)
    store, done = os.path.join(options.out, "clips.jsonl"), {}
    if os.path.exists(store):
        lines = open(store).read().splitlines()
        if not lines or lines[0] != settings(options):
            raise SystemExit(f"{store} was made with other settings: choose another --out or remove it")
        done = {line["index"]: line["clip"] for line in map(json.loads, (x for x in lines[1:] if x.endswith("}")))}
    count = len(films_in(options.films)) if options.films else options.clips
    jobs = [(options, k) for k in range(options.first, options.first + count) if k not in done]
    with open(store, "a") as out:
        if not done and out.tell() == 0:
            out.write(settings(options) + "\n")
            out.flush()
        with multiprocessing.get_context("spawn").Pool(options.jobs) if options.jobs > 1 else Here() as workers:
            for index, clip in workers.imap_unordered(one, jobs):
                done[index] = clip
                out.write(json.dumps({"index": index, "clip": clip}) + "\n")
                out.flush()
                if sys.stderr.isatty():
                    print(f"\r{len(done)} of {count} clips", end="", file=sys.stderr)
    clips_done = [done[k] for k in sorted(done) if options.first <= k < options.first + count]
    sheet(options.out, clips_done)
    return clips_done


class Here:
    """A pool of this process alone."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    imap_unordered = staticmethod(map)


def sheet(folder, clips_done):
    import clips
    ranked = sorted(clips_done, key=lambda c: -report.of_clip(c)["leaks"] - sum(r["masked"] for r in c["rows"] if c["scenario"] == "empty"))
    paths = [os.path.join(folder, "worst", c["clip"] + ".png") for c in ranked]
    tiles = [cv2.imread(p)[..., ::-1] for p in paths if os.path.exists(p)][:SHEET]
    if tiles:
        clips.sheet_of(tiles, os.path.join(folder, "worst.png"), 2, (960, 270))


def files(options):
    """Redacted files beside their truth: a file each, or folders in which names agree."""
    if os.path.isdir(options.redacted):
        names = sorted(f for f in os.listdir(options.redacted) if os.path.exists(os.path.join(options.truth, stem(f) + ".jsonl")))
        return [from_file(os.path.join(options.redacted, f), os.path.join(options.truth, stem(f) + ".jsonl"),
                          os.path.join(options.regions, stem(f) + ".jsonl") if options.regions else None, options) for f in names]
    return [from_file(options.redacted, options.truth, options.regions, options)]


def stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def from_file(path, truth_path, regions_path, options):
    truths = [json.loads(line) for line in open(truth_path)]
    regions = None
    if regions_path:
        regions = {}
        for line in map(json.loads, open(regions_path)):
            regions.setdefault(round(line["t"], 2), []).append(line)
    rows, names = [], set()
    for raw in inv.MediaFile(path).video():
        frame = inv.KeepUnredacted().process(raw)[0]
        if len(rows) >= len(truths):
            raise SystemExit(f"{path} has more pictures than {truth_path} has lines")
        truth = truths[len(rows)]
        concealed = None if regions is None else regions.get(round(frame.time, 2), [])
        rows.append(dataclasses.asdict(measure.frame(frame.planes, concealed, truth, options.tolerance)))
        names.update(d["name"] for d in truth["documents"])
    if len(rows) != len(truths):
        raise SystemExit(f"{path} has {len(rows)} pictures, {truth_path} {len(truths)} lines")
    return {"clip": truths[0]["clip"], "scenario": truths[0]["scenario"], "size": [truths[0]["width"], truths[0]["height"]],
            "documents": sorted(names), "rows": rows}
