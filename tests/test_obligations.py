"""Trainings that one must follow, and those that lapse; « Qui n'est pas formé »; materials of a
training.
"""

import io
import zipfile
from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from support.pages import html_of
from support.rounds import done
from support.trainings import (
    OFFICE,
    ROADS,
    SPORT,
    TODAY,
    S,
    a_session,
    a_town_that_learns,
    agent,
    came,
    registers,
    states,
    told,
    works,
)
from support.transactions import (
    add_rows,
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)

from dashboard import french
from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.academy import trainings as acts
from dashboard.actions.academy.trainings import (
    add_material,
    record_attendance,
    remove_material,
    save_training,
)
from dashboard.actions.notices.deadlines import remind_of_deadlines
from dashboard.actions.seats.taking import propose_session, register, register_colleagues
from dashboard.files.materials import file_name, kind_of
from dashboard.queries.academy import attendance, obligations as query
from dashboard.queries.academy.obligations import (
    TO_INVITE,
    Needs,
    followed_trainings,
    holds_since,
    own_obligations,
    standings,
)
from dashboard.queries.directions import organisation
from dashboard.queries.people.privacy import dossier
from dashboard.queries.seats.records import Where
from dashboard.scope import Scope
from dashboard.screens.academy.not_trained import coverage_chart
from models.academy import (
    Trainer,
    Training,
    TrainingAudience,
    TrainingMaterial,
    TrainingSession,
    TrainingStanding,
    TrainingUnit,
)
from models.clock import add_months
from models.database import reading, writing
from models.ledger import Change
from models.notices import Notice
from models.people import Person, Role
from models.texts import Invalid

# ── Trainings that one must follow, and those that lapse; « Qui n'est pas formé » ─────────────────

# ── Trainings that one must follow, and those that lapse ──────────────────────────────────────────
# Derived from who came when, told before the day, never stored.

_P = TrainingStanding
HEAD = 3


@pytest.fixture
def town(database) -> Engine:
    """One works at a desk, two in the field; three is a head. One training for those without a
    computer is compulsory and holds twelve months.
    """
    a_town_that_learns(database)
    return database


FIRST_AID = {"code": "F02", "title": "Premiers secours", "hours": 3.5, "capacity": 12}


def own(engine: Engine, person: int, on: date = TODAY) -> list[tuple[str, date | None]]:
    found = read_with(engine, own_obligations, person, on)
    return [(str(one.standing), one.lapses_on) for one in found]


def set_training(engine: Engine, **values: object) -> None:
    with writing(engine) as session:
        training = session.get(Training, 1)
        for name, value in values.items():
            setattr(training, name, value)
        session.add(training)


def reminded(engine: Engine, day: date) -> list[str]:
    return [title for title in hears(engine, day, 2) if title.startswith("À suivre")]


def hears(engine: Engine, day: date, person: int) -> list[str]:
    with writing(engine) as session:
        done(session, remind_of_deadlines(session, day))
        return told(session, person)


# --- where one stands -----------------------------------------------------------------------------


def test_what_is_compulsory_is_so_for_its_audience(town):
    assert own(town, 1) == []  # she has a computer
    assert own(town, 2) == own(town, 3) == [(str(_P.never), None)]
    set_training(town, audience=str(TrainingAudience.office))
    assert (own(town, 1), own(town, 2)) == ([(str(_P.never), None)], [])
    set_training(town, audience=str(TrainingAudience.managers))
    assert (own(town, 2), own(town, 3)) == ([], [(str(_P.never), None)])
    set_training(town, audience=str(TrainingAudience.both), mandatory=False)
    assert own(town, 1) == own(town, 3) == []


def test_the_day_it_lapses_follows_from_the_last_time_she_came(town):
    came(town, 2, date(2022, 6, 1))
    assert own(town, 2) == [(str(_P.soon), date(2023, 6, 1))], "it holds on its last day"
    assert own(town, 2, date(2023, 6, 2)) == [(str(_P.lapsed), date(2023, 6, 1))]
    assert own(town, 2, date(2022, 6, 1)) == [(str(_P.valid), date(2023, 6, 1))]
    assert own(town, 2, date(2022, 5, 31)) == [(str(_P.never), None)], "as of the day before"
    came(town, 2, date(2023, 5, 2))
    assert own(town, 2) == [(str(_P.valid), date(2024, 5, 2))]
    set_training(town, validity=0)
    assert own(town, 2) == [(str(_P.valid), None)]


