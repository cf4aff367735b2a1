"""The spool with transports written in Python, and the upload example against a real server that misbehaves."""

import http.client
import io
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest

import invigil as inv

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "upload"
sys.path.insert(0, str(EXAMPLE))
import server as tus  # noqa: E402
import upload  # noqa: E402

QUICK = {"first_wait": 0.005, "longest_wait": 0.05, "drain": 60.0}


@pytest.fixture(scope="module")
def identity():
    return inv.Identity.generate()


class Memory:
    """A transport into memory; `faults` maps the number of a call to what it raises."""

    name = "memory"

    def __init__(self, faults=()):
        self.data, self.calls, self.faults, self.finished = bytearray(), 0, dict(faults), None

    def _count(self):
        self.calls += 1
        if self.calls in self.faults:
            raise self.faults[self.calls]

    def acknowledged(self):
        self._count()
        return len(self.data)

    def send(self, offset, data):
        self._count()
        assert offset == len(self.data) and isinstance(data, bytes)
        self.data += data
        return len(self.data)

    def finish(self, size):
        self.finished = size


def test_everything_arrives(tmp_path):
    memory = Memory()
    with inv.Spool(tmp_path / "spool", memory) as spool:
        for i in range(20):
            assert spool.write(bytes([i]) * 1000) == 1000
            spool.flush()
    assert bytes(memory.data) == b"".join(bytes([i]) * 1000 for i in range(20))
    assert memory.finished == 20_000 and not (tmp_path / "spool").exists()
    assert spool.statistics["acknowledged"] == 20_000 and not spool.statistics["given_up"]


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), TimeoutError("slow"), EOFError(),
                                   http.client.RemoteDisconnected("closed"), inv.TryLater("busy", 0.01)])
def test_what_may_pass_is_tried_again(tmp_path, error):
    memory = Memory({1: error, 3: error, 4: error})
    with inv.Spool(tmp_path / "spool", memory, **QUICK) as spool:
        spool.write(b"x" * 5000)
    assert bytes(memory.data) == b"x" * 5000
    assert spool.statistics["failures"] == 3 and spool.statistics["last_failure"] == ""


@pytest.mark.parametrize("answer", ["7", None, -1, 2.5])
def test_answers_that_are_no_count_end_the_sending(tmp_path, answer):
    class Odd(Memory):
        def send(self, offset, data):
            return answer

    spool = inv.Spool(tmp_path / "spool", Odd(), **QUICK)
    spool.write(b"abc")
    with pytest.raises(inv.IoError, match="3 of 3 bytes are not acknowledged .*how many bytes"):
        spool.close()


def test_any_other_exception_ends_the_sending_and_says_so(tmp_path):
    spool = inv.Spool(tmp_path / "spool", Memory({1: RuntimeError("401 who are you")}), **QUICK)
    spool.write(b"abc")
    with pytest.raises(inv.IoError, match="401 who are you"):
        spool.close()
    assert spool.statistics["given_up"]
    del spool
    memory = Memory()
    inv.Spool.resume(tmp_path / "spool", memory).close()
    assert bytes(memory.data) == b"abc"


def test_what_cannot_be_a_transport(tmp_path):
    with pytest.raises(TypeError, match="acknowledged"):
        inv.Spool(tmp_path / "spool", object())
    with pytest.raises(inv.ArgumentError, match="most_stored"):
        inv.Spool(tmp_path / "spool", Memory(), most_stored=5)


def test_a_spool_is_dropped_while_its_transport_is_busy(tmp_path):
    """The destructor joins a thread that needs the GIL."""
    entered = threading.Event()

    class Busy(Memory):
        def acknowledged(self):
            entered.set()
            time.sleep(0.2)
            return super().acknowledged()

    spool = inv.Spool(tmp_path / "spool", Busy())
    spool.write(b"abc")
    spool.flush()
    assert entered.wait(10)
    del spool
    assert (tmp_path / "spool").exists()


# ---- the example, over HTTP


