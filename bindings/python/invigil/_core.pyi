"""Types of the compiled module. Times and durations are seconds."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar, overload

import numpy as np
import numpy.typing as npt

__version__: str

# ---------------------------------------------------------------------------------------------- errors

class Error(Exception):
    """Every failure that invigil reports. `code` is the name of the kind, `where` the file, device or option."""

    code: str
    where: str

class ArgumentError(Error, ValueError): ...
class DeviceError(Error, OSError):
    """`trouble`: "absent", "busy", "forbidden", "lost" or "failed"; an UnsupportedError of a device has it too."""

    trouble: str

class UnsupportedError(Error, NotImplementedError): ...
class BadHeaderError(Error, ValueError): ...
class NoIdentityError(Error, LookupError): ...
class TamperedError(Error, ValueError): ...
class TruncatedError(Error, EOFError): ...
class IoError(Error, OSError): ...
class ClosedError(Error, ValueError): ...
class PolicyError(Error, ValueError): ...
class ModelError(Error, RuntimeError): ...

# ----------------------------------------------------------------------------------- pictures and sound

class RawFrame:
    """A picture before redaction. Its pixels are not shown: pass it through `RedactIdCard`."""

    def __init__(self, rgb: npt.NDArray[np.uint8], *, time: float = 0.0, index: int = 0) -> None:
        """From an array of shape (height, width, 3)."""
    @property
    def time(self) -> float: ...
    @property
    def index(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...

class Frame:
    """A picture in which document numbers are concealed."""

    @property
    def time(self) -> float: ...
    @property
    def index(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def luma(self) -> npt.NDArray[np.uint8]:
        """Read-only view of Y, shape (height, width), without a copy."""
    @property
    def planes(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Read-only views of Y, U and V; U and V have half the size, rounded up."""
    @property
    def unredacted(self) -> bool:
        """True when `KeepUnredacted` made it."""
    @property
    def concealed(self) -> list[dict[str, Any]]:
        """What was covered: `document`, `state`, `quads` as in the command line's regions file, and `late`: whether it
        may have been visible in frames that had left before it was found (then `look_back` was too short)."""
    def rgb(self) -> npt.NDArray[np.uint8]:
        """A copy, shape (height, width, 3)."""

class AudioBlock:
    """A run of sound: 48 kHz, float32, full scale +-1."""

    rate: ClassVar[int]
    def __init__(self, samples: npt.NDArray[np.float32], *, time: float = 0.0) -> None:
        """From samples of shape (n,) or (channels, n)."""
    @property
    def time(self) -> float: ...
    @property
    def duration(self) -> float: ...
    @property
    def channels(self) -> int: ...
    @property
    def samples(self) -> npt.NDArray[np.float32]:
        """Read-only view, shape (channels, n), without a copy."""
    def __len__(self) -> int: ...

# ------------------------------------------------------------------------------------------ observations

class HeadPose:
    """Degrees: yaw to the picture's left edge, pitch up, roll of the head's top to its right edge."""

    @property
    def yaw(self) -> float: ...
    @property
    def pitch(self) -> float: ...
    @property
    def roll(self) -> float: ...

class Face:
    @property
    def box(self) -> tuple[float, float, float, float]:
        """x, y, width, height in pixels."""
    @property
    def confidence(self) -> float: ...
    @property
    def pose(self) -> HeadPose | None: ...
    @property
    def gaze(self) -> float | None:
        """How far the irises lie from the middle of their eyes, in widths of an eye, -1 to 1, positive to the right edge
        of the picture; None when it was not looked for, or the eyes do not tell."""

class Faces:
    """The faces of one picture, largest first."""

    @property
    def time(self) -> float: ...
    @property
    def faces(self) -> list[Face]: ...
    @property
    def quality(self) -> float:
        """0 when nothing can be told, 1 when the detector is to be trusted."""
    def __len__(self) -> int: ...

class PictureHealth:
    @property
    def time(self) -> float: ...
    @property
    def luma(self) -> float: ...
    @property
    def spread(self) -> float: ...
    @property
    def sharpness(self) -> float: ...
    @property
    def change(self) -> float: ...
    @property
    def repeats(self) -> float:
        """How far the last 2 s move as earlier ones did, 0 to 1."""
    @property
    def repeats_after(self) -> float:
        """Seconds between the two."""
    @property
    def repeats_for(self) -> float:
        """Seconds since the pictures began to be as they were."""
    @property
    def state(self) -> str:
        """ok, dark, covered or frozen."""
    @property
    def width(self) -> int:
        """As the source gave it, in pixels, before it was scaled to the size of the first picture; 0 when not known."""
    @property
    def height(self) -> int:
        """As the source gave it, in pixels; 0 when not known."""
    @property
    def resized(self) -> int:
        """How often the source's size changed since the last picture that was looked at."""

class Object:
    @property
    def label(self) -> str: ...
    @property
    def box(self) -> tuple[float, float, float, float]: ...
    @property
    def confidence(self) -> float: ...

class Objects:
    """The objects of one picture, most confident first."""

    @property
    def time(self) -> float: ...
    @property
    def objects(self) -> list[Object]: ...
    def __len__(self) -> int: ...

class Likeness:
    """Whether the face is that of the candidate."""

    @property
    def time(self) -> float: ...
    @property
    def similarity(self) -> float:
        """Cosine between two faces; two persons are below about 0.4."""

class Repetition:
    """How far the last 2 s of pictures move as earlier ones did."""

    @property
    def time(self) -> float: ...
    @property
    def similarity(self) -> float:
        """0 to 1; people reach 0.91, loops 0.99."""
    @property
    def after(self) -> float:
        """Seconds between the two."""
    @property
    def lasts(self) -> float:
        """Seconds for which the pictures have been as they were that time before."""

class PictureObservation:
    """All that was seen in one analysed picture."""

    @property
    def time(self) -> float: ...
    @property
    def faces(self) -> Faces: ...
    @property
    def objects(self) -> list[Object]: ...
    @property
    def objects_looked(self) -> bool:
        """Objects are not looked for in every picture."""
    @property
    def likeness(self) -> float | None:
        """`Likeness.similarity`, when the face was compared."""
    @property
    def picture(self) -> PictureHealth: ...
    def json(self) -> str: ...

