"""Names that must not exist here.

Run: wording_test.py SOURCE_FOLDER

1. No inference of emotion, stress, ethnicity, gender or age: EU AI Act, Article 5(1)(f), and beyond it.
2. No verdicts: the library says what was seen; a person decides.
3. No paths of somebody's machine.
"""

import pathlib
import re
import subprocess
import sys

# Code, where a name would mean a feature. Documents may say that there is none.
CODE = ("include", "lib", "bindings", "examples")
CODE_ENDINGS = {".cpp", ".hpp", ".in", ".py", ".pyi", ".toml", ".ts", ".js", ".html"}

INFERENCE = re.compile(
    r"emotion|\bstress|stress_?(level|score)|ethnic|gender|nervous|\b(sad|angry|happy|fear)(ness)?\b|facial_?expression"
    r"|blink_?rate|sentiment|\bmood\b|arousal|valence|micro_?expression"
    r"|\b(face|candidate|person|apparent|estimated?|predicted|inferred)_?age\b|\bage_?(group|range|estimat\w+|net)\b"
    r"|\brace_?(net|classif\w+|estimat\w+)\b|skin_?(colou?r|tone)_?(net|classif\w+|estimat\w+)",
    re.I,
)
VERDICT = re.compile(r"cheat|guilt|fraudster|\bculprit|dishonest|\bcrook", re.I)
OWN_PATHS = re.compile(r"(?<![\w.~])/(work|root|home/(?!user\b|you\b|somebody\b|\$)[a-z]\w*|Users/\w+)(/|\b)")

# What a pattern finds that it does not mean, each with its reason.
ALLOWED = {
    "tests/wording_test.py": "this file",
}


def files(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True)
    if listed.returncode == 0:
        return [root / name for name in listed.stdout.decode().split("\0") if name]
    return [p for p in root.rglob("*") if p.is_file() and "build" not in p.relative_to(root).parts]


def patterns_for(path, root):
    relative = path.relative_to(root)
    if relative.parts[0] in CODE and path.suffix in CODE_ENDINGS:
        yield "infers what must not be inferred", INFERENCE
        yield "passes a verdict", VERDICT
    yield "names a machine's folder", OWN_PATHS


def check(path, root):
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError):
        return
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in patterns_for(path, root):
            if found := pattern.search(line):
                yield f"{path.relative_to(root)}:{number}: “{found.group()}” {what}"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    all_files = [p for p in files(root) if str(p.relative_to(root)) not in ALLOWED]
    wrong = [line for path in all_files for line in check(path, root)]
    print("\n".join(wrong) if wrong else f"{len(all_files)} files are clean")
    return 1 if wrong or not all_files else 0


if __name__ == "__main__":
    sys.exit(main())
