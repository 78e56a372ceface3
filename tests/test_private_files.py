"""The data folder is its owner's alone: mended at each start, refused where it is not ours."""

import os
from pathlib import Path

import pytest
from support.transactions import (
    refuses,
)
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.files import private


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def open_folder(data_folder):
    """A folder as an umask of 022, or a copy from elsewhere, leaves it."""
    assert CliRunner().invoke(app, ["seed", "reference"]).exit_code == 0
    (data_folder / "c-possible-2026-01-01.zip").write_bytes(b"une sauvegarde")
    (data_folder / "notes.txt").write_text("à quelqu'un d'autre")
    for one in (data_folder, *data_folder.iterdir()):
        one.chmod(0o755 if one.is_dir() else 0o644)
    return data_folder


@pytest.mark.slow
def test_a_start_closes_what_others_could_read_and_says_so_once(open_folder):
    first = CliRunner().invoke(app, ["check"])
    assert "d'autres pouvaient les lire, ils ne le peuvent plus." in first.stderr
    assert mode(open_folder) == 0o700
    ours = [one for one in open_folder.iterdir() if one.name != "notes.txt"]
    assert {one.suffix for one in ours} >= {".db", ".zip"} and {mode(one) for one in ours} == {
        0o600
    }
    assert mode(open_folder / "notes.txt") == 0o644, "what is not ours is left alone"
    assert CliRunner().invoke(app, ["check"]).stderr == ""


def test_what_is_not_ours_to_change_is_refused_in_a_sentence(tmp_path, monkeypatch):
    folder = tmp_path / "partagé"
    folder.mkdir()
    folder.chmod(0o1777)
    refuses(private.close_to_others, folder, match="chmod 700")
    assert folder.stat().st_mode & 0o7777 == 0o1777
    folder.chmod(0o755)

    def denied(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", denied)
    refuses(private.close_to_others, folder, match="n'est pas à vous seul")
