"""Every chart compiles, says in words what it draws, and can be taken away as a table, a CSV and
an image.
"""

import csv
import inspect
import io
import itertools
import re
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import partial
from html.parser import HTMLParser

import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops
from support.crossing import once_each
from support.recount import Place, live_facts, lives_in, outcome_of, standings
from support.troupe import FROZEN

from dashboard import french, theme
from dashboard.access import OPERATOR
from dashboard.charts import figures, ideas, roadmap, surveys
from dashboard.charts import s_curve as s_curves
from dashboard.figures.workstreams import health_of
from dashboard.queries.ideas import counts as idea_counts
from dashboard.queries.roadmap import whole_roadmap
from dashboard.report import images, pack
from dashboard.report.picture import FAILED, picture
from dashboard.screens.ideas.in_figures import _by_place, _lines
from dashboard.ui.charts import csv_of, table_html
from models.clock import add_months, month_ends, month_start, window_start
from models.database import reading
from models.errors import Refused
from models.idea_states import DECIDED, RETAINED, IdeaStatus

MONTHS = [add_months(date(2022, 7, 1), n) for n in range(12)]
STATES = {
    "recue": 20,
    "lue": 14,
    "a-l-etude": 40,
    "soumise": 6,
    "retenue": 22,
    "realisee": 19,
    "non-retenue": 40,
    "fusionnee": 3,
}


@pytest.fixture(scope="module")
def cases(demo_on) -> dict[str, tuple]:
    """Name of a chart → (spec, rows) over the demonstration, or over a few numbers."""
    with reading(demo_on("sqlite")) as session:
        known = whole_roadmap(session)
    milestones = known.at(FROZEN)
    ends = month_ends(FROZEN, 6)
    curve = [(on, 50.0 + i, 60.0 + 2 * i, 5.0, 10.0) for i, on in enumerate(ends)]
    cells = ideas.heat_rows(
        [("A", "Une"), ("B", "Deux")], MONTHS, {("A", MONTHS[0]): 3, ("B", MONTHS[11]): 12}
    )
    trend = roadmap.milestone_trend_rows(
        [(ends[0], FROZEN)], [(ends[1], FROZEN), (ends[3], date(2023, 9, 30))], None, FROZEN
    )
    return {
        "chart": (s_curves.chart(), pack.s_curve(known, FROZEN)),
        "gantt": (
            roadmap.gantt(),
            roadmap.gantt_rows(
                milestones, [health_of(m, FROZEN).health for m in milestones], FROZEN
            ),
        ),
        "dumbbell": (roadmap.dumbbell(), roadmap.dumbbell_rows(milestones[:8], FROZEN)),
        "milestone_trend": (roadmap.milestone_trend(), trend),
        "evolution": (
            figures.evolution("%"),
            figures.evolution_rows(curve, {"Valeur": "55,0 %", "Attendu": "70,0 %"}),
        ),
        "bullet": (
            figures.bullet("%"),
            figures.bullet_rows(
                [("Valeur", 71.0, "71,0 %"), ("Attendu", 82.4, "82,4 %"), ("Cible", 90.0, "90 %")]
            ),
        ),
        "filed_by_month": (
            ideas.filed_by_month(),
            ideas.filed_rows({month: 10 + n for n, month in enumerate(MONTHS)}),
        ),
        "funnel": (ideas.funnel(), ideas.funnel_rows(STATES)),
        "heat_map": (ideas.heat_map(ideas.steps_for(12)), cells),
        "agreement": (
            surveys.agreement(),
            surveys.agreement_rows(
                [
                    ("Une phrase", 100, [("Plutôt d'accord", 60), ("Tout à fait d'accord", 40)]),
                    ("Une autre", 50, [("Plutôt d'accord", 30), ("Pas d'accord", None)]),
                ]
            ),
        ),
    }


CHARTS = (
    "chart",
    "gantt",
    "dumbbell",
    "milestone_trend",
    "evolution",
    "bullet",
    "filed_by_month",
    "funnel",
    "heat_map",
    "agreement",
)


def test_no_chart_is_left_out_of_these_tests():
    made = {
        name
        for room in (figures, ideas, roadmap, s_curves, surveys)
        for name, one in inspect.getmembers(room)
        if isinstance(one, partial)
    }
    assert made == set(CHARTS)