class Speech:
    """One block of 32 ms of sound."""

    @property
    def time(self) -> float: ...
    @property
    def probability(self) -> float:
        """>= 0.5 means speech; -1 without a model."""
    @property
    def level(self) -> float:
        """RMS, dBFS."""
    @property
    def loudness(self) -> float:
        """Momentary, LUFS."""
    @property
    def clipped(self) -> float:
        """Share of its samples at full scale (0.98 and above), in [0, 1]."""
    def json(self) -> str: ...

Observation = PictureObservation | Speech

class PlatformEvent:
    """What the exam platform tells, e.g. focus_lost."""

    def __init__(self, time: float, event: str, duration: float = 0.0) -> None: ...
    @property
    def time(self) -> float: ...
    @property
    def event(self) -> str: ...
    @property
    def duration(self) -> float: ...

class EventLog:
    """A file of platform events, read as far as it can be read."""

    @property
    def events(self) -> list[PlatformEvent]:
        """In order of time."""
    @property
    def bad(self) -> list[str]:
        """What is wrong with the first 20 lines that could not be read, each with file and line."""
    @property
    def bad_lines(self) -> int:
        """How many there are in all."""
    @property
    def gap(self) -> Flag | None:
        """The technical flag that says so."""

def load_events(path: str | os.PathLike[str]) -> EventLog:
    """Reads `{"t":s,"event":"focus_lost","duration":s?}` lines; a bad one is left out and named, the rest is used.

    Raises `IoError`.
    """

def parse_observations(lines: str) -> list[Observation]:
    """Reads JSON lines, e.g. those of `Playback.observations`. Raises `BadHeaderError` with the line."""

def load_observations(path: str | os.PathLike[str]) -> list[Observation]:
    """Reads a file that `invigil score --observations` wrote. Raises `IoError`, or `BadHeaderError` with the line."""

def times_counted(flag: Flag) -> int:
    """How many times a flag counts in a rate: as often as it was merged of, and once more for each 15 s that it lasts;
    1 to 200.

    >>> times_counted(Flag("speech", 10, 45))
    3
    """

def review_list(
    score: Score, *, minutes_per_hour: float = 6.0, session: float = 0.0, longest_clip: float = 60.0
) -> list[tuple[Flag, float, float, float]]:
    """The clips to watch within a budget, the most telling first: (flag, points, begin, end).

    In order of points, confidence, time, each if what it adds still fits; overlaps are watched once. `session`: its
    length in seconds, by default until the last flag's evidence ends; of a clip longer than `longest_clip` seconds the
    first part is shown. Raises `ArgumentError`.
    """

# ----------------------------------------------------------------------------------------- flags, scores

class FlagKind:
    behaviour: ClassVar[FlagKind]
    technical: ClassVar[FlagKind]
    milestone: ClassVar[FlagKind]
    __members__: ClassVar[dict[str, FlagKind]]
    def __init__(self, value: int) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...
    def __int__(self) -> int: ...
    def __index__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __eq__(self, other: object) -> bool: ...
    def __ne__(self, other: object) -> bool: ...

