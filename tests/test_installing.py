"""`init` makes one installation: its settings, its folder, its database and its key, once."""

import os
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from dashboard.__main__ import app
from models.database import engine, reading
from models.keeping import Installation
from models.roadmap import Ambition
from models.settings import CONFIG, settings

GIVEN = {
    "--url": "https://c-possible.commune.example/",
    "--contact": "programme@commune.example",
    "--dpo": "dpd@commune.example",
}


@pytest.fixture(autouse=True)
def nothing_said_before(monkeypatch, data_folder):
    """The settings come from the file alone."""
    monkeypatch.delenv("CP_DATA_DIR")
    monkeypatch.setenv(CONFIG, "")
    yield
    settings.cache_clear()
    engine.cache_clear()


def init(folder: Path, **other: str) -> tuple[int, str]:
    engine.cache_clear()
    options = GIVEN | {f"--{name}": value for name, value in other.items()}
    words = ["--data", str(folder / "data"), "--file", str(folder / "c-possible.env")]
    words += [word for option in options.items() for word in option]
    done = CliRunner().invoke(app, ["init", *words])
    return done.exit_code, done.output


def test_one_command_makes_an_installation_that_every_other_finds(tmp_path):
    code, said = init(tmp_path)
    assert code == 0 and "L'installation est prête" in said
    file = tmp_path / "c-possible.env"
    assert file.stat().st_mode & 0o777 == 0o640
    assert {path.name for path in (tmp_path / "data").iterdir()} >= {"c-possible.db", "secret.key"}
    assert settings().public_origin == "https://c-possible.commune.example"
    assert settings().cp_https and os.environ[CONFIG] == str(file)
    with reading() as session:
        assert not session.get(Installation, 1).demonstration
        assert len(session.exec(select(Ambition.code)).all()) == 5
    settings.cache_clear()
    engine.cache_clear()
    os.environ[CONFIG] = ""
    checked = CliRunner().invoke(app, ["--config", str(file), "check"])
    assert checked.exit_code == 0, checked.output


def test_nothing_is_written_over_and_nothing_half_done(tmp_path):
    assert init(tmp_path)[0] == 0
    before = (tmp_path / "c-possible.env").read_text(encoding="utf-8")
    code, said = init(tmp_path)
    assert code == 1 and "existe déjà" in said
    assert (tmp_path / "c-possible.env").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"url": "c-possible.commune.example"}, "commence par http"),
        ({"contact": "programme"}, "n'est pas une adresse de courriel"),
        ({"database": "postgresql+psycopg://nobody@127.0.0.1:1/none"}, "inaccessible"),
        ({"database": "n'importe quoi"}, "n'est pas lisible"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_leaves_no_file(tmp_path, wrong, sentence):
    code, said = init(tmp_path, **wrong)
    assert code == 1 and sentence in said and len(said.strip().splitlines()) == 1
    assert not (tmp_path / "c-possible.env").exists()


def test_a_file_of_settings_that_is_none_is_told():
    done = CliRunner().invoke(app, ["--config", "/nowhere/c-possible.env", "check"])
    assert done.exit_code == 1 and "n'existe pas" in done.stderr
