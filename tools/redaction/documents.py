"""Draws flat identity documents with the places of their numbers.

Sizes follow ICAO 9303 (TD3 125 x 88 mm, TD2 105 x 74, TD1 = ID-1 85.6 x 53.98) and ISO/IEC 7810; layouts vary at random,
because a detector must not learn one country's design.
"""

import dataclasses

import cv2
import numpy as np

import drawing
import papers
import people

SCALE = 9.0  # pixels per millimetre of a flat document
MRZ_PITCH = 2.54  # millimetres per character of OCR-B size 1


@dataclasses.dataclass
class Flat:
    """A flat thing to be put into a scene.

    image: uint8 RGB; alpha: uint8, 255 where the thing is (round corners are 0).
    fields: (kind, box) with box x0, y0, x1, y1 in pixels of `image`. Kinds: "mrz"; "number" (every printed string with
    digits, dates too, and codes); "words" (a printed value without digits); "name" (the words that are the holder's name);
    "portrait".
    cards: outlines (4 x 2) of documents in it; empty for a distractor. pitch: pixels per number character.
    unsure: True where neither "document" nor "no document" should be taught (for example a registration statement).
    """

    image: np.ndarray
    alpha: np.ndarray
    fields: list
    cards: list
    pitch: float = MRZ_PITCH * SCALE
    unsure: bool = False