def test_who_did_not_come_has_not_followed_it(town):
    came(town, 2, date(2023, 4, 3), S.no_show)
    came(town, 2, date(2023, 4, 4), S.excused)
    assert own(town, 2) == [(str(_P.never), None)]
    held = came(town, 2, date(2023, 4, 5))
    with writing(town) as session:
        session.get(TrainingSession, held).cancelled_on = date(2023, 4, 1)
    assert own(town, 2) == [(str(_P.never), None)], "nobody comes to what was called off"


def test_a_sheet_that_is_typed_begins_it_anew(town):
    with writing(town) as session:
        session.add(a_session(7, on=TODAY))
        session.flush()
        mine = register(session, agent(2), Where(session_id=7))
        record_attendance(session, OFFICE, 7, {mine.id: S.partial})
    assert own(town, 2) == [(str(_P.valid), date(2024, 6, 1))]


def test_what_is_not_compulsory_lapses_for_who_followed_it(town):
    set_training(town, mandatory=False)
    came(town, 1, date(2022, 3, 1))
    assert own(town, 1) == [(str(_P.lapsed), date(2023, 3, 1))]
    assert own(town, 2) == []


def test_who_has_left_must_follow_nothing(town):
    add_rows(town, works(2, None, on=date(2023, 5, 1)))
    assert own(town, 2) == []
    assert own(town, 2, date(2023, 4, 30)) == [(str(_P.never), None)]


@pytest.mark.parametrize("months", [1, 6, 11, 12, 36])
@pytest.mark.parametrize(
    "day", [date(2023, 2, 28), date(2024, 2, 29), date(2023, 3, 31), date(2023, 6, 30)]
)
def test_the_first_day_that_still_holds_is_counted_by_whole_months(day, months):
    first = holds_since(day, months)
    assert (
        add_months(first, months)
        >= day
        > add_months(date.fromordinal(first.toordinal() - 1), months)
    )


def test_a_training_is_compulsory_for_some_services_of_its_audience(town):
    given = {**FIRST_AID, "title": "Signaler un chantier", "mandatory": True}

    def must(person: int, on: date = TODAY) -> bool:
        return "F02" in {one.training.code for one in read_with(town, own_obligations, person, on)}

    ident = write_with(town, save_training, OFFICE, given).id
    assert must(1) and must(2) and must(3), "without a service it is for the whole audience"
    write_with(town, save_training, OFFICE, given, ident, units=frozenset({ROADS}))
    assert not must(1) and not must(2) and must(3)
    add_rows(town, works(1, ROADS, on=date(2023, 5, 1)))
    assert must(1) and not must(1, date(2023, 4, 30)), "she has come to that service"
    for unit, wrong in ((99, given), (ROADS, {**given, "mandatory": False})):
        assert set(
            errors_of(
                write_with, town, save_training, OFFICE, wrong, ident, units=frozenset({unit})
            )
        ) == {"units"}
    noted = select_one(town, select(Change).where(Change.field == "obligatoire pour"))
    assert noted.before is None and noted.after
    write_with(town, save_training, OFFICE, given, ident)
    assert must(2)


def test_a_whole_direction_must_with_all_its_services(demo_copy):
    with writing(demo_copy) as session:
        chart = organisation(session).at(TODAY)
        direction = chart.by_code["VC"]
        training = session.exec(select(Training).where(Training.code == "F01")).one()
        training.mandatory, training.audience = True, str(TrainingAudience.both)
        session.add(TrainingUnit(training_id=training.id, unit_id=direction.id))
        session.flush()
        rows = session.execute(standings(session, [training], TODAY)).all()
        services = {row.service_id for row in rows}
        assert len(services) > 3 and services <= chart.under(direction.id)


# --- being told -----------------------------------------------------------------------------------


