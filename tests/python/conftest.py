"""What the Python tests share."""

import os
import pathlib
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SHARED = SOURCE.parent / "shared"


def data_folder(variable, name):
    """The folder of test data, or a skip that says what is missing; in CI beside the data a failure."""
    folder = pathlib.Path(os.environ.get(variable) or SHARED / name)
    if folder.is_dir():
        return folder
    if os.environ.get("CI") == "true" and SHARED.exists():
        pytest.fail(f"skipped in CI: {folder} is missing")
    return pytest.skip(f"{folder} is missing")


def need(tool):
    """Where a stock program is, or a skip that names it; in CI a failure."""
    found = shutil.which(tool)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"skipped in CI: {tool} is absent")
    return found or pytest.skip(f"{tool} is absent")


@pytest.fixture(scope="session")
def test_data():
    return data_folder("INVIGIL_TEST_DATA", "data")


@pytest.fixture(scope="session", autouse=True)
def models():
    """Points the library at the models that lie beside the project, when they do."""
    if not os.environ.get("INVIGIL_MODELS") and (SHARED / "models").is_dir():
        os.environ["INVIGIL_MODELS"] = str(SHARED / "models")


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """4 s of synthetic pictures (640x360, 30 fps) and a tone."""
    if not shutil.which("ffmpeg"):
        pytest.fail("the tests need ffmpeg")
    path = tmp_path_factory.mktemp("media") / "clip.mp4"
    source = ["-f", "lavfi", "-i"]
    subprocess.run(
        ["ffmpeg", "-v", "error", *source, "testsrc2=size=640x360:rate=30:duration=4", *source,
         "sine=frequency=440:duration=4", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(path)],
        check=True)
    return path
