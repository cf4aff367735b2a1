"""Other implementations of age open what we write, and we open what they write: Debian's `age`, in Go, and npm's
`age-encryption`, in JavaScript."""

import json
import os
import pty
import random
import re
import select
import shutil
import subprocess
import time

import pytest
from conftest import need

import invigil as inv

SIZES = [0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 10_000_000]
PASSWORD = "correct horse"


def pattern(size):
    return random.Random(size).randbytes(size)


@pytest.fixture(scope="module")
def identity():
    return inv.crypto.generate_identity()


@pytest.fixture(scope="module")
def key_file(identity, tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "key"
    path.write_text(identity.secret_text() + "\n")
    return path


def on_a_terminal(command, answers, timeout=60):
    """Runs a program that asks on its terminal; each prompt that ends in a colon gets the next answer."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], [str(part) for part in command])
    shown, answered, end = b"", 0, time.monotonic() + timeout
    try:
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                part = os.read(terminal, 4096)
            except OSError:  # the program has closed its side
                break
            if not part:
                break
            shown += part
            while len(re.findall(rb"[Pp]assphrase[^\n]*: ?", shown)) > answered and answered < len(answers):
                os.write(terminal, answers[answered].encode() + b"\n")
                answered += 1
    finally:
        os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, shown


@pytest.mark.parametrize("armor", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_age(identity, key_file, tmp_path, size, armor):
    age, data = need("age"), pattern(size)
    file = inv.crypto.encrypt(data, identity, armor=armor)
    opened = subprocess.run([age, "-d", "-i", key_file], input=file, capture_output=True, check=True)
    assert opened.stdout == data
    command = [age, "-r", identity.recipient] + ["-a"] * armor
    file = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    assert inv.crypto.decrypt(file, identity) == data


def test_age_passphrase(tmp_path):
    age, data = need("age"), pattern(70_000)
    passphrase = inv.crypto.Passphrase(PASSWORD)
    plain, ours, theirs, back = (tmp_path / name for name in ("plain", "ours", "theirs", "back"))
    plain.write_bytes(data)
    ours.write_bytes(inv.crypto.encrypt(data, passphrase))
    on_a_terminal([age, "-d", "-o", back, ours], [PASSWORD])
    assert back.read_bytes() == data
    on_a_terminal([age, "-p", "-o", theirs, plain], [PASSWORD, PASSWORD])
    assert inv.crypto.decrypt(theirs.read_bytes(), passphrase) == data


def test_age_protected_identity_files(identity, key_file, tmp_path):
    age = need("age")
    file = inv.crypto.encrypt(b"x", identity)
    (tmp_path / "file").write_bytes(file)
    for armor in (False, True):
        ours, theirs, back = (tmp_path / f"{name}{armor}" for name in ("ours", "theirs", "back"))
        sealed = inv.crypto.encrypt(key_file.read_bytes(), inv.crypto.Passphrase(PASSWORD), armor=armor)
        ours.write_bytes(sealed)
        on_a_terminal([age, "-d", "-i", ours, "-o", back, tmp_path / "file"], [PASSWORD])
        assert back.read_bytes() == b"x"
        on_a_terminal([age, "-p", *["-a"] * armor, "-o", theirs, key_file], [PASSWORD, PASSWORD])
        loaded = inv.Identity.load(theirs, passphrase=PASSWORD)
        assert inv.crypto.decrypt(file, loaded) == b"x"


SCRIPT = """
import { webcrypto } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
globalThis.crypto ??= webcrypto  // Node 18 has it under this name only
const age = await import("age-encryption")
const { identity, recipient, password, jobs } = JSON.parse(readFileSync(process.argv[2]))
const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0
for (const { plain, ours, theirs, armor, passphrase } of jobs) {
  const data = new Uint8Array(readFileSync(plain))
  const d = new age.Decrypter()
  passphrase ? d.addPassphrase(password) : d.addIdentity(identity)
  const file = armor ? age.armor.decode(readFileSync(ours, "latin1")) : new Uint8Array(readFileSync(ours))
  if (!same(await d.decrypt(file), data)) throw new Error(`other content in ${ours}`)
  const e = new age.Encrypter()
  if (passphrase) {
    e.setPassphrase(password)
    e.setScryptWorkFactor(10)
  } else e.addRecipient(recipient)
  const made = await e.encrypt(data)
  writeFileSync(theirs, armor ? age.armor.encode(made) : made)
}
"""


@pytest.fixture(scope="module")
def npm_package(tmp_path_factory):
    """A folder with age-encryption in it."""
    node = need("node")
    version = tuple(map(int, re.findall(r"\d+", subprocess.check_output([node, "--version"], text=True))))
    if version < (18,):
        pytest.skip("age-encryption needs Node 18")
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    # The versions of its time still run on Debian 12's Node 18.
    package = "age-encryption@0.3.1" if version >= (20, 19) else "age-encryption@0.2.4"
    done = subprocess.run(
        [need("npm"), "install", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1", package],
        cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        pytest.skip(f"no npm registry, so age-encryption is not compared with: {done.stderr[-500:]}")
    return folder


def test_npm(identity, npm_package, tmp_path):
    jobs = []
    passphrase = inv.crypto.Passphrase(PASSWORD)
    for size in SIZES:
        for armor in (False, True):
            for secret in (False, True) if size <= 65537 else (False,):
                job = {name: str(tmp_path / f"{name}-{size}-{armor}-{secret}") for name in ("plain", "ours", "theirs")}
                data = pattern(size)
                with open(job["plain"], "wb") as plain, open(job["ours"], "wb") as ours:
                    plain.write(data)
                    ours.write(inv.crypto.encrypt(data, passphrase if secret else identity, armor=armor,
                                                  work_factor=10))
                jobs.append({**job, "armor": armor, "passphrase": secret})
    (npm_package / "peer.mjs").write_text(SCRIPT)
    (tmp_path / "jobs").write_text(json.dumps({"identity": identity.secret_text(), "recipient": identity.recipient,
                                               "password": PASSWORD, "jobs": jobs}))
    done = subprocess.run([shutil.which("node"), npm_package / "peer.mjs", tmp_path / "jobs"], capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    for job in jobs:
        with open(job["plain"], "rb") as plain, open(job["theirs"], "rb") as theirs:
            key = passphrase if job["passphrase"] else identity
            assert inv.crypto.decrypt(theirs.read(), key) == plain.read(), job
