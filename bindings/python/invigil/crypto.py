"""age files (age-encryption.org/v1): encrypt, decrypt, and read at any place.

    import invigil as inv
    staff = inv.crypto.generate_identity()
    sealed = inv.crypto.encrypt(b"answers", staff.recipient)
    assert inv.crypto.decrypt(sealed, staff) == b"answers"
    with inv.crypto.open("exam.age", staff) as file:
        file.seek(-100, 2)
        tail = file.read()

Files are those of the `age` program, binary or in ASCII armor, to any number of X25519 keys or to one passphrase.
Errors: `BadHeaderError` (no age file; malformed header or armor), `NoIdentityError`, `TamperedError`,
`TruncatedError`, `UnsupportedError` (keys of other kinds).
"""

from __future__ import annotations

import io as _io
import os as _os
from collections.abc import Iterable
from typing import Any, BinaryIO, Union

from . import _core
from ._core import Identity, Passphrase, Recipient

__all__ = ["Identity", "Passphrase", "Recipient", "decrypt", "encrypt", "generate_identity", "open"]

_Bytes = Union[bytes, bytearray, memoryview]
#: Who can open a file: "age1...", a Recipient, an Identity (its public half is meant), or a Passphrase.
AnyRecipient = Union[str, Recipient, Identity, Passphrase]
#: What opens a file: "AGE-SECRET-KEY-1...", an Identity or a Passphrase.
AnyIdentity = Union[str, Identity, Passphrase]

_KEYS = (str, Recipient, Identity, Passphrase)


def _each(keys: Any) -> list[Any]:
    return [keys] if isinstance(keys, _KEYS) else list(keys)


def _recipients(keys: AnyRecipient | Iterable[AnyRecipient]) -> tuple[list[Recipient], list[Passphrase]]:
    recipients, passphrases = [], []
    for key in _each(keys):
        if isinstance(key, Passphrase):
            passphrases.append(key)
        elif isinstance(key, Identity):
            recipients.append(_core._recipient_of(key))
        elif isinstance(key, Recipient):
            recipients.append(key)
        elif isinstance(key, str):
            recipients.append(Recipient.parse(key))
        else:
            raise TypeError(f"a {type(key).__name__} is no recipient")  # without the value: it may be a secret
    return recipients, passphrases


def _identities(keys: AnyIdentity | Iterable[AnyIdentity]) -> tuple[list[Identity], list[Passphrase]]:
    identities, passphrases = [], []
    for key in _each(keys):
        if isinstance(key, Passphrase):
            passphrases.append(key)
        elif isinstance(key, Identity):
            identities.append(key)
        elif isinstance(key, str):
            identities.append(Identity.parse(key))
        else:
            raise TypeError(f"a {type(key).__name__} is no identity")
    return identities, passphrases


def generate_identity() -> Identity:
    """A new X25519 key from the system's random generator."""
    return Identity.generate()


def encrypt(
    data: _Bytes,
    recipients: AnyRecipient | Iterable[AnyRecipient],
    *,
    armor: bool = False,
    work_factor: int = 18,
) -> bytes:
    """An age file that each of the recipients can open; as ASCII text with `armor`.

    A passphrase must be the only recipient; guessing it takes 2**work_factor KiB of memory and the time to fill
    them, each time (1 to 22).
    """
    keys, passphrases = _recipients(recipients)
    return _core._encrypt(data, keys, passphrases, armor, work_factor)


def decrypt(
    data: _Bytes,
    identities: AnyIdentity | Iterable[AnyIdentity],
    *,
    max_work_factor: int = 22,
) -> bytes:
    """The content of an age file, binary or armored: all of it, authentic, or an error."""
    keys, passphrases = _identities(identities)
    return _core._decrypt(data, keys, passphrases, max_work_factor)


class _DecryptedFile(_io.RawIOBase):
    """What `open` gives: read-only, seekable where the encrypted file is."""

    def __init__(self, source: _core._Decrypted, name: str) -> None:
        super().__init__()
        self._source: _core._Decrypted | None = source
        self._at = 0
        self.name = name

    def _open(self) -> _core._Decrypted:
        if self._source is None:
            raise ValueError("I/O operation on closed file")
        return self._source

    def __repr__(self) -> str:
        return f"<invigil.crypto decrypted file {self.name!r}>"

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._open().seekable

    def readinto(self, buffer: Any) -> int:
        n = self._open().readinto(memoryview(buffer).cast("B"))
        self._at += n
        return n

    def readall(self) -> bytes:
        # One chunk a call: a larger buffer gains nothing.
        parts = []
        while part := self.read(1 << 16):
            parts.append(part)
        return b"".join(parts)

    def seek(self, offset: int, whence: int = _io.SEEK_SET, /) -> int:
        source = self._open()
        if not source.seekable:
            raise _io.UnsupportedOperation("the encrypted file is not seekable")
        if whence == _io.SEEK_CUR:
            offset += self._at
        elif whence == _io.SEEK_END:
            size = source.size()
            assert size is not None
            offset += size
        elif whence != _io.SEEK_SET:
            raise ValueError(f"invalid whence ({whence})")
        if offset < 0:
            raise ValueError("negative seek position")
        source.seek(offset)
        self._at = offset
        return offset

    def tell(self) -> int:
        self._open()
        return self._at

    def close(self) -> None:
        self._source = None
        super().close()


def open(
    file: str | _os.PathLike[str] | BinaryIO,
    identities: AnyIdentity | Iterable[AnyIdentity],
    *,
    max_work_factor: int = 22,
) -> _io.RawIOBase:
    """An age file, binary or armored, as a raw file object that gives its authenticated content.

    `file`: a path, or a binary file object, which is read from its beginning (where it cannot seek: from where it
    stands) and is left open. What is authentic is given before a damaged place raises. `seek` needs a seekable file,
    and authenticates the last chunk first; any place then costs one chunk of 64 KiB, but in an armored file all that
    is before it.
    """
    keys, passphrases = _identities(identities)
    source = _core._open(file, keys, passphrases, max_work_factor)
    name = _os.fspath(file) if isinstance(file, (str, _os.PathLike)) else getattr(file, "name", None)
    return _DecryptedFile(source, name if isinstance(name, str) else "file object")
