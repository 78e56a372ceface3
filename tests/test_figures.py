"""The board; « Tel que connu alors »; deciding targets and imposing statuses; date probable, date
prudente.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies as st
from sqlmodel import Session, select
from support.transactions import (
    add_rows,
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN, STREAMS, in_turn

from dashboard import formulas
from dashboard.access import OPERATOR
from dashboard.actions.figures.targets import decide, impose, lift, withdraw
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.figures import REGISTRY, Point
from dashboard.figures.board import Board, board, changes, days_later
from dashboard.figures.forecast import announcements, backtest, forecasts, misses_from
from dashboard.figures.kinds import all_values, every_value
from dashboard.figures.persons import Share, parts_of, share_of, split_by_workplace
from dashboard.figures.sentences import three_sentences, waiting
from dashboard.figures.workstreams import earned_at, workstream_states
from dashboard.formulas import (
    FEWEST_SLIPS,
    announced_from_afar,
    bootstrap,
    day_drawn,
    day_reached,
    days_to_add,
    latest,
    past_miss,
    proposed_progress,
)
from dashboard.queries.academy.counts import TYPED
from dashboard.queries.roadmap import PlanAt, Roadmap, overrides, whole_roadmap
from dashboard.queries.targets import every_target, targets
from models.academy import TrainingSession
from models.communities import Community, Membership, MembershipEvent
from models.database import reading, writing
from models.decisions import Decision
from models.directions import Direction, DirectionPlace, Headcount
from models.discussions import Link
from models.facts import History, random_id
from models.groups import ProgressGroup
from models.idea_events import EventKind
from models.idea_states import Channel, IdeaKind, IdeaStatus
from models.ideas import Idea
from models.ledger import Change, Ledger, event_row
from models.meetings import Attendance, Meeting, MeetingEvent, MeetingState
from models.roadmap import (
    Health,
    Measure,
    MilestoneState,
    Override,
    Plan,
    PlanReport,
    PlanSchedule,
    Target,
    TargetKind,
    Workstream,
)
from models.seats import BOOKED, SeatEvent, SeatState
from models.texts import Invalid, Refused

# ── The board ─────────────────────────────────────────────────────────────────────────────────────
# Published check values, the past that does not move, small cells.

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


# ── « Tel que connu alors » ───────────────────────────────────────────────────────────────────────
# What is recorded later changes the figure at t, never what was known at t.

THEN = date(2023, 3, 31)
LATER = date(2023, 5, 15)


def told(session: Session, scope_for, codes=None, known: bool = False, **address) -> Board:
    return board(
        session, replace(scope_for(session, OPERATOR, **address), as_known_then=known), codes
    )


def both(
    session: Session, scope_for, code: str, on: date = THEN
) -> tuple[float | None, float | None]:
    """(the value at a day as corrected since, the value as it was known that day)."""
    figure = code.split(".")[0]
    return tuple(
        told(session, scope_for, [figure], known, au=on.isoformat())[code].value
        for known in (False, True)
    )


SEEN_FROM = [
    {"au": "2023-06-30"},
    {"au": "2023-03-31", "depuis": "2022-11-15"},
    {"au": "2022-11-15"},
    {"au": "2023-06-30", "direction": "VC-JSP"},
    {"au": "2022-08-17", "ambition": "modernisation"},
    {"au": "2021-01-01"},
]


@pytest.mark.slow
@pytest.mark.parametrize("demo,address", in_turn(SEEN_FROM), indirect=["demo"], ids=str)
def test_without_late_facts_both_are_the_same(demo, scope_for, address):
    with reading(demo) as session:
        assert (
            told(session, scope_for, known=True, **address).entries
            == told(session, scope_for, **address).entries
        )


def test_a_report_recorded_later_corrects_the_figure_and_not_what_was_known(demo_copy, scope_for):
    before = read_with(demo_copy, both, scope_for, "avancement")
    with writing(demo_copy) as session:
        milestone = next(
            m for m in whole_roadmap(session).at(THEN) if m.state == MilestoneState.under_way
        )
        session.add(
            PlanReport(
                plan_id=milestone.plan.id,
                on=THEN,
                recorded_on=LATER,
                state=MilestoneState.done,
                progress=100,
                actual_end=THEN,
                reason="PV retrouvé",
            )
        )
    with reading(demo_copy) as session:
        corrected, known = both(session, scope_for, "avancement")
        assert before[0] == before[1] == known < corrected
        assert (
            both(session, scope_for, "avancement", LATER)[0]
            >= both(session, scope_for, "avancement", LATER)[1] - 1e-9
        )
        assert (
            both(session, scope_for, "ecart.jalons")[0]
            > both(session, scope_for, "ecart.jalons")[1]
        )


def test_a_fact_voided_later_still_counted_then(demo_copy, scope_for):
    with writing(demo_copy) as session:
        last = session.exec(
            select(PlanReport).where(PlanReport.state == MilestoneState.done, PlanReport.on <= THEN)
        ).first()
        session.add(
            PlanReport(
                plan_id=last.plan_id,
                on=last.on,
                recorded_on=LATER,
                voids=last.id,
                state="",
                reason="Annoncé trop tôt",
            )
        )
    with reading(demo_copy) as session:
        then = next(m for m in whole_roadmap(session).at(THEN, THEN) if m.plan.id == last.plan_id)
        now = next(m for m in whole_roadmap(session).at(THEN) if m.plan.id == last.plan_id)
    assert then.state == MilestoneState.done and then.report.id == last.id
    assert now.state != MilestoneState.done


@pytest.mark.slow
@pytest.mark.parametrize("moment,counted", [(0, (1, 0)), (9, (1, 0)), (10, (1, 1)), (40, (1, 1))])
def test_an_idea_on_paper_counts_from_its_day_and_was_known_ten_days_later(
    demo_copy, scope_for, moment, counted
):
    filed = date(2023, 2, 20)
    address = {"au": (filed + timedelta(days=moment)).isoformat()}

    def values() -> list[tuple]:
        with reading(demo_copy) as session:
            boards = [
                told(session, scope_for, ["idees", "reponse", "reponse.ancienne"], known, **address)
                for known in (False, True)
            ]
        return [(b["idees.pour-100"].numerator, b["reponse.ouvertes"].value) for b in boards]

    before = values()
    write_with(demo_copy, on_paper, filed, filed + timedelta(days=10))
    assert values() == [
        (n + more, still + more) for (n, still), more in zip(before, counted, strict=True)
    ]


def on_paper(session: Session, filed: date, recorded: date) -> None:
    """An idea written on a sheet on `filed`, typed in on `recorded`."""
    idea = Idea(
        id=random_id(filed),
        number=987654321,
        kind=IdeaKind.idea,
        title="Sur papier",
        channel=Channel.paper,
        filed_on=filed,
        status=IdeaStatus.received,
    )
    session.add(idea)
    session.flush()
    ledger = Ledger(session)
    ledger.add(
        event_row(
            idea,
            id=random_id(filed),
            on=filed,
            recorded_on=recorded,
            seq=1,
            what=EventKind.filed,
            to_status=IdeaStatus.received,
        )
    )
    ledger.write()


@pytest.mark.slow
def test_members_headcounts_measures_and_trainings_recorded_later_were_not_known(
    demo_copy, scope_for
):
    codes = ("couverture", "idees.pour-100", "citoyens.delai", "formation")
    with reading(demo_copy) as session:
        before = {code: both(session, scope_for, code) for code in codes}
    assert all(value[0] == value[1] for value in before.values())
    with writing(demo_copy) as session:
        scope = scope_for(session, OPERATOR)
        tell_late(session, scope)
    with reading(demo_copy) as session:
        after = {code: both(session, scope_for, code) for code in codes}
    assert {code: value[1] for code, value in after.items()} == {
        code: value[1] for code, value in before.items()
    }
    assert all(after[code][0] != before[code][0] for code in codes), after


def tell_late(session: Session, scope) -> None:
    """A member, a headcount, a measure, and trainings that are taken back: all of them recorded
    in May.
    """
    covered = {e.service_id for e in session.exec(select(MembershipEvent)).all()}
    free = next(unit.id for unit in scope.tree.services() if unit.id not in covered)
    member = session.exec(
        select(Membership).where(Membership.community == Community.ambassadors)
    ).first()
    session.add(
        MembershipEvent(
            membership_id=member.id,
            person_id=member.person_id,
            community=Community.ambassadors,
            service_id=free,
            own=False,
            on=THEN,
            recorded_on=LATER,
        )
    )
    session.add(
        Headcount(service_id=free, agents=900, without_computer=0, on=THEN, recorded_on=LATER)
    )
    session.add(
        Measure(
            figure="citoyens.delai", value=12, n=500, source="enquête", on=THEN, recorded_on=LATER
        )
    )
    first = session.exec(select(SeatEvent).where(SeatEvent.on <= THEN)).all()[:40]
    session.add_all(
        [
            SeatEvent(
                seat_id=e.seat_id,
                training_id=e.training_id,
                service_id=e.service_id,
                session_id=e.session_id,
                person_id=e.person_id,
                status=e.status,
                on=e.on,
                recorded_on=LATER,
                voids=e.id,
            )
            for e in first
        ]
    )
    session.flush()


def test_a_target_or_a_status_decided_since_was_not_known(demo_copy, scope_for):
    with writing(demo_copy) as session:
        session.add(
            Target(
                figure="avancement",
                kind="hausse",
                for_date=date(2023, 6, 30),
                value=95,
                on=THEN,
                recorded_on=LATER,
            )
        )
        session.add(
            Override(
                subject="figure:avancement",
                status="en-difficulte",
                until=FROZEN,
                on=THEN,
                recorded_on=LATER,
            )
        )
    with reading(demo_copy) as session:
        now, then = (
            told(session, scope_for, ["avancement"], known, au="2023-03-31")["avancement"]
            for known in (False, True)
        )
    assert (now.target, then.target) == (95, 88)
    assert now.status == "en-difficulte" != then.status


def test_every_figure_says_which_facts_it_is_made_of():
    assert [figure.code for figure in REGISTRY.values() if not figure.facts] == []


# ── Deciding targets and imposing statuses ────────────────────────────────────────────────────────
# Who may, what is refused and where it is said, and what the figures then expect.

DECLARED = all_values()
NEXT_YEAR = date(2023, 12, 31)
WANTED = {"for_date": NEXT_YEAR, "value": 85, "reason": "Le CODIR vise plus haut"}


def chosen(engine, who, code: str = "reponse.tenue", **other) -> None:
    write_with(engine, decide, who, DECLARED[code], Target(**WANTED | other))


def standing(engine, code: str = "reponse.tenue", on: date = FROZEN) -> list[Target]:
    return read_with(engine, targets, on).get(code, [])


def entry(session: Session, scope_for, code: str, **address):
    return board(session, scope_for(session, OPERATOR, **address), [code.split(".")[0]])[code]


# --- targets --------------------------------------------------------------------------------------


def test_a_new_target_changes_what_is_expected_from_its_day_and_not_before(
    demo_copy, cast, scope_for
):
    with reading(demo_copy) as session:
        was = {
            on: entry(session, scope_for, "reponse.tenue", au=on)
            for on in ("2023-06-29", "2023-06-30")
        }
    chosen(demo_copy, cast.didier)
    with reading(demo_copy) as session:
        now = {
            on: entry(session, scope_for, "reponse.tenue", au=on)
            for on in ("2023-06-29", "2023-06-30")
        }
        change = session.exec(select(Change).where(Change.subject == "cible")).one()
    assert now["2023-06-29"] == was["2023-06-29"]
    assert (was["2023-06-30"].target, now["2023-06-30"].target) == (90, 85)
    assert now["2023-06-30"].expected == pytest.approx(75 + 10 * 181 / 365)
    assert (change.by, change.record, change.field, change.before, change.after) == (
        cast.didier.person_id,
        "reponse.tenue · 31/12/2023",
        "value",
        "90.0",
        "85",
    )


def test_decided_twice_on_one_day_the_second_replaces_the_first(demo_copy, cast):
    chosen(demo_copy, cast.didier)
    chosen(demo_copy, cast.didier, value=88, reason="Une faute de frappe")
    made = [
        t
        for t in read_with(demo_copy, every_target)
        if t.figure == "reponse.tenue" and t.on == FROZEN
    ]
    assert [t.value for t in made] == [85, 88] and made[1].voids == made[0].id
    assert [t.value for t in standing(demo_copy)] == [75, 88]


def test_a_withdrawn_target_leaves_the_one_decided_for_another_day(demo_copy, cast, scope_for):
    last = standing(demo_copy)[-1]
    write_with(demo_copy, withdraw, cast.didier, last.id, "Cible abandonnée")
    assert [t.for_date for t in standing(demo_copy)] == [date(2022, 12, 31)]
    assert [t.for_date for t in standing(demo_copy, on=date(2023, 6, 29))] == [
        date(2022, 12, 31),
        NEXT_YEAR,
    ]
    refusal(demo_copy, withdraw, cast.didier, last.id, "Encore", match="en vigueur")
    assert read_with(demo_copy, entry, scope_for, "reponse.tenue").expected == 75


@pytest.mark.parametrize(
    "code,field,wrong",
    [
        ("reponse.tenue", "for_date", {"for_date": None}),
        ("reponse.tenue", "for_date", {"for_date": date(2020, 12, 31)}),
        ("reponse.tenue", "for_date", {"for_date": date(2023, 6, 29)}),
        ("reponse.tenue", "value", {"value": None}),
        ("reponse.tenue", "value", {"value": -0.1}),
        ("reponse.tenue", "value", {"value": 100.1}),
        ("reponse.tenue", "value", {"value": float("nan")}),
        ("reponse.mediane", "value", {"value": -1}),
        ("satisfaction.nps", "value", {"value": 101}),
        ("reponse.tenue", "upper", {"upper": 95.0}),
        ("remplissage", "upper", {"value": 75}),
        ("remplissage", "upper", {"value": 80, "upper": 80}),
        ("remplissage", "upper", {"value": 0, "upper": 80}),
        ("remplissage", "upper", {"value": 80, "upper": 120}),
        ("couverture", "baseline", {"baseline": -3, "baseline_on": date(2022, 6, 1)}),
        ("couverture", "baseline", {"baseline": 85, "baseline_on": date(2022, 6, 1)}),
        (
            "couverture",
            "baseline",
            {"baseline": 10, "baseline_on": date(2022, 6, 1), "for_date": date(2024, 6, 30)},
        ),
        ("reponse.tenue", "baseline_on", {"baseline": 10}),
        ("reponse.tenue", "baseline_on", {"baseline_on": date(2022, 1, 1)}),
        ("reponse.tenue", "baseline_on", {"baseline": 10, "baseline_on": NEXT_YEAR}),
        ("reponse.tenue", "baseline_on", {"baseline": 10, "baseline_on": date(2020, 1, 1)}),
        ("reponse.tenue", "reason", {"reason": " \u202e "}),
        ("reponse.tenue", "reason", {"reason": "é" * 501}),
    ],
)
def test_what_cannot_be_a_target_is_said_beside_its_field(sqlite_copy, cast, code, field, wrong):
    before = standing(sqlite_copy, code)
    with pytest.raises(Invalid) as error:
        chosen(sqlite_copy, cast.didier, code, **wrong)
    assert list(error.value.errors) == [field]
    assert error.value.errors[field].endswith(".")
    assert standing(sqlite_copy, code) == before


@pytest.mark.parametrize(
    "code", ["reponse.ouvertes", "idees.pour-100", "ecart.mois", "ecart.points"]
)
def test_a_figure_that_is_followed_or_read_by_thresholds_takes_no_target(sqlite_copy, cast, code):
    refuses(chosen, sqlite_copy, cast.didier, code)


def test_a_range_holds_its_two_bounds(demo_copy, cast, scope_for):
    chosen(demo_copy, cast.didier, "remplissage", value=70, upper=90)
    last = standing(demo_copy, "remplissage")[-1]
    assert (last.kind, last.value, last.upper) == (TargetKind.range, 70, 90)


# --- statuses -------------------------------------------------------------------------------------

UNTIL = date(2023, 9, 30)


def by_hand(
    engine,
    who,
    subject="figure:avancement",
    status=Health.on_track,
    reason="Vu en CODIR",
    until=UNTIL,
) -> None:
    write_with(engine, impose, who, subject, status, reason, until)


def test_an_imposed_status_shows_until_it_lapses_or_is_lifted(demo_copy, cast, scope_for):
    by_rule = read_with(demo_copy, entry, scope_for, "avancement").status
    by_hand(demo_copy, cast.elise, status=Health.trouble)
    with reading(demo_copy) as session:
        assert entry(session, scope_for, "avancement").status == "en-difficulte" != by_rule
        assert "figure:avancement" in overrides(session, UNTIL)
        assert "figure:avancement" not in overrides(session, UNTIL + timedelta(days=1))
    write_with(demo_copy, lift, cast.didier, "figure:avancement")
    with reading(demo_copy) as session:
        assert entry(session, scope_for, "avancement").status == by_rule
        journal = session.exec(
            select(Change).where(Change.subject == "statut").order_by(Change.id)
        ).all()
    assert [(c.by, c.after is None) for c in journal] == [
        (cast.elise.person_id, False),
        (cast.didier.person_id, True),
    ]
    refusal(demo_copy, lift, cast.didier, "figure:avancement", match="Aucun")


def test_a_second_status_replaces_the_first_for_good(demo_copy, cast):
    """The first one lasts longer: it must not come back when the second lapses."""
    by_hand(demo_copy, cast.elise, status=Health.trouble, until=date(2024, 6, 30))
    by_hand(demo_copy, cast.didier, status=Health.watch, until=UNTIL)
    with reading(demo_copy) as session:
        assert overrides(session, FROZEN)["figure:avancement"].status == Health.watch
        assert overrides(session, UNTIL + timedelta(days=1)) == {}


def test_a_figures_status_says_nothing_of_a_part(sqlite_copy, cast, scope_for):
    part = read_with(sqlite_copy, entry, scope_for, "echeances", direction="VC").status
    by_hand(sqlite_copy, cast.elise, "figure:echeances", Health.no_data)
    with reading(sqlite_copy) as session:
        assert entry(session, scope_for, "echeances", direction="VC").status == part
        assert entry(session, scope_for, "echeances").status == "sans-donnee"


@pytest.mark.parametrize(
    "field,wrong",
    [
        ("status", {"status": "atteint"}),
        ("status", {"status": "parfait"}),
        ("reason", {"reason": "  "}),
        ("reason", {"reason": "é" * 501}),
        ("until", {"until": None}),
        ("until", {"until": FROZEN}),
        ("until", {"until": date(2024, 7, 1)}),
    ],
)
def test_a_status_needs_a_reason_and_an_end(sqlite_copy, cast, field, wrong):
    assert list(errors_of(by_hand, sqlite_copy, cast.elise, **wrong)) == [field]
    assert select_all(sqlite_copy, select(Override)) == []


@pytest.mark.parametrize(
    "subject", ["figure:rien", "jalon:99.9", "chantier:7", "chantier:²", "avancement", "", "idee:1"]
)
def test_a_status_of_nothing_is_refused(sqlite_copy, cast, subject):
    refuses(by_hand, sqlite_copy, cast.elise, subject, match="n'existe pas")


# --- the formulae ---------------------------------------------------------------------------------

numbers = st.floats(-1000, 1000).map(lambda x: round(x, 3))
days = st.dates(date(2021, 1, 1), date(2025, 12, 31))


@given(numbers, numbers, days, days)
def test_the_required_pace_reaches_the_target_exactly(value, target, on, for_date):
    pace = formulas.required_pace(value, target, on, for_date)
    if for_date <= on:
        assert pace is None
    else:
        months = formulas.months_between(on + timedelta(days=1), for_date)
        assert value + pace * months == pytest.approx(target, abs=1e-6)


# ── Date probable, date prudente ──────────────────────────────────────────────────────────────────
# From past slips, known at the day, never before it, always the
# same; and honestly tested.
#
# Pure formulae under invented pasts, then the demonstration: its slips are published
# (demonstration,
# 30/06/23).

START, TODAY = date(2021, 1, 1), date(2023, 6, 30)
forecast_days = st.dates(START, date(2025, 12, 31))
slips = st.lists(st.integers(-60, 400), min_size=FEWEST_SLIPS, max_size=40)


def dates(announced: date, past: list[int], on: date = TODAY) -> tuple[date | None, date | None]:
    drawn = bootstrap(announced, past, on, "1.1")
    return day_reached(drawn, 0.5), day_reached(drawn, 0.8)


# --- the formulae ---------------------------------------------------------------------------------


@given(forecast_days, slips)
def test_probable_comes_before_prudent_and_neither_before_today(announced, past):
    probable, prudent = dates(announced, past)
    assert TODAY <= probable <= prudent


@given(forecast_days, slips, st.sampled_from([0.5, 0.8]))
def test_a_day_is_drawn_as_from_all_draws(announced, past, share):
    every = bootstrap(announced, past, TODAY, "1.1")
    assert day_drawn(announced, past, TODAY, "1.1", share) == day_reached(every, share)


@given(forecast_days, slips)
def test_the_same_past_gives_the_same_dates(announced, past):
    assert dates(announced, past) == dates(announced, list(reversed(past)))


@given(forecast_days, slips, st.lists(st.integers(0, 200), min_size=40, max_size=40))
def test_later_slips_give_later_dates(announced, past, later):
    worse = [slip + more for slip, more in zip(sorted(past), later, strict=False)]
    assert all(a <= b for a, b in zip(dates(announced, past), dates(announced, worse), strict=True))


@given(forecast_days, st.lists(st.integers(-60, 400), max_size=FEWEST_SLIPS - 1))
def test_below_five_past_slips_nothing_is_said(announced, past):
    assert dates(announced, past) == (None, None)


@given(st.lists(slips, min_size=1, max_size=5))
def test_a_workstream_ends_with_the_latest_of_its_milestones(pasts):
    draws = [bootstrap(TODAY, past, TODAY, f"2.{i}") for i, past in enumerate(pasts)]
    whole = latest(draws)
    for share in (0.5, 0.8):
        assert day_reached(whole, share) >= max(day_reached(drawn, share) for drawn in draws)


def test_a_lone_past_slip_moves_the_date_by_itself():
    assert dates(date(2023, 9, 30), [31] * 5) == (date(2023, 10, 31), date(2023, 10, 31))
    assert dates(date(2023, 3, 31), [10] * 5) == (
        date(2023, 7, 10),
        date(2023, 7, 10),
    ), "an announced day gone by is today"
    assert dates(date(2023, 7, 5), [-60] * 5) == (TODAY, TODAY)


HISTORY = [(date(2022, 1, 1), date(2022, 6, 30)), (date(2022, 6, 1), date(2022, 9, 30))]


@pytest.mark.parametrize(
    "distance,announced",
    [
        (365, date(2022, 6, 30)),  # the furthest it ever was: what it said first
        (90, date(2022, 6, 30)),
        (30, date(2022, 6, 30)),
        (12, date(2022, 9, 30)),  # it moved before it came that near
        (0, None),
    ],
)  # done before the announced day
def test_the_announced_day_is_the_one_said_at_the_same_distance(distance, announced):
    assert announced_from_afar(HISTORY, distance, until=date(2022, 9, 20)) == announced


def test_a_miss_is_known_once_done_or_once_the_day_has_passed():
    assert past_miss(HISTORY, 90, actual=date(2022, 9, 20), on=TODAY) == 82
    assert past_miss(HISTORY, 90, actual=None, on=date(2022, 6, 15)) is None, (
        "30 June is still to come"
    )
    assert past_miss(HISTORY, 90, actual=None, on=date(2022, 7, 15)) == 92, (
        "it announces 30 September now"
    )
    assert past_miss(HISTORY, 90, actual=None, on=date(2022, 12, 31)) == 184, (
        "and that has passed too"
    )


@given(st.lists(st.tuples(forecast_days, st.integers(-60, 400)), min_size=5, max_size=40))
def test_put_off_so_the_past_dates_hold_what_they_promise(past):
    given = [
        (end, done if (done := end + timedelta(days=late)) <= TODAY else None)
        for end, late in past
        if end + timedelta(days=late) <= TODAY or end <= TODAY
    ]
    if len(given) < FEWEST_SLIPS:
        return
    added = days_to_add(given, len(given), 0.8, TODAY)
    come = [(end, done) for end, done in given if end + timedelta(days=added) <= TODAY]
    held = [done for end, done in come if done and (done - end).days <= added]
    assert added >= 0
    assert (
        not any(done for _, done in given)
        or not come
        or len(held) >= 0.8 * len(come)
        or (added == max((done or TODAY) - end for end, done in given).days)
    )


# --- progress -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value,threshold,ladder,progress",
    [
        (64, 80, True, 75),
        (80, 80, True, 100),
        (200, 80, True, 100),
        (0, 80, True, 0),
        (19, 80, True, 0),
        (20, 80, True, 25),
        (None, 80, True, None),
        (69.9, 70, False, 0),
        (70, 70, False, 100),
        (-5, 80, True, 0),
    ],
)
def test_a_figure_proposes_the_step_it_has_reached(value, threshold, ladder, progress):
    assert proposed_progress(value, threshold, ladder) == progress


# ------------------------------------------------------------


def invented(reports: list[tuple[date, str, date]]) -> Roadmap:
    """Eight milestones of one workstream, done one after the other by these (day, state, date)
    reports.
    """
    milestones = range(1, 9)
    schedules = [
        PlanSchedule(
            id=i,
            plan_id=i,
            on=START,
            recorded_on=START,
            start=START,
            end=date(2022, 1, 31) + timedelta(days=30 * i),
        )
        for i in milestones
    ]
    told = []
    for n, (on, state, end) in enumerate(reports):
        days_told = {"actual_end": on} if state == MilestoneState.done else {"forecast_end": end}
        told.append(
            PlanReport(
                id=100 + n, plan_id=n % 8 + 1, on=on, recorded_on=on, state=state, **days_told
            )
        )
    return Roadmap(
        (Workstream(id=1, code="a", name="A", short_name="A"),),
        tuple(Plan(id=i, number=f"1.{i}", title="", workstream_id=1) for i in milestones),
        History(PlanSchedule, schedules),
        History(PlanReport, told),
    )


reports = st.lists(
    st.tuples(
        st.dates(START, date(2024, 12, 31)),
        st.sampled_from([MilestoneState.under_way, MilestoneState.done]),
        forecast_days,
    ),
    max_size=40,
)


@settings(max_examples=15)
@given(reports)
@pytest.mark.slow
def test_facts_added_later_change_nothing_at_an_earlier_day(told):
    everything, before = invented(told), invented(told)
    for of_one in before.reports.facts.values():
        of_one[:] = [report for report in of_one if report.on <= TODAY]
    assert forecasts(everything, TODAY) == forecasts(before, TODAY)
    assert backtest(everything, TODAY) == backtest(before, TODAY)
    assert earned_at(everything.at(TODAY)) == earned_at(before.at(TODAY))


# --- the demonstration ----------------------------------------------------------------------------


def known_in(engine) -> Roadmap:
    return read_with(engine, whole_roadmap)


def by_number(known: Roadmap, on: date = FROZEN) -> dict[str, PlanAt]:
    return {m.plan.number: m for m in known.at(on)}


def test_the_forecasts_of_the_demonstration_are_the_same_everywhere(demo):
    """Golden: 29 milestones done and 4 overdue stand behind each date; 2.5 announces 30/09/2023
    for the third time.
    """
    known = known_in(demo)
    found, milestones = forecasts(known, FROZEN), by_number(known)
    assert sorted(m.plan.number for m in milestones.values() if m.plan.id in found.milestones) == [
        "1.7",
        "1.8",
        "2.5",
        "2.6",
        "2.7",
        "2.8",
        "3.6",
        "4.6",
        "4.7",
        "4.8",
        "5.6",
        "5.8",
        "6.4",
        "6.6",
    ]
    one = found.milestones[milestones["2.5"].plan.id]
    assert (one.probable, one.prudent, one.n) == (date(2023, 12, 5), date(2024, 1, 27), 33)
    assert (found.whole.probable, found.whole.prudent, found.whole.n) == (
        date(2024, 7, 16),
        date(2024, 9, 30),
        33,
    )
    for stream, end in found.workstreams.items():
        own = [
            found.milestones[m.plan.id]
            for m in milestones.values()
            if m.plan.workstream_id == stream and m.plan.id in found.milestones
        ]
        assert end.probable >= max(each.probable for each in own)
        assert end.prudent >= max(each.prudent for each in own)


def test_early_in_the_programme_nothing_is_said(sqlite_demo):
    found = forecasts(known_in(sqlite_demo), date(2021, 9, 30))
    assert len(found.slips) == 1
    assert {(end.probable, end.prudent) for end in found.milestones.values()} == {(None, None)}
    assert found.whole.probable is None


def test_what_was_announced_is_told_day_after_day(sqlite_demo):
    known = known_in(sqlite_demo)
    milestones = by_number(known)
    assert announcements(known, milestones["2.5"], FROZEN).dates == (
        (START, date(2022, 12, 31)),
        (date(2022, 9, 30), date(2023, 3, 31)),
        (date(2023, 2, 28), date(2023, 6, 30)),
        (date(2023, 5, 31), date(2023, 9, 30)),
    )
    # Revised and reported on one day: the report has the last word.
    assert [end for _, end in announcements(known, milestones["5.8"], FROZEN).dates] == [
        date(2023, 6, 30),
        date(2023, 9, 30),
    ]


def test_overdue_milestones_count_among_the_past_slips(sqlite_demo):
    """Without them only those that ended well would speak."""
    known = known_in(sqlite_demo)
    every = [announcements(known, m, FROZEN) for m in known.at(FROZEN) if m.is_counted]
    done = [one for one in every if one.at.actual_end]
    assert len(misses_from(done, 92, FROZEN)) == 29
    assert len(misses_from(every, 92, FROZEN)) == 33


def test_the_backtest_says_honestly_how_past_dates_held(demo):
    """Of the prudent dates of the demonstration four out of five held, as they promise. Those of its
    probable ones are told as they are: its delays grew faster than a median follows.
    """
    found = backtest(known_in(demo), FROZEN)
    assert (found.prudent.numerator, found.prudent.denominator) == (104, 132)
    assert (found.probable.numerator, found.probable.denominator) == (70, 173)
    assert found.milestones == 26
    assert sum(half.prudent.denominator for half in found.halves) == found.prudent.denominator
    assert [half.half for half in found.halves] == ["S1 2022", "S2 2022", "S1 2023"]


def test_what_moved_since_march(sqlite_demo):
    roadmap = known_in(sqlite_demo)
    march, later = date(2023, 3, 31), roadmap.at(FROZEN)
    found = changes(roadmap.at(march), later, (), march, FROZEN)
    before, after = next(pair for pair in found.slipped if pair[1].plan.number == "1.7")
    assert days_later(before, after) == 122 and before.state == after.state
    moved = {b.plan.number: [a.state, b.state] for a, b in found.moved}
    assert moved["5.7"] == [MilestoneState.under_way, MilestoneState.done]
    assert "2.7" not in moved, "silent since February"
    same = changes(later, later, (), FROZEN, FROZEN)
    assert not (same.moved or same.slipped or same.stale)
