"""What a hand in the database breaks (dommages): each kind is found by `check`, in a sentence that
names the record.

Nothing here passes an act: the statements are those of somebody with a database client. What is
compared with what stands in dashboard/queries/keeping/; what nothing else tells of cannot be found.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, Engine, text
from sqlmodel import Session
from support.answers import chart
from support.troupe import FROZEN

from dashboard.actions.roadmap.reports import ReportInput, report_milestone
from dashboard.queries.keeping import checks
from dashboard.queries.keeping.finding import Finding
from models.database import reading, writing
from models.roadmap import MilestoneState


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


def of_projects(name: str, statement: str, named: str) -> Damage:
    return Damage(
        name,
        "projets et ambitions",
        "SELECT id, code FROM project ORDER BY id LIMIT 1",
        statement,
        named,
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
    of_ideas("the voices", "voix", "voices = voices * 10", "voices > 0"),
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
        "a delay",
        "cumul idea_delay",
        "SELECT id, concerns_id FROM idea_event WHERE delay > 2 ORDER BY id LIMIT 1",
        "UPDATE idea_event SET delay = 500 WHERE id = :id",
        "days 500",
    ),
    Damage(
        "a roll-up",
        "cumul idea_filed",
        "SELECT origin_id AS id, month FROM idea_filed WHERE n > 1 ORDER BY month LIMIT 1",
        "UPDATE idea_filed SET n = n + 1 WHERE origin_id = :id AND month = :month",
        "origin_id {id}",
    ),
    Damage(
        "a support that is gone",
        "soutiens",
        "SELECT support.idea_id AS id, person_id, number FROM support JOIN idea ON idea.id ="
        " support.idea_id WHERE merged_into IS NULL ORDER BY number LIMIT 1",
        "DELETE FROM support WHERE idea_id = :id AND person_id = :person_id",
    ),
    Damage(
        "a comment that is gone",
        "commentaires",
        "SELECT comment.id, number FROM comment JOIN idea ON idea.id = idea_id WHERE voice ="
        " 'public' AND NOT hidden ORDER BY number LIMIT 1",
        "DELETE FROM comment WHERE id = :id",
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
        "SELECT milestone_report.id, number FROM milestone_report JOIN milestone ON milestone.id ="
        " milestone_id ORDER BY milestone_report.id LIMIT 1",
        "DELETE FROM milestone_report WHERE id = :id",
        "jalon {number}",
    ),
    Damage(
        "a report",
        "rapports des jalons",
        "SELECT milestone_report.id, number FROM milestone_report JOIN milestone ON milestone.id ="
        " milestone_id WHERE state = 'termine' LIMIT 1",
        "UPDATE milestone_report SET progress = 50 WHERE id = :id",
        "jalon {number}",
    ),
    Damage(
        "a calendar",
        "calendriers des jalons",
        "SELECT rebaseline.id, number FROM rebaseline JOIN milestone ON milestone.id ="
        " milestone_id LIMIT 1",
        "UPDATE rebaseline SET weight = 0 WHERE id = :id",
        "jalon {number}",
    ),
    of_projects("a level", "UPDATE project SET level = 'tache' WHERE id = :id", "niveau « tache »"),
    of_projects(
        "a project below itself",
        "UPDATE project SET parent_id = id WHERE id = :id",
        "sous lui-même",
    ),
    of_projects(
        "a parent of the same level",
        "UPDATE project SET parent_id = (SELECT max(id) FROM project) WHERE id = :id",
        "sous un projet d'un autre niveau",
    ),
    of_projects(
        "a plan that ends early",
        "UPDATE project_plan SET \"end\" = '2000-01-01' WHERE project_id = :id",
        "plan du 01/03/2021 (fin avant le début)",
    ),
    of_projects(
        "a budget",
        "UPDATE project_plan SET budget = -1 WHERE project_id = :id",
        "budget négatif",
    ),
    of_projects(
        "the progress of a project",
        "UPDATE project_report SET progress = 170 WHERE project_id = :id",
        "avancement 170 %",
    ),
    of_projects(
        "the state of a project",
        "UPDATE project_report SET state = 'zzz' WHERE project_id = :id",
        "état « zzz »",
    ),
    Damage(
        "a project that is gone",
        "projets et ambitions",
        "SELECT id, code FROM project ORDER BY id LIMIT 1",
        "DELETE FROM project WHERE id = :id",
        "projet {id}, plan du 01/03/2021 (projet disparu)",
    ),
    Damage(
        "a colour",
        "projets et ambitions",
        "SELECT id, code FROM ambition ORDER BY id LIMIT 1",
        "UPDATE ambition SET colour = 'mauve' WHERE id = :id",
        "ambition {code}, couleur « mauve »",
    ),
    Damage(
        "a measure",
        "relevés",
        "SELECT id, figure FROM measure WHERE figure = 'bien-etre.enps' LIMIT 1",
        "UPDATE measure SET value = value * 10 WHERE id = :id",
        "{figure}",
    ),
    Damage(
        "a publication",
        "publications et questions",
        "SELECT id FROM publication",
        "UPDATE publication SET content = '{\"figures\": [' WHERE id = :id",
        "publication {id}",
    ),
    Damage(
        "a question",
        "publications et questions",
        "SELECT id, code FROM question WHERE choices <> '[]' LIMIT 1",
        "UPDATE question SET choices = 'oui, non' WHERE id = :id",
        "question {code}",
    ),
    Damage(
        "a password",
        "comptes",
        "SELECT id, login FROM account WHERE login = 'carine'",
        "UPDATE account SET password_hash = 'motdepasse' WHERE id = :id",
        "carine (mot de passe illisible)",
    ),
    Damage(
        "a role",
        "comptes",
        "SELECT id, login FROM account WHERE login = 'farid'",
        "UPDATE account SET roles = 'administrateur' WHERE id = :id",
        "farid (rôle inconnu)",
    ),
    Damage(
        "a revision that went back",
        "révisions",
        "SELECT 0 AS id",
        "UPDATE revision SET n = n - 1 WHERE subject = 'ideas'",
        "« ideas:past » en est à",
    ),
    Damage(
        "an emptied person",
        "personnes",
        "SELECT id FROM person ORDER BY id LIMIT 1",
        "UPDATE person SET given_name = '', family_name = '' WHERE id = :id",
        "personne {id}",
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
        "SELECT id FROM registration WHERE status = 'presente' LIMIT 1",
        "UPDATE registration SET status = 'absente' WHERE id = :id",
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
)


def harmed(engine: Engine, act: Callable[[Connection], object]) -> None:
    """Written as a client of the database would, who knows of no link."""
    with engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            act(connection)
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


def failing(engine: Engine) -> list[Finding]:
    with reading(engine) as session:
        return [finding for finding in checks.everything(session, FROZEN) if not finding.holds]


@pytest.fixture(scope="module")
def check_of(demo_on) -> dict[str, Callable[[Session], Finding]]:
    """Name of a finding → the check that makes it; those of days and roll-ups stand among all."""
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


def test_a_report_that_was_made_here_and_is_gone_is_missed(sqlite_copy, cast):
    """The journal tells of it; what its author cancels is no damage."""
    with writing(sqlite_copy) as session:
        milestone, number = session.execute(
            text("SELECT id, number FROM milestone WHERE number = '2.1'")
        ).one()
        report = ReportInput(MilestoneState.under_way, 50, FROZEN)
        report_milestone(session, cast.didier, milestone, report, chart(session))
    assert failing(sqlite_copy) == []
    harmed(
        sqlite_copy,
        lambda connection: connection.execute(
            text("DELETE FROM milestone_report WHERE id = (SELECT max(id) FROM milestone_report)")
        ),
    )
    assert [(finding.name, finding.message) for finding in failing(sqlite_copy)] == [
        (
            "rapports du journal",
            f"1\N{NO-BREAK SPACE}rapport a disparu : jalon {number}, rapport du 30/06/2023",
        )
    ]
