"""Steps that have landed: none is edited again, and a database that took any of them is brought
to the tables of today.
"""

import hashlib
from collections.abc import Callable, Iterator

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, make_url, text
from sqlmodel import select
from support.landed import (
    ROWS,
    at_state,
    fill,
)
from support.transactions import read_with
from support.troupe import BOTH, FROZEN

from dashboard.access import OPERATOR
from dashboard.figures.board import board
from dashboard.queries.operations import checks
from dashboard.queries.roadmap import whole_roadmap
from dashboard.queries.surveys.asked import questions_of
from models import schema
from models.database import (
    changing_tables,
    migrate,
    reading,
    upgrade,
    writing,
)
from models.ledger import Change
from models.roadmap import Plan
from models.schema import MIGRATIONS, alembic_config, known_steps
from models.surveys import InvitedCount, Survey, SurveyInvitation, WaitingSheets

# The SHA-256 of each step as it landed. A step is never edited: what it forgot, a new step adds.
LANDED = {
    "0036_one_seat_for_all.py": "0cf24cab1574175e42ceabbcd06e525847776781a3c7c66e65884c34eb35eb13",
    "0001_the_house_stands.py": "11c9a741835be506dd337c459feaee0e45b2fa3efbff651443150afe7031a65d",
    "0002_the_cockpit.py": "0f90cd9cb55120143ee045fb6351d1a95090ba4f1b2a6b7b7d9ec2b2cc7ae6a5",
    "0003_the_face.py": "d8783e8f933564617129def718c94e78958febf5d58011c30bbb9b60672e53fc",
    "0004_the_life_of_an_idea.py": (
        "f947159f7d9a9e93ab9da0b1deacdae10566e8e981ae8a1a2f3093abda90e98a"
    ),
    "0005_the_four_activities.py": (
        "892c77a5f00cfffae43bdd54d3428fc2f37b97b5e3f7cde99f65b5b85abf017e"
    ),
    "0006_who_was_erased.py": "9fc56bd5e79bf1279a5fa55ec8a3764a585024c8188f897a027dc1c361100d86",
    "0007_what_0006_may_lack.py": (
        "25a413bb2b3547aa1bfbbeb516347a11476ecb531b83eac8452b687e8682f79c"
    ),
    "0008_what_knows_the_hour.py": (
        "92279b2c40348af3e8e1b51e69203da464af2a7f5c779b2b87e31541217a2566"
    ),
    "0009_what_opens_an_account.py": (
        "4592788b887ce7b3a8b2bfc9801125828ce55746838eb88198729ca5c7778543"
    ),
    "0010_what_a_decision_moves.py": (
        "bc12354248ec6c03f1077ae378855f9a857830cb471d9209441d403631dd2e7f"
    ),
    "0011_programmes.py": ("0f78d29ce86ad8390ba222dddeddb096d58962f29081af23f4cd46e5a141e55e"),
    "0012_what_a_town_follows.py": (
        "74248b448c77c274c5c15bbed8cc5c1b3617492d70bdc865352b8ee0b12c3a6a"
    ),
    "0014_how_words_are_found.py": (
        "79034896610a64632c9fbeb7ace9b8bfe676d08bd120bd6c273719853c1213f3"
    ),
    "0015_what_does_not_grow.py": (
        "ad5e9f470b1e1d720d62d9ba78c03d1d48bdbc78d126ae7ff6c4b934a8b45420"
    ),
    "0016_posters.py": "bf6efb34d608f2a541b6ea1df076d473a1fac91556a7102d94bffa4cd6981268",
    "0032_what_nobody_misses.py": "7877d9cd54dd39465f558dfbfa593ea64d9efec0314ae16308e768644a59b47e",
    "0017_who_has_no_account.py": (
        "95fff1e0f39a2bab300f148eab4979b851fa416874463ef45e064a306dbb91ca"
    ),
    "0018_questionnaires_of_our_own.py": (
        "a4c3158ea900a6c2e1c4ed78b603336d50270e4125fe3a8e4f7ebc50710a0169"
    ),
    "0019_what_nobody_looks_at.py": (
        "68bb20b11f824acc85bbbd16263ace3e4083bbf217f0932963d528ddbbaa7322"
    ),
    "0020_what_comes_twice.py": (
        "4c66f8b2b78b3432eafe645dfff915db3dcacd47dea0e5ccf35769f9d731e4bf"
    ),
    "0021_a_restore_that_is_rehearsed.py": (
        "f0d460758f599836fca429e5792c6b4792fb828d40dd3072464bb002e1bb32da"
    ),
    "0022_who_reads_by_a_token.py": (
        "c385e2bf341d002bdcc6ad73420513dd4722ed06f1a15c50741231deb9408a22"
    ),
    "0023_what_the_pst_says.py": (
        "14d0785b4ba9d642306ec379da1b0341ff7df890286b870141d8efd490e1141c"
    ),
    "0024_what_lapses.py": ("30d65259f47e9abb7543b08473e71a67ee9fdbc2d86fa721347b7a5b593de20a"),
    "0025_what_is_said_of_other_things.py": (
        "ac182e6487eb82212f34c06026b9da7c10e8ea604a7cd1ca19d67f5559302f83"
    ),
    "0026_what_a_milestone_waits_for.py": (
        "c7f248bb584c6e5c4445258cf319d5cbee423815ee56870831a1cac04e2bbc69"
    ),
    "0027_whom_a_decision_is_entrusted_to.py": (
        "8861e0e458b5b003eb8767150b45d1f213ad6d3710725a4f24675845b2609126"
    ),
    "0028_views_that_one_keeps.py": (
        "7eaa3f4b851c48ebac51c89451ee0cf3964a6991e394a5283cc4927e73137577"
    ),
    "0029_who_follows_and_who_must.py": (
        "732981ee50041839de4ee78372c748f4aa12bedbe2202e0b36fc648111bdd8ba"
    ),
    "0030_what_most_rows_lack.py": (
        "e2e5af795e9fb026732724d96ae619deac7aa41837c160be5d23d91737e764da"
    ),
    "0031_words_of_their_own.py": (
        "d7ca199ec48d655cb2e51d91ad789ba332c92a8b210f55ab1ece76f3eb4ce1c9"
    ),
    "0033_what_has_no_day.py": ("b79f651898ee31fa9d9eb3f51fae4305bd2a42926830af31096d32d147e1bca8"),
    "0034_one_tree_of_plans.py": (
        "8053224139b192cae24d9045b64345407f5636cc49bb38035225250c19030141"
    ),
    "0035_one_kind_of_survey.py": (
        "904a6f27491da53bbeed995d9be0ca8fa2f8c27b32570edd39fdd40449de5745"
    ),
    "0037_one_discussion.py": "399b3db1e75d3bd8c6bf1ae9cac773156cefe0131f5b332fb49314c2fe4d0250",
    "0038_one_kind_of_offers.py": "df85dce9003df55a658863e48e4bb63b218bfc6ef397f1959d582c9138805c9a",
    "0039_summed_from_the_facts.py": (
        "461fa2a771265e04e3c8fb89af5b29f371cc94e818be83f1da7ee31d96814791"
    ),
    "0041_correspondences.py": "0a997d70c741796a025e4441ab5202454454b3547b9cbbb8c74ccaa05b135c24",
    "0042_what_words_mean.py": "058c0cbdca9648eb79034586f3734b6e8d6b2ff19e2dd4b1a84c1495048e1e05",
    "0043_pending_approvals.py": "68691a7be49f6ed970c1d8c83381bb0e26109fa0c0b2bf31bac29807cd6abbcd",
    "0044_what_tasks_leave.py": "54aebfaf84e0e91b8c540292fcf7f7962a04e1b76bcd74be5720c7b211ff44d9",
    "0045_agendas_and_reviews.py": "4508821ea4e4634e78c170c65c8911b58ee4040ee6313e6bfe8a3a5f62fb94a5",
    "0047_a_question_is_put_to_the_field.py": "fbee8e819c20d0edea3154094db1cd7254511cd5f6bc6dccab7b69fe303fa90e",
    "0046_a_figure_has_an_owner.py": (
        "6e585c0d70fae4aa8ee4c56e3feabb47e9b80be99b1ed3bfd34963aaa544575c"
    ),
}
FORMS = sorted(ROWS.glob("0006_*.txt"))
STATES = ["0001", "0002", "0003", "0004", "0005", *(form.stem for form in FORMS), "0006"]


