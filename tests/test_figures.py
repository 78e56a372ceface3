"""The board: published check values, the past that does not move, small cells."""

from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import Session, select
from support.crossing import in_turn
from support.transactions import (
    add_rows,
    read_with,
    write_with,
)
from support.troupe import FROZEN, STREAMS

from dashboard.access import OPERATOR
from dashboard.actions.figures.targets import impose
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.figures import Point
from dashboard.figures.board import Board, board
from dashboard.figures.kinds import every_value
from dashboard.figures.persons import Share, parts_of, share_of, split_by_workplace
from dashboard.figures.sentences import three_sentences, waiting
from dashboard.figures.workstreams import workstream_states
from dashboard.queries.academy.counts import TYPED
from dashboard.queries.roadmap import whole_roadmap
from models.academy import TrainingSession
from models.database import reading, writing
from models.decisions import Decision
from models.directions import Direction, DirectionPlace
from models.discussions import Link
from models.facts import random_id
from models.groups import ProgressGroup
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.meetings import Attendance, Meeting, MeetingEvent, MeetingState
from models.roadmap import Health, Measure, Override, Target
from models.seats import BOOKED, SeatEvent, SeatState
from models.texts import Refused

# Check values of the demonstration: on, due, done on time, done weight, weight, EV, PV, écart, SV, done − due.
CHECK_VALUES = [
    ("2021-12-31", 5, 4, 9, 91, 9.9, 9.9, 0.0, 0.0, 0.0),
    ("2022-06-30", 17, 9, 32, 91, 35.2, 36.3, -1.1, -0.2, -1.1),
    ("2022-12-31", 27, 12, 44, 91, 50.0, 64.6, -14.6, -2.4, -12.1),
    ("2023-03-31", 30, 12, 54, 90, 70.3, 74.2, -3.9, -1.3, -8.9),
    ("2023-06-30", 36, 14, 57, 90, 80.6, 88.3, -7.8, -1.7, -17.8),
]
PLACES = ({}, {"direction": "VC"}, {"direction": "VC-JSP"}, {"ambition": "modernisation"})
ADDRESSES = (
    *PLACES,
    {"direction": "AD-VER-1"},
    {"direction": "DG-RAT-3"},
    {"direction": "RI", "ambition": "modernisation"},
    {"depuis": "2022-06-30"},
    {"au": "2022-11-15", "depuis": "2022-06-30", "direction": "VC"},
    {"au": "2021-01-01"},
)


def read_board(session: Session, scope_for, codes=None, reader=OPERATOR, **address) -> Board:
    scope = scope_for(session, reader, **address)
    assert scope.ignored == (), scope.ignored
    return board(session, scope, codes)


# --- the roadmap ----------------------------------------------------------------------------------


@pytest.mark.parametrize("on,due,in_time,done,weight,ev,pv,points,months,jalons", CHECK_VALUES)
def test_the_five_published_dates(
    demo, scope_for, on, due, in_time, done, weight, ev, pv, points, months, jalons
):
    found = read_with(demo, read_board, scope_for, ["avancement", "ecart", "echeances"], au=on)
    gap, against = found["ecart.points"], found["ecart.jalons"]
    assert round(found["avancement"].value, 1) == round(gap.numerator, 1) == ev
    assert found["avancement"].denominator == weight
    assert round(gap.denominator, 1) == pv
    assert round(gap.value, 1) == points
    assert round(found["ecart.mois"].value, 1) == months
    assert round(against.value, 1) == jalons
    assert against.numerator == pytest.approx(100 * done / weight)
    assert (found["echeances"].numerator, found["echeances"].denominator) == (in_time, due)


def test_a_report_carries_its_coverage(sqlite_demo, scope_for):
    """« reçu : 5 sur 7 »: before the first report nobody has reported, on the frozen day all
    have.
    """
    with reading(sqlite_demo) as session:
        first = read_board(session, scope_for, ["avancement"], au="2021-01-01")["avancement"]
        last = read_board(session, scope_for, ["avancement"])["avancement"]
    assert (first.value, first.coverage) == (0, 0)
    assert (last.received, last.awaited) == (44, 44)
    assert last.coverage == 100 and last.fresh_on == FROZEN


def test_a_revision_of_the_calendar_moves_the_plan_from_its_day(sqlite_demo, scope_for):
    """5.8 was due on 30/06/23 until 31/01/23, and on 31/10/23 since: the initial schedule still
    knows the first.
    """
    with reading(sqlite_demo) as session:
        academy = next(m for m in whole_roadmap(session).at(FROZEN) if m.plan.number == "5.8")
        before = next(
            m for m in whole_roadmap(session).at(date(2023, 1, 30)) if m.plan.number == "5.8"
        )
        found = read_board(session, scope_for, ["echeances"])
    assert (before.schedule.end, academy.first.end, academy.schedule.end) == (
        date(2023, 6, 30),
        date(2023, 6, 30),
        date(2023, 10, 31),
    )
    assert found["echeances.initial"].denominator == found["echeances"].denominator + 1


