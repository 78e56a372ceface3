"""Closings: the day after which a milestone report is late for the CODIR, said on its list and in
the report; and which directions keep their milestones up to date.
"""

import io
from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine, delete
from sqlmodel import Session, select
from support.pages import check_markup, html_of
from support.troupe import FROZEN

from dashboard import french
from dashboard.queries import roadmap as figures
from dashboard.queries.directions import organisation
from dashboard.queries.meetings import calendars
from dashboard.queries.meetings.calendars import Closing
from dashboard.queries.meetings.records import calendar
from dashboard.queries.roadmap import whole_roadmap
from dashboard.report import pdf
from dashboard.report.pack import gather
from models.clock import workdays
from models.database import reading, writing
from models.meetings import Meeting, MeetingEvent, MeetingKind, MeetingState
from models.revisions import raise_revisions
from models.roadmap import MilestoneState, Plan, PlanReport

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
        last = calendars.closings(known, days)[-1]
    assert last == Closing(date(2023, 7, 20), date(2023, 7, 26))
    assert calendars.closing_of(WEDNESDAY, days) == Closing(date(2023, 6, 30), WEDNESDAY)
    monkeypatch.setattr(calendars, "CLOSES_BEFORE", 0)
    assert calendars.closing_of(WEDNESDAY, days).on == WEDNESDAY


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
    assert (calendars.missed([one], received) is one) == is_late
    assert bool(calendars.in_words(calendars.missed([one], received))) == is_late


def reports_shown(open_page, number: str) -> str:
    tab = open_page("elise", "feuille-de-route", f"jalon={number}")
    check_markup(tab)
    return unescape("".join(html_of(tab))).replace("\u00a0", " ").replace("\u202f", " ")


def in_time(engine: Engine) -> str:
    """The number of a milestone whose every report came in time."""
    with reading(engine) as session:
        codir = calendar(session, (MeetingKind.codir,)).at(FROZEN)
        found = calendars.closings(codir, workdays(session))
        known = whole_roadmap(session)
    return next(
        milestone.number
        for milestone in known.plans
        if (reports := known.reports.at(milestone.id, FROZEN))
        and not any(calendars.missed(found, report.recorded_on) for report in reports)
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
    assert "volet=attendues" in "".join(html_of(open_page("elise", "tableau-de-bord")))
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
