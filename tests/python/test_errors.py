"""Each error is an invigil.Error and the builtin that fits it."""

import pytest

import invigil as inv

BUILTINS = {
    inv.ArgumentError: ValueError,
    inv.DeviceError: OSError,
    inv.UnsupportedError: NotImplementedError,
    inv.BadHeaderError: ValueError,
    inv.NoIdentityError: LookupError,
    inv.TamperedError: ValueError,
    inv.TruncatedError: EOFError,
    inv.IoError: OSError,
    inv.ClosedError: ValueError,
    inv.PolicyError: ValueError,
    inv.ModelError: RuntimeError,
}


@pytest.mark.parametrize("error, builtin", BUILTINS.items())
def test_bases(error, builtin):
    assert issubclass(error, inv.Error) and issubclass(error, builtin)


def test_code_and_place():
    with pytest.raises(inv.PolicyError) as caught:
        inv.Policy.parse("[flags.face_absnt]\nenabled = false\n")
    assert caught.value.code == "policy"
    assert "face_absent" in str(caught.value)  # the nearest known key
    assert ":" in caught.value.where  # with the line


def test_a_typo_in_a_recipient_is_a_value_error(tmp_path):
    with pytest.raises(ValueError, match="age1"):
        inv.Recording(tmp_path / "r.tar", recipients=["age1typo"])
    assert not (tmp_path / "r.tar").exists()
