#!/usr/bin/env python3
"""README.md does what it says: its C++ compiles and runs, its Python runs, its commands exist.

    readme_test.py SOURCE BUILD INVIGIL_LIBRARY INVIGIL_APP CXX

The build has test hooks: the environment then puts test sources in the place of devices and ends sessions early.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

MAX_LINES = 150
HOOKS = {"INVIGIL_TEST_SOURCES": "1", "INVIGIL_TEST_LIMIT": "2"}
failures = []


def check(holds, what):
    print(("ok      " if holds else "FAILED  ") + what, flush=True)
    if not holds:
        failures.append(what)


def blocks(text):
    """(language, content) of each fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def run(command, folder, **environment):
    return subprocess.run([str(c) for c in command], cwd=folder, env={**os.environ, **HOOKS, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)


def check_recording(folder, app, who):
    """The example left a recording that is whole."""
    if not app.exists():
        return
    verified = run([app, "verify", "exam.tar"], folder)
    check(verified.returncode == 0, f"{who}: the recording verifies {verified.stdout.strip()}")


def check_cpp(code, source, build, library, app, compiler, folder):
    (folder / "example.cpp").write_text(code)
    command = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", f"-I{source / 'include'}",
               f"-I{build / 'include'}", "example.cpp", library, f"-Wl,-rpath,{library.parent}", "-o", "example"]
    compiled = run(command, folder)
    check(compiled.returncode == 0, f"C++ compiles {compiled.stdout}")
    if compiled.returncode == 0:
        ran = run(["./example"], folder)
        check(ran.returncode == 0, f"C++ runs {ran.stdout}")
        check_recording(folder, app, "C++")


def check_python(code, build, app, folder):
    if not (build / "python" / "invigil").is_dir():
        print("skipped: Python, whose bindings are not built")
        return
    (folder / "example.py").write_text(code)
    ran = run([sys.executable, "example.py"], folder, PYTHONPATH=str(build / "python"))
    check(ran.returncode == 0, f"Python runs {ran.stdout}")
    check_recording(folder, app, "Python")


def check_app_line(words, app):
    """The subcommand exists and its help knows every option that README uses."""
    helped = run([app, words[1], "--help"], ".")
    known = re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", helped.stdout)
    unknown = [w for w in words[2:] if w.startswith("-") and w != "-" and w not in known]
    check(helped.returncode == 0 and not unknown, f"{shlex.join(words[:2])} knows {unknown or 'its options'}")


def check_shell(code, source, app):
    for line in code.splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[0] == "invigil":
            if app.exists():
                check_app_line(words, app)
        else:
            there = os.access(source / words[0], os.X_OK) if "/" in words[0] else shutil.which(words[0])
            check(bool(there), f"{words[0]} exists")


def check_cmake(code, source):
    """The lines are those that the consumer's test builds with."""
    tested = [line.strip() for line in (source / "tests/consumer/CMakeLists.txt").read_text().splitlines()]
    check(all(line.strip() in tested for line in code.splitlines()), "CMake's lines are tested ones")


def check_links(text, source):
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        check((source / target).exists(), f"{target} exists")


def main():
    source, build, library, app = (pathlib.Path(p).resolve() for p in sys.argv[1:5])
    text = (source / "README.md").read_text()
    check(len(text.splitlines()) <= MAX_LINES, f"README.md has at most {MAX_LINES} lines: {len(text.splitlines())}")
    check_links(text, source)
    with tempfile.TemporaryDirectory(prefix="invigil-readme-") as name:
        for number, (language, code) in enumerate(blocks(text)):
            folder = pathlib.Path(name, str(number))
            folder.mkdir()
            if language == "cpp":
                check_cpp(code, source, build, library, app, sys.argv[5], folder)
            elif language == "python":
                check_python(code, build, app, folder)
            elif language == "sh":
                check_shell(code, source, app)
            elif language == "cmake":
                check_cmake(code, source)
            else:
                check(False, f"a block of {language} is tested somehow")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
