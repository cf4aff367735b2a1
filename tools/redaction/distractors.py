"""Draws flat things that are no identity documents: what desks, walls and hands of an exam room show.

They go through the same warp, hands, glare and camera as documents do, so that the net cannot tell them by the compositing.
"""

import cv2
import numpy as np

import drawing
import papers
import people
from documents import Flat, round_alpha


def plain(image, radius=0):
    h, w = image.shape[:2]
    return Flat(image, round_alpha(h, w, radius), [], [])


def sheet_of_text(rng):
    """A page of print or a letter: paragraphs, headings, sometimes a figure."""
    h, w = int(rng.integers(500, 1100)), int(rng.integers(400, 900))
    image = drawing.gradient(rng, h, w, 225 if rng.random() < 0.7 else 120, 256)
    text = drawing.Text(image)
    size = int(rng.integers(10, 26))
    typeface, ink = drawing.any_font(rng, size), drawing.colour(rng, 0, 90)
    margin, y = int(w * rng.uniform(0.04, 0.14)), int(h * 0.06)
    if rng.random() < 0.6:
        text.put(margin, y, drawing.phrase(rng, 3), drawing.any_font(rng, size * 2), ink)
        y += size * 4
    step = size * rng.uniform(1.15, 1.9)
    while y < h - margin:
        line = drawing.phrase(rng, int(w / size / 2.2))
        end = w - margin if rng.random() < 0.85 else margin + int((w - 2 * margin) * rng.uniform(0.2, 0.8))
        while text.draw.textlength(line, font=typeface) > end - margin and " " in line:
            line = line.rsplit(" ", 1)[0]
        text.put(margin, y, line, typeface, ink)
        y += step if rng.random() < 0.9 else 2.2 * step
    return plain(text.done())


def statement(rng):
    """A university's statement of registration: whether its number is concealed is policy, so the net is not taught either."""
    flat = sheet_of_text(rng)
    flat.unsure = True
    return flat


