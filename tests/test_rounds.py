"""Rounds; no round is made on a day before that of the last one, until the clock is right again or
somebody says that its day is; how long things are kept; the journal; `check`; what a hand in the
database breaks (dommages).
"""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import Connection, Engine, event, func, insert, text, update
from sqlmodel import Session, select
from support.commands import run_command
from support.entries import an_idea, entry, unit
from support.moved_clock import MovedClock
from support.pages import html_of
from support.rounds import done
from support.transactions import add_rows, execute, read_with, select_all, select_one, write_with
from support.troupe import FROZEN

from dashboard.access import NOBODY, OPERATOR
from dashboard.actions.acts import forget_old, note, note_export, note_reading
from dashboard.actions.ideas.entries import forget_drafts, keep_draft
from dashboard.actions.interests import drop_forgotten, mark_interest
from dashboard.actions.operations import tick
from dashboard.actions.operations.heartbeats import record_ends
from dashboard.actions.operations.mixing import AT_ONCE, mix
from dashboard.actions.operations.tick import TASKS
from dashboard.actions.people.privacy import erase_left
from dashboard.queries.journal import Sort, journal_lines, journal_months, journal_page
from dashboard.queries.notices.records import RHYTHM
from dashboard.queries.operations import checks
from dashboard.queries.operations.checks import Finding
from dashboard.queries.operations.health import ROUND
from dashboard.queries.reference_history import line_in_french
from dashboard.report.processing import document, register
from models import clock
from models.communities import Interest, InterestState, Membership
from models.database import engine_for, reading, writing
from models.directions import Headcount
from models.idea_states import IdeaStatus
from models.ideas import Draft, Idea, SourceKey
from models.installation import Heartbeat, Installation
from models.ledger import Change, write_words
from models.notices import Notice, NoticeKind, Rhythm
from models.people import Assignment, Mandate, Person, Preference
from models.roadmap import PlanReport, Target
from models.seats import Seat
from models.settings import settings

# ── Rounds ────────────────────────────────────────────────────────────────────────────────────────
# What is due is found while reading, what is new is written in short acts, and a round with
# nothing new asks for no lock.

TUESDAY = date(2023, 7, 4)
LATE = 260


@contextmanager
def transactions(on: Engine) -> Iterator[list[int]]:
    """How many notices each writing transaction added, in their order."""
    added: list[int] = []

    def standing(connection: Connection) -> int:
        return connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one()

    def is_writing(connection: Connection) -> bool:
        return bool(connection.get_execution_options().get("writes"))

    def begun(connection: Connection) -> None:
        if is_writing(connection):
            added.append(-standing(connection))

    def ended(connection: Connection) -> None:
        if is_writing(connection):
            added[-1] += standing(connection)

    event.listen(on, "begin", begun)
    event.listen(on, "commit", ended)
    yield added
    event.remove(on, "begin", begun)
    event.remove(on, "commit", ended)


@pytest.fixture
def overdue(demo_copy) -> Engine:
    """A town where hundreds of answers are late by months, and others are put off to a day that
    has come.
    """
    with writing(demo_copy) as session:
        owner = unit(session, "VC-JSP")
        for n in range(LATE):
            late = date(2023, 3, 1) + timedelta(days=n % 20)
            an_idea(session, due_on=late, filed_on=date(2023, 2, 1), concerns_id=owner)
        for _ in range(30):
            an_idea(
                session,
                status=IdeaStatus.postponed,
                postponed_until=date(2023, 7, 3),
                concerns_id=owner,
            )
    mix(demo_copy, TUESDAY)  # once a day, by months
    return demo_copy


def reminders(on: Engine, kind: NoticeKind = NoticeKind.reminder) -> int:
    return select_one(on, select(func.count()).select_from(Notice).where(Notice.kind == str(kind)))


@pytest.mark.slow
def test_hundreds_of_reminders_are_written_in_short_acts_and_once(overdue):
    before = reminders(overdue)
    with transactions(overdue) as added:
        first = tick.tick(overdue, TUESDAY)
    assert not first.troubles
    assert reminders(overdue) - before >= LATE
    # Each of a hundred things is told to four persons at most: a manager, her second, both above.
    assert AT_ONCE <= max(added) <= 4 * AT_ONCE
    told = reminders(overdue), reminders(overdue, NoticeKind.task)
    tick.tick(overdue, TUESDAY)
    assert (reminders(overdue), reminders(overdue, NoticeKind.task)) == told


@pytest.mark.slow
@pytest.mark.locks
def test_two_rounds_that_found_the_same_tell_it_once(overdue):
    acts = list(
        read_with(
            overdue, dict((task.__name__, task) for *_, task in tick.TASKS)["remind"], TUESDAY
        )
    )
    told = []
    for _ in range(2):
        with writing(overdue) as session:
            told.append(sum(act(session) for act in acts))
    assert told[0] >= LATE and told[1] == 0


