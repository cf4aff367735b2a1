"""The stub and the module name the same things."""

import ast
import pathlib

import pytest

from invigil import _core

STUB = ast.parse((pathlib.Path(_core.__file__).parent / "_core.pyi").read_text())
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}
GENERATED = {"name", "value"}  # of pybind11's enumerations


def named_in(body):
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.AnnAssign):
            yield node.target.id


def stub_members(name):
    """What the stub gives a class, with what it inherits inside the stub."""
    node = CLASSES[name]
    members = set(named_in(node.body))
    for base in node.bases:
        root = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(root, ast.Name) and root.id in CLASSES:
            members |= stub_members(root.id)
    return members


def public(names):
    return {n for n in names if not n.startswith("_")}


@pytest.mark.parametrize("name", [n for n in CLASSES if not n.startswith("_")])
def test_class(name):
    runtime = public(vars_with_bases(getattr(_core, name)))
    assert public(stub_members(name)) - GENERATED == runtime - GENERATED


def vars_with_bases(cls):
    """Members of a class and of its bases inside the module; exceptions' own are Python's."""
    if issubclass(cls, Exception):
        # Set on instances, where tests look.
        return stub_members("Error") | ({"trouble"} if cls.__name__ == "DeviceError" else set())
    return {n for c in cls.__mro__ if c.__module__.startswith("invigil") for n in vars(c)}


def test_module():
    in_stub = public(named_in(STUB.body)) | {"Observation"}
    at_runtime = public(n for n in dir(_core))
    assert in_stub - {"In", "Out", "T", "Observation"} == at_runtime


def test_everything_public_has_a_docstring_or_is_plain_data():
    functions = [n for n in STUB.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
    assert functions and all(ast.get_docstring(f) for f in functions)
