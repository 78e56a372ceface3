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
from support.answers import answered, chart
from support.filing import file
from support.transactions import read_with
from support.troupe import FROZEN

from dashboard.access import Role
from dashboard.actions.people.accounts import add_account, set_roles
from dashboard.actions.people.mandates import give_mandate, new_mandate
from dashboard.actions.roadmap.reports import report_plan
from dashboard.figures.declaring import all_declared
from dashboard.queries.operations import checks
from dashboard.queries.operations.finding import Finding
from dashboard.queries.operations.record_checks import figure_codes
from dashboard.queries.people.readers import account_by_login
from models.database import reading, writing
from models.idea_states import IdeaStatus
from models.roadmap import MilestoneState, PlanReport


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


def of_projects(
    name: str, statement: str, named: str, found_by: str = "projets et ambitions"
) -> Damage:
    return Damage(
        name,
        found_by,
        "SELECT id, number FROM plan WHERE level != 'jalon' ORDER BY id LIMIT 1",
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
        "a report",
        "rapports des plans",
        "SELECT plan_report.id, number FROM plan_report JOIN plan ON plan.id ="
        " plan_id WHERE state = 'termine' LIMIT 1",
        "UPDATE plan_report SET progress = 50 WHERE id = :id",
        "jalon {number}",
    ),
    Damage(
        "a calendar",
        "calendriers des plans",
        "SELECT plan_schedule.id, number FROM plan_schedule JOIN plan ON plan.id = plan_id LIMIT 1",
        "UPDATE plan_schedule SET weight = 0 WHERE id = :id",
        "jalon {number}",
    ),
    of_projects("a level", "UPDATE plan SET level = 'tache' WHERE id = :id", "niveau « tache »"),
    of_projects(
        "a project below itself",
        "UPDATE plan SET parent_id = id WHERE id = :id",
        "sous lui-même",
    ),
    of_projects(
        "a parent of the same level",
        "UPDATE plan SET parent_id = (SELECT max(id) FROM plan) WHERE id = :id",
        "sous un projet d'un autre niveau",
    ),
    of_projects(
        "a plan that ends early",
        "UPDATE plan_schedule SET \"end\" = '2000-01-01' WHERE plan_id = :id",
        "calendrier du 01/03/2021",
        "calendriers des plans",
    ),
    of_projects(
        "a budget",
        "UPDATE plan_schedule SET budget = -1 WHERE plan_id = :id",
        "calendrier du",
        "calendriers des plans",
    ),
    of_projects(
        "the progress of a project",
        "UPDATE plan_report SET progress = 170 WHERE plan_id = :id",
        "rapport du",
        "rapports des plans",
    ),
    of_projects(
        "the state of a project",
        "UPDATE plan_report SET state = 'zzz' WHERE plan_id = :id",
        "rapport du",
        "rapports des plans",
    ),
    of_projects(
        "a project that is gone",
        "DELETE FROM plan WHERE id = :id",
        "plan {id} disparu",
        "calendriers des plans",
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
        "units in a circle",
        "organigramme",
        "SELECT direction_id AS id, parent_id AS parent, code FROM direction_place JOIN direction ON"
        " direction.id = direction_id WHERE kind = 'service' LIMIT 1",
        "UPDATE direction_place SET parent_id = :id WHERE direction_id = :parent",
        "au 01/01/2021",
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
        "a decision that was never taken",
        "étapes des décisions",
        "SELECT decision.id, number FROM decision JOIN decision_event ON decision_id = decision.id"
        " WHERE what = 'executee' LIMIT 1",
        "DELETE FROM decision_event WHERE decision_id = :id AND what = 'decidee'",
        "n° {number} (suivie sans être décidée)",
    ),
    Damage(
        "a decision that nobody put",
        "étapes des décisions",
        "SELECT id, number FROM decision LIMIT 1",
        "DELETE FROM decision_event WHERE decision_id = :id AND what = 'inscrite'",
        "n° {number} (jamais inscrite)",
    ),
    Damage(
        "a step of the past of a group",
        "étapes des groupes",
        "SELECT progress_group.id, code FROM progress_group WHERE state = 'close' LIMIT 1",
        "DELETE FROM group_event WHERE group_id = :id AND state = 'pistes'",
        "{code}",
    ),
    Damage(
        "a mandate that ends early",
        "ordre des dates",
        "SELECT id FROM mandate LIMIT 1",
        "UPDATE mandate SET until = '2000-01-01' WHERE id = :id",
        "mandat {id} : until avant since",
    ),
    Damage(
        "an hour",
        "ordre des dates",
        "SELECT id FROM meeting WHERE ends <> '' LIMIT 1",
        "UPDATE meeting SET ends = '00:01' WHERE id = :id",
        "réunion {id} : ends avant starts",
    ),
    Damage(
        "how many answered",
        "totaux des enquêtes",
        "SELECT id, title, answered FROM survey LIMIT 1",
        "UPDATE survey SET answered = answered * 10 WHERE id = :id",
        "{title} ({id})",
    ),
    Damage(
        "a PST",
        "contenu des fichiers",
        "SELECT id FROM pst_statement LIMIT 1",
        "UPDATE pst_statement SET content = x'00' WHERE id = :id",
        "PST {id}",
    ),
    Damage(
        "a material",
        "contenu des fichiers",
        "SELECT id, title FROM training_material WHERE content IS NOT NULL LIMIT 1",
        "UPDATE training_material SET content = x'00' WHERE id = :id",
        "support « {title} »",
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
    return [
        finding for finding in read_with(engine, checks.everything, FROZEN) if not finding.holds
    ]


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


@pytest.mark.slow
def test_a_report_that_was_made_here_and_is_gone_is_missed(sqlite_copy, cast):
    """The journal tells of it; what its author cancels is no damage."""
    with writing(sqlite_copy) as session:
        milestone, number = session.execute(
            text("SELECT id, number FROM plan WHERE number = '2.1'")
        ).one()
        report = PlanReport(state=MilestoneState.under_way, progress=50, forecast_end=FROZEN)
        report_plan(session, cast.didier, milestone, report, chart(session))
    assert failing(sqlite_copy) == []
    harmed(
        sqlite_copy,
        lambda connection: connection.execute(
            text("DELETE FROM plan_report WHERE id = (SELECT max(id) FROM plan_report)")
        ),
    )
    assert [(finding.name, finding.message) for finding in failing(sqlite_copy)] == [
        (
            "rapports du journal",
            f"1\N{NO-BREAK SPACE}rapport a disparu : jalon {number}, rapport du 30/06/2023",
        )
    ]


@pytest.mark.slow
def test_a_state_that_no_act_gave_is_found_of_an_entry_that_was_filed_here(sqlite_copy, cast):
    number = file(sqlite_copy, cast.alice).number
    answered(sqlite_copy, cast.didier, number, "Oui.", IdeaStatus.accepted)
    assert failing(sqlite_copy) == []
    harmed(
        sqlite_copy,
        lambda connection: connection.execute(
            text(
                "UPDATE idea_event SET to_status = 'realisee' WHERE to_status = 'retenue' AND"
                f" idea_id = (SELECT id FROM idea WHERE number = {number})"
            )
        ),
    )
    found = {finding.name: finding.message for finding in failing(sqlite_copy)}
    assert f"n° {number}" in found["étapes des idées"]


# ── Beside the journal and the catalogue ──────────────────────────────────────────────────────────


def a_unit_with_a_mandate(session: Session) -> int:
    return session.execute(
        text("SELECT direction_id FROM mandate ORDER BY id LIMIT 1")
    ).scalar_one()


def unexplained(engine: Engine) -> str:
    [found] = [one for one in failing(engine) if one.name == "rôles et mandats"] or [None]
    return found.message if found else ""


@pytest.mark.slow
def test_a_role_and_a_mandate_that_no_line_of_the_journal_explains_are_found(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        carine = account_by_login(session, "carine")
        set_roles(session, cast.farid, carine.id, [Role.animateur])
        given = new_mandate(cast.alice.person_id, a_unit_with_a_mandate(session), FROZEN)
        mandate = give_mandate(session, cast.farid, given).id
    assert unexplained(sqlite_copy) == ""
    for statement, named in (
        ("UPDATE account SET roles = 'admin' WHERE login = 'carine'", "compte carine (admin)"),
        (f"UPDATE mandate SET since = '2021-05-01' WHERE id = {mandate}", f"mandat {mandate} sur"),
    ):
        harmed(sqlite_copy, lambda connection, said=statement: connection.execute(text(said)))
        assert named in unexplained(sqlite_copy)


@pytest.mark.slow
def test_an_account_and_a_mandate_that_no_act_made_are_found_beside_those_that_one_did(
    sqlite_copy, cast
):
    """Before the first that the journal tells of it may have forgotten."""
    with writing(sqlite_copy) as session:
        person = session.execute(
            text("SELECT id FROM person WHERE id NOT IN (SELECT person_id FROM account) LIMIT 2")
        ).scalars()
        told, made = person
        add_account(session, cast.farid, login="gisele", password=None, person_id=told)
        unit = a_unit_with_a_mandate(session)
        give_mandate(session, cast.farid, new_mandate(told, unit, FROZEN))
    assert unexplained(sqlite_copy) == ""
    for statement, named in (
        (
            "INSERT INTO account (person_id, login, password_hash, roles, disabled)"
            f" VALUES ({made}, 'intrus', '', 'admin', 0)",
            "compte intrus (admin)",
        ),
        (
            "INSERT INTO mandate (person_id, direction_id, since)"
            f" VALUES ({made}, {unit}, '2023-01-01')",
            "depuis le 01/01/2023",
        ),
    ):
        harmed(sqlite_copy, lambda connection, said=statement: connection.execute(text(said)))
        assert named in unexplained(sqlite_copy)


def test_a_target_of_a_figure_that_does_not_exist_is_found(sqlite_copy):
    with reading(sqlite_copy) as session:
        streams = session.execute(text("SELECT id FROM workstream")).scalars().all()
        assert figure_codes(session, all_declared(streams)).holds
    for change in (
        "UPDATE target SET figure = 'tenues' WHERE id = (SELECT max(id) FROM target)",
        "UPDATE link SET to_key = 'reponses' WHERE to_kind = 'chiffre'",
    ):
        harmed(sqlite_copy, lambda connection, said=change: connection.execute(text(said)))
    found = read_with(sqlite_copy, figure_codes, all_declared(streams))
    assert not found.holds and "cible : tenues" in found.message
    assert "lien : reponses" in found.message