# --- every value ----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES[::2], ids=str)
@pytest.mark.slow
def test_both_engines_give_the_same_board(demo_on, scope_for, address):
    boards = []
    for engine in ("sqlite", "postgresql"):
        boards.append(read_with(demo_on(engine), read_board, scope_for, **address).as_json())
    assert boards[0] == boards[1]
    assert [figure["code"] for figure in boards[0]["figures"]] == [
        value.code for _, value in every_value(STREAMS)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("address", ADDRESSES, ids=str)
def test_a_rate_carries_its_counts_and_a_hidden_cell_carries_nothing(
    sqlite_demo, scope_for, address
):
    found = read_with(sqlite_demo, read_board, scope_for, **address)
    values = {value.code: value for _, value in every_value(STREAMS)}
    for entry in found.entries:
        value = values[entry.code]
        if entry.suppressed:
            assert (entry.value, entry.numerator, entry.change, entry.attainment) == (
                None,
                None,
                None,
                None,
            ), entry.code
        elif entry.value is not None and value.counts and value.unit == "%":
            assert entry.value == pytest.approx(100 * entry.numerator / entry.denominator), (
                entry.code
            )
            assert 0 <= entry.value <= 100 and entry.denominator > 0
        if entry.denominator == 0 and entry.unit not in ("points", "mois"):
            assert entry.value is None, f"{entry.code}: no data is never zero"


def test_an_empty_house_says_no_data_and_never_falls(database, scope_for):
    found = read_with(database, read_board, scope_for)
    assert [entry.value for entry in found.entries if entry.unit == "%"] == [None] * sum(
        entry.unit == "%" for entry in found.entries
    )


SINCE_IN = [{}, {"direction": "VC"}, {"ambition": "citoyens"}]


@pytest.mark.slow
@pytest.mark.parametrize("demo,address", in_turn(SINCE_IN), indirect=["demo"], ids=str)
def test_since_gives_the_earlier_value_and_the_change(demo, scope_for, address):
    with reading(demo) as session:
        now = read_board(session, scope_for, depuis="2022-11-15", **address)
        then = read_board(session, scope_for, au="2022-11-15", **address)
        alone = read_board(session, scope_for, **address)
    assert any(entry.change for entry in now.entries)
    for entry in now.entries:
        before = then[entry.code].value
        assert entry.before == before
        known = entry.value is not None and before is not None
        assert entry.change == (pytest.approx(entry.value - before) if known else None)
        assert replace(entry, before=None, change=None) == alone[entry.code], (
            "comparing changes nothing else"
        )


# --- small cells ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_smallest_service_is_hidden_and_its_siblings_do_not_give_it_away(
    sqlite_demo, scope_for
):
    """Contrôle interne et protection des données has seven agents."""
    with reading(sqlite_demo) as session:
        siblings = {
            code: read_board(session, scope_for, ["formation"], direction=code)["formation"]
            for code in ("DG-RAT", "DG-RAT-1", "DG-RAT-2", "DG-RAT-3")
        }
    assert siblings["DG-RAT-3"].suppressed and siblings["DG-RAT-3"].value is None
    if not siblings["DG-RAT"].suppressed:
        assert siblings["DG-RAT-1"].suppressed or siblings["DG-RAT-2"].suppressed


@pytest.mark.parametrize(
    "code",
    ["idees.auteurs", "formation", "presence.taux", "presence.non-excusees", "heures", "attente"],
)
def test_by_direction_and_ambition_at_once_no_person_is_counted(sqlite_demo, scope_for, code):
    """The five ambitions of a direction would add up to a count that is hidden."""
    entry = read_with(
        sqlite_demo,
        read_board,
        scope_for,
        [code.split(".")[0]],
        direction="DG-RAT",
        ambition="modernisation",
    )[code]
    assert entry.suppressed and entry.value is None


def untyped(session: Session, *sessions: int) -> None:
    """Nobody typed who came: to these sessions, or to any."""
    known = session.exec(select(SeatEvent)).all()
    for event in known:
        if event.status in TYPED and (not sessions or event.session_id in sessions):
            event.status, event.hours = SeatState.booked, 0
            session.add(event)


