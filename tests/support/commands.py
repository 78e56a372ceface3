"""What `python -m dashboard …` answers, in the process of the test."""

from typer.testing import CliRunner

from dashboard.__main__ import app


def run_command(*words: str, typed: str = ""):
    return CliRunner().invoke(app, list(words), input=typed)


def command(*words: str, typed: str = "") -> tuple[int, str, str]:
    """Its code, what it says, and what it refuses."""
    found = run_command(*words, typed=typed)
    return found.exit_code, found.stdout, found.stderr
