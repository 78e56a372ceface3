"""Every chart draws what its rows say, says it in words, and can be taken away as a table, a CSV and
an image.
"""

import csv
import io
import itertools
import re
import tempfile
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given, strategies as st
from PIL import Image, ImageChops
from support.pages import enter, html_of, visit
from support.transactions import read_with
from support.troupe import FROZEN

from dashboard import french, theme
from dashboard.charts import figures, figures as s_curves, ideas, plots, roadmap, surveys
from dashboard.charts.explorer import explorer
from dashboard.charts.plots import Chart, Plot
from dashboard.figures.workstreams import health_of
from dashboard.queries.roadmap import whole_roadmap
from dashboard.report import pack
from dashboard.report.picture import FAILED, picture
from dashboard.ui.charts import _content, data_table
from models.clock import add_months, month_ends
from models.idea_states import DECIDED, RETAINED, IdeaStatus
from models.texts import Refused

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
AGES = [("Moins d'un mois", 3, 0), ("Plus d'un an", 7, 5)]
FLOW = {
    date(2023, 5, 31): {"realisee": 8, "ouverte": 15},
    FROZEN: {"realisee": 9, "retenue": 4, "autre": 2, "ouverte": 12},
}
BY_DIRECTION = {"Voirie": {MONTHS[-1]: 17}, "Urbanisme": {MONTHS[-2]: 4}}
BY_MONTH = {month: 10 + n for n, month in enumerate(MONTHS)}
ENDS = month_ends(FROZEN, 6)
PARTS = surveys.parts(
    [
        ("Une phrase", 100, [("Plutôt d'accord", 60), ("Tout à fait d'accord", 40)]),
        ("Une autre", 50, [("Plutôt d'accord", 30), ("Pas d'accord", None)]),
    ]
)


@pytest.fixture(scope="module")
def known(demo_on):
    return read_with(demo_on("sqlite"), whole_roadmap)


@pytest.fixture(scope="module")
def drawn(known) -> dict[str, tuple[Plot, list[str]]]:
    """Name of a chart → its drawing over the demonstration or a few numbers, what is written in
    it.
    """
    milestones = known.at(FROZEN)
    healths = [health_of(m, FROZEN).health for m in milestones]
    every = {m.plan.id: m for m in milestones}
    curves = {
        "Valeur": [(on, 50.0 + i) for i, on in enumerate(ENDS)],
        "Attendu": [(on, 60.0 + 2 * i) for i, on in enumerate(ENDS)],
    }
    announced = roadmap.announced(
        [(ENDS[0], FROZEN)], [(ENDS[1], FROZEN), (ENDS[3], date(2023, 9, 30))], None, FROZEN
    )
    words = {"Valeur": "Valeur 55,0 %", "Attendu": "Attendu 70,0 %"}
    return {
        "s_curve": (
            s_curves.plot(pack.s_curve(known, FROZEN), FROZEN),
            ["Acquis 80,6", "Prévu"],
        ),
        "gantt": (
            roadmap.gantt(milestones, healths, every, FROZEN),
            [m.plan.title for m in milestones] + ["En difficulté"],
        ),
        "trend": (roadmap.trend(announced), ["Échéance 30/06/2023", "Prévision 30/09/2023"]),
        "evolution": (figures.evolution(curves, words), list(words.values())),
        "beside": (
            figures.beside([("Agents formés", [15.0], 13.4, 15.6, "Sports 15,0 %")]),
            ["Agents formés", "15,0 %", "Sports 15,0 %"],
        ),
        "bullet": (
            plots.bullet((71.0, "71,0 %"), (90.0, "Cible 90 %"), (82.4, "Attendu 82,4 %"), 100),
            ["71,0 %", "Cible 90 %", "Attendu 82,4 %"],
        ),
        "bars": (plots.bars(BY_MONTH, "dépôt"), ["21", "06/2023"]),
        "funnel": (ideas.funnel(ideas.stages(STATES)), ["Déposées", "164", "141 · 86 %"]),
        "backlog": (ideas.backlog(AGES), ["Plus d'un an", "3", "7 · 5 en retard"]),
        "flow": (ideas.flow(FLOW), ["Réalisées 9", "À décider 12", "06/23"]),
        "by_direction": (ideas.by_direction(BY_DIRECTION, MONTHS[-2:]), ["Voirie", "17", "05/23"]),
        "agreement": (surveys.agreement(PARTS), ["Une phrase", "60 %", "++", "…"]),
    }


