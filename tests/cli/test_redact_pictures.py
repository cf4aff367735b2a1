"""invigil redact on pictures as they come from phones, scanners and the web: right results, or clear errors and no output."""

import json

import pytest
from conftest import fails, ok, run, skip
from pictures import middle, pictures  # noqa: F401

ENDINGS = ["png", "jpg", "tiff", "bmp", "webp"]


def regions(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def assert_no_metadata(path):
    """Neither EXIF (with its thumbnail of the unredacted picture) nor another second picture."""
    data = path.read_bytes()
    assert b"Exif" not in data and b"eXIf" not in data and b"EXIF" not in data and b"http://ns.adobe.com" not in data
    assert data.count(b"\xff\xd8\xff") <= 1  # one JPEG at most


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_is_covered(folder, pictures, ending):  # noqa: F811
    out = folder / f"out.{ending}"
    ok("redact", pictures.save("in.png"), out)
    assert pictures.hidden(out)
    assert_no_metadata(out)


@pytest.mark.parametrize("name,mode", [("grey.png", "L"), ("grey.jpg", "L"), ("cmyk.jpg", "CMYK"), ("palette.png", "P"), ("bits.png", "1"),
                                       ("grey_alpha.png", "LA")])
def test_every_kind_of_samples_is_covered(folder, pictures, name, mode):  # noqa: F811
    out = folder / name
    ok("redact", pictures.save(name, pictures.image.convert(mode)), out)
    assert pictures.read(out).shape == (960, 1280, 3) and pictures.hidden(out)


@pytest.mark.parametrize("name", ["deep.png", "deep.tiff"])
def test_sixteen_bits_stay_and_are_covered(folder, pictures, name):  # noqa: F811
    np, cv2 = pictures.np, pictures.cv2
    noise = np.random.default_rng(2).integers(0, 256, pictures.scene.shape).astype(np.uint16)
    deep = pictures.scene[..., ::-1].astype(np.uint16) * 256 + noise
    ok("redact", pictures.array(name, deep), folder / name)
    out = cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED)
    x0, y0, x1, y1 = pictures.zone
    assert out.dtype == np.uint16 and out[y0:y1, x0:x1].max() == out[y0:y1, x0:x1].min()
    assert np.array_equal(out[:20], deep[:20])


def test_transparency_does_not_hide_and_is_kept(folder, pictures):  # noqa: F811
    np = pictures.np
    clear = pictures.image.convert("RGBA")
    clear.putalpha(40)
    ok("redact", pictures.save("clear.png", clear), "out.png")
    out = np.asarray(pictures.Image.open("out.png"))
    x0, y0, x1, y1 = pictures.zone
    assert out.shape[2] == 4 and (out[y0:y1, x0:x1, 3] == 255).all() and np.ptp(out[y0:y1, x0:x1, 0]) == 0
    assert (out[:20, :, 3] == 40).all()


@pytest.mark.parametrize("name,mode,options", [("turned.jpg", "RGB", {"quality": 95}), ("turned.png", "RGB", {}), ("alpha.png", "RGBA", {})])
def test_a_turned_picture_is_turned_once_and_its_thumbnail_is_gone(folder, pictures, name, mode, options):  # noqa: F811
    source = pictures.turned(name, mode, **options)
    assert b"\xff\xd8\xff" in source.read_bytes()[2:]  # the thumbnail is there
    ok("redact", source, name, "--regions", "r.jsonl")
    out = folder / name
    assert pictures.read(out).shape == (960, 1280, 3)
    assert pictures.hidden(out)
    assert_no_metadata(out)
    x, y = middle(regions(folder / "r.jsonl")[0]["quads"])
    assert abs(x - 640) < 160 and abs(y - 480) < 120  # in turned coordinates


def test_corrupt_exif_is_no_obstacle(folder, pictures):  # noqa: F811
    data = bytearray(pictures.turned("turned.jpg", quality=95).read_bytes())
    at = data.index(b"II*\0")
    data[at + 4:at + 8] = b"\xff\xff\xff\x7f"  # where the first directory is said to be
    (folder / "in.jpg").write_bytes(data)
    ok("redact", "in.jpg", "out.jpg", "--regions", "r.jsonl")
    assert regions(folder / "r.jsonl")
    assert_no_metadata(folder / "out.jpg")


