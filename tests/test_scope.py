"""The scope; the whole of an administration may have any code; the direction chosen last is found
again, and a busy database costs its memory alone; hours and days are those of the town, wherever
the server stands; working days as the law has them.
"""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, strategies as st
from sqlalchemy import Engine
from sqlmodel import select
from support.pages import forget
from support.transactions import read_with

from dashboard import french
from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions import limits
from dashboard.actions.imports import act_of
from dashboard.actions.people.accounts import give_mandate, new_mandate
from dashboard.files.calendars import Event, as_bytes
from dashboard.frame.around import remember_direction
from dashboard.queries.notices.deadlines import codir_members
from dashboard.queries.people.readers import account_by_login, preference, reader_of
from dashboard.report import wording
from dashboard.scope import ALL_AMBITIONS, Choice, Scope
from dashboard.ui import jobs
from models import clock, database as house
from models.clock import calendar
from models.database import reading, writing
from models.directions import Direction, Tree, Unit, UnitKind
from models.installation import Installation
from models.people import Account, Assignment, Person, Role

# ── The scope ─────────────────────────────────────────────────────────────────────────────────────
# What an address says, what is ignored in one sentence, and what a reader may not ask for.

TODAY, START = date(2023, 6, 30), date(2021, 1, 1)
CHART = Tree(
    (
        Unit(1, "ADM", "Administration", UnitKind.root, None, 0),
        Unit(2, "VC", "Vie citoyenne", UnitKind.department, 1, 1),
        Unit(3, "VC-JSP", "Jeunesse et sports", UnitKind.direction, 2, 2),
        Unit(4, "VC-JSP-1", "Piscines", UnitKind.service, 3, 3),
        Unit(5, "VC-JSP-2", "Animation", UnitKind.service, 3, 4),
        Unit(6, "VC-CUL", "Culture", UnitKind.direction, 2, 5),
        Unit(7, "VC-CUL-1", "Musées", UnitKind.service, 6, 6),
    )
)
# Culture opens in 2022: before, it does not exist.
EARLY = Tree(tuple(unit for unit in CHART.units if not unit.code.startswith("VC-CUL")))
AMBITIONS = [
    Choice(1, "citoyens", "Satisfaction des citoyens"),
    Choice(3, "modernisation", "Modernisation"),
]
ALICE = Reader(11, "Alice", "alice", frozenset({Role.agent}), service_id=4)
ALINE = Reader(12, "Aline", "aline", frozenset({Role.agent}), service_id=5)
CARINE = Reader(13, "Carine", "carine", frozenset({Role.agent, Role.manager}), 4, frozenset({3}))
ELISE = Reader(14, "Élise", "elise", frozenset({Role.agent, Role.codir}), service_id=7)
DIDIER = Reader(15, "Didier", "didier", frozenset({Role.agent, Role.animateur}), service_id=7)


def chart_at(day: date) -> Tree:
    return CHART if day >= date(2022, 1, 1) else EARLY


def scope(reader: Reader = ELISE, **params: str) -> Scope:
    return Scope.for_reader(reader, params, TODAY, chart_at, AMBITIONS)


def test_an_empty_address_is_the_whole_today():
    found = scope()
    assert (found.on, found.since, found.unit, found.counted, found.ambition) == (
        TODAY,
        None,
        None,
        None,
        None,
    )
    assert found.is_whole and found.ignored == ()
    assert "Toute l'administration" in found.sentence() and "30/06/2023" in found.sentence()


def test_an_address_is_read_by_its_codes():
    found = scope(
        au="2022-06-30", depuis="2022-01-01", direction="VC-JSP", ambition="modernisation"
    )
    assert (found.on, found.since) == (date(2022, 6, 30), date(2022, 1, 1))
    assert found.unit.code == "VC-JSP" and found.counted == {3, 4, 5} and not found.is_whole
    assert found.ambition.id == 3 and found.ignored == ()
    for said in ("Jeunesse et sports (VC-JSP)", "Modernisation", "30/06/2022", "01/01/2022"):
        assert said in found.sentence()


@pytest.mark.parametrize(
    "code,ids", [("VC", {2, 3, 4, 5, 6, 7}), ("VC-JSP", {3, 4, 5}), ("VC-CUL-1", {7})]
)
def test_departments_directions_and_services_are_all_addresses(code, ids):
    assert scope(direction=code).counted == ids


