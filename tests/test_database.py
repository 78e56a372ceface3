"""The database; steps that have landed; many who write at once on SQLite; rows written by the
thousand; how the engines find what pages show; upgrading; what is written raises the revisions of
what it tells of, whoever writes it and however.
"""

import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from threading import Event, Timer

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, delete, event, func, insert, inspect, make_url, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, SQLModel, select
from support.commands import run_command
from support.databases import telling_statements
from support.landed import ROWS, at_state, fill
from support.pages import enter, visit
from support.places import QUERIES, richest
from support.scripts import begun
from support.transactions import (
    add_rows,
    execute,
    read_with,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import BOTH, FROZEN

from dashboard.access import NOBODY, OPERATOR
from dashboard.actions.ideas.filing import (
    AlreadyFiled,
    Circumstances,
    FilingOutcome,
    checked_input,
    file_idea,
)
from dashboard.actions.operations.restoring import restore
from dashboard.commands.serving import first_data
from dashboard.figures.board import board
from dashboard.files.backup import open_backup
from dashboard.queries.notices.records import to_remind
from dashboard.queries.operations import checks
from dashboard.queries.roadmap import whole_roadmap
from dashboard.queries.surveys.asked import questions_of
from dashboard.visit.screens import SCREENS
from models import database as house, schema
from models.database import (
    changing_tables,
    engine,
    engine_for,
    is_sqlite,
    migrate,
    reading,
    upgrade,
    writing,
)
from models.discussions import SubjectFollow
from models.facts import random_id
from models.faults import BUSY, fault_sentence
from models.groups import GroupEvent, ProgressGroup
from models.ideas import Idea, Receipt, SourceKey
from models.inserts import insert_new, insert_rows
from models.installation import Installation, Revision
from models.ledger import Change
from models.notices import Post
from models.people import Person
from models.revisions import OF_TABLE, OF_TODAY, raise_revisions, subjects_of
from models.roadmap import Ambition, Plan, Target
from models.schema import MIGRATIONS, alembic_config, differences, known_steps
from models.settings import settings
from models.short_lived import DayKey, ShortLived, Tally
from models.sign_on import FormToken
from models.surveys import InvitedCount, Survey, SurveyInvitation, WaitingSheets
from models.texts import Invalid, Refused

# ── The database ──────────────────────────────────────────────────────────────────────────────────
# Steps from nothing, several starts at once, sentences for what is wrong, and no lost update.

THREADS, TURNS, STARTS = 8, 50, 4


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """The address of a database that holds nothing yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'c-possible.db'}"
        return
    server = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


def test_the_steps_lead_from_nothing_to_the_models(empty_url):
    target = engine_for(empty_url)
    migrate(target)
    with target.connect() as connection:
        assert differences(connection) == []
        assert set(SQLModel.metadata.tables) <= set(inspect(connection).get_table_names())
        assert connection.execute(text("SELECT count(*) FROM idea_words")).scalar() == 0
    migrate(target)
    target.dispose()


@pytest.mark.slow
def test_four_processes_start_at_once_on_an_empty_database(empty_url):
    code = (
        "import sys; from models.database import engine_for, migrate;"
        " migrate(engine_for(sys.argv[1]))"
    )
    starts = [begun(code, empty_url) for _ in range(STARTS)]
    for process in starts:
        process.join()
    assert [process.exitcode for process in starts] == [0] * STARTS
    target = engine_for(empty_url)
    with target.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
        assert differences(connection) == []
    target.dispose()


def test_of_several_that_start_at_once_one_fills_the_empty_database(database):
    def start(_turn: int) -> None:
        write_with(database, first_data, demo=False)

    with ThreadPoolExecutor(STARTS) as hands:
        list(hands.map(start, range(STARTS)))
    with reading(database) as session:
        assert len(session.exec(select(Installation)).all()) == 1
        assert len(session.exec(select(Ambition.code)).all()) == 5


@pytest.mark.slow
def test_a_start_waits_for_another_that_writes_the_new_file(tmp_path):
    """The first start still writes in the file's first mode: the second waits for it, and is not
    told « locked ».
    """
    place = tmp_path / "c-possible.db"
    other = sqlite3.connect(place, check_same_thread=False, isolation_level=None)
    other.execute("CREATE TABLE first (a)")
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO first VALUES (1)")
    Timer(0.5, lambda: (other.execute("COMMIT"), other.close())).start()
    target = engine_for(f"sqlite:///{place}")
    migrate(target)
    with target.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert differences(connection) == ["la table first est de trop"]


def test_a_database_newer_than_the_code_is_refused(database):
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    refuses(migrate, database, match="plus récente")
    with database.connect() as connection:
        assert (
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
        )


def test_an_unreachable_postgresql_is_a_sentence_without_the_password():
    target = engine_for(
        "postgresql+psycopg://alice:tres-secret@127.0.0.1:1/nulle-part?connect_timeout=2"
    )
    refusal = refuses(migrate, target, match="inaccessible")
    assert "tres-secret" not in str(refusal)
    assert "\n" not in str(refusal)


@pytest.mark.parametrize(
    "address", ["n'importe quoi", "fantaisie://ici/base", "postgresql+inconnu://a:mdp@ici/base"]
)
def test_an_unreadable_address_is_a_sentence(address):
    refusal = refuses(engine_for, address, match="DATABASE_URL")
    assert "mdp" not in str(refusal)


def test_a_file_that_is_no_database_is_a_sentence(tmp_path):
    (tmp_path / "photo.db").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(4096))
    refuses(migrate, engine_for(f"sqlite:///{tmp_path / 'photo.db'}"))


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    refuses(engine_for, f"sqlite:///{tmp_path / 'file' / 'below' / 'c-possible.db'}")


def test_the_engine_of_the_process_follows_the_settings(data_folder):
    migrate()
    assert settings().url == f"sqlite:///{data_folder / 'c-possible.db'}"
    assert (data_folder / "c-possible.db").is_file()
    assert data_folder.stat().st_mode & 0o077 == 0, "the folder is readable by its owner only"
    assert engine() is engine()


def test_every_sqlite_connection_has_its_pragmas(sqlite_database):
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30000,
        "secure_delete": 1,
    }
    ours = engine_for(str(sqlite_database.url))  # a copy of the tests does not wait for the disk
    with ours.connect() as one, ours.connect() as other:
        for connection in (one, other):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert found == wanted


def test_foreign_keys_hold_after_a_migration(sqlite_database):
    migrate(sqlite_database)
    with pytest.raises(Exception, match="FOREIGN KEY"), sqlite_database.begin() as connection:
        connection.execute(
            text("INSERT INTO mandate (person_id, direction_id, since) VALUES (1, 1, '2023-01-01')")
        )
    with sqlite_database.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_an_act_that_fails_leaves_nothing(database):
    with pytest.raises(RuntimeError), writing(database) as session:
        raise_revisions(session, "ideas")
        raise RuntimeError("the power goes")
    assert select_all(database, select(Revision)) == []


@pytest.mark.parametrize("from_byte", [0, 4096])
def test_a_short_lived_store_that_a_power_cut_has_damaged_is_made_anew(tmp_path, from_byte):
    url = f"sqlite:///{tmp_path / 'c-possible.db'}"
    on = engine_for(url)
    migrate(on)
    with writing(on) as session:
        session.add(DayKey(day=date(2026, 11, 28), key="une clé"))
        session.add(Installation(id=1))
    on.dispose()
    store = tmp_path / "c-possible.short-lived.db"
    content = bytearray(store.read_bytes())
    content[from_byte : from_byte + 3000] = b"\xa5" * 3000
    store.write_bytes(content)
    again = engine_for(url)
    with reading(again) as session:
        assert session.exec(select(DayKey)).all() == []
        assert session.get(Installation, 1), "the database itself is as it was"
    again.dispose()


def test_a_whole_short_lived_store_is_kept(tmp_path):
    url = f"sqlite:///{tmp_path / 'c-possible.db'}"
    on = engine_for(url)
    migrate(on)
    add_rows(on, DayKey(day=date(2026, 11, 28), key="une clé"))
    beside = engine_for(url)  # a second process, while the first one is open
    assert select_all(beside, select(DayKey.key)) == ["une clé"]
    beside.dispose()
    on.dispose()


# ── Steps that have landed ────────────────────────────────────────────────────────────────────────
# None is edited again, and a database that took any of them is brought to the tables of today.

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
    "0048_followed_statuses_are_codes.py": "0a41df7e6a88331f271aaa28de4c4e9d8dd3b90201fbfad3a0598d86c7203f99",
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


# ── Many who write at once on SQLite ──────────────────────────────────────────────────────────────
# One at a time in a process, none lost, and one who waits too long reads that the database is
# busy.

MANY = 20
ALONE = Circumstances()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(MANY) as threads:
        yield threads


@dataclass(frozen=True)
class Sent:
    """One form as a stranger sends it."""

    n: int
    how: Circumstances = ALONE
    ambition_id: int | None = None

    def file(self, on: Engine) -> FilingOutcome:
        idea = checked_input(
            title=f"Ensemble {self.n}", anonymous=True, ambition_id=self.ambition_id
        )
        return write_with(on, file_idea, NOBODY, idea, f"un jeton de formulaire {self.n}", self.how)


def titles(on: Engine) -> set[str]:
    with reading(on) as session:
        return set(session.exec(select(Idea.title).where(Idea.title.startswith("Ensemble"))))


def answers(waiting: list[Future]) -> list[FilingOutcome | Exception]:
    return [one.exception(60) or one.result() for one in waiting]


@contextmanager
def somebody_writes(engine: Engine, pool: ThreadPoolExecutor) -> Iterator[None]:
    """Another thread is in the midst of an act while the block lasts."""
    begun, enough = Event(), Event()

    def writes() -> None:
        with writing(engine) as session:
            session.execute(text("SELECT 1"))
            begun.set()
            enough.wait(60)

    other = pool.submit(writes)
    assert begun.wait(60)
    try:
        yield
    finally:
        enough.set()
        other.result()


@pytest.mark.locks
def test_many_at_once_file_once_each(demo_copy, pool):
    found = list(pool.map(lambda n: Sent(n).file(demo_copy), range(3 * MANY)))
    assert len({one.number for one in found}) == len(titles(demo_copy)) == 3 * MANY
    assert select_one(demo_copy, select(func.count()).select_from(Receipt)) >= 3 * MANY


@pytest.mark.locks
def test_what_is_refused_among_others_is_refused_alone(demo_copy, pool):
    wrong = {
        3: Sent(3, ambition_id=99_999),
        5: Sent(2),  # the same form twice: a double click
        7: Sent(7, Circumstances(meeting_id=99_999)),
    }
    sent = [wrong.get(n, Sent(n)) for n in range(MANY)]
    found = answers([pool.submit(one.file, demo_copy) for one in sent])
    refused = [type(one) for one in found if isinstance(one, Exception)]
    assert sorted(kind.__name__ for kind in refused) == sorted(
        kind.__name__ for kind in (Invalid, AlreadyFiled, Refused)
    )
    assert titles(demo_copy) == {f"Ensemble {n}" for n in range(MANY) if n not in wrong}
    with reading(demo_copy) as session:
        counted = set(session.exec(select(Tally.count)))
        assert counted == {MANY - len(wrong)}, "what is refused is not counted"


def test_an_act_that_fails_lets_the_next_one_in(sqlite_database, pool):
    def fails() -> None:
        execute(sqlite_database, text("SELECT * FROM nowhere"))

    with somebody_writes(sqlite_database, pool):
        waiting = [pool.submit(fails) for _ in range(3)]
    for one in waiting:
        refuses(one.result, match="nowhere", error=OperationalError)
    add_rows(sqlite_database, Revision(subject="après", n=1))


def test_whoever_waits_too_long_reads_that_the_database_is_busy(tmp_path, monkeypatch, pool):
    monkeypatch.setattr(house, "PATIENCE", 100)  # milliseconds
    engine = engine_for(f"sqlite:///{tmp_path / 'c-possible.db'}")
    migrate(engine)
    with somebody_writes(engine, pool):
        for _ in range(2):
            with pytest.raises(OperationalError) as late, writing(engine) as session:
                session.execute(text("SELECT 1"))
            assert fault_sentence(late.value) == BUSY
    execute(engine, text("SELECT 1"))
    engine.dispose()


def test_an_act_within_an_act_does_not_wait_for_itself(tmp_path, monkeypatch):
    """SQLite refuses the second one: the lock does not hold it up for ever."""
    monkeypatch.setattr(house, "PATIENCE", 100)
    engine = engine_for(f"sqlite:///{tmp_path / 'c-possible.db'}")
    migrate(engine)
    with writing(engine) as outer:
        outer.add(Revision(subject="dehors", n=1))
        outer.flush()
        with pytest.raises(OperationalError, match="locked"), writing(engine) as inner:
            inner.execute(text("SELECT 1"))
    with writing(engine) as session:
        assert session.get(Revision, "dehors").n == 1
    engine.dispose()


# ── Rows written by the thousand ──────────────────────────────────────────────────────────────────
# The same as the mapper writes them, on both engines.

FILED = date(2023, 5, 2)


def entry(number: int, **more: object) -> dict:
    """One entry of a file, as an import writes it; what it does not say is left to the record."""
    return {
        "id": random_id(FILED),
        "number": number,
        "kind": "idee",
        "title": f"Un banc à l'ombre, n° {number}",
        "body": "",
        "good": None,
        "channel": "import",
        "anonymous": False,
        "filed_on": FILED,
        "status": "recue",
        "published": True,
        "due_on": None,
        "answered_on": None,
    } | more


def stored(session: Session, number: int) -> dict:
    found = session.exec(select(Idea).where(Idea.number == number)).one()
    return found.model_dump(exclude={"id", "number", "title"})


def test_a_row_of_an_import_is_what_the_mapper_would_have_written(database):
    """Days, truths, what is empty and what the record says by itself."""
    answered = {"answered_on": date(2024, 2, 29), "good": True, "published": False}
    given = [entry(900001), entry(900002, **answered)]
    with writing(database) as session:
        insert_rows(session, Idea, given)
        session.add_all([Idea(**entry(900011)), Idea(**entry(900012, **answered))])
    with reading(database) as session:
        assert stored(session, 900001) == stored(session, 900011)
        assert stored(session, 900002) == stored(session, 900012)
        assert stored(session, 900002)["answered_on"] == date(2024, 2, 29)


def test_a_key_that_the_database_gives_is_given(database):
    """No row names its own id; none at all is no statement."""
    of_file = {"source": "file", "subject": "idea", "digest": ""}
    with writing(database) as session:
        insert_rows(session, SourceKey, [])
        rows = [of_file | {"key": key, "record_id": 1} for key in ("a", "b")]
        insert_rows(session, SourceKey, rows)
    kept = select_all(database, select(SourceKey).where(SourceKey.source == "file"))
    assert sorted(each.key for each in kept) == ["a", "b"]
    assert len({each.id for each in kept}) == 2


def test_of_rows_that_come_again_the_new_ones_are_counted(database):
    """As of forms: the day of each is a day, and the second time one is not new."""

    def new_of(*tokens: str) -> int:
        return write_with(
            database, insert_new, FormToken, [{"token": t, "day": FILED} for t in tokens]
        )

    assert [new_of("a", "b"), new_of("b", "c"), new_of("a")] == [2, 1, 0]
    assert [row.day for row in select_all(database, select(FormToken))] == [FILED] * 3


# ── How the engines find what pages show ──────────────────────────────────────────────────────────
# No statement behind a page walks through a whole table that grows with use.

# What grows with use; references and registers of meetings and decisions are bounded.
GROWING = frozenset(
    {
        "idea",
        "idea_event",
        "contribution",
        "contribution_event",
        "subject_support",
        "subject_follow",
        "receipt",
        "source_key",
        "photo",
        "link",
        "outbox",
        "change",
        "attendance",
        "seat",
        "seat_event",
        "survey_answer",
        "evaluation",
        "job",
    }
)
# What a statement that walks begins with → why it may.
MAY_WALK = {
    "SELECT attendance.meeting_id, attendance.id,": "the register of all meetings, whole: it is"
    " read once and looked at as of any day (Reads.register)",
    'SELECT max(evaluation."on")': "evaluations are written by hand, a few for each session",
    "SELECT outbox.error, count(*)": "the mails that failed, for whoever looks after the system; a"
    " mail that failed is of no state of its own",
}
MONTH_END, WITHIN = "2023-06-30", "2023-06-14"
PAGES = [(screen, QUERIES.get(screen.url, "")) for screen in SCREENS]
# A part of the whole chart, and of the programme: other statements than of all of it. Each page has
# one of them, in turn.
PARTS = ("", "&direction=VC-JSP", "&ambition=citoyens")


@pytest.fixture
def looked_at(demo_copy, commands_on) -> Engine:
    """A copy of the demonstration that this process reads, as a server does."""
    commands_on(demo_copy)
    return house.engine()


@pytest.mark.slow
def test_no_page_walks_through_what_grows(looked_at):
    sent: dict[str, object] = {}

    def note(_connection, _cursor, statement: str, values: object, *_more: object) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            sent.setdefault(statement, values)

    is_file = looked_at.dialect.name == "sqlite"
    tabs = {login: enter(looked_at, login) for login in {richest(screen) for screen, _ in PAGES}}
    event.listen(looked_at, "before_cursor_execute", note)
    for nth, (screen, query) in enumerate(PAGES):
        # At a month end PostgreSQL is asked the same as SQLite.
        for on in (MONTH_END, WITHIN) if is_file else (WITHIN,):
            parts = PARTS[nth % len(PARTS) :: len(PARTS)] if on == WITHIN else PARTS[:1]
            for part in parts:
                visit(tabs[richest(screen)], screen.url, f"{query}&au={on}{part}")
    event.remove(looked_at, "before_cursor_execute", note)
    assert len(sent) > 200
    walked = {
        " ".join(statement.split()): sorted(tables)
        for statement, values in sent.items()
        if (tables := walks(looked_at, statement, values) & GROWING)
    }
    unnamed = {
        statement: tables
        for statement, tables in walked.items()
        if not any(statement.startswith(named) for named in MAY_WALK)
    }
    assert not unnamed, "\n".join(f"{tables}: {said}" for said, tables in unnamed.items())


def test_a_round_walks_along_the_promises_and_stops(sqlite_copy):
    """Hundreds of thousands may be overdue in a large town: they are not sorted at each round."""
    with telling_statements(sqlite_copy) as told, reading(sqlite_copy) as session:
        list(islice(to_remind(session, 4, date.min, date(2023, 6, 18), date(2023, 6, 30)), 3))
        list(islice(to_remind(session, 1, date(2023, 6, 18), date.max, date(2023, 6, 30)), 3))
    with sqlite_copy.connect() as connection:
        for statement in told:
            values = ("1",) * statement.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            steps = " / ".join(row[-1] for row in plan)
            assert "ix_idea_waiting" in steps and "TEMP B-TREE" not in steps, steps


# --- plans ----------------------------------------------------------------------------------------


def walks(engine: Engine, statement: str, values: object) -> set[str]:
    """The tables that a statement reads from one end to the other."""
    with reading(engine) as session:
        connection = session.connection()
        if is_sqlite(session):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            steps = [row[3] for row in rows]
            # A walk in the order wanted ends with the limit; one that is sorted afterwards does not.
            is_cut = " LIMIT " in statement and not any("TEMP B-TREE" in step for step in steps)
            if is_cut:
                return set()
            # SQLAlchemy numbers the second name of a table.
            return {
                re.sub(r"_\d+$", "", step.split()[1])
                for step in steps
                if step.startswith("SCAN ") and not _holds_a_part(step)
            }
        # The demonstration is small: read whole, a table is cheap there. Whether it need be, is asked.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
        return set(_walked_by_postgresql(plan[0]["Plan"]))


def _walked_by_postgresql(node: dict, is_cut: bool = False) -> Iterator[str]:
    is_whole = node["Node Type"] == "Seq Scan" or (
        node["Node Type"] in ("Index Scan", "Index Only Scan")
        # Where the demonstration has a page of rows or none, every way to them costs the same.
        and node["Relation Name"] in ("idea", "idea_event")
        and "Index Cond" not in node
        and not _holds_a_part(node["Index Name"])
    )
    if is_whole and not is_cut:
        yield node["Relation Name"]
    # What is sorted or gathered is read to its end before the limit cuts it.
    cut = is_cut or node["Node Type"] == "Limit"
    cut = cut and not re.search("^Sort|Aggregate|Unique|Hash", node["Node Type"])
    for below in node.get("Plans", []):
        yield from _walked_by_postgresql(below, cut)


PARTIAL = {
    index.name
    for table in SQLModel.metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}


def _holds_a_part(told: str) -> bool:
    """An index of what is in one state: it holds those alone."""
    return any(name in told.split() for name in PARTIAL)


# ── Upgrading ─────────────────────────────────────────────────────────────────────────────────────
# What will change is told before, and what fails changes nothing.

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
    result = run_command(*words)
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


# ── What is written raises the revisions of what it tells of, whoever writes it and however ───────

# Nothing that screens remember is made of them.
OF_NO_SUBJECT = {
    *("change", "correspondence", "draft", "erased_key", "form_token", "heartbeat"),
    *(
        "installation",
        "job",
        "preference",
        "survey_invitation",
        "reader_token",
        "recovery_code",
    ),
    *("revision", "source_key", "waiting_sheets"),
}
LAST_WEEK = FROZEN - timedelta(days=7)


def revisions(engine: Engine) -> dict[str, int]:
    return dict(select_all(engine, select(Revision.subject, Revision.n)))


def raised_by(engine: Engine, act) -> set[str]:
    before = revisions(engine)
    write_with(engine, act)
    return {subject for subject, n in revisions(engine).items() if n != before.get(subject)}


def records() -> list[type[SQLModel]]:
    every = (mapper.class_ for mapper in SQLModel._sa_registry.mappers)
    return [record for record in every if not issubclass(record, ShortLived)]


def test_every_table_tells_of_a_subject_or_is_known_to_tell_of_none():
    without = {record.__tablename__ for record in records() if not subjects_of(record)}
    assert without == OF_NO_SUBJECT
    names = {record.__tablename__ for record in records()}
    assert OF_TABLE.keys() <= names and names >= OF_TODAY


def fact_of(session: Session, on: date) -> GroupEvent:
    group = session.exec(select(ProgressGroup)).first()
    return GroupEvent(group_id=group.id, on=on, recorded_on=FROZEN, state=group.state)


def test_a_fact_reaches_back_to_its_day(demo_copy):
    assert raised_by(demo_copy, lambda s: s.add(fact_of(s, FROZEN))) == {"groups"}
    told = raised_by(demo_copy, lambda s: s.add(fact_of(s, LAST_WEEK)))
    assert told == {"groups", "groups:past"}
    assert raised_by(demo_copy, lambda s: s.add(Post(on=FROZEN, title="Une"))) == {"news"}


def test_a_record_that_is_changed_or_goes_may_change_any_day(demo_copy):
    def renamed(session: Session) -> None:
        session.exec(select(Person)).first().given_name = "Aline"

    def taken_away(session: Session) -> None:
        session.delete(session.exec(select(Target)).first())

    of_people = {"academy", "communities", "directions", "people"}
    assert raised_by(demo_copy, renamed) == of_people | {f"{name}:past" for name in of_people}
    assert raised_by(demo_copy, taken_away) == {"roadmap", "roadmap:past"}


def test_what_is_written_past_the_records_raises_too(demo_copy):
    def follow_alone(session: Session) -> None:
        idea, person = (session.exec(select(table.id)).first() for table in (Idea, Person))
        session.execute(delete(SubjectFollow))
        followed = {"subject": "idee", "key": str(idea), "person_id": person, "on": FROZEN}
        session.execute(insert(SubjectFollow).values(**followed))

    def facts(session: Session) -> None:
        rows = [fact_of(session, on).model_dump(exclude={"id"}) for on in (FROZEN, LAST_WEEK)]
        session.expunge_all()
        insert_rows(session, GroupEvent, rows)

    def nobody(session: Session) -> None:
        session.execute(update(ProgressGroup).where(ProgressGroup.id < 0).values(title="–"))

    assert raised_by(demo_copy, follow_alone) == {"discussions", "ideas"}
    assert raised_by(demo_copy, facts) == {"groups", "groups:past"}
    assert raised_by(demo_copy, nobody) == set(), "no row was changed"


def test_what_is_not_written_raises_nothing(demo_copy):
    def looked_at(session: Session) -> None:
        person = session.exec(select(Person)).first()
        person.given_name = str(person.given_name)

    before = revisions(demo_copy)
    with pytest.raises(ZeroDivisionError), writing(demo_copy) as session:
        session.add(fact_of(session, FROZEN))
        session.flush()
        assert 1 / 0
    assert raised_by(demo_copy, looked_at) == set()
    assert revisions(demo_copy) == before
