"""Upgrading: what will change is told before, and what fails changes nothing."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from support.landed import ROWS
from support.troupe import BOTH, FROZEN
from typer.testing import CliRunner

import models.database as house
from dashboard.__main__ import app
from dashboard.access import OPERATOR
from dashboard.actions.operations.restoring import restore
from dashboard.figures.board import board
from dashboard.files.backup import open_backup
from models.database import reading
from models.schema import MIGRATIONS, known_steps
from models.settings import settings

OLD = "0006"


@pytest.fixture(params=BOTH)
def old(request, open_copy, data_folder, commands_on) -> Iterator[Engine]:
    """A small administration at an earlier step, to which the commands of this process point."""
    found, end = open_copy(request.param, f"at_{OLD}")
    found.dispose()
    settings().cp_data_dir.mkdir(parents=True)
    commands_on(found)
    yield found
    end()


# What does the same on both engines has one of them each; what differs has both.


def said(code: int, *words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    house.engine.cache_info().currsize and house.engine().dispose()
    return result.output.replace("\N{NO-BREAK SPACE}", " ").replace(
        "\N{NARROW NO-BREAK SPACE}", " "
    )


def contents(on: Engine) -> dict[str, list[tuple]]:
    """Table → its rows, whatever the step."""
    with on.connect() as connection:
        found = {
            name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')).all()))
            for name in inspect(connection).get_table_names()
        }
    on.dispose()
    return found


def backup_before() -> Path:
    (found,) = settings().backup_folder.glob("avant-mise-a-jour-*.zip")
    return found


# ── What it would change ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
def test_check_tells_what_one_notices_and_writes_nothing(old):
    before = contents(old)
    file = Path(old.url.database) if old.dialect.name == "sqlite" else None
    digest = file and hashlib.sha256(file.read_bytes()).hexdigest()
    told = said(3, "upgrade", "--check")
    assert f"à l'étape {OLD}" in told and f"jusqu'à {known_steps()[0]}" in told
    assert "0033  " in told and "0019  " not in told, "what a step says of itself"
    assert "Taille : " in told and "libres" in told and "Sauvegarde : aucune" in told
    assert "lignes par seconde" in told
    assert contents(old) == before
    assert (file and hashlib.sha256(file.read_bytes()).hexdigest()) == digest
    assert not settings().backup_folder.exists(), "no folder is made either"


def test_nothing_to_do_is_code_0_and_no_database_a_sentence(data_folder, open_copy, commands_on):
    assert "Aucune base à cette adresse" in said(1, "upgrade", "--check")
    assert not data_folder.exists() or not list(data_folder.glob("*.db"))
    engine, end = open_copy("sqlite", "empty")
    data_folder.mkdir(exist_ok=True)
    commands_on(engine)
    assert "Rien à faire" in said(0, "upgrade", "--check")
    assert "Rien à faire" in said(0, "upgrade")
    end()


# ── The upgrade ───────────────────────────────────────────────────────────────────────────────────

AT = "2023-06-30"
# Three figures as somebody counts them by hand in the tables of the earlier step.
BY_HAND = {
    "avancement": f"""
        SELECT 100.0 * sum(weight * coalesce(progress, 0)) / 100 / sum(weight)
        FROM rebaseline LEFT JOIN milestone_report ON milestone_report.id = (
            SELECT id FROM milestone_report AS told
            WHERE told.milestone_id = rebaseline.milestone_id AND told."on" <= '{AT}'
            ORDER BY told."on" DESC, told.id DESC LIMIT 1)
        WHERE rebaseline.id = (
            SELECT id FROM rebaseline AS moved
            WHERE moved.milestone_id = rebaseline.milestone_id AND moved."on" <= '{AT}'
            ORDER BY moved."on" DESC, moved.id DESC LIMIT 1)""",
    "reponse.ouvertes": f"""
        SELECT count(*) FROM idea WHERE kind IN ('idee', 'suggestion') AND filed_on <= '{AT}'
        AND status IN ('recue', 'lue', 'a-l-etude', 'en-groupe')""",
    "bien-etre.favorable": f"""
        SELECT value FROM measure WHERE figure = 'bien-etre.favorable' AND "on" <= '{AT}'
        ORDER BY "on" DESC LIMIT 1""",
}


def told_of_figures(old: Engine, scope_for, at: str = AT) -> dict[str, float | None]:
    with reading(old) as session:
        found = board(session, scope_for(session, OPERATOR, FROZEN, au=at)).as_json()["figures"]
    old.dispose()
    return {entry["code"]: entry["value"] for entry in found}


def differs(then: float | None, now: float | None) -> bool:
    return (then is None) != (now is None) or now != pytest.approx(then)


HOLDS = """import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT 1 FROM idea").fetchall()
print("open", flush=True)
sys.stdin.read()"""


@contextmanager
def held_by_another(on: Engine) -> Iterator[None]:
    """Another program has the database open, as a service that was not stopped."""
    if on.dialect.name == "postgresql":
        with on.connect():
            yield
        on.dispose()
        return
    words = [sys.executable, "-c", HOLDS, on.url.database]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"open\n"
        yield
        other.stdin.close()


@pytest.mark.slow
@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
def test_an_upgrade_makes_a_backup_takes_every_step_and_checks(old, scope_for):
    """It waits for the service to be stopped; figures are those that were counted before."""
    with old.connect() as connection:
        found = {
            code: float(connection.execute(text(BY_HAND[code])).scalar_one()) for code in BY_HAND
        }
    old.dispose()
    assert all(found.values()), "there is something to compare"
    before, counted = contents(old), found
    with held_by_another(old):
        assert "encore ouverte ailleurs (1)" in said(1, "upgrade")
    assert not list(settings().cp_data_dir.rglob("*.zip"))
    told = said(0, "upgrade")
    after = told_of_figures(old, scope_for)
    assert {code: after[code] for code in counted} == pytest.approx(counted)
    assert f"Base mise à jour : étape {known_steps()[0]}" in told
    assert "ok   tables : celles du programme" in told
    after = contents(old)
    for table in ("idea_event", "measure"):
        assert len(after[table]) == len(before[table]) > 0, table
    seats = len(before["registration_event"]) + len(before.get("meeting_seat", ()))
    assert len(after["seat_event"]) == seats > 0
    assert len(after["plan_report"]) == len(before["milestone_report"]) > 0
    assert len(after["plan"]) == len(before["milestone"]) + len(before["project"])
    with open_backup(backup_before()) as backup:
        assert backup.revision == OLD, "the backup is what was there before"
        assert backup.row_count > 1000
        assert not {"login", "ticket", "attempt"} & set(backup.tables)
    assert backup_before().stat().st_mode & 0o077 == 0
    assert "Rien à faire" in said(0, "upgrade", "--check")


@pytest.mark.slow
@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
def test_each_figure_of_closed_months_that_changes_is_named_with_its_reason(old, scope_for):
    """Beside what the program of that step told of the same rows."""
    before = json.loads((ROWS / "figures_0006.json").read_text(encoding="utf-8"))
    named = said(3, "upgrade", "--check")
    assert "fraicheur (Fraîcheur des données) : les chiffres relevés y comptent aussi" in named
    assert said(0, "upgrade").count("fraicheur (Fraîcheur") == 1
    for at, values in before.items():
        now = told_of_figures(old, scope_for, at)
        for code in values.keys() & now.keys():
            if differs(values[code], now[code]):
                assert f"  {code} (" in named, (at, code, values[code], now[code])


@pytest.mark.parametrize("old", ["postgresql"], indirect=True)
def test_the_backup_before_an_upgrade_comes_back(old, open_copy):
    said(0, "upgrade")
    engine, end = open_copy("sqlite", "empty")
    with open_backup(backup_before()) as backup:
        restore(engine, backup)
    now, then = contents(old), contents(engine)
    assert {name for name in now if len(now[name]) != len(then[name])} <= {"change", "heartbeat"}
    end()


# ── An upgrade that fails ─────────────────────────────────────────────────────────────────────────

RAISES = '''"""a step that raises halfway"""

from alembic import op

revision = "9999"
down_revision = "{before}"
branch_labels = None
depends_on = None
told = "Vide les titres des idées et s'arrête."


def upgrade() -> None:
    op.execute("CREATE TABLE halfway (id INTEGER)")
    op.execute("UPDATE idea SET title = 'perdu'")
    op.execute("INSERT INTO nowhere VALUES ('Alice Dupont')")
'''


@pytest.fixture
def step_that_raises(tmp_path, monkeypatch) -> None:
    """The next release, with a mistake in its step."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_raises.py").write_text(RAISES.format(before=known_steps()[0]))
    monkeypatch.setattr("models.schema.MIGRATIONS", folder)


@pytest.mark.parametrize("old", ["postgresql"], indirect=True)
def test_a_step_that_raises_leaves_everything_as_it_was(old, step_that_raises):
    before = contents(old)
    told = said(1, "upgrade")
    assert "9999  Vide les titres des idées et s'arrête." in told
    assert "L'étape 9999 a échoué" in told
    assert f"La base est restée à l'étape {OLD}, rien n'y a changé" in told
    assert "remettez les sources d'avant" in told and str(backup_before()) in told
    assert "Alice Dupont" not in told
    after = contents(old)
    assert after == before and "halfway" not in after
    with open_backup(backup_before()) as backup:
        assert backup.revision == OLD
