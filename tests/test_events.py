"""Why a curve moved: the events of a figure are those that a plain SQL finds, as of any day and as
known then; a curve gets at most a dozen marks, with the same numbers in the list.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select
from support.transactions import add_rows, read_with, select_all, select_one
from support.troupe import FROZEN, scope_at

from dashboard.access import OPERATOR
from dashboard.charts import figures as s_curves
from dashboard.charts.figures import with_events
from dashboard.figures.kinds import Reads, figure_of, value_of
from dashboard.figures.reasons import events
from dashboard.queries.figures.events import Event, EventKind
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.directions import Direction, DirectionPlace, Headcount
from models.discussions import Link
from models.facts import random_id
from models.ledger import Change
from models.meetings import MeetingEvent, MeetingState
from models.roadmap import Plan, PlanSchedule, Target, TargetKind

DAYS = (date(2022, 6, 30), date(2023, 1, 31), FROZEN)
LATE = date(2023, 2, 20)

# Facts of a table that count at :on and, with :known, were recorded by then.
_LIVE = """(f."on" <= :on AND (:known = 0 OR f.recorded_on <= :on) AND NOT EXISTS (
    SELECT 1 FROM {0} v WHERE v.voids = f.id AND v."on" <= :on
    AND (:known = 0 OR v.recorded_on <= :on)))"""
_TARGETS = f"""SELECT f."on", 'cible', '{{code}}' FROM target f
    WHERE f.figure = '{{code}}' AND {_LIVE.format("target")}"""
_REVISIONS = f"""SELECT f."on", 'calendrier', p.number
    FROM plan_schedule f JOIN plan p ON p.id = f.plan_id WHERE p.level = 'jalon'
    AND f.voids IS NULL AND {_LIVE.format("plan_schedule")} AND ({{streams}}) AND EXISTS (
        SELECT 1 FROM plan_schedule e WHERE e.plan_id = f.plan_id AND (e."on" < f."on"
        OR (e."on" = f."on" AND e.id < f.id)) AND {_LIVE.format("plan_schedule").replace("f.", "e.")})
    """
_MEETINGS = f"""SELECT f.day, 'reunion', CAST(m.id AS VARCHAR)
    FROM meeting_event f JOIN meeting m ON m.id = f.meeting_id WHERE m.kind = '{{kind}}'
    AND f.what = 'tenue' AND {_LIVE.format("meeting_event")} AND f.day <= :on"""
_DECISIONS = f"""SELECT f."on", 'decision', CAST(d.number AS VARCHAR)
    FROM decision_event f JOIN decision d ON d.id = f.decision_id
    WHERE f.what = 'decidee' AND {_LIVE.format("decision_event")} AND ({{about}})"""
_LINKED = """EXISTS (SELECT 1 FROM link l WHERE l."on" <= :on AND l.ended_on IS NULL AND (
    (l.to_kind = 'decision' AND l.to_key = CAST(d.id AS VARCHAR) AND l.from_kind IN {0})
    OR (l.from_kind = 'decision' AND l.from_key = CAST(d.id AS VARCHAR) AND l.to_kind IN {0})))"""
_ORGANISATION = {
    table: f"""SELECT DISTINCT f."on", 'organisation', '{table}' FROM {table} f
    WHERE {_LIVE.format(table)}"""
    for table in ("headcount", "direction_place")
}
_IMPORTS = """SELECT "on", 'import', record FROM change
    WHERE subject = 'import' AND record IN {0} AND "on" <= :on"""

EXPECTED = {
    "avancement": [
        _TARGETS.format(code="avancement"),
        _REVISIONS.format(streams="1 = 1"),
        _MEETINGS.format(kind="copilotage"),
        _DECISIONS.format(about=_LINKED.format("('jalon')")),
        _IMPORTS.format("('jalon')"),
    ],
    "avancement-chantier.5": [
        _TARGETS.format(code="avancement-chantier.5"),
        _REVISIONS.format(streams="p.workstream_id = 5"),
        _IMPORTS.format("('jalon')"),
    ],
    "decisions.taux": [
        _TARGETS.format(code="decisions.taux"),
        _MEETINGS.format(kind="conseil"),
        _DECISIONS.format(about="1 = 1"),
    ],
    "idees.pour-100": [
        _MEETINGS.format(kind="ambassadeurs"),
        _DECISIONS.format(about=_LINKED.format("('idee')")),
        *_ORGANISATION.values(),
        _IMPORTS.format("('idée', 'commentaire', 'direction', 'effectif')"),
    ],
}
_WORDS = {"headcount": "Effectifs", "direction_place": "Organigramme"}


@pytest.fixture
def eventful(demo_copy) -> Engine:
    """Facts recorded late, corrected and undone, links and imports."""
    plan = select_one(demo_copy, select(Plan).where(Plan.number == "1.7"))
    other = select_one(demo_copy, select(Plan).where(Plan.number == "5.8"))
    decision = select_one(demo_copy, select(Decision).where(Decision.number == 5))
    decided = select_one(
        demo_copy,
        select(DecisionEvent).where(
            DecisionEvent.decision_id == decision.id, DecisionEvent.what == DecisionStep.decided
        ),
    )
    target = select_one(
        demo_copy,
        select(Target).where(Target.figure == "avancement", Target.for_date == date(2023, 6, 30)),
    )
    held = read_with(
        demo_copy,
        lambda session: session.exec(
            select(MeetingEvent).where(MeetingEvent.what == MeetingState.held).limit(1)
        ).one(),
    )
    place = read_with(
        demo_copy, lambda session: session.exec(select(DirectionPlace).limit(1)).one()
    )
    seats = read_with(demo_copy, lambda session: session.exec(select(Headcount).limit(1)).one())
    dates = {"start": date(2022, 1, 1), "end": date(2023, 11, 30)}
    link = {"role": "decidee-par", "on": date(2022, 5, 2)}
    add_rows(
        demo_copy,
        PlanSchedule(plan_id=plan.id, on=date(2022, 11, 10), recorded_on=LATE, **dates),
        PlanSchedule(plan_id=other.id, on=date(2022, 6, 1), recorded_on=date(2022, 6, 1), **dates),
        Target(
            figure="avancement",
            kind=TargetKind.follow,
            for_date=target.for_date,
            value=target.value,
            voids=target.id,
            on=date(2022, 12, 1),
            recorded_on=LATE,
        ),
        DecisionEvent(
            decision_id=decision.id,
            what=DecisionStep.undone,
            voids=decided.id,
            on=decided.on,
            recorded_on=LATE,
        ),
        MeetingEvent(
            meeting_id=held.meeting_id,
            what=MeetingState.cancelled,
            day=held.day,
            voids=held.id,
            on=held.on,
            recorded_on=LATE,
        ),
        DirectionPlace(
            direction_id=place.direction_id,
            parent_id=place.parent_id,
            on=date(2022, 9, 1),
            recorded_on=LATE,
        ),
        Headcount(
            service_id=seats.service_id,
            agents=44,
            without_computer=2,
            on=date(2022, 3, 1),
            recorded_on=LATE,
        ),
        *(
            Link(
                id=random_id(FROZEN),
                from_kind=kind,
                from_key=key,
                to_kind="decision",
                to_key=str(decision.id),
                **link,
            )
            for kind, key in (("jalon", "1.7"), ("idee", "1"))
        ),
        Change(on=date(2022, 4, 4), subject="import", record="idée", field="lignes", after="3"),
        Change(on=date(2022, 4, 5), subject="import", record="jalon", field="lignes", after="3"),
        Change(on=date(2022, 4, 6), subject="import", record="relevé", field="lignes", after="3"),
    )
    return demo_copy


def found(engine: Engine, code: str, on: date, known: bool, **address: str) -> list[Event]:
    def read(session) -> list[Event]:
        scope = scope_at(session, OPERATOR, au=on.isoformat(), **address)
        return events(
            Reads(session), replace(scope, as_known_then=known), figure_of(code), value_of(code)
        )

    return read_with(engine, read)


def key(event: Event) -> tuple[date, str, str]:
    named = event.param[1] if event.param else event.text.removeprefix("Import : ").split()[0]
    return event.on, str(event.kind), named


@pytest.mark.parametrize("code", EXPECTED)
def test_events_are_those_of_a_plain_sql(eventful, code):
    sizes = set()
    for on in DAYS:
        for known in (False, True):
            events_then = found(eventful, code, on, known)
            rows = set()
            with eventful.connect() as connection:
                for statement in EXPECTED[code]:
                    for day, kind, name in connection.execute(
                        text(statement),
                        {
                            "on": on.isoformat() if (eventful.dialect.name == "sqlite") else on,
                            "known": int(known),
                        },
                    ):
                        day = date.fromisoformat(day) if isinstance(day, str) else day
                        plural = f"{name}s" if kind == "import" else name
                        if day > date(2021, 1, 1):
                            rows.add((day, kind, _WORDS.get(name, plural)))
            assert {key(event) for event in events_then} == rows
            assert [event.on for event in events_then] == sorted(e.on for e in events_then)
            sizes.add((on, len(events_then)))
    # What was recorded late makes a difference somewhere.
    assert len(sizes) > len(DAYS) or code == "avancement-chantier.5"


def test_a_direction_has_the_events_of_its_own_units(demo, scope_for):
    """What concerns another direction explains nothing here."""
    whole = found(demo, "decisions.taux", FROZEN, False)
    own = found(demo, "decisions.taux", FROZEN, False, direction="RI-GRH")
    decided = {int(event.param[1]) for event in own if event.kind is EventKind.decision}
    owners = select_all(
        demo,
        select(Decision.number, Direction.code).join(
            Direction, Direction.id == Decision.owner_direction_id
        ),
    )
    assert decided == {number for number, code in owners if code == "RI-GRH"} & {
        int(event.param[1]) for event in whole if event.kind is EventKind.decision
    }
    assert decided and set(own) < set(whole)


def _marked(found_events: Sequence[Event]):
    first, last = date(2021, 1, 31), date(2023, 12, 31)
    curves = {s_curves.PLANNED: [(first, 0.0), (last, 100.0)], s_curves.EARNED: [(first, 0.0)]}
    chart = s_curves.chart("courbe", curves, FROZEN, "Courbe", "", "Courbe.")
    return chart, with_events(chart, found_events)


def test_a_curve_has_a_dozen_marks_at_most_the_weightiest_first():
    meetings = [
        Event(day, EventKind.meeting, "CODIR")
        for day in [date(2021, 2, 2) + timedelta(days=12 * place) for place in range(70)]
    ]
    decision = Event(date(2022, 2, 9), EventKind.decision, "Décision n° 1")
    before = Event(date(2020, 12, 1), EventKind.target, "Cible")
    plain, chart = _marked(sorted([*meetings, decision, before], key=lambda event: event.on))
    drawn = [mark.text for mark in chart.plot.marks if mark.text.isdigit()]
    assert drawn == [str(n) for n in range(1, len(drawn) + 1)] and 6 <= len(drawn) <= 12
    assert len(chart.plot.lines) == len(plain.plot.lines) + len(drawn)
    numbers = [number for number, _ in chart.events]
    assert numbers == sorted(numbers) and set(map(str, numbers)) == set(drawn)
    listed = [event for _, event in chart.events]
    assert decision in listed and before not in listed
    # The mark of the decision stands on its very day.
    places = {line.points[0][0] for line in chart.plot.lines[: len(drawn)]}
    span = (date(2023, 12, 31) - date(2021, 1, 31)).days
    assert round(100 * (decision.on - date(2021, 1, 31)).days / span, 2) in places
