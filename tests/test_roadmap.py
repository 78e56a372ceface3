"""Reporting a milestone: by its owner or the animateur, by the ladder, never in the future, and the figures follow."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from troupe import FROZEN

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.roadmap import COMMENT_MAX, ReportInput, report_milestone
from dashboard.figures.board import board
from dashboard.figures.roadmap import health_of
from dashboard.queries.directions import organisation
from dashboard.queries.roadmap import MilestoneAt, programme
from models.database import reading, writing
from models.errors import Invalid, Refused
from models.keeping import Revision
from models.roadmap import Health, Milestone, MilestoneReport, MilestoneState, Rebaseline

S = MilestoneState
LADDER_ONE, WHOLE_ONE, DONE_ONE, CANCELLED_ONE, PAUSED_ONE = "1.7", "1.8", "1.6", "6.5", "5.9"
LATER = date(2023, 12, 31)


def standing(engine: Engine, number: str) -> MilestoneAt:
    with reading(engine) as session:
        return next(m for m in programme(session).at(FROZEN) if m.milestone.number == number)


def give(engine: Engine, number: str, code: str) -> None:
    """From the frozen day this milestone is owned by that unit."""
    now = standing(engine, number).schedule
    with writing(engine) as session:
        owner = organisation(session).at(FROZEN).by_code[code]
        milestone = session.exec(select(Milestone).where(Milestone.number == number)).one()
        session.add(Rebaseline(milestone_id=milestone.id, on=FROZEN, recorded_on=FROZEN, start=now.start, end=now.end,
                               weight=now.weight, critical=now.critical, owner=owner.name, owner_direction_id=owner.id))


def report(engine: Engine, reader: Reader, number: str, state: S = S.under_way, **fields) -> None:
    said = {"progress": 50, "forecast_end": LATER} | fields
    with writing(engine) as session:
        milestone = session.exec(select(Milestone).where(Milestone.number == number)).one()
        report_milestone(session, reader, milestone.id, ReportInput(state, **said), organisation(session).at(FROZEN))


def reports(engine: Engine) -> int:
    with reading(engine) as session:
        return len(session.exec(select(MilestoneReport)).all())


def values(engine: Engine, scope_for) -> dict[str, float | None]:
    with reading(engine) as session:
        found = board(session, scope_for(session, OPERATOR), ["avancement", "ecart", "avancement-chantier", "echeances",
                                                              "fraicheur"])
        return {entry.code: entry.value for entry in found.entries}


# --- who --------------------------------------------------------------------------------------------------------------


def test_carine_reports_on_her_own_and_on_no_other(demo_copy, cast):
    before = reports(demo_copy)
    with pytest.raises(Refused, match="droit"):
        report(demo_copy, cast.carine, LADDER_ONE)
    give(demo_copy, LADDER_ONE, "VC-JSP")
    report(demo_copy, cast.carine, LADDER_ONE, progress=75)
    assert standing(demo_copy, LADDER_ONE).progress == 0.75
    for elsewhere in ("VC", "VC-CUL", "DG-RAT"):
        give(demo_copy, LADDER_ONE, elsewhere)
        with pytest.raises(Refused, match="droit"):
            report(demo_copy, cast.carine, LADDER_ONE)
    assert reports(demo_copy) == before + 1


def test_didier_reports_on_all(demo_copy, cast):
    before = reports(demo_copy)
    for number in (LADDER_ONE, "2.5", "3.6", "5.6"):
        report(demo_copy, cast.didier, number, progress=75)
        assert standing(demo_copy, number).progress == 0.75
    assert reports(demo_copy) == before + 4


@pytest.mark.parametrize("who", ["alice", "bruno", "elise", "farid", "nobody", "operator"])
def test_nobody_else_reports(sqlite_copy, cast, who):
    before = reports(sqlite_copy)
    with pytest.raises(Refused):
        report(sqlite_copy, getattr(cast, who), LADDER_ONE)
    assert reports(sqlite_copy) == before


def test_a_milestone_that_does_not_exist(sqlite_copy, cast):
    with pytest.raises(Refused, match="n'existe pas"), writing(sqlite_copy) as session:
        report_milestone(session, cast.didier, 9999, ReportInput(S.done), organisation(session).at(FROZEN))


def test_the_right_is_asked_before_anything_is_said(sqlite_copy):
    """A stranger learns neither the state of a milestone nor what is wrong with the report."""
    for number in (CANCELLED_ONE, DONE_ONE):
        with pytest.raises(Refused, match="Connectez-vous"):
            report(sqlite_copy, NOBODY, number, S.cancelled, progress=33)


# --- what -------------------------------------------------------------------------------------------------------------


def test_a_report_is_a_dated_fact_beside_the_others(demo_copy, cast):
    before = standing(demo_copy, LADDER_ONE).report
    report(demo_copy, cast.didier, LADDER_ONE, progress=75, comment="  Deux\u202e directions\x00 désignées ", need="Un porteur")
    last = standing(demo_copy, LADDER_ONE).report
    assert last.id != before.id
    assert (last.on, last.recorded_on, last.state, last.progress, last.forecast_end) == (FROZEN, FROZEN, S.under_way, 75, LATER)
    assert (last.comment, last.need) == ("Deux directions désignées", "Un porteur")
    with reading(demo_copy) as session:
        assert session.get(MilestoneReport, last.id).by == cast.didier.person_id
        assert session.get(MilestoneReport, before.id).progress == before.progress, "the earlier report stays"


@pytest.mark.parametrize("state", list(S))
def test_a_cancelled_milestone_receives_no_report(sqlite_copy, cast, state):
    with pytest.raises(Refused, match="annulé"):
        report(sqlite_copy, cast.didier, CANCELLED_ONE, state, progress=0)


def test_a_done_milestone_is_not_cancelled(demo_copy, cast):
    with pytest.raises(Refused, match="terminé"):
        report(demo_copy, cast.didier, DONE_ONE, S.cancelled, progress=0)
    assert standing(demo_copy, DONE_ONE).state == S.done


def test_a_paused_milestone_starts_again(demo_copy, cast):
    report(demo_copy, cast.didier, PAUSED_ONE, S.under_way, progress=25)
    assert standing(demo_copy, PAUSED_ONE).state == S.under_way


@pytest.mark.parametrize("progress", [1, 24, 33, 60, 99, 101, -25, 125])
def test_progress_is_a_step_of_the_ladder(sqlite_copy, cast, progress):
    before = reports(sqlite_copy)
    with pytest.raises(Invalid) as error:
        report(sqlite_copy, cast.didier, LADDER_ONE, progress=progress)
    assert list(error.value.errors) == ["progress"] and reports(sqlite_copy) == before


@pytest.mark.parametrize("progress", [0, 25, 50, 75])
def test_each_step_of_the_ladder_is_taken(sqlite_copy, cast, progress):
    report(sqlite_copy, cast.didier, LADDER_ONE, progress=progress)
    assert standing(sqlite_copy, LADDER_ONE).progress == progress / 100


def test_at_a_hundred_percent_a_milestone_is_done(sqlite_copy, cast):
    with pytest.raises(Invalid, match="Terminé"):
        report(sqlite_copy, cast.didier, LADDER_ONE, progress=100)
    report(sqlite_copy, cast.didier, LADDER_ONE, S.done, progress=50)
    assert standing(sqlite_copy, LADDER_ONE).progress == 1


def test_a_milestone_of_nought_or_a_hundred_earns_at_its_end_only(demo_copy, cast, scope_for):
    assert not standing(demo_copy, WHOLE_ONE).milestone.ladder
    before = values(demo_copy, scope_for)["avancement"]
    report(demo_copy, cast.didier, WHOLE_ONE, progress=0)
    assert values(demo_copy, scope_for)["avancement"] == before
    report(demo_copy, cast.didier, WHOLE_ONE, S.done)
    assert values(demo_copy, scope_for)["avancement"] == pytest.approx(before + 100 * 2 / 90)


def test_done_is_dated_today_or_before(demo_copy, cast):
    with pytest.raises(Invalid) as error:
        report(demo_copy, cast.didier, LADDER_ONE, S.done, actual_end=FROZEN + timedelta(days=1))
    assert "30/06/2023" in error.value.errors["actual_end"]
    report(demo_copy, cast.didier, LADDER_ONE, S.done, actual_end=date(2023, 6, 20))
    assert standing(demo_copy, LADDER_ONE).actual_end == date(2023, 6, 20)
    report(demo_copy, cast.didier, "2.5", S.done)
    assert standing(demo_copy, "2.5").actual_end == FROZEN
    assert standing(demo_copy, "2.5").report.forecast_end is None


def test_what_is_under_way_has_a_forecast(sqlite_copy, cast):
    with pytest.raises(Invalid) as error:
        report(sqlite_copy, cast.didier, LADDER_ONE, forecast_end=None)
    assert list(error.value.errors) == ["forecast_end"]


@pytest.mark.parametrize("field", ["comment", "need"])
def test_texts_have_a_limit_in_characters(sqlite_copy, cast, field):
    report(sqlite_copy, cast.didier, LADDER_ONE, **{field: "é" * COMMENT_MAX})
    with pytest.raises(Invalid) as error:
        report(sqlite_copy, cast.didier, LADDER_ONE, **{field: "é" * (COMMENT_MAX + 1)})
    assert list(error.value.errors) == [field]


# --- and the figures follow -------------------------------------------------------------------------------------------


def test_the_figures_move_by_the_weight_of_what_was_reported(demo_copy, cast, scope_for):
    """1.7 weighs 2 of 90 in all and 2 of its workstream's 18: from 50 % to done it gives half of that."""
    before = values(demo_copy, scope_for)
    report(demo_copy, cast.didier, LADDER_ONE, S.done)
    after = values(demo_copy, scope_for)
    assert after["avancement"] == pytest.approx(before["avancement"] + 100 * 1 / 90)
    assert after["avancement-chantier.1"] == pytest.approx(before["avancement-chantier.1"] + 100 * 1 / 18)
    assert after["ecart.points"] == pytest.approx(before["ecart.points"] + 100 * 1 / 90)
    assert after["ecart.jalons"] == pytest.approx(before["ecart.jalons"] + 100 * 2 / 90)
    assert after["ecart.mois"] > before["ecart.mois"]
    assert after["echeances"] == before["echeances"], "done after its day is not in time"
    unmoved = [f"avancement-chantier.{n}" for n in range(2, 7)]
    assert [after[code] for code in unmoved] == [before[code] for code in unmoved]


