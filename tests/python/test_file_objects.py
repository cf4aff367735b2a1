"""Python file objects as the destination and source of recordings, and what happens when they fail."""

import gc
import io
import os
import threading

import pytest

import invigil as inv


@pytest.fixture(scope="module")
def identity():
    return inv.Identity.generate()


def record(destination, clip, identity, look=lambda recording: None):
    """The clip's pictures and sound, each from a thread of its own."""
    recording = inv.Recording(destination, recipients=[identity.recipient])
    session = inv.Session()
    file = inv.MediaFile(clip)
    session.add(file.video()).via(inv.RedactIdCard()).buffered(4).to(recording.video)
    session.add(file.audio()).to(recording.audio)
    look(recording)
    session.run()
    recording.close()
    return recording


def fed(destination, identity):
    """A recording without media: fast, and on this thread alone."""
    with inv.Recording(destination, recipients=[identity.recipient]) as recording:
        for second in range(4):
            recording.gap(second, second + 0.5, "a test")


def test_memory_takes_a_recording_and_gives_it_back(clip, identity):
    buffer = io.BytesIO()
    recording = record(buffer, clip, identity)
    assert recording.statistics["bytes"] == len(buffer.getvalue())
    assert inv.verify(buffer)["state"] == "whole"
    playback = inv.Playback(buffer, identities=[identity])
    assert playback.duration == pytest.approx(4.0, abs=0.1)
    assert len(list(playback.video())) == 120
    assert not buffer.closed


def test_an_opened_file_is_flushed_and_synced_but_stays_open(tmp_path, clip, identity):
    with open(tmp_path / "r.tar", "w+b") as file:
        record(file, clip, identity)
        assert not file.closed
        assert inv.verify(tmp_path / "r.tar")["state"] == "whole"  # nothing is left in Python's buffer
        assert inv.verify(file)["state"] == "whole"


class Short(io.RawIOBase):
    """Takes 1000 bytes at a time at most."""

    def __init__(self):
        self.taken = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.taken += data[:1000]
        return min(len(data), 1000)


def test_short_counts_are_continued(identity):
    short = Short()
    fed(short, identity)
    assert inv.verify(io.BytesIO(bytes(short.taken)))["state"] == "whole"


class Simple:
    """write() alone, returning nothing."""

    def __init__(self):
        self.taken = []

    def write(self, data):
        self.taken.append(data)


def test_the_simplest_object_is_enough_and_may_keep_what_it_gets(identity):
    simple = Simple()
    fed(simple, identity)
    assert all(isinstance(piece, bytes) for piece in simple.taken)
    assert inv.verify(io.BytesIO(b"".join(simple.taken)))["state"] == "whole"


class Failing(io.BytesIO):
    """The nth call of a method raises."""

    def __init__(self, method, nth, error):
        super().__init__()
        self.left, self.error, self.failed, self.after = nth, error, False, 0
        if method == "fileno":
            self.fileno = self.fail  # once: asked when the recording is made
        else:
            setattr(self, method, self.counting(getattr(self, method)))

    def fail(self):
        raise self.error

    def counting(self, method):
        def call(*arguments):
            self.after += self.failed
            self.left -= 1
            if self.left == 0:
                self.failed = True
                raise self.error
            return method(*arguments)
        return call


@pytest.mark.parametrize(("method", "nth"), [("write", 1), ("write", 3), ("write", 5), ("flush", 1), ("flush", 3)])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("odd"), MemoryError()])
def test_what_it_raises_is_chained_and_stays(identity, method, nth, error):
    file = Failing(method, nth, error)
    with pytest.raises(inv.IoError) as caught:
        fed(file, identity)
    assert caught.value.__cause__ is error
    assert caught.value.code == "io" and "file object" in caught.value.where
    assert type(error).__name__ in str(caught.value)
    assert file.after == 0, "it was asked again after it had failed"
    if nth > 2:
        state = inv.verify(io.BytesIO(file.getvalue()))["state"]
        assert state == "unterminated" or method == "flush"  # the last flush fails when all is written


@pytest.mark.parametrize("method", ["write", "flush"])
def test_failures_on_worker_threads_reach_the_caller(clip, identity, method):
    error = RuntimeError("the tape is full")
    with pytest.raises(inv.IoError, match="the tape is full") as caught:
        record(Failing(method, 4, error), clip, identity)
    assert caught.value.__cause__ is error


def test_a_file_object_without_a_descriptor_is_not_synced(identity):
    fed(Failing("fileno", 1, io.UnsupportedOperation("fileno")), identity)


@pytest.mark.parametrize("result", [0, -1, 1 << 40, "7", 1 << 80])
def test_counts_that_cannot_be_are_refused(identity, result):
    class Liar:
        def write(self, data):
            return result

    with pytest.raises(inv.IoError, match=r"write\(\) of \d+ bytes returned"):
        fed(Liar(), identity)