def test_no_landed_step_is_edited():
    steps = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (MIGRATIONS / "versions").glob("0*.py")
    }
    assert set(LANDED) == set(steps), "a new step is written down here once it has landed"
    changed = [name for name, digest in steps.items() if digest != LANDED[name]]
    assert not changed, "a landed step is never edited: write a new one"


def test_every_form_that_a_step_had_is_kept():
    assert len({form.read_bytes() for form in FORMS}) == 4
    assert all("revision = '0006'" in form.read_text(encoding="utf-8") for form in FORMS)


# --- a database of an earlier state ---------------------------------------------------------------


@pytest.fixture(params=BOTH)
def addresses(request, tmp_path) -> Iterator[list[str]]:
    """Two databases that hold nothing yet."""
    if request.param == "sqlite":
        yield [f"sqlite:///{tmp_path / name / 'c-possible.db'}" for name in ("old", "new")]
        return
    server = request.getfixturevalue("postgres")
    names = [server.create(), server.create()]
    yield [server.url(name) for name in names]
    for name in names:
        server.drop(name)


@pytest.fixture(scope="module")
def made_today(open_copy, scope_for) -> Callable[[str, dict[str, set[str]]], tuple[dict, list]]:
    """(engine, what a state knew) → the indexes of a database made by today's program, and its boards
    with the same rows: made once where two states knew the same.
    """
    made: dict[tuple, tuple[dict, list]] = {}

    def told(kind: str, known: dict[str, set[str]]) -> tuple[dict, list]:
        columns = {(table, column) for table in known for column in known[table]}
        key = kind, frozenset(columns - {WITHOUT_ADDRESS})
        if key not in made:
            new, end = open_copy(kind, "empty")
            with changing_tables(new) as connection:
                fill(connection, known)
            made[key] = indexes(new), boards(new, scope_for)
            end()
        return made[key]

    return told