class Flag:
    """One stretch of the session that deserves a look."""

    def __init__(
        self,
        what: str,
        begin: float,
        end: float,
        *,
        kind: FlagKind = ...,
        confidence: float = 1.0,
        because: str = "",
    ) -> None: ...
    @property
    def what(self) -> str: ...
    @property
    def kind(self) -> FlagKind: ...
    @property
    def begin(self) -> float: ...
    @property
    def end(self) -> float: ...
    @property
    def confidence(self) -> float: ...
    @property
    def because(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def evidence(self) -> tuple[float, float]:
        """The stretch to watch when judging: begin, end."""
    def json(self) -> str: ...
    def __eq__(self, other: object) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

class Score:
    """How much there is to review, never a verdict."""

    @property
    def value(self) -> float:
        """The sum of the points in `because`, to the last bit."""
    @property
    def level(self) -> str:
        """low, medium or high."""
    @property
    def because(self) -> list[tuple[Flag, float]]:
        """(flag, points) for every behaviour flag, in order of begin."""
    @property
    def technical(self) -> list[Flag]:
        """What could not be seen, and milestones: weigh nothing."""

class Policy:
    """What is flagged, from when on and how much it weighs."""

    def __init__(self) -> None: ...
    @staticmethod
    def parse(toml: str) -> Policy: ...
    @staticmethod
    def load(path: str | os.PathLike[str]) -> Policy: ...
    def to_toml(self) -> str: ...
    @property
    def digest(self) -> str: ...

class Consent:
    """What the candidate agreed to."""

    def __init__(
        self,
        *,
        given: bool = False,
        purpose: str = "",
        audience: str = "",
        retention: str = "",
        by: str = "",
        at: str = "",
    ) -> None: ...
    @property
    def given(self) -> bool: ...
    @property
    def purpose(self) -> str: ...
    @property
    def audience(self) -> str: ...
    @property
    def retention(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def at(self) -> str: ...

class Examination:
    """What was seen, what was flagged, and how much that rests on."""

    @property
    def flags(self) -> list[Flag]: ...
    @property
    def observations(self) -> list[PictureObservation | Speech]: ...
    @property
    def video(self) -> float: ...
    @property
    def audio(self) -> float: ...
    @property
    def gaps(self) -> float: ...
    @property
    def models(self) -> dict[str, str]: ...
    @property
    def damage(self) -> str:
        """Empty, or why reading ended early."""

# ---------------------------------------------------------------------------------------------- sources

class RawFrameSource:
    """Gives raw frames; iterate, or add it to a session."""

    @property
    def name(self) -> str: ...
    def __iter__(self) -> Iterator[RawFrame]: ...
    def __next__(self) -> RawFrame: ...

class FrameSource:
    """Gives what was recorded; iterate, or add it to a session."""

    @property
    def name(self) -> str: ...
    def __iter__(self) -> Iterator[Frame]: ...
    def __next__(self) -> Frame: ...

class FlagSource:
    """Gives flags; iterate, or add it to a session."""

    @property
    def name(self) -> str: ...
    def __iter__(self) -> Iterator[Flag]: ...
    def __next__(self) -> Flag: ...

class AudioSource:
    """Gives sound; iterate, or add it to a session."""

    @property
    def name(self) -> str: ...
    def __iter__(self) -> Iterator[AudioBlock]: ...
    def __next__(self) -> AudioBlock: ...

class Camera(RawFrameSource):
    """A webcam; open from construction until it is gone."""

    def __init__(
        self,
        *,
        device: str = "",
        width: int = 1280,
        height: int = 720,
        rate: float = 30.0,
        queue: int = 8,
        longest_absence: float | None = None,
    ) -> None: ...
    @property
    def statistics(self) -> dict[str, int | bool]:
        """What it gave and what was lost where; also while a session has it."""
    @property
    def flags(self) -> FlagSource:
        """virtual_camera, camera_lost and frames_dropped: a source for the session that takes the camera."""

class Screen(RawFrameSource):
    """The whole screen."""

    def __init__(self, *, device: str = "", rate: float = 5.0) -> None: ...

class Microphone(AudioSource):
    """A microphone. One that is unplugged is waited for, and heard again when the same one is back."""

    def __init__(self, *, device: str = "", longest_absence: float | None = None) -> None: ...
    @property
    def statistics(self) -> dict[str, int | bool]:
        """What it gave and what was lost where, in runs of sound of about 20 ms."""
    @property
    def flags(self) -> FlagSource:
        """microphone_lost and frames_dropped: a source for the session that takes the microphone."""

class Chunks:
    """The chunks of a browser's MediaRecorder, as a server gets them: twice, in any order, or never.

    The input of a `MediaFile`, which waits for the first of them. Thread-safe. WebM can be read on after a loss, from
    the next keyframe on; other formats cannot. A recorder that was started anew goes on.

    `wait`: seconds for which a missing chunk is waited for once a later one is there. `timeout`: reading fails when
    nothing arrives for so many seconds. `most_bytes`: of chunks that were not read yet, half of it for those that wait
    for an earlier one. `furthest`: how far a number may lie beyond the one that is due.

    >>> chunks = inv.Chunks()
    >>> chunks.push(0, body)                # in a request handler
    >>> file = inv.MediaFile(chunks)        # in the thread that records
    """

    def __init__(
        self,
        *,
        name: str = "the page's recording",
        first: int = 0,
        wait: float = 10.0,
        timeout: float = 300.0,
        most_bytes: int = 67108864,
        furthest: int = 10000,
    ) -> None: ...
    def push(self, number: int, data: bytes | bytearray | memoryview, *, at: float | None = None) -> bool:
        """Takes a chunk; False when it is known already or was given up: nothing is to be done.

        `at`: seconds, when it was recorded or has arrived, on one clock for all chunks; default now. Never waits.
        Raises `IoError` when there is no room (let the page send it again in a moment), `ArgumentError` when it is too
        large or its number too far ahead, `ClosedError` after the end and once nobody reads any more.
        """
    def end(self, last: int | None = None) -> None:
        """No more will come; with `last`, none after that chunk, and those missing before it are waited for."""
    @property
    def statistics(self) -> dict[str, int]:
        """What came (received, bytes), how (doubled, differing, reordered, late), what not (lost), what waits (waiting)."""
    @property
    def flags(self) -> FlagSource:
        """`gap` for each run of lost chunks and each stretch of more than 2 s that passed without being recorded, in media
        time: a source for the session that reads the chunks."""

class MediaFile:
    """A media file, pipe ("-"), URL, or a page's `Chunks`, whose own timeout counts."""

    def __init__(
        self, input: str | os.PathLike[str] | Chunks, *, realtime: bool = False, timeout: float = 30.0
    ) -> None: ...
    @property
    def info(self) -> dict[str, Any]: ...
    def video(self) -> RawFrameSource:
        """The pictures; once."""
    def audio(self) -> AudioSource:
        """The sound; once."""

def test_video(graph: str) -> RawFrameSource:
    """Synthetic pictures: a libavfilter graph such as "testsrc2=size=640x360:duration=2"."""

def test_audio(graph: str) -> AudioSource:
    """Synthetic sound: a libavfilter graph such as "sine=frequency=440:duration=2"."""

def devices() -> list[dict[str, Any]]:
    """Cameras, microphones and screens: a dict each."""

class DeviceWatch:
    """Tells when devices come and go: at once cameras and sound cards, within 2 s what a sound server offers."""

    def __init__(self) -> None: ...
    def next(self, *, timeout: float = 1e9) -> list[dict[str, Any]] | None:
        """The list as `devices` gives it, once it has changed (the first time at once); None after `timeout` seconds."""

def models() -> list[dict[str, Any]]:
    """The detection models: a dict each."""

# ----------------------------------------------------------------------------------------------- stages

In = TypeVar("In")
Out = TypeVar("Out")

class _Stage(Generic[In, Out]):
    def process(self, item: In) -> list[Out]:
        """Feeds one item; what comes out, as a list."""
    def finish(self) -> list[Out]:
        """What was still held back, as a list."""
    def run(self, items: Sequence[In]) -> list[Out]:
        """Feeds all items and finishes; what comes out, as a list."""

class RedactIdCard(_Stage[RawFrame, Frame]):
    """Conceals document numbers."""

    def __init__(
        self, *, cover: str = "numbers", look_back: float = 0.5, hold: float = 0.5, every: int = 4
    ) -> None: ...

class IdentifiedDocument:
    """What is kept of a document. Its machine readable zone was read in memory only."""

    @property
    def type(self) -> str: ...
    @property
    def still(self) -> npt.NDArray[np.uint8] | None:
        """(height, width, 3), RGB: all covered but what is in `shown`."""
    @property
    def shown(self) -> list[tuple[str, tuple[float, float, float, float]]]:
        """("portrait", "name" or "words", (x, y, width, height)) of what is not covered, in pixels of the still."""
    @property
    def corners(self) -> list[tuple[float, float]]:
        """Where the still's corners were in the frame that it was taken from: upper left, then clockwise."""
    @property
    def numbers_concealed(self) -> bool:
        """The second look found no number in what was left open."""
    @property
    def mrz_checks_passed(self) -> int: ...
    @property
    def mrz_checks(self) -> int: ...
    @property
    def same_person(self) -> float | None:
        """0 to 1, for staff, never a verdict; None when nothing could be compared. benchmarks/same_person.py measured it."""

class Identified:
    """What the identity step keeps."""

    @property
    def documents(self) -> list[IdentifiedDocument]: ...
    @property
    def portrait(self) -> npt.NDArray[np.uint8] | None:
        """(height, width, 3), RGB."""
    @property
    def sheet(self) -> npt.NDArray[np.uint8] | None:
        """Documents and portrait in one picture."""
    @property
    def second_look(self) -> str: ...
    @property
    def compared_by(self) -> str: ...
    @property
    def milestone(self) -> Flag: ...

class IdentifyEvent:
    """A change of guidance; the last one has what is kept."""

    @property
    def time(self) -> float: ...
    @property
    def guidance(self) -> str:
        """A key, e.g. "move_closer"."""
    @property
    def advice(self) -> str:
        """The same as an English sentence."""
    @property
    def identified(self) -> Identified | None: ...

class Identify(_Stage[RawFrame, IdentifyEvent]):
    """Guides the candidate who shows a document, and keeps a redacted still of it and a portrait.

    documents: what is asked for, one or two of "identity_document" and "statement" (of registration: an A4 page), in the
    order in which they are shown; a statement needs an identity document beside it. cover: "all_but_portrait_and_name", or
    "numbers", which is the same as yet, or "whole_document". Digits are shown by none.
    driving_licence: whether one is kept, too; else the guidance is "show_other". settle: seconds for which good views are
    compared. Raises `ArgumentError` for other values.

    >>> events = Identify().run(frames)                # doctest: +SKIP
    >>> events[-1].identified.documents[0].type        # doctest: +SKIP
    'passport'
    >>> Identify(documents=["identity_document", "statement"]).run(frames)[-1].guidance   # doctest: +SKIP
    'done'
    """

    def __init__(self, *, documents: list[str] = ["identity_document"], cover: str = "all_but_portrait_and_name",
                 driving_licence: bool = False, settle: float = 1.0) -> None: ...

class KeepUnredacted(_Stage[RawFrame, Frame]):
    """Lets frames pass as they are; recordings say so."""

    def __init__(self) -> None: ...

class FindFaces(_Stage[Frame, Faces]):
    def __init__(self, *, rate: float = 5.0, confidence: float = 0.8) -> None: ...
    @property
    def detector(self) -> str: ...

class FindHeadPose(_Stage[Frame, Faces]):
    """Faces, the largest of them with its pose, by FaceMesh; no pose without its model: `detector` is "none" then.

    Mean error to be expected: 6 degrees of yaw, 8 of pitch. Raises `ArgumentError` for options out of range and
    `ModelError` for a model of another digest.

    >>> for faces in FindHeadPose().run(frames):       # doctest: +SKIP
    ...     print(faces.time, faces.faces[0].pose.yaw)
    """

    def __init__(self, *, rate: float = 5.0, confidence: float = 0.8) -> None: ...
    @property
    def detector(self) -> str: ...

class FindGaze(_Stage[Frame, Faces]):
    """The largest face with its pose and `gaze`, by MediaPipe's Iris. Closed eyes, and eyes that are too small or too
    hidden to tell, have no gaze; without the models none has: `detector` is "none" then.

    rate: pictures a second, 0 for all. confidence: faces below are left out. Raises `ArgumentError` and `ModelError`.

    >>> for faces in FindGaze().run(frames):           # doctest: +SKIP
    ...     print(faces.time, faces.faces[0].gaze)
    """

    def __init__(self, *, rate: float = 2.0, confidence: float = 0.8) -> None: ...
    @property
    def detector(self) -> str: ...

class FindObjects(_Stage[Frame, Objects]):
    """Phones, books, laptops and persons, by PicoDet-S; nothing without its model: `detector` is "none" then.

    rate: pictures a second, 0 for all. closely: look at nine parts of every picture as well, for small things far away,
    at ten times the cost; the first picture always is. Raises `ArgumentError` and `ModelError`.

    >>> [o.label for o in FindObjects(rate=0).process(frame)[0].objects]    # doctest: +SKIP
    ['phone', 'person']
    """

    def __init__(self, *, rate: float = 0.5, closely: bool = False) -> None: ...
    @property
    def detector(self) -> str: ...

class ComparePerson(_Stage[Frame, Likeness]):
    """How like the candidate the face is: every 5 s, when it comes into the picture, and while in doubt.

    portrait: a frame that shows the candidate; without it the first face that is alone for 5 s is taken. Raises
    `ArgumentError` when it shows no face, and `ModelError`.

    >>> [l.similarity for l in ComparePerson().run(frames)]                 # doctest: +SKIP
    [0.93, 0.91]
    """

    def __init__(self, *, portrait: Frame | None = None, confidence: float = 0.8) -> None: ...
    @property
    def detector(self) -> str: ...

class FindRepetition(_Stage[Frame, Repetition]):
    """How far the last 2 s repeat what was seen 2 s to 10 min before, five pictures a second.

    >>> max(r.similarity for r in FindRepetition().run(frames)) > 0.92      # doctest: +SKIP
    False
    """

    def __init__(self) -> None: ...

class CheckPicture(_Stage[Frame, PictureHealth]):
    """Whether pictures are dark, covered or frozen, and whether their source changed its size.

    rate: pictures a second to look at, 0 for all. Raises `ArgumentError` for a rate out of range.

    >>> sum(health.resized for health in CheckPicture(rate=0).run(frames))  # doctest: +SKIP
    0
    """

    def __init__(self, *, rate: float = 5.0) -> None: ...

class FindSpeech(_Stage[AudioBlock, Speech]):
    def __init__(self) -> None: ...
    @property
    def detector(self) -> str: ...

class FlagAbsence(_Stage[Faces, Flag]):
    def __init__(self, *, longer_than: float = 3.0) -> None: ...

class FlagSpeech(_Stage[Speech, Flag]):
    def __init__(self, *, longer_than: float = 0.5) -> None: ...

class FlagPictures(_Stage[PictureObservation, Flag]):
    """Every flag on pictures that the policy asks for; also on observations of earlier examinations."""

    def __init__(self, *, policy: Policy = ...) -> None: ...
    @property
    def evidence(self) -> float:
        """The strongest evidence now of what may become a flag, 0 to 1; above 0.3 pictures deserve a closer look."""

class FlagSound(_Stage[Speech, Flag]):
    """Every flag on sound that the policy asks for: speech, and the technical clipping and microphone_muted."""

    def __init__(self, *, policy: Policy = ...) -> None: ...

class OrderEvents(_Stage[PlatformEvent, PlatformEvent]):
    """Puts events in order that come at most `within` seconds late; what is later still is passed on as it comes."""

    def __init__(self, *, within: float = 2.0) -> None: ...
    def flush(self) -> list[PlatformEvent]:
        """What is held, in order."""

class FlagEvents(_Stage[PlatformEvent, Flag]):
    def __init__(self, *, policy: Policy = ...) -> None: ...

# ---------------------------------------------------------------------------------------- sessions, wires

class WhenFull:
    block: ClassVar[WhenFull]
    drop_oldest: ClassVar[WhenFull]
    __members__: ClassVar[dict[str, WhenFull]]
    def __init__(self, value: int) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...
    def __int__(self) -> int: ...
    def __index__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __eq__(self, other: object) -> bool: ...
    def __ne__(self, other: object) -> bool: ...

T = TypeVar("T")

class _Collected(Generic[T]):
    """What a wire has given so far: a sequence."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[T]: ...
    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

class _Sink(Generic[T]):
    """A track or log of a recording."""

    def write(self, item: T) -> None: ...

class FrameSink(_Sink[Frame]): ...
class AudioSink(_Sink[AudioBlock]): ...
class FlagSink(_Sink[Flag]): ...
class EventSink(_Sink[PlatformEvent]): ...
class ObservationSink(_Sink[PictureObservation | Speech]): ...
class FrameList(_Collected[Frame]): ...
class AudioList(_Collected[AudioBlock]): ...
class FacesList(_Collected[Faces]): ...
class PictureList(_Collected[PictureHealth]): ...
class ObjectsList(_Collected[Objects]): ...
class LikenessList(_Collected[Likeness]): ...
class RepetitionList(_Collected[Repetition]): ...
class SpeechList(_Collected[Speech]): ...
class FlagList(_Collected[Flag]): ...
class EventList(_Collected[PlatformEvent]): ...
class ObservationList(_Collected[PictureObservation | Speech]): ...

class RawFrameStream:
    """A wire that carries raw frames: it ends in no sink."""

    @overload
    def via(self, stage: RedactIdCard) -> FrameStream: ...
    @overload
    def via(self, stage: KeepUnredacted) -> FrameStream: ...
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> RawFrameStream: ...
    def merge(self, other: RawFrameStream) -> RawFrameStream: ...

class FrameStream:
    @overload
    def via(self, stage: FindFaces) -> FacesStream: ...
    @overload
    def via(self, stage: CheckPicture) -> PictureStream: ...
    @overload
    def via(self, stage: FindHeadPose) -> FacesStream: ...
    @overload
    def via(self, stage: FindGaze) -> FacesStream: ...
    @overload
    def via(self, stage: FindObjects) -> ObjectsStream: ...
    @overload
    def via(self, stage: ComparePerson) -> LikenessStream: ...
    @overload
    def via(self, stage: FindRepetition) -> RepetitionStream: ...
    def to(self, sink: FrameSink) -> None: ...
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> FrameStream: ...
    def merge(self, other: FrameStream) -> FrameStream: ...
    def collect(self) -> FrameList: ...
    def each(self, function: Callable[[Frame], None]) -> None: ...

class AudioStream:
    def via(self, stage: FindSpeech) -> SpeechStream: ...
    def to(self, sink: AudioSink) -> None: ...
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> AudioStream: ...
    def merge(self, other: AudioStream) -> AudioStream: ...
    def collect(self) -> AudioList: ...
    def each(self, function: Callable[[AudioBlock], None]) -> None: ...

class FacesStream:
    def via(self, stage: FlagAbsence) -> FlagStream: ...
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> FacesStream: ...
    def merge(self, other: FacesStream) -> FacesStream: ...
    def collect(self) -> FacesList: ...
    def each(self, function: Callable[[Faces], None]) -> None: ...

class PictureStream:
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> PictureStream: ...
    def merge(self, other: PictureStream) -> PictureStream: ...
    def collect(self) -> PictureList: ...
    def each(self, function: Callable[[PictureHealth], None]) -> None: ...

class ObjectsStream:
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> ObjectsStream: ...
    def merge(self, other: ObjectsStream) -> ObjectsStream: ...
    def collect(self) -> ObjectsList: ...
    def each(self, function: Callable[[Objects], None]) -> None: ...

class LikenessStream:
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> LikenessStream: ...
    def merge(self, other: LikenessStream) -> LikenessStream: ...
    def collect(self) -> LikenessList: ...
    def each(self, function: Callable[[Likeness], None]) -> None: ...

class RepetitionStream:
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> RepetitionStream: ...
    def merge(self, other: RepetitionStream) -> RepetitionStream: ...
    def collect(self) -> RepetitionList: ...
    def each(self, function: Callable[[Repetition], None]) -> None: ...

class SpeechStream:
    def via(self, stage: FlagSpeech) -> FlagStream: ...
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> SpeechStream: ...
    def merge(self, other: SpeechStream) -> SpeechStream: ...
    def collect(self) -> SpeechList: ...
    def each(self, function: Callable[[Speech], None]) -> None: ...

class FlagStream:
    def to(self, sink: FlagSink) -> None: ...
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> FlagStream: ...
    def merge(self, other: FlagStream) -> FlagStream: ...
    def collect(self) -> FlagList: ...
    def each(self, function: Callable[[Flag], None]) -> None: ...

class EventStream:
    def via(self, stage: FlagEvents) -> FlagStream: ...
    def to(self, sink: EventSink) -> None: ...
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> EventStream: ...
    def merge(self, other: EventStream) -> EventStream: ...
    def collect(self) -> EventList: ...
    def each(self, function: Callable[[PlatformEvent], None]) -> None: ...

class ObservationStream:
    def to(self, sink: ObservationSink) -> None: ...
    def buffered(self, capacity: int = 4, when_full: WhenFull = ...) -> ObservationStream: ...
    def merge(self, other: ObservationStream) -> ObservationStream: ...
    def collect(self) -> ObservationList: ...
    def each(self, function: Callable[[PictureObservation | Speech], None]) -> None: ...

class Analysis:
    """The wires that `Session.analyse` adds."""

    @property
    def flags(self) -> FlagStream: ...
    @property
    def observations(self) -> ObservationStream: ...
    @property
    def models(self) -> dict[str, str]: ...

class Session:
    """Owns and runs a graph, once."""

    def __init__(self) -> None: ...
    @overload
    def add(self, source: RawFrameSource) -> RawFrameStream: ...
    @overload
    def add(self, source: FrameSource) -> FrameStream: ...
    @overload
    def add(self, source: AudioSource) -> AudioStream: ...
    @overload
    def add(self, source: FlagSource) -> FlagStream: ...
    @overload
    def add(self, items: Sequence[RawFrame]) -> RawFrameStream: ...
    @overload
    def add(self, items: Sequence[AudioBlock]) -> AudioStream: ...
    @overload
    def add(self, items: Sequence[PlatformEvent]) -> EventStream: ...
    @overload
    def add(self, items: Sequence[Flag]) -> FlagStream: ...
    def analyse(
        self,
        video: FrameStream | None = None,
        audio: AudioStream | None = None,
        events: EventStream | None = None,
        *,
        policy: Policy = ...,
        drop_when_late: bool = False,
        portrait: Frame | None = None,
    ) -> Analysis:
        """Adds the detectors and flags that the policy enables.

        drop_when_late: what a live source's analysis cannot keep up with is dropped and counted. portrait: a frame that shows the
        candidate, whom the face is then compared with; without it the first face that is alone for 5 s is taken.
        """
    def run(self, *, seconds: float | None = None) -> None:
        """Until every source has ended, `seconds` have passed or stop(). Raises the first failure of any thread."""
    def stop(self) -> None:
        """Ends a running session, from any thread."""
    @property
    def statistics(self) -> list[dict[str, Any]]:
        """A dict a wire: from, items, dropped, last."""

# -------------------------------------------------------------------------------------------------- keys

class Recipient:
    """A public key: may be given to every client."""

    @staticmethod
    def parse(text: str) -> Recipient: ...
    @staticmethod
    def load(path: str | os.PathLike[str]) -> list[Recipient]:
        """All keys of a file, one a line."""
    def __hash__(self) -> int: ...
    def __eq__(self, other: object) -> bool: ...

class Passphrase:
    """A passphrase in locked memory; never printed."""

    def __init__(self, text: str) -> None: ...

class Identity:
    """A private key; never printed. It does not cross a fork: load it in the child."""

    @staticmethod
    def generate() -> Identity: ...
    @staticmethod
    def parse(text: str) -> Identity: ...
    @staticmethod
    def load(
        path: str | os.PathLike[str],
        *,
        passphrase: str | Passphrase | Callable[[str], str | Passphrase] | None = None,
    ) -> list[Identity]:
        """All keys of an age identity file.

        `passphrase`, when the file is protected by one: the text, a Passphrase, or a function that is given the
        path and returns either.
        """
    @property
    def recipient(self) -> str: ...
    def secret_text(self) -> str:
        """The secret itself: keep it where only its owner can read."""

class _Decrypted:
    def readinto(self, buffer: memoryview) -> int: ...
    def seek(self, offset: int) -> None: ...
    def size(self) -> int | None: ...
    @property
    def seekable(self) -> bool: ...

def _encrypt(
    data: bytes | bytearray | memoryview,
    recipients: list[Recipient],
    passphrases: list[Passphrase],
    armor: bool,
    work_factor: int,
) -> bytes: ...
def _decrypt(
    data: bytes | bytearray | memoryview,
    identities: list[Identity],
    passphrases: list[Passphrase],
    max_work_factor: int,
) -> bytes: ...
def _open(
    file: str | os.PathLike[str] | _Readable,
    identities: list[Identity],
    passphrases: list[Passphrase],
    max_work_factor: int,
) -> _Decrypted: ...
def _recipient_of(identity: Identity) -> Recipient: ...

# ------------------------------------------------------------------------------------ recordings, playback

class _Writable(Protocol):
    """What a recording may be written to. `flush()` and `fileno()` are used where they exist."""

    def write(self, data: bytes, /) -> int | None: ...

class _Readable(Protocol):
    """What a recording may be read from. `seekable()`, `seek()` and `tell()` are used where they exist."""

    def read(self, size: int, /) -> bytes: ...

class _Transport(Protocol):
    """Where a spool sends. An `OSError`, `EOFError` or `http.client.HTTPException` is tried again, `TryLater` no sooner
    than it says; anything else ends the sending. Optional: `finish(size)`, and `name` for messages."""

    def acknowledged(self) -> int:
        """How many bytes the other end has; asked first and after every failure."""
    def send(self, offset: int, data: bytes) -> int:
        """Sends what follows the first `offset` bytes; returns how many are there now."""

class Spool:
    """Writes to a folder and sends from there, on a thread of its own. What was acknowledged is deleted and never sent
    again. Sizes in bytes, times in seconds; waits after failures grow from up to `first_wait` to up to `longest_wait`."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        transport: _Transport,
        *,
        most_stored: int = 1073741824,
        most_sent: int = 1048576,
        first_wait: float = 0.5,
        longest_wait: float = 30.0,
        drain: float = 60.0,
    ) -> None: ...
    @staticmethod
    def resume(
        folder: str | os.PathLike[str],
        transport: _Transport,
        *,
        most_sent: int = 1048576,
        first_wait: float = 0.5,
        longest_wait: float = 30.0,
        drain: float = 60.0,
    ) -> Spool:
        """Goes on with what an earlier run left in the folder; close() waits for the end."""
    def write(self, data: bytes) -> int: ...
    def flush(self) -> None:
        """On this machine's disk, and sent next."""
    def close(self) -> None:
        """Waits until all is acknowledged; `IoError` says what is left, and where, after `drain` seconds."""
    @property
    def statistics(self) -> dict[str, Any]:
        """written, acknowledged, stored, failures, last_failure, given_up."""
    def __enter__(self) -> Spool: ...
    def __exit__(self, *args: object) -> None: ...

class Recording:
    """Writes an encrypted recording to a path, a `Spool` or a binary file object, which is flushed and, where it has a
    file descriptor, synced every second, but never closed. A context manager: leaving it commits."""

    def __init__(
        self,
        destination: str | os.PathLike[str] | Spool | _Writable,
        *,
        recipients: Sequence[str],
        overwrite: bool = False,
        segment: float = 1.0,
        video_codec: str = "",
        quality: int = 28,
        consent: Consent = ...,
        policy: Policy = ...,
        resumes: EarlierPart | None = None,
        witness: Callable[[str], str | tuple[str, bytes] | int] | None = None,
        witness_every: float = 60.0,
        witness_deadline: float = 10.0,
    ) -> None:
        """`resumes`: the part that this one continues after a failure.

        `witness` is called on a thread of its own with the body of a C2SP tlog-witness request, every `witness_every`
        seconds, and returns the answer's lines, or these with a beacon of up to 64 bytes, or after a conflict the number
        of members that the server knows of. Whatever it does or raises, the recording goes on.
        """
    @property
    def video(self) -> FrameSink: ...
    @property
    def audio(self) -> AudioSink: ...
    @property
    def flags(self) -> FlagSink: ...
    @property
    def events(self) -> EventSink: ...
    @property
    def observations(self) -> ObservationSink: ...
    def track(self, name: str) -> FrameSink:
        """A further picture track, e.g. "screen"."""
    def gap(self, begin: float, end: float, why: str) -> None: ...
    @property
    def signer(self) -> str:
        """The verifier key to register at the start."""
    @property
    def checkpoint(self) -> str:
        """The newest signed checkpoint, a text to keep elsewhere; after `close` it covers everything."""
    @property
    def statistics(self) -> dict[str, Any]: ...
    def close(self) -> None:
        """Commits."""
    def __enter__(self) -> Recording: ...
    def __exit__(self, *args: object) -> None: ...

class MediaWriter:
    """Writes concealed pictures to a plain media file; leaving it commits, unless something was raised.

    `like`: a file whose sound and time stamps are taken over.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, like: str = "", lossless: bool = False, overwrite: bool = False
    ) -> None: ...
    @property
    def video(self) -> FrameSink: ...
    def close(self) -> None:
        """Publishes the file."""
    def __enter__(self) -> MediaWriter: ...
    def __exit__(self, type: object, value: object, traceback: object) -> None: ...

class Playback:
    """An opened recording: of a path or a binary file object, which stays open as long as this is used.

    Opening and `extract` of a part read only what they need; all else reads the whole recording once.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | _Readable | list[str | os.PathLike[str] | _Readable],
        *,
        identities: Sequence[Identity],
    ) -> None:
        """A list holds the parts of one session, in order."""
    @property
    def consent(self) -> Consent: ...
    @property
    def policy_text(self) -> str: ...
    @property
    def flags(self) -> list[Flag]: ...
    @property
    def events(self) -> list[PlatformEvent]: ...
    @property
    def observations(self) -> str:
        """JSON lines."""
    @property
    def duration(self) -> float: ...
    @property
    def unredacted(self) -> bool: ...
    @property
    def damage(self) -> str:
        """Empty when all is well, of the whole recording."""
    @property
    def damage_so_far(self) -> str:
        """Empty when all is well, of what has been read until now: after `extract` of a part, of that part."""
    @property
    def container(self) -> str: ...
    def video(self) -> FrameSource: ...
    def audio(self) -> AudioSource: ...
    def extract(
        self,
        out: str | os.PathLike[str],
        *,
        from_: float | None = None,
        to: float | None = None,
        overwrite: bool = False,
    ) -> None:
        """Writes a standard media file, without encoding again. With a time, only that part is read and checked."""

