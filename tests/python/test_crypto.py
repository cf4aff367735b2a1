"""age files from Python: the functions, the file object, and that no secret shows."""

import copy
import hashlib
import io
import os
import pathlib
import pickle
import random
import subprocess
import sys
import zlib

import pytest
from conftest import data_folder

import invigil as inv
import invigil.crypto

CHUNK = 65536
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1]


def pattern(size):
    return random.Random(size).randbytes(size)


@pytest.fixture(scope="module")
def identity():
    return inv.crypto.generate_identity()


def payload(file):
    return file.index(b"\n", file.index(b"\n--- ") + 1) + 1 + 16


@pytest.mark.parametrize("armor", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_round_trip(identity, size, armor):
    data = pattern(size)
    file = inv.crypto.encrypt(data, identity.recipient, armor=armor)
    assert isinstance(file, bytes)
    assert file.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----\n" if armor else b"age-encryption.org/v1\n")
    assert inv.crypto.decrypt(file, identity) == data
    assert inv.crypto.decrypt(bytearray(file), [identity.secret_text()]) == data
    assert inv.crypto.decrypt(memoryview(file), identity) == data


def test_every_kind_of_key(identity):
    other = inv.crypto.generate_identity()
    as_object = inv.crypto.Recipient.parse(other.recipient)
    assert str(as_object) == other.recipient and as_object == inv.Recipient.parse(other.recipient)
    assert len({as_object, inv.Recipient.parse(other.recipient)}) == 1
    for recipients in (other.recipient, as_object, other, [identity, other.recipient], (identity, as_object)):
        file = inv.crypto.encrypt(b"x", recipients)
        assert inv.crypto.decrypt(file, other) == b"x"
        assert inv.crypto.decrypt(file, (inv.crypto.generate_identity(), other)) == b"x"
    assert invigil.crypto is inv.crypto


def test_passphrase(identity):
    passphrase = inv.crypto.Passphrase("correct horse")
    file = inv.crypto.encrypt(b"x", passphrase, work_factor=6)
    assert inv.crypto.decrypt(file, passphrase) == b"x"
    assert inv.crypto.decrypt(file, [identity, inv.crypto.Passphrase("wrong"), passphrase]) == b"x"
    with pytest.raises(inv.NoIdentityError) as caught:
        inv.crypto.decrypt(file, inv.crypto.Passphrase("battery"))
    assert "battery" not in str(caught.value)
    with pytest.raises(inv.NoIdentityError):
        inv.crypto.decrypt(file, identity)
    with pytest.raises(inv.BadHeaderError, match="work factor"):
        inv.crypto.decrypt(file, passphrase, max_work_factor=5)
    for recipients in ([passphrase, identity], [passphrase, passphrase]):
        with pytest.raises(inv.ArgumentError, match="only one"):
            inv.crypto.encrypt(b"x", recipients)
    with pytest.raises(inv.ArgumentError):
        inv.crypto.Passphrase("")
    with pytest.raises(inv.ArgumentError):
        inv.crypto.encrypt(b"x", passphrase, work_factor=23)


def test_errors(identity):
    file = inv.crypto.encrypt(pattern(100_000), identity)
    with pytest.raises(inv.NoIdentityError):
        inv.crypto.decrypt(file, inv.crypto.generate_identity())
    with pytest.raises(inv.NoIdentityError):
        inv.crypto.decrypt(file, [])
    with pytest.raises(inv.BadHeaderError):
        inv.crypto.decrypt(b"hello", identity)
    with pytest.raises(inv.TruncatedError):
        inv.crypto.decrypt(file[: payload(file) + CHUNK + 16], identity)
    with pytest.raises(inv.TamperedError):
        inv.crypto.decrypt(file[:-1], identity)
    with pytest.raises(inv.TamperedError):
        inv.crypto.decrypt(file + b"x", identity)
    with pytest.raises(inv.BadHeaderError, match="armor line"):
        inv.crypto.decrypt(inv.crypto.encrypt(b"x", identity, armor=True) + b"x", identity)
    with pytest.raises(inv.ArgumentError):
        inv.crypto.encrypt(b"x", [])
    with pytest.raises(inv.ArgumentError):
        inv.crypto.encrypt(b"x", "age1typo")
    with pytest.raises(inv.UnsupportedError):
        inv.crypto.encrypt(b"x", "age1pq1x34nzsvr0rxj")
    with pytest.raises(inv.UnsupportedError):
        inv.crypto.decrypt(file, "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR")
    for wrong in (None, 7, [None], [b"age1"], inv.crypto):
        with pytest.raises(TypeError):
            inv.crypto.encrypt(b"x", wrong)
        with pytest.raises(TypeError):
            inv.crypto.decrypt(file, wrong)
    with pytest.raises(TypeError):
        inv.crypto.encrypt("text", identity)


def test_no_secret_shows(identity):
    secret = identity.secret_text()
    passphrase = inv.crypto.Passphrase("correct horse")
    shown = [repr(identity), str(identity), f"{identity}", repr([identity]), repr(passphrase), str(passphrase)]
    for call in (lambda: inv.crypto.encrypt(b"x", secret),  # a private key given as the public one
                 lambda: inv.crypto.decrypt(b"x", secret[:-1]), lambda: inv.crypto.decrypt(b"x", secret[:-1] + "q"),
                 lambda: inv.Recipient.parse(secret), lambda: inv.Identity.parse(secret.lower()),
                 lambda: pickle.dumps(identity), lambda: pickle.dumps(passphrase), lambda: copy.copy(passphrase),
                 lambda: inv.crypto.decrypt(inv.crypto.encrypt(b"x", identity, armor=True), passphrase)):
        with pytest.raises(Exception) as caught:
            call()
        shown += [str(caught.value), repr(caught.value)]
    for text in shown:
        assert secret[20:40] not in text.upper() and "horse" not in text, text


def test_identity_files(tmp_path, identity):
    other = inv.crypto.generate_identity()
    keys = f"# staff\n{identity.secret_text()}\n\n{other.secret_text()}\n".encode()
    (tmp_path / "plain").write_bytes(keys)
    assert [i.recipient for i in inv.Identity.load(tmp_path / "plain")] == [identity.recipient, other.recipient]
    for armor in (False, True):
        sealed = inv.crypto.encrypt(keys, inv.crypto.Passphrase("staff"), armor=armor, work_factor=6)
        (tmp_path / "key").write_bytes(sealed)
        asked = []
        for answer in ("staff", inv.crypto.Passphrase("staff"), lambda path: asked.append(path) or "staff",
                       lambda path: inv.crypto.Passphrase("staff")):
            loaded = inv.Identity.load(tmp_path / "key", passphrase=answer)
            assert [i.recipient for i in loaded] == [identity.recipient, other.recipient]
        assert asked == [str(tmp_path / "key")]
        with pytest.raises(inv.NoIdentityError):
            inv.Identity.load(tmp_path / "key")
        with pytest.raises(inv.NoIdentityError) as caught:
            inv.Identity.load(tmp_path / "key", passphrase="stuff")
        assert "stuff" not in str(caught.value)
        with pytest.raises(KeyError):
            inv.Identity.load(tmp_path / "key", passphrase=lambda path: {}[path])
    (tmp_path / "recipients").write_text(f"# who\n\n{identity.recipient}\n{other.recipient}\n")
    recipients = inv.Recipient.load(tmp_path / "recipients")
    assert inv.crypto.decrypt(inv.crypto.encrypt(b"x", recipients), other) == b"x"


class Pipe(io.RawIOBase):
    """Gives bytes in small steps, and cannot seek."""

    def __init__(self, data):
        self.data = io.BytesIO(data)

    def readable(self):
        return True

    def read(self, n=-1):
        return self.data.read(min(n, 1000))


@pytest.mark.parametrize("armor", [False, True])
def test_open_reads_any_place(tmp_path, identity, armor):
    data = pattern(3 * CHUNK + 100)
    path = tmp_path / "file.age"
    path.write_bytes(inv.crypto.encrypt(data, identity, armor=armor))
    with open(path, "rb") as opened:
        for given in (path, str(path), opened, io.BytesIO(path.read_bytes())):
            with inv.crypto.open(given, identity) as file:
                assert isinstance(file, io.RawIOBase)
                assert file.readable() and file.seekable() and not file.writable()
                assert file.read(10) == data[:10] and file.tell() == 10
                assert file.seek(-100, os.SEEK_END) == len(data) - 100
                assert file.read() == data[-100:] and file.read(1) == b""
                assert file.seek(CHUNK - 5) == CHUNK - 5
                assert file.seek(3, os.SEEK_CUR) == CHUNK - 2
                with io.BufferedReader(file) as buffered:
                    assert buffered.read(CHUNK) == data[CHUNK - 2 : 2 * CHUNK - 2]
                    assert buffered.seek(0) == 0 and buffered.read() == data
            assert file.closed
            with pytest.raises(ValueError):
                file.read(1)
        assert not opened.closed


def test_open_a_pipe(identity):
    data = pattern(100_000)
    file = inv.crypto.open(Pipe(inv.crypto.encrypt(data, identity)), identity)
    assert not file.seekable()
    with pytest.raises(io.UnsupportedOperation):
        file.seek(0)
    assert file.tell() == 0
    assert file.readall() == data
    assert file.tell() == len(data)


def test_open_gives_the_authentic_prefix(identity):
    data = pattern(2 * CHUNK + 10)
    whole = inv.crypto.encrypt(data, identity)
    with inv.crypto.open(io.BytesIO(whole[:-1]), identity) as file:
        with pytest.raises(inv.TamperedError):
            file.seek(0, os.SEEK_END)  # the length is not believed
        got = b""
        with pytest.raises(inv.TamperedError):
            while part := file.read(1000):
                got += part
        assert got == data[: 2 * CHUNK]
        with pytest.raises(inv.TamperedError):
            file.read(1)


def test_open_passes_on_what_the_file_raises(identity):
    class Broken(io.BytesIO):
        def read(self, n=-1):
            if self.tell() > 5000:
                raise ConnectionResetError("gone")
            return super().read(min(n, 3000))

    with inv.crypto.open(Broken(inv.crypto.encrypt(pattern(200_000), identity)), identity) as file:
        with pytest.raises(inv.IoError, match="gone") as caught:
            file.read()
        assert isinstance(caught.value.__cause__, ConnectionResetError)
    with pytest.raises(inv.IoError):
        inv.crypto.open("/nonexistent/file.age", identity)
    with pytest.raises(TypeError):
        inv.crypto.open(7, identity)
    with pytest.raises(inv.IoError, match="binary"):
        inv.crypto.open(io.StringIO("text"), identity)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_keys_do_not_cross_a_fork(identity):
    child = os.fork()
    if child == 0:
        try:
            inv.crypto.decrypt(inv.crypto.encrypt(b"x", identity), identity)
        except inv.ClosedError:
            os._exit(0)
        except BaseException:
            os._exit(2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert inv.crypto.decrypt(inv.crypto.encrypt(b"x", identity), identity) == b"x"


def outcome(error, in_payload):
    """How the vectors call an error."""
    if error is None:
        return "success"
    if isinstance(error, inv.NoIdentityError):
        return "no match"
    if isinstance(error, inv.BadHeaderError):
        return "armor failure" if "armor line" in error.where else "header failure"
    return "payload failure" if in_payload else "HMAC failure"


def vectors():
    folder = pathlib.Path(os.environ.get("INVIGIL_TEST_VECTORS")
                          or pathlib.Path(__file__).resolve().parents[3] / "shared/vectors") / "age"
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else [None]


@pytest.mark.parametrize("name", vectors())
def test_vector(name):
    folder = data_folder("INVIGIL_TEST_VECTORS", "vectors") / "age"
    header, _, file = (folder / name).read_bytes().partition(b"\n\n")
    fields = [line.split(": ", 1) for line in header.decode().splitlines()]
    expected = dict(fields)
    if "compressed" in expected:
        file = zlib.decompress(file)
    keys = [value for key, value in fields if key == "identity"]
    keys += [inv.crypto.Passphrase(value) for key, value in fields if key == "passphrase"]
    got, error, in_payload = b"", None, False
    try:
        with inv.crypto.open(io.BytesIO(file), keys) as source:
            in_payload = True
            while part := source.read(CHUNK):
                got += part
    except inv.UnsupportedError:
        return
    except inv.Error as e:
        error = e
    assert outcome(error, in_payload) == expected["expect"], error
    if "payload" in expected:
        assert hashlib.sha256(got).hexdigest() == expected["payload"]
    if error is None:
        assert inv.crypto.decrypt(file, keys) == got
    else:
        with pytest.raises(type(error)):
            inv.crypto.decrypt(file, keys)


def test_the_example(tmp_path):
    example = pathlib.Path(__file__).resolve().parents[2] / "examples/age_files.py"
    done = subprocess.run([sys.executable, example, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "answer 99999\n"
