#!/usr/bin/env python3
"""A small tus 1.0 server: creation with the length told later, HEAD, PATCH. For trying out and for tests.

    examples/upload/server.py FOLDER [--port 1080]
"""

import argparse
import http.server
import os
import pathlib
import secrets

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-defer-length"


class Refused(Exception):
    def __init__(self, status, **headers):
        super().__init__(status)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Upload:
    """One upload: a file that grows, and one beside it that holds its length once that is known."""

    def __init__(self, folder, name):
        self.path = folder / name
        self.length_path = folder / f"{name}.length"
        if not name.isalnum() or not self.path.is_file():
            raise Refused(404)

    @property
    def offset(self):
        return self.path.stat().st_size

    @property
    def length(self):
        return int(self.length_path.read_text()) if self.length_path.exists() else None

    def finish(self, length):
        if length != self.offset or self.length not in (None, length):
            raise Refused(400)
        self.length_path.write_text(str(length))

    def append(self, stream, size):
        """Keeps what arrives even when the connection breaks: that is what makes resuming worth it."""
        with open(self.path, "ab") as file:
            while size > 0 and (piece := stream.read(min(size, 1 << 16))):
                file.write(piece)
                size -= len(piece)
            file.flush()
            os.fsync(file.fileno())  # before it is acknowledged
        if size > 0:
            raise ConnectionError("the body ended early")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # a dead connection is closed after this many seconds

    def log_message(self, *arguments):
        pass

    def answer(self, status, headers=()):
        self.send_response(status)
        for name, value in {"Tus-Resumable": VERSION, "Content-Length": "0", **dict(headers)}.items():
            self.send_header(name, str(value))
        self.end_headers()

    def serve(self, job):
        try:
            if self.command != "OPTIONS" and self.headers.get("Tus-Resumable") != VERSION:
                raise Refused(412, Tus_Version=VERSION)
            self.answer(*job())
        except Refused as refusal:
            self.close_connection = True  # the rest of its body is not read
            self.answer(refusal.status, {**refusal.headers, "Connection": "close"})
        except ConnectionError:
            self.close_connection = True

    def upload(self):
        folder, _, name = self.path.rpartition("/")
        if folder != "/files":
            raise Refused(404)
        return Upload(self.server.folder, name)

    def number(self, header):
        text = self.headers.get(header, "")
        if not text.isdecimal():
            raise Refused(400)
        return int(text)

    def do_OPTIONS(self):
        self.serve(lambda: (204, {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS}))

    def do_POST(self):
        def create():
            if self.path.rstrip("/") != "/files" or self.headers.get("Upload-Defer-Length") != "1":
                raise Refused(400)
            name = secrets.token_hex(16)
            (self.server.folder / name).touch()
            return 201, {"Location": f"/files/{name}"}
        self.serve(create)

    def do_HEAD(self):
        def tell():
            upload = self.upload()
            length = {"Upload-Defer-Length": 1} if upload.length is None else {"Upload-Length": upload.length}
            return 200, {"Upload-Offset": upload.offset, "Cache-Control": "no-store", **length}
        self.serve(tell)

    def do_PATCH(self):
        def take():
            upload = self.upload()
            if self.headers.get("Content-Type") != "application/offset+octet-stream":
                raise Refused(415)
            if self.number("Upload-Offset") != upload.offset or upload.length is not None and self.number("Content-Length"):
                raise Refused(409)
            self.take(upload, self.number("Content-Length"))
            if "Upload-Length" in self.headers:
                upload.finish(self.number("Upload-Length"))
            return 204, {"Upload-Offset": upload.offset}
        self.serve(take)

    def take(self, upload, size):
        upload.append(self.rfile, size)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder, port=0, handler=Handler):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        super().__init__(("127.0.0.1", port), handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/files/"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--port", type=int, default=1080)
    arguments = parser.parse_args()
    with Server(arguments.folder, arguments.port) as server:
        print(server.url, flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
