"""Proofs about a recording, made and checked from Python."""

import base64
import pathlib
import subprocess
import sys
import tarfile

import pytest

import invigil as inv


@pytest.fixture(scope="module")
def exam(tmp_path_factory):
    """A short recording, its signer's key, and its members unpacked."""
    folder = tmp_path_factory.mktemp("exam")
    path = folder / "exam.tar"
    with inv.Recording(path, recipients=[inv.Identity.generate().recipient]) as recording:
        recording.events.write(inv.PlatformEvent(1.0, "paste"))
        signer = recording.signer
    with tarfile.open(path) as tar:
        tar.extractall(folder)
    return path, signer, folder


def test_inclusion(exam):
    path, signer, folder = exam
    proof = inv.InclusionProof.parse(str(inv.prove_inclusion(path, 1)))
    assert proof.index == 1 and proof.entry.startswith("invigil/1 1 ")
    assert proof.verify(signer=signer)
    assert proof.is_about(folder / "m/000001.age") and not proof.is_about(folder / "m/000000.age")
    size, root = proof.checkpoint.split("\n")[1:3]
    assert inv.verify_inclusion(inv.leaf_hash(proof.entry.encode()), 1, int(size), proof.hashes, base64.b64decode(root))
    with pytest.raises(inv.ArgumentError):
        inv.prove_inclusion(path, 1000)
    with pytest.raises(inv.BadHeaderError):
        inv.InclusionProof.parse("nonsense")


def test_consistency(exam):
    path, signer, folder = exam
    old = (folder / "j/000001.note").read_text("utf-8").split("\n\n", 1)[1]
    proof = inv.ConsistencyProof.parse(str(inv.prove_consistency(path, 2)))
    assert proof.verify(old, signer=signer)
    assert proof.checkpoint == inv.newest_checkpoint(path)
    assert not proof.verify(proof.checkpoint, signer=signer)
    (old_size, old_root), (size, root) = (text.split("\n")[1:3] for text in (old, proof.checkpoint))
    roots = base64.b64decode(old_root), base64.b64decode(root)
    assert inv.verify_consistency(int(old_size), roots[0], int(size), roots[1], proof.hashes)
    assert not inv.verify_consistency(int(old_size), roots[1], int(size), roots[1], proof.hashes)


def test_hashes_have_32_bytes():
    with pytest.raises(inv.ArgumentError):
        inv.verify_inclusion(b"short", 0, 1, [], bytes(32))


def test_the_example(exam, tmp_path):
    path, signer, folder = exam
    (tmp_path / "exam.pub").write_text(signer + "\n")
    script = pathlib.Path(__file__).resolve().parents[2] / "examples" / "prove.py"
    run = lambda *arguments: subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True)
    proof = tmp_path / "p.tlog-proof"
    assert run("make", path, "1", "--to", proof).returncode == 0
    good = run("check", proof, "--signer", tmp_path / "exam.pub", "--file", folder / "m/000001.age")
    assert good.returncode == 0 and "member 1 is one of the" in good.stdout
    assert run("check", proof, "--signer", tmp_path / "exam.pub", "--file", folder / "m/000000.age").returncode == 3
    assert run("make", path, "99", "--to", proof).returncode == 1
