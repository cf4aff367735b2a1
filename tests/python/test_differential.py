"""The library and the `age` program agree on damaged files; tests/fuzz/differential.py does the work."""

import importlib.util
import pathlib

from conftest import need


def test_damaged_files():
    need("age")
    path = pathlib.Path(__file__).resolve().parents[1] / "fuzz/differential.py"
    spec = importlib.util.spec_from_file_location("differential", path)
    differential = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(differential)
    wrong, accepted = differential.run(400, seed=1)
    assert not wrong, "\n".join(wrong)
    assert accepted >= 20  # or nothing but rejection was compared
