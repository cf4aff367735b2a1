"""Gives damaged age files to the library and to the stock `age` program: both must accept the same files, with the
same content, and give the same plaintext away before they refuse the others.

Run: differential.py [COUNT [SEED]], with the Python package on PYTHONPATH. The public test vectors, whose file key
is known, are used where they are found (INVIGIL_TEST_VECTORS): their headers are changed and then get a right MAC.
"""

import base64
import hashlib
import hmac
import io
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import invigil as inv

CHUNK = 65536 + 16
CHARACTERS = b"AZaz09+/=- \n\r\t.*>\x00\x7f\xc3\xa9"
VERSION = b"age-encryption.org/v1\n"
VECTORS = pathlib.Path(os.environ.get("INVIGIL_TEST_VECTORS")
                       or pathlib.Path(__file__).resolve().parents[3] / "shared/vectors") / "age"


def raw64(data):
    return base64.b64encode(data).rstrip(b"=")


def with_mac(header, file_key):
    """`header`: everything through "---"."""
    extracted = hmac.digest(bytes(32), file_key, hashlib.sha256)
    key = hmac.digest(extracted, b"header\x01", hashlib.sha256)
    return header + b" " + raw64(hmac.digest(key, header, hashlib.sha256)) + b"\n"


def stanza(random):
    args = b" ".join(random.choice([b"grease", b"X25519", b"x25519", b"mlkem768x25519", b"p256tag", b"a", b"~"])
                     for _ in range(random.randint(1, 3)))
    body = raw64(random.randbytes(random.choice([0, 1, 31, 32, 33, 47, 48, 49, 95, 96, 97])))
    lines = [body[i : i + 64] for i in range(0, len(body) + 1, 64)]
    return b"-> " + args + b"\n" + b"\n".join(lines) + b"\n"


def scratched(random, text):
    """One to three characters changed, lost, doubled or put in."""
    text = bytearray(text)
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        at = random.randrange(len(text) + 1)
        what = random.randrange(4)
        if what == 0:
            text[at:at] = bytes([random.choice(CHARACTERS)])
        elif what == 1:
            text[at : at + 1] = bytes([random.choice(CHARACTERS)])
        elif what == 2:
            del text[at : at + random.choice([1, 1, 2, 64])]
        else:
            text[at:at] = text[at : at + random.choice([1, 1, 65])]
    return bytes(text)


def damaged_header(random, file, file_key):
    end = file.index(b"\n--- ") + 1
    payload = file[file.index(b"\n", end) + 1 :]
    stanzas = re.split(rb"(?m)^(?=-> )", file[len(VERSION) : end])[1:]
    for _ in range(random.choice([1, 1, 2])):
        at = random.randrange(len(stanzas) + 1)
        what = random.randrange(5)
        if what == 0:
            stanzas.insert(at, stanza(random))
        elif what == 1 and len(stanzas) > 1:
            del stanzas[at % len(stanzas)]
        elif what == 2:
            stanzas.insert(at, stanzas[0])
        elif what == 3:
            random.shuffle(stanzas)
        else:
            i = at % len(stanzas)
            stanzas[i] = scratched(random, stanzas[i])
    header = VERSION + b"".join(stanzas) + b"---"
    line = with_mac(header, file_key)
    if random.random() < 0.1:
        line = scratched(random, line)
    return line + payload


def damaged_payload(random, file):
    begin = file.index(b"\n", file.index(b"\n--- ") + 1) + 1
    head, rest = file[: begin + 16], bytearray(file[begin + 16 :])
    chunks = [bytes(rest[i : i + CHUNK]) for i in range(0, len(rest), CHUNK)]
    what = random.randrange(6)
    if what == 0:
        at = random.randrange(len(rest))
        rest[at] ^= 1 << random.randrange(8)
        return head + bytes(rest)
    if what == 1:
        return file[: random.randrange(begin, len(file))]
    if what == 2:
        return file + random.randbytes(random.choice([1, 15, 16, 17, CHUNK]))
    if what == 3:
        random.shuffle(chunks)
    elif what == 4:
        del chunks[random.randrange(len(chunks))]
    else:
        chunks.insert(random.randrange(len(chunks) + 1), random.choice(chunks))
    return head + b"".join(chunks)


