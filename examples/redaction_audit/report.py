"""Figures from rows: leak rate with its confidence bound, coverage, over-redaction, utility, a line per clip."""

import math

from measure import COVERED, LEGIBLE_PITCH

ENTRY = 0.5  # seconds after a document became legible that count as its entry
LOCKED = 1.0  # seconds after which a held document should be known
LOCKED_PITCH = 7.0


def upper_bound(bad, total, confidence=0.95):
    """Clopper-Pearson: the rate that is exceeded with probability 1 - confidence only, when `bad` of `total` were seen."""
    if total == 0:
        return 1.0
    if bad >= total:
        return 1.0
    low, high = bad / total, 1.0
    for _ in range(60):
        p = (low + high) / 2
        if below(bad, total, p) > 1 - confidence:
            low = p
        else:
            high = p
    return high


def below(k, n, p):
    """P(X <= k) of a binomial."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return 0.0
    logs = [math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) + (n - i) * math.log1p(-p) for i in range(k + 1)]
    top = max(logs)
    return min(1.0, math.exp(top) * sum(math.exp(v - top) for v in logs))


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else None


def appearances(rows):
    """Runs of frames with a legible number, gaps up to half a second inside."""
    runs = []
    for row in rows:
        if row["legible"]:
            if runs and row["t"] - runs[-1][-1]["t"] <= ENTRY:
                runs[-1].append(row)
            else:
                runs.append([row])
    return runs


def leaked(row):
    return row["legible"] > 0 and row["worst"] < COVERED


def of_clip(clip):
    """Figures of one clip: {"clip", "scenario", "rows", ...} as the audit stores it."""
    rows, runs = clip["rows"], appearances(clip["rows"])
    entry = [r for run in runs for r in run if r["t"] - run[0]["t"] < ENTRY]
    later = [r for run in runs for r in run if r["t"] - run[0]["t"] >= ENTRY]
    locked = [r for run in runs for r in run if r["t"] - run[0]["t"] >= LOCKED and r["pitch"] >= LOCKED_PITCH]
    fields = [f for r in rows for f in r["fields"] if f[0] >= LEGIBLE_PITCH]
    return {
        "clip": clip["clip"], "scenario": clip["scenario"], "size": clip["size"], "documents": clip["documents"], "frames": len(rows),
        "legible": sum(r["legible"] > 0 for r in rows), "leaks": sum(map(leaked, rows)),
        "entry": len(entry), "entry_leaks": sum(map(leaked, entry)), "later": len(later), "later_leaks": sum(map(leaked, later)),
        "appearances": len(runs), "missed": sum(all(r["worst"] < 0.5 for r in run) for run in runs),
        "fields": len(fields), "fields_covered": sum(f[1] >= COVERED for f in fields),
        "outside": [r["outside"] for r in locked if r["outside"] is not None and r["masked"] > 0],
        "keep": [r["keep"] for r in locked if r["keep"]], "locked": len(locked),
        "masked_without": [r["masked"] for r in rows] if clip["scenario"] == "empty" else [],
        "wrong": sum(r["wrong"] for r in rows), "ms": clip.get("ms", []),
    }


def total(clips):
    """All clips together."""
    each = [of_clip(c) for c in clips]

    def add(key):
        return sum(c[key] for c in each)

    legible, leaks = add("legible"), add("leaks")
    keep = [k for c in each for k in c["keep"]]
    portraits = [min(v for w, v in k if w == "portrait") for k in keep if any(w == "portrait" for w, _ in k)]
    names = [min(v for w, v in k if w == "name") for k in keep if any(w == "name" for w, _ in k)]
    without = [m for c in each for m in c["masked_without"]]
    shown = [c for c in each if c["legible"]]
    ms = [m for c in each if c["size"] == [1280, 720] for m in c["ms"]]
    return {
        "clips": len(each), "frames": add("frames"), "legible_frames": legible, "leaks": leaks,
        "leak_rate": leaks / legible if legible else None, "leak_rate_below_95": upper_bound(leaks, legible),
        "clips_with_legible": len(shown), "clips_with_leaks": sum(c["leaks"] > 0 for c in shown),
        "clip_leak_rate_below_95": upper_bound(sum(c["leaks"] > 0 for c in shown), len(shown)),
        "entry_frames": add("entry"), "entry_leaks": add("entry_leaks"), "later_frames": add("later"), "later_leaks": add("later_leaks"),
        "appearances": add("appearances"), "appearances_missed": add("missed"),
        "fields": add("fields"), "fields_covered": add("fields_covered"),
        "field_coverage": add("fields_covered") / add("fields") if add("fields") else None,
        "locked_frames": add("locked"), "outside_median": quantile([v for c in each for v in c["outside"]], 0.5),
        "outside_p95": quantile([v for c in each for v in c["outside"]], 0.95),
        "portrait_frames": len(portraits), "portrait_visible": sum(v >= 0.95 for v in portraits) / len(portraits) if portraits else None,
        "name_frames": len(names), "name_visible": sum(v >= 0.95 for v in names) / len(names) if names else None,
        "empty_frames": len(without), "empty_masked": sum(without) / len(without) if without else None,
        "empty_frames_masked": sum(m > 0 for m in without) / len(without) if without else None,
        "wrong_samples": add("wrong"), "ms_mean_720p": sum(ms) / len(ms) if ms else None, "ms_p99_720p": quantile(ms, 0.99),
    }


def share(part, whole):
    return f"{part} of {whole} ({100 * part / whole:.2f} %)" if whole else "none"


def percent(value, digits=1):
    return "not measured" if value is None else f"{100 * value:.{digits}f} %"


def text(clips):
    """The report for people."""
    t = total(clips)
    lines = [
        f"{t['clips']} clips, {t['frames']} frames, {t['legible_frames']} with a legible number (pitch >= {LEGIBLE_PITCH} px)",
        f"leaks (a legible field < 98 % covered): {share(t['leaks'], t['legible_frames'])}; below {percent(t['leak_rate_below_95'], 3)} "
        "with 95 % confidence, were frames independent",
        f"  clips with a leak: {share(t['clips_with_leaks'], t['clips_with_legible'])}; below {percent(t['clip_leak_rate_below_95'])}",
        f"  in the first {ENTRY} s: {share(t['entry_leaks'], t['entry_frames'])}; later: {share(t['later_leaks'], t['later_frames'])}",
        f"  documents never covered by half: {share(t['appearances_missed'], t['appearances'])} appearances",
        f"fields of pitch >= {LEGIBLE_PITCH} px covered >= 98 %, blurred and cut ones too: {share(t['fields_covered'], t['fields'])}",
        f"masked outside the document, locked: median {number(t['outside_median'])} document areas, 95th percentile {number(t['outside_p95'])}",
        f"masked without any document: {percent(t['empty_masked'], 2)} of area and time; {percent(t['empty_frames_masked'])} of "
        f"{t['empty_frames']} frames touched",
        f"portrait >= 95 % visible, locked: {percent(t['portrait_visible'])} of {t['portrait_frames']} frames; name: "
        f"{percent(t['name_visible'])} of {t['name_frames']}",
        f"samples in covered places that are not the constant: {t['wrong_samples']}",
        f"the stage, 720p: mean {number(t['ms_mean_720p'])} ms, p99 {number(t['ms_p99_720p'])} ms",
        "", "by scenario: leaks / legible frames, clips with leaks, documents missed, masked share (empty)"]
    by = {}
    for clip in clips:
        by.setdefault(clip["scenario"], []).append(clip)
    for scenario, group in by.items():
        g = total(group)
        lines.append(f"  {scenario:10} {g['leaks']:5} / {g['legible_frames']:5}  {g['clips_with_leaks']:3} of {g['clips_with_legible']:3}  "
                     f"{g['appearances_missed']:3} of {g['appearances']:3}  {percent(g['empty_masked'], 2) if scenario == 'empty' else ''}")
    return "\n".join(lines)


def table(clips):
    """A line per clip, the worst first."""
    each = sorted((of_clip(c) for c in clips), key=lambda c: (-c["leaks"], c["clip"]))
    lines = [f"{'clip':24} {'size':>10} {'leaks':>6} {'legible':>8} {'missed':>7} {'masked':>7}  documents"]
    for c, clip in ((c, next(k for k in clips if k["clip"] == c["clip"])) for c in each):
        masked = sum(r["masked"] for r in clip["rows"]) / max(1, len(clip["rows"]))
        lines.append(f"{c['clip']:24} {c['size'][0]:5}x{c['size'][1]:<4} {c['leaks']:6} {c['legible']:8} {c['missed']:3}/{c['appearances']:<3} "
                     f"{100 * masked:6.1f}%  {', '.join(c['documents'])}")
    return "\n".join(lines)


def number(value):
    return "not measured" if value is None else f"{value:.2f}"
