"""Recording under the eyes of examples/witness_server.py; and parts after a failure."""

import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

import invigil as inv

SERVER = pathlib.Path(__file__).resolve().parents[2] / "examples" / "witness_server.py"


def start(state):
    process = subprocess.Popen([sys.executable, SERVER, "--state", state], stdout=subprocess.PIPE, text=True)
    url, key = process.stdout.readline().split()
    return process, url, key


@pytest.fixture
def server(tmp_path):
    process, url, key = start(tmp_path / "state")
    yield url, key
    process.terminate()
    process.wait(10)


def post(url, text):
    """Status and body."""
    try:
        with urllib.request.urlopen(url, text.encode(), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def witness_at(url):
    """What `Recording` calls."""

    def witness(request):
        status, body = post(url + "/add-checkpoint", request)
        if status == 409:
            return int(body)
        if status != 200:
            raise RuntimeError(f"the server answers {status}: {body}")
        return body

    return witness


def record(path, identity, seconds=2.5, url=None, **options):
    """Events, ten a second. The signer."""
    with inv.Recording(path, recipients=[identity.recipient], **options) as recording:
        if url:
            assert post(url + "/register", recording.signer)[0] == 200
        for i in range(int(seconds * 10)):
            recording.events.write(inv.PlatformEvent(i / 10, "paste"))
            time.sleep(0.1)
    return recording.signer


@pytest.fixture(scope="module")
def identity():
    return inv.Identity.generate()


def test_a_tail_that_was_cut_off_is_told_from_a_crash(server, identity, tmp_path):
    url, cosigner = server
    path = tmp_path / "exam.tar"
    signer = record(path, identity, url=url, witness=witness_at(url), witness_every=1.0)
    origin = signer.split("+")[0]
    newest = urllib.request.urlopen(f"{url}/checkpoint?{origin}", timeout=10).read().decode()
    whole = inv.verify(path, signer=signer, cosigner=cosigner, checkpoint=newest)
    assert whole["state"] == "whole" and whole["missing"] == 0
    assert [c["by"] for c in whole["cosigned"]] == ["localhost/witness"]
    assert abs(time.time() - time.mktime(time.strptime(whole["cosigned"][0]["time"], "%Y-%m-%dT%H:%M:%SZ"))
               + time.timezone) < 600
    assert "not_cosigned" not in [f.what for f in inv.Playback(path, identities=[identity]).flags]

    cut = tmp_path / "cut.tar"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert inv.verify(cut, signer=signer)["state"] == "unterminated"
    told = inv.verify(cut, signer=signer, cosigner=[cosigner], checkpoint=newest)
    assert told["state"] == "damaged" and told["missing"] > 0 and "cut off" in told["message"]
    with pytest.raises(inv.ArgumentError):
        inv.verify(path, checkpoint="nonsense")
    with pytest.raises(inv.ArgumentError):
        inv.verify(path, cosigner=signer)


def test_a_server_that_is_down_harms_nothing(identity, tmp_path):
    path = tmp_path / "exam.tar"
    record(path, identity, witness=witness_at("http://127.0.0.1:1"), witness_every=1.0)
    assert inv.verify(path)["state"] == "whole"
    flags = [f for f in inv.Playback(path, identities=[identity]).flags if f.what == "not_cosigned"]
    assert flags and all(f.kind == inv.FlagKind.technical for f in flags)


def test_the_server_remembers_and_is_strict(tmp_path, identity):
    process, url, key = start(tmp_path / "state")
    path = tmp_path / "exam.tar"
    signer = record(path, identity, seconds=0.1)
    request = str(inv.prove_consistency(path, 0))
    assert post(url + "/add-checkpoint", request)[0] == 404  # not registered
    assert post(url + "/register", signer)[0] == 200
    assert post(url + "/register", signer[:-4] + "AAA=")[0] == 409
    assert post(url + "/register", "nonsense")[0] == 409
    assert post(url + "/add-checkpoint", "nonsense")[0] == 400
    assert post(url + "/add-checkpoint", "x" * 100_000)[0] == 413
    status, line = post(url + "/add-checkpoint", request)
    assert status == 200 and line.startswith("\u2014 localhost/witness ")
    process.terminate()
    process.wait(10)
    process, url, again = start(tmp_path / "state")
    size = inv.newest_checkpoint(path).split("\n")[1]
    assert again == key
    assert post(url + "/add-checkpoint", request) == (409, size + "\n")
    process.terminate()
    process.wait(10)


def test_a_session_goes_on_in_a_second_part(identity, tmp_path):
    first, second = tmp_path / "exam.tar", tmp_path / "exam-2.tar"
    record(first, identity, seconds=1.5)
    data = first.read_bytes()
    first.write_bytes(data[: data.index(b"j/000003.note") + 1024])  # as a crash leaves it
    earlier = inv.earlier_part(first)
    assert earlier.begin >= earlier.end and earlier.checkpoint.startswith("invigil/")
    earlier.begin = earlier.end + 60
    record(second, identity, seconds=1.5, resumes=earlier)
    both = inv.verify([first, second])
    assert both["state"] == "whole", both
    assert [p["state"] for p in both["parts"]] == ["unterminated", "whole"]
    assert both["parts"][1]["gaps"] == [[earlier.end, earlier.begin]]
    events = inv.Playback([first, second], identities=[identity]).events
    assert events[-1].time == pytest.approx(earlier.begin + 1.4)
    assert inv.verify([second, first])["state"] == "damaged"
    earlier.begin = earlier.end - 0.5 if earlier.end > 0.5 else -1
    with pytest.raises(inv.ArgumentError):
        record(tmp_path / "exam-3.tar", identity, resumes=earlier)