def boards(target: Engine, scope_for) -> list[dict]:
    with reading(target) as session:
        return [board(session, scope_for(session, OPERATOR, FROZEN, au=LAST)).as_json()]


def indexes(target: Engine) -> dict[str, list]:
    with target.connect() as connection:
        found = inspect(connection).get_multi_indexes()
    return {
        index["name"]: index["column_names"]
        for (_, table), of_table in found.items()
        if not table.startswith(schema.SEARCH)
        for index in of_table
    }


def test_the_steps_are_those_that_follow_one_another():
    walked = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    assert known_steps() == [step.revision for step in walked]


LAST = "2023-06-30"
# Each landed state on one engine, the last one of the first release and the newest on PostgreSQL.
ON_POSTGRESQL = ("0005", STATES[-1])
ONE_EACH = [
    (engine, state)
    for state in STATES
    for engine in BOTH
    if (engine == "postgresql") is (state in ON_POSTGRESQL)
]


@pytest.mark.slow
@pytest.mark.parametrize("addresses,state", ONE_EACH, ids=lambda one: one, indirect=["addresses"])
def test_a_database_of_any_landed_state_becomes_one_of_today(
    addresses, made_today, scope_for, state
):
    """Tables, checks and figures are those of a new database with the same rows."""
    old, known = at_state(addresses[0], state)
    migrate(old)
    new_indexes, new_boards = made_today(make_url(addresses[0]).get_backend_name(), known)
    assert indexes(old) == new_indexes
    found = read_with(old, checks.everything, FROZEN)
    # The step that it stands at and its tables against the models are among them.
    assert {"migrations", "tables"} <= {finding.name for finding in found}
    assert [finding for finding in found if not finding.holds] == []
    assert boards(old, scope_for) == new_boards
    assert sum(entry["value"] is not None for entry in new_boards[-1]["figures"]) > 15, (
        "there is something to compare"
    )
    old.dispose()


