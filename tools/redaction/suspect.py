"""From the net's maps to covered regions, for choosing the thresholds of lib/idcard/suspicion.cpp.

The thresholds are the same; the place is the smallest rectangle here and the hull there, which is grown less: films add looks.
"""

import cv2
import numpy as np

LOW, HIGH = 0.3, 0.8  # where a region ends; what it must reach somewhere
FIRM, SOLID, LARGE = 0.6, 0.4, 0.05  # what that share of the pixels must reach in places larger than this share of the map
SMALLEST = 25  # map pixels above LOW that a region needs
MARGIN, SHARE = 2.0, 0.06  # growth: map pixels, and a share of the region's shorter side


def normalised(luma):
    """What the net takes: mean 0, standard deviation 1 over the picture, so that dim scenes look like bright ones."""
    mean, deviation = cv2.meanStdDev(luma)
    return (luma.astype(np.float32) - np.float32(mean[0, 0])) * np.float32(1 / max(deviation[0, 0], 8))


def suspicion(net, luma):
    """Maps (5 x h/4 x w/4) of a luma picture whose sides need not be multiples of 32."""
    h, w = luma.shape
    padded = cv2.copyMakeBorder(luma, 0, -h % 32, 0, -w % 32, cv2.BORDER_REPLICATE)
    net.setInput(normalised(padded)[None, None])
    cells = net.forward()[0]
    down, across = cells.shape[1:]
    maps = cells.reshape(5, 2, 2, down, across).transpose(0, 3, 1, 4, 2).reshape(5, 2 * down, 2 * across)
    return maps[:, :(h + 3) // 4, :(w + 3) // 4]


def regions(maps, low=LOW, high=HIGH, smallest=SMALLEST):
    """Rotated rectangles (4 x 2, in map pixels) around what may be a document: where the first three maps say so."""
    together = maps[:3].max(0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((together > low).astype(np.uint8), connectivity=8)
    found = []
    for k in range(1, count):
        x, y, w, h, area = stats[k]
        inside = labels[y:y + h, x:x + w] == k
        values = together[y:y + h, x:x + w][inside]
        if area < smallest or values.max() < high or (area > LARGE * together.size and (values > FIRM).mean() < SOLID):
            continue
        ys, xs = np.nonzero(inside)
        points = np.stack([xs + x, ys + y], 1).astype(np.float32) + 0.5
        (cx, cy), (a, b), angle = cv2.minAreaRect(cv2.convexHull(points))
        grow = 2 * MARGIN + 1 + 2 * SHARE * min(a, b)
        found.append(cv2.boxPoints(((cx, cy), (a + grow, b + grow), angle)))
    return found


def mask_of(found, height, width):
    """Covered pixels of the luma picture."""
    mask = np.zeros((height, width), np.uint8)
    for quad in found:
        cv2.fillConvexPoly(mask, np.round(quad * 4 * 16).astype(np.int32), 1, cv2.LINE_8, 4)
    return mask