CHARTS = (
    "s_curve",
    "gantt",
    "trend",
    "evolution",
    "beside",
    "bullet",
    "bars",
    "funnel",
    "backlog",
    "flow",
    "by_direction",
    "agreement",
)


# --- what is drawn --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_writes_what_it_says_on_the_page_and_on_paper(drawn, name):
    plot, words = drawn[name]
    page = str(plots.on_page(plot, "Une image : deux"))
    paper = plots.on_paper(plot, 900)
    written = " ".join("".join(ElementTree.fromstring(paper).itertext()).split())
    for word in words:
        assert " ".join(french.typo(word).split()) in written, word
    for body in (page, paper):
        assert not re.search(r"\b(nan|None|inf)\b", body)
    assert 'role="img"' in page and french.typo("Une image : deux") in page
    assert "var(" not in paper and not re.search(r"#[0-9a-fA-F]{6}", page)


@pytest.mark.parametrize("name", CHARTS)
def test_colours_are_those_of_the_palette_and_no_mark_leaves_its_area(drawn, name):
    plot = drawn[name][0]
    page = str(plots.on_page(plot, ""))
    palette = {colour.var for colour in theme.COLOURS.values()}
    assert set(re.findall(r"var\(--cp-[\w-]+\)", page)) <= palette
    places = [place for line in plot.lines for place in line.points if place]
    places += [(mark.x, mark.y) for mark in plot.marks]
    places += [(bar.x, bar.y) for bar in plot.bars]
    places += [(bar.x + bar.width, bar.y + bar.height) for bar in plot.bars]
    assert all(-0.31 <= at <= 100.31 for place in places for at in place)


def test_a_row_of_the_calendar_tells_its_days_and_a_tick_needs_no_word(known):
    milestones = [m for m in known.at(FROZEN) if m.plan.number in ("1.1", "1.7")]
    healths = [health_of(m, FROZEN).health for m in milestones]
    plot = roadmap.gantt(milestones, healths, {}, FROZEN)
    first, second = plot.rows
    assert all(
        word in first.tip for word in ("1.1", "Atteint", french.day(milestones[0].first.end))
    )
    assert [mark.text for mark in plot.marks] == ["", "En difficulté"]
    assert (first.is_critical, second.is_critical) == (False, True)
    assert "jalon critique" in second.tip


DATES = st.dates(date(2021, 1, 1), date(2025, 12, 31))


@given(st.lists(st.tuples(DATES, DATES), min_size=1, max_size=8))
def test_a_day_that_is_announced_stands_between_its_months(found):
    plot = roadmap.trend(roadmap.announced([], sorted(found), None, date(2025, 12, 31)))
    for line in plot.lines:
        assert all(-0.01 <= at <= 100.01 for place in line.points for at in place)
    months = [int(words[3:]) * 12 + int(words[:2]) for _, words in plot.levels]
    assert 2 <= len(months) <= 8
    assert len({after - before for before, after in itertools.pairwise(months)}) == 1


AMOUNTS = st.floats(-500, 5_000)


@given(AMOUNTS, AMOUNTS, st.none() | AMOUNTS)
def test_a_value_and_its_target_stay_on_their_axis(value, target, expected):
    plot = plots.bullet(
        (value, "ici"), (target, "là"), None if expected is None else (expected, "là")
    )
    [bar] = plot.bars
    marks = [line.points[0][0] for line in plot.lines]
    assert bar.x >= -0.01 and bar.width >= 0 and bar.x + bar.width <= 100.02
    assert len(marks) == 1 + (expected is not None)
    assert all(-0.01 <= at <= 100.01 for at in marks)
    [zero] = [at for at, words in plot.ticks if words == "0"]
    assert zero == pytest.approx(bar.x) or zero == pytest.approx(bar.x + bar.width, abs=0.02)