def test_without_a_typed_attendance_nothing_is_known_of_who_came(demo_copy, scope_for):
    write_with(demo_copy, untyped)
    with reading(demo_copy) as session:
        found = read_board(session, scope_for, ["presence", "heures", "formation", "satisfaction"])
        part = read_board(session, scope_for, ["presence", "heures"], direction="VC")
    for entry in (*found.entries, *part.entries):
        assert (entry.value, entry.suppressed) == (None, False), entry.code
        assert (entry.received, entry.awaited) == (0, 60)
    assert found["presence.taux"].fresh_on is None


def test_a_session_without_its_sheet_is_out_of_both_counts(demo_copy, scope_for):
    codes = ["presence", "heures", "satisfaction", "remplissage"]
    with writing(demo_copy) as session:
        full = read_board(session, scope_for, codes)
        held = session.exec(
            select(TrainingSession)
            .where(TrainingSession.on <= FROZEN)
            .order_by(TrainingSession.on.desc())
        ).first()
        mine = select(SeatEvent).where(SeatEvent.session_id == held.id)
        last = {event.seat_id: event for event in session.exec(mine).all()}
        seats = [e for e in last.values() if e.status in BOOKED]
        hours = sum(e.hours for e in seats)
        untyped(session, held.id)
    less = read_with(demo_copy, read_board, scope_for, codes)
    assert less["presence.taux"].denominator == full["presence.taux"].denominator - len(seats)
    assert less["heures"].numerator == pytest.approx(full["heures"].numerator - hours)
    assert less["remplissage"] == full["remplissage"]
    assert less["satisfaction.taux"].n < full["satisfaction.taux"].n
    assert (less["presence.taux"].received, less["presence.taux"].awaited) == (59, 60)


def test_nobody_on_the_waiting_list_is_said(demo_copy, scope_for):
    with writing(demo_copy) as session:
        part = read_board(session, scope_for, ["attente"], direction="AD-MOB")["attente"]
        for event in session.exec(select(SeatEvent)).all():
            if event.status == SeatState.waiting:
                event.status = SeatState.cancelled
                session.add(event)
    entry = read_with(demo_copy, read_board, scope_for, ["attente"])["attente"]
    assert (part.value, part.suppressed) == (entry.value, entry.suppressed) == (0, False)


@pytest.mark.slow
def test_two_days_of_a_month_cannot_be_subtracted(sqlite_demo, scope_for):
    """Counts of persons stand at the last month end, so that one day's difference names nobody."""
    with reading(sqlite_demo) as session:
        days = [
            read_board(
                session,
                scope_for,
                ["idees", "formation", "presence", "heures", "ambassadeurs-actifs"],
                au=on,
            )
            for on in ("2023-05-31", "2023-06-01", "2023-06-29")
        ]
    for code in ("idees.auteurs", "formation", "presence.taux", "heures", "ambassadeurs-actifs"):
        assert len({(found[code].numerator, found[code].denominator) for found in days}) == 1, code


def test_an_average_of_fewer_than_ten_answers_is_hidden(sqlite_copy, scope_for):
    day = date(2023, 5, 31)
    add_rows(
        sqlite_copy,
        Measure(figure="bien-etre.favorable", on=day, recorded_on=day, value=61.0, n=9),
        Measure(figure="bien-etre.enps", on=day, recorded_on=day, value=12.0, n=10),
    )
    found = read_with(sqlite_copy, read_board, scope_for, ["bien-etre"])
    assert found["bien-etre.favorable"].suppressed and found["bien-etre.favorable"].value is None
    assert (found["bien-etre.enps"].value, found["bien-etre.enps"].n) == (12, 10)


# --- targets and status ---------------------------------------------------------------------------


def test_the_status_compares_with_what_was_expected_at_that_day(sqlite_copy, scope_for):
    """A target decided later, or imposed later, says nothing of an earlier day; the last
    decision is the one that holds.
    """
    with writing(sqlite_copy) as session:
        for target in session.exec(select(Target).where(Target.figure == "avancement")).all():
            session.delete(target)
        common = {
            "figure": "avancement",
            "kind": "hausse",
            "baseline": 0.0,
            "baseline_on": date(2021, 1, 1),
        }
        for decided, for_date, value in (
            (date(2021, 1, 1), date(2022, 12, 31), 50.0),
            (date(2023, 1, 1), date(2023, 12, 31), 100.0),
            (date(2023, 4, 1), date(2023, 12, 31), 90.0),
        ):
            session.add(
                Target(on=decided, recorded_on=decided, for_date=for_date, value=value, **common)
            )
    with reading(sqlite_copy) as session:
        early = read_board(session, scope_for, ["avancement"], au="2022-06-30")["avancement"]
        spring = read_board(session, scope_for, ["avancement"], au="2023-03-31")["avancement"]
        summer = read_board(session, scope_for, ["avancement"])["avancement"]
    assert (early.target, spring.target, summer.target) == (50, 100, 90)
    assert early.expected == pytest.approx(50 * 545 / 729)
    assert spring.expected == pytest.approx(50 + 50 * 90 / 365)
    assert summer.expected == pytest.approx(50 + 40 * 181 / 365)
    assert early.value == pytest.approx(35.2, abs=0.05), "above nine tenths of 37.4, below it"
    assert [e.status for e in (early, spring, summer)] == [
        Health.watch,
        Health.on_track,
        Health.on_track,
    ]
    assert early.attainment == pytest.approx(100 * early.value / 50)