def verify(
    source: str | os.PathLike[str] | _Readable | list[str | os.PathLike[str] | _Readable],
    *,
    signer: str | Sequence[str] = "",
    cosigner: str | Sequence[str] = "",
    checkpoint: str = "",
) -> dict[str, Any]:
    """What can be said without any private key.

    A list holds the parts of one session, in order, with a signer each. `cosigner`: verifier keys of servers
    whose cosignatures count. `checkpoint`: the newest that is known from elsewhere; what it signs must be there.
    """

class EarlierPart:
    """Where a part of a session ended, for the part that continues it."""

    @property
    def checkpoint(self) -> str:
        """Its newest signed checkpoint that holds."""
    @property
    def signer(self) -> str:
        """The verifier key that it names."""
    @property
    def end(self) -> float:
        """Of what it holds, in session time."""
    begin: float
    """Where session time goes on. May be changed, to a time not before `end`."""

def earlier_part(path: str | os.PathLike[str]) -> EarlierPart:
    """Where a recording ended, to record on in a new part."""

class Cosigner:
    """A server's key that cosigns checkpoints; never printed."""

    @staticmethod
    def generate(name: str) -> Cosigner:
        """`name`: a URL without scheme that says whose it is."""
    @staticmethod
    def parse(secret: str) -> Cosigner: ...
    def secret_text(self) -> str:
        """The secret itself: keep it where only its owner can read."""
    @property
    def verifier_key(self) -> str:
        """To give to whoever verifies."""
    def answer(self, request: str, *, signer: str, known: str = "", now: int) -> tuple[int, str, str]:
        """HTTP status, body, and with 200 the checkpoint to keep in place of `known`, as C2SP tlog-witness.

        `signer`: the verifier key registered for the recording, empty when there is none; `now`: seconds since 1970.
        """

