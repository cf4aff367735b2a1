"""A page's recording in chunks, and the example that receives them, with this test as the browser."""

import http.client
import pathlib
import subprocess
import sys
import threading

import pytest
from conftest import need

import invigil as inv

SERVER = pathlib.Path(__file__).resolve().parents[2] / "examples" / "exam_page" / "server.py"
PIECES = 40


@pytest.fixture(scope="module")
def pieces():
    """4 s as a browser's recorder writes them, in forty pieces."""
    source = ["-f", "lavfi", "-i"]
    webm = subprocess.run(
        [need("ffmpeg"), "-v", "error", *source, "testsrc2=size=160x120:rate=30:duration=4", *source,
         "sine=duration=4", "-c:v", "libvpx", "-deadline", "realtime", "-g", "15", "-c:a", "libopus", "-f", "webm",
         "-live", "1", "pipe:1"], check=True, stdout=subprocess.PIPE).stdout
    return [webm[len(webm) * i // PIECES:len(webm) * (i + 1) // PIECES] for i in range(PIECES)]


def test_chunks_are_read_in_order_while_they_come(pieces):
    chunks = inv.Chunks()

    def push():
        for i in range(0, PIECES, 2):
            assert chunks.push(i + 1, memoryview(pieces[i + 1]), at=(i + 1) / 10)
            assert chunks.push(i, bytearray(pieces[i]), at=i / 10)
            assert not chunks.push(i, pieces[i])
        chunks.end(PIECES - 1)

    pusher = threading.Thread(target=push)
    pusher.start()
    frames = list(inv.MediaFile(chunks).video())
    pusher.join()
    assert len(frames) == 120
    assert list(chunks.flags) == []
    counted = chunks.statistics
    assert counted["received"] == PIECES and counted["doubled"] == counted["reordered"] == PIECES // 2
    assert counted["bytes"] == sum(map(len, pieces)) and counted["lost"] == counted["waiting"] == 0
    with pytest.raises(inv.ClosedError):
        chunks.push(PIECES, b"")
    with pytest.raises(inv.ClosedError):
        inv.MediaFile(chunks)


def test_a_lost_chunk_is_a_flag_of_the_session(pieces):
    chunks = inv.Chunks(wait=0.0)
    for i in (i for i in range(PIECES) if i != 20):
        chunks.push(i, pieces[i])
    chunks.end()
    session = inv.Session()
    frames = session.add(inv.MediaFile(chunks).video()).via(inv.KeepUnredacted()).collect()
    flags = session.add(chunks.flags).collect()
    session.run()
    assert 90 < len(frames) < 120
    (flag,) = flags
    assert flag.what == "gap" and flag.because.startswith("chunk 20 of the page's recording never arrived")
    assert 1.5 < flag.begin < 2.1 < flag.end < 2.8


def test_what_cannot_be_is_refused():
    chunks = inv.Chunks(most_bytes=100_000, furthest=5)
    with pytest.raises(inv.ArgumentError, match="far ahead"):
        chunks.push(6, b"x")
    with pytest.raises(inv.ArgumentError, match="more than fit"):
        chunks.push(0, bytes(60_000))
    chunks.push(1, bytes(30_000))
    with pytest.raises(inv.IoError, match="send it again"):
        chunks.push(2, bytes(30_000))
    with pytest.raises(TypeError):
        chunks.push(-1, b"x")
    with pytest.raises(inv.ArgumentError):
        inv.Chunks(wait=float("nan"))
    with pytest.raises(inv.Error, match="nothing came for 0.2 s"):
        inv.MediaFile(inv.Chunks(timeout=0.2))


@pytest.fixture
def example(tmp_path):
    """The example's server: (process, its address, the recording, whose it is)."""
    identity, path = inv.Identity.generate(), tmp_path / "exam.tar"
    server = subprocess.Popen(
        [sys.executable, SERVER, "-r", identity.recipient, "--to", path, "--port", "0", "--wait", "1"],
        stdout=subprocess.PIPE, text=True)
    try:
        yield server, server.stdout.readline().strip(), path, identity
    finally:
        server.kill()
        server.wait()


class Browser:
    """Posts as a page does."""

    def __init__(self, url):
        self.address = url.split("/")[2]

    def post(self, path, body=b"", kind="video/webm", size=None):
        """The status. `size`: what it says the body has."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        length = str(len(body) if size is None else size)
        connection.request("POST", path, body, {"Content-Type": kind, "Content-Length": length})
        status = connection.getresponse().status
        connection.close()
        return status

    def chunk(self, number, body):
        return self.post(f"/chunk?number={number}&at={number / 10}", body)


def test_the_example_records_what_a_page_sends(pieces, example):
    server, url, path, identity = example
    browser = Browser(url)
    assert browser.address.startswith("127.0.0.1:")
    assert browser.post("/chunk?number=0", pieces[0], "text/plain") == 415
    assert browser.post("/chunk?number=0", size=(8 << 20) + 1) == 413
    assert browser.post("/chunk?number=x", b"x") == browser.post("/chunk?number=99999", b"x") == 400
    order = [*range(0, 20), 23, 22, 24, *range(25, PIECES)]  # 21 comes last, 20 never
    for i in order:
        assert browser.chunk(i, pieces[i]) == 204
        assert browser.chunk(i, pieces[i]) == 204
    assert browser.chunk(21, pieces[21]) == 204
    assert browser.post(f"/end?last={PIECES - 1}") == 204
    output = server.communicate(timeout=120)[0]
    assert server.returncode == 0
    assert "gap: chunk 20 of the page's recording never arrived" in output
    assert f"{PIECES - 1} received, {len(order)} doubled" in output and "1 lost" in output
    assert inv.verify(path)["state"] == "whole"
    playback = inv.Playback(path, identities=[identity])
    assert 90 < len(list(playback.video())) < 120
    assert [f.what for f in playback.flags].count("gap") == 1


def test_a_real_browser_records_with_the_example(example, tmp_path):
    """Chromium plays a camera and a microphone; its MediaRecorder's chunks become a recording."""
    chromium = need("chromium")
    server, url, path, identity = example
    browser = subprocess.Popen(
        [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"{url}#6"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        output = server.communicate(timeout=180)[0]
    finally:
        browser.kill()
        browser.wait()
    assert server.returncode == 0, output
    assert "received" in output and "lost" not in output and "doubled" not in output
    assert inv.verify(path)["state"] == "whole"
    playback = inv.Playback(path, identities=[identity])
    frames, blocks = list(playback.video()), list(playback.audio())
    assert (frames[0].width, frames[0].height) == (1280, 720)
    assert len(frames) > 20 and 4 < frames[-1].time < 12
    heard = sum(block.samples.shape[-1] for block in blocks) / 48000
    assert abs(heard - frames[-1].time) < 1.5
    assert max(float(abs(block.samples).max()) for block in blocks) > 0.05  # its microphone beeps