def test_she_is_told_once_three_months_before_unless_she_has_a_seat(town):
    came(town, 2, date(2022, 10, 3))  # until 3 October 2023
    assert reminded(town, date(2023, 7, 3)) == []
    assert reminded(town, date(2023, 7, 4)) == ["À suivre à nouveau : Porter sans se blesser"]
    assert len(reminded(town, date(2023, 7, 5))) == 1
    notice = select_one(town, select(Notice).where(Notice.person_id == 2))
    assert "jusqu'au 3 octobre 2023" in notice.text.replace("\u00a0", " ").replace("’", "'")
    assert notice.href == "/academie?formation=F01"
    with writing(town) as session:
        session.add(a_session(7, on=date(2023, 9, 5)))
        session.flush()
        register(session, agent(2), Where(session_id=7))
    assert reminded(town, date(2023, 7, 6)) == [], "what is not sent yet is taken back"


def test_her_manager_gets_one_line_a_day_with_her_people(town):
    add_rows(town, works(1, ROADS, desk=False), works(4, ROADS, desk=False))
    for person in (1, 4):
        came(town, person, date(2022, 10, 3))  # until 3 October 2023
    came(town, 2, date(2022, 10, 3))  # of another direction
    assert hears(town, date(2023, 7, 3), HEAD) == []
    two = "Dans vos services : 2 formations à suivre à nouveau"
    assert hears(town, date(2023, 7, 4), HEAD) == [two]
    assert hears(town, date(2023, 7, 5), HEAD) == [two], "told once"
    notice = select_one(town, select(Notice).where(Notice.person_id == HEAD))
    assert "Agent 1 : « Porter sans se blesser »" in notice.text.replace("\u00a0", " ").replace(
        "\u202f", " "
    )
    assert "Agent 4" in notice.text and "Agent 2" not in notice.text

    # What comes up during a week-end is one line on Monday.
    with writing(town) as session:
        session.add_all(Person(id=n, given_name="Agent", family_name=str(n)) for n in (5, 6))
        session.flush()
        session.add_all([works(5, ROADS, desk=False), works(6, ROADS, desk=False)])
    came(town, 5, date(2022, 10, 7))
    came(town, 6, date(2022, 10, 8))
    assert hears(town, date(2023, 7, 8), HEAD) == [two]
    assert hears(town, date(2023, 7, 10), HEAD) == [two, two]

    # Once all of a line have a seat, what she was not sent yet is taken back.
    with writing(town) as session:
        session.add(a_session(70, on=date(2023, 9, 5)))
        session.flush()
        for person in (1, 4):
            register(session, agent(person), Where(session_id=70))
    assert hears(town, date(2023, 7, 11), HEAD) == [two]
    assert "Agent 5" in select_one(town, select(Notice.text).where(Notice.person_id == HEAD))


def test_a_manager_is_not_told_of_herself_nor_who_answers_for_others(town):
    came(town, 3, date(2022, 10, 3))
    assert hears(town, date(2023, 7, 4), HEAD) == ["À suivre à nouveau : Porter sans se blesser"]


# --- the sheet ------------------------------------------------------------------------------------


def test_the_office_says_how_long_a_training_holds(town):
    assert write_with(town, save_training, OFFICE, {**FIRST_AID, "validity": 24}).validity == 24
    for wrong in (None, -1, 241):
        assert set(
            errors_of(
                write_with,
                town,
                save_training,
                OFFICE,
                {**FIRST_AID, "code": "F03", "validity": wrong},
            )
        ) == {"validity"}


# ── « Qui n'est pas formé » ───────────────────────────────────────────────────────────────────────
# A manager finds those of her own services who still must follow a training, and gives them a
# date; nobody else reads a name.

MANAGER = Reader(
    1, roles=frozenset({Role.agent, Role.manager}), mandates=frozenset({SPORT}), service_id=SPORT
)


@pytest.fixture
def field_town(database) -> Engine:
    """In SPORT two work in the field (2 and 4), in ROADS one (3)."""
    a_town_that_learns(database)
    with writing(database) as session:
        session.add(works(4, SPORT, desk=False))
        session.add(a_session(7, on=date(2023, 6, 20), capacity=1))
    return database


def scope_of(session: Session, reader: Reader, on: date = TODAY, **params: str) -> Scope:
    return Scope.for_reader(reader, params, on, organisation(session).at, [])


