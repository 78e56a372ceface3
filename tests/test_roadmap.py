"""Acts on the roadmap; what milestones wait for; closings."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine, delete
from sqlmodel import Session, select
from support.pages import check_markup, enter, html_of, parts_of, unfold, visit
from support.transactions import errors_of, read_with, refusal, refuses, select_all, write_with
from support.troupe import FROZEN

from dashboard import french
from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.roadmap.plans import as_given, change_plan, delete_milestone
from dashboard.actions.roadmap.records import REASON_MAX, revise_plan, undo_revision
from dashboard.actions.roadmap.reports import COMMENT_MAX, report_plan, set_waits, undo_report
from dashboard.charts import roadmap as charts
from dashboard.charts.roadmap import gantt
from dashboard.figures.board import board
from dashboard.figures.forecast import proposal
from dashboard.figures.reasons import effective_revisions
from dashboard.figures.workstreams import health_of
from dashboard.queries import roadmap as figures
from dashboard.queries.directions import organisation
from dashboard.queries.ideas.threads import thread
from dashboard.queries.meetings import agenda
from dashboard.queries.meetings.agenda import Closing
from dashboard.queries.meetings.records import calendar
from dashboard.queries.roadmap import PlanAt, whole_roadmap
from dashboard.queries.waits import awaited_by, waiting_for
from dashboard.report import pdf
from dashboard.report.pack import gather
from dashboard.screens.roadmap.calendar import typed_number
from models.clock import workdays
from models.database import reading, writing
from models.decisions import Instance
from models.installation import Installation
from models.ledger import Change
from models.meetings import Meeting, MeetingEvent, MeetingKind, MeetingState
from models.revisions import raise_revisions
from models.roadmap import LADDER, MilestoneState, Plan, PlanReport, PlanSchedule, PlanWait
from models.texts import Invalid

# ── Acts on the roadmap ───────────────────────────────────────────────────────────────────────────
# Reporting by the owner or the animateur and undoing it, revising the calendar, tying to a figure.

S = MilestoneState
ROLES = ("alice", "elise")
LADDER_ONE, WHOLE_ONE, DONE_ONE, CANCELLED_ONE = "1.7", "1.8", "1.6", "6.5"
SILENT_ONE = "2.7"  # since February
LATER = date(2023, 12, 31)


def standing(engine: Engine, number: str) -> PlanAt:
    return next(m for m in read_with(engine, whole_roadmap).at(FROZEN) if m.plan.number == number)


def report(engine: Engine, reader: Reader, number: str, state: S = S.under_way, **fields) -> None:
    said = {"progress": 50, "forecast_end": LATER} | fields
    with writing(engine) as session:
        milestone = session.exec(select(Plan).where(Plan.number == number)).one()
        report_plan(
            session,
            reader,
            milestone.id,
            PlanReport(**{"progress": 0, "state": state} | said),
            organisation(session).at(FROZEN),
        )


def reports(engine: Engine) -> int:
    return len(select_all(engine, select(PlanReport)))


def values(engine: Engine, scope_for) -> dict[str, float | None]:
    with reading(engine) as session:
        found = board(
            session,
            scope_for(session, OPERATOR),
            ["avancement", "ecart", "avancement-chantier", "echeances", "fraicheur"],
        )
        return {entry.code: entry.value for entry in found.entries}


# --- what -----------------------------------------------------------------------------------------


def test_a_report_is_a_dated_fact_beside_the_others(demo_copy, cast):
    before = standing(demo_copy, LADDER_ONE).report
    report(
        demo_copy,
        cast.didier,
        LADDER_ONE,
        progress=75,
        comment="  Deux\u202e directions\x00 désignées ",
        need="Un porteur",
    )
    last = standing(demo_copy, LADDER_ONE).report
    assert last.id != before.id
    assert (last.on, last.recorded_on, last.state, last.progress, last.forecast_end) == (
        FROZEN,
        FROZEN,
        S.under_way,
        75,
        LATER,
    )
    assert (last.comment, last.need) == ("Deux directions désignées", "Un porteur")
    with reading(demo_copy) as session:
        assert session.get(PlanReport, last.id).by == cast.didier.person_id
        assert session.get(PlanReport, before.id).progress == before.progress, (
            "the earlier report stays"
        )


@pytest.mark.parametrize("state", list(S))
def test_a_cancelled_milestone_receives_no_report(sqlite_copy, cast, state):
    refuses(report, sqlite_copy, cast.didier, CANCELLED_ONE, state, progress=0, match="annulé")


def test_a_done_milestone_is_not_cancelled(demo_copy, cast):
    refuses(report, demo_copy, cast.didier, DONE_ONE, S.cancelled, progress=0, match="terminé")
    assert standing(demo_copy, DONE_ONE).state == S.done


@pytest.mark.parametrize(
    "said,field",
    [
        *(({"progress": step}, "progress") for step in (1, 24, 33, 60, 99, 100, 101, -25, 125)),
        ({"forecast_end": None}, "forecast_end"),
        ({"forecast_end": date(2203, 6, 30)}, "forecast_end"),
        ({"state": S.done, "actual_end": date(1923, 6, 30)}, "actual_end"),
        ({"state": S.done, "actual_end": FROZEN + timedelta(days=1)}, "actual_end"),
        ({"comment": "é" * (COMMENT_MAX + 1)}, "comment"),
        ({"need": "é" * (COMMENT_MAX + 1)}, "need"),
        ({"on": FROZEN + timedelta(days=1)}, "on"),
    ],
)
def test_what_is_wrong_in_a_report_is_said_beside_its_field(sqlite_copy, cast, said, field):
    before = reports(sqlite_copy)
    assert (
        list(errors_of(report, sqlite_copy, cast.didier, LADDER_ONE, **said)) == [field]
        and reports(sqlite_copy) == before
    )


def test_what_is_done_has_all_its_progress(sqlite_copy, cast):
    report(sqlite_copy, cast.didier, LADDER_ONE, S.done, progress=50)
    assert standing(sqlite_copy, LADDER_ONE).progress == 1


def test_a_milestone_of_nought_or_a_hundred_earns_at_its_end_only(demo_copy, cast, scope_for):
    assert not standing(demo_copy, WHOLE_ONE).plan.ladder
    before = values(demo_copy, scope_for)["avancement"]
    report(demo_copy, cast.didier, WHOLE_ONE, progress=0)
    assert values(demo_copy, scope_for)["avancement"] == before
    report(demo_copy, cast.didier, WHOLE_ONE, S.done)
    assert values(demo_copy, scope_for)["avancement"] == pytest.approx(before + 100 * 2 / 90)


def test_what_is_done_ended_on_the_day_that_is_said_or_today(demo_copy, cast):
    report(demo_copy, cast.didier, LADDER_ONE, S.done, actual_end=date(2023, 6, 20))
    assert standing(demo_copy, LADDER_ONE).actual_end == date(2023, 6, 20)
    report(demo_copy, cast.didier, "2.5", S.done)
    assert standing(demo_copy, "2.5").actual_end == FROZEN
    assert standing(demo_copy, "2.5").report.forecast_end is None


# --- and the figures follow -----------------------------------------------------------------------


def test_the_figures_move_by_the_weight_of_what_was_reported(demo_copy, cast, scope_for):
    """1.7 weighs 2 of 90 in all and 2 of its workstream's 18: from 50 % to done it gives half of
    that.
    """
    before = values(demo_copy, scope_for)
    report(demo_copy, cast.didier, LADDER_ONE, S.done)
    after = values(demo_copy, scope_for)
    assert after["avancement"] == pytest.approx(before["avancement"] + 100 * 1 / 90)
    assert after["avancement-chantier.1"] == pytest.approx(
        before["avancement-chantier.1"] + 100 * 1 / 18
    )
    assert after["ecart.points"] == pytest.approx(before["ecart.points"] + 100 * 1 / 90)
    assert after["ecart.jalons"] == pytest.approx(before["ecart.jalons"] + 100 * 2 / 90)
    assert after["ecart.mois"] > before["ecart.mois"]
    assert after["echeances"] == before["echeances"], "done after its day is not in time"
    unmoved = [f"avancement-chantier.{n}" for n in range(2, 7)]
    assert [after[code] for code in unmoved] == [before[code] for code in unmoved]


# --- a report of an earlier day -------------------------------------------------------------------


def as_of(engine: Engine, number: str, day: date, known: date | None = None) -> PlanAt:
    found = read_with(engine, whole_roadmap).at(day, known)
    return next(m for m in found if m.plan.number == number)


def earned_on(engine: Engine, scope_for, day: date, known: bool = False) -> float:
    """The weight that is earned on a day."""
    with reading(engine) as session:
        scope = replace(scope_for(session, OPERATOR, au=day.isoformat()), as_known_then=known)
        return board(session, scope, ["avancement"])["avancement"].numerator


def test_a_report_dated_earlier_counts_from_its_own_day(demo_copy, cast, scope_for):
    before = standing(demo_copy, SILENT_ONE)
    day = before.report.on + timedelta(days=2)
    assert day < FROZEN - timedelta(days=2)
    value = earned_on(demo_copy, scope_for, day)
    report(demo_copy, cast.didier, SILENT_ONE, progress=75, on=day)
    found = standing(demo_copy, SILENT_ONE).report
    assert (found.on, found.recorded_on, found.progress) == (day, FROZEN, 75)
    assert as_of(demo_copy, SILENT_ONE, day - timedelta(days=1)).report == before.report
    assert as_of(demo_copy, SILENT_ONE, day, known=day).report == before.report
    gained = before.schedule.weight * (0.75 - before.progress)
    assert earned_on(demo_copy, scope_for, day) == pytest.approx(value + gained)
    assert earned_on(demo_copy, scope_for, day, known=True) == pytest.approx(value)
    undo(demo_copy, cast.didier, SILENT_ONE)
    assert earned_on(demo_copy, scope_for, day) == pytest.approx(value)


def test_what_was_done_earlier_is_earned_on_the_day_it_ended(demo_copy, cast, scope_for):
    before = standing(demo_copy, SILENT_ONE)
    day = before.report.on + timedelta(days=2)
    value = earned_on(demo_copy, scope_for, day)
    report(demo_copy, cast.didier, SILENT_ONE, S.done, actual_end=day)
    assert standing(demo_copy, SILENT_ONE).report.on == day
    gained = before.schedule.weight * (1 - before.progress)
    assert earned_on(demo_copy, scope_for, day) == pytest.approx(value + gained)
    assert earned_on(demo_copy, scope_for, day - timedelta(days=1)) == pytest.approx(value)


def test_what_ended_before_its_last_report_is_earned_from_that_report(demo_copy, cast):
    """On the days before, somebody said that it was not done."""
    last = standing(demo_copy, WHOLE_ONE).report
    report(demo_copy, cast.didier, WHOLE_ONE, S.done, actual_end=last.on - timedelta(days=20))
    now = standing(demo_copy, WHOLE_ONE)
    assert (now.state, now.report.on) == (S.done, last.on)
    assert now.actual_end == last.on - timedelta(days=20)


def test_a_report_follows_the_last_one(sqlite_copy, cast):
    last = standing(sqlite_copy, LADDER_ONE).report
    assert (
        f"{last.on:%d/%m/%Y}"
        in errors_of(
            report,
            sqlite_copy,
            cast.didier,
            LADDER_ONE,
            progress=75,
            on=last.on - timedelta(days=1),
        )["on"]
    )


def test_the_page_says_when_a_report_was_typed(demonstration, cast, open_page):
    day = standing(demonstration, SILENT_ONE).report.on + timedelta(days=2)
    report(demonstration, cast.didier, SILENT_ONE, progress=75, on=day)
    told = html_of(open_page("elise", "feuille-de-route", f"jalon={SILENT_ONE}"))
    assert f"{day:%d/%m/%Y} (encodé le 30/06/2023)" in " ".join(unescape("".join(told)).split())


# --- undoing one's own report ---------------------------------------------------------------------


def undo(engine: Engine, reader: Reader, number: str) -> None:
    with writing(engine) as session:
        undo_report(
            session, reader, standing(engine, number).plan.id, organisation(session).at(FROZEN)
        )


def test_didier_undoes_his_report_of_today_and_nothing_of_it_counts(demo_copy, cast, scope_for):
    before, told = values(demo_copy, scope_for), standing(demo_copy, LADDER_ONE)
    report(demo_copy, cast.didier, LADDER_ONE, S.done)
    assert values(demo_copy, scope_for) != before
    undo(demo_copy, cast.didier, LADDER_ONE)
    assert values(demo_copy, scope_for) == before
    assert standing(demo_copy, LADDER_ONE) == told
    with reading(demo_copy) as session:
        known = whole_roadmap(session)
        assert [r.state for r in known.reports.at(told.plan.id, FROZEN)].count("termine") == 0
        start = ("jalon", LADDER_ONE)
        (node, *_) = thread(session, scope_for(session, cast.didier), start).nodes
        assert node.state == told.state.label, "what undoes a report says nothing of its own"
    report(demo_copy, cast.didier, LADDER_ONE, progress=75)
    assert standing(demo_copy, LADDER_ONE).progress == 0.75


def test_carine_does_not_undo_what_didier_reported(demo_copy, cast):
    now = standing(demo_copy, LADDER_ONE).schedule
    with writing(demo_copy) as session:
        owner = organisation(session).at(FROZEN).by_code["VC-JSP"]
        milestone = session.exec(select(Plan).where(Plan.number == LADDER_ONE)).one()
        session.add(
            PlanSchedule(
                plan_id=milestone.id,
                on=FROZEN,
                recorded_on=FROZEN,
                start=now.start,
                end=now.end,
                weight=now.weight,
                critical=now.critical,
                owner=owner.name,
                owner_direction_id=owner.id,
            )
        )
    report(demo_copy, cast.didier, LADDER_ONE, progress=75)
    before = reports(demo_copy)
    for reader, sentence in (
        (cast.carine, "de vous"),
        (cast.alice, "droit"),
        (NOBODY, "Connectez-vous"),
    ):
        refuses(undo, demo_copy, reader, LADDER_ONE, match=sentence)
    assert reports(demo_copy) == before and standing(demo_copy, LADDER_ONE).progress == 0.75


# --- revising the calendar ------------------------------------------------------------------------


def revise(
    engine: Engine, reader: Reader, number: str, instance: Instance | None = None, **said
) -> None:
    now = standing(engine, number).schedule
    fields = {
        "start": now.start,
        "end": LATER,
        "weight": now.weight,
        "critical": now.critical,
        "owner": now.owner,
        "owner_direction_id": now.owner_direction_id,
        "reason": "Le marché public a pris du retard.",
    }
    with writing(engine) as session:
        given = PlanSchedule(**fields | said)
        revise_plan(session, reader, standing(engine, number).plan.id, given, instance)


def revisions(engine: Engine) -> int:
    return len(select_all(engine, select(PlanSchedule)))


def test_didier_revises_a_calendar_and_both_perimeters_are_kept(demo_copy, cast, scope_for):
    before, first = values(demo_copy, scope_for), standing(demo_copy, LADDER_ONE)
    revise(demo_copy, cast.didier, LADDER_ONE, weight=5, critical=False, instance=Instance.steering)
    now = standing(demo_copy, LADDER_ONE)
    assert (now.schedule.on, now.schedule.end, now.schedule.weight, now.schedule.critical) == (
        FROZEN,
        LATER,
        5,
        False,
    )
    assert now.schedule.reason == "Le marché public a pris du retard. (Comité de co-pilotage)"
    assert now.first == first.first
    after = values(demo_copy, scope_for)
    assert after["avancement.initial"] == before["avancement.initial"]
    assert after["echeances.initial"] == before["echeances.initial"]
    assert after["avancement"] == pytest.approx(100 * (72.5 + 3 * 0.5) / 93), (
        "72,5 of 90, and three more half done"
    )
    assert after["echeances"] > before["echeances"], "it is not due any more"
    yesterday = read_with(demo_copy, whole_roadmap).at(FROZEN - timedelta(days=1))
    assert next(m for m in yesterday if m.plan.number == LADDER_ONE).schedule == first.schedule


@pytest.mark.parametrize(
    "said,field",
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "é" * (REASON_MAX + 1)}, "reason"),
        ({"end": date(2022, 1, 1)}, "end"),
        ({"end": None}, "end"),
        ({"start": None}, "start"),
        ({"start": date(2019, 12, 31)}, "start"),
        ({"end": date(2036, 1, 1)}, "end"),
        ({"weight": 0}, "weight"),
        ({"weight": -1}, "weight"),
        ({"weight": 101}, "weight"),
        ({"weight": float("nan")}, "weight"),
        ({"weight": float("inf")}, "weight"),
        ({"owner": " "}, "owner"),
        ({"owner_direction_id": 999999}, "owner_direction_id"),
    ],
)
def test_what_is_wrong_in_a_revision_is_said_beside_its_field(sqlite_copy, cast, said, field):
    before = revisions(sqlite_copy)
    assert list(errors_of(revise, sqlite_copy, cast.didier, LADDER_ONE, **said)) == [field]
    assert revisions(sqlite_copy) == before


def test_a_revision_changes_something(sqlite_copy, cast):
    refuses(
        revise,
        sqlite_copy,
        cast.didier,
        LADDER_ONE,
        end=standing(sqlite_copy, LADDER_ONE).schedule.end,
        match="Rien ne change",
        error=Invalid,
    )


@pytest.mark.parametrize("number,state", [(DONE_ONE, "terminé"), (CANCELLED_ONE, "annulé")])
def test_what_has_ended_is_not_revised(demo_copy, cast, number, state):
    refuses(revise, demo_copy, cast.didier, number, match=state)


def undo_the_revision(engine: Engine, reader: Reader, number: str) -> None:
    write_with(engine, undo_revision, reader, standing(engine, number).plan.id)


def test_revisions_of_the_day_are_undone_one_by_one(demo_copy, cast, scope_for):
    before, first = values(demo_copy, scope_for), standing(demo_copy, LADDER_ONE)
    revise(demo_copy, cast.didier, LADDER_ONE, weight=5)
    revise(demo_copy, cast.didier, LADDER_ONE, weight=7, owner="Personne")
    undo_the_revision(demo_copy, cast.didier, LADDER_ONE)
    assert standing(demo_copy, LADDER_ONE).schedule.weight == 5
    undo_the_revision(demo_copy, cast.didier, LADDER_ONE)
    now = standing(demo_copy, LADDER_ONE)
    assert (now.schedule.end, now.schedule.weight, now.schedule.owner) == (
        first.schedule.end,
        first.schedule.weight,
        first.schedule.owner,
    )
    assert now.first == first.first and values(demo_copy, scope_for) == before
    refuses(undo_the_revision, demo_copy, cast.didier, LADDER_ONE, match="de vous et de ce jour")
    known = read_with(demo_copy, whole_roadmap).schedules.at(now.plan.id, FROZEN)
    assert not [what for _, what, _ in effective_revisions(known)], (
        "what was undone is no revision to read about"
    )


def test_a_first_calendar_of_today_is_not_undone(sqlite_copy, cast):
    first = standing(sqlite_copy, LADDER_ONE).plan
    with writing(sqlite_copy) as session:
        for fact in session.exec(
            select(PlanSchedule).where(PlanSchedule.plan_id == first.id)
        ).all():
            fact.on = fact.recorded_on = FROZEN
            fact.by = cast.didier.person_id
    refuses(
        undo_the_revision, sqlite_copy, cast.didier, LADDER_ONE, match="ne peut pas être annulée"
    )


def test_only_its_author_undoes_a_revision(sqlite_copy, cast):
    revise(sqlite_copy, cast.didier, LADDER_ONE)
    before = revisions(sqlite_copy)
    for reader in (
        cast.carine,
        cast.elise,
        NOBODY,
        replace(cast.didier, person_id=cast.alice.person_id),
    ):
        refuses(undo_the_revision, sqlite_copy, reader, LADDER_ONE)
    assert revisions(sqlite_copy) == before


# --- tying a milestone to a figure ----------------------------------------------------------------


def tie(engine: Engine, reader: Reader, number: str, figure: str | None, at=None) -> None:
    plan = standing(engine, number).plan
    with writing(engine) as session:
        given = as_given(plan, figure=figure, threshold=at)
        change_plan(session, reader, plan.id, given)


def proposed(engine: Engine, number: str, scope_for):
    milestone = standing(engine, number).plan
    with reading(engine) as session:
        return proposal(milestone, board(session, scope_for(session, OPERATOR))[milestone.figure])


@pytest.mark.slow
def test_the_figures_propose_and_the_unknown_proposes_nothing(demo, scope_for):
    """64 active ambassadors of 80, 428 agents trained of 500, 4 propositions of 6."""
    found = {number: proposed(demo, number, scope_for) for number in ("2.6", "4.6", "5.8", "6.6")}
    assert (found["2.6"].value, found["2.6"].ratio, found["2.6"].progress) == (64, 80, 75)
    assert (found["5.8"].value, found["5.8"].progress) == (428, 75)
    assert (found["4.6"].value, found["4.6"].progress) == (4, 50)
    if found["6.6"].value is None:
        assert found["6.6"].ratio is None and found["6.6"].progress is None


def test_a_small_cell_proposes_nothing(sqlite_demo, scope_for):
    milestone = standing(sqlite_demo, "2.6").plan
    with reading(sqlite_demo) as session:
        entry = board(session, scope_for(session, OPERATOR), ["ambassadeurs-actifs"])[
            "ambassadeurs-actifs"
        ]
    hidden = proposal(milestone, replace(entry, suppressed=True, value=None, numerator=3))
    assert (hidden.value, hidden.ratio, hidden.progress) == (None, None, None)


@pytest.mark.slow
def test_didier_ties_a_milestone_and_the_change_is_kept(demo_copy, cast, scope_for):
    tie(demo_copy, cast.didier, LADDER_ONE, "couverture", 50)
    now = standing(demo_copy, LADDER_ONE).plan
    assert (now.figure, now.by_count, now.threshold) == ("couverture", False, 50)
    assert proposed(demo_copy, LADDER_ONE, scope_for).progress in LADDER
    tie(demo_copy, cast.didier, LADDER_ONE, None)
    assert standing(demo_copy, LADDER_ONE).plan.figure is None
    kept = select_all(
        demo_copy, select(Change).where(Change.subject == "milestone").order_by(Change.id)
    )
    assert [(c.record, c.field, c.before, c.after) for c in kept] == [
        (LADDER_ONE, "figure", None, "couverture"),
        (LADDER_ONE, "threshold", None, "50.0"),
        (LADDER_ONE, "figure", "couverture", None),
        (LADDER_ONE, "threshold", "50.0", None),
    ]
    assert {c.by for c in kept} == {cast.didier.person_id} and {c.on for c in kept} == {FROZEN}


@pytest.mark.parametrize(
    "figure,threshold,field",
    [
        *((figure, 50, "figure") for figure in ("avancement", "ecart.points", "echeances", "lune")),
        *(
            (figure, 50, "figure")
            for figure in ("avancement-chantier.2", "glissement", "fraicheur")
        ),
        *(("formation", least, "threshold") for least in (None, 0, -3, float("nan"))),
    ],
)
def test_progress_follows_from_no_progress_and_from_a_threshold_above_zero(
    sqlite_copy, cast, figure, threshold, field
):
    assert list(errors_of(tie, sqlite_copy, cast.didier, LADDER_ONE, figure, threshold)) == [field]


# --- in words -------------------------------------------------------------------------------------


def test_what_an_owner_needs_is_for_the_steering_roles_alone(open_page):
    since = "depuis=2023-03-31"
    read = {who: " ".join(html_of(open_page(who, "feuille-de-route", since))) for who in ROLES}
    assert all("Ce qui a glissé" in page for page in read.values())
    assert "Appel porté par les IG" in read["elise"] and "Appel porté" not in read["alice"]


def test_the_lines_of_a_trend_are_named_where_they_end():
    """Due date and forecast, the later one above; the actual end takes the place of the forecast
    it ends.
    """
    start, due, end = date(2022, 1, 1), date(2022, 6, 30), date(2022, 9, 30)

    def named(actual: date | None) -> dict[str, bool]:
        curves = charts.announced(
            [(start, due)], [(start, due), (date(2022, 5, 1), end)], actual, date(2022, 12, 31)
        )
        return {mark.text: mark.dy < 0 for mark in charts.trend(curves).marks}

    assert named(None) == {"Échéance 30/06/2022": False, "Prévision 30/09/2022": True}
    assert named(date(2022, 6, 1)) == {"Échéance 30/06/2022": True, "Fin réelle 01/06/2022": False}


@pytest.mark.parametrize(
    "said,number",
    [
        ("5", 5),
        ("2,5", 2.5),
        (" 2.25 ", 2.25),
        ("", None),
        (None, None),
        ("cinq", None),
        ("-1", None),
        ("1e3", None),
        ("nan", None),
        ("1,2,3", None),
        ("²", None),
        (",", None),
    ],
)
def test_a_weight_is_typed_with_a_comma(said, number):
    assert typed_number(said) == number


# ── What milestones wait for ──────────────────────────────────────────────────────────────────────
# Said by the programme's office from a day on, seen on the milestone, in the list, in time and in
# the files, and never in a circle.

NEXT = FROZEN + timedelta(days=3)


def every(on: Engine, day: date = FROZEN) -> dict[str, PlanAt]:
    return {m.plan.number: m for m in read_with(on, whole_roadmap).every(day)}


def by_id(known: Mapping[str, PlanAt]) -> dict[int, PlanAt]:
    return {m.plan.id: m for m in known.values()}


def waits(on: Engine, number: str, day: date = FROZEN) -> list[str]:
    known = every(on, day)
    found = awaited_by(known[number], by_id(known), day)
    return [one.other.plan.number for one in found]


def say(on: Engine, reader: Reader, number: str, *others: str, read: str | None = None) -> None:
    known = every(on)
    ids = [known[other].plan.id for other in others]
    write_with(on, set_waits, reader, known[number].plan.id, ids, read=read)


def days_later(session: Session) -> None:
    session.get(Installation, 1).frozen_on = NEXT


def test_didier_says_what_a_milestone_waits_for_and_the_past_stays(demo_copy, cast):
    assert waits(demo_copy, "1.8") == ["1.7"]
    say(demo_copy, cast.didier, "1.8", "1.7", "3.6")
    assert waits(demo_copy, "1.8") == ["1.7", "3.6"]
    assert waits(demo_copy, "1.8", FROZEN - timedelta(days=1)) == ["1.7"]
    write_with(demo_copy, days_later)
    say(demo_copy, cast.didier, "1.8", "3.6")
    assert waits(demo_copy, "1.8", NEXT) == ["3.6"]
    assert waits(demo_copy, "1.8") == ["1.7", "3.6"], "what held that day is not rewritten"
    with reading(demo_copy) as session:
        told = session.exec(select(Change).where(Change.field == "attend")).all()
        facts = session.exec(select(PlanWait).where(PlanWait.on >= FROZEN)).all()
    assert [(line.record, line.before, line.after) for line in told] == [
        ("1.8", "1.7", "1.7, 3.6"),
        ("1.8", "1.7, 3.6", "3.6"),
    ]
    assert [fact.by for fact in facts] == [cast.didier.person_id] * 2


def test_what_comes_too_late_for_the_one_that_waits_is_told_on_both(demo_copy):
    """2.6 is due on 30 June; 2.8, which it waits for, is due at the end of October."""
    known = every(demo_copy)
    (awaited,) = awaited_by(known["2.6"], by_id(known), FROZEN)
    assert awaited.other.plan.number == "2.8" and awaited.is_late and not awaited.is_over
    assert awaited.ends_on > known["2.6"].schedule.end
    (waiting,) = waiting_for(known["2.8"], by_id(known), FROZEN)
    assert waiting.other.plan.number == "2.6" and waiting.is_late
    (reached,) = awaited_by(known["5.8"], by_id(known), FROZEN)
    assert reached.is_over and not reached.is_late


def test_no_milestone_waits_for_itself_be_it_by_others(demo_copy, cast):
    """1.8 waits for 1.7 already."""
    say(demo_copy, cast.didier, "1.7", "3.6")
    for number, other in (("3.6", "1.8"), ("1.7", "1.8"), ("1.8", "1.8")):
        assert (
            "s'attendrait lui-même"
            in errors_of(say, demo_copy, cast.didier, number, other)["waits_for"]
        )
    assert waits(demo_copy, "3.6") == []


@pytest.mark.parametrize(
    "number, others, field, said",
    [
        ("1.6", ["1.7"], "waits_for", "terminé"),
        ("1.8", ["1.7"], "form", "Rien ne change"),
    ],
)
def test_what_cannot_be_said_is_told(sqlite_copy, cast, number, others, field, said):
    assert said in errors_of(say, sqlite_copy, cast.didier, number, *others)[field]


@pytest.mark.parametrize("number", ["1.8", "3.6"])
def test_what_waits_or_is_waited_for_is_not_deleted(demo_copy, cast, number):
    say(demo_copy, cast.didier, "1.8", "1.7", "3.6")
    refusal(
        demo_copy,
        delete_milestone,
        cast.didier,
        every(demo_copy)[number].plan.id,
        match="annulez-le",
    )


# ── Where it is seen ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_the_milestone_and_its_form_say_it_and_didier_adds_one(demonstration):
    didier = visit(enter(demonstration, "didier"), "feuille-de-route", "jalon=2.6")
    page = unescape(" ".join([*html_of(didier), *parts_of(didier)]))
    assert "Dépend de" in page and "2.8 — Temps dégagé" in page and "échéance de ce jalon" in page
    didier = unfold(didier, "Ce qu'il attend")
    others = next(box for box in didier.multiselect if "waits_2.6" in box.key)
    assert len(others.value) == 1 and not any(label.startswith("2.6 ") for label in others.options)
    third = every(demonstration)["3.6"].plan.id
    others.set_value([*others.value, third])
    next(b for b in didier.button if b.label == "Enregistrer ce qu'il attend").click().run()
    assert waits(demonstration, "2.6") == ["2.8", "3.6"]
    awaited = visit(enter(demonstration, "alice"), "feuille-de-route", "jalon=3.6")
    assert "Jalons qui en dépendent" in unescape(" ".join([*html_of(awaited), *parts_of(awaited)]))
    assert not awaited.multiselect, "it is for the programme's office to say"


def test_a_line_leads_from_the_end_of_one_row_to_the_end_of_the_other(demonstration):
    """2.6 waits for 2.8, which ends too late for it; what is not among the rows is not drawn."""
    known = every(demonstration)
    both = [known["2.6"], known["2.8"]]
    healths = [health_of(m, FROZEN).health for m in both]
    plot = gantt(both, healths, by_id(known), FROZEN)
    [line] = plot.lines
    ends = [mark.x for mark in plot.marks]
    assert line.points == [(ends[1], 75.0), (ends[1], 25.0), (ends[0], 25.0)]
    assert line.dash and "attend 2.8" in plot.rows[0].tip
    assert gantt(both[:1], healths[:1], by_id(known), FROZEN).lines == []


# ── Closings ──────────────────────────────────────────────────────────────────────────────────────
# The day after which a milestone report is late for the CODIR, said on its list and in the report;
# and which directions keep their milestones up to date.

MONDAY, WEDNESDAY = date(2023, 7, 3), date(2023, 7, 5)
HERE = "Un premier atelier a eu lieu"
LATE = "reçu après la clôture du 28/06/2023"


def plan_codir(
    session: Session, day: date, what: MeetingState = MeetingState.planned, place: str = ""
) -> int:
    meeting = Meeting(kind=MeetingKind.codir, place=place)
    session.add(meeting)
    session.flush()
    said = {"on": date(2023, 6, 1), "recorded_on": date(2023, 6, 1)}
    session.add(MeetingEvent(meeting_id=meeting.id, what=what, day=day, **said))
    return meeting.id


def report_late(engine: Engine, day: date, number: str = "1.7") -> None:
    """The CODIR meets on Monday 3 July; a report is typed on this day."""
    with writing(engine) as session:
        plan_codir(session, MONDAY, place=HERE)
        milestone = session.exec(select(Plan.id).where(Plan.number == number)).one()
        session.add(
            PlanReport(
                plan_id=milestone,
                on=day,
                recorded_on=day,
                state=MilestoneState.under_way,
                comment=HERE,
            )
        )
        raise_revisions(session, "roadmap", "meetings", since=day)


@pytest.fixture
def late(demonstration) -> Iterator[str]:
    """The number of a milestone that was reported after the closing; its report goes afterwards."""
    number = in_time(demonstration)
    report_late(demonstration, FROZEN, number)
    yield number
    with writing(demonstration) as session:
        here = select(Meeting.id).where(Meeting.place == HERE)
        session.execute(delete(MeetingEvent).where(MeetingEvent.meeting_id.in_(here)))
        session.execute(delete(Meeting).where(Meeting.place == HERE))
        session.execute(delete(PlanReport).where(PlanReport.comment == HERE))
        raise_revisions(session, "roadmap", "meetings", since=FROZEN)


def test_the_closing_is_some_working_days_before_the_meeting(sqlite_copy, monkeypatch):
    """30 June is a Friday, 21 July a holiday, and a meeting called off closes nothing."""
    with writing(sqlite_copy) as session:
        days = workdays(session)
        plan_codir(session, date(2023, 7, 26))
        plan_codir(session, date(2023, 8, 30), MeetingState.cancelled)
        known = calendar(session, (MeetingKind.codir,)).at(FROZEN)
        last = agenda.closings(known, days)[-1]
    assert last == Closing(date(2023, 7, 20), date(2023, 7, 26))
    assert agenda.closing_of(WEDNESDAY, days) == Closing(date(2023, 6, 30), WEDNESDAY)
    monkeypatch.setattr(agenda, "CLOSES_BEFORE", 0)
    assert agenda.closing_of(WEDNESDAY, days).on == WEDNESDAY


@pytest.mark.parametrize(
    "received, is_late",
    [
        (date(2023, 6, 30), False),
        (date(2023, 7, 3), True),
        (WEDNESDAY, True),
        (date(2023, 7, 6), False),
    ],
)
def test_what_comes_between_the_closing_and_the_meeting_is_late(received, is_late):
    one = Closing(date(2023, 6, 30), WEDNESDAY)
    assert (agenda.missed([one], received) is one) == is_late
    assert bool(agenda.in_words(agenda.missed([one], received))) == is_late


def reports_shown(open_page, number: str) -> str:
    tab = open_page("elise", "feuille-de-route", f"jalon={number}")
    check_markup(tab)
    return unescape("".join(html_of(tab))).replace("\u00a0", " ").replace("\u202f", " ")


def in_time(engine: Engine) -> str:
    """The number of a milestone whose every report came in time."""
    with reading(engine) as session:
        codir = calendar(session, (MeetingKind.codir,)).at(FROZEN)
        found = agenda.closings(codir, workdays(session))
        known = whole_roadmap(session)
    return next(
        milestone.number
        for milestone in known.plans
        if (reports := known.reports.at(milestone.id, FROZEN))
        and not any(agenda.missed(found, report.recorded_on) for report in reports)
    )


@pytest.mark.slow
def test_the_list_of_reports_says_what_came_after_the_closing(open_page, late):
    """The closing was on 28 June, the report is of the 30th; the others came in time."""
    said = reports_shown(open_page, late)
    assert "Clôture<" in said and said.count(LATE) == 1


@pytest.mark.slow
def test_the_report_for_the_codir_says_it_too(demo_copy, cast, scope_for):
    report_late(demo_copy, FROZEN)
    with reading(demo_copy) as session:
        pack = gather(session, scope_for(session, cast.elise))
        earlier = gather(session, scope_for(session, cast.elise, au="2023-06-27"))
    assert pack.closing == Closing(date(2023, 6, 28), MONDAY)
    assert earlier.closing == Closing(date(2023, 6, 22), date(2023, 6, 27)), "one for each meeting"
    pages = PdfReader(io.BytesIO(pdf.dossier(pack))).pages
    said = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert said.replace("\u00a0", " ").count(LATE) >= 1
    college = PdfReader(io.BytesIO(pdf.college(pack))).pages
    assert LATE not in " ".join(page.extract_text() for page in college)


# ── À jour ce mois-ci ─────────────────────────────────────────────────────────────────────────────


def expected_lines(engine: Engine) -> dict[str, str]:
    """Direction → « x sur y », counted from the milestones themselves."""
    with reading(engine) as session:
        tree = organisation(session).at(FROZEN)
        known = whole_roadmap(session).at(FROZEN)
    found: dict[str, list[bool]] = {}
    for m in known:
        if figures.is_expected(m, FROZEN):
            name = tree.by_id[m.schedule.owner_direction_id].label
            found.setdefault(name, []).append(figures.is_fresh(m, FROZEN))
    return {name: f"{sum(fresh)} sur {len(fresh)}" for name, fresh in found.items()}


@pytest.mark.slow
def test_the_roadmap_says_which_directions_are_up_to_date(open_page, demonstration):
    wanted = expected_lines(demonstration)
    assert "volet=attendues" in "".join(html_of(open_page("elise", "feuille-de-route")))
    tab = open_page("elise", "feuille-de-route", "volet=attendues")
    check_markup(tab)
    said = unescape("".join(html_of(tab))).replace("\u00a0", " ").replace("\u202f", " ")
    assert len(wanted) > 3
    for name, rate in wanted.items():
        label = french.typo(name).replace("\u00a0", " ")
        assert f"{label} : à jour {rate}" in said, name


def test_the_link_of_a_direction_leads_to_what_was_counted(open_page, demonstration):
    (name, rate), *_ = [
        line for line in expected_lines(demonstration).items() if "DG-RAT" in line[0]
    ]
    tab = open_page("elise", "feuille-de-route", "direction=DG-RAT&services=sans&volet=attendues")
    said = unescape("".join(html_of(tab))).replace("\u00a0", " ")
    assert f"reçu : {rate})" in said, name