# --- what is drawn --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_compiles_without_a_warning_and_draws_what_is_written(cases, name, capfd):
    spec, rows = cases[name]
    whole = images.on_paper({**spec, "width": 900, "height": spec["height"]}, rows.for_vega())
    svg = vl_convert.vegalite_to_svg(whole, show_warnings=True)
    assert capfd.readouterr() == ("", "")
    assert (
        svg.count("<path") > 1 and "NaN" not in svg and "undefined" not in svg and "null" not in svg
    )
    labels = {
        row[column]
        for row in rows.lines
        for column in row
        if column.endswith("label") and row[column]
    }
    for label in labels if name != "heat_map" else {"3", "12"}:
        for line in label.split("\n"):
            assert line in svg, line


def test_every_date_of_a_milestone_is_drawn(cases):
    """A symbol for each date there is, in the order of the rows: a fold must not lose what it
    folds.
    """
    spec, rows = cases["dumbbell"]
    drawn = vl_convert.vegalite_to_svg(images.on_paper({**spec, "width": 900}, rows.for_vega()))
    symbols = re.search(r'<g class="mark-symbol role-mark [^"]*"[^>]*>(.*?)</g>', drawn, re.DOTALL)[
        1
    ].count("<path")
    assert symbols == sum(
        row[field] is not None
        for row in rows.lines
        for field in ("revised", "due", "actual", "forecast")
    )


@pytest.mark.parametrize("name", CHARTS)
def test_a_spec_has_no_data_and_takes_its_colours_from_the_palette(cases, name):
    """Colours by their variables: the chart follows the reader's theme, and is built once."""
    spec = cases[name][0]
    assert not {"data", "datasets", "config"} & set(spec)
    said = str(spec)
    assert not re.search(r"#[0-9a-fA-F]{6}", said)
    assert {found for found in re.findall(r"var\(--cp-[\w-]+\)", said)} <= {
        colour.var for colour in theme.COLOURS.values()
    }
    assert not {"arc", "image"} & {layer["mark"]["type"] for layer in spec["layer"]}


@pytest.mark.parametrize("name", CHARTS)
def test_nothing_is_told_by_colour_alone(cases, name):
    """A field that colours also has a shape, a dash or a text, or each of its words is written
    at a point.
    """
    spec, rows = cases[name]
    coloured = {
        layer["encoding"]["color"]["field"]
        for layer in spec["layer"]
        if "field" in layer.get("encoding", {}).get("color", {})
    }
    told = {
        layer["encoding"][channel]["field"]
        for layer in spec["layer"]
        for channel in ("shape", "strokeDash", "text")
        if "field" in layer.get("encoding", {}).get(channel, {})
    }
    written = " ".join(row.get("label") or "" for row in rows.lines)
    for field in coloured - told:
        assert {row[field] for row in rows.lines} <= set(re.findall(r"[\wéÉ]+", written)), field


def test_the_bars_of_the_calendar_fade_with_their_state(cases):
    for row in cases["gantt"][1].lines:
        code = next(code for code, status in theme.STATUSES.items() if status.word == row["state"])
        assert row["left"] == roadmap.FADED.get(code, 1.0)


def test_heights_are_those_of_a_thumb(cases):
    for name in CHARTS:
        height = cases[name][0]["height"]
        assert (height["step"] >= 24) if isinstance(height, dict) else (height >= 140), name


# --- what is said of it ---------------------------------------------------------------------------


def numbers(text: str) -> Counter:
    return Counter(re.findall(r"\d+(?:,\d+)?", french.typo(text).replace(french.NARROW, " ")))


def test_the_alternative_of_the_s_curve_says_both_ends(cases):
    said = s_curves.in_words(cases["chart"][1])
    for row in cases["chart"][1].lines:
        if row["label"]:
            assert (
                row["label"].split()[-2] in said.replace(french.NARROW, " ")
                or row["label"][-7:] in said
            )
    assert (
        said.startswith("Acquis 80,6")
        and "prévu 88,3" in said
        and "30/06/2023" in said
        and "31/12/2023" in said
    )


