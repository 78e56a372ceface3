"""Measures (relevés): typed in, corrected, withdrawn, imported; impossible ones are refused with
one sentence each.
"""

from datetime import date

import pytest
from sqlmodel import select
from support.pages import unfold
from support.transactions import (
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.actions.figures.measures import record, withdraw
from dashboard.actions.register_imports import ImportOptions, ImportReport, act_of
from dashboard.figures.board import Entry, board
from dashboard.figures.kinds import all_values
from dashboard.files.values import number_of, whole_of
from dashboard.queries.targets import measures
from models.database import reading, writing
from models.ideas import SourceKey
from models.ledger import Change
from models.roadmap import Measure
from models.surveys import Survey
from models.texts import Invalid

DECLARED = all_values()
MARCH = date(2023, 3, 31)
GIVEN = {"on": MARCH, "value": 58.5, "n": 412, "source": "Baromètre 2023"}


def typed(
    engine, who, code: str = "bien-etre.favorable", corrects: int | None = None, **other
) -> int:
    return write_with(engine, record, who, DECLARED[code], Measure(**GIVEN | other), corrects).id


def shown(engine, scope_for, code: str = "bien-etre.favorable", **address) -> Entry:
    with reading(engine) as session:
        return board(session, scope_for(session, OPERATOR, **address), [code.split(".")[0]])[code]


def stored(engine) -> list[Measure]:
    """What was recorded beside the measures that the demonstration takes from its surveys."""
    return list(
        select_all(
            engine,
            select(Measure).where(Measure.source.not_in(select(Survey.title))).order_by(Measure.id),
        )
    )


# --- typed in -------------------------------------------------------------------------------------


def test_a_measure_is_the_figure_from_its_day(demo_copy, cast, scope_for):
    before = shown(demo_copy, scope_for)
    typed(demo_copy, cast.didier)
    assert shown(demo_copy, scope_for, au="2023-03-30").value == before.value != 58.5
    now = shown(demo_copy, scope_for)
    assert (now.value, now.n, now.fresh_on, now.target) == (58.5, 412, MARCH, 65)
    change = select_one(demo_copy, select(Change).where(Change.subject == "relevé"))
    assert (change.by, change.before, change.after) == (
        cast.didier.person_id,
        None,
        "58.5, n = 412, Baromètre 2023",
    )


@pytest.mark.parametrize(
    "office,field,told",
    [(300, 112, True), (405, None, False), (405, 7, False), (300, None, True)],
)
def test_a_workplace_is_told_where_the_other_has_ten_answers_too(
    sqlite_copy, cast, scope_for, office, field, told
):
    """412 in all: beside 405 of one side, the 7 of the other could be worked out."""
    whole = "bien-etre.favorable"
    typed(sqlite_copy, cast.didier)
    typed(sqlite_copy, cast.didier, f"{whole}@bureau", n=office)
    if field is not None:
        typed(sqlite_copy, cast.didier, f"{whole}@terrain", n=field, value=40)
    else:
        with writing(sqlite_copy) as session:
            before = session.exec(select(Measure).where(Measure.figure == f"{whole}@terrain"))
            for measure in before.all():
                session.delete(measure)
    entry = shown(sqlite_copy, scope_for, f"{whole}@bureau")
    assert (entry.value, entry.suppressed) == ((58.5, False) if told else (None, True))
    other = shown(sqlite_copy, scope_for, f"{whole}@terrain")
    assert other.value == (40 if told and field else None)


def test_a_corrected_measure_counts_nowhere_but_was_known(demo_copy, cast, scope_for):
    first = typed(demo_copy, cast.didier)
    typed(demo_copy, cast.didier, corrects=first, value=59.5)
    assert shown(demo_copy, scope_for).value == 59.5
    refuses(typed, demo_copy, cast.didier, corrects=first, value=10, match="n'existe plus")
    assert len(stored(demo_copy)) == 2


def test_a_measure_of_the_wrong_day_moves_to_the_right_one(demo_copy, cast, scope_for):
    before = shown(demo_copy, scope_for).value
    first = typed(demo_copy, cast.didier)
    typed(demo_copy, cast.didier, corrects=first, on=date(2023, 4, 30))
    assert shown(demo_copy, scope_for, au="2023-04-29").value == before
    assert shown(demo_copy, scope_for).value == 58.5


def test_a_withdrawn_measure_is_gone(demo_copy, cast, scope_for):
    before = shown(demo_copy, scope_for).value
    first = typed(demo_copy, cast.didier)
    refusal(demo_copy, withdraw, cast.didier, first, " ", error=Invalid)
    write_with(demo_copy, withdraw, cast.didier, first, "Mauvais fichier")
    assert shown(demo_copy, scope_for).value == before
    assert first not in [
        one.id for one in read_with(demo_copy, measures, "bien-etre.favorable", FROZEN)
    ]
    typed(demo_copy, cast.didier, value=60)
    assert shown(demo_copy, scope_for).value == 60


@pytest.mark.parametrize(
    "code,field,wrong",
    [
        ("bien-etre.favorable", "on", {"on": None}),
        ("bien-etre.favorable", "on", {"on": date(2023, 7, 1)}),
        ("bien-etre.favorable", "on", {"on": date(2020, 12, 31)}),
        ("bien-etre.favorable", "value", {"value": None}),
        ("bien-etre.favorable", "value", {"value": 100.5}),
        ("bien-etre.favorable", "value", {"value": -1}),
        ("bien-etre.favorable", "value", {"value": float("nan")}),
        ("bien-etre.favorable", "value", {"value": float("inf")}),
        ("bien-etre.enps", "value", {"value": -101}),
        ("citoyens.delai", "value", {"value": -2}),
        ("bien-etre.favorable", "n", {"n": -1}),
        ("bien-etre.favorable", "n", {"n": None, "direction_id": 2}),
        ("bien-etre.favorable", "source", {"source": "  "}),
        ("bien-etre.favorable", "direction_id", {"direction_id": 987654}),
        ("citoyens.satisfaits", "direction_id", {"direction_id": 2}),
    ],
)
def test_what_cannot_be_measured_is_said_beside_its_field(sqlite_copy, cast, code, field, wrong):
    error = errors_of(typed, sqlite_copy, cast.didier, code, **wrong)
    assert list(error) == [field] and error[field].endswith(".")
    assert stored(sqlite_copy) == []


def test_what_is_computed_here_is_not_typed_in(sqlite_copy, cast):
    refuses(typed, sqlite_copy, cast.didier, "reponse.tenue", match="calculé ici")


def test_the_same_day_twice_asks_for_a_correction(sqlite_copy, cast):
    typed(sqlite_copy, cast.didier)
    assert "corrigez-le" in errors_of(typed, sqlite_copy, cast.didier, value=61)["on"]


# --- a file ---------------------------------------------------------------------------------------

FILE = """figure;date;valeur;n;source;direction
bien-etre.favorable;31/03/2023;58,5;412;Baromètre;
bien-etre.favorable;2023-03-31;61 %;35;Baromètre;VC-JSP
Citoyens satisfaits;30/06/2022;71,25;1 204;Enquête;
"""


def bring(engine, content: str, name: str = "releves.csv", **options) -> ImportReport:
    return write_with(
        engine, act_of("releves"), OPERATOR, content.encode(), name, ImportOptions(**options)
    )


def test_a_file_is_taken_whole_and_twice_changes_nothing(demo_copy, scope_for):
    first = bring(demo_copy, FILE)
    assert (first.rows, first.new, first.refused, first.written) == (3, 3, [], True)
    assert shown(demo_copy, scope_for).value == 58.5
    assert shown(demo_copy, scope_for, direction="VC-JSP").value == 61
    assert (
        shown(demo_copy, scope_for, "citoyens.satisfaits").value,
        shown(demo_copy, scope_for, "citoyens.satisfaits").n,
    ) == (71.25, 1204)
    before = stored(demo_copy)
    again = bring(demo_copy, FILE, "autre-nom.csv")
    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)
    assert stored(demo_copy) == before