def test_a_text_file_is_refused_with_python_s_own_words(tmp_path, identity):
    with open(tmp_path / "r.tar", "w", encoding="utf-8") as file, pytest.raises(inv.IoError) as caught:
        fed(file, identity)
    assert isinstance(caught.value.__cause__, TypeError)


def test_what_is_no_file_at_all(identity):
    with pytest.raises(TypeError, match="write"):
        inv.Recording(3, recipients=[identity.recipient])
    with pytest.raises(TypeError, match="read"):
        inv.Playback(object(), identities=[identity])


def test_looking_at_a_recording_while_its_slow_file_is_written_does_not_deadlock(clip, identity):
    """The sink is called on worker threads, under the recording's lock; this thread keeps asking."""
    done = threading.Event()

    class Slow(io.BytesIO):
        def write(self, data):
            done.wait(0.02)  # lets others have the GIL
            return super().write(data)

    def look(recording):
        def ask():
            while not done.is_set():
                assert recording.statistics["bytes"] >= 0 and recording.signer and recording.video
        asking.append(threading.Thread(target=ask))
        asking[0].start()

    asking, slow = [], Slow()
    try:
        finished = threading.Thread(target=record, args=(slow, clip, identity, look), daemon=True)
        finished.start()
        finished.join(60)
        assert not finished.is_alive(), "deadlock"
    finally:
        done.set()
    asking[0].join(20)
    assert not asking[0].is_alive()
    assert inv.verify(slow)["state"] == "whole"


def test_a_sink_that_calls_its_own_recording_is_told(identity):
    class Curious(io.BytesIO):
        def write(self, data):
            recordings[0].statistics
            return super().write(data)

    file = Curious()
    recordings = []
    with pytest.raises(inv.IoError) as caught:
        recordings.append(None)
        inv.Recording(file, recipients=[identity.recipient])
    assert isinstance(caught.value.__cause__, AttributeError)  # it is being made

    class Later(io.BytesIO):
        def write(self, data):
            if recordings:
                recordings[0].gap(0, 1, "from inside")
            return super().write(data)

    recordings.clear()
    recording = inv.Recording(Later(), recipients=[identity.recipient])
    recordings.append(recording)
    with pytest.raises(inv.IoError, match="called by its own destination"):
        recording.close()


def test_recordings_that_failed_are_freed_on_any_thread(identity):
    for _ in range(20):
        file = Failing("write", 2, ValueError("x"))
        with pytest.raises(inv.IoError):
            fed(file, identity)
        del file
    gc.collect()


@pytest.fixture(scope="module")
def stored(clip, identity):
    buffer = io.BytesIO()
    record(buffer, clip, identity)
    return buffer.getvalue()


class Source(io.BytesIO):
    """Gives back whatever `change` makes of what is read, from the nth read on."""

    def __init__(self, data, nth, change):
        super().__init__(data)
        self.left, self.change = nth, change

    def read(self, size=-1):
        self.left -= 1
        data = super().read(size)
        return self.change(data) if self.left <= 0 else data


def raising(error):
    def change(data):
        raise error
    return change


@pytest.mark.parametrize("nth", [1, 2, 4])
def test_a_source_that_raises(stored, identity, nth):
    error = OSError(5, "Input/output error")
    for job in (lambda f: inv.verify(f), lambda f: inv.Playback(f, identities=[identity])):
        with pytest.raises(inv.IoError) as caught:
            job(Source(stored, nth, raising(error)))
        assert caught.value.__cause__ is error


@pytest.mark.parametrize("change", [lambda d: d.decode("latin-1"), lambda d: None, lambda d: d + b"more", lambda d: 7])
def test_a_source_that_gives_what_it_must_not(stored, change):
    with pytest.raises(inv.IoError, match=r"read\(\d+\) returned"):
        inv.verify(Source(stored, 2, change))


@pytest.mark.parametrize("change", [lambda d: memoryview(d), lambda d: bytearray(d)])
def test_a_source_may_give_any_bytes_like_object(stored, change):
    assert inv.verify(Source(stored, 1, change))["state"] == "whole"


def test_a_pipe_is_read_to_its_end(stored):
    reading, writing = os.pipe()
    with open(reading, "rb") as source, open(writing, "wb") as sink:
        writer = threading.Thread(target=lambda: (sink.write(stored), sink.close()))
        writer.start()
        assert inv.verify(source)["state"] == "whole"
        writer.join()


def test_a_cut_source_gives_its_authentic_part(stored, identity):
    half = io.BytesIO(stored[: len(stored) // 2])
    assert inv.verify(half)["state"] == "unterminated"
    playback = inv.Playback(half, identities=[identity])
    assert playback.damage and 0 < len(list(playback.video())) < 120
