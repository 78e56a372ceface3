"""`check`: one French line for each thing that must always hold, and each of them is found where
it does not.
"""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, insert, text, update
from sqlmodel import Session, select
from support.transactions import (
    execute,
    read_with,
    write_with,
)
from support.troupe import FROZEN
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.queries.operations import checks
from models.communities import Membership
from models.database import engine_for, reading, writing
from models.directions import Headcount
from models.ideas import Idea, SourceKey
from models.ledger import write_words
from models.roadmap import PlanReport, Target
from models.seats import Seat

LATER = FROZEN + timedelta(days=1)


def failing(engine: Engine) -> list[str]:
    return [
        finding.name
        for finding in read_with(engine, checks.everything, FROZEN)
        if not finding.holds
    ]


@pytest.mark.slow
def test_everything_holds_in_the_demonstration(demo):
    found = list(read_with(demo, checks.everything, FROZEN))
    assert [finding.message for finding in found if not finding.holds] == []
    assert len(found) == checks.HOW_MANY == len({finding.name for finding in found})


@pytest.mark.slow
def test_everything_holds_in_an_empty_database(database):
    assert failing(database) == []


def void_of_nothing(session: Session) -> None:
    last = session.exec(select(PlanReport.id).order_by(PlanReport.id.desc())).first()
    session.execute(update(PlanReport).where(PlanReport.id == last).values(voids=10**8))


def one(session: Session, table: type, **values: object) -> None:
    session.execute(
        update(table)
        .where(table.id == session.exec(select(table.id).order_by(table.id)).first())
        .values(**values)
    )


# In the order in which they are looked at; tests/test_damage.py has one of most kinds alone.
HARMS = {
    "dates des faits": lambda session: one(session, Headcount, recorded_on=LATER),
    "annulations": void_of_nothing,
    "vocabulaires": lambda session: one(session, Target, kind="inconnu"),
    "adhésions": lambda session: session.execute(update(Membership).values(left_on=FROZEN)),
    "inscriptions": lambda session: one(session, Seat, status="annulee"),
    "échéances des idées": lambda session: one(session, Idea, due_on=date(2030, 1, 1)),
    "mots de recherche": lambda session: session.execute(text("DELETE FROM idea_words")),
}


@pytest.mark.slow
def test_many_things_that_do_not_hold_are_all_told(demo_copy):
    """On both engines: the statements that are written for one of them, too."""
    with writing(demo_copy) as session:
        for harm in HARMS.values():
            harm(session)
    assert failing(demo_copy) == list(HARMS)


@pytest.mark.slow
def test_a_broken_link_is_found(sqlite_small):
    with sqlite_small.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            connection.execute(
                insert(Seat).values(training_id=10**6, person_id=10**6, status="attente")
            )
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")
    assert "liens" in failing(sqlite_small)


@pytest.mark.slow
def test_a_database_at_an_older_step_is_told(sqlite_small):
    execute(sqlite_small, text("UPDATE alembic_version SET version_num = '0001'"))
    assert failing(sqlite_small) == ["migrations"]


@pytest.mark.slow
def test_a_table_that_is_gone_is_told_and_keeps_no_other_check_from_being_made(small_copy):
    with writing(small_copy) as session:
        session.execute(text("DROP TABLE survey_answer"))
        one(session, Target, kind="inconnu")
    found = list(read_with(small_copy, checks.everything, FROZEN))
    failed = {finding.name: finding.message for finding in found if not finding.holds}
    assert "la table survey_answer manque" in failed["tables"]
    assert failed["lecture"] == "la base refuse la question : une table ou une colonne manque"
    assert len(found) == checks.HOW_MANY and failed.keys() == {
        "tables",
        "lecture",
        "vocabulaires",
    }


@pytest.mark.slow
def test_the_command_says_one_line_each_and_fails_where_one_does_not_hold(data_folder):
    assert CliRunner().invoke(app, ["seed", "reference", "--proposes"]).exit_code == 0
    good = CliRunner().invoke(app, ["check"])
    *held, not_looked_at = good.stdout.splitlines()
    assert good.exit_code == 0 and all(line.startswith("ok ") for line in held)
    assert "non regardé : " in not_looked_at and "sauvegardes" in not_looked_at
    with writing() as session:
        session.execute(update(Target).values(kind="inconnu"))
    bad = CliRunner().invoke(app, ["check"])
    assert bad.exit_code == 1 and bad.stderr == "Au moins une vérification ne tient pas.\n"
    [wrong] = [line for line in bad.stdout.splitlines() if line.startswith("NON")]
    assert wrong.startswith("NON  vocabulaires : ") and "target 1 : kind « inconnu »" in wrong


@pytest.mark.parametrize("subject", ["catalogue", "survey", "survey-responses"])
def test_what_a_catalogue_or_a_survey_gave_is_missed_when_it_is_gone(sqlite_copy, subject):
    assert read_with(sqlite_copy, checks.origins).holds
    with writing(sqlite_copy) as session:
        lost = SourceKey(
            source="fichier", key="clé perdue", subject=subject, record_id=999_999_999, digest=""
        )
        session.add(lost)
    found = read_with(sqlite_copy, checks.origins)
    assert not found.holds and "clé perdue" in found.message


def test_pages_are_whole_for_who_has_searched_before_another_process_wrote(sqlite_copy):
    """SQLite itself looks at the words with what a connection remembers of them."""
    beside = engine_for(sqlite_copy.url.render_as_string(hide_password=False))
    with reading(sqlite_copy) as session:
        session.execute(text("SELECT count(*) FROM idea_words WHERE idea_words MATCH 'banc'"))
    write_with(beside, write_words, [{"id": 1, "words": "banc abri tilleul"}])
    beside.dispose()
    assert read_with(sqlite_copy, checks.pages).holds