def spreadsheet(rng):
    """A table of numbers with rules, on paper or screen."""
    h, w = int(rng.integers(400, 800)), int(rng.integers(500, 1100))
    light = rng.random() < 0.7
    image = np.full((h, w, 3), drawing.colour(rng, 225, 256) if light else drawing.colour(rng, 10, 60), np.uint8)
    rows, columns = int(rng.integers(8, 30)), int(rng.integers(3, 10))
    rule = drawing.colour(rng, 150, 220) if light else drawing.colour(rng, 50, 100)
    for r in range(rows):
        cv2.line(image, (0, r * h // rows), (w, r * h // rows), rule, 1)
    for c in range(columns):
        cv2.line(image, (c * w // columns, 0), (c * w // columns, h), rule, 1)
    text = drawing.Text(image)
    typeface = drawing.any_font(rng, min(26, int(h / rows * 0.6)))
    ink = drawing.colour(rng, 0, 80) if light else drawing.colour(rng, 170, 256)
    for r in range(rows):
        for c in range(columns):
            if rng.random() < 0.8:
                cell = drawing.letters(rng, rng.choice(["999", "99.99", "9999999", "99%"])) if c else drawing.phrase(rng, 1)
                text.put(c * w // columns + 4, r * h // rows + 2, cell, typeface, ink)
    return plain(text.done())


def screen(rng):
    """A computer screen: windows, code, pictures, a bezel."""
    h, w = 620, int(rng.integers(820, 1150))
    image = drawing.gradient(rng, h, w, 0, 256)
    for _ in range(rng.integers(1, 4)):
        flat = [sheet_of_text, spreadsheet, code, poster][rng.integers(4)](rng).image
        scale = rng.uniform(0.4, 1)
        flat = cv2.resize(flat, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        x, y = int(rng.integers(-100, w - 100)), int(rng.integers(20, h - 100))
        drawing.paste(image, np.full((18, flat.shape[1], 3), drawing.colour(rng), np.uint8), x, y - 18)
        drawing.paste(image, flat, x, y)
    bezel = int(rng.integers(6, 36))
    image = cv2.copyMakeBorder(image, bezel, bezel, bezel, bezel, cv2.BORDER_CONSTANT, value=drawing.colour(rng, 0, 60))
    return plain(image, int(bezel / 2))


def code(rng):
    """Monospaced lines with indentation: the nearest look-alike of a machine readable zone."""
    h, w = int(rng.integers(200, 700)), int(rng.integers(400, 900))
    dark = rng.random() < 0.6
    image = np.full((h, w, 3), drawing.colour(rng, 10, 50) if dark else drawing.colour(rng, 235, 256), np.uint8)
    text = drawing.Text(image)
    size = int(rng.integers(11, 24))
    typeface = drawing.font(str(rng.choice([f for f in drawing.font_files() if "Mono" in f])), size)
    y, indent = 6, 0
    while y < h - size:
        indent = int(np.clip(indent + rng.integers(-2, 3), 0, 6))
        ink = drawing.colour(rng, 120, 256) if dark else drawing.colour(rng, 0, 140)
        text.put(8 + indent * size * 1.6, y, drawing.phrase(rng, rng.integers(0, 7)), typeface, ink)
        y += size * rng.uniform(1.1, 1.5)
    return plain(text.done())


def phone(rng):
    """A phone: dark slab, off, or with an app, a chat, a photograph; camera bumps on its back."""
    w = int(rng.integers(300, 420))
    h = int(w * rng.uniform(1.7, 2.2))
    body = drawing.colour(rng, 5, 70) if rng.random() < 0.75 else drawing.colour(rng, 120, 250)
    image = np.full((h, w, 3), body, np.uint8)
    radius = int(w * rng.uniform(0.05, 0.16))
    side, top = int(w * rng.uniform(0.02, 0.07)), int(w * rng.uniform(0.03, 0.3))
    kind = rng.integers(5)
    display = image[top:h - top, side:w - side]
    if kind == 0:
        display[:] = (display * 0.5).astype(np.uint8)
    elif kind == 1:
        display[:] = drawing.gradient(rng, *display.shape[:2], 0, 256)
        for y in range(30, display.shape[0] - 60, 80):
            for x in range(20, display.shape[1] - 50, 75):
                cv2.rectangle(display, (x, y), (x + 50, y + 50), drawing.colour(rng), -1)
    elif kind == 2:
        source = [sheet_of_text, poster, spreadsheet][rng.integers(3)](rng).image
        display[:] = cv2.resize(source, display.shape[1::-1], interpolation=cv2.INTER_AREA)
    elif kind == 3:
        display[:] = people.portrait(rng, *display.shape[:2])
    else:
        centre = (int(w * 0.25), int(w * 0.25))
        for k in range(rng.integers(1, 4)):
            cv2.circle(image, (centre[0], centre[1] + k * int(w * 0.22)), int(w * 0.09), (20, 20, 25), -1, cv2.LINE_AA)
    return plain(image, radius)


def keyboard(rng):
    """Rows of keys with legends."""
    rows, columns, key = int(rng.integers(4, 7)), int(rng.integers(10, 18)), 60
    dark = rng.random() < 0.7
    body, cap = (drawing.colour(rng, 10, 60), drawing.colour(rng, 20, 80)) if dark else \
        (drawing.colour(rng, 140, 230), drawing.colour(rng, 190, 256))
    image = np.full((rows * key + 20, columns * key + 20, 3), body, np.uint8)
    text_ink = drawing.colour(rng, 180, 256) if dark else drawing.colour(rng, 0, 90)
    for r in range(rows):
        c = 0.0
        while c < columns:
            width = rng.choice([1, 1, 1, 1, 1, 1.5, 2])
            x0, y0 = int(10 + c * key + 3), int(10 + r * key + 3)
            x1 = int(min(10 + (c + width) * key - 3, image.shape[1] - 10))
            cv2.rectangle(image, (x0, y0), (x1, y0 + key - 6), cap, -1)
            cv2.putText(image, drawing.letters(rng, "X"), (x0 + 12, y0 + 34), cv2.FONT_HERSHEY_SIMPLEX, 0.8, text_ink, 2, cv2.LINE_AA)
            c += width
    return plain(image, 12)


def book(rng):
    """A cover with a title and a picture, or an open book."""
    if rng.random() < 0.4:
        left, right = sheet_of_text(rng).image, sheet_of_text(rng).image
        right = cv2.resize(right, left.shape[1::-1], interpolation=cv2.INTER_AREA)
        image = np.hstack([left, right])
        fold = 1 - 0.5 * np.exp(-np.abs(np.linspace(-1, 1, image.shape[1])) * 12)
        return plain((image * fold[None, :, None]).astype(np.uint8))
    h, w = int(rng.integers(600, 900)), int(rng.integers(420, 640))
    image = drawing.gradient(rng, h, w, 0, 256)
    if rng.random() < 0.6:
        picture = people.portrait(rng, h // 2, w * 2 // 3) if rng.random() < 0.3 else drawing.gradient(rng, h // 2, w * 2 // 3, 0, 256)
        drawing.rosette(rng, picture, (w // 3, h // 4), h // 6)
        drawing.paste(image, picture, w // 6, int(h * rng.uniform(0.15, 0.4)))
    text = drawing.Text(image)
    for y in (0.05, 0.14, 0.85):
        text.put(w * rng.uniform(0.05, 0.2), h * y, drawing.phrase(rng, 2), drawing.any_font(rng, rng.integers(28, 80)), drawing.colour(rng))
    return plain(text.done())


def shelf(rng):
    """Spines of books in a row."""
    h, w = int(rng.integers(250, 450)), int(rng.integers(700, 1300))
    image = np.full((h, w, 3), drawing.colour(rng, 20, 120), np.uint8)
    x = 0
    while x < w:
        width, top = int(rng.integers(14, 70)), int(rng.uniform(0, h * 0.25))
        spine = np.full((h - top, width, 3), drawing.colour(rng), np.uint8)
        if width > 22 and rng.random() < 0.7:
            strip = drawing.Text(np.full((width, h - top, 3), spine[0, 0], np.uint8))
            strip.put(10, 2, drawing.phrase(rng, 3), drawing.any_font(rng, width * 0.6), drawing.colour(rng))
            spine = np.rot90(strip.done())
        drawing.paste(image, np.ascontiguousarray(spine), x, top)
        x += width + int(rng.integers(0, 5))
    return plain(image)


def poster(rng):
    """A picture with or without a frame, large words, sometimes a face: a wall's decoration."""
    h, w = int(rng.integers(400, 900)), int(rng.integers(400, 900))
    image = people.portrait(rng, h, w) if rng.random() < 0.35 else drawing.gradient(rng, h, w, 0, 256)
    for _ in range(rng.integers(0, 4)):
        points = np.stack([rng.uniform(0, w, 5), rng.uniform(0, h, 5)], 1).astype(np.int32)
        cv2.fillPoly(image, [cv2.convexHull(points)], drawing.colour(rng), cv2.LINE_AA)
    if rng.random() < 0.7:
        text = drawing.Text(image)
        for _ in range(rng.integers(1, 4)):
            text.put(w * rng.uniform(0, 0.4), h * rng.uniform(0, 0.9), drawing.phrase(rng, 2), drawing.any_font(rng, rng.integers(30, 120)),
                     drawing.colour(rng))
        image = text.done()
    frame = int(rng.integers(0, 40))
    image = cv2.copyMakeBorder(image, frame, frame, frame, frame, cv2.BORDER_CONSTANT, value=drawing.colour(rng))
    return plain(image)


def blank(rng):
    """A rectangle of one shade or a light wash: notes, boxes, tablets, tiles, lamps, plain cards."""
    h = int(rng.integers(200, 800))
    image = drawing.gradient(rng, h, int(h * rng.uniform(0.4, 2.5)), 0, 256)
    return plain(image, int(rng.integers(0, 40)))


def window(rng):
    """Bright panes with bars, or blinds."""
    h, w = int(rng.integers(500, 900)), int(rng.integers(400, 900))
    image = drawing.gradient(rng, h, w, 170, 256)
    bars = drawing.colour(rng, 30, 256)
    if rng.random() < 0.4:
        step = int(rng.integers(10, 40))
        for y in range(0, h, step):
            cv2.rectangle(image, (0, y), (w, y + int(step * rng.uniform(0.2, 0.7))), bars, -1)
    else:
        n = int(rng.integers(2, 5))
        for k in range(n + 1):
            cv2.line(image, (k * w // n, 0), (k * w // n, h), bars, int(rng.integers(8, 30)))
        cv2.line(image, (0, h // 2), (w, h // 2), bars, 16)
    return plain(image)


def printed_shirt(rng):
    """Words or a print on cloth: soft edges, no outline."""
    h, w = int(rng.integers(150, 400)), int(rng.integers(300, 700))
    cloth = drawing.colour(rng, 5, 250)
    image = np.full((h, w, 3), cloth, np.uint8)
    text = drawing.Text(image)
    for k in range(rng.integers(1, 4)):
        text.put(10, k * h / 3, drawing.phrase(rng, rng.integers(1, 3)).upper(), drawing.any_font(rng, h / 3.5), drawing.colour(rng))
    flat = plain(text.done())
    flat.alpha = cv2.GaussianBlur(cv2.copyMakeBorder(flat.alpha[20:-20, 20:-20], 20, 20, 20, 20, cv2.BORDER_CONSTANT), (0, 0), 9)
    return flat


def package(rng):
    """A box of food or medicine: bold words, a picture, small print, a bar code."""
    h, w = int(rng.integers(300, 800)), int(rng.integers(300, 800))
    image = papers.ground(rng, h, w)
    for _ in range(rng.integers(0, 4)):
        papers.emblem(rng, image, (rng.uniform(0, w), rng.uniform(0, h)), rng.uniform(0.1, 0.5) * h)
    text = drawing.Text(image)
    for _ in range(rng.integers(1, 4)):
        text.put(w * rng.uniform(0, 0.5), h * rng.uniform(0, 0.8), drawing.phrase(rng, rng.integers(1, 3)), drawing.any_font(rng, rng.integers(30, 110)),
                 drawing.colour(rng))
    size, y = int(rng.integers(8, 18)), h * rng.uniform(0.3, 0.8)
    typeface, ink = drawing.any_font(rng, size), drawing.colour(rng)
    for k in range(rng.integers(0, 12)):
        text.put(w * 0.06, y + k * size * 1.2, drawing.phrase(rng, rng.integers(2, 6)), typeface, ink)
    image = text.done()
    if rng.random() < 0.25:
        drawing.paste(image, drawing.barcode(rng, w // 4, h // 8), int(w * rng.uniform(0, 0.7)), int(h * rng.uniform(0, 0.8)))
    return plain(image)


def handwriting(rng):
    """A note or an exercise sheet: lines of scribble, on white, yellow, squared or ruled paper."""
    h, w = int(rng.integers(250, 900)), int(rng.integers(250, 800))
    image = np.full((h, w, 3), drawing.colour(rng, 215, 256) if rng.random() < 0.7 else drawing.colour(rng, 120, 256), np.uint8)
    if rng.random() < 0.5:
        step = int(rng.integers(14, 40))
        for y in range(0, h, step):
            cv2.line(image, (0, y), (w, y), (170, 190, 210), 1)
        for x in range(0, w if rng.random() < 0.5 else 0, step):
            cv2.line(image, (x, 0), (x, h), (170, 190, 210), 1)
    step, y = int(rng.integers(24, 60)), 20
    while y < h - 20:
        x = int(w * rng.uniform(0.03, 0.2))
        while x < w * rng.uniform(0.5, 0.95):
            length = int(rng.integers(30, 140))
            drawing.signature(rng, image, (x, y, length, int(step * 0.5)))
            x += length + int(rng.integers(8, 30))
        y += step
    return plain(image)


def form(rng):
    """A printed form or an exam paper: boxes to fill in, ticks, numbered questions, a table, a photograph now and then."""
    flat = sheet_of_text(rng)
    image = flat.image
    h, w = image.shape[:2]
    for _ in range(rng.integers(2, 9)):
        x, y = int(rng.uniform(0.05, 0.6) * w), int(rng.uniform(0.05, 0.85) * h)
        size = (int(rng.uniform(0.1, 0.5) * w), int(rng.uniform(0.02, 0.12) * h))
        cv2.rectangle(image, (x, y), (x + size[0], y + size[1]), (250, 250, 250), -1)
        cv2.rectangle(image, (x, y), (x + size[0], y + size[1]), (40, 40, 40), int(rng.integers(1, 4)))
    if rng.random() < 0.3:
        drawing.paste(image, people.portrait(rng, h // 5, w // 4), int(rng.uniform(0, 0.7) * w), int(rng.uniform(0, 0.7) * h))
    return plain(image)


def banknote(rng):
    """Fine lines, a head, a large figure: as engraved as a document, but of other shape and without a holder."""
    h = int(rng.integers(260, 340))
    w = int(h * rng.uniform(1.8, 2.4))
    image = papers.paper(rng, h, w)
    drawing.guilloche(rng, image)
    text = drawing.Text(image)
    figure = str(rng.choice(["5", "10", "20", "50", "100", "500"]))
    for _ in range(rng.integers(1, 4)):
        text.put(w * rng.uniform(0, 0.85), h * rng.uniform(0, 0.7), figure, drawing.any_font(rng, h * rng.uniform(0.12, 0.4)), drawing.colour(rng))
    return plain(text.done())


def framed_person(rng):
    """A photograph of a person in a frame, or a video call's tile."""
    h, w = int(rng.integers(300, 600)), int(rng.integers(300, 800))
    image = people.portrait(rng, h, w)
    border = int(rng.integers(0, 40))
    return plain(cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_CONSTANT, value=drawing.colour(rng)))


KINDS = [(sheet_of_text, 4), (statement, 1), (spreadsheet, 2), (screen, 3), (code, 2), (phone, 5), (keyboard, 2), (book, 3), (shelf, 2),
         (poster, 2), (blank, 4), (window, 2), (printed_shirt, 2), (framed_person, 3), (package, 3), (handwriting, 2), (form, 3), (banknote, 1)]


def random_distractor(rng):
    kinds, weights = zip(*KINDS)
    return kinds[rng.choice(len(kinds), p=np.array(weights) / sum(weights))](rng)
