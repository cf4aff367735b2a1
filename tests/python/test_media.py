"""Pictures and sound as NumPy sees them."""

import numpy as np
import pytest

import invigil as inv


def redacted(rgb, time=0.0):
    stage = inv.KeepUnredacted()
    return (stage.process(inv.RawFrame(rgb, time=time)) + stage.finish())[0]


def test_rgb_survives_the_round_trip_through_yuv():
    rgb = np.zeros((48, 64, 3), np.uint8)
    rgb[:24] = (200, 30, 60)
    rgb[24:] = (10, 120, 240)
    back = redacted(rgb).rgb()
    assert back.shape == rgb.shape and back.dtype == np.uint8
    inner = np.r_[0:20, 28:48]  # chroma mixes at the edge
    assert np.abs(back[inner].astype(int) - rgb[inner]).max() <= 4


def test_planes_are_read_only_views_that_outlive_the_frame():
    frame = redacted(np.full((33, 65, 3), 255, np.uint8), time=1.5)
    y, u, v = frame.planes
    assert (y.shape, u.shape, v.shape) == ((33, 65), (17, 33), (17, 33))
    assert y.ctypes.data == frame.luma.ctypes.data  # no copy
    assert frame.time == 1.5
    del frame
    assert y[0, 0] == 235
    with pytest.raises(ValueError):
        y[0, 0] = 0


@pytest.mark.parametrize("shape", [(4,), (4, 4), (4, 4, 4), (0, 4, 3), (4, 20000, 3)])
def test_pictures_of_a_wrong_shape_are_refused(shape):
    with pytest.raises(inv.ArgumentError):
        inv.RawFrame(np.zeros(shape, np.uint8))


def test_pictures_of_a_wrong_type_are_refused():
    with pytest.raises(TypeError):
        inv.RawFrame(np.zeros((4, 4, 3), np.float32))


def test_raw_frames_show_no_pixels():
    raw = inv.RawFrame(np.zeros((4, 4, 3), np.uint8))
    assert not {"luma", "planes", "rgb", "image"} & set(dir(raw))


def test_sound_is_a_view():
    samples = np.linspace(-1, 1, 960, dtype=np.float32).reshape(2, 480)
    block = inv.AudioBlock(samples, time=0.25)
    assert len(block) == 480 and block.channels == 2 and block.time == 0.25
    assert block.duration == pytest.approx(0.01)
    assert np.array_equal(block.samples, samples)
    with pytest.raises(ValueError):
        block.samples[0, 0] = 0
    assert inv.AudioBlock.rate == 48000


def test_a_file_is_iterated(clip):
    file = inv.MediaFile(clip)
    assert file.info["width"] == 640 and file.info["has_audio"]
    frames = list(file.video())
    assert len(frames) == 120
    assert np.allclose(np.diff([f.time for f in frames]), 1 / 30, atol=1e-3)
    sound = np.concatenate([b.samples for b in inv.MediaFile(clip).audio()], axis=1)
    assert sound.shape[1] == pytest.approx(4 * 48000, abs=2048)
    assert np.abs(sound).max() > 0.05


def test_a_missing_file_is_an_oserror_that_names_it(tmp_path):
    with pytest.raises(OSError, match="nowhere.mp4") as caught:
        inv.MediaFile(tmp_path / "nowhere.mp4")
    assert isinstance(caught.value, inv.Error) and caught.value.code == "io"


def test_a_text_file_is_no_media(tmp_path):
    text = tmp_path / "notes.mp4"
    text.write_text("not a video\n" * 100)
    with pytest.raises(inv.Error):
        inv.MediaFile(text)
