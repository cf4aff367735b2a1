"""invigil identify."""

import os
import pathlib
import struct
import subprocess
import sys

import pytest
from conftest import fails, need, ok, skip

HERE = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("INVIGIL_TEST_DATA") or pathlib.Path(__file__).resolve().parents[3] / "shared/data")


def size_of(path):
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return struct.unpack(">II", head[16:24])


@pytest.fixture(scope="session")
def shown(media):
    """2 s of a specimen page that is held still, in a drawn room."""
    try:
        import cv2
        import numpy as np
    except ImportError as e:
        skip(f"{e.name} is absent")
    page = DATA / "idcard/real/pe__100_pass-fin.png"
    if not page.exists():
        skip(f"{page} is missing")
    room = np.full((720, 1280, 3), 120, np.uint8)
    room[100:620, 300:1033] = cv2.resize(cv2.imread(str(page)), (733, 520), interpolation=cv2.INTER_AREA)
    still = media.clip.with_name("shown.png")
    cv2.imwrite(str(still), room)
    return media._make("shown.mp4", "-loop", "1", "-i", still, "-t", "2", "-r", "10", "-pix_fmt", "yuv420p")


def test_a_passport_is_identified_and_its_numbers_are_covered(folder, shown):
    result = ok("identify", "--input", shown, "--to", "id.png", "--json").json
    document = result["documents"][0]
    assert document["document"] == "passport"
    assert document["numbers_concealed"] is True
    assert document["mrz_checks_passed"] == document["mrz_checks"] == 5
    assert result["flag"]["flag"] == "identified" and result["flag"]["kind"] == "milestone"
    assert "XP8271602" not in str(result)
    width, height = size_of(folder / "id.png")
    assert width > height > 300
    cv2 = pytest.importorskip("cv2")
    still = cv2.imread(str(folder / "id.png"))
    page = still[:, : int(height * 125 / 88)]
    zone = page[int(height * 0.75):, :]
    assert int(zone.max()) - int(zone.min()) == 0


def test_no_number_is_legible_in_the_still(folder, shown):
    ok("identify", "--input", shown, "--to", "id.png")
    text = subprocess.run([need("tesseract"), folder / "id.png", "-", "--tessdata-dir", DATA / "idcard/tessdata", "-l", "ocrb", "--psm", "11"],
                          capture_output=True, text=True).stdout
    assert not any("XP8271602"[k:k + 4] in text for k in range(6))


def test_nothing_shown_is_said_and_leaves_no_file(kept, media):
    fails(1, "identify", "--input", media.clip, "--to", "id.png", says=["no document", "advice"])


@pytest.fixture(scope="session")
def cards(media):
    """Stills: a specimen passport, a drawn statement of registration."""
    if not (DATA / "idcard/real").exists():
        skip(f"{DATA / 'idcard/real'} is missing")
    cv2 = pytest.importorskip("cv2")
    np = pytest.importorskip("numpy")
    sys.path.insert(0, str(HERE / "benchmarks"))
    statements = pytest.importorskip("statements")
    folder = media.clip.parent

    def put(name, document, longest, size):
        zoom = longest / max(document.shape[:2])
        small = cv2.resize(document, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
        room = np.full((size[1], size[0], 3), 90, np.uint8)
        y, x = (size[1] - small.shape[0]) // 2, (size[0] - small.shape[1]) // 2
        room[y:y + small.shape[0], x:x + small.shape[1]] = small
        cv2.imwrite(str(folder / f"{name}.png"), room)

    put("passport", cv2.imread(str(DATA / "idcard/real/pe__100_pass-fin.png")), 760, (1280, 720))
    put("statement", statements.statement(np.random.default_rng(5)).image[..., ::-1], 1000, (1920, 1080))
    return folder


def test_stills_of_a_passport_and_a_statement_of_registration_are_one_step(folder, cards):
    result = ok("identify", "--input", cards / "passport.png", "--input", cards / "statement.png", "--document", "identity_document",
                "--document", "statement", "--to", "both.png", "--json").json
    assert [d["document"] for d in result["documents"]] == ["passport", "statement"]
    assert all(d["numbers_concealed"] for d in result["documents"])
    assert "passport" in result["flag"]["because"] and "statement of registration" in result["flag"]["because"]
    assert {s["what"] for s in result["documents"][1]["shown"]} <= {"name", "words"}
    covered = ok("identify", "--input", cards / "passport.png", "--to", "none.png", "--cover", "whole_document", "--json").json
    assert covered["documents"][0]["shown"] == []


def test_a_statement_alone_or_none_where_one_was_asked_for(kept, cards):
    fails(2, "identify", "--input", cards / "statement.png", "--document", "statement", "--to", "id.png", says="identity document")
    fails(1, "identify", "--input", cards / "passport.png", "--document", "identity_document", "--document", "statement", "--to", "id.png",
          says="statement of registration")


def test_what_is_no_film(kept):
    (kept.folder / "note.txt").write_text("not a film")
    kept.mark()
    fails(1, "identify", "--input", "note.txt", "--to", "id.png", says="note.txt")
    fails(1, "identify", "--input", "absent.mp4", "--to", "id.png", says="absent.mp4")
    fails(5, "identify", "--camera", "/dev/video99", "--to", "id.png", says="video99")
    fails(2, "identify", "--input", "note.txt", says="--to")
    fails(2, "identify", "--input", "note.txt", "--to", "id.png", "--document", "library_card", says="library_card")
    fails(2, "identify", "--input", "note.txt", "--to", "id.png", "--cover", "nothing", says="nothing")


def test_nothing_is_overwritten(kept, shown):
    (kept.folder / "id.png").write_text("precious")
    kept.mark()
    fails(1, "identify", "--input", shown, "--to", "id.png", says=["id.png", "exists already"])