QUESTIONNAIRES = """
INSERT INTO survey (id, series, title, "on", number, answered, source, agents) VALUES
  (71, 'Essai', 'Importée', '2023-01-10', 1, 10, '', true),
  (72, 'Outils', 'Vos outils', '2023-05-02', 1, 0, '', true);
INSERT INTO question (id, survey_id, code, matrix, text, kind, choices, position) VALUES
  (710, 71, 'Q1', '', 'Une note', 'echelle', '["0", "1", "2"]', 0),
  (711, 71, 'Q2', '', 'Une autre', 'echelle', '["1", "2"]', 1),
  (720, 72, 'facile', '', 'Facile ?', 'echelle', '["1", "2", "3", "4", "5"]', 0),
  (721, 72, 'grille[la-tenue]', 'Grille', 'La tenue', 'unique', '["Oui", "Non"]', 1),
  (722, 72, 'grille[l-ecole]', 'Grille', 'L''école', 'unique', '["Oui", "Non"]', 2);
INSERT INTO questionnaire (id, key, title, series, introduction, agents, by_link, asks_direction,
  closes_on, state, opened_on, closed_on, survey_id) VALUES
  (4, 'cle-ouverte', 'Vos outils', 'Outils', 'Bonjour', true, false, true, '2023-06-30', 'ouvert',
   '2023-05-02', NULL, 72),
  (5, 'cle-brouillon', 'La suite', 'Outils', '', true, true, false, '2023-07-30', 'brouillon', NULL,
   NULL, NULL);
INSERT INTO questionnaire_ambition VALUES (5, 1);
INSERT INTO asked_question (id, questionnaire_id, position, code, kind, text, hint, choices, lines,
  required, only_if_id, only_if, figure) VALUES
  (40, 4, 0, 'facile', 'echelle-5', 'Facile ?', '', '["Non", "Oui"]', '[]', true, NULL, '', NULL),
  (41, 4, 1, 'grille', 'matrice', 'Grille', 'Chaque ligne', '["Oui", "Non"]',
   '["La tenue", "L''école"]', false, 40, '5', NULL),
  (50, 5, 0, 'banque-enps', 'echelle-10', 'Nous recommander ?', '', '[]', '[]', false, NULL, '',
   'bien-etre.enps'),
  (51, 5, 1, 'grille', 'matrice', 'Grille', '', '["Oui", "Non"]', '["La tenue", "L''école"]', false,
   50, '10', NULL);
INSERT INTO waiting_sheets (questionnaire_id, n, sealed, forms) VALUES (4, 3, 'scelle', 'vus');
INSERT INTO questionnaire_invitation (code, questionnaire_id, person_id) VALUES ('code', 4, 1);
INSERT INTO invited_count (questionnaire_id, direction_id, invited) VALUES (4, 0, 12);
INSERT INTO change (id, "on", subject, record, field) VALUES
  (9001, '2023-05-02', 'question posée', '41', 'ajoutée')"""


@pytest.mark.slow
@pytest.mark.parametrize("addresses", BOTH, indirect=True)
def test_a_questionnaire_and_the_survey_that_it_opened_become_one(addresses):
    target, _ = at_state(addresses[0], "0006")
    with changing_tables(target) as connection:
        upgrade(connection, "0033")
        for statement in QUESTIONNAIRES.split(";\n"):
            connection.execute(text(statement))
    migrate(target)
    with reading(target) as session:
        imported, ours = session.get(Survey, 71), session.get(Survey, 72)
        draft = session.exec(select(Survey).where(Survey.key == "cle-brouillon")).one()
        assert (imported.state, imported.key) == ("ferme", None)
        assert (ours.id, ours.key, ours.reference, ours.state) == (72, "cle-ouverte", "4", "ouvert")
        assert (ours.introduction, ours.by_link, f"{ours.closes_on}") == (
            "Bonjour",
            False,
            "2023-06-30",
        )
        assert (draft.reference, draft.state, draft.on, draft.series) == (
            *("5", "brouillon", None, "Outils"),
        )
        asked = {survey.id: questions_of(session, survey.id) for survey in (imported, ours, draft)}
        assert [(one.kind, one.choices) for one in asked[71]] == [
            ("echelle-10", "[]"),
            ("echelle-5", "[]"),
        ]
        assert [one.id for one in asked[72]] == [720, 721, 722]
        assert asked[72][0].ends == [("1", "Non"), ("5", "Oui")] and asked[72][0].required
        assert {(one.only_if_id, one.only_if, one.hint) for one in asked[72][1:]} == {
            (720, "5", "Chaque ligne")
        }
        first, *lines = asked[draft.id]
        assert (first.figure, first.ambition_id) == ("bien-etre.enps", 1)
        assert [(one.code, one.text, one.matrix) for one in lines] == [
            ("grille[la-tenue]", "La tenue", "Grille"),
            ("grille[l-ecole]", "L'école", "Grille"),
        ]
        assert {one.only_if_id for one in lines} == {first.id}
        assert session.get(WaitingSheets, 72).sealed == "scelle"
        assert session.get(SurveyInvitation, "code").survey_id == 72
        assert session.get(InvitedCount, (72, 0)).invited == 12
        assert session.get(Change, 9001).record == "721"
        found = {finding.name: finding.holds for finding in checks.everything(session, FROZEN)}
        assert found["tables"] and found["liens"] and found["vocabulaires"]
    target.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("addresses", BOTH, indirect=True)