@given(st.lists(st.floats(-1000, 10_000), min_size=1, max_size=24), st.booleans())
def test_the_levels_of_a_number_hold_every_value(values, is_share):
    values = [abs(value) % 100 for value in values] if is_share else values
    axis = plots.over_numbers(values, 100 if is_share else None)
    levels = [level for level, _ in axis.ticks]
    assert levels == sorted(levels) and 2 <= len(levels) <= 12
    assert levels[0] <= min(values) and max(values) <= levels[-1]
    assert not is_share or levels[-1] <= 100


def test_a_value_that_nobody_knows_is_a_gap_in_its_line():
    curve = {"Valeur": [(on, None if i == 2 else 5.0 + i) for i, on in enumerate(ENDS)]}
    plot = figures.evolution(curve, {"Valeur": "ici"})
    assert plot.lines[0].path(1, 1).count("M") == 2


# --- what is said of it ---------------------------------------------------------------------------


def test_the_alternative_of_the_s_curve_says_both_ends(known):
    said = s_curves.curve_in_words(pack.s_curve(known, FROZEN), FROZEN)
    assert said.startswith("Acquis 80,6") and "prévu 88,3" in said
    assert "30/06/2023" in said and "31/12/2023" in said


def test_the_forecast_leads_from_what_is_earned_today_to_each_end(known):
    probable, prudent = date(2024, 2, 29), date(2024, 6, 30)
    curves = pack.s_curve(known, FROZEN)
    earned = dict(curves[s_curves.EARNED])[FROZEN]
    ways = s_curves.with_ends(curves, FROZEN, probable, prudent)
    assert [ways[name] for name in s_curves.ENDS] == [
        [(FROZEN, earned), (end, 100.0)] for end in (probable, prudent)
    ]
    assert [line.is_area for line in s_curves.plot(ways, FROZEN).lines].count(True) == 1


def test_the_alternative_of_the_funnel_says_every_stage():
    found = ideas.stages(STATES)
    said = ideas.funnel_alt(found)
    assert all(french.number(n) in said for _, n, *_ in found)
    assert [n for _, n, *_ in found] == [164, 141, 127, 81, 41, 19]
    assert [kept for *_, kept in found][:2] == [None, french.percent(100 * 141 / 164, 0)]


def test_the_alternative_of_the_months_says_the_highest_and_the_last():
    by_month = dict(zip(MONTHS, (4, 9, 2, 0, 0, 0, 0, 0, 0, 0, 0, 7), strict=True))
    assert (
        ideas.filed_alt(by_month).replace(french.NO_BREAK, " ")
        == "22 dépôts en 12 mois ; le plus en août 2022 (9), 7 en juin 2023."
    )
    assert [mark.text for mark in plots.bars(by_month, "dépôt").marks] == ["9", "7"]
    assert ideas.filed_alt(dict.fromkeys(MONTHS, 0)).startswith("0")


def test_the_backlog_is_read_by_age_and_by_what_is_late():
    waiting = {(date(2023, 6, 20), date(2023, 8, 1)): 2, (date(2022, 1, 5), date(2022, 2, 20)): 3}
    found = {name: counts for name, *counts in ideas.ages(waiting, FROZEN)}
    assert found.pop("Moins d'un mois") == [2, 0] and found.pop("Plus d'un an") == [0, 3]
    assert list(found.values()) == [[0, 0]] * 4
    assert ideas.flow_rows(FLOW)[-1] == (FROZEN, 9, 4, 2, 12)


def test_an_empty_scope_has_a_chart_without_a_number():
    words = [mark.text for mark in ideas.funnel(ideas.stages({})).marks]
    assert words == ["0", *["0 · n.d."] * 5]
    nothing = {s_curves.PLANNED: [(FROZEN, None)], s_curves.EARNED: [(FROZEN, None)]}
    assert s_curves.curve_in_words(nothing, FROZEN) == "Pas encore de point à cette date."


