"""invigil export, models and devices."""

import csv
import io
import json

import pytest
from conftest import fails, ok

FLAGS = [
    {"flag": "face_absent", "kind": "behaviour", "begin": 1.0, "end": 5.5, "confidence": 0.9, "points": 2.5,
     "because": 'no face, "really"', "evidence": {}},
    {"flag": "low_light", "kind": "technical", "begin": 6.0, "end": 7.0, "confidence": 1.0, "because": "dark",
     "evidence": {}},
]


@pytest.fixture
def flags(folder):
    (folder / "f.jsonl").write_text("".join(json.dumps(flag) + "\n" for flag in FLAGS))
    return folder / "f.jsonl"


def test_csv(flags):
    rows = list(csv.DictReader(io.StringIO(ok("export", flags, "--as", "csv").out)))
    assert len(rows) == 2
    assert 'no face, "really"' in rows[0].values() and "face_absent" in rows[0].values()


@pytest.mark.parametrize("form", ["acs", "edx", "xapi"])
def test_json_forms(flags, form):
    text = ok("export", flags, "--as", form).out
    parsed = [json.loads(text)] if text.lstrip().startswith(("{", "[")) and text.count("\n") <= 1 else None
    try:
        parsed = parsed or [json.loads(text)]
    except json.JSONDecodeError:
        parsed = [json.loads(line) for line in text.splitlines()]
    assert parsed and "face_absent" in text


def test_edx_passes_no_verdict(flags):
    assert "violation" not in ok("export", flags, "--as", "edx").out


def test_from_a_recording(folder, recording, key):
    assert ok("export", recording, "-i", key.file, "--as", "csv").out.count("\n") >= 1


def test_to_a_file(kept, flags):
    kept.mark()
    ok("export", "f.jsonl", "--as", "csv", "-o", "out.csv")
    assert (kept.folder / "out.csv").read_bytes() == ok("export", "f.jsonl", "--as", "csv", binary=True).out
    fails(1, "export", "f.jsonl", "--as", "csv", "-o", "out.csv", says="exists already")
    (kept.folder / "out.csv").unlink()


def test_wrong_form_and_wrong_input(kept, flags, media):
    kept.mark()
    fails(2, "export", "f.jsonl", "--as", "pdf", says="--as")
    fails(1, "export", media.text, "--as", "csv", says=media.text)
    fails(1, "export", "missing.jsonl", "--as", "csv", says="missing.jsonl")


def test_models_list():
    models = ok("models", "list", "--json").json
    models = models["models"] if isinstance(models, dict) else models
    assert models and all({"name", "sha256", "licence"} <= model.keys() for model in models)
    assert models[0]["name"] in ok("models", "list").out


def test_models_that_are_absent(folder):
    result = ok("models", "list", env={"INVIGIL_MODELS": str(folder), "HOME": str(folder), "XDG_DATA_HOME": str(folder)})
    assert result.out


def test_a_wrong_model_is_named(folder):
    models = ok("models", "list", "--json").json
    models = models["models"] if isinstance(models, dict) else models
    (folder / models[0]["file"]).write_bytes(b"wrong")
    fails(1, "models", "verify", env={"INVIGIL_MODELS": str(folder), "HOME": str(folder), "XDG_DATA_HOME": str(folder)},
          says=models[0]["file"])


def test_devices():
    devices = ok("devices", "--json").json
    devices = devices["devices"] if isinstance(devices, dict) else devices
    for device in devices:
        assert {"kind", "id", "name", "formats"} <= device.keys()
    assert ok("devices").status == 0


def test_a_camera_that_is_not_there(kept, key):
    fails(5, "record", "--camera", "/dev/video97", "--microphone", "none", "--to", "r.tar", "-r", key.recipient,
          says="/dev/video97")