def test_an_override_holds_from_its_day_until_it_lapses(sqlite_copy, scope_for):
    add_rows(
        sqlite_copy,
        Override(
            subject="figure:avancement",
            status=Health.paused,
            on=date(2023, 2, 1),
            recorded_on=date(2023, 2, 1),
            until=date(2023, 4, 30),
            reason="réserve du CODIR",
        ),
    )
    with reading(sqlite_copy) as session:
        status = {
            on: read_board(session, scope_for, ["avancement"], au=on)["avancement"].status
            for on in ("2023-01-31", "2023-02-01", "2023-04-30", "2023-05-01")
        }
    assert status["2023-02-01"] == status["2023-04-30"] == Health.paused
    assert Health.paused not in (status["2023-01-31"], status["2023-05-01"])


def test_a_status_imposed_on_a_workstream_is_the_one_of_its_figure(demo_copy, cast, scope_for):
    write_with(
        demo_copy,
        impose,
        cast.didier,
        "chantier:2",
        Health.no_data,
        "Porteur absent",
        date(2023, 9, 30),
    )
    with reading(demo_copy) as session:
        found = read_board(session, scope_for, ["avancement-chantier"], direction="VC")
        state = workstream_states(whole_roadmap(session), FROZEN)[1]
    entry = found["avancement-chantier.2"]
    assert entry.status == state.verdict.health == Health.no_data and entry.imposed
    with pytest.raises(Refused), writing(demo_copy) as session:
        subject = "figure:avancement-chantier.2"
        impose(session, cast.didier, subject, Health.watch, "Non", date(2023, 9, 30))


def test_a_workstream_tells_what_its_milestones_have_of_their_plan(demo):
    """Workstream 6 on the frozen day: 6.1, 6.2 and 6.3 done, 6.4 at half of what is due, 6.6 not
    begun, 6.5 cancelled.
    """
    with reading(demo) as session:
        states = workstream_states(whole_roadmap(session), FROZEN)
        first = workstream_states(whole_roadmap(session), date(2021, 1, 1))[5]
    assert (states[5].of_plan, states[5].planned_for) == (87.5, 4)
    assert all(s.of_plan <= 100 for s in states)
    assert (first.of_plan, first.planned_for) == (None, 0)


def test_before_the_first_milestone_begins_nothing_is_on_track(demo, scope_for):
    with reading(demo) as session:
        states = workstream_states(whole_roadmap(session), date(2021, 1, 1))
        first = read_board(session, scope_for, au="2021-01-01")
        begun = read_board(session, scope_for, ["avancement"], au="2021-06-01")["avancement"]
    assert {(s.verdict.health, s.months) for s in states} == {(Health.upcoming, None)}
    told = three_sentences(first, states, waiting([], first.scope.on, 0, 0), first.scope.on)
    assert told[0].endswith("janvier 2021, aucun jalon n'a encore commencé.")
    assert {e.status for e in first.entries} == {None, Health.upcoming}
    assert first["ecart.points"].status == Health.upcoming != begun.status


# --- what is counted, to the letter ---------------------------------------------------------------


def test_a_point_about_a_group_is_no_proposition_before_the_group_submits_it(demo_copy, scope_for):
    with writing(demo_copy) as session:
        before = read_board(session, scope_for, ["groupes-adoption"])["groupes-adoption"]
        by_code = {g.code: g.id for g in session.exec(select(ProgressGroup)).all()}
        decided = session.exec(select(Decision).where(Decision.number == 1)).one()
        for group in ("G04", "G09"):
            session.add(
                Link(
                    id=random_id(FROZEN),
                    from_kind="groupe",
                    from_key=group,
                    to_kind="decision",
                    to_key=str(decided.id),
                    on=FROZEN,
                )
            )
    after = read_with(demo_copy, read_board, scope_for, ["groupes-adoption"])["groupes-adoption"]
    assert {"G04", "G09"} <= set(by_code) and before.denominator == 4
    assert (after.numerator, after.denominator) == (before.numerator, before.denominator)


