"""Online exam proctoring: capture, ID-card redaction, behaviour flags, encrypted recordings, review."""

from __future__ import annotations

import os as _os
from collections.abc import Iterable as _Iterable

from . import _core
from ._core import *  # noqa: F401,F403

__version__ = _core.__version__
