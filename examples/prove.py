#!/usr/bin/env python3
"""Hand out one member of a recording with a proof that it is part of it, and check such a proof.

Who gets a few seconds of an exam needs neither the rest nor its keys to know that nobody changed them:

    prove.py make exam.tar 12 --to member-12.tlog-proof
    prove.py check member-12.tlog-proof --signer exam.pub --file s/000012.age
"""

import argparse
import pathlib
import sys

import invigil as inv


def make(options):
    proof = inv.prove_inclusion(options.recording, options.member)
    options.to.write_text(str(proof), "utf-8")
    return 0


def check(options):
    proof = inv.InclusionProof.parse(options.proof.read_text("utf-8"))
    size = proof.checkpoint.split("\n")[1]
    if not proof.verify(signer=options.signer.read_text("utf-8").strip()):
        print(f"{options.proof}: does not hold under this signer", file=sys.stderr)
        return 3
    print(f"member {proof.index} is one of the {size} that the signer signed:\n{proof.entry}", end="")
    if options.file and not proof.is_about(options.file):
        print(f"{options.file}: is not that member", file=sys.stderr)
        return 3
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    jobs = parser.add_subparsers(required=True)
    job = jobs.add_parser("make", help="prove that a member is part of a recording")
    job.add_argument("recording", type=pathlib.Path)
    job.add_argument("member", type=int)
    job.add_argument("--to", type=pathlib.Path, required=True)
    job.set_defaults(run=make)
    job = jobs.add_parser("check", help="check a proof, and a file against it")
    job.add_argument("proof", type=pathlib.Path)
    job.add_argument("--signer", type=pathlib.Path, required=True, help="what record --signer-out wrote")
    job.add_argument("--file", type=pathlib.Path, help="the member, as tar gives it")
    job.set_defaults(run=check)
    options = parser.parse_args()
    try:
        return options.run(options)
    except inv.Error as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
