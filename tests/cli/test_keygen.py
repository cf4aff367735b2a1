"""invigil keygen."""

import subprocess

from conftest import fails, need, ok


def test_age_reads_the_key(folder):
    recipient = ok("keygen", "-o", "staff.key").out.strip()
    out = subprocess.run([need("age-keygen"), "-y", "staff.key"], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == recipient
    assert (folder / "staff.key").stat().st_mode & 0o777 == 0o600


def test_json(folder):
    assert ok("keygen", "-o", "staff.key", "--json").json["recipient"].startswith("age1")


def test_to_standard_output(kept):
    result = ok("keygen")
    assert "AGE-SECRET-KEY-1" in result.out and "AGE-SECRET-KEY-1" not in result.err
    assert ok("keygen", "--quiet").err == ""


def test_a_key_is_never_overwritten_by_accident(kept):
    ok("keygen", "-o", "staff.key")
    kept.mark()
    before = (kept.folder / "staff.key").read_text()
    fails(1, "keygen", "-o", "staff.key", says=["staff.key", "exists already"])
    assert (kept.folder / "staff.key").read_text() == before
    ok("keygen", "-o", "staff.key", "--force")
    assert (kept.folder / "staff.key").read_text() != before
