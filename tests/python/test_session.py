"""Graphs from Python: threads, the GIL, failures, Ctrl-C."""

import os
import signal
import threading
import time

import numpy as np
import pytest

import invigil as inv

EVENTS = [inv.PlatformEvent(i / 10, "paste") for i in range(20)]


def test_items_are_collected_in_order():
    session = inv.Session()
    events = session.add(EVENTS).collect()
    session.run()
    assert len(events) == 20
    assert [e.time for e in events] == [e.time for e in EVENTS]
    assert events[-1].event == "paste" and len(events[2:4]) == 2


def test_merge_is_in_order_of_time():
    session = inv.Session()
    late = [inv.PlatformEvent(i / 10 + 0.05, "copy") for i in range(20)]
    merged = session.add(EVENTS).merge(session.add(late)).collect()
    session.run()
    times = [e.time for e in merged]
    assert len(times) == 40 and times == sorted(times)


def test_run_stops_at_the_media_time():
    session = inv.Session()
    events = session.add(EVENTS).collect()
    session.run(seconds=1.0)
    assert len(events) == 10


def test_a_function_is_called_for_every_item_while_others_wait_for_the_gil():
    session = inv.Session()
    seen = []
    stream = session.add(inv.test_video("testsrc2=size=64x48:rate=30:duration=2")).via(inv.KeepUnredacted())
    stream.each(lambda frame: seen.append(frame.luma.mean()))
    stream.buffered(2).each(lambda frame: seen.append(frame.index))
    session.run()
    assert len(seen) == 120


def test_an_exception_of_a_callback_ends_the_session_and_arrives():
    session = inv.Session()

    def fail(event):
        raise KeyError(event.event)

    session.add(EVENTS).each(fail)
    with pytest.raises(KeyError, match="paste"):
        session.run()


def test_a_dropping_buffer_counts():
    session = inv.Session()
    seen = []

    def slow(event):
        time.sleep(0.002)
        seen.append(event)

    session.add(EVENTS * 10).buffered(1, inv.WhenFull.drop_oldest).each(slow)
    session.run()
    statistics = session.statistics
    assert statistics[0]["items"] == 200
    assert len(seen) + sum(w["dropped"] for w in statistics) == 200


def test_a_source_belongs_to_one_session():
    source = inv.test_audio("sine=duration=0.1")
    inv.Session().add(source)
    with pytest.raises(inv.ClosedError, match="belongs to a session"):
        inv.Session().add(source)


def test_a_session_runs_once():
    session = inv.Session()
    session.run()
    with pytest.raises(inv.ClosedError):
        session.run()


def test_stop_from_another_thread():
    session = inv.Session()
    stream = session.add(inv.test_audio("sine=frequency=440"))  # endless
    stream.each(lambda block: None)
    threading.Timer(0.2, session.stop).start()
    session.run()


def test_ctrl_c_ends_a_session_cleanly():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored
    session = inv.Session()
    blocks = []
    session.add(inv.test_audio("sine=frequency=440")).each(lambda block: blocks.append(len(block)))
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        session.run()
    assert blocks


def test_a_raw_stream_ends_in_no_sink():
    stream = inv.Session().add([inv.RawFrame(np.zeros((4, 4, 3), np.uint8))])
    assert not {"to", "collect", "each"} & set(dir(stream))
    with pytest.raises(TypeError):
        stream.via(inv.FindFaces())


def test_a_camera_tells_what_became_of_it_while_a_session_has_it(monkeypatch):
    monkeypatch.setenv("INVIGIL_TEST_SOURCES", "1")
    try:
        camera = inv.Camera(width=64, height=48, rate=20)
    except inv.Error:
        pytest.skip("this build plays no devices")
    session = inv.Session()
    told, statistics = camera.flags, lambda: camera.statistics
    frames = session.add(camera).via(inv.KeepUnredacted()).collect()
    flags = session.add(told).collect()
    session.run(seconds=0.5)
    assert len(frames) == 10 and list(flags) == []
    assert statistics()["delivered"] >= 10 and statistics()["lost_by_driver"] == 0 and statistics()["present"]


def test_a_microphone_tells_what_became_of_it_while_a_session_has_it(monkeypatch):
    monkeypatch.setenv("INVIGIL_TEST_SOURCES", "1")
    try:
        microphone = inv.Microphone(longest_absence=10)
    except inv.Error:
        pytest.skip("this build plays no devices")
    session = inv.Session()
    told = microphone.flags
    blocks = session.add(microphone).collect()
    flags = session.add(told).collect()
    session.run(seconds=0.5)
    assert len(blocks) >= 20 and list(flags) == []
    assert microphone.statistics["delivered"] >= 20 and microphone.statistics["present"]


def test_devices_are_watched():
    watch = inv.DeviceWatch()
    assert watch.next(timeout=0) == inv.devices()
    assert watch.next(timeout=0.3) is None


def test_why_a_device_cannot_be_had_is_told_apart():
    with pytest.raises(inv.DeviceError) as caught:
        inv.Camera(device="/dev/video63")
    assert caught.value.trouble == "absent" and caught.value.code == "device"
