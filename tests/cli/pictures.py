"""Pictures of a document in every form in which they come, for the tests of `invigil redact`."""

import io
import os
import pathlib
import struct
import sys

import pytest
from conftest import skip

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/redaction"))


def modules():
    """cv2, numpy, PIL.Image and the drawing of documents; skips where one is absent."""
    try:
        import cv2
        import drawing
        import numpy
        from PIL import Image
        if not os.path.exists(drawing.OCR_B):
            skip("the font OCR-B is absent")
        import documents
        return cv2, numpy, Image, documents
    except ImportError as e:
        skip(f"{e.name} is absent")


def exif(orientation, thumbnail):
    """An EXIF block, little endian: the orientation, and a JPEG thumbnail of the picture."""
    first = struct.pack("<HHHII", 1, 0x0112, 3, 1, orientation)
    second_at = 8 + len(first) + 4
    thumbnail_at = second_at + 2 + 3 * 12 + 4
    second = struct.pack("<H", 3) + struct.pack("<HHII", 0x0103, 3, 1, 6) + struct.pack("<HHII", 0x0201, 4, 1, thumbnail_at) + \
        struct.pack("<HHII", 0x0202, 4, 1, len(thumbnail)) + struct.pack("<I", 0)
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + first + struct.pack("<I", second_at) + second + thumbnail


class Pictures:
    """A passport page in a plain scene of 1280 x 960; `zone` is where its machine readable zone lies."""

    def __init__(self, folder):
        self.cv2, self.np, self.Image, documents = modules()
        self.folder = folder
        flat = documents.passport(self.np.random.default_rng([3, 3]))
        scale = 420 / flat.image.shape[1]
        page = self.cv2.resize(flat.image, None, fx=scale, fy=scale, interpolation=self.cv2.INTER_AREA)
        self.scene = self.np.full((960, 1280, 3), 120, self.np.uint8)
        self.scene += self.np.random.default_rng(1).integers(0, 6, self.scene.shape).astype(self.np.uint8)
        x, y = (1280 - page.shape[1]) // 2, (960 - page.shape[0]) // 2
        self.scene[y:y + page.shape[0], x:x + page.shape[1]] = page
        box = next(b for kind, b in flat.fields if kind == "mrz")
        self.zone = [int(v * scale) + at for v, at in zip(box, (x, y, x, y))]
        self.image = self.Image.fromarray(self.scene)

    def save(self, name, image=None, **options):
        path = self.folder / name
        (image or self.image).save(path, **options)
        return path

    def array(self, name, array):
        """Written by OpenCV: 16 bits, floating point."""
        path = self.folder / name
        assert self.cv2.imwrite(str(path), array)
        return path

    def turned(self, name, mode="RGB", **options):
        """Stored a quarter turned, with the orientation that turns it upright, and a thumbnail that shows the document."""
        small, thumbnail = self.image.copy(), io.BytesIO()
        small.thumbnail((320, 240))
        small.save(thumbnail, "JPEG")
        stored = self.image.rotate(90, expand=True).convert(mode)
        return self.save(name, stored, exif=exif(6, thumbnail.getvalue()), **options)

    def read(self, path):
        """Samples as stored, RGB or grey, 8 bits."""
        with self.Image.open(path) as image:
            image.load()
            return self.np.asarray(image.convert("RGB"))

    def hidden(self, path):
        """Whether the machine readable zone of an upright output is one colour."""
        x0, y0, x1, y1 = self.zone
        part = self.read(path)[y0:y1, x0:x1].astype(int)
        return part.max() - part.min() <= 12  # JPEG ripples


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    return Pictures(tmp_path_factory.mktemp("pictures"))


def middle(quads):
    """Of all that is covered on a document: there are several quads where something is shown between them."""
    places = [[p[k] for quad in quads for p in quad["points"]] for k in (0, 1)]
    return [(min(place) + max(place)) / 2 for place in places]
