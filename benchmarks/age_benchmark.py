"""User CPU of encrypting and decrypting one large file, against the stock `age` program. Checks the answers first.

Run: age_benchmark.py BUILD_FOLDER [MIB [FOLDER]]; the folder needs room for four times as much.
"""

import hashlib
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

ROUNDS = 3


def user_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([str(part) for part in command], check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main():
    ours = next(pathlib.Path(sys.argv[1]).rglob("age_file"))
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
    with tempfile.TemporaryDirectory(dir=sys.argv[3] if len(sys.argv) > 3 else None) as name:
        key, plain, sealed, sealed_by_age, back = (pathlib.Path(name) / n for n in "key plain a b c".split())
        subprocess.run(["age-keygen", "-o", key], check=True, stderr=subprocess.DEVNULL)
        recipient = subprocess.check_output(["age-keygen", "-y", key], text=True).strip()
        with open(plain, "wb") as file:
            for _ in range(size):
                file.write(os.urandom(1 << 20))
        jobs = {
            "encrypt": ([ours, "encrypt", recipient, plain, sealed], ["age", "-r", recipient, "-o", sealed_by_age, plain]),
            "decrypt": ([ours, "decrypt", key, sealed_by_age, back], ["age", "-d", "-i", key, "-o", back, sealed]),
        }
        expected = digest(plain)
        for command in jobs["encrypt"]:
            user_seconds(command)
        for command in jobs["decrypt"]:  # each opens what the other sealed
            user_seconds(command)
            assert digest(back) == expected, command
        for what, (own, stock) in jobs.items():
            mine = min(user_seconds(own) for _ in range(ROUNDS))
            theirs = min(user_seconds(stock) for _ in range(ROUNDS))
            print(f"{what} {size} MiB: {mine:.2f} s user, age {theirs:.2f} s, {theirs / mine:.2f} times faster")


if __name__ == "__main__":
    main()