def found(engine: Engine, reader: Reader, on: date = TODAY, **params: str) -> dict[int, str]:
    """Person → where she stands, as this reader finds it."""
    with reading(engine) as session:
        scope = scope_of(session, reader, on, **params)
        rows = query.untrained(session, scope, followed_trainings(session), TO_INVITE)
        return {one.obligation.person_id: str(one.obligation.standing) for one in rows}


# --- who and how many -----------------------------------------------------------------------------


def test_a_manager_finds_her_own_and_others_nobody(field_town):
    assert found(field_town, MANAGER) == {2: "jamais", 4: "jamais"}
    assert found(field_town, MANAGER, direction="AD-VOI") == {}
    assert set(found(field_town, OFFICE)) == set(found(field_town, OPERATOR)) == {2, 3, 4}
    assert set(found(field_town, OFFICE, direction="AD-VOI")) == {3}
    for role in (Role.agent, Role.ambassadeur, Role.codir, Role.admin):
        assert found(field_town, Reader(4, roles=frozenset({Role.agent, role}))) == {}
    assert found(field_town, NOBODY) == {}


def test_services_and_trainings_are_counted_each_person_once(field_town):
    came(field_town, 2, date(2022, 8, 1))  # until 1 August: soon
    came(field_town, 3, date(2022, 5, 2))  # lapsed since 2 May
    add_rows(
        field_town,
        Training(
            code="F02", title="Grand froid", hours=2, capacity=9, audience="T", mandatory=True
        ),
    )
    with reading(field_town) as session:
        first, second = followed_trainings(session)
        whole = scope_of(session, OFFICE)
        assert query.needs(session, whole, [first]) == {
            (SPORT, first.id): Needs(concerned=2, due=1, soon=1),
            (ROADS, first.id): Needs(concerned=1, due=1, soon=0),
        }
        hers = query.needs(session, scope_of(session, MANAGER), [first, second])
        assert hers == {
            (SPORT, first.id): Needs(2, 1, 1),
            (SPORT, second.id): Needs(2, 2, 0),
        }
        assert query.count_untrained(session, whole, [first], [_P.lapsed]) == 1
        pages = [query.untrained(session, whole, [first], TO_INVITE, n, 1) for n in range(3)]
        names = [one.name for page in pages for one in page]
        assert names == ["Agent 2", "Agent 3", "Agent 4"]


def test_it_is_told_as_of_the_day_looked_at(field_town):
    came(field_town, 2, date(2023, 3, 1))
    assert found(field_town, MANAGER) == {4: "jamais"}
    assert found(field_town, MANAGER, date(2023, 2, 28)) == {2: "jamais", 4: "jamais"}
    assert found(field_town, MANAGER, date(2024, 3, 2))[2] == "echue"


# --- a date for them ------------------------------------------------------------------------------


@pytest.mark.locks
def test_she_registers_several_and_each_is_told(field_town):
    done = write_with(field_town, register_colleagues, MANAGER, 7, [2, 4])
    assert done == {S.booked: 1, S.waiting: 1}
    with reading(field_town) as session:
        rows = query.untrained(
            session, scope_of(session, MANAGER), followed_trainings(session), TO_INVITE
        )
        assert [(one.ahead, one.ahead_on) for one in rows] == [
            (S.booked, date(2023, 6, 20)),
            (S.waiting, date(2023, 6, 20)),
        ]
        assert told(session, 2) == ["Une place est réservée pour vous à une formation"]


def test_one_who_cannot_be_registered_keeps_the_others_out(field_town):
    refusal(
        field_town, register_colleagues, MANAGER, 7, [2, 3], match="ne relève pas de vos services"
    )
    assert states(field_town) == {}
    write_with(field_town, register_colleagues, MANAGER, 7, [4])
    refusal(
        field_town, register_colleagues, MANAGER, 7, [2, 4], match="Agent 4 : Cette personne a déjà"
    )
    for nobody in ((), range(1, 60)):
        refusal(field_town, register_colleagues, MANAGER, 7, nobody, error=Invalid)


def test_she_proposes_a_date_once(field_town):
    for new in (1, 0):
        assert write_with(field_town, propose_session, MANAGER, 7, [2]) == new
    [notice] = select_all(field_town, select(Notice))
    assert (notice.person_id, notice.href) == (2, "/academie?formation=F01")
    assert "20 juin 2023" in notice.text.replace("\u00a0", " ")
    assert states(field_town) == {}, "proposing takes no seat"
    refusal(field_town, propose_session, MANAGER, 7, [3], match="ne relève pas")
    refusal(field_town, propose_session, MANAGER, 8, [2], match="n'existe pas")


