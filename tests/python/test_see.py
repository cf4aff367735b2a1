"""The example that shows what each detector sees."""

import pathlib
import subprocess
import sys


def test_example(clip):
    example = pathlib.Path(__file__).resolve().parents[2] / "examples/see.py"
    out = subprocess.run([sys.executable, example, clip], capture_output=True, text=True, check=True).stdout
    assert out.startswith("no model for")
    assert "repeats itself" in out
