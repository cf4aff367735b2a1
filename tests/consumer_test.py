#!/usr/bin/env python3
"""Installs the library and builds somebody else's project against it, in each way that README promises.

    consumer_test.py installed BUILD_FOLDER    find_package and pkg-config against the build, as it is installed
    consumer_test.py embedded SOURCE_FOLDER    add_subdirectory, then an installed static library
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

CONSUMER = pathlib.Path(__file__).resolve().parent / "consumer"
CXX = os.environ.get("CXX", "c++")


def run(*command, **environment):
    words = [str(c) for c in command]
    print("$", " ".join(words), flush=True)
    done = subprocess.run(words, env={**os.environ, **environment}, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"{done.stdout}\nconsumer_test.py: status {done.returncode}")
    return done.stdout


def configure(source, build, *options):
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    run("cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", *launcher, *options)


def expect_greeting(output):
    if "face_absent" not in output:
        sys.exit(f"consumer_test.py: unexpected output: {output}")


def check_find_package(prefix, folder):
    configure(CONSUMER, folder, f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", folder)
    expect_greeting(run(folder / "consumer"))


def library_folder(prefix):
    return next(prefix.rglob("invigil.pc")).parent.parent


def check_pkg_config(prefix, folder):
    folder.mkdir()
    library = library_folder(prefix)
    path = str(library / "pkgconfig")
    flags = run("pkg-config", "--cflags", "--libs", "invigil", PKG_CONFIG_PATH=path).split()
    run(CXX, "-std=c++20", CONSUMER / "main.cpp", "-o", folder / "consumer", *flags)
    expect_greeting(run(folder / "consumer", LD_LIBRARY_PATH=str(library)))


def check_version(prefix, folder):
    """The version file refuses a version that does not fit."""
    folder.mkdir()
    (folder / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(x NONE)\n"
                                           "find_package(invigil 99 QUIET)\nif(invigil_FOUND)\n"
                                           "  message(FATAL_ERROR \"99 accepted\")\nendif()\n")
    run("cmake", "-S", folder, "-B", folder / "b", f"-DCMAKE_PREFIX_PATH={prefix}")


def check_app(prefix):
    app = prefix / "bin" / "invigil"
    if app.exists():
        run(app, "--version")
        run(app, "record", "--help")


def moved(prefix, folder):
    """Elsewhere than it was installed to: nothing may depend on where that was."""
    shutil.move(prefix, folder / "moved")
    return folder / "moved"


def installed(build, folder):
    run("cmake", "--install", build, "--prefix", folder / "prefix")
    prefix = moved(folder / "prefix", folder)
    check_find_package(prefix, folder / "find_package")
    check_pkg_config(prefix, folder / "pkg_config")
    check_version(prefix, folder / "version")
    check_app(prefix)


def embedded(source, folder):
    options = [f"-DINVIGIL_SOURCE={source}", "-DHOW=add_subdirectory", "-DINVIGIL_INSTALL=ON"]
    build = folder / "add_subdirectory"
    configure(CONSUMER, build, *options)
    run("cmake", "--build", build)
    expect_greeting(run(build / "consumer"))
    run("cmake", "--install", build, "--prefix", folder / "prefix")
    prefix = moved(folder / "prefix", folder)
    check_find_package(prefix, folder / "find_package")
    check_pkg_config(prefix, folder / "pkg_config")


def main():
    how, place = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="invigil-consumer-") as folder:
        {"installed": installed, "embedded": embedded}[how](place, pathlib.Path(folder))
    print("ok")


if __name__ == "__main__":
    main()
