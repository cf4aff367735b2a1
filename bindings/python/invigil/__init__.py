"""Online exam proctoring: capture, ID-card redaction, behaviour flags, encrypted recordings, review.

Times are seconds as float. Every error is an `invigil.Error` and the builtin that fits it.
"""

from __future__ import annotations

import os as _os
from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping

from . import _core, crypto
from ._core import *  # noqa: F403
from ._core import (
    Consent,
    Examination,
    Flag,
    IoError,
    PictureObservation,
    Playback,
    PlatformEvent,
    Policy,
    Score,
    Speech,
)

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


def replay(
    observations: _Iterable[PictureObservation | Speech],
    *,
    events: _Iterable[PlatformEvent] = (),
    policy: Policy | None = None,
    consent: Consent | None = None,
) -> list[Flag]:
    """Flags from observations that were kept: no picture is looked at again.

    With the policy and events of the first run the flags are the same. What was not kept cannot come back: a policy
    with a lower confidence for faces than the first finds no more faces.

    >>> flags = inv.replay(inv.load_observations("o.jsonl"), policy=inv.Policy.load("oral.toml"))
    """
    return _core._replay(list(observations), list(events), policy or Policy(), consent)


def what_if(
    observations: _Iterable[PictureObservation | Speech],
    policies: _Mapping[str, Policy],
    *,
    events: _Iterable[PlatformEvent] = (),
) -> dict[str, Score]:
    """The score of one session by each of several policies, keyed as `policies`.

    >>> seen = inv.examine("exam.mp4").observations
    >>> for name, result in inv.what_if(seen, {"default": inv.Policy(), "oral": inv.Policy.load("oral.toml")}).items():
    ...     print(name, result.value, result.level)
    """
    seen, told = list(observations), list(events)
    return {
        name: _core._score_flags(_core._replay(seen, told, policy, None), policy) for name, policy in policies.items()
    }


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
