#!/usr/bin/env python3
"""Records and uploads at the same time; goes on later with what was left. See README.md.

    examples/upload/upload.py --input exam.mp4 -r age1... --to URL --spool FOLDER
    examples/upload/upload.py --resume --spool FOLDER
"""

import argparse
import datetime
import email.utils
import http.client
import pathlib
import sys
import urllib.parse

import invigil as inv

RETRY_STATUS = {408, 409, 423, 425, 429}  # and all of 5xx: may pass; 409 says that the offset has to be asked again


def retry_after(response):
    """Seconds that the server asks for, or None: a number or a date (RFC 9110, 10.2.3)."""
    text = response.getheader("Retry-After")
    if text is None:
        return None
    if text.isdecimal():
        return float(text)
    try:
        then = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (then - datetime.datetime.now(datetime.timezone.utc)).total_seconds())


class TusTransport:
    """One upload of a tus 1.0 server, as the transport of an `inv.Spool`."""

    def __init__(self, url, headers=None, timeout=15.0):
        self.name = url
        self.headers = {"Tus-Resumable": "1.0.0", **(headers or {})}
        self.timeout = timeout  # seconds without progress
        self._connection = None

    @classmethod
    def create(cls, url, headers=None):
        """Makes a new upload at the server's creation URL; its length is told at the end."""
        creation = cls(url, headers)
        response = creation._request("POST", {"Upload-Defer-Length": "1", "Content-Length": "0"})
        return cls(urllib.parse.urljoin(url, response.getheader("Location")), headers)

    def acknowledged(self):
        return int(self._request("HEAD").getheader("Upload-Offset"))

    def send(self, offset, data):
        return self._patch(offset, data)

    def finish(self, size):
        self._patch(size, b"", {"Upload-Length": str(size)})

    def _patch(self, offset, data, more=()):
        kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
        return int(self._request("PATCH", {**kind, **dict(more)}, data).getheader("Upload-Offset"))

    def _request(self, method, headers=(), body=None):
        url = urllib.parse.urlsplit(self.name)
        try:
            if self._connection is None:
                kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
                self._connection = kind(url.netloc, timeout=self.timeout)
            path = urllib.parse.urlunsplit(("", "", url.path, url.query, ""))
            self._connection.request(method, path, body, {**self.headers, **dict(headers)})
            response = self._connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            self._close()
            raise  # is tried again, after asking how far the server is
        if response.status in (200, 201, 204):
            return response
        self._close()
        what = f"{method} was answered {response.status} {response.reason}"
        if response.status in RETRY_STATUS or response.status >= 500:
            wait = retry_after(response)
            raise OSError(what) if wait is None else inv.TryLater(what, wait)
        raise RuntimeError(what)  # nothing that waiting could change

    def _close(self):
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def record(source, recipients, spool):
    with inv.Recording(spool, recipients=recipients) as recording:
        session = inv.Session()
        file = inv.MediaFile(source, realtime=True)
        video = session.add(file.video()).via(inv.RedactIdCard())
        audio = session.add(file.audio())
        video.to(recording.video)
        audio.to(recording.audio)
        session.run()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", help="a media file, played at its own speed")
    parser.add_argument("-r", "--recipient", action="append", default=[], help="age1...; may be repeated")
    parser.add_argument("--to", metavar="URL", help="where the server makes uploads")
    parser.add_argument("--spool", type=pathlib.Path, required=True, help="the folder that holds what is not sent yet")
    parser.add_argument("--resume", action="store_true", help="send what an earlier run left there")
    parser.add_argument("--header", action="append", default=[], metavar="NAME: VALUE")
    arguments = parser.parse_args()
    headers = dict(h.split(": ", 1) for h in arguments.header)
    where = arguments.spool.with_name(arguments.spool.name + ".url")  # which upload: a later run must know
    try:
        if arguments.resume:
            spool = inv.Spool.resume(arguments.spool, TusTransport(where.read_text().strip(), headers))
            spool.close()
        else:
            transport = TusTransport.create(arguments.to, headers)
            where.write_text(transport.name + "\n")
            spool = inv.Spool(arguments.spool, transport)
            record(arguments.input, arguments.recipient, spool)
        print(f"{spool.statistics['acknowledged']} bytes at {where.read_text().strip()}")
        where.unlink()
    except (inv.Error, OSError, RuntimeError) as error:
        sys.exit(f"upload: {error}")


if __name__ == "__main__":
    main()