def test_a_change_in_the_file_is_a_correction(demo_copy, scope_for):
    bring(demo_copy, FILE)
    report = bring(demo_copy, FILE.replace("58,5", "57"))
    assert (report.changed, report.unchanged) == (1, 2)
    assert shown(demo_copy, scope_for).value == 57
    assert [m.voids for m in stored(demo_copy)][-1] == stored(demo_copy)[0].id
    assert len(select_all(demo_copy, select(SourceKey).where(SourceKey.source == "releves"))) == 3
    assert bring(demo_copy, FILE.replace("58,5", "57")).unchanged == 3


WRONG = """date;figure;valeur;n;source;direction
31/03/2023;bien-etre.favorable;158;412;Baromètre;
31/03/2023;reponse.tenue;58;412;Baromètre;
31/02/2023;bien-etre.favorable;58;412;Baromètre;
31/12/2023;bien-etre.favorable;58;412;Baromètre;
31/03/2023;bien-etre.favorable;beaucoup;412;Baromètre;
31/03/2023;bien-etre.favorable;58;4,5;Baromètre;
31/03/2023;bien-etre.favorable;58;412;;
31/03/2023;bien-etre.favorable;58;412;Baromètre;Nulle part
31/03/2023;bien-etre.favorable;58;412;Baromètre;
31/03/2023;bien-etre.favorable;59;412;Baromètre;
"""


