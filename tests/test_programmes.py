"""Programmes: Didier prepares 2024-2026 beside the one that runs; no figure of 2021-2023 moves, and
when the next one begins the first is over and stays readable.
"""

import re
from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from support.pages import enter, html_of, markdown_of, visit
from support.transactions import (
    errors_of,
    read_with,
    refusal,
    select_all,
    write_with,
)
from support.troupe import FROZEN, Cast

from dashboard import cached
from dashboard.access import OPERATOR
from dashboard.actions.figures import targets
from dashboard.actions.roadmap.plans import as_given, change_plan, create_plan
from dashboard.actions.roadmap.records import add_workstream, change_programme, create_programme
from dashboard.actions.roadmap.reports import report_plan
from dashboard.figures.board import board
from dashboard.figures.kinds import all_values
from dashboard.queries.directions import organisation
from dashboard.queries.roadmap import whole_roadmap
from models.database import reading, writing
from models.jobs import Installation
from models.ledger import Change
from models.programmes import Programme, programmes
from models.revisions import raise_revisions
from models.roadmap import MilestoneState, Plan, PlanReport, PlanSchedule, Target
from models.texts import Invalid, Refused

DATES = ("2021-12-31", "2022-06-30", "2022-12-31", "2023-03-31", "2023-06-30")
NEXT = Programme(name="2024-2026", first_day=date(2024, 1, 1), last_day=date(2026, 12, 31))
LATER = date(2024, 3, 15)


def figures(engine: Engine, scope_for, today: date = FROZEN, dates=DATES) -> list[dict]:
    with reading(engine) as session:
        return [
            board(session, scope_for(session, OPERATOR, today=today, au=on)).as_json()
            for on in dates
        ]


def prepared(engine: Engine, cast: Cast) -> int:
    """2024-2026 with one workstream, one milestone and one target. The number of its workstream."""
    with writing(engine) as session:
        found = create_programme(session, cast.didier, NEXT)
        stream = add_workstream(session, cast.didier, found.id, "Simplifier ensemble", "Simplifier")
        text = Plan(number="7.1", title="Dix démarches simplifiées", workstream_id=stream.id)
        planned = PlanSchedule(
            start=date(2024, 1, 8), end=date(2024, 12, 20), weight=2.0, owner="Didier"
        )
        create_plan(session, cast.didier, text, planned)
        wanted = Target(for_date=date(2026, 12, 31), value=90.0, reason="Prochain programme")
        targets.decide(session, cast.didier, all_values()["couverture"], wanted)
        return stream.id


def later(engine: Engine) -> None:
    """The clock of the demonstration moves on to March 2024."""
    with writing(engine) as session:
        installation = session.get(Installation, 1)
        installation.frozen_on = LATER
        session.add(installation)
        raise_revisions(session, "installation")


@pytest.mark.slow
def test_no_figure_of_the_running_programme_moves_while_the_next_is_prepared(
    demo_copy, cast: Cast, scope_for
):
    before = figures(demo_copy, scope_for)
    prepared(demo_copy, cast)
    assert figures(demo_copy, scope_for) == before


@pytest.mark.slow
def test_once_the_next_one_has_begun_the_first_is_over_and_reads_as_it_did(
    sqlite_copy, cast: Cast, scope_for
):
    before = figures(sqlite_copy, scope_for)
    stream = prepared(sqlite_copy, cast)
    later(sqlite_copy)
    assert figures(sqlite_copy, scope_for, today=LATER) == before
    known = read_with(sqlite_copy, whole_roadmap)
    now = known.at(LATER)
    assert [m.plan.number for m in now] == ["7.1"]
    assert [s.id for s in known.streams(LATER)] == [stream]
    assert len(known.at(FROZEN)) > 40 and len(known.streams(FROZEN)) == 6
    assert known.one("2.7", LATER).plan.title
    (shown,) = figures(sqlite_copy, scope_for, today=LATER, dates=(LATER.isoformat(),))
    by_code = {entry["code"]: entry for entry in shown["figures"]}
    assert by_code["avancement"]["value"] == 0.0
    assert by_code["couverture"]["target"] == 90.0
    assert not [
        entry for code, entry in by_code.items() if code != "couverture" and entry["target"]
    ]


