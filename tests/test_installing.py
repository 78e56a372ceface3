"""`init` makes one installation: its settings, its folder, its database and its key, once."""

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlmodel import select
from support.commands import run_command
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.files.values import UNITS, Place, units_of
from models.database import engine, reading, writing
from models.installation import Installation
from models.programmes import programmes
from models.roadmap import Ambition
from models.settings import CONFIG, ROOT, settings

GIVEN = {
    "--url": "https://c-possible.commune.example/",
    "--contact": "programme@commune.example",
    "--dpo": "dpd@commune.example",
    "--programme": "2025-2030",
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
    done = run_command("init", *words)
    return done.exit_code, done.output


@pytest.mark.slow
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
    checked = run_command("--config", str(file), "check")
    assert checked.exit_code == 0, checked.output


def test_the_years_are_asked_for_where_nobody_gave_them(tmp_path):
    words = ["--data", str(tmp_path / "data"), "--file", str(tmp_path / "c-possible.env")]
    given = {name: value for name, value in GIVEN.items() if name != "--programme"}
    words += [word for option in given.items() for word in option]
    engine.cache_clear()
    done = run_command("init", *words, typed="2026\n")
    assert done.exit_code == 0 and "Années du programme" in done.output
    with reading() as session:
        assert programmes(session).periods[0].last_day == date(2026, 12, 31)


def test_nothing_is_written_over_and_nothing_half_done(tmp_path):
    assert init(tmp_path)[0] == 0
    before = (tmp_path / "c-possible.env").read_text(encoding="utf-8")
    code, said = init(tmp_path)
    assert code == 1 and "existe déjà" in said
    assert (tmp_path / "c-possible.env").read_text(encoding="utf-8") == before
    with writing() as session:
        session.get(Installation, 1).demonstration = True
    (tmp_path / "c-possible.env").unlink()
    shutil.rmtree(tmp_path / "data" / "unites")
    code, said = init(tmp_path)
    assert code == 1 and said.startswith("Cette base est une démonstration")
    assert not (tmp_path / "c-possible.env").exists() and not (tmp_path / "data/unites").exists()


# ── The units of systemd ──────────────────────────────────────────────────────────────────────────

ELSEWHERE = ("/srv/c-possible", "/var/lib/c-possible", "/etc/c-possible.env")


def words_of(unit: Path, key: str) -> list[str]:
    lines = unit.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


def test_the_units_of_the_usual_place_are_those_of_deploy():
    """One text: what `init` writes and what the documents copy."""
    usual = Place(
        "c-possible",
        "c-possible",
        Path("/srv/c-possible/.venv/bin/c-possible"),
        Path("/etc/c-possible.env"),
        Path("/var/lib/c-possible"),
        Path("/var/backups/c-possible"),
    )
    stand = {file.name: file.read_text(encoding="utf-8") for file in UNITS.iterdir()}
    assert units_of(usual) == stand and len(stand) == 10


def test_init_writes_the_units_of_this_installation_and_tells_what_to_type(tmp_path):
    code, said = init(tmp_path, name="cp-test", user="essai", port="8600")
    assert code == 0
    folder = tmp_path / "data" / "unites"
    assert {file.name.replace("cp-test", "c-possible") for file in folder.iterdir()} == {
        file.name for file in UNITS.iterdir()
    }
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert settings().cp_port == 8600
    for unit in folder.glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        assert not [path for path in ELSEWHERE if path in text], unit
        assert words_of(unit, "User") == words_of(unit, "Group") == ["essai"]
        assert words_of(unit, "WorkingDirectory") == [str(tmp_path / "data")]
        assert words_of(unit, "Environment") == [f"CP_CONFIG={tmp_path / 'c-possible.env'}"]
        assert str(tmp_path / "data") in " ".join(words_of(unit, "ReadWritePaths"))
        [program] = words_of(unit, "ExecStart")
        assert program.startswith(str(Path(sys.executable).parent / "c-possible "))
    backup = (folder / "cp-test-backup.service").read_text(encoding="utf-8")
    assert "/var/backups/cp-test -name c-possible-*.zip" in backup
    assert "u essai " in (folder / "cp-test.sysusers").read_text(encoding="utf-8")
    assert f"cp {folder}/*.service" in said
    assert "systemctl enable --now cp-test.service cp-test-check.timer" in said


def test_units_go_where_one_says_never_over_others_and_not_at_all_on_request(tmp_path):
    units = tmp_path / "systemd"
    assert init(tmp_path / "a", units=str(units))[0] == 0
    assert (units / "c-possible.service").exists() and not (tmp_path / "a/data/unites").exists()
    code, said = init(tmp_path / "b", units=str(units))
    assert code == 1 and "existe déjà et dit autre chose" in said
    assert not (tmp_path / "b" / "c-possible.env").exists()
    assert init(tmp_path / "b", name="autre", units=str(units))[0] == 0
    assert str(tmp_path / "a") in (units / "c-possible.service").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_wheel_holds_the_units(tmp_path):
    """Built as one that is installed from it: what `init` needs is in it."""
    source = tmp_path / "source"
    shutil.copytree(
        ROOT, source, ignore=shutil.ignore_patterns(".venv", ".git", "tests", "*.egg-info", "var")
    )
    words = [sys.executable, "-c", "from setuptools.build_meta import *; build_wheel('..')"]
    subprocess.run(words, cwd=source, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with ZipFile(wheel) as packed:
        units = {
            Path(name).name
            for name in packed.namelist()
            if "data/share/c-possible/systemd/" in name
        }
        packed.extractall(tmp_path / "installed")
    assert units == {file.name for file in UNITS.iterdir()}
    asked = "from dashboard.files.values import UNITS; print(UNITS)"
    found = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=tmp_path / "installed",
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == str(Path(sys.prefix) / "share/c-possible/systemd")


# ── What is wrong ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "C Possible"}, "ne convient pas à systemd"),
        ({"user": "root;id"}, "ne convient pas à systemd"),
        ({"url": "c-possible.commune.example"}, "commence par http"),
        ({"programme": "l'an prochain"}, "2025-2030"),
        ({"programme": "2030-2025"}, "2025-2030"),
        ({"programme": "1925-1930"}, "2020 à 2035"),
        ({"url": "https://commune.example/c-possible"}, "sans chemin"),
        ({"url": "https://commune.example?ecran=1"}, "sans chemin"),
        ({"contact": "programme"}, "n'est pas une adresse de courriel"),
        ({"database": "postgresql+psycopg://nobody@127.0.0.1:1/none"}, "inaccessible"),
        ({"database": "n'importe quoi"}, "n'est pas lisible"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_leaves_no_file(tmp_path, wrong, sentence):
    code, said = init(tmp_path, **wrong)
    assert code == 1 and sentence in said and len(said.strip().splitlines()) == 1
    assert not (tmp_path / "c-possible.env").exists()


def told_by_check(words: list[str] | None = None, **environment: str) -> str:
    """The sentence with which `check` refuses in this environment."""
    settings.cache_clear()
    done = CliRunner().invoke(app, [*(words or []), "check"], env=environment)
    settings.cache_clear()
    assert done.exit_code == 1, done.output
    [sentence] = done.stderr.strip().splitlines()
    return sentence


def test_a_file_of_settings_that_is_not_there_is_told_whoever_names_it(tmp_path):
    missing = str(tmp_path / "c-posible.env")
    assert init(tmp_path)[0] == 0
    for told in (told_by_check(["--config", missing]), told_by_check(**{CONFIG: missing})):
        assert told == f"Ce fichier de réglages n'existe pas : {missing}."


def test_a_setting_that_nobody_knows_is_refused_with_the_names_that_are_near(tmp_path):
    assert init(tmp_path)[0] == 0
    told = told_by_check(CP_PUBLIC_ULR="https://c-possible.commune.example", CP_QWXZ="1")
    assert "CP_PUBLIC_ULR (CP_PUBLIC_URL ?), CP_QWXZ" in told and "docs/settings.md" in told
    file = tmp_path / "c-possible.env"
    file.write_text(file.read_text(encoding="utf-8") + "CP_PROT=8600\n", encoding="utf-8")
    assert "CP_PROT (CP_PORT ?)" in told_by_check(**{CONFIG: str(file)})


def test_a_value_that_a_setting_cannot_take_is_one_sentence(tmp_path):
    assert init(tmp_path)[0] == 0
    assert "CP_PORT" in (told := told_by_check(CP_PORT="huit mille")) and "huit mille" in told


@pytest.mark.slow
def test_a_demonstration_passes_its_check_in_a_process_of_its_own(tmp_path):
    """Nothing that another test or a screen has imported helps there."""
    around = os.environ | {"CP_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for words in (("seed", "demo"), ("check",)):
        command = (sys.executable, "-m", "dashboard", *words)
        done = subprocess.run(command, cwd=tmp_path, env=around, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
