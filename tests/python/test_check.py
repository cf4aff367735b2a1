"""The check before the exam, from Python."""

import json

import pytest

import invigil as inv


def test_a_check_without_devices_tells_of_the_computer(tmp_path):
    report = inv.SystemCheck(camera="none", microphone="none", disk=tmp_path, length=600, watch=1).run()
    items = {item.name: item for item in report.items}
    assert {"disk", "cpu", "processes", "power", "clock", "displays"} == items.keys()
    assert items["disk"].values["needed_bytes"] > 0 and items["disk"].trouble is None
    assert report.state in ("ok", "warn", "fail") and json.loads(report.to_json())["state"] == report.state
    assert all(bool(item.advice) == (item.state != "ok") for item in report.items)


def test_a_camera_that_is_not_there_is_an_item_not_an_exception():
    report = inv.SystemCheck(camera="/dev/video63", microphone="none", watch=1).run()
    camera = report.items[0]
    assert (camera.name, camera.state, camera.trouble) == ("camera", "fail", "absent") and "plug" in camera.advice


@pytest.mark.parametrize("wrong", [{"length": 0}, {"watch": 0.5}, {"upload": "ftp://example.org"}])
def test_values_out_of_range(wrong):
    with pytest.raises(inv.ArgumentError):
        inv.SystemCheck(**wrong)
