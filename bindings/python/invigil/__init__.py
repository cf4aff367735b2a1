"""Online exam proctoring: capture, ID-card redaction, behaviour flags, encrypted recordings, review.

Times are seconds as float. Every error is an `invigil.Error` and the builtin that fits it.
"""

from __future__ import annotations

import os as _os
from collections.abc import Iterable as _Iterable

from . import _core, crypto
from ._core import *  # noqa: F403
from ._core import Examination, Flag, IoError, Playback, PlatformEvent, Policy, Score

__version__ = _core.__version__


class TryLater(IoError):
    """For transports of a `Spool`: the other end asks to be left alone for `wait` seconds."""

    def __init__(self, what: str, wait: float) -> None:
        super().__init__(what)
        self.wait = wait


def examine(
    source: str | _os.PathLike[str] | Playback,
    *,
    events: _Iterable[PlatformEvent] = (),
    policy: Policy | None = None,
) -> Examination:
    """Analyse a media file (path, URL) or an opened recording: what was seen and flagged.

    Raises `Error` when nothing can be read; a damaged input gives the part before the damage, and `.damage`
    says so.
    """
    policy = policy or Policy()
    if isinstance(source, Playback):
        return _core._examine_recording(source, list(events), policy)
    return _core._examine_media(_os.fspath(source), list(events), policy)


def score(
    source: _Iterable[Flag] | str | _os.PathLike[str] | Playback | Examination,
    *,
    policy: Policy | None = None,
) -> Score:
    """Score flags, or examine a media file or recording and score what was flagged.

    `.because` lists what the score is made of: (flag, points); their points add up to `.value` exactly.
    """
    policy = policy or Policy()
    if isinstance(source, (str, _os.PathLike, Playback)):
        source = examine(source, policy=policy)
    flags = source.flags if isinstance(source, Examination) else source
    return _core._score_flags(list(flags), policy)