def round_alpha(height, width, radius):
    alpha = np.zeros((height, width), np.uint8)
    cv2.rectangle(alpha, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
    cv2.rectangle(alpha, (0, radius), (width - 1, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(alpha, (x, y), radius, 255, -1)
    return alpha


def outline(height, width):
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def document_number(rng):
    return drawing.letters(rng, rng.choice(["AA9999999", "AXXXXXXX9", "999999999", "A99999999", "9999 9999 9999", "99-999999",
                                            "AXX9XXX99", "AA 999999", "99999999999", "999-999-999", "999999"]))


def mrz_lines(rng, rows, columns):
    """A zone of the right shape: names, fillers, numbers, dates. Check digits do not matter to the eye."""
    country = drawing.letters(rng, "AAA")
    name = "<".join(drawing.word(rng).upper().encode("ascii", "ignore").decode() or "X" for _ in range(rng.integers(1, 3)))
    name = f"{name}<<{drawing.word(rng).upper().encode('ascii', 'ignore').decode()}"
    data = drawing.letters(rng, "XXXXXXXX99") + country + drawing.letters(rng, "9999999A9999999")
    if rows == 3:
        first = f"I{rng.choice(['<', 'D', 'R', 'A'])}{country}" + drawing.letters(rng, "XXXXXXXX99")
        if rng.random() < 0.4:
            first += drawing.letters(rng, "99999999999")
        lines = [first, drawing.letters(rng, "9999999A9999999") + country, name]
    else:
        lines = [f"{rng.choice(['P<', 'V<', 'PA', 'ID', 'I<'])}{country}{name}", data]
        if rng.random() < 0.4:
            lines[1] += drawing.letters(rng, "99999999<<<<")
    return [line[:columns].ljust(columns, "<")[:-1] + rng.choice(list("0123456789<")) for line in lines]


class Card:
    """A document under construction; lengths are millimetres."""

    def __init__(self, rng, width, height, radius):
        self.rng = rng
        self.w, self.h = width, height
        self.radius = radius
        self.image = papers.paper(rng, self.px(height), self.px(width))
        self.ink = drawing.colour(rng, 0, 90)
        self.label_ink = drawing.colour(rng, 20, 150)
        self.fields = []
        self.tongue = drawing.Tongue(rng)
        self.label_size, self.value_size = self.px(rng.uniform(1.2, 2.2)), self.px(rng.uniform(2.0, 4.0))
        self.label_font = drawing.any_font(rng, self.label_size)
        self.value_font = drawing.any_font(rng, self.value_size)
        self.text = None

    @staticmethod
    def px(mm):
        return int(round(mm * SCALE))

    def mark(self, kind, box):
        height, width = self.image.shape[:2]
        x0, y0, x1, y1 = np.clip(box, 0, (width, height, width, height))
        if x1 > x0 and y1 > y0:
            self.fields.append((kind, (float(x0), float(y0), float(x1), float(y1))))

    def band(self, top, height):
        """A coloured or white stripe."""
        shade = drawing.colour(self.rng, 0, 256) if self.rng.random() < 0.6 else (250, 250, 248)
        y0, y1 = self.px(top), self.px(top + height)
        opacity = self.rng.uniform(0.4, 1)
        stripe = self.image[y0:y1]
        stripe[:] = (stripe * (1 - opacity) + np.array(shade) * opacity).astype(np.uint8)

    def put_portrait(self, x, y, w, h):
        """A rectangle, or a head that runs out into the paper."""
        x, y, w, h = (self.px(v) for v in (x, y, w, h))
        face = people.portrait(self.rng, h, w)[:self.image.shape[0] - y, :self.image.shape[1] - x]
        region = self.image[y:y + h, x:x + w]
        if self.rng.random() < 0.25:
            region[:] = people.cut_out(face, region, self.rng.uniform(0.02, 0.08))
        else:
            region[:] = face
        self.mark("portrait", (x, y, x + w, y + h))

    def chip(self, x, y):
        """The contacts of a chip card."""
        ink = (int(self.rng.integers(150, 230)),) * 2 + (int(self.rng.integers(80, 200)),)
        a, b = (self.px(x), self.px(y)), (self.px(x + 12), self.px(y + 10))
        cv2.rectangle(self.image, a, b, ink, -1)
        for k in range(1, 4):
            cv2.line(self.image, (a[0], a[1] + k * (b[1] - a[1]) // 4), (b[0], a[1] + k * (b[1] - a[1]) // 4), (60, 60, 50), 2)
        cv2.line(self.image, ((a[0] + b[0]) // 2, a[1]), ((a[0] + b[0]) // 2, b[1]), (60, 60, 50), 2)

    def small_print(self, x, y):
        """A paragraph, as on the backs of cards."""
        rng = self.rng
        size = self.px(rng.uniform(0.9, 1.8))
        typeface = drawing.any_font(rng, size)
        for k in range(rng.integers(2, 7)):
            self.text.put(self.px(x), self.px(y) + int(k * size * 1.25), drawing.phrase(rng, rng.integers(3, 9)), typeface, self.label_ink)

    def frame_with_inset(self):
        """A wide border round the printed part, as round laminated cards."""
        inset = self.px(self.rng.uniform(1, 4))
        cv2.rectangle(self.image, (0, 0), self.image.shape[1::-1], drawing.colour(self.rng), 2 * inset)

    def stamp(self):
        """A large word across the document, as on specimens and cancelled ones."""
        rng = self.rng
        h, w = self.image.shape[:2]
        layer = drawing.Text(np.zeros_like(self.image))
        size = int(h * rng.uniform(0.1, 0.3))
        layer.put(w * rng.uniform(0, 0.3), h * rng.uniform(0.2, 0.6), drawing.word(rng, 2, 3).upper(), drawing.any_font(rng, size), (255, 255, 255))
        turn = cv2.getRotationMatrix2D((w / 2, h / 2), rng.uniform(-40, 40), 1)
        ink = cv2.warpAffine(layer.done(), turn, (w, h)).astype(np.float32) * (rng.uniform(0.15, 0.7) / 255)
        self.image = (self.image * (1 - ink) + np.array(drawing.colour(rng)) * ink).astype(np.uint8)

    def begin_text(self):
        self.text = drawing.Text(self.image)

    def end_text(self):
        self.image = self.text.done()
        self.text = None

    def header(self):
        rng = self.rng
        y = self.px(rng.uniform(0.8, 3))
        for _ in range(rng.integers(1, 3)):
            size = self.px(rng.uniform(2, 5.5))
            words = self.tongue.phrase(rng, rng.integers(1, 4))
            words = words.upper() if rng.random() < 0.7 else words
            self.text.put(self.px(rng.uniform(3, self.w * 0.45)), y, words, self.tongue.font(rng, size), self.ink)
            y += int(size * 1.1)

    def rows(self, x, y, bottom, right):
        """Label and value pairs in one or two columns, the name first; never the document number.

        The label stands above its value, or before it on the same line, or is missing; either may be in another script.
        """
        rng = self.rng
        above = rng.random() < 0.75
        step = rng.uniform(4.2, 8) if above else rng.uniform(3.2, 6)
        lead = min(step * 0.5, self.label_size / SCALE * 1.15) if above else 0
        names = int(rng.integers(1, 3))
        while y + step < bottom:
            columns = 2 if rng.random() < 0.35 and right - x > 40 else 1
            for c in range(columns):
                left = self.px(x + c * (right - x) / 2)
                if rng.random() < 0.9:
                    box = self.put_words(left, self.px(y), rng.integers(1, 4), self.label_size, self.label_font, self.label_ink)
                    left = left if above else int(box[2]) + self.px(rng.uniform(0.5, 3))
                dated = names <= 0 and rng.random() < 0.4
                self.value(left, self.px(y + lead), dated, names > 0)
                names -= 1
            y += step

    def put_words(self, x, y, words, size, typeface, ink):
        """A phrase in the document's own script, or now and then in Latin; its box."""
        if self.tongue.files and self.rng.random() < 0.6:
            return self.text.put(x, y, self.tongue.phrase(self.rng, words), self.tongue.font(self.rng, size), ink)
        return self.text.put(x, y, drawing.phrase(self.rng, words), typeface, ink)

    def value(self, x, y, dated, named):
        rng = self.rng
        if dated:
            self.mark("number", self.text.put(x, y, drawing.date(rng), self.value_font, self.ink))
            return
        if self.tongue.files and rng.random() < 0.5:
            box = self.put_words(x, y, rng.integers(1, 3), self.value_size, self.value_font, self.ink)
        else:
            words = drawing.phrase(rng, rng.integers(1, 3))
            box = self.text.put(x, y, words.upper() if rng.random() < 0.7 else words, self.value_font, self.ink)
        self.mark("words", box)
        if named:
            self.mark("name", box)

    def number(self, x, y, string=None):
        """The document number, often in OCR-B or bold, marked as a field."""
        rng = self.rng
        string = string or document_number(rng)
        size = self.px(rng.uniform(2.6, 4.2))
        typeface = drawing.font(drawing.OCR_B, size) if rng.random() < 0.4 else drawing.any_font(rng, size)
        if rng.random() < 0.6:
            self.text.put(self.px(x), self.px(y - 2), drawing.phrase(rng, rng.integers(1, 4)), self.label_font, self.label_ink)
        ink = self.ink if rng.random() < 0.75 else drawing.colour(rng, 0, 150)
        width = self.text.draw.textlength(string, font=typeface)
        left = min(self.px(x), self.px(self.w) - int(width) - self.px(1.5))
        self.mark("number", self.text.put(max(left, 0), self.px(y), string, typeface, ink))

    def mrz(self, rows, columns, left, bottom):
        rng = self.rng
        pitch = MRZ_PITCH * rng.uniform(0.94, 1.06)
        pitch = min(pitch, (self.w - left - 1) / columns)
        line = rng.uniform(4.0, 4.6) if rows == 3 else rng.uniform(5.4, 6.5)
        typeface = drawing.font(drawing.OCR_B, self.px(3.4)) if rng.random() < 0.85 else drawing.any_font(rng, self.px(3.4))
        y0 = self.h - bottom - rows * line
        zone = np.asarray(self.text.canvas)[self.px(y0):self.px(self.h - bottom)]
        ink = drawing.colour(rng, 0, 60) if zone.mean() > 95 else drawing.colour(rng, 200, 256)
        boxes = []
        for k, string in enumerate(mrz_lines(rng, rows, columns)):
            boxes.append(self.text.spaced(self.px(left), self.px(y0 + k * line), string, typeface, ink, pitch * SCALE))
        b = np.array(boxes)
        self.mark("mrz", (b[:, 0].min(), b[:, 1].min(), b[:, 2].max(), b[:, 3].max()))

    def upright_number(self):
        """The perforated or printed number that runs up a side of some pages."""
        rng = self.rng
        strip = np.full((self.px(4), self.px(30), 3), 255, np.uint8)
        text = drawing.Text(strip)
        text.put(2, 2, document_number(rng), drawing.any_font(rng, self.px(3.2)), (0, 0, 0))
        strip = np.rot90(text.done()).copy()
        x, y = self.px(self.w - 6 if rng.random() < 0.7 else 1), self.px(rng.uniform(8, max(9, self.h - 55)))
        patch = self.image[y:y + strip.shape[0], x:x + strip.shape[1]]
        patch[:] = np.minimum(patch, strip[:patch.shape[0], :patch.shape[1]])
        self.mark("number", (x, y, x + strip.shape[1], y + strip.shape[0]))

    def codes(self, x, y, w, h):
        patch = drawing.barcode(self.rng, self.px(w), self.px(h)) if self.rng.random() < 0.6 else \
            drawing.matrix_code(self.rng, self.px(min(w, h)))
        drawing.paste(self.image, patch, self.px(x), self.px(y))
        self.mark("number", (self.px(x), self.px(y), self.px(x) + patch.shape[1], self.px(y) + patch.shape[0]))

    def flat(self):
        height, width = self.image.shape[:2]
        if self.rng.random() < 0.15:
            self.stamp()
        if self.rng.random() < 0.15:  # a printed edge, or a laminate's
            inset = self.px(self.rng.uniform(0, 2))
            cv2.rectangle(self.image, (inset, inset), (width - 1 - inset, height - 1 - inset), drawing.colour(self.rng), self.px(0.3))
        if self.rng.random() < 0.25:  # printed dark and worn, or bleached
            self.image = (self.image.astype(np.float32) * self.rng.uniform(0.5, 1.1)).clip(0, 255).astype(np.uint8)
        return Flat(self.image, round_alpha(height, width, self.px(self.radius)), self.fields, [outline(height, width)])


def passport(rng):
    """A TD3 data page, in one case of three with the page above it."""
    card = Card(rng, 125, 88, rng.uniform(0, 3.5))
    if rng.random() < 0.5:
        card.band(88 - 23.2, 23.2)
    if rng.random() < 0.4:
        card.band(0, rng.uniform(5, 14))
    x = rng.uniform(3, 7)
    pw = rng.uniform(26, 34)
    card.put_portrait(x, rng.uniform(15, 20), pw, pw * rng.uniform(1.2, 1.35))
    card.begin_text()
    card.header()
    card.rows(x + pw + rng.uniform(3, 7), rng.uniform(17, 21), 62, rng.uniform(100, 123))
    card.number(rng.uniform(70, 100), rng.uniform(8, 14))
    if rng.random() < 0.3:
        card.number(rng.uniform(70, 95), rng.uniform(25, 55))
    card.mrz(2, 44, rng.uniform(5, 7), rng.uniform(4, 7))
    card.end_text()
    if rng.random() < 0.6:
        drawing.signature(rng, card.image, (card.px(75), card.px(52), card.px(35), card.px(10)))
    if rng.random() < 0.3:
        card.upright_number()
    flat = card.flat()
    return spread(rng, flat) if rng.random() < 0.33 else flat


def spread(rng, page):
    """An open booklet: another page above the data page; both count as the document."""
    height, width = page.image.shape[:2]
    other = Card(rng, 125, 88, 0)
    other.begin_text()
    other.header()
    if rng.random() < 0.5:
        other.rows(rng.uniform(5, 30), rng.uniform(15, 40), 80, 120)
    if rng.random() < 0.7:
        other.number(rng.uniform(60, 90), rng.uniform(70, 82))
    other.end_text()
    image = np.vstack([other.image[:height, :width], page.image])
    fields = other.fields + [(k, (b[0], b[1] + height, b[2], b[3] + height)) for k, b in page.fields]
    return Flat(image, np.full(image.shape[:2], 255, np.uint8), fields, [outline(2 * height, width)])


def identity_front(rng):
    """ID-1 front: identity card, residence permit, driving licence; portrait, rows, a number, often a CAN."""
    card = Card(rng, 85.6, 53.98, 3.18)
    if rng.random() < 0.6:
        card.band(0, rng.uniform(5, 11))
    if rng.random() < 0.3:
        card.band(rng.uniform(42, 48), rng.uniform(3, 8))
    right = rng.random() < 0.12
    pw = rng.uniform(18, 28)
    x = 85.6 - pw - rng.uniform(2, 5) if right else rng.uniform(2, 6)
    card.put_portrait(x, rng.uniform(9, 16), pw, pw * rng.uniform(1.2, 1.35))
    left = rng.uniform(3, 6) if right else x + pw + rng.uniform(2, 5)
    card.begin_text()
    card.header()
    card.rows(left, rng.uniform(9, 16), 49, 82 if not right else x - 2)
    where = [(rng.uniform(50, 70), rng.uniform(2, 9)), (left, rng.uniform(10, 44)), (rng.uniform(48, 62), rng.uniform(11, 48))]
    card.number(*where[rng.integers(3)])
    if rng.random() < 0.4:
        card.number(rng.uniform(45, 70), rng.uniform(44, 49), drawing.letters(rng, "999999"))
    if rng.random() < 0.12:
        card.mrz(2, 30, 4, rng.uniform(2, 4))
    card.end_text()
    if rng.random() < 0.5:
        drawing.signature(rng, card.image, (card.px(left), card.px(42), card.px(28), card.px(8)))
    if rng.random() < 0.2:
        card.upright_number()
    return card.flat()


def identity_back(rng):
    """ID-1 back with a three-line zone, now and then without."""
    card = Card(rng, 85.6, 53.98, 3.18)
    zone = rng.random() < 0.85
    if zone and rng.random() < 0.5:
        card.band(53.98 - 18, 18)
    if rng.random() < 0.35:
        card.codes(rng.uniform(4, 45), rng.uniform(4, 14), rng.uniform(18, 38), rng.uniform(7, 13))
    card.begin_text()
    card.rows(rng.uniform(3, 30), rng.uniform(2, 10), 34 if zone else 50, 82)
    if rng.random() < 0.5:
        card.number(rng.uniform(40, 66), rng.uniform(3, 30))
    if zone:
        card.mrz(3, 30, rng.uniform(3.5, 6), rng.uniform(2.5, 5))
    card.end_text()
    if not zone:
        card.image[card.px(4):card.px(14)] = drawing.colour(rng, 0, 60)  # the magnetic stripe of older cards
        card.fields = [f for f in card.fields if f[1][1] > card.px(14)]
    return card.flat()


def td2(rng):
    """105 x 74 mm: older identity cards and visa stickers."""
    card = Card(rng, 105, 74, rng.uniform(0, 3.2))
    pw = rng.uniform(22, 30)
    card.put_portrait(rng.uniform(3, 6), rng.uniform(12, 18), pw, pw * 1.28)
    if rng.random() < 0.5:
        card.band(74 - 18, 18)
    card.begin_text()
    card.header()
    card.rows(pw + 10, rng.uniform(14, 20), 54, 100)
    card.number(rng.uniform(40, 75), rng.uniform(5, 14))
    card.mrz(2, 36, rng.uniform(4, 6), rng.uniform(3.5, 6))
    card.end_text()
    return card.flat()


def visa(rng):
    """120 x 80 mm, two lines of 44, often on a page that is larger; sometimes without a portrait."""
    card = Card(rng, 120, 80, 0)
    if rng.random() < 0.7:
        pw = rng.uniform(24, 32)
        card.put_portrait(rng.uniform(3, 7), rng.uniform(12, 22), pw, pw * 1.28)
    if rng.random() < 0.5:
        card.band(80 - 19, 19)
    card.begin_text()
    card.header()
    card.rows(rng.uniform(36, 44), rng.uniform(12, 18), 58, 116)
    card.number(rng.uniform(70, 95), rng.uniform(3, 12))
    card.mrz(2, 44, rng.uniform(4, 6), rng.uniform(4, 6))
    card.end_text()
    return card.flat()


def university_card(rng):
    """An ID-1 card as universities print: logo, portrait, name, student number, bar code."""
    card = Card(rng, 85.6, 53.98, 3.18)
    if rng.random() < 0.7:
        card.image[:] = drawing.gradient(rng, *card.image.shape[:2], 200, 256)
    card.band(0, rng.uniform(6, 18))
    pw = rng.uniform(16, 26)
    x = rng.uniform(3, 8) if rng.random() < 0.5 else 85.6 - pw - rng.uniform(3, 8)
    card.put_portrait(x, rng.uniform(12, 20), pw, pw * 1.28)
    left = x + pw + 4 if x < 30 else 5
    if rng.random() < 0.7:
        card.codes(left, rng.uniform(38, 44), rng.uniform(25, 40), rng.uniform(6, 10))
    card.begin_text()
    card.header()
    card.rows(left, 18, 33, 80)
    card.number(left, rng.uniform(32, 37), drawing.letters(rng, rng.choice(["s9999999", "9999999", "99999999", "9999999-9"])))
    card.end_text()
    return card.flat()


def transport_card(rng):
    """An OV-chipkaart-like card: bold shapes, perhaps a portrait, four groups of four digits."""
    card = Card(rng, 85.6, 53.98, 3.18)
    h, w = card.image.shape[:2]
    card.image[:] = drawing.gradient(rng, h, w, int(rng.integers(0, 200)), 256)
    for _ in range(rng.integers(1, 5)):
        points = np.stack([rng.uniform(-0.2, 1.2, 4) * w, rng.uniform(-0.2, 1.2, 4) * h], 1).astype(np.int32)
        cv2.fillPoly(card.image, [cv2.convexHull(points)], drawing.colour(rng), cv2.LINE_AA)
    if rng.random() < 0.6:
        card.put_portrait(rng.uniform(3, 60), rng.uniform(8, 20), 20, 26)
    card.begin_text()
    card.header()
    dark = card.image[card.px(40):card.px(52)].mean() > 120
    card.ink = drawing.colour(rng, 0, 70) if dark else drawing.colour(rng, 200, 256)
    if rng.random() < 0.5:
        card.rows(rng.uniform(4, 30), rng.uniform(24, 32), 43, 80)
    card.number(rng.uniform(4, 35), rng.choice([rng.uniform(43, 48), rng.uniform(10, 40)]), drawing.letters(rng, "9999 9999 9999 9999"))
    card.end_text()
    return card.flat()


def any_card(rng):
    """A card or page of no known kind: its parts anywhere, any of them missing, and a number that is always there."""
    width, height, radius = [(85.6, 53.98, 3.18), (53.98, 85.6, 3.18), (105, 74, 2), (125, 88, 2)][rng.choice(4, p=[0.6, 0.2, 0.1, 0.1])]
    card = Card(rng, width, height, radius)
    for _ in range(rng.integers(0, 3)):
        top = rng.uniform(0, height - 6)
        card.band(top, rng.uniform(2, min(16, height - top)))
    if rng.random() < 0.15:
        card.frame_with_inset()
    if rng.random() < 0.45:
        pw = rng.uniform(0.18, 0.4) * min(width, height * 1.4)
        ph = pw * rng.uniform(1.0, 1.4)
        card.put_portrait(rng.uniform(1, width - pw - 1), rng.uniform(1, max(1.1, height - ph - 1)), pw, ph)
    if rng.random() < 0.2:
        card.chip(rng.uniform(3, width - 18), rng.uniform(8, height - 16))
    if rng.random() < 0.4:
        w, h = rng.uniform(12, 45), rng.uniform(5, 14)
        card.codes(rng.uniform(1, max(2, width - w - 1)), rng.uniform(1, height - h - 1), w, h)
    card.begin_text()
    if rng.random() < 0.7:
        card.header()
    if rng.random() < 0.5:
        x = rng.uniform(2, width * 0.5)
        card.rows(x, rng.uniform(2, height * 0.5), height * rng.uniform(0.6, 1), width - 2)
    if rng.random() < 0.25:
        card.small_print(rng.uniform(2, width * 0.4), rng.uniform(2, height - 12))
    for _ in range(rng.choice([1, 2, 3], p=[0.6, 0.3, 0.1])):
        kinds = [None, "9999 9999 9999 9999", "999999999", "99999999", "9999999", "A999-999-99-999-9", "999999999999"]
        pattern = kinds[rng.integers(len(kinds))]
        card.number(rng.uniform(2, width * 0.6), rng.uniform(3, height - 6), pattern and drawing.letters(rng, pattern))
    if rng.random() < 0.15 and width > 80:
        rows, columns = [(3, 30), (2, 36), (2, 44)][0 if width < 90 else 1 if width < 110 else 2]
        card.mrz(rows, columns, rng.uniform(3.5, 6), rng.uniform(2.5, 5))
    card.end_text()
    if rng.random() < 0.2:
        drawing.signature(rng, card.image, (card.px(width * 0.3), card.px(height * 0.6), card.px(28), card.px(8)))
    return card.flat()


KINDS = [(passport, 0.25), (identity_front, 0.2), (identity_back, 0.12), (td2, 0.06), (visa, 0.04), (university_card, 0.09),
         (transport_card, 0.1), (any_card, 0.14)]


def on_phone(rng, flat):
    """The document as a picture on a phone's screen: black or grey surround, status line, bezel."""
    h, w = flat.image.shape[:2]
    side = int(w * rng.uniform(0.03, 0.15))
    above = int(rng.uniform(0.15, 0.6) * w)
    below = int(rng.uniform(0.15, 0.6) * w)
    screen = np.full((h + above + below, w + 2 * side, 3), drawing.colour(rng, 0, 60 if rng.random() < 0.7 else 256), np.uint8)
    inside = flat.alpha[..., None] > 0
    region = screen[above:above + h, side:side + w]
    region[:] = np.where(inside, flat.image, region)
    bezel = int(w * rng.uniform(0.02, 0.06))
    image = cv2.copyMakeBorder(screen, bezel, bezel, bezel, bezel, cv2.BORDER_CONSTANT, value=(15, 15, 15))
    move = np.array([side + bezel, above + bezel])
    fields = [(k, (b[0] + move[0], b[1] + move[1], b[2] + move[0], b[3] + move[1])) for k, b in flat.fields]
    return Flat(image, round_alpha(*image.shape[:2], int(bezel * 2)), fields, [c + move for c in flat.cards], flat.pitch)


def random_document(rng):
    """A document of any kind, one in twelve on a phone's screen."""
    kinds, weights = zip(*KINDS)
    flat = kinds[rng.choice(len(kinds), p=np.array(weights) / sum(weights))](rng)
    return on_phone(rng, flat) if rng.random() < 0.08 else flat