def test_projects_follow_the_milestones_with_what_was_planned_and_reported(addresses):
    """A plan that was undone stays undone, and a decision still names the plan that it made."""
    target, _ = at_state(addresses[0], "0006")
    with changing_tables(target) as connection:
        upgrade(connection, "0033")
    with target.begin() as connection:
        first, second = connection.execute(
            text("SELECT id FROM project ORDER BY id LIMIT 2")
        ).scalars()
        event = connection.execute(text("SELECT min(id) FROM decision_event")).scalar_one()
        plan = (
            'INSERT INTO project_plan (id, project_id, "on", recorded_on, voids, budget, owner)'
            " VALUES (:id, :of, '2023-01-31', '2023-01-31', :voids, :budget, '')"
        )
        for id_, voids, budget in ((1, None, 10), (2, None, 20), (3, 2, 10)):
            given = {"id": id_, "of": second, "voids": voids, "budget": budget}
            connection.execute(text(plan), given)
        for statement in (
            f"UPDATE project SET level = 'oo' WHERE id = {first}",
            f"UPDATE project SET parent_id = {first} WHERE id = {second}",
            'INSERT INTO project_report (id, project_id, "on", recorded_on, state, progress,'
            f" comment) VALUES (1, {second}, '2023-02-28', '2023-02-28', 'en-attente', 40, 'Oui')",
            "INSERT INTO decision_effect (event_id, kind, key, fact_id) SELECT"
            f" {event}, 'projet', code, 1 FROM project WHERE id = {second}",
        ):
            connection.execute(text(statement))
        code = connection.execute(
            text(f"SELECT code FROM project WHERE id = {second}")
        ).scalar_one()
        milestones = connection.execute(text("SELECT id, number FROM milestone")).all()
    migrate(target)
    with writing(target) as session:
        kept = session.execute(text("SELECT id, number FROM plan WHERE level = 'jalon'")).all()
        assert sorted(map(tuple, kept)) == sorted(map(tuple, milestones))
        tree = {at.plan.number: at for at in whole_roadmap(session).elements(FROZEN)}
        now = tree[code]
        assert now.schedule.budget == 10 and (now.state.label, now.report.progress) == (
            "En attente",
            40,
        )
        above = next(at for at in tree.values() if at.plan.id == now.plan.parent_id)
        assert above.plan.level == "oo"
        made = text(
            "SELECT budget FROM plan_schedule JOIN decision_effect ON fact_id = plan_schedule.id"
            " WHERE kind = 'projet'"
        )
        assert session.execute(made).scalars().all() == [10]
        session.add(Plan(number="9.9", title="Un de plus", workstream_id=1))
    target.dispose()


@pytest.mark.slow
def test_check_says_in_french_what_differs(database):
    """A column, an index and a table: one too few, one that is another, one too many."""
    with changing_tables(database) as connection:
        connection.execute(text("DROP INDEX ix_idea_kind"))
        connection.execute(text("DROP INDEX ix_idea_status"))
        connection.execute(text("CREATE INDEX ix_idea_status ON idea (status)"))
        connection.execute(text("CREATE TABLE surprise (id INTEGER PRIMARY KEY)"))
        connection.execute(text("ALTER TABLE outbox ADD COLUMN surprise INTEGER"))
        connection.execute(text("ALTER TABLE heartbeat DROP COLUMN place"))
    found = {finding.name: finding for finding in read_with(database, checks.everything, FROZEN)}
    assert found["migrations"].holds and not found["tables"].holds
    assert set(found["tables"].message.split(" ; ")) == {
        "la table surprise est de trop",
        "la colonne outbox.surprise est de trop",
        "la colonne heartbeat.place manque",
        "l'index ix_idea_kind manque",
        "l'index ix_idea_status n'est pas comme attendu",
    }


WITHOUT_ADDRESS = ("outbox", "address")
