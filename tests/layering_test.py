"""Each layer of lib/ includes only what is left of it, and the library's headers only the standard library.

Run: layering_test.py SOURCE_FOLDER
"""

import pathlib
import re
import sys

# A layer may include itself and these. The picture is in lib/README.md.
BELOW = {
    "base": "",
    "media": "base",
    "stream": "base media",
    "capture": "base media stream",
    "vision": "base media stream",
    "idcard": "base media stream capture vision",
    "behaviour": "base media stream capture vision",
    "crypto": "base",
    "recording": "base media stream crypto",
    "score": "base",
    "review": "base media stream crypto recording score",
    "identity": "base media stream vision idcard",
    "examine": "base media stream capture vision idcard behaviour crypto recording score",
    "check": "base media stream capture vision idcard behaviour crypto recording score",
}
# Which layer declares a public header. invigil.hpp, for users, is nobody's.
HEADERS = {
    # stream.hpp holds the interfaces alone: what gives, transforms and takes.
    "base": "error time export io memory spool flag policy consent event event_log observation concealed stream",
    "media": "image audio frame media media_writer chunks",
    "stream": "session graph wire buffer freshness merge node",
    "capture": "capture device device_watch",
    "vision": "models version",
    "idcard": "idcard still",
    "behaviour": "analysis behaviour gaze head_pose objects person repetition raise flag_pictures flag_events flag_sound "
                 "order_events replay",
    "crypto": "crypto passphrase armor",
    "recording": "recording playback proof witness resume verify change shred rewrap",
    "score": "score exchange review_list",
    "review": "review",
    "identity": "identified identify",
    "examine": "examine",
    "check": "check",
}
EXEMPT_HEADERS = {"invigil"}
# Third parties' headers: where else than in lib/ each may appear.
ELSEWHERE = {
    "pybind11": ("bindings",),
    "CLI": ("examples",),
    "fmt": ("examples", "tests", "benchmarks"),
    "nlohmann": ("examples", "tests", "benchmarks"),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def includes(path):
    return [name for _, name in INCLUDE.findall(path.read_text(encoding="utf-8"))]


def layer_of_header():
    return {header: layer for layer, headers in HEADERS.items() for header in headers.split()}


def layer_of_include(name, layers, known):
    """The layer an include belongs to; None for what is no part of the project."""
    first, _, rest = name.partition("/")
    if first == "invigil":
        header = rest.removesuffix(".hpp")
        return known.get(header, f"unknown public header {name}: say in {__file__} which layer it is of")
    return first if first in layers and rest.endswith(".hpp") else None


def check_layers(root):
    known = layer_of_header()
    layers = {p.name for p in (root / "lib").iterdir() if p.is_dir()}
    for layer in sorted(layers):
        if layer not in BELOW:
            yield f"lib/{layer}: a new layer; say in layering_test.py what it may include"
            continue
        allowed = {layer, *BELOW[layer].split()}
        for path in sorted((root / "lib" / layer).rglob("*.[ch]pp")):
            for name in includes(path):
                of = layer_of_include(name, layers, known)
                if of is not None and of not in allowed:
                    yield f"{path.relative_to(root)} includes {name} ({of}); {layer} may use {sorted(allowed)}"


def check_public_headers(root):
    known = layer_of_header()
    for path in sorted((root / "include").rglob("*.hpp*")):
        for name in includes(path):
            if "/" in name and not name.startswith("invigil/"):
                yield f"{path.relative_to(root)} includes {name}: public headers use the standard library alone"
            elif "/" not in name and not re.fullmatch(r"[a-z_0-9]+", name):
                yield f"{path.relative_to(root)} includes {name}: public headers use the standard library alone"
        header = path.name.split(".")[0]
        if header not in EXEMPT_HEADERS and header not in known:
            yield f"include/invigil/{path.name}: say in layering_test.py which layer it is of"


def check_public_layers(root):
    known = layer_of_header()
    for path in sorted((root / "include" / "invigil").glob("*.hpp*")):
        header = path.name.split(".")[0]
        layer = known.get(header)
        if layer is None or header in EXEMPT_HEADERS:
            continue
        allowed = {layer, *BELOW[layer].split()}
        for name in includes(path):
            of = known.get(name.removeprefix("invigil/").removesuffix(".hpp")) if name.startswith("invigil/") else None
            if of is not None and of not in allowed:
                yield f"{path.relative_to(root)} ({layer}) includes {name} ({of})"


def check_third_parties(root):
    for folder in ("examples", "tests", "benchmarks", "bindings", "include"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            for name in includes(path):
                places = ELSEWHERE.get(name.partition("/")[0])
                if places is not None and folder not in places:
                    yield f"{path.relative_to(root)} includes {name}, which belongs in lib and {places}"
    for path in sorted((root / "lib").rglob("*.[ch]pp")):
        for name in includes(path):
            if name.startswith(("pybind11/", "CLI/")):
                yield f"{path.relative_to(root)} includes {name}"


def main():
    root = pathlib.Path(sys.argv[1])
    checks = (check_layers, check_public_headers, check_public_layers, check_third_parties)
    wrong = [line for check in checks for line in check(root)]
    print("\n".join(wrong) if wrong else "every include points left")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