def origin_of(request: str) -> str:
    """The origin of the checkpoint in a request to a witness; empty when it does not parse."""

class InclusionProof:
    """That one member is part of what a checkpoint signs, without any other member."""

    @staticmethod
    def parse(text: str) -> InclusionProof:
        """Reads a C2SP tlog-proof."""
    @property
    def index(self) -> int:
        """Of the member."""
    @property
    def entry(self) -> str:
        """The five lines that describe the member."""
    @property
    def hashes(self) -> list[bytes]:
        """32 bytes each, from the leaf's sibling up."""
    @property
    def checkpoint(self) -> str:
        """A signed note."""
    def verify(self, *, signer: str) -> bool:
        """Whether it holds under the signer's verifier key."""
    def is_about(self, age_file: str | os.PathLike[str]) -> bool:
        """Whether an age file is the member, as it was first written."""
    def __str__(self) -> str: ...

class ConsistencyProof:
    """That a newer checkpoint continues an older one: nothing before was changed."""

    @staticmethod
    def parse(text: str) -> ConsistencyProof:
        """Reads the body of a request to a C2SP tlog-witness."""
    @property
    def old_size(self) -> int: ...
    @property
    def hashes(self) -> list[bytes]:
        """32 bytes each."""
    @property
    def checkpoint(self) -> str:
        """The newer one, a signed note."""
    def verify(self, old_checkpoint: str, *, signer: str) -> bool:
        """Whether both checkpoints are the signer's and one leads to the other."""
    def __str__(self) -> str: ...

