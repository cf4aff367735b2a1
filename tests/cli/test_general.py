"""Rules for every subcommand."""

import re

import pytest
from conftest import APP, fails, ok, run

COMMANDS = ["record", "redact", "score", "review", "verify", "decrypt", "export", "devices", "models", "keygen"]


def test_help_names_every_subcommand():
    text = ok("--help").out
    for command in COMMANDS:
        assert re.search(rf"^  {command}\b", text, re.M), command


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches(command):
    text = ok(command, "--help").out
    assert "Examples:" in text and f"invigil {command}" in text
    assert "Exit status" in text
    for option in ("--quiet", "--json", "--force"):
        assert option in text


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_in_help_are_accepted(command):
    """Every example parses: it may lack its files, but is never wrong usage."""
    examples = re.findall(rf"^  invigil ({command}\b[^\n]*)", ok(command, "--help").out, re.M)
    assert examples
    for example in examples:
        words = example.split("|")[0].split(">")[0].split()
        result = run(*words, "--help")
        assert result.status == 0, example


def test_version_tells_licence_and_models():
    text = ok("--version").out
    assert re.search(r"^invigil \d+\.\d+\.\d+$", text, re.M)
    assert re.search(r"^FFmpeg .*(LGPL|GPL)", text, re.M)
    assert re.search(r"^Models?", text, re.M)


def test_no_command_shows_help_and_is_wrong_usage():
    result = run()
    assert result.status == 2
    assert "record" in result.err and not result.out


@pytest.mark.parametrize("words", [["recrod"], ["--no-such-option"], ["verify"], ["review", "a", "b", "c"],
                                   ["record", "--for"], ["keygen", "--nothing"]])
def test_wrong_usage(words):
    fails(2, *words, says="--help")


def test_a_misspelt_subcommand_is_named_with_the_nearest():
    fails(2, "recrod", says=["recrod", "record"])


@pytest.mark.parametrize("text", ["", "x", "5x", "-3", "1m1h", "1h1h", "1..5", "1e9h", "9" * 400, "5 m", "0x10", "nan", "m"])
def test_durations_that_do_not_parse(text, media, key, kept):
    fails(2, "record", "--input", media.clip, "--to", "r.tar", "-r", key.recipient, f"--for={text}",
          says="--for")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["keygen"], ["models", "list"]])
def test_a_full_standard_output_is_a_failure(arguments):
    result = run("-c", f'"{APP}" {" ".join(arguments)} > /dev/full', command=("sh",))
    assert result.status == 1
    assert "standard output" in result.err.splitlines()[-1]
