"""How a document moves before a camera: keyframes, a hand's tremor, and the homography of every frame."""

import dataclasses

import numpy as np


@dataclasses.dataclass
class Key:
    """A moment of a path. x, y: the centre as a share of the picture; pitch: pixels per character of the machine readable
    zone; angle: degrees in the picture; tilt_x, tilt_y: degrees out of it."""

    t: float
    x: float
    y: float
    pitch: float
    angle: float = 0.0
    tilt_x: float = 0.0
    tilt_y: float = 0.0


class Path:
    """Keyframes with smooth passages between them; outside their times the thing is not there."""

    def __init__(self, rng, keys, tremor=1.0):
        self.keys = keys
        self.table = np.array([dataclasses.astuple(k) for k in keys])
        self.tremor = tremor
        # Hands shake at 2 to 9 Hz; amplitudes in pixels of a 1280 wide picture and in degrees.
        self.frequency = rng.uniform(2, 9, (4, 3))
        self.phase = rng.uniform(0, 6.28, (4, 3))
        self.size = rng.uniform(0.1, 1.0, (4, 3)) * np.array([[1.2], [1.2], [0.35], [0.8]]) * tremor

    def at(self, t):
        """x, y, pitch, angle, tilt_x, tilt_y and the shaking (dx, dy in pixels at 1280) at time t, or None."""
        times = self.table[:, 0]
        if t < times[0] or t > times[-1]:
            return None
        k = min(int(np.searchsorted(times, t, side="right")) - 1, len(times) - 2)
        u = (t - times[k]) / max(times[k + 1] - times[k], 1e-9)
        u = u * u * (3 - 2 * u)
        a, b = self.table[k, 1:], self.table[k + 1, 1:]
        value = a + (b - a) * u
        value[2] = np.exp(np.log(a[2]) * (1 - u) + np.log(b[2]) * u)
        shake = (self.size * np.sin(6.2832 * self.frequency * t + self.phase)).sum(1)
        value[3] += shake[2]
        value[4] += shake[3]
        return value, shake[:2]


def homography(pose, shake, flat_size, flat_pitch, width, height):
    """From pixels of a flat thing to pixels of the picture, through a webcam with a view of about 55 degrees."""
    x, y, pitch, angle, tilt_x, tilt_y = pose
    a, tx, ty = np.deg2rad([angle, tilt_x, tilt_y])
    rz = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    rx = np.array([[1, 0, 0], [0, np.cos(tx), -np.sin(tx)], [0, np.sin(tx), np.cos(tx)]])
    ry = np.array([[np.cos(ty), 0, np.sin(ty)], [0, 1, 0], [-np.sin(ty), 0, np.cos(ty)]])
    turn = rx @ ry @ rz
    scale = pitch / flat_pitch
    distance = 0.97 * width
    centred = np.array([[scale, 0, -scale * flat_size[0] / 2], [0, scale, -scale * flat_size[1] / 2], [0, 0, 1]])
    plane = np.array([[turn[0, 0], turn[0, 1], 0], [turn[1, 0], turn[1, 1], 0],
                      [turn[2, 0] / distance, turn[2, 1] / distance, 1]])
    centre = np.array([x * width, y * height]) + np.asarray(shake) * width / 1280
    return np.array([[1, 0, centre[0]], [0, 1, centre[1]], [0, 0, 1]]) @ plane @ centred


def local_pitch(matrix, point, pitch):
    """Pixels per character at `point` of the flat thing in the direction in which it is seen smallest."""
    x, y, w = matrix @ np.array([point[0], point[1], 1.0])
    if w <= 1e-6:
        return 0.0
    jacobian = (matrix[:2, :2] - np.outer([x / w, y / w], matrix[2, :2])) / w
    return float(pitch * np.linalg.svd(jacobian, compute_uv=False)[1])
