"""Keys and encrypted files from Python: python3 age_files.py FOLDER

Makes a key that a passphrase protects, encrypts a file to it, and reads the end of the file without the rest.
"""

import pathlib
import sys

import invigil as inv

folder = pathlib.Path(sys.argv[1])

# Once, by staff: a private key, protected by a passphrase; its public half is what clients are given.
staff = inv.crypto.generate_identity()
passphrase = inv.crypto.Passphrase("correct horse battery staple")
(folder / "staff.key").write_bytes(inv.crypto.encrypt(staff.secret_text().encode(), passphrase, armor=True))
public_key = inv.crypto.Recipient.parse(staff.recipient)

# By a client, which holds the public key only.
answers = "".join(f"answer {i}\n" for i in range(100_000)).encode()
(folder / "answers.age").write_bytes(inv.crypto.encrypt(answers, public_key))

# By staff, later. `age -d -i staff.key answers.age` does the same.
keys = inv.Identity.load(folder / "staff.key", passphrase=passphrase)
with inv.crypto.open(folder / "answers.age", keys) as file:
    file.seek(-13, 2)
    print(file.read().decode(), end="")
