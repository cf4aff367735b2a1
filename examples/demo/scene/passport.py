"""A specimen passport of Utopia (ICAO Doc 9303-4, TD3): the data page with its machine-readable zone.

The holder and the numbers are those of ICAO's own specimen, so that nobody's document is shown.
"""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT_OCR_B = "/usr/share/fonts/opentype/ocr-b/OCRB.otf"
MM = 8  # pixels a millimetre
PAGE = (125, 88)  # millimetres, ICAO Doc 9303-4
NUMBER, NATION, BIRTH, EXPIRY, PERSONAL = "L898902C3", "UTO", "740812", "270415", "ZE184226B"


def check_digit(text):
    """ICAO Doc 9303-3, 4.9: weights 7, 3, 1; A-Z count 10-35, the filler 0."""
    values = [int(c) if c.isdigit() else 0 if c == "<" else ord(c) - ord("A") + 10 for c in text]
    return str(sum(v * (7, 3, 1)[i % 3] for i, v in enumerate(values)) % 10)


def machine_readable_zone():
    """The two lines of 44 characters."""
    upper = "P<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<")
    number = NUMBER + check_digit(NUMBER)
    birth, expiry = BIRTH + check_digit(BIRTH), EXPIRY + check_digit(EXPIRY)
    personal = PERSONAL.ljust(14, "<")
    personal += check_digit(personal)
    total = check_digit(number + birth + expiry + personal)
    return upper, number + NATION + birth + "F" + expiry + personal + total


# What must never be readable in a recording, as boxes in millimetres: left, top, right, bottom.
SECRET = {"document_number": (96, 8.5, 120.5, 14), "bsn": (84, 50, 112, 55), "mrz": (4, 66, 121, 84)}
# The printed page: label, text, left and baseline in millimetres.
PRINTED = [("Type", "P", 40, 13), ("Code", "UTO", 60, 13), ("Passport No.", NUMBER, 97, 13),
           ("Surname", "ERIKSSON", 40, 22), ("Given names", "ANNA MARIA", 40, 31),
           ("Nationality", "UTOPIAN", 40, 40), ("Date of birth", "12 AUG 1974", 84, 40),
           ("Sex", "F", 40, 54), ("Personal No.", PERSONAL, 84, 54), ("Date of expiry", "15 APR 2027", 84, 62)]


def guilloche(width, height):
    """The fine waves behind the print."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    wave = np.sin(down / 5.0 + 6 * np.sin(across / 71.0)) + np.sin(across / 7.0 + 5 * np.sin(down / 53.0))
    tone = np.clip(wave[..., None] * 5, -9, 9)
    return np.clip(np.array((214, 224, 226)) + tone * np.array((1.0, 0.8, 0.4)), 0, 255).astype(np.uint8)


def printed_portrait(page, portrait):
    """The holder's picture at the left, 33 x 42 mm, as a passport office prints it."""
    face = cv2.resize(portrait[10:222, 144:310], (33 * MM, 42 * MM), interpolation=cv2.INTER_CUBIC)
    pale = cv2.addWeighted(face, 0.82, np.full_like(face, 225), 0.18, 0)
    page[15 * MM:57 * MM, 4 * MM:37 * MM] = pale


def data_page(portrait):
    """The page as a BGR picture of 8 pixels a millimetre."""
    width, height = PAGE[0] * MM, PAGE[1] * MM
    page = guilloche(width, height)
    printed_portrait(page, portrait)
    picture = Image.fromarray(page)
    draw = ImageDraw.Draw(picture)
    draw.text((4 * MM, 3 * MM), "UTOPIA  PASSPORT / PASSEPORT", (90, 40, 30), ImageFont.truetype(FONT_OCR_B, 30))
    label, text = ImageFont.truetype(FONT_OCR_B, 15), ImageFont.truetype(FONT_OCR_B, 29)
    for name, value, left, baseline in PRINTED:
        draw.text((left * MM, (baseline - 5.2) * MM), name, (120, 96, 80), label)
        draw.text((left * MM, baseline * MM), value, (36, 30, 28), text, anchor="ls")
    draw.text((60 * MM, 59 * MM), "SPECIMEN", (40, 40, 190), ImageFont.truetype(FONT_OCR_B, 44), anchor="mm")
    machine_print(draw)
    return np.array(picture)


def machine_print(draw):
    """OCR-B size 1: a pitch of 2.54 mm, lines 6.35 mm apart, the first character 6 mm from the left."""
    font = ImageFont.truetype(FONT_OCR_B, 33)
    for line, text in enumerate(machine_readable_zone()):
        for column, character in enumerate(text):
            draw.text(((6 + 2.54 * column) * MM, (73.0 + 6.35 * line) * MM), character, (20, 16, 16), font, anchor="ls")


def corners(box):
    left, top, right, bottom = box
    return np.float32([[left, top], [right, top], [right, bottom], [left, bottom]]) * MM