@pytest.mark.parametrize(
    "given,field",
    [
        (Programme(name="", first_day=date(2024, 1, 1), last_day=date(2026, 12, 31)), "name"),
        (
            Programme(name="2021-2023", first_day=date(2024, 1, 1), last_day=date(2026, 12, 31)),
            "name",
        ),
        (Programme(name="Suite", first_day=None, last_day=date(2026, 12, 31)), "first_day"),
        (Programme(name="Suite", first_day=date(2024, 1, 1), last_day=None), "last_day"),
        (
            Programme(name="Suite", first_day=date(2024, 1, 1), last_day=date(2023, 12, 31)),
            "last_day",
        ),
        (
            Programme(name="Suite", first_day=date(2023, 12, 31), last_day=date(2026, 12, 31)),
            "first_day",
        ),
        (
            Programme(name="Avant", first_day=date(2019, 1, 1), last_day=date(2021, 1, 1)),
            "first_day",
        ),
    ],
)
def test_a_programme_that_cannot_be_is_told_beside_its_field(sqlite_copy, cast: Cast, given, field):
    assert list(errors_of(write_with, sqlite_copy, create_programme, cast.didier, given)) == [field]
    assert len(select_all(sqlite_copy, select(Programme))) == 1


def test_a_milestone_stays_in_its_programme(sqlite_copy, cast: Cast):
    stream = prepared(sqlite_copy, cast)
    with pytest.raises(Invalid) as wrong, writing(sqlite_copy) as session:
        milestone = session.exec(select(Plan).where(Plan.number == "2.7")).one()
        text = as_given(milestone, workstream_id=stream)
        change_plan(session, cast.didier, milestone.id, text)
    assert list(wrong.value.errors) == ["workstream_id"]


def test_the_days_of_a_programme_change_with_their_history_by_who_keeps_it(sqlite_copy, cast: Cast):
    (first,) = read_with(sqlite_copy, programmes).periods
    given = Programme(name=first.name, first_day=first.first_day, last_day=date(2024, 6, 30))
    for reader in (cast.alice, cast.carine, cast.elise, cast.farid, cast.gaelle):
        refusal(sqlite_copy, change_programme, reader, first.id, given)
    write_with(sqlite_copy, change_programme, cast.didier, first.id, given)
    with reading(sqlite_copy) as session:
        assert programmes(session).periods[0].last_day == date(2024, 6, 30)
        change = session.exec(select(Change).where(Change.subject == "programme")).one()
    assert (change.field, change.before) == ("last_day", "2023-12-31")
    assert (
        "chevauchent"
        in errors_of(write_with, sqlite_copy, create_programme, cast.didier, NEXT)["first_day"]
    )


# --- looking at another programme -----------------------------------------------------------------


@pytest.mark.slow
def test_what_is_reported_in_the_new_programme_counts_in_it_alone(
    sqlite_copy, cast: Cast, scope_for
):
    stream = prepared(sqlite_copy, cast)
    later(sqlite_copy)
    with writing(sqlite_copy) as session:
        milestone = session.exec(select(Plan.id).where(Plan.number == "7.1")).one()
        tree = organisation(session).at(LATER)
        done = PlanReport(state=MilestoneState.done, progress=100, actual_end=LATER)
        report_plan(session, cast.didier, milestone, done, tree)
        wanted = Target(for_date=date(2026, 12, 31), value=100.0, reason="Tout est fait")
        code = f"avancement-chantier.{stream}"
        targets.decide(session, cast.didier, all_values([stream])[code], wanted)
    with reading(sqlite_copy) as session:
        now = board(session, scope_for(session, OPERATOR, today=LATER), ["avancement-chantier"])
        then = board(
            session,
            scope_for(session, OPERATOR, today=LATER, au="2023-06-30"),
            ["avancement-chantier"],
        )
    assert [(e.code, e.value, e.target) for e in now.entries] == [(code, 100.0, 100.0)]
    assert [e.code for e in then.entries] == [f"avancement-chantier.{n}" for n in range(1, 7)]
    assert not [e for e in then.entries if e.value is None]
    (shown,) = figures(sqlite_copy, scope_for, today=LATER, dates=(LATER.isoformat(),))
    by_code = {entry["code"]: entry["value"] for entry in shown["figures"]}
    assert by_code["avancement"] == 100.0
    assert 0 < by_code["ecart.mois"] < 12, "months since January 2024, not since 2021"


