"""Deciding targets and imposing statuses: who may, what is refused and where it is said, and
what the figures then expect.
"""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st
from sqlmodel import Session, select
from support.transactions import (
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN

from dashboard import formulas
from dashboard.access import OPERATOR
from dashboard.actions.figures.targets import decide, impose, lift, withdraw
from dashboard.figures.board import board
from dashboard.figures.kinds import all_values
from dashboard.queries.roadmap import overrides
from dashboard.queries.targets import every_target, targets
from models.database import reading
from models.ledger import Change
from models.roadmap import Health, Override, Target, TargetKind
from models.texts import Invalid

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
