"""The library's own objects neither print nor end the process.

Run: no_abort_test.py FILE_NAMING_THE_OBJECTS SOURCE_FOLDER

Two ways, since each misses what the other sees: the symbols that the objects ask for (after inlining and
macros), and the sources' words (functions that are only used under a condition of the build).
"""

import pathlib
import re
import subprocess
import sys

ENDS = {"abort", "exit", "_exit", "_Exit", "quick_exit", "__assert_fail", "__assert", "raise", "kill", "signal"}
PRINTS = {
    "printf", "__printf_chk", "vprintf", "__vprintf_chk", "fprintf", "__fprintf_chk", "vfprintf", "__vfprintf_chk",
    "puts", "putchar", "fputs", "fputc", "putc", "perror", "psignal", "stdout", "stderr", "syslog", "__syslog_chk",
    "_ZSt4cout", "_ZSt4cerr", "_ZSt4clog",
}
# fmt::print and fmt::vprint of any version.
PRINTS_PATTERN = re.compile(r"_ZN3fmt\w*6vprint")
WORDS = re.compile(
    r"\b(std::c(out|err|log)|printf|fprintf|puts|fmt::print|std::abort|std::exit|std::terminate|std::quick_exit"
    r"|abort\s*\(|[^_.>:a-z]exit\s*\(|assert\s*\()"
)
COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"', re.S)


def undefined(path):
    out = subprocess.run(["nm", "--undefined-only", "--format=posix", path], capture_output=True, text=True, check=True)
    return {line.split()[0].split("@")[0] for line in out.stdout.splitlines() if line.strip() and " " in line}


def check_symbols(objects):
    for path in objects:
        for symbol in sorted(undefined(path)):
            if symbol in ENDS:
                yield f"{path}: ends the process by {symbol}"
            elif symbol in PRINTS or PRINTS_PATTERN.match(symbol):
                yield f"{path}: prints by {symbol}"


def check_words(root):
    for path in sorted((root / "lib").rglob("*.[ch]pp")):
        code = COMMENT_OR_STRING.sub(lambda m: "\n" * m.group().count("\n"), path.read_text(encoding="utf-8"))
        for number, line in enumerate(code.splitlines(), 1):
            if found := WORDS.search(line):
                if "static_assert" not in line:
                    yield f"{path.relative_to(root)}:{number}: {found.group().strip()}"


def main():
    objects = [p for p in pathlib.Path(sys.argv[1]).read_text().split(";") if p.strip()]
    if len(objects) < 5:
        print(f"only {len(objects)} objects named in {sys.argv[1]}")
        return 1
    wrong = [*check_symbols([p.strip() for p in objects]), *check_words(pathlib.Path(sys.argv[2]))]
    print("\n".join(wrong) if wrong else f"{len(objects)} objects neither print nor end the process")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
