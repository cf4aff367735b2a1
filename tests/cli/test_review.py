"""invigil review."""

import html.parser
import re

from conftest import fails, ok, run


class Page(html.parser.HTMLParser):
    """Collects what would be loaded or run, and whether elements close in order."""

    VOID = {"meta", "img", "br", "link", "input", "hr"}

    def __init__(self, text):
        super().__init__()
        self.open, self.loads, self.images = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "img":
            self.images.append(attributes)
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            if (value := attributes.get(name)) and not value.startswith(("data:image/jpeg;base64,", "#")):
                self.loads.append(value)
        assert tag not in ("script", "iframe", "object", "embed", "link", "form"), tag
        assert not any(name.startswith("on") for name in attributes)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag


def test_the_page(folder, media, key):
    (folder / "e.jsonl").write_text('{"t":1.5,"event":"paste"}\n{"t":2,"event":"focus_lost","duration":0.5}\n')
    (folder / "c.json").write_text('{"given":true,"purpose":"<script>exam</script>","audience":"Zoë & co"}')
    ok("record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "--events", "e.jsonl", "--consent",
       "c.json")
    ok("review", "r.tar", "-i", key.file, "--report", "r.html")
    text = (folder / "r.html").read_text()
    page = Page(text)
    assert not page.open and not page.loads
    assert "default-src 'none'" in text
    assert "<svg" in text
    for shown in ("Paste", "Focus lost", "&lt;script&gt;exam", "Zoë &amp; co", "The recording is whole",
                  "Who wrote it was not checked", "Faces by", "sha256:"):
        assert shown in text, shown
    assert len(page.images) >= 2 and all(image["alt"] for image in page.images)
    assert not re.search(r"cheat|guilt|suspici", text, re.I)


def test_the_same_recording_gives_the_same_page(folder, recording, key):
    for name in ("a.html", "b.html"):
        ok("review", recording, "-i", key.file, "--report", name)
    assert (folder / "a.html").read_bytes() == (folder / "b.html").read_bytes()


def test_the_signer(folder, media, key):
    ok("record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, "--signer-out", "r.pub")
    ok("review", "r.tar", "-i", key.file, "--signer", "r.pub", "--report", "r.html")
    assert "checked: the registered key" in (folder / "r.html").read_text()


def test_a_damaged_recording_still_has_a_page(folder, recording, key):
    data = recording.read_bytes()
    (folder / "cut.tar").write_bytes(data[: len(data) * 2 // 3])
    result = run("review", "cut.tar", "-i", key.file, "--report", "r.html")
    assert result.status == 3 and len(result.err.splitlines()) <= 2
    assert "The recording was not closed" in (folder / "r.html").read_text()


def test_no_key_fits(kept, recording, other_key):
    fails(4, "review", recording, "-i", other_key.file, "--report", "r.html", says="key")


def test_nothing_is_overwritten(kept, recording, key):
    (kept.folder / "r.html").write_text("precious")
    kept.mark()
    fails(1, "review", recording, "-i", key.file, "--report", "r.html", says=["r.html", "exists already"])
