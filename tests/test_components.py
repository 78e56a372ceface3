"""The blocks of a page as HTML: what a reader finds, and what a hostile text cannot do."""

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from support.pages import Markup, parts_of
from support.transactions import refuses

from dashboard.charts.plots import Plot, Row, on_page
from dashboard.figures.board import Entry
from dashboard.rendering import local, render
from dashboard.ui import cards as figure_cards, components as c

HOSTILE = """<img src=x onerror=alert(1)>"'&"""
ROOT = Path(__file__).parent.parent
CODE = sorted([*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").glob("*.py")])
CODE = [file for file in CODE if "st." in file.read_text(encoding="utf-8")]


def text_of(html: str) -> str:
    return " ".join(Markup(html).said.split())


def tags_of(html: str) -> list[str]:
    return [tag for tag, _ in Markup(html).tags]


def drawn(script) -> list[str]:
    """What a script sends through st.html."""
    app = AppTest.from_function(script).run()
    assert not app.exception
    return [element.proto.body for element in app.get("html")]


def html_of(draw, *given, **how) -> str:
    """What a block sends as a part of a page."""
    with c.gathering() as parts:
        draw(*given, **how)
    return parts[0]


def test_a_card_says_value_counts_target_change_and_source():
    entry = Entry(
        "couverture", "Agents couverts", 13.73, 412, 3000, 3000, "%", target=20, attainment=68.7,
        change=1.2, fresh_on=date(2023, 6, 30), status="a-surveiller",
    )  # fmt: skip
    trend, why = [10, None, 13.73], "/chiffre?figure=couverture"
    figure = figure_cards.FigureCard(entry, date(2023, 3, 31), trend, "reçu : 5 sur 7", why)
    html = html_of(figure_cards.cards, [figure])
    for said in (
        "13,7 %", "(412 / 3 000)", "À surveiller", "20 % (69 % du chemin fait)", "+1,2 point depuis le 31/03/2023",
        "données du 30/06/2023 · reçu : 5 sur 7",
    ):  # fmt: skip
        assert said in text_of(html)
    assert 'title="Pourquoi ce chiffre' in html
    assert tags_of(html).count("img") == 1 and "cible : 20 %" in html.replace(
        "\u202f", " "
    ).replace("\xa0", " ")


def test_a_small_cell_shows_neither_its_value_nor_its_trend():
    entry = Entry("petit", "Petit service", 4, None, None, 4, "jours", suppressed=True)
    figure = figure_cards.FigureCard(entry, trend=[1, 2, 4])
    html = html_of(figure_cards.cards, [figure])
    assert "Non affiché" in text_of(html)
    assert "4" not in text_of(html)
    assert "img" not in tags_of(html)


def test_a_value_that_nobody_knows_is_not_zero():
    unknown = figure_cards.FigureCard(Entry("x", "X", None, None, None, None, "%"))
    assert "n.d." in text_of(html_of(figure_cards.cards, [unknown]))


def test_a_gap_in_the_trend_is_a_gap_in_the_line():
    assert figure_cards._sparkline_uri((1, 2, None, 3, 4), None).count("M") == 2
    assert "stroke" in figure_cards._sparkline_uri((5, 5, 5), 8), "a flat line is drawn too"


@pytest.mark.parametrize(
    "html",
    [
        html_of(
            figure_cards.cards,
            [
                figure_cards.FigureCard(
                    Entry("x", HOSTILE, 1, None, None, None, "nb"),
                    note=HOSTILE,
                    trend=[1, 2],
                    why="/x",
                )
            ],
            HOSTILE,
        ),
        c.render(
            "figures/workstreams.html",
            rows=[{"name": HOSTILE, "note": HOSTILE, "done": "50 %", "width": "50%"}],
            title=HOSTILE,
            level=3,
        ),
        html_of(
            c.todo_list,
            [c.TodoItem(HOSTILE, "/x", HOSTILE, date(2023, 6, 30), late=True)],
            HOSTILE,
            HOSTILE,
        ),
        render(
            "ui/table.html",
            columns=[(HOSTILE, False)],
            rows=[[(HOSTILE, (HOSTILE, False))]],
            caption=HOSTILE,
            is_wide=False,
            more_cards="",
            more_lines="",
        ),
        on_page(Plot(1, ticks=[(0, HOSTILE)], rows=[Row(HOSTILE, HOSTILE, HOSTILE)]), HOSTILE),
        render("ui/section.html", title=HOSTILE, message=HOSTILE),
    ],
    ids=["card", "workstream", "todo", "table", "chart", "section"],
)
def test_a_hostile_text_stays_a_text(html):
    assert "onerror" in text_of(html)
    assert not {"script"} & set(tags_of(html))
    assert "<img src=x" not in html


@pytest.mark.parametrize(
    "href", ["//evil.example", "https://evil.example", "javascript:alert(1)", "data:x", ""]
)
def test_only_our_own_addresses_can_be_linked(href):
    refuses(local, href, match="Only addresses of this application", error=ValueError)


def test_markdown_latex_shortcodes_and_addresses_are_split_or_escaped():
    written = "**b** $x$ :material/home: [l](http://e.be) www.e.be a@e.be -> #"
    safe = c.escape_md(written)
    for live in ("**", " $", ":material", "](", "http:/", "www.", "a@", "->"):
        assert live not in safe
    assert safe.replace("\\", "").replace("\u2060", "") == written


PLAIN_LISTS = {"selectbox", "multiselect"}  # their options are no Markdown


def calls_of(source: str, widgets: set[str]) -> Iterator[ast.Call]:
    """`st.selectbox(…)`, and `form.field("…", st.selectbox, …)`."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            named = [call.func, *call.args]
            if any(isinstance(n, ast.Attribute) and n.attr in widgets for n in named):
                yield call


def words_of(call: ast.Call) -> list[ast.expr]:
    return [keyword.value for keyword in call.keywords if keyword.arg == "format_func"]


@pytest.mark.slow
def test_what_a_list_offers_is_read_as_it_is_written():
    r"""An escape would be seen there: « Jean\-Pierre »."""
    escaped = []
    for file in CODE:
        for call in calls_of(file.read_text(encoding="utf-8"), PLAIN_LISTS):
            parts = [part for word in words_of(call) for part in ast.walk(word)]
            names = [part.id for part in parts if isinstance(part, ast.Name)]
            if "escape_md" in names:
                escaped.append(f"{file.relative_to(ROOT)}:{call.lineno}")
    assert CODE and escaped == []


@pytest.mark.slow
def test_a_radio_offers_records_by_their_names_without_their_markdown():
    """Its options are Markdown: the title of an entry could bring a picture from elsewhere."""
    raw = []
    for file in CODE:
        for call in calls_of(file.read_text(encoding="utf-8"), {"radio"}):
            if "names.get" in [ast.unparse(word) for word in words_of(call)]:
                raw.append(f"{file.relative_to(ROOT)}:{call.lineno}")
    assert raw == []


def test_lines_stay_lines_and_none_becomes_a_block_of_code():
    assert c.escape_md("un\n    deux") == "un  \ndeux"


def test_a_chart_is_drawn_with_its_alternative_and_its_table(demonstration):
    def script():
        from datetime import date

        from dashboard.charts.plots import Chart, bars
        from dashboard.scope import Scope
        from dashboard.ui import charts as ui_charts

        plot = bars({date(2023, 1, 1): 1200}, "idée")
        chart = Chart("essai", "Un message", "", "Une idée.", plot, ["Idées"], [(1200,)])
        ui_charts.show(chart, Scope, note="Partout")

    app = AppTest.from_function(script).run()
    assert not app.exception
    body = " ".join(parts_of(app))
    assert 'aria-label="Une idée."' in body and "1\u202f200" in body and "Idées" in body
    assert "essai.csv" in body and "essai.png" in body


def test_a_page_starts_with_one_h1_and_headings_follow_in_order():
    def script():
        from dashboard.figures.board import Entry
        from dashboard.ui import cards as figure_cards, components as c
        from dashboard.ui.address import page_header

        page_header("Titre", "Une phrase.", trail=[("Accueil", "/")])
        entry = Entry("x", "X", 1, None, None, None, "nb")
        figure_cards.cards([figure_cards.FigureCard(entry)], title="Les chiffres")
        c.todo_list([])
        c.empty_for_filters("Rien.", "/idees")

    levels = [
        int(tag[1]) for body in drawn(script) for tag in tags_of(body) if tag in {"h1", "h2", "h3"}
    ]
    assert levels == [1, 2, 3, 2]
