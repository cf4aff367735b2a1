"""The identity step from Python."""

import numpy as np
import pytest

import invigil as inv


def frames(picture, count=15, rate=10):
    return [inv.RawFrame(picture, time=k / rate, index=k) for k in range(count)]


def test_a_specimen_is_identified(test_data):
    cv2 = pytest.importorskip("cv2")
    page = cv2.imread(str(test_data / "idcard/real/pe__100_pass-fin.png"))
    room = np.full((720, 1280, 3), 120, np.uint8)
    room[100:620, 300:1033] = cv2.cvtColor(cv2.resize(page, (733, 520), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    events = inv.Identify().run(frames(room, 20))
    seen = events[-1].identified
    assert events[-1].guidance == "done" and seen is not None
    document = seen.documents[0]
    assert (document.type, document.mrz_checks_passed, document.mrz_checks) == ("passport", 5, 5)
    assert document.numbers_concealed
    height, width, _ = document.still.shape
    assert (document.still[int(height * 0.75):] == 60).all()  # the zone
    assert (document.still[: int(height * 0.12), int(width * 0.6):] == 60).all()  # the number
    assert {what for what, _ in document.shown} <= {"portrait", "name"} and document.shown
    for _, (x, y, w, h) in document.shown:
        assert 0 <= x and x + w <= width and 0 <= y and y + h <= height
    assert abs(document.corners[0][0] - 300) < 12 and abs(document.corners[0][1] - 100) < 12
    assert seen.milestone.what == "identified"
    assert seen.sheet.shape[0] >= height
    assert document.same_person is None or 0 <= document.same_person <= 1
    assert seen.second_look and seen.compared_by


def test_nothing_shown():
    events = inv.Identify().run(frames(np.full((360, 640, 3), 90, np.uint8)))
    assert [e.identified for e in events] == [None] * len(events)
    assert events[0].guidance == "show_document"
    assert events[0].advice.startswith("Hold your document")


def test_bad_values():
    with pytest.raises(inv.ArgumentError, match="documents"):
        inv.Identify(documents=[])
    with pytest.raises(inv.ArgumentError, match="library_card"):
        inv.Identify(documents=["library_card"])
    with pytest.raises(inv.ArgumentError, match="identity document"):
        inv.Identify(documents=["statement"])
    with pytest.raises(inv.ArgumentError, match="cover"):
        inv.Identify(cover="nothing")
    with pytest.raises(inv.ArgumentError, match="settle"):
        inv.Identify(settle=60)