@pytest.mark.slow
def test_entries_that_nobody_may_be_told_of_keep_no_others_from_being_told(overdue):
    """Their head chose « Jamais »: they come back at every round, more than one round takes."""
    with writing(overdue) as session:
        never, other = unit(session, "VC-JSP"), unit(session, "AD")
        heads = session.exec(select(Mandate.person_id).where(Mandate.direction_id == never)).all()
        session.add_all(
            Preference(person_id=person, name=RHYTHM, value=Rhythm.never) for person in set(heads)
        )
        due = {"due_on": date(2023, 8, 30), "filed_on": date(2023, 6, 1)}
        session.execute(
            insert(Idea),
            [entry(20_000_000 + n, **due, concerns_id=never) for n in range(1100)],
        )
        day = date(2023, 8, 31)
        behind = an_idea(session, due_on=day, filed_on=date(2023, 6, 1), concerns_id=other).id
    tick.tick(overdue, TUESDAY)
    with reading(overdue) as session:
        told = session.exec(select(Notice.idea_id).where(Notice.kind == str(NoticeKind.reminder)))
        assert behind in set(told.all())


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# No round is made on a day before that of the last one, until the clock is right again or somebody
# says that its day is

WENT_BACK = "aucun passage n'a lieu"


@pytest.fixture
def moved(tmp_path, monkeypatch):
    """The clock of this process, in the hands of the test."""
    found = MovedClock(tmp_path / "clock")
    monkeypatch.setenv("CP_CLOCK_FILE", str(found.file))
    return found


def opened(on: Engine) -> Engine:
    """A town's own database, in which a round was made."""
    with writing(on) as session:
        installation = session.get(Installation, 1)
        installation.demonstration, installation.frozen_on = False, None
    assert record_ends({ROUND: ""}, on)
    return on


def notices(on: Engine) -> int:
    return len(select_all(on, select(Notice)))


def last_round(on: Engine):
    return read_with(on, Session.get, Heartbeat, ROUND).good_on


@pytest.mark.slow
def test_no_round_is_made_on_a_day_before_that_of_the_last_one(
    demo_copy, moved, commands_on, data_folder
):
    town = opened(demo_copy)
    commands_on(town)
    here, before = last_round(town), notices(town)

    def run(*more):
        return run_command("tick", *more)

    moved.move(-3)
    refused = run()
    assert refused.exit_code == 1 and WENT_BACK in " ".join(refused.output.split())
    assert (last_round(town), notices(town)) == (here, before), "nothing was done"
    moved.move(3)
    assert WENT_BACK not in run().output, "it goes on by itself"
    moved.move(21)
    assert WENT_BACK not in run().output, "a machine may be off for weeks"
    moved.move(-21)
    assert WENT_BACK in " ".join(run().output.split())
    run("--confirm-day")
    assert last_round(town) == here
    assert WENT_BACK not in run().output, "it is said once"


@pytest.mark.slow
def test_whoever_watches_a_server_is_told_that_its_clock_went_back(serve_demo, tmp_path):
    moved = MovedClock(tmp_path / "clock")
    served = serve_demo(CP_TICK_MINUTES="0", **moved.settings)
    try:
        opened(served.engine)
        moved.move(-3)
        told = served.health(lambda told: told.json()["etats"]["horloge"] != "bien")
        assert told.status_code == 200, "a restart would mend nothing"
        assert told.json()["etat"] == told.json()["etats"]["horloge"] == "a-corriger"
        moved.move(3)
        told = served.health(lambda told: told.json()["etats"]["horloge"] == "bien")
        assert told.json()["etats"]["horloge"] == "bien"
    finally:
        served.stop()


@pytest.mark.slow
def test_the_screen_says_it(open_page, demonstration, moved):
    assert record_ends({ROUND: ""}, demonstration)
    moved.move(-3)
    said = html.unescape("".join(html_of(open_page("farid", "etat-du-systeme"))))
    assert WENT_BACK in said and "tick --confirm-day" in said


def test_no_other_place_asks_the_machine_for_the_day():
    """What dates facts or serves logins asks models/clock.py, which a rehearsal moves."""
    root = Path(clock.__file__).parents[1]
    asks = re.compile(r"datetime\.now\(|date\.today\(|time\.time\(\)|utcnow")
    found = {
        str(file.relative_to(root))
        for room in ("dashboard", "models", "pages", "seed")
        for file in (root / room).rglob("*.py")
        if asks.search(file.read_text(encoding="utf-8"))
    }
    # A line of the log is dated by what the machine says.
    assert found == {"models/clock.py"}