def test_the_forecast_leads_from_what_is_earned_today_to_each_end(cases):
    probable, prudent = date(2024, 2, 29), date(2024, 6, 30)
    curve = cases["chart"][1]
    rows = s_curves.with_ends(curve, FROZEN, probable, prudent)
    assert len(rows.lines) == len(curve.lines) + 4
    earned = next(
        row["value"]
        for row in curve.lines
        if row["kind"] == s_curves.EARNED and row["on"] == FROZEN
    )
    [fan] = s_curves.fan_of(rows)
    assert fan.points == [(FROZEN, earned), (probable, 100.0), (prudent, 100.0)]


def test_before_anything_is_earned_nothing_is_forecast():
    rows = s_curves.curve_rows([(FROZEN, 12.0)], [(FROZEN, None)], FROZEN)
    assert s_curves.with_ends(rows, FROZEN, FROZEN, FROZEN) == rows
    assert s_curves.fan_of(rows) == []


def test_the_alternative_of_the_funnel_says_every_stage():
    rows = ideas.funnel_rows(STATES)
    said = numbers(ideas.funnel_alt(rows))
    for row in rows.lines:
        assert numbers(row["label"]) <= said
    assert rows.column("n") == [164, 141, 127, 81, 41, 19]
    assert rows.column("kept")[:2] == [None, french.percent(100 * 141 / 164, 0)]


def test_the_alternative_of_the_months_says_the_highest_and_the_last():
    by_month = dict(zip(MONTHS, (4, 9, 2, 0, 0, 0, 0, 0, 0, 0, 0, 7), strict=True))
    assert (
        ideas.filed_alt(by_month).replace(french.NO_BREAK, " ")
        == "22 dépôts en 12 mois ; le plus en août 2022 (9), 7 en juin 2023."
    )
    assert [row["label"] for row in ideas.filed_rows(by_month).lines if row["label"]] == [
        "9",
        "7",
    ]
    assert ideas.filed_alt(dict.fromkeys(MONTHS, 0)).startswith("0")


def test_the_alternative_of_the_heat_map_sums_each_line(cases):
    assert (
        ideas.heat_alt(cases["heat_map"][1]).replace(french.NO_BREAK, " ")
        == "15 dépôts : Une : 3 ; Deux : 12."
    )


def test_the_heat_map_is_read_as_one_line_per_place(cases):
    table, headings = ideas.heat_table(cases["heat_map"][1])
    assert list(headings.values()) == [
        "Code",
        "Direction concernée",
        *(french.month(month) for month in MONTHS),
        "Douze mois",
    ]
    assert [list(row.values()) for row in table.lines] == [
        ["A", "Une", 3, *[0] * 11, 3],
        ["B", "Deux", *[0] * 11, 12, 12],
    ]


def test_the_alternative_of_the_dates_says_every_slip(cases):
    rows = cases["dumbbell"][1]
    said = roadmap.slips_in_words(rows)
    slips = [row["slip"] for row in rows.lines if row["slip"]]
    assert slips and all(slip in said for slip in slips)


def test_an_empty_scope_has_a_chart_without_a_number():
    assert ideas.funnel_rows({}).column("label")[1:] == ["0 · n.d."] * 5
    assert (
        s_curves.in_words(s_curves.curve_rows([(FROZEN, None)], [(FROZEN, None)], FROZEN))
        == "Pas encore de point à cette date."
    )


@given(st.integers(1, 3_000_000))
def test_the_steps_of_the_heat_map_reach_the_largest_cell(most):
    one, two, three, four = ideas.steps_for(most)
    step = two - one
    assert one == 1 and (three - two, four - three) == (step, step)
    assert most <= 4 * step and (step == 1 or most > 2 * step)


def test_stages_of_an_idea_only_lose():
    stages = list(ideas.STAGES.values())
    assert all(after < before for before, after in itertools.pairwise(stages))
    assert stages[0] == set(IdeaStatus) and stages[3] == set(DECIDED) and stages[4] == set(RETAINED)


# --- taken away -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHARTS)
def test_a_live_chart_is_given_the_rows_that_the_table_shows(cases, name):
    rows = cases[name][1]
    assert rows.arrow().to_pylist() == list(rows.lines)
    nothing = replace(rows, lines=[]).arrow()
    assert nothing.column_names == rows.arrow().column_names == list(rows.kinds)