def newest_checkpoint(path: str | os.PathLike[str]) -> str:
    """The newest signed checkpoint of a recording, a text to keep elsewhere."""

def prove_inclusion(path: str | os.PathLike[str], member: int) -> InclusionProof:
    """That a member is part of a recording."""

def prove_consistency(path: str | os.PathLike[str], old_size: int) -> ConsistencyProof:
    """That a recording continues its first `old_size` members."""

def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962: SHA-256(0x00 || entry)."""

def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a leaf is in a tree of `size` leaves (RFC 9162, 2.1.3.2)."""

def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a tree continues a smaller one (RFC 9162, 2.1.4.2)."""
def shred(
    path: str | os.PathLike[str],
    identities: Sequence[Identity],
    *,
    out: str | os.PathLike[str] | None = None,
    in_place: bool = False,
    keep_flagged: bool = True,
    kinds: Sequence[FlagKind] | None = None,
    pad: float = 10.0,
    logs: bool = False,
    why: str = "",
    overwrite: bool = False,
) -> dict[str, Any]:
    """Destroy the keys of media that no flag touches (`keep_flagged=False`: of all media), for ever.

    Kept are flags of `kinds` (default: all) with `pad` seconds around each, from the keyframe before. `logs`, only
    with `keep_flagged=False`, destroys everything else too. The result goes to `out`, or into the recording itself
    (`in_place=True`; snapshots, backups and SSDs may keep the old bytes). `why` stands in clear in the recording.
    Gives `shredded`, `kept`, `kept_spans`, `left_out`, `damage`.

    Raises `ArgumentError`, `NoIdentityError`, `TamperedError` (something lost may have held flags),
    `UnsupportedError`, `BadHeaderError`, `TruncatedError`, `IoError`; nothing is destroyed then.

    >>> inv.shred("exam.tar", staff, out="kept.tar", kinds=[inv.FlagKind.behaviour], why="30 days are over")
    """

def rewrap(
    path: str | os.PathLike[str],
    identities: Sequence[Identity],
    recipients: Sequence[str],
    *,
    out: str | os.PathLike[str] | None = None,
    in_place: bool = False,
    why: str = "new recipients",
    overwrite: bool = False,
) -> dict[str, Any]:
    """Change who can open a recording; what was recorded stays as it is, byte by byte, and still verifies.

    Gives `rewrapped`, `shredded`, `unchanged` (members that could not be changed), `strays`, `left_out`, `damage`.
    Raises `ArgumentError`, `NoIdentityError`, `UnsupportedError`, `BadHeaderError`, `TruncatedError`, `IoError`.

    >>> inv.rewrap("exam.tar", staff, [board.recipient], out="board.tar")
    """

def _examine_media(input: str, events: Sequence[PlatformEvent], policy: Policy) -> Examination: ...
def _examine_recording(recording: Playback, events: Sequence[PlatformEvent], policy: Policy) -> Examination: ...
def _replay(
    observations: Sequence[Observation], events: Sequence[PlatformEvent], policy: Policy, consent: Consent | None
) -> list[Flag]: ...
def _score_flags(flags: Sequence[Flag], policy: Policy) -> Score: ...

# ----------------------------------------------------------------------------------------------- check

class CheckItem:
    """One thing that was checked: what was seen, and what to do.

    `state` is "ok", "warn" or "fail"; `advice` is empty when there is nothing to do; `values` are what it rests on,
    with units in their names; `trouble` is why a device cannot be had, as `DeviceError.trouble`.
    """

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def seen(self) -> str: ...
    @property
    def advice(self) -> str: ...
    @property
    def values(self) -> dict[str, float]: ...
    @property
    def trouble(self) -> str | None: ...

class SystemCheckReport:
    """All items of a check; `state` is the worst of theirs."""

    @property
    def items(self) -> list[CheckItem]: ...
    @property
    def state(self) -> str: ...
    def to_json(self) -> str:
        """One JSON object, as `invigil check --json` prints it."""

class SystemCheck:
    """Before the exam: will camera, microphone, disk, computer and connection do?

    Runs what an exam runs for `watch` seconds (1 to 60) and keeps nothing of it. `camera`, `microphone`: as
    `devices()` names them, "" for the default, "none" for an exam without. `length`: of the exam, seconds, at most a
    day. `upload`: an http or https address that is asked ten times and sent 1 MiB of random bytes; "" for none.
    Raises `ArgumentError` for values out of range; what does not work is an item, not an exception.
    """

    def __init__(
        self,
        *,
        camera: str = "",
        microphone: str = "",
        disk: str | os.PathLike[str] = ".",
        length: float = 5400.0,
        upload: str = "",
        watch: float = 5.0,
    ) -> None: ...
    def run(self) -> SystemCheckReport:
        """Takes `watch` seconds, and half a minute more at most for a dead connection."""
