"""Misuse must not compile, for the stated reason; its twin, which differs in one line, must.

usage: must_not_compile_test.py COMPILER INCLUDE_FOLDER...
"""

import pathlib
import re
import subprocess
import sys
import tempfile

BAD = re.compile(r"^(?P<code>.*\S)\s*// BAD: (?P<reason>.*)$", re.M)
GOOD = re.compile(r"^\s*// GOOD: (?P<code>.*)$", re.M)


def compile_only(compiler, includes, source):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "case.cpp"
        file.write_text(source)
        command = [compiler, "-std=c++20", "-fsyntax-only", *(f"-I{i}" for i in includes), str(file)]
        return subprocess.run(command, capture_output=True, text=True)


def failures(case, compiler, includes):
    text = case.read_text()
    bad, good = BAD.findall(text), GOOD.findall(text)
    if len(bad) != 1 or len(good) != 1:
        yield "must have one BAD and one GOOD line"
        return
    # GCC says "private within this context", clang "private constructor": both say why.
    reason = bad[0][1].replace("private within this context", "private")
    twin = compile_only(compiler, includes, BAD.sub(lambda _: good[0], text))
    if twin.returncode != 0:
        yield "the twin does not compile:\n" + twin.stderr
    # Without the comment: compilers quote the offending line, and it must not be what matches.
    misuse = compile_only(compiler, includes, BAD.sub(lambda m: m["code"], text))
    if misuse.returncode == 0:
        yield "compiles"
    elif reason not in misuse.stderr:
        yield f"fails, but not because '{reason}':\n" + misuse.stderr


def main():
    compiler, includes = sys.argv[1], sys.argv[2:]
    cases = sorted((pathlib.Path(__file__).parent / "must_not_compile").glob("*.cpp"))
    failed = 0
    for case in cases:
        problems = list(failures(case, compiler, includes))
        failed += bool(problems)
        print(("FAILED" if problems else "ok    "), case.stem)
        for problem in problems:
            print("  ", problem)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
