"""What a hand in the database breaks (dommages): each kind is found by `check`, in a sentence that
names the record.

Nothing here passes an act: the statements are those of somebody with a database client. What is
compared with what stands in dashboard/queries/operations/; what nothing else tells of cannot be found.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, Engine, text
from sqlmodel import Session
from support.troupe import FROZEN

from dashboard.queries.operations import checks
from dashboard.queries.operations.checks import Finding
from models.database import reading


@dataclass(frozen=True)
class Damage:
    """What is written, to the record that `record` picks, and what names it: its column, or what
    the sentence holds.
    """

    name: str
    found_by: str
    record: str
    statement: str
    named: str = "n° {number}"


def of_ideas(name: str, found_by: str, change: str, which: str = "status = 'retenue'") -> Damage:
    return Damage(
        name,
        found_by,
        f"SELECT id, number FROM idea WHERE {which} ORDER BY number LIMIT 1",
        f"UPDATE idea SET {change} WHERE id = :id",
    )


def of_facts(name: str, found_by: str, statement: str, what: str) -> Damage:
    return Damage(
        name,
        found_by,
        "SELECT idea_event.id, idea.id AS idea, idea.number FROM idea_event JOIN idea ON idea.id ="
        f" idea_event.idea_id WHERE {what} ORDER BY idea_event.id LIMIT 1",
        statement,
    )


FOLLOWED = "first_answer AND seq < (SELECT max(seq) FROM idea_event AS later WHERE later.idea_id = idea.id)"
DAMAGES = (
    of_ideas("a state", "états des idées", "status = 'realisee'"),
    of_ideas("a promise", "échéances des idées", "due_on = '2030-01-01'"),
    of_ideas("a promise that is gone", "échéances des idées", "due_on = NULL"),
    of_ideas("the day of an answer", "premières réponses", "answered_on = '2022-02-02'"),
    of_ideas("an answer that is gone", "premières réponses", "answered_on = NULL"),
    of_ideas("a day of filing", "dates de dépôt", "filed_on = '2021-01-01'"),
    of_ideas("an ambition", "classement des idées", "ambition_id = ambition_id % 5 + 1"),
    of_ideas("an ambition that is gone", "classement des idées", "ambition_id = NULL"),
    of_ideas("a direction", "classement des idées", "concerns_id = NULL"),
    Damage(
        "a day that is none",
        "jours",
        "SELECT id FROM idea ORDER BY id LIMIT 1",
        "UPDATE idea SET due_on = 'demain' WHERE id = :id",
        "idea {id} : due_on « demain »",
    ),
    of_ideas("an author", "classement des idées", "author_id = 7", "author_id IS NOT NULL"),
    of_ideas("a kind", "classement des idées", "kind = 'constat'"),
    Damage(
        "a kind that nobody knows",
        "vocabulaires",
        "SELECT id, number FROM idea LIMIT 1",
        "UPDATE idea SET kind = 'zzz' WHERE id = :id",
        "idea {number} : kind « zzz »",
    ),
    of_ideas("a text", "mots de recherche", "title = 'Tout autre chose'"),
    of_ideas("a hidden entry", "publication des idées", "published = 0"),
    of_ideas("a shown entry", "publication des idées", "published = 1", "NOT published"),
    of_ideas("the supports", "soutiens", "supports = supports * 10", "supports > 0"),
    of_ideas("the comments", "commentaires", "comments = comments + 1"),
    of_ideas("a merge into itself", "fusions", "merged_into = id"),
    of_ideas("a merge into another", "fusions", "merged_into = NULL", "merged_into IS NOT NULL"),
    of_facts(
        "a fact that is gone",
        "faits des idées",
        "DELETE FROM idea_event WHERE id = :id",
        FOLLOWED,
    ),
    of_facts(
        "a filing that is gone",
        "faits des idées",
        "DELETE FROM idea_event WHERE id = :id",
        "what = 'depot'",
    ),
    of_facts(
        "a state of the past",
        "faits des idées",
        "UPDATE idea_event SET to_status = 'reportee' WHERE id = :id",
        "to_status = 'a-l-etude'",
    ),
    Damage(
        "a support that is gone",
        "soutiens",
        "SELECT key, person_id, number FROM subject_support JOIN idea ON subject = 'idee' AND key ="
        " CAST(idea.id AS VARCHAR) WHERE merged_into IS NULL ORDER BY number LIMIT 1",
        "DELETE FROM subject_support WHERE key = :key AND person_id = :person_id",
    ),
    Damage(
        "a comment that is gone",
        "commentaires",
        "SELECT contribution.id, number FROM contribution JOIN idea ON subject = 'idee' AND key ="
        " CAST(idea.id AS VARCHAR) WHERE NOT hidden ORDER BY number LIMIT 1",
        "DELETE FROM contribution WHERE id = :id",
    ),
    Damage(
        "an index of words",
        "mots de recherche",
        "SELECT id, number FROM idea ORDER BY number LIMIT 1",
        "UPDATE idea_words SET words = 'rien' WHERE rowid = :id",
    ),
    Damage(
        "a report that is gone",
        "clés d'origine",
        "SELECT plan_report.id, number FROM plan_report JOIN plan ON plan.id ="
        " plan_id ORDER BY plan_report.id LIMIT 1",
        "DELETE FROM plan_report WHERE id = :id",
        "jalon {number}",
    ),
    Damage(
        "a person that is gone",
        "liens",
        "SELECT author_id AS id FROM idea WHERE author_id IS NOT NULL LIMIT 1",
        "DELETE FROM person WHERE id = :id",
        "person",
    ),
    Damage(
        "a membership",
        "adhésions",
        "SELECT id FROM membership WHERE left_on IS NULL LIMIT 1",
        "UPDATE membership SET left_on = '2023-01-01' WHERE id = :id",
        "adhésion {id}",
    ),
    Damage(
        "a registration",
        "inscriptions",
        "SELECT id FROM seat WHERE status = 'presente' LIMIT 1",
        "UPDATE seat SET status = 'absente' WHERE id = :id",
        "inscription {id}",
    ),
    Damage(
        "a step of a group",
        "groupes de progrès",
        "SELECT id FROM progress_group WHERE state = 'analyse' LIMIT 1",
        "UPDATE progress_group SET state = 'close' WHERE id = :id",
        "groupe {id}",
    ),
    Damage(
        "a mark of interest",
        "marques d'intérêt",
        "SELECT id FROM interest WHERE state = 'nouveau' LIMIT 1",
        "UPDATE interest SET state = 'integre' WHERE id = :id",
        "marque {id}",
    ),
    Damage(
        "a link that leads nowhere",
        "bouts des liens",
        "SELECT id FROM link WHERE to_kind = 'projet' LIMIT 1",
        "UPDATE link SET to_key = 'P-999' WHERE id = :id",
        "link {id} : projet P-999",
    ),
    Damage(
        "an effect of nothing",
        "bouts des liens",
        "SELECT max(id) AS id FROM decision_event",
        "INSERT INTO decision_effect (event_id, kind, key) VALUES (:id, 'groupe', 'GP-999')",
        "groupe GP-999",
    ),
    Damage(
        "an entry that answers came from",
        "bouts des liens",
        "SELECT id FROM survey_answer LIMIT 1",
        "UPDATE survey_answer SET idea_id = 7 WHERE id = :id",
        "survey_answer {id} : idee 7",
    ),
    Damage(
        "how many answered",
        "totaux des enquêtes",
        "SELECT id, title, answered FROM survey LIMIT 1",
        "UPDATE survey SET answered = answered * 10 WHERE id = :id",
        "{title} ({id})",
    ),
)


def harmed(engine: Engine, act: Callable[[Connection], object]) -> None:
    """Written as a client of the database would, who knows of no link."""
    with engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            act(connection)
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


@pytest.fixture(scope="module")
def check_of(demo_on) -> dict[str, Callable[[Session], Finding]]:
    """Name of a finding → the check that makes it; those of days stand among all."""
    with reading(demo_on("sqlite")) as session:
        return {check(session).name: check for check in checks.CHECKS}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_each_kind_of_damage_is_found_and_its_record_is_named(sqlite_copy, check_of, damage):
    """By the check of its name; that `check` makes each of them, tests/test_checks.py tells."""
    with sqlite_copy.connect() as connection:
        record = dict(connection.execute(text(damage.record)).mappings().one())
    asked = {name: value for name, value in record.items() if f":{name}" in damage.statement}
    harmed(sqlite_copy, lambda connection: connection.execute(text(damage.statement), asked))
    with reading(sqlite_copy) as session:
        check = check_of.get(damage.found_by)
        found = [check(session)] if check else checks.everything(session, FROZEN)
        finding = next(finding for finding in found if finding.name == damage.found_by)
    assert not finding.holds and damage.named.format(**record) in finding.message