# ── How long things are kept ──────────────────────────────────────────────────────────────────────
# What the settings promise, the rounds do.

DAY = timedelta(days=1)


@pytest.fixture
def keeps(monkeypatch):
    """Chooses how long something is kept."""

    def choose(**names: int) -> None:
        for name, value in names.items():
            monkeypatch.setenv(name.upper(), str(value))
        settings.cache_clear()

    yield choose
    monkeypatch.undo()
    settings.cache_clear()


def leaves(engine, person_id: int, on: date, service_id: int | None = None) -> None:
    add_rows(
        engine, Assignment(person_id=person_id, service_id=service_id, on=on, recorded_on=FROZEN)
    )


def is_erased(engine, person_id: int) -> bool:
    return read_with(engine, Session.get, Person, person_id).erased_on is not None


def test_a_draft_that_nobody_takes_up_again_goes_after_its_days(demo_copy, cast):
    write_with(demo_copy, keep_draft, cast.alice, "deposer", {"title": "Un banc devant l'école"})
    with writing(demo_copy) as session:
        assert done(session, forget_drafts(session, FROZEN + 90 * DAY)) == 0
    with writing(demo_copy) as session:
        assert done(session, forget_drafts(session, FROZEN + 91 * DAY)) >= 1
        hers = select(Draft).where(Draft.person_id == cast.alice.person_id)
        assert session.exec(hers).first() is None


def test_a_mark_of_interest_that_nobody_followed_loses_its_contact(demo_copy):
    given = Interest(activity="academie", name="Zoé Sans-Compte", contact="zoe@exemple.invalid")
    write_with(demo_copy, mark_interest, NOBODY, given)
    with writing(demo_copy) as session:
        done(session, drop_forgotten(session, FROZEN + 90 * DAY))
        (waiting,) = session.exec(select(Interest).where(Interest.name == given.name)).all()
        assert waiting.contact == given.contact and waiting.state == InterestState.new
        number = waiting.id
    with writing(demo_copy) as session:
        assert done(session, drop_forgotten(session, FROZEN + 400 * DAY)) >= 1
        gone = session.get(Interest, number)
        assert (gone.name, gone.contact, gone.state) == ("", "", str(InterestState.dropped))


def test_who_left_is_emptied_only_where_the_town_says_after_how_long(demo_copy, cast, keeps):
    person, service = cast.bruno.person_id, cast.bruno.service_id
    leaves(demo_copy, person, FROZEN - 400 * DAY)
    with writing(demo_copy) as session:
        assert done(session, erase_left(session, FROZEN)) == 0
    assert not is_erased(demo_copy, person)
    keeps(cp_left_months=12)
    leaves(demo_copy, person, FROZEN - 100 * DAY, service)
    with writing(demo_copy) as session:
        done(session, erase_left(session, FROZEN))
    assert not is_erased(demo_copy, person), "she came back"


@pytest.mark.slow
def test_who_left_long_ago_is_emptied_by_the_round(demo_copy, cast, keeps):
    keeps(cp_left_months=12)
    leaves(demo_copy, cast.bruno.person_id, FROZEN - 300 * DAY)
    with writing(demo_copy) as session:
        done(session, erase_left(session, FROZEN))
    assert not is_erased(demo_copy, cast.bruno.person_id)
    with writing(demo_copy) as session:
        while done(session, erase_left(session, FROZEN + 70 * DAY)):
            pass
    assert is_erased(demo_copy, cast.bruno.person_id)


def test_the_rounds_do_all_three():
    assert {forget_drafts, drop_forgotten, erase_left} <= {task for _, _, task in TASKS}


def test_the_register_tells_the_periods_of_this_town_and_prints_them(keeps, sqlite_demo, scope_for):
    keeps(cp_left_months=18)
    words = " ".join(kept for *_, kept, _ in register())
    assert "90 jours" in words and "12 mois sans suite" in words and "18 mois après" in words
    pages = PdfReader(BytesIO(document(read_with(sqlite_demo, scope_for, NOBODY)))).pages
    text = " ".join(page.extract_text() for page in pages).replace("\xa0", " ")
    assert all(name.split()[0] in text for name, *_ in register()) and "18 mois" in text


# ── The journal ───────────────────────────────────────────────────────────────────────────────────
# Farid reads who read names, who took data away and who changed what.

OLD, NEW = date(2023, 1, 20), date(2023, 6, 2)


@pytest.fixture
def kept(demo_copy, cast):
    """Two readings, an export, a right and a text, by two people, in two months."""
    with writing(demo_copy) as session:
        note_reading(session, cast.elise, "feuille de présence")
        note_export(session, cast.farid, "journal", "12 lignes")
        note(session, cast.farid, "account", "zoe", "rôles", "", "codir", NEW)
        note(session, cast.farid, "account", "yan", "rôles", "", "admin", OLD)
        note(session, cast.elise, "réunion", "zz-1", "titre", "avant", "après", OLD)
    return demo_copy