def test_giving_up_leaves_the_weight(demo_copy, cast, scope_for):
    with reading(demo_copy) as session:
        before = board(session, scope_for(session, OPERATOR), ["avancement"])["avancement"]
    report(demo_copy, cast.didier, WHOLE_ONE, S.cancelled, progress=0)
    with reading(demo_copy) as session:
        after = board(session, scope_for(session, OPERATOR), ["avancement"])["avancement"]
    assert (before.denominator, after.denominator) == (90, 88)
    assert after.numerator == before.numerator and after.value > before.value


def test_the_silent_milestone_speaks_again(demo_copy, cast, scope_for):
    """2.7 has said nothing since February: without data, until somebody reports."""
    assert health_of(standing(demo_copy, "2.7"), FROZEN).health == Health.no_data
    before = values(demo_copy, scope_for)["fraicheur"]
    report(demo_copy, cast.didier, "2.7", progress=25, forecast_end=date(2023, 9, 29))
    assert health_of(standing(demo_copy, "2.7"), FROZEN).health != Health.no_data
    assert values(demo_copy, scope_for)["fraicheur"] > before


def test_a_report_raises_the_revision_of_the_roadmap_only(demo_copy, cast):
    with reading(demo_copy) as session:
        before = {row.subject: row.n for row in session.exec(select(Revision)).all()}
    report(demo_copy, cast.didier, LADDER_ONE)
    with reading(demo_copy) as session:
        after = {row.subject: row.n for row in session.exec(select(Revision)).all()}
    assert after == before | {"roadmap": before["roadmap"] + 1}