@pytest.mark.parametrize(
    "params,said",
    [
        ({"au": "hier"}, "situation au"),
        ({"au": "2023-02-30"}, "situation au"),
        ({"au": "30/06/2022"}, "situation au"),
        ({"depuis": "avant"}, "évolution depuis"),
        ({"direction": "XX-YYY"}, "n'existe pas"),
        ({"ambition": "voler"}, "n'existe pas"),
        ({"au": "2030-01-01"}, "à venir"),
        ({"au": "1999-12-31"}, "commence"),
        ({"depuis": "2023-06-30"}, "précéder"),
        ({"depuis": "2024-01-01"}, "précéder"),
        ({"depuis": "2019-01-01"}, "commence"),
    ],
)
def test_what_is_not_understood_is_ignored_with_one_sentence(params, said):
    found = scope(**params)
    assert len(found.ignored) == 1 and said in found.ignored[0] and found.ignored[0].endswith(".")


def test_a_direction_that_does_not_exist_yet_is_the_whole():
    found = scope(au="2021-06-30", direction="VC-CUL")
    assert found.is_whole and len(found.ignored) == 1
    assert scope(au="2022-06-30", direction="VC-CUL").unit.code == "VC-CUL"


def test_an_agent_sees_her_direction_apart_and_no_other():
    for code in ("VC-JSP", "VC-JSP-1", "VC-JSP-2"):
        assert scope(ALICE, direction=code).unit.code == code
    for code in ("VC", "VC-CUL", "VC-CUL-1"):
        found = scope(ALICE, direction=code)
        assert found.is_whole and found.unit is None and "pas ouverts" in found.ignored[0]


def test_nobody_sees_the_whole_at_most():
    for code in ("VC", "VC-JSP", "VC-JSP-1"):
        found = scope(NOBODY, direction=code)
        assert found.is_whole and found.listed == frozenset() and found.ignored


def test_the_lists_of_names_are_cut_by_rights():
    assert scope(CARINE).listed == {3, 4, 5}
    assert scope(CARINE, direction="VC-CUL").listed == {
        3,
        4,
        5,
    }, "another direction opens no other names"
    assert scope(DIDIER).listed is None
    assert scope(ELISE).listed == scope(ALICE).listed == frozenset()


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"au": "2022-06-30"},
        {"direction": "VC-JSP-1", "depuis": "2022-01-01"},
        {"ambition": "citoyens", "direction": "VC", "au": "2023-01-01", "depuis": "2021-01-01"},
    ],
)
def test_an_address_written_back_is_the_same_scope(params):
    found = scope(**params)
    again = scope(**found.params())
    assert again == found and again.ignored == () and again.params() == found.params()


def test_an_address_says_its_defaults_too():
    assert scope().params() == {
        "au": "2023-06-30",
        "direction": "ADM",
        "ambition": ALL_AMBITIONS,
    }


def test_what_caches_are_keyed_by_holds_the_reach_and_no_person():
    assert scope(ALICE).impersonal() == scope(ALINE).impersonal() == scope(ELISE).impersonal()
    assert (
        scope(ALICE, direction="VC-JSP").impersonal()
        == scope(ELISE, direction="VC-JSP").impersonal()
    )
    assert scope(ALICE, direction="VC-CUL").impersonal() == scope(ALICE).impersonal(), (
        "what is not open is not counted"
    )
    for reader in (ALICE, CARINE, DIDIER, OPERATOR):
        assert scope(reader, direction="VC-JSP", ambition="citoyens").impersonal().reader is NOBODY


def test_every_part_of_the_address_that_counts_changes_what_caches_are_keyed_by():
    keys = [
        found.impersonal()
        for found in (
            scope(),
            scope(au="2022-06-30"),
            scope(direction="VC"),
            scope(direction="VC", services="sans"),
            scope(direction="VC-JSP"),
            scope(direction="VC-JSP,VC-CUL"),
            scope(direction="VC-JSP-1"),
            scope(ambition="citoyens"),
        )
    ]
    assert len(set(keys)) == len(keys)


