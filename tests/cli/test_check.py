"""invigil check."""

import contextlib
import http.server
import json
import threading

import pytest
from conftest import fails, run

NOTHING = {"PULSE_SERVER": "unix:/nonexistent/pulse", "INVIGIL_TEST_SOURCES": ""}
PLAYED = {"INVIGIL_TEST_SOURCES": "1"}


@contextlib.contextmanager
def server():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}/upload"
        httpd.shutdown()


def items(report):
    return {item["item"]: item for item in report["items"]}


def test_no_devices_ends_with_5_and_advice(folder):
    result = fails(5, "check", "--camera", "/dev/video63", "--microphone", "nobody", "--json", env=NOTHING,
                   says=["camera", "microphone"])
    found = items(result.json)
    assert result.json["state"] == "fail"
    assert found["camera"]["trouble"] == "absent" and "plug it in" in found["camera"]["advice"]
    assert found["cpu"]["values"]["own_share"] > 0
    assert all(item["state"] in ("ok", "warn", "fail") and item["seen"] for item in found.values())
    assert all(bool(item["advice"]) == (item["state"] != "ok") for item in found.values())


def test_every_item_with_devices_and_a_connection(folder):
    with server() as url:
        result = run("check", "--json", "--for", "10m", "--upload", url, "--disk", folder, env=PLAYED)
    found = items(result.json)
    if "testsrc" not in found["camera"]["seen"]:
        pytest.skip("this build plays no devices")
    assert set(found) == {"camera", "camera_real", "resolution", "rate", "light", "sharpness", "face", "microphone",
                          "level", "noise", "clipping", "speech", "disk", "cpu", "processes", "power", "clock",
                          "displays", "connection"}
    assert result.status == (1 if result.json["state"] == "fail" else 0)  # a test picture has no face
    assert found["connection"]["state"] == "ok", found["connection"]
    assert found["resolution"]["values"] == {"height": 720.0, "width": 1280.0}
    assert found["disk"]["values"]["needed_bytes"] > 0


def test_each_check_is_a_line_of_the_log(folder):
    for name in ("s1", "s2"):
        run("check", "--camera", "none", "--microphone", "none", "--json-log", "log.jsonl", "--candidate", name)
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [line["candidate"] for line in lines] == ["s1", "s2"]
    assert all(line["at"].endswith("Z") and line["items"] for line in lines)
    fails(1, "check", "--camera", "none", "--microphone", "none", "--json-log", "/nonexistent/log", says="log")


def test_text_says_what_to_do(folder):
    result = run("check", "--camera", "none", "--microphone", "none", "--upload", "http://127.0.0.1:9/")
    assert result.status == 1
    assert "fail  connection" in result.out and "-> check the network cable" in result.out


@pytest.mark.parametrize("wrong", [["--for", "soon"], ["--upload", "ftp://x"], ["--for", "30h"], ["--bogus"]])
def test_wrong_usage(wrong):
    fails(2, "check", *wrong)