def test_stages_of_an_idea_only_lose():
    stages = list(ideas.STAGES.values())
    assert all(after < before for before, after in itertools.pairwise(stages))
    assert stages[0] == set(IdeaStatus) and stages[3] == set(DECIDED) and stages[4] == set(RETAINED)


# --- explored and taken away ----------------------------------------------------------------------


def test_whoever_explores_is_given_the_points_of_the_curves():
    curves = {"Valeur": [(ENDS[0], 1.5), (ENDS[1], None)], "Attendu": [(ENDS[0], 2)]}
    layers = explorer(curves, "%")
    assert layers.data.to_pylist() == [
        {"on": ENDS[0], "kind": "Valeur", "value": 1.5},
        {"on": ENDS[0], "kind": "Attendu", "value": 2.0},
    ]
    assert not re.search(r"#[0-9a-fA-F]{6}", str(layers.to_dict(validate=True)["layer"]))


CHART = Chart(
    "vie-des-idees",
    "Sur 164 idées, 81 sont décidées",
    "Combien vont jusqu'à chaque étape. ✓ 3 atteints · ■ 1 en difficulté",
    "Vie des idées.",
    ideas.funnel(ideas.stages(STATES)),
    ("Jour", "Étape", "Nombre", "Part"),
    [(FROZEN, "Une", 1200, 82.4), (FROZEN, "=1+1", -3, None)],
)


def test_the_csv_holds_in_full_what_the_table_shows():
    cells = re.findall(r"<t[hd] [^>]*>(.*?)</t[hd]>", data_table(CHART).unescape())
    shown = [cells[n : n + 4] for n in range(0, len(cells), 4)]
    content = _content(CHART, "csv", "").decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(content), delimiter=";"))
    assert shown == [
        list(CHART.columns),
        ["30/06/2023", "Une", french.number(1200), "82,4"],
        ["30/06/2023", "=1+1", french.number(-3), ""],
    ]
    assert read == [
        list(CHART.columns),
        ["2023-06-30", "Une", "1200", "82,4"],
        ["2023-06-30", "'=1+1", "-3", ""],
    ], "no spreadsheet takes a text for a formula"


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


def test_an_image_is_a_png_that_says_by_itself_what_it_shows(tmp_path, monkeypatch):
    """Title, sentence and scope are printed on it: without them it is lower, and what they say
    is in its head.
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    note = "Vie citoyenne (VC) · situation au 30/06/2023"
    content = picture(CHART, note)
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    whole, other, bare = (
        opened(content),
        opened(picture(replace(CHART, title="Autre"), note)),
        opened(picture(replace(CHART, title="", message=""), "")),
    )
    assert whole.width >= 1800 and whole.getpixel((2, 2)) == (255, 255, 255)
    assert whole.height == other.height > bare.height
    head = (0, 0, whole.width, whole.height - bare.height + 40)
    assert ink(whole.crop(head)) > 3000 and ink(whole) > 200_000
    changed = ImageChops.difference(whole, other).getbbox()
    assert changed and changed[3] < 100, "only the title, at the top, is another"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CHARTS[::3])
def test_no_word_touches_the_edge_of_an_image(drawn, name):
    image = opened(picture(replace(CHART, plot=drawn[name][0]), "note"))
    assert ink(image) > 5000
    frame = Image.new("RGB", (image.width - 16, image.height - 16), "white")
    image.paste(frame, (8, 8))
    assert ink(image) == 0


def test_a_chart_that_cannot_be_drawn_says_so_calmly_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    broken = replace(CHART, plot=Plot(10, ticks=[(50, "\x00")]))
    with pytest.raises(Refused, match=re.escape(FAILED)):
        picture(broken, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("who,sees", [("didier", True), ("alice", False)])
def test_directions_stand_side_by_side_for_who_may_read_several(demonstration, who, sees):
    said = " ".join(html_of(visit(enter(demonstration, who), "idees", "vue=chiffres")))
    assert ("Le plus de dépôts" in said) is sees