def test_several_directions_are_counted_together_each_once_and_in_the_order_of_the_chart():
    both = scope(direction="VC-CUL,VC-JSP,VC-JSP,VC-JSP-1")
    assert [unit.code for unit in both.units] == ["VC-JSP", "VC-CUL"] and both.unit is None
    assert both.counted == scope(direction="VC-CUL").counted | scope(direction="VC-JSP").counted
    assert scope(direction="VC-JSP,XX").unit.code == "VC-JSP", (
        "what does not exist is left aside, the rest stays"
    )
    half_open = scope(ALICE, direction="VC-JSP,VC-CUL")
    assert half_open.unit.code == "VC-JSP" and "pas ouverts" in half_open.ignored[0]


def test_a_direction_without_its_services_counts_itself_alone():
    alone = scope(direction="VC-JSP", services="sans")
    assert alone.counted == {alone.unit.id} and "sans les services" in alone.sentence()
    assert alone.params()["services"] == "sans" and scope(**alone.params()) == alone
    assert not scope(direction="VC-JSP-1", services="sans").alone, "a service has nothing below it"
    assert scope(services="sans").is_whole


anything = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "2022-06-30",
            "0001-01-01",
            "9999-12-31",
            "VC",
            "VC-JSP",
            "ADM",
            "citoyens",
            "toutes",
            "' OR 1=1 --",
            "<script>",
            "2022-W26-4",
            "20220630",
            "-1",
            "\x00",
            "٢٠٢٢-٠٦-٣٠",
        ]
    ),
    st.dates().map(str),
)


@given(
    st.dictionaries(st.sampled_from(["au", "depuis", "direction", "ambition", "autre"]), anything),
    st.sampled_from([NOBODY, ALICE, CARINE, DIDIER, ELISE, OPERATOR]),
)
def test_a_hostile_address_never_raises_and_never_opens_more(params, reader):
    found = Scope.for_reader(reader, params, TODAY, chart_at, AMBITIONS)
    assert START <= found.on <= TODAY
    assert found.since is None or START <= found.since < found.on
    assert (found.unit is None) == (found.counted is None)
    if reader in (NOBODY, ALICE) and found.counted is not None:
        assert reader is ALICE and found.counted <= {3, 4, 5}
    assert scope(reader, **found.params()) == found


# ── The whole of an administration may have any code ──────────────────────────────────────────────
# A town that calls itself VILLE works like ours.

VILLE_CHART = (
    "code;nom;type;parent;au\nVILLE;La Ville;racine;;01/01/2021\n"
    "TEC;Technique;département;VILLE;01/01/2021\nTEC-1;Voirie;service;TEC;01/01/2021\n"
)
FIRST, VILLE_TODAY = date(2021, 1, 1), date(2022, 3, 1)


def organised(engine: Engine) -> Reader:
    """The town with its chart, and the reader who has the mandate on the whole."""
    with writing(engine) as session:
        session.add(Installation(id=1, demonstration=False, frozen_on=VILLE_TODAY))
        session.flush()
        report = act_of("directions")(session, OPERATOR, VILLE_CHART.encode(), "organigramme.csv")
        assert (report.new, report.refused) == (3, [])
        person = Person(key="M1", given_name="Nadia", family_name="Öztürk")
        session.add(person)
        session.flush()
        codes = dict(session.exec(select(Direction.code, Direction.id)).all())
        session.add_all(
            [
                Account(person_id=person.id, login="nadia", password_hash="x"),
                Assignment(
                    person_id=person.id, service_id=codes["TEC-1"], on=FIRST, recorded_on=FIRST
                ),
            ]
        )
        session.flush()
        give_mandate(session, OPERATOR, new_mandate(person.id, codes["VILLE"], FIRST, None))
    with reading(engine) as session:
        return reader_of(session, account_by_login(session, "nadia"), VILLE_TODAY)


def test_the_whole_is_walked_by_its_own_code(sqlite_database, scope_for):
    reader = organised(sqlite_database)
    with reading(sqlite_database) as session:
        whole = scope_for(session, reader, VILLE_TODAY, direction="VILLE")
        part = scope_for(session, reader, VILLE_TODAY, direction="TEC")
    assert (whole.is_whole, whole.ignored, whole.params()["direction"]) == (True, (), "VILLE")
    assert whole.tree.root.code == "VILLE"
    assert [unit.code for unit, _ in whole.tree.walk()] == ["VILLE", "TEC", "TEC-1"]
    assert part.codes == "TEC" and part.whole().codes == "VILLE"