def test_a_planned_meeting_is_no_fact_of_presence(demo_copy, scope_for):
    codes = ["presence-conseil", "managers"]
    with writing(demo_copy) as session:
        before = read_board(session, scope_for, codes)
        noted = session.exec(select(Attendance)).all()
        kinds = {m.id: m.kind for m in session.exec(select(Meeting)).all()}
        for kind in ("conseil", "managers"):
            meeting = Meeting(kind=kind, title="À venir")
            session.add(meeting)
            session.flush()
            session.add(
                MeetingEvent(
                    meeting_id=meeting.id,
                    what=MeetingState.planned,
                    day=date(2023, 7, 11),
                    on=FROZEN,
                    recorded_on=FROZEN,
                )
            )
    planned = read_with(demo_copy, read_board, scope_for, codes)
    last = max(a.on for a in noted if kinds[a.meeting_id] == "conseil")
    assert planned["presence-conseil"].fresh_on == before["presence-conseil"].fresh_on == last
    assert planned["managers"] == before["managers"]
    assert before["presence-conseil"].received == before["presence-conseil"].awaited
    with writing(demo_copy) as session:
        for attendance in session.exec(select(Attendance)).all():
            session.delete(attendance)
    silent = read_with(demo_copy, read_board, scope_for, codes)
    assert [(e.value, e.fresh_on, e.received) for e in silent.entries] == [(None, None, 0)] * 2


def test_a_workplace_with_few_persons_hides_the_other_too(sqlite_demo, scope_for):
    scope = read_with(sqlite_demo, scope_for, OPERATOR)
    services = [unit.id for unit in scope.tree.services()]
    many = {s: Share(frozenset(range(s * 100, s * 100 + 10)), 40) for s in services}
    whole = Point(FROZEN, 25.0)
    shown = split_by_workplace(
        whole, scope, parts_of(scope, share_of, many), frozenset(services[::2])
    )
    assert not any(point.suppressed for point in shown.values())
    # Both together are the whole, whatever hides it.
    both = split_by_workplace(
        Point.hidden(FROZEN), scope, parts_of(scope, share_of, many), frozenset(services[::2])
    )
    assert all(point.suppressed for point in both.values())
    few = many | {services[0]: Share(frozenset({1, 2, 3}), 40)}
    hidden = split_by_workplace(
        whole, scope, parts_of(scope, share_of, few), frozenset(services[:1])
    )
    assert all(p.suppressed and p.numerator is None for p in hidden.values())


# --- the past does not move -----------------------------------------------------------------------


def test_a_closed_service_leaves_the_chart_from_its_day(sqlite_copy, scope_for):
    """direction_place without parent closes a unit: it is no service to cover any more, and no
    address either.
    """
    closed = date(2023, 1, 1)
    with writing(sqlite_copy) as session:
        unit = session.exec(select(Direction).where(Direction.code == "VC-CUL-3")).one()
        session.add(
            DirectionPlace(direction_id=unit.id, on=closed, recorded_on=closed, parent_id=None)
        )
    with reading(sqlite_copy) as session:
        before, after = (
            read_board(session, scope_for, ["couverture"], au=on)["couverture"].denominator
            for on in ("2022-12-31", "2023-06-30")
        )
        assert (before, after) == (60, 59)
        assert [unit.code for unit in scope_for(session, OPERATOR).tree.children[None]] == ["ADM"]
        assert scope_for(session, OPERATOR, direction="VC-CUL-3").ignored
        assert not scope_for(session, OPERATOR, direction="VC-CUL-3", au="2022-12-31").ignored


def test_a_filing_moves_the_figures_at_once(demo_copy, cast, scope_for):
    """What a visitor of the demonstration files is dated on the frozen day, and counts there."""
    before = read_with(demo_copy, read_board, scope_for, ["idees", "reponse", "reponse.ancienne"])
    write_with(demo_copy, file_idea, cast.alice, checked_input(title="Une idée de plus"), "jeton")
    with reading(demo_copy) as session:
        after = read_board(session, scope_for, ["idees", "reponse", "reponse.ancienne"])
        assert (
            session.exec(select(Idea.status).where(Idea.title == "Une idée de plus")).one()
            == IdeaStatus.received
        )
    assert after["idees.pour-100"].numerator == before["idees.pour-100"].numerator + 1
    assert after["reponse.ouvertes"].value == before["reponse.ouvertes"].value + 1
    assert after["idees.non-attribuables"].value == before["idees.non-attribuables"].value
