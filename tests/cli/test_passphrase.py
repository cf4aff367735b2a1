"""Private keys that a passphrase protects: made, read from a file, asked for on a terminal."""

import os
import pty
import select
import time

import pytest
from conftest import APP, fails, need, ok, run

PASSWORD = "correct horse"


def on_a_terminal(arguments, answers, timeout=60, program=APP):
    """Runs a program with a terminal of its own; each prompt gets the next answer. Its exit status and all it
    showed."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(program, [program, *map(str, arguments)])
    shown, answered, end = b"", 0, time.monotonic() + timeout
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
            if shown.endswith(b": ") and answered < len(answers):
                os.write(terminal, answers[answered].encode() + b"\n")
                answered += 1
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert answered == len(answers), shown
    return status, shown.decode()


@pytest.fixture
def protected(folder):
    """A key that PASSWORD protects, and a recording for it."""
    (folder / "password").write_text(PASSWORD + "\n")
    recipient = ok("keygen", "-o", "staff.key", "--passphrase-file", "password").out.strip()
    assert "AGE-SECRET-KEY" not in (folder / "staff.key").read_text()
    return recipient


@pytest.fixture
def recording(protected, media):
    ok("record", "--input", media.sound, "--to", "exam.tar", "-r", protected)
    return "exam.tar"


def test_the_passphrase_from_a_file(folder, recording):
    ok("decrypt", recording, "-i", "staff.key", "--passphrase-file", "password", "-o", "out.mp4")
    assert (folder / "out.mp4").stat().st_size > 1000
    ok("score", recording, "-i", "staff.key", "--passphrase-file", "password", "--json")
    (folder / "wrong").write_text("battery staple\n")
    result = fails(4, "decrypt", recording, "-i", "staff.key", "--passphrase-file", "wrong", "-o", "x.mp4",
                   says=["staff.key", "passphrase is wrong"])
    assert "battery" not in result.err and not (folder / "x.mp4").exists()
    (folder / "empty").write_text("\n")
    fails(2, "decrypt", recording, "-i", "staff.key", "--passphrase-file", "empty", "-o", "x.mp4", says="empty")
    fails(1, "decrypt", recording, "-i", "staff.key", "--passphrase-file", "absent", "-o", "x.mp4", says="absent")


def test_the_passphrase_from_the_terminal(folder, recording):
    decrypt = ["decrypt", recording, "-i", "staff.key", "-o"]
    status, shown = on_a_terminal([*decrypt, "out.mp4"], [PASSWORD])
    assert status == 0 and PASSWORD not in shown and "staff.key" in shown
    assert (folder / "out.mp4").stat().st_size > 1000
    status, shown = on_a_terminal([*decrypt, "x.mp4"], ["battery staple"])
    assert status == 4 and "battery" not in shown and not (folder / "x.mp4").exists()
    assert on_a_terminal([*decrypt, "x.mp4"], [""])[0] == 4


def test_without_a_terminal_it_says_what_to_give(recording):
    result = run("decrypt", recording, "-i", "staff.key", "-o", "x.mp4", command=("setsid", "--wait", APP))
    assert result.status == 4 and "--passphrase-file" in result.err


def test_keygen_asks_twice(folder):
    status, shown = on_a_terminal(["keygen", "--passphrase", "-o", "k"], [PASSWORD, PASSWORD])
    assert status == 0 and "age1" in shown and PASSWORD not in shown
    assert (folder / "k").read_text().startswith("-----BEGIN AGE ENCRYPTED FILE-----")
    assert (folder / "k").stat().st_mode & 0o777 == 0o600
    status, _ = on_a_terminal(["keygen", "--passphrase", "-o", "other"], [PASSWORD, "battery staple"])
    assert status == 2 and not (folder / "other").exists()


def test_a_key_that_age_protected(folder, media):
    age = need("age")
    recipient = ok("keygen", "-o", "plain.key").out.strip()
    assert on_a_terminal(["-p", "-o", "staff.key", "plain.key"], [PASSWORD, PASSWORD], program=age)[0] == 0
    ok("record", "--input", media.sound, "--to", "exam.tar", "-r", recipient)
    (folder / "password").write_text(PASSWORD)
    ok("decrypt", "exam.tar", "-i", "staff.key", "--passphrase-file", "password", "-o", "out.mp4")