def armored(random, file):
    text = base64.b64encode(file)
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    end = random.choice([b"\n", b"\r\n"])
    return end.join([b"-----BEGIN AGE ENCRYPTED FILE-----", *lines, b"-----END AGE ENCRYPTED FILE-----", b""])


def cases(random, identity):
    """Damaged files without end."""
    made = [inv.crypto.encrypt(random.randbytes(size), identity) for size in (0, 10, 65536, 65537, 140_000)]
    known = []
    if VECTORS.is_dir():
        for path in sorted(VECTORS.iterdir()):
            head, _, file = path.read_bytes().partition(b"\n\n")
            fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
            if fields["expect"] == "success" and "identity" in fields and "compressed" not in fields:
                known.append((file, bytes.fromhex(fields["file key"])))
    while True:
        what = random.randrange(10)
        if known and what < 5:
            file = damaged_header(random, *random.choice(known))
        elif what < 6:
            file = scratched(random, random.choice(made[:2]))
        elif what < 8:
            file = damaged_payload(random, random.choice(made))
        else:
            file = random.choice(made[:2])
        if what >= 8 or random.random() < 0.1:
            file = armored(random, file)
            if random.random() < 0.8:
                file = scratched(random, file)
        yield file


def identities(folder, own):
    """A file with the keys of all cases."""
    keys = {own.secret_text()}
    if VECTORS.is_dir():
        for path in VECTORS.iterdir():
            keys |= {m.decode() for m in re.findall(rb"(?m)^identity: (AGE-SECRET-KEY-1\w+)$", path.read_bytes())}
    path = pathlib.Path(folder) / "keys"
    path.write_text("\n".join(sorted(keys)) + "\n")
    return path


def ours(file, keys):
    got, error = b"", None
    try:
        with inv.crypto.open(io.BytesIO(file), keys) as source:
            while part := source.read(65536):
                got += part
    except inv.Error as e:
        error = e
    return got, error


def theirs(file, key_file):
    done = subprocess.run([shutil.which("age"), "-d", "-i", key_file], input=file, capture_output=True)
    return done.stdout, None if done.returncode == 0 else done.stderr.decode(errors="replace").splitlines()[0]


def excuse(file, we_refuse, they_refuse):
    """Where `age` 1.1.1 and the specification, which we follow, are known to differ."""
    text = file.replace(b"\r\n", b"\n")
    if they_refuse and not we_refuse:
        if text.lstrip()[:5] == b"-----" and not file.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----"):
            return "it takes white space before an armor for no armor"
    if we_refuse and not they_refuse:
        if b"-----BEGIN" in file[:50]:
            if b"\r" in text:
                return "its base64 decoder passes over carriage returns"
            if b"\n\n-----END" in text:
                return "it allows an empty line after the last full one"
        elif b"\n-> scrypt " in text:
            return "it passes over a passphrase stanza that does not stand alone"
    return None


def run(count, seed=0):
    """Descriptions of the cases on which the two do not agree, and how many were accepted by both."""
    generator = random.Random(seed)
    own = inv.crypto.generate_identity()
    wrong, accepted = [], 0
    with tempfile.TemporaryDirectory() as folder:
        key_file = identities(folder, own)
        keys = inv.Identity.load(key_file)
        source = cases(generator, own)
        for i in range(count):
            file = next(source)
            (we, our_error), (they, their_error) = ours(file, keys), theirs(file, key_file)
            accepted += not our_error and not their_error
            if (we, bool(our_error)) == (they, bool(their_error)) or excuse(file, our_error, their_error):
                continue
            wrong.append(f"case {i} of seed {seed}: {len(file)} bytes {file[:300]!r}: "
                         f"we {len(we)} {our_error}, age {len(they)} {their_error}")
    return wrong, accepted


if __name__ == "__main__":
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    wrong, accepted = run(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, seed)
    print("\n".join(wrong) or f"seed {seed}: no difference; {accepted} files were accepted")
    sys.exit(bool(wrong))