class Cells(HTMLParser):
    """The texts of a table, line by line."""

    def __init__(self, html: str):
        super().__init__()
        self.lines: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.lines.append([])
        elif tag in ("td", "th"):
            self.lines[-1].append("")

    def handle_data(self, data):
        if self.lines and self.lines[-1]:
            self.lines[-1][-1] += data


@pytest.mark.parametrize("name", CHARTS)
def test_the_csv_holds_what_the_table_shows(cases, name):
    rows = cases[name][1]
    columns = {
        column: column.capitalize()
        for column in rows.kinds
        if not column.endswith(("label", "upper"))
    }
    shown = Cells(table_html(rows, columns, name)).lines
    read = list(csv.reader(io.StringIO(csv_of(rows, columns).decode("utf-8-sig")), delimiter=";"))
    assert len(shown) == len(read) == len(rows.lines) + 1
    for seen, kept in zip(shown, read, strict=True):
        assert [same(cell) for cell in seen] == [same(cell) for cell in kept]


def same(cell: str) -> str:
    """A cell as both write it: days as in a table, numbers to one decimal, plain signs and
    spaces.
    """
    plain = re.sub(r"\s", " ", cell.replace(french.MINUS, "-")).removeprefix("'")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", plain):
        return french.day(date.fromisoformat(plain))
    if re.fullmatch(r"-?\d+,\d+", plain):
        return f"{float(french.number(float(plain.replace(',', '.')), 1).replace(',', '.').replace(french.MINUS, '-').replace(french.NARROW, '')):g}"
    return {"True": "oui", "False": "non"}.get(
        plain, f"{float(plain):g}" if re.fullmatch(r"-?\d+", plain) else plain
    )


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def ink(image: Image.Image) -> int:
    """How many dots are not white."""
    white = Image.new("RGB", image.size, "white")
    return sum(
        count
        for value, count in enumerate(ImageChops.difference(image, white).convert("L").histogram())
        if value
    )


