"""Ctrl-C, SIGTERM, kill -9, and the progress line."""

import os
import pty
import signal
import subprocess
import time

import pytest
from conftest import APP, counted, decrypted, listing, ok, run


def start(*arguments, **options):
    return subprocess.Popen([APP, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=options.pop("stderr", subprocess.PIPE), **options)


def wait_for_size(path, size, process, limit=60):
    end = time.monotonic() + limit
    while not path.exists() or path.stat().st_size < size:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "nothing was written"
        time.sleep(0.05)


@pytest.fixture
def running(folder, media, key):
    """A recording under way, in real time."""
    process = start("record", "--input", media.long, "--realtime", "--to", "r.tar", "-r", key.recipient)
    wait_for_size(folder / "r.tar", 60_000, process)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_it_cleanly(folder, running, key, number):
    running.send_signal(number)
    assert running.wait(20) == 0
    assert ok("verify", "r.tar", "--json").json["state"] == "whole"
    assert 25 <= counted(decrypted("r.tar", key), "v") < 1500


def test_a_killed_recording_keeps_what_was_written(folder, running, key):
    running.kill()
    running.wait(20)
    assert run("verify", "r.tar", "--json").json["state"] == "unterminated"
    assert counted(decrypted("r.tar", key, status=3), "v") >= 25


def test_the_second_signal_ends_at_once(folder, media, key):
    """A source that gives nothing and never ends keeps the first signal busy; the second must not wait."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    process = start("record", "--input", pipe, "--to", "r.tar", "-r", key.recipient)
    writer = os.open(pipe, os.O_WRONLY)  # held open, silent
    try:
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        assert process.wait(5) in (0, 1, -signal.SIGINT)
    finally:
        os.close(writer)
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("command", ["redact", "score"])
def test_an_interrupted_job_leaves_nothing(folder, media, command):
    words = ["redact", media.long, "out.mp4"] if command == "redact" else ["score", media.long, "--flags", "f.jsonl"]
    process = start(*words)
    time.sleep(1.0)
    assert process.poll() is None, "the job was over before it could be interrupted"
    process.send_signal(signal.SIGINT)
    assert process.wait(20) != 0
    process.communicate()
    assert listing(folder) == {}


def test_progress_is_one_line_on_a_terminal_only(folder, media, key):
    master, slave = pty.openpty()
    process = start("record", "--input", media.long, "--realtime", "--for", "3s", "--to", "r.tar", "-r", key.recipient,
                    stderr=slave)
    os.close(slave)
    text = b""
    while True:
        try:
            data = os.read(master, 4096)
        except OSError:
            break
        if not data:
            break
        text += data
    process.communicate()
    os.close(master)
    assert process.returncode == 0
    shown = text.decode()
    assert "fps" in shown and "\r" in shown and "free" in shown
    assert ok("record", "--input", media.clip, "--to", "r2.tar", "-r", key.recipient).err.count("fps") == 0