# --- the screen -----------------------------------------------------------------------------------


def drawn(tab) -> str:
    assert not tab.exception
    return " ".join(html_of(tab))


def test_carine_reads_her_own_services_and_the_journal_keeps_it(open_page, demonstration):
    tab = open_page("carine", "academie", "vue=non-formes&pour=F05&etat=jamais")
    told = drawn(tab)
    assert "Piscines et halls de sport" in told and "Entretien" not in told
    assert "Jamais suivie" in told and "Leur donner une date" in told
    assert "Porter, pousser, nettoyer sans se blesser — 15 septembre 2023" in " ".join(
        option.replace("\u00a0", " ") for box in tab.selectbox for option in box.options
    )
    kept = select_all(demonstration, select(Change.after).where(Change.subject == "lecture"))
    assert any("qui n'est pas formé" in (what or "") and "F05" in what for what in kept)


def test_few_persons_are_neither_in_the_picture_nor_in_its_table(field_town):
    with reading(field_town) as session:
        trainings = followed_trainings(session)
        scope = scope_of(session, OFFICE)
        few, many = Needs(4, 1, 0), Needs(10, 4, 1)
        chart = coverage_chart(
            scope, trainings, {(SPORT, trainings[0].id): few, (ROADS, trainings[0].id): many}
        )
    assert [row.tip for row in chart.plot.rows] == [scope.tree.by_id[ROADS].name]
    assert [mark.text for mark in chart.plot.marks] == ["60"]
    assert {row[2:] for row in chart.rows} == {
        ("moins de 5", "–", "–", "–"),
        (10, 4, 1, french.percent(60, 0)),
    }


# ── Materials of a training ───────────────────────────────────────────────────────────────────────
# Who gives it adds them, those who have a seat or came open them, and each file is what it says.

PDF = b"%PDF-1.7 une fiche"
TRAINER, SEATED = agent(1), agent(2)


@pytest.fixture
def town_with_trainer(sqlite_database) -> Engine:
    """Person 1 gives the training, which has a session of one seat."""
    a_town_that_learns(sqlite_database)
    with writing(sqlite_database) as session:
        session.add(Trainer(training_id=1, person_id=1))
        session.add(TrainingSession(id=1, training_id=1, on=date(2023, 6, 20), capacity=1))
    return sqlite_database


def adds(engine: Engine, reader: Reader = TRAINER, **given: object) -> str:
    asked = {"title": "La fiche", "content": PDF, "name": "fiche.pdf"} | given
    return write_with(engine, add_material, reader, 1, TrainingMaterial(**asked)).id


def opens(engine: Engine, reader: Reader, ident: str) -> bool:
    with reading(engine) as session:
        listed = [row.id for row in attendance.materials_of(session, reader, 1)]
        found = attendance.material(session, reader, ident)
        assert (ident in listed) == (found is not None)
        return found is not None