@pytest.mark.slow
def test_an_image_is_a_png_that_says_by_itself_what_it_shows(cases, tmp_path, monkeypatch):
    """Title, sentence and scope are printed on it: without them it is lower, and what they say
    is in its head.
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spec, rows = cases["funnel"]
    title, said, note = (
        "Sur 164 idées, 81 sont décidées",
        "Combien vont jusqu'à chaque étape.",
        "Vie citoyenne (VC) · situation au 30/06/2023",
    )
    content = picture(spec, rows, title, said, note)
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    whole, other, bare = (
        opened(content),
        opened(picture(spec, rows, "Autre", said, note)),
        opened(picture(spec, rows, "", "", "")),
    )
    assert whole.width >= 1800 and whole.getpixel((2, 2)) == (255, 255, 255)
    assert whole.height == other.height > bare.height
    head = (0, 0, whole.width, whole.height - bare.height + 40)
    assert ink(whole.crop(head)) > 3000 and ink(whole) > 200_000
    changed = ImageChops.difference(whole, other).getbbox()
    assert changed and changed[3] < 100, "only the title, at the top, is another"
    assert list(tmp_path.iterdir()) == []


# All are compiled and drawn above, by the same library.
AS_IMAGES = CHARTS[::3]


@pytest.mark.parametrize("name", AS_IMAGES)
def test_every_chart_becomes_an_image(cases, name):
    spec, rows = cases[name]
    said = "✓ 3 atteints · ■ 1 en difficulté"
    image = opened(images.png(spec, rows.for_vega(), "Un titre", said, "note"))
    assert ink(image) > 5000
    # Nothing touches the edge: no label is cut.
    frame = Image.new("RGB", (image.width - 16, image.height - 16), "white")
    image.paste(frame, (8, 8))
    assert ink(image) == 0


def test_a_chart_that_cannot_be_drawn_says_so_calmly_and_leaves_nothing(
    cases, tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(Refused, match=re.escape(FAILED)):
        picture({"mark": "camembert", "height": 10}, cases["funnel"][1], "Titre", "", "")
    assert list(tmp_path.iterdir()) == []


# --- the counts behind the funnel and the heat map ------------------------------------------------

SCOPES = [{}, {"direction": "VC-JSP"}, {"direction": "VC,AD-BAT"}, {"ambition": "modernisation"}]
DAYS = ("2023-06-30", "2022-09-14", "2022-02-28")


@pytest.mark.parametrize(
    "demo,au,where", once_each(DAYS, SCOPES, DAYS[0]), ids=str, indirect=["demo"]
)
def test_the_funnel_is_the_recount(demo, scope_for, where, au):
    with reading(demo) as session:
        scope = scope_for(session, OPERATOR, au=au, **where)
        found, lives = idea_counts.cohort(session, scope, scope.on), lives_in(session)
        outcomes = idea_counts.outcomes(session, scope, [scope.on])[0]
    place, start = (
        Place(scope.counted, scope.ambition.id if scope.ambition else None),
        window_start(scope.on),
    )
    mine = Counter(
        i.status
        for i in standings(lives, scope.on)
        if i.filed.decided
        and start <= i.filed.on <= scope.on
        and place.holds(i.concerns, i.ambition)
    )
    assert found == mine and sum(mine.values()) > 0
    # The same as the figure « Issue des idées » counts.
    by_outcome = Counter()
    for status, n in found.items():
        by_outcome[outcome_of(status)] += n
    assert {name: by_outcome[name] for name in ("ouverte", "retenue", "realisee", "autre")} == {
        name: outcomes[name] for name in ("ouverte", "retenue", "realisee", "autre")
    }
    stages = dict(
        zip(
            *(ideas.funnel_rows(found).column(column) for column in ("stage", "n")),
            strict=True,
        )
    )
    assert stages["Décidées"] == sum(n for status, n in mine.items() if status in DECIDED)
    assert stages["Lues"] == sum(
        n
        for status, n in mine.items()
        if status not in ("recue", "fusionnee", "reorientee", "retiree")
    )


@pytest.mark.parametrize(
    "demo,au,where", once_each(DAYS, SCOPES, DAYS[0]), ids=str, indirect=["demo"]
)
def test_the_heat_map_is_the_recount(demo, scope_for, where, au):
    with reading(demo) as session:
        scope = scope_for(session, OPERATOR, au=au, **where)
        start = add_months(month_start(scope.on), -11)
        found = idea_counts.arrivals(session, scope, start, scope.on)
        months, lives = (
            idea_counts.arrivals_by_month(session, scope, start, scope.on),
            lives_in(session),
        )
    place, mine = Place(scope.counted, scope.ambition.id if scope.ambition else None), Counter()
    for events in lives.values():
        for e in live_facts(events, scope.on):
            if e.what == "depot" and e.on >= start and place.holds(e.concerns_id, e.ambition_id):
                mine[e.concerns_id, month_start(e.on)] += 1
    assert {key: n for key, n in found.items() if n} == dict(mine) and mine
    totals = Counter()
    for (_, month), n in mine.items():
        totals[month] += n
    assert {month: n for month, n in months.items() if n} == dict(totals)
    lines, counts = _by_place(scope, found)
    assert sum(counts.values()) == sum(mine.values()) and {code for code, _ in counts} <= {
        code for code, _ in lines
    }


def test_lines_follow_the_organisation_chart_and_the_rights(sqlite_demo, scope_for, cast):
    """Élise sees every direction in the chart's order; Alice her own, the others as one line."""
    with reading(sqlite_demo) as session:
        everybody, hers = scope_for(session, cast.elise), scope_for(session, cast.alice)
        alone = scope_for(session, cast.elise, direction="VC-JSP")
        found = idea_counts.arrivals(session, everybody, date(2022, 7, 1), FROZEN)
    assert [unit for unit, _ in _lines(everybody)] == everybody.tree.directions()
    own = [unit.code for unit, _ in _lines(hers)]
    assert len(own) == 1
    lines, counts = _by_place(hers, found)
    assert [code for code, _ in lines] == [*own, "Autres", "Inconnue"]
    assert sum(counts.values()) == sum(found.values())
    assert [unit.code for unit, _ in _lines(alone)] == ["VC-JSP"]
