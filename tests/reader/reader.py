#!/usr/bin/env python3
"""Reads a recording: a reader made from lib/recording/FORMAT.md alone.

reader.py REC KEY OUT writes the media and prints what was found as JSON. It needs the standard library, the program
`age`, and, to check signatures, the package `cryptography`; without that "signatures" says "not checked". Exit status:
0 whole or unterminated, 3 damaged.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys

NAME = re.compile(r"([ism])/(\d{6})\.age|(j)/(\d{6})\.note|(x)/(\d{6})\.(?:idx|note)")
FOLDER = {"init": "i", "media": "s"}


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def members(data):
    """(folder, number, name, content) of each member of the archive; other blocks are passed over."""
    at = 0
    while at + 512 <= len(data):
        header = data[at:at + 512]
        at += 512
        sum_of = sum(header[:148]) + 32 * 8 + sum(header[156:])
        if not re.fullmatch(rb"[0-7]{6}\0 ", header[148:156]) or int(header[148:154], 8) != sum_of:
            continue
        name = header[:100].rstrip(b"\0").decode("ascii", "replace")
        found, size = NAME.fullmatch(name), int(header[124:135], 8)
        if found and at + size <= len(data):
            folder, number = [g for g in found.groups() if g]
            yield folder, int(number), name, data[at:at + size]
            at += -(-size // 512) * 512


def entry_of(note):
    """The entry of a note as a dictionary, its leaf, and the checkpoint that follows."""
    head, _, checkpoint = note.decode().partition("\n\n")
    lines = head.split("\n")
    _, number, kind, access = lines[0].split(" ")
    payload, size = lines[1].split(" ")[1:]
    leaf = sha256(b"\0", "\n".join(lines[:5]).encode(), b"\n")
    entry = {"number": int(number), "kind": kind, "payload": payload, "size": int(size),
             "header": lines[2].split(" ")[1], "kc": lines[3].split(" ")[1], "leaf": leaf, "checkpoint": checkpoint}
    if len(lines) == 6:
        entry["signer"] = lines[5].split(" ")[1]
    return entry


def add_leaf(peaks, leaf):
    """RFC 6962, 2.1: `peaks` holds (leaves, hash) of complete subtrees, the largest first."""
    peaks.append((1, leaf))
    while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
        (size, right), (_, left) = peaks.pop(), peaks.pop()
        peaks.append((2 * size, sha256(b"\1", left, right)))


def root(peaks):
    value = peaks[-1][1]
    for _, left in reversed(peaks[:-1]):
        value = sha256(b"\1", left, value)
    return value


def verify_signature(checkpoint, vkey):
    """True or False, or None where nothing here can check Ed25519."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return None
    text, _, line = checkpoint.partition("\n\n")
    origin, key_id, key = vkey.split("+", 2)  # base64 may hold a "+" too
    raw = base64.b64decode(key)
    signature = base64.b64decode(line.split(" ")[2])
    if signature[:4].hex() != key_id or sha256(origin.encode(), b"\n", raw)[:4].hex() != key_id:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature[4:], text.encode() + b"\n")
        return True
    except InvalidSignature:
        return False


def changed(notes):
    """The members that notes of changes name: {"shred": {...}, "rewrap": {...}}."""
    named = {"shred": set(), "rewrap": set()}
    for note in notes:
        before, _, rest = note.rpartition(b"digest ")
        if base64.b64encode(sha256(before)) != rest.split(b"\n")[0]:
            continue
        lines = note.decode().split("\n")
        for part in lines[3].removeprefix("members ").split(","):
            first, _, last = part.partition("-")
            named[lines[0].split(" ")[2]].update(range(int(first), int(last or first) + 1))
    return named


def state_of(entry, folder, age, named):
    """What became of a member: whole, rewrapped, shredded or bad."""
    header, payload = age[:len(age) - entry["size"]], age[len(age) - entry["size"]:]
    number = entry["number"]
    if folder != FOLDER.get(entry["kind"], "m") or base64.b64encode(sha256(payload)).decode() != entry["payload"]:
        return "bad"
    if not any(header):
        return "shredded" if number in named["shred"] else "bad"
    if number in named["shred"]:
        return "bad"
    as_written = base64.b64encode(sha256(header)).decode() == entry["header"]
    return ("bad" if number in named["rewrap"] else "whole") if as_written else (
        "rewrapped" if number in named["rewrap"] else "bad")


def read(path, key, out):
    ages, entries, notes = {}, {}, []
    with open(path, "rb") as file:
        data = file.read()
    for folder, number, name, content in members(data):
        if folder in "ism":
            ages[number] = (folder, content)
        elif folder == "j":
            entries[number] = entry_of(content)
        elif name.endswith(".note"):
            notes.append(content)
    named = changed(notes)
    states = {n: state_of(e, *ages[n], named) if n in ages else "bad" for n, e in sorted(entries.items())}
    signer = next(e["signer"] for _, e in sorted(entries.items()) if "signer" in e)
    peaks, signed = [], []
    for count, (number, entry) in enumerate(sorted(entries.items()), 1):
        add_leaf(peaks, entry["leaf"])
        size, value = entry["checkpoint"].split("\n")[1:3]
        if number != count - 1 or size != str(count) or value != base64.b64encode(root(peaks)).decode():
            states[number] = "bad"
        signed.append(verify_signature(entry["checkpoint"], signer))
    begun = False
    with open(out, "wb") as media:
        for number, entry in sorted(entries.items()):
            wanted = entry["kind"] == "media" or (entry["kind"] == "init" and not begun)
            if not wanted or states[number] not in ("whole", "rewrapped"):
                continue
            begun = begun or entry["kind"] == "init"
            opened = subprocess.run(["age", "-d", "-i", key], input=ages[number][1], capture_output=True, check=True)
            media.write(opened.stdout)
    report = {s: [n for n, state in states.items() if state == s] for s in ("whole", "rewrapped", "shredded", "bad")}
    report["closed"] = entries[max(entries)]["kind"] == "close" and data.endswith(bytes(1024))
    report["signatures"] = "not checked" if None in signed else "right" if all(signed) else "wrong"
    return report


if __name__ == "__main__":
    result = read(*sys.argv[1:])
    print(json.dumps(result))
    sys.exit(3 if result["bad"] or result["signatures"] == "wrong" else 0)
