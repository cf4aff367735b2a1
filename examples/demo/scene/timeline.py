"""What happens when: the scene's keyframes, and the ground truth that follows from them."""

import json

import numpy as np

DURATION = 70.0
RATE = 30
FRAMES = int(DURATION * RATE)


class Track:
    """A value over time: keyframes with soft starts and ends between them."""

    def __init__(self, *keys):
        self.times, self.values = np.array(keys, float).T

    def at(self, t):
        i = int(np.clip(np.searchsorted(self.times, t, side="right"), 1, len(self.times) - 1))
        begin, end = self.times[i - 1], self.times[i]
        share = float(np.clip((t - begin) / (end - begin), 0, 1))
        return self.values[i - 1] + (self.values[i] - self.values[i - 1]) * share * share * (3 - 2 * share)


# The candidate: turns away at 14 s, leaves at 28 s, is back at 37 s.
YAW = Track((0, 0), (14.0, 0), (14.7, 2.1), (18.6, 2.2), (19.3, 0), (27.6, 0), (28.2, 1.4), (30, 1.4), (35.6, -1.4),
            (36.8, -1.2), (37.4, 0), (45.2, 0), (45.7, -0.28), (50.6, -0.28), (51.2, 0), (DURATION, 0))
ASIDE = Track((0, 0), (27.9, 0), (29.9, -900), (35.4, -900), (37.2, 0), (DURATION, 0))
RISE = Track((0, 0), (27.7, 0), (28.7, -46), (36.2, -46), (37.3, 0), (DURATION, 0))
# The second person comes in from the right, from 43.4 to 52.6 s.
VISITOR = Track((0, 560), (43.4, 560), (44.9, 0), (51.0, 0), (52.6, 560), (DURATION, 560))
# The passport is lifted into the picture at 55 s and lowered at 62.4 s.
LIFT = Track((0, 520), (55.0, 520), (56.0, 0), (62.4, 0), (63.2, 520), (DURATION, 520))

SPEECH = [(46.0, "en-gb", 44, 150, "Try the second answer. I think it is the mean, not the median."),
          (50.9, "en-us+f3", 58, 160, "Are you sure? Thank you.")]
EVENTS = [{"t": 22.0, "event": "focus_lost", "duration": 3.5}, {"t": 26.0, "event": "paste"}]


def sway(t, phase, size):
    """The small movements of somebody who sits and reads: no two seconds are alike."""
    return size * (np.sin(0.9 * t + phase) + 0.6 * np.sin(2.3 * t + 2.1 * phase) + 0.25 * np.sin(5.9 * t + phase))


def candidate(t):
    """Offset of the body, offset of the head against it, and yaw."""
    body = ASIDE.at(t) + sway(t, 0.3, 1.6), RISE.at(t) + sway(t, 1.9, 0.8)
    head = sway(t, 1.1, 2.2), sway(t, 2.7, 1.2)
    return body, head, YAW.at(t) + sway(t, 0.7, 0.045)


def visitor(t):
    return (VISITOR.at(t) + sway(t, 4.0, 2.0), sway(t, 5.0, 1.2)), 0.22 + sway(t, 3.3, 0.05)


def spans(holds):
    """Where a condition holds, to a frame."""
    found, begin = [], None
    for frame in range(FRAMES + 1):
        now = frame < FRAMES and holds(frame / RATE)
        if now and begin is None:
            begin = frame / RATE
        if not now and begin is not None:
            found.append((round(begin, 3), round(frame / RATE, 3)))
            begin = None
    return found


def truth(speech, document):
    """What a perfect proctor would write down."""
    def away(t):
        return abs(YAW.at(t)) > 1.0 or ASIDE.at(t) < -420

    def two(t):
        return VISITOR.at(t) < 260

    rows = [{"what": "face_absent", "begin": b, "end": e} for b, e in spans(away)]
    rows += [{"what": "multiple_faces", "begin": b, "end": e} for b, e in spans(two)]
    rows += [{"what": "passport_shown", "begin": b, "end": e} for b, e in spans(lambda t: LIFT.at(t) < 400)]
    rows += [{"what": "speech", "begin": b, "end": e} for b, e in speech]
    rows += [{"what": e["event"], "begin": e["t"], "end": e["t"] + e.get("duration", 0.0)} for e in EVENTS]
    return {"duration": DURATION, "rate": RATE, "spans": sorted(rows, key=lambda r: r["begin"]), "document": document}


def write_events(path):
    path.write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