def found(engine, reader, **filters):
    return read_with(engine, journal_page, reader, filters)


def test_the_administrator_finds_who_read_names_and_who_changed_a_right(kept, cast):
    read = found(kept, cast.farid, sort=Sort.reading)
    assert [(who, line.after) for line, who in read][:1] == [
        (cast.elise.name, "feuille de présence")
    ]
    rights = found(kept, cast.farid, sort=Sort.right, words="zoe")
    assert [(line.on, who, line.before, line.after) for line, who in rights] == [
        (NEW, cast.farid.name, "", "codir")
    ]
    assert found(kept, cast.farid, sort=Sort.export)[0][0].record == "journal"


@pytest.mark.parametrize(
    "subject, field, text, shown",
    [
        ("cible", "baseline_on", "2025-01-01", ("départ le", "01/01/2025")),
        ("cible", "value", "20.5", ("valeur", "20,5")),
        ("milestone", "critical", "True", ("critique", "oui")),
        ("milestone", "attend", "1.7", ("attend", "1.7")),
        ("session", "on", "2025-01-01", ("date", "01/01/2025")),
        ("session", "place", "2025-02-31", ("lieu", "2025-02-31")),
        ("programme", "first_day", "2025-01-01", ("premier jour", "01/01/2025")),
        ("réunion", "enrols", "False", ("inscriptions", "non")),
        ("campagne", "closes_on", None, ("dernier jour", "")),
        ("relevé", "2025-01-01", "12,5 %", ("01/01/2025", "12,5 %")),
    ],
)
def test_a_line_of_the_journal_names_fields_and_values_in_french(subject, field, text, shown):
    line = Change(on=NEW, subject=subject, record="1", field=field, before=None, after=text)
    name, _, after = line_in_french(line)
    assert (name, after) == shown


def test_a_month_and_a_name_narrow_what_is_shown(kept, cast):
    here = found(kept, cast.farid, month=date(2023, 1, 1), words="zz-1")
    assert [(line.record, line.before, line.after) for line, _ in here] == [
        ("zz-1", "avant", "après")
    ]
    assert found(kept, cast.farid, month=date(2023, 1, 1), words="zoe") == []
    with reading(kept) as session:
        months = journal_months(session, cast.farid)
        assert months == sorted(months, reverse=True) and date(2023, 1, 1) in months
        assert journal_lines(session, OPERATOR, {"words": "zz-1"}) == 1


def test_what_tells_of_persons_goes_when_its_time_is_over_and_texts_stay(kept, cast, monkeypatch):
    monkeypatch.setenv("CP_JOURNAL_MONTHS", "3")
    settings.cache_clear()
    with writing(kept) as session:
        assert done(session, forget_old(session, NEW)) >= 1
    settings.cache_clear()
    assert found(kept, cast.farid, sort=Sort.right, words="yan") == []
    assert found(kept, cast.farid, sort=Sort.right, words="zoe") != []
    assert found(kept, cast.farid, words="zz-1") != []


# ── `check` ───────────────────────────────────────────────────────────────────────────────────────
# One French line for each thing that must always hold, and each of them is found where it does
# not.

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


# In the order in which they are looked at; tests/test_rounds.py has one of most kinds alone.
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
    assert run_command("seed", "reference", "--proposes").exit_code == 0
    good = run_command("check")
    *held, not_looked_at = good.stdout.splitlines()
    assert good.exit_code == 0 and all(line.startswith("ok ") for line in held)
    assert "non regardé : " in not_looked_at and "sauvegardes" in not_looked_at
    with writing() as session:
        session.execute(update(Target).values(kind="inconnu"))
    bad = run_command("check")
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


# ── What a hand in the database breaks (dommages) ─────────────────────────────────────────────────
# Each kind is found by `check`, in a sentence that
# names the record.
#
# Nothing here passes an act: the statements are those of somebody with a database client. What is
# compared with what stands in dashboard/queries/operations/; what nothing else tells of cannot be
# found.


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
    """By the check of its name; that `check` makes each of them, tests/test_rounds.py tells."""
    with sqlite_copy.connect() as connection:
        record = dict(connection.execute(text(damage.record)).mappings().one())
    asked = {name: value for name, value in record.items() if f":{name}" in damage.statement}
    harmed(sqlite_copy, lambda connection: connection.execute(text(damage.statement), asked))
    with reading(sqlite_copy) as session:
        check = check_of.get(damage.found_by)
        found = [check(session)] if check else checks.everything(session, FROZEN)
        finding = next(finding for finding in found if finding.name == damage.found_by)
    assert not finding.holds and damage.named.format(**record) in finding.message