@pytest.mark.slow
def test_a_prepared_programme_is_looked_at_and_left_again(sqlite_copy, cast: Cast, scope_for):
    stream = prepared(sqlite_copy, cast)
    with reading(sqlite_copy) as session:
        first, second = programmes(session).periods
        scope = scope_for(session, cast.elise, programme=str(second.id))
        assert scope.programme == second and scope.params()["programme"] == str(second.id)
        assert scope.sentence().startswith("Programme 2024-2026 · ")
        found = board(session, scope)
        codes = [e.code for e in found.entries if e.code.startswith("avancement-chantier.")]
        assert codes == [f"avancement-chantier.{stream}"]
        assert found["avancement"].value == 0.0 and found["couverture"].target == 90.0
        back = scope.of_running_programme()
        assert back.programme == first and "programme" not in back.params()
        assert (
            board(session, back).as_json()
            == board(session, scope_for(session, cast.elise)).as_json()
        )
        assert "programme" not in scope_for(session, cast.elise, programme=str(first.id)).params()


@pytest.mark.parametrize("asked", ["99", "2024-2026", "x' OR 1=1", "0"])
def test_a_programme_that_does_not_exist_is_told_and_the_running_one_is_shown(
    sqlite_demo, cast: Cast, scope_for, asked
):
    scope = read_with(sqlite_demo, scope_for, cast.elise, programme=asked)
    assert scope.programme.name == "2021-2023" and scope.asked is None
    assert scope.ignored == (
        "Le programme demandé n'existe pas : « 2021-2023 », en cours à cette date, est affiché.",
    )


@pytest.mark.slow
def test_screens_show_the_programme_asked_for_lead_back_and_report_nothing_once_it_is_over(
    demonstration, cast: Cast
):
    stream = prepared(demonstration, cast)
    coming = read_with(demonstration, programmes).periods[1]
    second = coming.id
    assert cached.s_curve(FROZEN, None, coming) != cached.s_curve(FROZEN)
    tab = visit(enter(demonstration, "elise"), "feuille-de-route")
    assert "Les six chantiers" in " ".join(html_of(tab))
    assert f"programme={second}" in " ".join(html_of(tab)), "a way to the prepared one"
    for url in ("feuille-de-route", "tableau-de-bord", ""):
        tab = visit(tab, url, f"programme={second}")
        said = " ".join(html_of(tab))
        assert not tab.exception
        assert (f"chantier={stream}" in said and "Le chantier" in said) or not url
        assert tab.query_params["programme"] in (str(second), [str(second)])
        if url:
            assert "Vous regardez le programme « 2024-2026 »".replace(" ", "") in re.sub(
                "\\s|&nbsp;", "", said
            )
            assert "Revenir au programme en cours" in said
            assert re.search(rf'href="/idees\?[^"]*programme={second}', said), "kept in links"
    tab = visit(tab, "feuille-de-route", f"programme={second}&jalon=7.1")
    assert "Dix démarches simplifiées" in " ".join(html_of(tab)) and not tab.exception
    tab = visit(tab, "pourquoi", f"programme={second}&chiffre=avancement-chantier.{stream}")
    assert not tab.exception and f"Avancement du chantier {stream}" in " ".join(html_of(tab))
    tab = visit(tab, "pourquoi", f"chiffre=avancement-chantier.{stream}")
    assert not tab.exception and "Ce chiffre n" in " ".join(html_of(tab) + markdown_of(tab))
    tab = visit(tab, "tableau-de-bord", "programme=99")
    assert [text for text in html_of(tab) if "Le programme demandé" in text]
    assert "Les six chantiers" in " ".join(html_of(tab))

    tab = visit(enter(demonstration, "didier"), "feuille-de-route", "jalon=2.7")
    assert "Faire rapport" in " ".join(html_of(tab))
    later(demonstration)
    tab = visit(enter(demonstration, "didier"), "feuille-de-route", "jalon=2.7")
    assert not tab.exception and "Faire rapport" not in " ".join(html_of(tab))
    assert [said for said in markdown_of(tab) if "ne reçoit plus de rapport" in said]


def test_a_milestone_of_a_programme_that_is_over_takes_no_report(sqlite_copy, cast: Cast):
    prepared(sqlite_copy, cast)
    later(sqlite_copy)
    with writing(sqlite_copy) as session, pytest.raises(Refused, match=r"2021-2023.*clos"):
        old = session.exec(select(Plan.id).where(Plan.number == "2.7")).one()
        report = PlanReport(
            state=MilestoneState.under_way, progress=25, forecast_end=date(2024, 6, 1)
        )
        report_plan(session, cast.didier, old, report, organisation(session).at(LATER))
