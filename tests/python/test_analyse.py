"""Session.analyse with a portrait of the candidate."""

import subprocess

import invigil as inv
import pytest


@pytest.fixture(scope="module")
def film(test_data, tmp_path_factory):
    """Six seconds of a woman who sways: a photograph under a camera that moves."""
    path = tmp_path_factory.mktemp("film") / "sways.mp4"
    sway = "scale=640:-2,crop=480:480:x='80+60*sin(2*t)':y='40+30*sin(3*t)',noise=alls=6:allf=t"
    subprocess.run(["ffmpeg", "-v", "error", "-loop", "1", "-framerate", "15", "-t", "6", "-i",
                    str(test_data / "idcard/templates/docx__photos_woman_1.jpg"), "-vf", sway, "-pix_fmt", "yuv420p", str(path)], check=True)
    return path


def first_frame(path):
    session = inv.Session()
    frames = session.add(inv.MediaFile(str(path)).video()).via(inv.KeepUnredacted()).collect()
    session.run()
    return frames[0]


def flags(path, portrait):
    session = inv.Session()
    frames = session.add(inv.MediaFile(str(path)).video()).via(inv.KeepUnredacted())
    found = session.analyse(frames, portrait=portrait).flags.collect()
    session.run()
    return [flag.what for flag in found]


def test_who_is_not_in_the_portrait_is_another_person(test_data, film):
    assert "other_person" in flags(film, first_frame(test_data / "idcard/templates/docx__photos_man_1.jpg"))
    assert "other_person" not in flags(film, first_frame(film))