def archive(*parts: str, mimetype: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        if mimetype:
            out.writestr("mimetype", mimetype)
        for part in parts:
            out.writestr(part, "x")
    return file.getvalue()


# --- who ------------------------------------------------------------------------------------------


def test_who_has_a_seat_or_came_opens_it_and_others_do_not(town_with_trainer):
    ident = adds(town_with_trainer)
    assert opens(town_with_trainer, TRAINER, ident) and opens(town_with_trainer, OFFICE, ident)
    for reader in (SEATED, agent(3), agent(4), NOBODY, OPERATOR):
        assert not opens(town_with_trainer, reader, ident)
    registers(town_with_trainer, 2)
    registers(town_with_trainer, 3)  # the session has one seat: she waits
    came(town_with_trainer, 4, date(2023, 5, 2), S.partial)
    assert opens(town_with_trainer, SEATED, ident) and opens(town_with_trainer, agent(4), ident)
    assert not opens(town_with_trainer, agent(3), ident)
    came(town_with_trainer, 3, date(2023, 5, 3), S.no_show)
    assert not opens(town_with_trainer, agent(3), ident)


def test_what_is_added_and_taken_away_is_told_in_the_journal(town_with_trainer):
    ident = adds(town_with_trainer)
    write_with(town_with_trainer, remove_material, OFFICE, ident)
    with reading(town_with_trainer) as session:
        assert not session.exec(select(TrainingMaterial)).all()
        kept = session.exec(select(Change).where(Change.field == "support")).all()
        assert [(row.before, row.after) for row in kept] == [(None, "La fiche"), ("La fiche", None)]
    refusal(town_with_trainer, remove_material, OFFICE, ident, match="plus là")


# --- what -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "href",
    [
        "http://exemple.invalid",
        "javascript:alert(1)",
        "https://",
        "https://intranet",
        "https://moi:secret@exemple.invalid",
        "https://exemple.invalid/a b",
        "https://exemple.invalid:99999/",
        "//exemple.invalid",
        "https://exemple.invalid/" + "x" * 500,
    ],
)
def test_an_address_is_a_whole_one_of_the_web(town_with_trainer, href):
    assert set(errors_of(adds, town_with_trainer, content=None, href=href)) == {"href"}


def test_it_is_a_file_or_an_address_under_a_title(town_with_trainer):
    assert adds(town_with_trainer, content=None, href=" https://exemple.invalid/fiche?n=1 ")
    for given, field in (
        ({"content": None}, "href"),
        ({"href": "https://exemple.invalid"}, "href"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"content": b""}, "file"),
        ({"content": b"MZ\x90\x00"}, "file"),
        ({"content": b"<html><script>"}, "file"),
        ({"content": PDF + b"x" * acts.HEAVIEST}, "file"),
    ):
        assert set(errors_of(adds, town_with_trainer, **given)) == {field}


def test_a_training_has_a_handful(town_with_trainer, monkeypatch):
    add_rows(
        town_with_trainer,
        *(
            TrainingMaterial(id=f"{n}", training_id=1, title="Fiche", on=TODAY)
            for n in range(acts.MOST)
        ),
    )
    refuses(adds, town_with_trainer, match="20 supports au plus")


@pytest.mark.parametrize(
    ("content", "name", "kept"),
    [
        (PDF, r"C:\Mes documents\fiche.PDF", "fiche.PDF"),
        (PDF, "../../etc/passwd", "passwd.pdf"),
        (PDF, "fiche.exe", "fiche.exe.pdf"),
        (PDF, "fiche.docx", "fiche.pdf"),
        (PDF, "", "support.pdf"),
        (b"\x89PNG\r\n\x1a\n", "pl\x00an<1>.png", "pl an 1.png"),
        (archive("[Content_Types].xml", "word/document.xml"), "note.docx", "note.docx"),
        (archive("xl/workbook.xml"), "note.docx", "note.xlsx"),
        (
            archive("content.xml", mimetype="application/vnd.oasis.opendocument.presentation"),
            "séance.odp",
            "séance.odp",
        ),
    ],
)
def test_a_file_is_told_by_its_content(content, name, kept):
    assert file_name(name, kind_of(content)) == kept


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"PK\x03\x04 coup",
        archive("autre.txt"),
        archive("word/document.xml", "word/vbaProject.bin"),
        archive("x", mimetype="text/html"),
        b"<?xml version='1.0'?><svg/>",
    ],
)
def test_what_may_do_something_is_not_taken(content):
    assert kind_of(content) is None


def test_what_she_added_is_in_her_export_without_its_content(town_with_trainer):
    adds(town_with_trainer)
    with reading(town_with_trainer) as session:
        [row] = dossier(session, OPERATOR, session.get(Person, 1))["donnees"]["training_material"]
    assert row["title"] == "La fiche" and "content" not in row


# --- the sheet ------------------------------------------------------------------------------------


def test_the_sheet_offers_them_to_who_may_open_them(open_page):
    office = " ".join(html_of(open_page("didier", "academie", "formation=F01")))
    assert "La fiche en cinq gestes" in office and "/document/" in office
    assert "intranet.exemple.invalid" in office and "https://intranet" not in office
    alice = " ".join(html_of(open_page("alice", "academie", "formation=F01")))
    assert "2 supports" in alice.replace("\u00a0", " ") and "/document/" not in alice
