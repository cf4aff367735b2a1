"""Draws statements of registration: A4 pages with what such pages hold, and where every word of them is. No real one."""

import dataclasses

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SCALE = 8.0  # pixels per millimetre
WIDTH, HEIGHT = 210, 297
FONTS = {"sans": "/usr/share/fonts/truetype/liberation/LiberationSans-{}.ttf",
         "serif": "/usr/share/fonts/truetype/liberation/LiberationSerif-{}.ttf",
         "dejavu": "/usr/share/fonts/truetype/dejavu/DejaVuSans{}.ttf"}
UNIVERSITIES = ["Universiteit Utopia", "University of Utopia", "Utopia University of Applied Sciences"]
FIRST = ["Anna", "Maria", "Willem", "Fatima", "Joost", "Sanne", "Mehmet", "Elif", "Pieter", "Charlotte"]
LAST = ["Eriksson", "Janssen", "Bakker", "Yilmaz", "Vermeulen", "Hendriks", "Dijkstra", "Kowalski", "Novak", "Meijer"]
STUDIES = ["Computer Science", "Rechtsgeleerdheid", "Psychology", "Mathematics", "International Studies"]
FACULTIES = ["Faculty of Science", "Faculteit der Rechtsgeleerdheid", "Faculty of Humanities"]
NUMBERS = ["s#######", "#######", "s ### ####", "### ### ###", "########", "#######/##", "U-########", "#### ####", "S#######"]


@dataclasses.dataclass
class Page:
    """image: (height, width, 3) uint8. words: (text, kind, box), box x0, y0, x1, y1 in pixels; kind "number" for the student
    number and its parts, "digits" for all else that holds a digit, "code", "name", "university", "text"."""

    image: np.ndarray
    words: list


def typeface(kind, bold, mm):
    style = {True: "Bold", False: "Regular"}[bold] if kind != "dejavu" else {True: "-Bold", False: ""}[bold]
    return ImageFont.truetype(FONTS[kind].format(style), int(mm * SCALE / 0.72))  # mm: the height of a capital


def digits(rng, pattern):
    return "".join(str(rng.integers(10)) if c == "#" else c for c in pattern)


class Pen:
    def __init__(self, rng):
        self.rng = rng
        shade = int(rng.integers(238, 256))
        self.image = Image.new("RGB", (int(WIDTH * SCALE), int(HEIGHT * SCALE)), (shade, shade, shade - int(rng.integers(0, 8))))
        self.draw = ImageDraw.Draw(self.image)
        self.words = []
        self.kind = str(rng.choice(list(FONTS)))
        self.size = float(rng.uniform(2.3, 3.2))

    def put(self, x, y, text, kind="text", mm=None, bold=False, ink=(20, 20, 25)):
        """Words one by one; where the last one ends, in millimetres."""
        font = typeface(self.kind, bold, mm or self.size)
        for word in text.split(" "):
            at = (x * SCALE, y * SCALE)
            self.draw.text(at, word, font=font, fill=ink)
            what = kind if kind in ("number", "code") or not any(c.isdigit() for c in word) else "digits"
            if word:
                self.words.append((word, what, self.draw.textbbox(at, word, font=font)))
            x += self.draw.textlength(word + " ", font=font) / SCALE
        return x

    def code(self, x, y, side):
        cells = int(self.rng.integers(21, 30))
        bits = self.rng.integers(0, 2, (cells, cells)).astype(np.uint8) * 255
        for r, c in ((0, 0), (0, cells - 7), (cells - 7, 0)):
            bits[r:r + 7, c:c + 7] = 0
            bits[r + 1:r + 6, c + 1:c + 6] = 255
            bits[r + 2:r + 5, c + 2:c + 5] = 0
        size = int(side * SCALE)
        self.image.paste(Image.fromarray(bits).resize((size, size), Image.NEAREST), (int(x * SCALE), int(y * SCALE)))
        self.words.append(("", "code", (x * SCALE, y * SCALE, x * SCALE + size, y * SCALE + size)))

    def bars(self, x, y, width, height):
        self.words.append(("", "code", (x * SCALE, y * SCALE, (x + width) * SCALE, (y + height) * SCALE)))
        end = x + width
        while x < end - 1:
            bar, gap = self.rng.choice([0.3, 0.6, 0.9], 2)
            self.draw.rectangle([x * SCALE, y * SCALE, (x + bar) * SCALE, (y + height) * SCALE], fill=(0, 0, 0))
            x += bar + gap


def statement(rng):
    """A page with a letter head, a student number once to three times, names, a table, codes, a paragraph."""
    pen = Pen(rng)
    number = digits(rng, str(rng.choice(NUMBERS)))
    first, last = str(rng.choice(FIRST)), str(rng.choice(LAST))
    university = str(rng.choice(UNIVERSITIES))
    pen.put(25, 20, university, "university", mm=float(rng.uniform(4, 6)), bold=True, ink=(20, 40, 100))
    pen.put(25, 32, "Postbus 9500, 2300 RA Utopia", mm=2.2)
    pen.put(25, 55, str(rng.choice(["Bewijs van inschrijving", "Statement of Registration", "Proof of enrolment"])), mm=4.5, bold=True)
    y, step = 75.0, pen.size * float(rng.uniform(2.2, 3.2))
    rows = [("Student number", number, "number"), ("Surname", last, "name"), ("Given names", f"{first} {rng.choice(FIRST)}", "name"),
            ("Date of birth", digits(rng, "1#-0#-200#"), "text"), ("Nationality", "Utopian", "text"),
            ("Programme", str(rng.choice(STUDIES)), "text"), ("CROHO", digits(rng, "5####"), "text"),
            ("Faculty", str(rng.choice(FACULTIES)), "text"), ("Academic year", "2025 - 2026", "text"), ("Form", "Full-time", "text")]
    rows[:3] = [rows[k] for k in rng.permutation(3)]
    column = float(rng.uniform(70, 95))
    for label, value, kind in rows:
        after = pen.put(25, y, label + ":")
        pen.put(column if rng.random() < 0.8 else after, y, value, kind, bold=rng.random() < 0.3)
        y += step
    y += step
    x = pen.put(25, y, "Hereby we declare that")
    x = pen.put(x, y, f"{first} {last}", "name")
    if rng.random() < 0.6:
        x = pen.put(x, y, "(" + number + ")", "number")
    pen.put(25, y + 1.6 * pen.size * 1.4, "is registered as a student of this university for the whole academic year.")
    pen.put(25, y + 30, "On behalf of the Executive Board,")
    pen.put(25, y + 55, "Registrar, Student Affairs")
    if rng.random() < 0.6:
        pen.code(160, 20, float(rng.uniform(18, 30)))
    if rng.random() < 0.6:
        pen.bars(25, 262, 60, 10)
        pen.put(25, 274, number, "number")
    pen.put(120, 278, digits(rng, "Document ########"), mm=2.2)
    return Page(np.asarray(pen.image), pen.words)


if __name__ == "__main__":
    import sys

    Image.fromarray(statement(np.random.default_rng(int(sys.argv[1]))).image).save(sys.argv[2])