def test_each_refused_row_has_its_line_its_column_and_its_reason(sqlite_copy):
    report = bring(sqlite_copy, WRONG)
    assert [(p.line, p.column) for p in report.refused] == [
        (2, "valeur"),
        (3, "figure"),
        (4, "date"),
        (5, "date"),
        (6, "valeur"),
        (7, "n"),
        (8, "source"),
        (9, "direction"),
        (11, "date"),
    ]
    assert all(p.reason.endswith(".") for p in report.refused)
    assert (report.new, len(stored(sqlite_copy))) == (1, 1)


def test_what_was_typed_in_is_not_overwritten_by_a_file(sqlite_copy, cast):
    typed(sqlite_copy, cast.didier, value=40)
    report = bring(sqlite_copy, FILE)
    assert [(p.line, p.column) for p in report.refused] == [(2, "date")]
    assert "corrigez-le" in report.refused[0].reason


@pytest.mark.parametrize(
    "text,value",
    [("80,5", 80.5), ("1 234,5", 1234.5), ("62 %", 62), ("−3", -3), ("+4.25", 4.25), ("", None)],
)
def test_numbers_are_read_as_a_belgian_writes_them(text, value):
    assert number_of(text) == value


@pytest.mark.parametrize("text", ["nan", "inf", "1e9", "1,2,3", "12a", "--3", "٣"])
def test_what_is_no_number_is_said(text):
    refuses(number_of, text, match="n'est pas un nombre", error=ValueError)
    refuses(whole_of, "4,5", error=ValueError)


@pytest.mark.parametrize("login", ["didier", "elise", "carine"])
@pytest.mark.slow
def test_the_screen_of_each_figure_opens(open_page, demonstration, cast, login):
    assert read_with(demonstration, measures, "bien-etre.enps", FROZEN), "the barometer feeds it"
    for code in (
        "bien-etre.enps",
        "remplissage",
        "couverture",
        "reponse.ouvertes",
        "ecart.points",
        "rien",
        "<b>",
    ):
        tab = open_page(login, "cibles", f"chiffre={code}")
        assert not tab.exception, code
        for fold in [fold.label for fold in tab.get("expander")]:
            unfold(tab, fold)
        offered = [button.label for button in tab.button]
        assert ("Retirer ce relevé" in offered) is (login == "didier" and code == "bien-etre.enps")
        assert ("Décider cette cible" in offered) is (
            login == "didier" and code in ("bien-etre.enps", "remplissage", "couverture")
        )
