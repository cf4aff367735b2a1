#!/usr/bin/env python3
"""A web exam's server: takes what the page's MediaRecorder sends, conceals, records, encrypts, and tells what is missing.

    examples/exam_page/server.py -r age1... --to exam.tar [--port 8000] [--wait 10]

    GET  /                     the page
    POST /chunk?number=N&at=S  a chunk; S: seconds on the page's clock at which it was recorded
    POST /end?last=N           the last chunk was N: the server records what is left and ends

It records one exam and listens on the loopback interface only. A real one would speak TLS, know who sends, and hold one
`Chunks` and one session for each candidate.
"""

import argparse
import http.server
import pathlib
import threading
import urllib.parse

import invigil as inv

PAGE = (pathlib.Path(__file__).parent / "page.html").read_bytes()
LARGEST = 8 << 20  # bytes of a chunk: a second has a hundredth of it


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that a body may keep a thread waiting

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if body else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        if status >= 400:  # its body may not have been read
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(*((200, PAGE) if self.path == "/" else (404,)))

    def do_POST(self):
        try:
            self.answer(self.take())
        except inv.ClosedError:
            self.answer(410)
        except ValueError:  # includes inv.ArgumentError: sending it again would not help
            self.answer(400)
        except inv.IoError:  # no room: the page sends it again
            self.answer(503)
        except ConnectionError:
            self.close_connection = True

    def take(self):
        size = int(self.headers.get("Content-Length", ""))
        if not 0 <= size <= LARGEST:
            return 413
        body = self.rfile.read(size)
        if len(body) < size:
            raise ConnectionError("the body ended early")
        # Another site's page cannot send this without asking, and is not answered when it asks (CORS).
        if self.headers.get_content_type() != "video/webm":
            return 415
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/chunk":
            self.server.chunks.push(int(query.get("number", "")), body, at=float(query["at"]) if "at" in query else None)
        elif url.path == "/end":
            self.server.chunks.end(int(query["last"]) if "last" in query else None)
        else:
            return 404
        return 204


def record(chunks, recipients, path):
    """Until the page has ended."""
    file = inv.MediaFile(chunks)  # waits for the header
    with inv.Recording(path, recipients=recipients) as recording:
        session = inv.Session()
        if file.info["has_video"]:
            session.add(file.video()).via(inv.RedactIdCard()).to(recording.video)
        if file.info["has_audio"]:
            session.add(file.audio()).to(recording.audio)
        flags = session.add(chunks.flags)
        flags.to(recording.flags)
        flags.each(lambda flag: print(f"{flag.begin:.1f} to {flag.end:.1f} s: {flag.what}: {flag.because}", flush=True))
        session.run()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-r", "--recipient", action="append", required=True, help="age1...; may be repeated")
    parser.add_argument("--to", required=True, help="the recording")
    parser.add_argument("--port", type=int, default=8000, help="0: any that is free")
    parser.add_argument("--wait", type=float, default=10.0, help="seconds for which a missing chunk is waited for")
    arguments = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    server.chunks = inv.Chunks(wait=arguments.wait)
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        record(server.chunks, arguments.recipient, arguments.to)
    except (inv.Error, KeyboardInterrupt) as error:
        raise SystemExit(f"exam_page: {error or 'interrupted'}") from None
    print(", ".join(f"{count} {what}" for what, count in server.chunks.statistics.items() if count))


if __name__ == "__main__":
    main()