def test_the_mandate_on_it_makes_the_director_general_and_a_member_of_the_codir(sqlite_database):
    reader = organised(sqlite_database)
    assert {Role.directeur, Role.manager} <= reader.roles
    assert read_with(sqlite_database, codir_members, VILLE_TODAY) == [reader.person_id]


def test_there_is_one_whole(sqlite_database):
    organised(sqlite_database)
    with writing(sqlite_database) as session:
        second = b"code;nom;type\nCPAS;Le CPAS;racine\n"
        (problem,) = act_of("directions")(session, OPERATOR, second, "organigramme.csv").refused
    assert "VILLE est déjà l'administration entière" in problem.reason


# ── The direction chosen last is found again, and a busy database costs its memory alone ──────────


def stored(engine: Engine, reader: Reader) -> str:
    return read_with(engine, preference, reader, "direction")


def test_of_several_choices_the_last_one_is_stored(demonstration, cast):
    for codes in ("VC-JSP", "RI-INF"):
        remember_direction(cast.elise, codes)
        assert stored(demonstration, cast.elise) == codes
    remember_direction(cast.nobody, "VC-JSP")
    assert stored(demonstration, cast.nobody) == ""


@pytest.mark.slow
def test_a_busy_database_costs_the_choice_and_the_next_one_is_stored(monkeypatch, request, cast):
    monkeypatch.setattr(house, "PATIENCE", 100)
    served = request.getfixturevalue("demonstration")
    before = stored(served, cast.didier)
    other = sqlite3.connect(served.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    remember_direction(cast.didier, "VC-JSP")
    other.execute("ROLLBACK")
    assert stored(served, cast.didier) == before
    remember_direction(cast.didier, "RI-INF")
    assert stored(served, cast.didier) == "RI-INF"


# ── Hours and days are those of the town, wherever the server stands ──────────────────────────────

EVENING = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)


@pytest.fixture
def in_zone(monkeypatch):
    """The town's zone, on a server that keeps another time."""

    def chosen(name: str | None) -> None:
        monkeypatch.setenv("TZ", "Pacific/Honolulu")
        if name:
            monkeypatch.setattr(clock, "TOWN", ZoneInfo(name))
        forget()

    yield chosen
    monkeypatch.undo()
    forget()


@pytest.mark.parametrize(
    "zone,said,day,until",
    [
        (None, "01/07/2026 à 0 h 30", date(2026, 7, 1), "après 1 h"),
        ("Europe/Paris", "01/07/2026 à 0 h 30", date(2026, 7, 1), "après 1 h"),
        ("America/Martinique", "30/06/2026 à 18 h 30", date(2026, 6, 30), "après 19 h"),
        ("UTC", "30/06/2026 à 22 h 30", date(2026, 6, 30), "après 23 h"),
    ],
)
def test_an_hour_that_is_shown_is_that_of_the_town(in_zone, zone, said, day, until):
    in_zone(zone)
    words = said.replace(" h ", f"{french.NO_BREAK}h{french.NO_BREAK}").replace("à 0", "à 00")
    assert wording.moment(EVENING) == words
    assert jobs.moment(EVENING) == f"le {words}"
    assert clock.local_day(EVENING) == day
    since = limits.hour_of(EVENING)
    assert limits.after(since) == until.replace(" h", f"{french.NO_BREAK}h")


def test_a_calendar_that_is_subscribed_to_keeps_the_zone_of_the_town(in_zone):
    in_zone("America/Martinique")
    event = Event("a@b", date(2026, 6, 1), 0, date(2026, 6, 30), "Séance", "09:00", "10:00")
    said = as_bytes("C-Possible", [event]).decode()
    assert "DTSTART;TZID=America/Martinique:20260630T090000" in said
    assert "X-WR-TIMEZONE:America/Martinique" in said


# ── Working days as the law has them ──────────────────────────────────────────────────────────────
# Our calendar beside one that others keep.

FIRST_KNOWN, LAST = date(1950, 1, 1), date(2100, 12, 31)  # what the others know


@pytest.mark.slow
def test_a_century_and_a_half_of_working_days_are_those_that_others_count():
    theirs = holidays.BE(years=range(FIRST_KNOWN.year, LAST.year + 1))
    ours = calendar(frozenset())
    days = (FIRST_KNOWN + timedelta(days=n) for n in range((LAST - FIRST_KNOWN).days + 1))
    differ = [day for day in days if ours.is_open(day) == (day.weekday() > 4 or day in theirs)]
    assert differ == []