class Misbehaving(tus.Handler):
    """Does as `server.script` says, one word a request that appends."""

    def take(self, upload, size):
        act = self.server.script.pop(0) if self.server.script else "ok"
        self.server.ranges.append((upload.offset, size, act))
        if act == "drop":
            raise ConnectionError
        if act in ("500", "503"):
            raise tus.Refused(int(act), **({"Retry_After": "0"} if act == "503" else {}))
        if act == "half":
            super().take(upload, size // 2)
            raise ConnectionError
        super().take(upload, size)
        if act == "lost":
            raise ConnectionError


class Tee:
    """The same bytes to a local file and to a spool."""

    def __init__(self, path, spool):
        self.file, self.spool = open(path, "wb"), spool

    def write(self, data):
        self.file.write(data)
        return self.spool.write(data)

    def flush(self):
        self.file.flush()
        self.spool.flush()


@pytest.fixture
def start(tmp_path):
    """Starts servers on one folder; a port may be given again."""
    running = []

    def go(port=0, script=()):
        made = tus.Server(tmp_path / "received", port, Misbehaving)
        made.script, made.ranges = list(script), []
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        running.append(made)
        return made

    def end(made):
        made.shutdown()
        made.server_close()
        running.remove(made)

    go.end = end
    yield go
    for made in list(running):
        end(made)


def received(tmp_path):
    return next(p for p in (tmp_path / "received").iterdir() if p.suffix != ".length")


def record(destination, clip, identity):
    with inv.Recording(destination, recipients=[identity.recipient]) as recording:
        session = inv.Session()
        file = inv.MediaFile(clip)
        session.add(file.video()).via(inv.RedactIdCard()).to(recording.video)
        session.add(file.audio()).to(recording.audio)
        session.run()


def test_a_server_that_misbehaves_gets_exactly_the_local_file(tmp_path, start, clip, identity):
    server = start(script=["drop", "500", "half", "lost", "503", "ok", "lost", "half", "drop"] * 3)
    spool = inv.Spool(tmp_path / "spool", upload.TusTransport.create(server.url), most_sent=20_000, **QUICK)
    tee = Tee(tmp_path / "local.tar", spool)
    record(tee, clip, identity)
    spool.close()
    tee.file.close()
    local = (tmp_path / "local.tar").read_bytes()
    assert received(tmp_path).read_bytes() == local
    assert received(tmp_path).with_suffix(".length").read_text() == str(len(local))
    assert inv.verify(received(tmp_path))["state"] == "whole"
    assert spool.statistics["failures"] >= 6
    acknowledged = 0  # what was answered with success is never sent again
    for offset, size, act in server.ranges:
        assert offset >= acknowledged
        if act == "ok":
            acknowledged = offset + size


def test_a_server_that_is_away_and_comes_back(tmp_path, start, clip, identity):
    server = start()
    port = server.server_port
    spool = inv.Spool(tmp_path / "spool", upload.TusTransport.create(server.url), **QUICK)
    start.end(server)
    record(spool_without_close(spool), clip, identity)  # meanwhile nobody is there
    waiting = spool.statistics
    assert waiting["acknowledged"] == 0 and waiting["stored"] > 50_000 and waiting["failures"] > 0
    start(port)
    spool.close()
    assert inv.verify(received(tmp_path))["state"] == "whole"
    assert received(tmp_path).stat().st_size == waiting["written"]


def spool_without_close(spool):
    class Open(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            return spool.write(data)

        def flush(self):
            spool.flush()
    return Open()


def test_permanent_refusals_are_told_at_once(tmp_path, start):
    server = start()
    for path in received_paths(server):
        spool = inv.Spool(tmp_path / "spool", upload.TusTransport(path), **QUICK)
        spool.write(b"abc")
        with pytest.raises(inv.IoError, match="HEAD was answered 404"):
            spool.close()
        del spool
        inv.Spool.resume(tmp_path / "spool", upload.TusTransport.create(server.url), **QUICK).close()
    assert any(p.read_bytes() == b"abc" for p in (tmp_path / "received").iterdir())


def received_paths(server):
    return [server.url + "0" * 32, server.url.replace("/files/", "/elsewhere")]


def test_the_server_keeps_to_the_protocol(tmp_path, start):
    server = start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)

    def ask(method, path, body=None, **headers):
        sent = {"Tus-Resumable": "1.0.0", **{k.replace("_", "-"): v for k, v in headers.items()}}
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        answer.read()
        return answer

    assert ask("OPTIONS", "/files/").getheader("Tus-Version") == "1.0.0"
    assert ask("POST", "/files/", Tus_Resumable="0.2").status == 412
    made = ask("POST", "/files/", Upload_Defer_Length="1")
    path = made.getheader("Location")
    assert made.status == 201 and ask("HEAD", path).getheader("Upload-Offset") == "0"
    kind = {"Content_Type": "application/offset+octet-stream"}
    assert ask("PATCH", path, b"abc", Upload_Offset="1", **kind).status == 409
    assert ask("PATCH", path, b"abc", Upload_Offset="0").status == 415
    assert ask("PATCH", path, b"abc", Upload_Offset="0", **kind).getheader("Upload-Offset") == "3"
    assert ask("PATCH", path, b"", Upload_Offset="3", Upload_Length="3", **kind).status == 204
    assert ask("HEAD", path).getheader("Upload-Length") == "3"
    assert ask("PATCH", path, b"x", Upload_Offset="3", **kind).status == 409
    for bad in ("/files/../secret", "/files/", "/files/none"):
        assert ask("HEAD", bad).status == 404


def run_example(*arguments, **options):
    return subprocess.Popen([sys.executable, str(EXAMPLE / "upload.py"), *map(str, arguments)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **options)


def test_the_example_killed_in_the_middle_is_resumed(tmp_path, start, clip, identity):
    server = start(script=["drop", "half"])
    spool = tmp_path / "exam.spool"
    process = run_example("--input", clip, "-r", identity.recipient, "--to", server.url, "--spool", spool)
    until = time.monotonic() + 60
    while not server.ranges or server.ranges[-1][0] < 20_000:
        assert time.monotonic() < until and process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    resumed = run_example("--resume", "--spool", spool)
    out, errors = resumed.communicate(timeout=60)
    assert resumed.returncode == 0, errors
    assert "bytes at http://" in out and not spool.exists() and not spool.with_name("exam.spool.url").exists()
    assert inv.verify(received(tmp_path))["state"] == "unterminated"  # killed, so never closed: but all is there
    assert inv.Playback(received(tmp_path), identities=[identity]).duration >= 0.9


def test_the_example_finishes(tmp_path, start, clip, identity):
    server = start(script=["500", "lost"])
    process = run_example("--input", clip, "-r", identity.recipient, "--to", server.url, "--spool",
                          tmp_path / "exam.spool")
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert inv.verify(received(tmp_path))["state"] == "whole"
