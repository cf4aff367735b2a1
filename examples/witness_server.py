#!/usr/bin/env python3
"""A server that watches recordings grow and cosigns what it has seen (C2SP tlog-witness, loopback).

An exam platform runs something like it: whoever records registers the recording's signer, then sends checkpoints while
recording. What was cosigned can no longer be changed or cut off without being noticed.

    witness_server.py --state FOLDER [--port 0] [--name exams.example/witness]

    POST /register         a signer's verifier key, once for each recording
    POST /add-checkpoint   a request as C2SP tlog-witness has it; the answer is a cosignature
    GET  /checkpoint?ORIGIN  the newest cosigned checkpoint of a recording: the FILE of `invigil verify --checkpoint`
    GET  /key              the verifier key to give to `invigil verify --cosigner`

A real one would authenticate who may register, and speak TLS.
"""

import argparse
import base64
import http.server
import os
import pathlib
import threading
import time
import urllib.parse

import invigil as inv

LARGEST = 64 * 1024  # bytes of a request


class Store:
    """Signers and checkpoints as files, each replaced as a whole."""

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        key = self.folder / "cosigner.key"
        if not key.exists():
            with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(inv.Cosigner.generate(name).secret_text() + "\n")
        self.cosigner = inv.Cosigner.parse(key.read_text())
        self.lock = threading.Lock()  # two requests about one recording must not be answered at once

    def _path(self, kind, origin):
        return self.folder / (base64.urlsafe_b64encode(origin.encode()).decode() + "." + kind)

    def get(self, kind, origin):
        path = self._path(kind, origin)
        return path.read_text("utf-8") if path.exists() else ""

    def put(self, kind, origin, text):
        path = self._path(kind, origin)
        part = path.with_suffix(".part")
        with open(part, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # what is answered must not be forgotten
        part.replace(path)

    def register(self, signer):
        origin = signer.partition("+")[0]
        with self.lock:
            if len(signer) > 200 or not signer.startswith("invigil/") or self.get("signer", origin) not in ("", signer):
                return 409, "another signer is registered for this origin\n"
            self.put("signer", origin, signer)
        return 200, "registered\n"

    def add_checkpoint(self, request):
        origin = inv.origin_of(request)
        with self.lock:
            status, body, checkpoint = self.cosigner.answer(
                request, signer=self.get("signer", origin), known=self.get("checkpoint", origin), now=int(time.time()))
            if status == 200:
                self.put("checkpoint", origin, checkpoint)
        return status, body


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 10  # s

    def do_POST(self):
        size = int(self.headers.get("Content-Length") or 0)
        if not 0 < size <= LARGEST:
            return self.reply(413, "too large\n")
        text = self.rfile.read(size).decode("utf-8", "replace")
        if self.path == "/register":
            return self.reply(*self.server.store.register(text.strip()))
        if self.path == "/add-checkpoint":
            return self.reply(*self.server.store.add_checkpoint(text))
        return self.reply(404, "no such place\n")

    def do_GET(self):
        where = urllib.parse.urlsplit(self.path)
        if where.path == "/key":
            return self.reply(200, self.server.store.cosigner.verifier_key + "\n")
        found = where.path == "/checkpoint" and self.server.store.get("checkpoint", urllib.parse.unquote(where.query))
        return self.reply(200, found) if found else self.reply(404, "not known\n")

    def reply(self, status, body):
        content = body.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "text/x.tlog.size" if status == 409 else "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--state", required=True, help="where signers, checkpoints and the key are kept")
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1; 0 takes a free one and prints it")
    parser.add_argument("--name", default="localhost/witness", help="of the key, when it is made")
    options = parser.parse_args()
    with http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Handler) as server:
        server.store = Store(options.state, options.name)
        print(f"http://127.0.0.1:{server.server_port} {server.store.cosigner.verifier_key}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
