"""« Qui n'est pas formé »: a manager finds those of her own services who still must follow a
training, and gives them a date; nobody else reads a name.
"""

from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from support.learning import OFFICE, ROADS, SPORT, a_town_that_learns, came, works
from support.pages import html_of
from support.trainings import TODAY, S, a_session, states, told
from support.transactions import (
    add_rows,
    refusal,
    select_all,
    write_with,
)

from dashboard import french
from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.seats.taking import propose_session, register_colleagues
from dashboard.queries.academy import obligations as query
from dashboard.queries.academy.obligations import TO_INVITE, Needs, followed_trainings
from dashboard.queries.directions import organisation
from dashboard.scope import Scope
from dashboard.screens.academy.not_trained import coverage_chart
from models.academy import Training, TrainingStanding
from models.database import reading, writing
from models.ledger import Change
from models.notices import Notice
from models.people import Role
from models.texts import Invalid

MANAGER = Reader(
    1, roles=frozenset({Role.agent, Role.manager}), mandates=frozenset({SPORT}), service_id=SPORT
)
_P = TrainingStanding


@pytest.fixture
def town(database) -> Engine:
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


def test_a_manager_finds_her_own_and_others_nobody(town):
    assert found(town, MANAGER) == {2: "jamais", 4: "jamais"}
    assert found(town, MANAGER, direction="AD-VOI") == {}
    assert set(found(town, OFFICE)) == set(found(town, OPERATOR)) == {2, 3, 4}
    assert set(found(town, OFFICE, direction="AD-VOI")) == {3}
    for role in (Role.agent, Role.ambassadeur, Role.codir, Role.admin):
        assert found(town, Reader(4, roles=frozenset({Role.agent, role}))) == {}
    assert found(town, NOBODY) == {}


def test_services_and_trainings_are_counted_each_person_once(town):
    came(town, 2, date(2022, 8, 1))  # until 1 August: soon
    came(town, 3, date(2022, 5, 2))  # lapsed since 2 May
    add_rows(
        town,
        Training(
            code="F02", title="Grand froid", hours=2, capacity=9, audience="T", mandatory=True
        ),
    )
    with reading(town) as session:
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


def test_it_is_told_as_of_the_day_looked_at(town):
    came(town, 2, date(2023, 3, 1))
    assert found(town, MANAGER) == {4: "jamais"}
    assert found(town, MANAGER, date(2023, 2, 28)) == {2: "jamais", 4: "jamais"}
    assert found(town, MANAGER, date(2024, 3, 2))[2] == "echue"


# --- a date for them ------------------------------------------------------------------------------


@pytest.mark.locks
def test_she_registers_several_and_each_is_told(town):
    done = write_with(town, register_colleagues, MANAGER, 7, [2, 4])
    assert done == {S.booked: 1, S.waiting: 1}
    with reading(town) as session:
        rows = query.untrained(
            session, scope_of(session, MANAGER), followed_trainings(session), TO_INVITE
        )
        assert [(one.ahead, one.ahead_on) for one in rows] == [
            (S.booked, date(2023, 6, 20)),
            (S.waiting, date(2023, 6, 20)),
        ]
        assert told(session, 2) == ["Une place est réservée pour vous à une formation"]


def test_one_who_cannot_be_registered_keeps_the_others_out(town):
    refusal(town, register_colleagues, MANAGER, 7, [2, 3], match="ne relève pas de vos services")
    assert states(town) == {}
    write_with(town, register_colleagues, MANAGER, 7, [4])
    refusal(town, register_colleagues, MANAGER, 7, [2, 4], match="Agent 4 : Cette personne a déjà")
    for nobody in ((), range(1, 60)):
        refusal(town, register_colleagues, MANAGER, 7, nobody, error=Invalid)


def test_she_proposes_a_date_once(town):
    for new in (1, 0):
        assert write_with(town, propose_session, MANAGER, 7, [2]) == new
    [notice] = select_all(town, select(Notice))
    assert (notice.person_id, notice.href) == (2, "/academie?formation=F01")
    assert "20 juin 2023" in notice.text.replace("\u00a0", " ")
    assert states(town) == {}, "proposing takes no seat"
    refusal(town, propose_session, MANAGER, 7, [3], match="ne relève pas")
    refusal(town, propose_session, MANAGER, 8, [2], match="n'existe pas")


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


def test_few_persons_are_neither_in_the_picture_nor_in_its_table(town):
    with reading(town) as session:
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