@pytest.mark.parametrize("name", ["dot.png", "dot.jpg"])
def test_one_pixel(folder, pictures, name):  # noqa: F811
    ok("redact", pictures.save(name, pictures.Image.new("RGB", (1, 1), (9, 9, 9))), name)
    assert pictures.read(folder / name).shape == (1, 1, 3)


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_empty_file(kept, ending):
    (kept.folder / f"in.{ending}").write_bytes(b"")
    kept.mark()
    fails(1, "redact", f"in.{ending}", "out.png", "--regions", "r.jsonl", says=[f"in.{ending}", "is empty"])


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.98])
def test_a_cut_picture_leaves_nothing(kept, pictures, ending, share):  # noqa: F811
    data = pictures.save(f"whole.{ending}", **({"lossless": True} if ending == "webp" else {})).read_bytes()
    (kept.folder / f"in.{ending}").write_bytes(data[:int(len(data) * share)])
    kept.mark()
    result = run("redact", f"in.{ending}", f"out.{ending}", "--regions", "r.jsonl")
    assert result.status == 3 if ending == "jpg" and share > 0.1 else result.status in (1, 3)
    assert f"in.{ending}" in result.err and not result.out


def test_a_cut_jpeg_whose_thumbnail_is_whole(kept, pictures):  # noqa: F811
    data = pictures.turned("turned.jpg", quality=95).read_bytes()
    (kept.folder / "in.jpg").write_bytes(data[:-2000])
    kept.mark()
    fails(3, "redact", "in.jpg", "out.jpg", says=["in.jpg", "ends before it should"])


def test_a_progressive_jpeg_is_whole(folder, pictures):  # noqa: F811
    ok("redact", pictures.save("progressive.jpg", progressive=True, quality=95), "out.jpg")
    assert pictures.hidden(folder / "out.jpg")


def test_pages_are_not_dropped_silently(kept, pictures):  # noqa: F811
    pages = pictures.save("pages.tiff", save_all=True, append_images=[pictures.image.rotate(180)])
    kept.mark()
    fails(1, "redact", pages, "out.tiff", "--regions", "r.jsonl", says=["pages.tiff", "2 pages"])


@pytest.mark.parametrize("ending", ["gif", "png", "webp"])
def test_an_animation_is_no_still(kept, pictures, ending):  # noqa: F811
    blank = pictures.Image.new("RGB", pictures.image.size, (120, 120, 120))
    source = pictures.save(f"moving.{ending}", blank, save_all=True, append_images=[pictures.image] * 2, duration=100)
    kept.mark()
    for out in ("out.png", f"out.{ending}"):
        fails(1, "redact", source, out, "--regions", "r.jsonl")


def test_a_gif_of_one_picture_is_refused(kept, pictures):  # noqa: F811
    source = pictures.save("one.gif")
    kept.mark()
    fails(1, "redact", source, "out.png", says=["one.gif", "GIF"])


def test_floating_point_samples_are_refused(kept, pictures):  # noqa: F811
    source = pictures.array("float.tiff", pictures.scene.astype(pictures.np.float32))
    kept.mark()
    fails(1, "redact", source, "out.tiff", says="float.tiff")


def test_a_picture_that_is_too_wide(kept, pictures):  # noqa: F811
    source = pictures.save("wide.png", pictures.Image.new("L", (20000, 10)))
    kept.mark()
    fails(1, "redact", source, "out.png", says=["wide.png", "20000x10"])


def test_a_picture_of_100_megapixels(folder, pictures):  # noqa: F811
    np = pictures.np
    large = np.full((10000, 10000, 3), 120, np.uint8)
    large[3000:6840, 2000:7120] = pictures.cv2.resize(pictures.scene, (5120, 3840))
    source = pictures.array("large.jpg", large[..., ::-1])
    del large
    ok("redact", source, "out.jpg", timeout=200)
    out = pictures.cv2.imread("out.jpg")
    x0, y0, x1, y1 = (4 * v for v in pictures.zone)
    assert out.shape == (10000, 10000, 3) and np.ptp(out[3000 + y0:3000 + y1:7, 2000 + x0:2000 + x1:7].astype(int)) <= 12


def test_no_place_to_write(kept, pictures):  # noqa: F811
    source = pictures.save("in.png")
    kept.mark()
    fails(1, "redact", source, "nowhere/out.png", says="nowhere/out.png")
    fails(1, "redact", source, "/proc/out.png", says="/proc/out.png")


def test_a_full_disk(folder, pictures):  # noqa: F811
    import subprocess
    place = folder / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", place], capture_output=True).returncode != 0:
        skip("a small tmpfs cannot be mounted")
    try:
        fails(1, "redact", pictures.save("in.png"), place / "out.png", says=["out.png", "No space left"])
        assert not list(place.iterdir())
    finally:
        subprocess.run(["umount", "-l", place], check=True)
