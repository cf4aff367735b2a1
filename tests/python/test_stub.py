"""The stub says what the module has: mypy compares them."""

import importlib.util
import subprocess
import sys

import pytest


def test_the_stub_fits_the_module():
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed")
    command = [sys.executable, "-m", "mypy.stubtest", "invigil", "--ignore-missing-stub"]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
