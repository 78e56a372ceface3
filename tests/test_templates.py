"""The templates; the blocks of a page as HTML; colours that can be read by everybody, and one palette
for our components, Streamlit and the charts; what a reader sees as French.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from jinja2 import meta, nodes
from markupsafe import Markup
from streamlit import config
from streamlit.testing.v1 import AppTest
from support.colours import contrast
from support.pages import Markup as Parsed, parts_of
from support.transactions import refuses

from dashboard import french, theme
from dashboard.charts.plots import Plot, Row, on_page
from dashboard.figures.board import Entry
from dashboard.rendering import TEMPLATES, compile_all, jinja, local, macros, render
from dashboard.ui import cards as figure_cards, components as c
from models.roadmap import AmbitionColour
from models.settings import ROOT

# ── The templates ─────────────────────────────────────────────────────────────────────────────────
# No HTML outside them, nothing unescaped inside them, nothing they use that they were not given.

HOSTILE = """<img src=x onerror=alert(1)>"'&"""
_TAG = re.compile(r"(?<!\?P)</?[a-zA-Z]")  # a named group of a regular expression is no tag

# These files hold tags for good, and why.
WITH_REASON = {
    "dashboard/files/mail.py": ("writes an address in a header of a mail, between angle brackets"),
    "dashboard/files/ideas/columns.py": (
        "reads the markup that another platform wrote in its comments, and takes it off"
    ),
    "dashboard/rendering.py": "takes the tags off for a spreadsheet",
    "dashboard/report/pdf.py": "asks Typst for « <pages> », a label of its own language",
    "dashboard/web/first_page.py": (
        "looks for the tags of Streamlit's own index.html, to put ours in their place"
    ),
}
# Templates whose links lead to us from outside, by the full address of the server.
OUTWARD = {"mails/news.html"}


@cache
def written_strings(path: Path) -> list[str]:
    """The string literals of a file, f-strings included, without its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def python_files() -> list[Path]:
    return sorted([*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").rglob("*.py")])


def templates() -> list[str]:
    return jinja().list_templates()


@pytest.mark.slow
def test_no_python_file_writes_html():
    found = {
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if any(map(_TAG.search, written_strings(path)))
    }
    assert found - set(WITH_REASON) == set(), "HTML goes into dashboard/templates"
    assert set(WITH_REASON) - found == set(), "these hold no tag any more: take them off the list"


def test_no_word_of_a_light_page_is_torn_from_its_punctuation():
    """On a phone « : » or « » » would begin a line."""
    torn = re.compile(r"« | [»;:?!](?!\w)")
    for name in templates():
        if name.startswith("light/"):
            source = jinja().loader.get_source(jinja(), name)[0]
            tokens = jinja()._tokenize(source, name, name)
            words = "\0".join(token.value for token in tokens if token.type == "data")
            assert not torn.search(re.sub("<[^>]*>", "", words)), name


def test_nobody_escapes_by_hand_nor_vouches_for_a_text():
    """Escaping is the templates' work; a text becomes markup in `rendering.py`, and once where
    it is our own stylesheet.
    """
    vouching = {
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if re.search(
            r"\bMarkup\(|from html import .*\bescape\b|from markupsafe import .*\bescape\b",
            path.read_text(encoding="utf-8"),
        )
    }
    assert vouching == {"dashboard/rendering.py", "dashboard/frame/around.py"}


@pytest.mark.slow
def test_every_template_is_drawn_by_somebody_and_every_drawn_one_exists():
    drawn = {
        text
        for path in python_files()
        for text in written_strings(path)
        if re.fullmatch(r"[a-z][a-z_]*(/[a-z_]+)?\.(html|svg)", text)
    }
    imported = {
        name
        for template in templates()
        for name in re.findall(
            r'{% (?:from|include) "([^"]+)"', (TEMPLATES / template).read_text(encoding="utf-8")
        )
    }
    # A field of a light form is drawn by the name of its shape.
    calls = (
        node for path in python_files() for node in ast.walk(ast.parse(path.read_text("utf-8")))
    )
    drawn |= {
        f"light/{call.args[0].value}.html"
        for call in calls
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).endswith("fields.field")
        and isinstance(call.args[0], ast.Constant)
    } & set(templates())
    assert set(templates()) - drawn - imported == set(), "nobody draws these"
    assert {name for name in drawn if "/" in name} - set(templates()) == set(), (
        "these are drawn and are not there"
    )


@cache
def drawings() -> list[tuple[str, str, set[str]]]:
    """(file and line, template, names given) of each call that draws a template."""
    found = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("draw", "render")
                and node.args
            ):
                template = node.args[0]
                if isinstance(template, ast.Constant) and isinstance(template.value, str):
                    place = f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
                    found.append(
                        (place, template.value, {keyword.arg for keyword in node.keywords})
                    )
    return found


@pytest.mark.slow
def test_each_template_is_given_what_it_uses_and_nothing_else():
    known = set(jinja().globals)
    for place, name, given in drawings():
        assert given == used_by(name) - known, f"{place} draws {name}"


def used_by(name: str) -> set[str]:
    """The names that a template asks for, and those of what it includes."""
    tree = jinja().parse((TEMPLATES / name).read_text(encoding="utf-8"))
    included = (node.template.value for node in tree.find_all(nodes.Include))
    return meta.find_undeclared_variables(tree).union(*map(used_by, included))


def test_every_template_compiles_and_has_the_straight_apostrophe():
    assert set(compile_all()) == set(templates()) > {"macros.html"}
    # Two kinds on a screen look like a fault.
    assert [name for name in templates() if "’" in (TEMPLATES / name).read_text("utf-8")] == []


def test_nothing_is_called_safe_inside_a_template():
    for name in templates():
        tree = jinja().parse((TEMPLATES / name).read_text(encoding="utf-8"))
        safe = [node for node in tree.find_all(nodes.Filter) if node.name == "safe"]
        assert not safe, name
        kept_on = not list(tree.find_all(nodes.ScopedEvalContextModifier))
        assert kept_on, f"autoescape stays on in {name}"


def test_an_address_is_checked_before_it_is_linked():
    for name in set(templates()) - set(OUTWARD):
        source = (TEMPLATES / name).read_text(encoding="utf-8")
        for address in re.findall(r'href="\{\{(.*?)\}\}', source):
            assert "|local" in address, (name, address)


def test_a_hostile_text_is_escaped_in_content_and_in_attributes():
    shown = render(
        "ui/page_header.html",
        title=HOSTILE,
        lead=HOSTILE,
        trail=[(HOSTILE, "/x?q=" + HOSTILE)],
        ways=[(HOSTILE, "/x?q=" + HOSTILE)],
        tabs=[(HOSTILE, "/x?q=" + HOSTILE, True)],
        help="/x?q=" + HOSTILE,
    )
    assert "<img" not in shown and 'href="/x?q=&lt;img' in shown
    assert "<img" not in macros().chip(HOSTILE, HOSTILE)
    assert '"' not in re.sub(r'="[^"<>]*"', "", macros().chip("mot", HOSTILE)), (
        "no quote ends an attribute"
    )


def test_markup_made_here_is_placed_as_it_is_and_a_text_is_not():
    assert macros().link("Voir", "/x") in render(
        "ui/paragraph.html", text=macros().link("Voir", "/x")
    )
    assert render("ui/paragraph.html", text="<b>") == "<p>&lt;b&gt;</p>"
    assert isinstance(render("ui/paragraph.html", text="a"), Markup)


def test_a_sentence_has_the_spaces_of_french():
    assert (
        render("ui/paragraph.html", text="Vrai ? « Oui »") == "<p>Vrai\u202f? «\u00a0Oui\u00a0»</p>"
    )


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<p>\n  <b>un</b>\n  deux\n  trois\n</p>", "<p><b>un</b>deux trois</p>"),
        ("<b>{{ 1 }}</b> <i>{{ 2 }}</i>", "<b>1</b> <i>2</i>"),
        ("{% if 1 %}\n  <p>\u00a0: x</p>\n{% endif %}\n", "<p>\u00a0: x</p>"),
    ],
    ids=["layout", "space", "no-break space"],
)
def test_a_line_break_of_a_template_leaves_no_gap(written, sent):
    assert jinja().from_string(written).render() == sent


# ── The blocks of a page as HTML ──────────────────────────────────────────────────────────────────
# What a reader finds, and what a hostile text cannot do.

CODE = sorted([*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").glob("*.py")])
CODE = [file for file in CODE if "st." in file.read_text(encoding="utf-8")]


def text_of(html: str) -> str:
    return " ".join(Parsed(html).said.split())


def tags_of(html: str) -> list[str]:
    return [tag for tag, _ in Parsed(html).tags]


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


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# Colours that can be read by everybody, and one palette for our components, Streamlit and the
# charts

HOUSE = Path(theme.__file__).parent
CONFIG = tomllib.loads((HOUSE / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
WHITE = "#FFFFFF"
STYLES_OF_SCREENS = sorted((HOUSE / "styles").glob("*.css"))
TEXTS = [
    theme.INK,
    theme.MUTED,
    theme.ACCENT,
    *theme.AMBITIONS.values(),
    *theme.PALETTE.values(),
    *(s.colour for s in theme.STATUSES.values()),
]


def test_the_palette_has_the_colours_that_an_ambition_may_be_given():
    assert list(theme.PALETTE) == list(AmbitionColour)
    assert len({c.light for c in theme.PALETTE.values()}) == len(theme.PALETTE)


def test_an_ambition_takes_the_colour_that_was_chosen_and_no_other():
    chosen = {"citoyens": "framboise", "durable": "", "modernisation": "mauve", "x;}": "bleu"}
    assert theme.css_of_ambitions(chosen) == ":root{--cp-citoyens:var(--cp-tint-framboise);}"
    assert theme.css_of_ambitions({}) == ""
    printed = theme.on_paper(chosen)
    assert printed["citoyens"] == theme.PALETTE["framboise"].light
    assert printed["durable"] == theme.AMBITIONS["durable"].light


def test_the_measure_itself_is_right():
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast("#767676", WHITE) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colour", TEXTS, ids=lambda c: c.code)
def test_every_text_colour_can_be_read_in_both_themes(colour):
    assert contrast(colour.light, WHITE) >= 4.5
    assert contrast(colour.light, theme.PAPER.light) >= 4.5
    assert contrast(colour.dark, theme.PAPER.dark) >= 7
    assert contrast(colour.dark, theme.SURFACE.dark) >= 7


@pytest.mark.parametrize("tone", ["light", "dark"])
def test_what_carries_meaning_without_text_reaches_three_to_one(tone):
    def hexa(colour):
        return getattr(colour, tone)

    for ground in (theme.PAPER, theme.SURFACE):
        assert contrast(hexa(theme.EDGE), hexa(ground)) >= 3, (
            "the edge of a field or of an empty bar"
        )
        assert contrast(hexa(theme.PRIMARY), hexa(ground)) >= 3, "a checked box"
    assert contrast(theme.SPARK, hexa(theme.SURFACE)) >= 3, "a sparkline"
    assert contrast(hexa(theme.ACCENT), hexa(theme.TRACK)) >= 3, "what is done, on its bar"
    assert contrast(hexa(theme.INK), hexa(theme.WASH)) >= 7
    assert contrast(WHITE, hexa(theme.PRIMARY)) >= 4.5, (
        "Streamlit writes in white on its primary colour"
    )


@pytest.mark.parametrize("tone", ["light", "dark"])
def test_streamlit_draws_with_the_same_palette(tone):
    theirs = CONFIG["theme"][tone]
    ours = {
        "primaryColor": theme.PRIMARY,
        "backgroundColor": theme.PAPER,
        "secondaryBackgroundColor": theme.SURFACE,
        "textColor": theme.INK,
        "linkColor": theme.ACCENT,
        "borderColor": theme.EDGE,
        "dataframeBorderColor": theme.LINE,
        "dataframeHeaderTextColor": theme.MUTED,
    }
    assert {name: theirs[name] for name in ours} == {
        name: getattr(c, tone) for name, c in ours.items()
    }
    assert theirs["chartCategoricalColors"] == [
        getattr(colour, tone) for colour in theme.AMBITIONS.values()
    ]


@pytest.mark.parametrize("tone", ["light", "dark"])
@pytest.mark.parametrize("hue", ["red", "orange", "yellow", "blue", "green", "violet", "gray"])
def test_streamlits_alerts_and_coloured_texts_can_be_read(tone, hue):
    theirs = CONFIG["theme"][tone]
    text = theirs[f"{hue}TextColor"]
    for ground in (theirs[f"{hue}BackgroundColor"], theirs["backgroundColor"]):
        assert contrast(text, ground) >= 4.5


def test_every_option_of_the_configuration_exists():
    def names(table, prefix=""):
        for key, value in table.items():
            name = f"{prefix}{key}"
            yield from names(value, f"{name}.") if isinstance(value, dict) else [name]

    assert set(names(CONFIG)) <= set(config._config_options_template)


def test_a_status_is_never_colour_alone():
    shapes = [s.shape for s in theme.STATUSES.values()]
    words = [s.word for s in theme.STATUSES.values()]
    assert len(set(shapes)) == len(set(words)) == len(theme.STATUSES)
    assert theme.STATUSES["en-difficulte"].label == "■ En difficulté"


def test_the_stylesheet_defines_every_variable_it_uses():
    sheet = theme.css()
    defined = set(re.findall(r"(--cp-[\w-]+):", sheet))
    assert set(re.findall(r"var\((--cp-[\w-]+)\)", sheet)) <= defined
    assert {colour.var for colour in theme.COLOURS.values()} <= {f"var({name})" for name in defined}


def test_no_rule_asks_what_the_whole_application_holds():
    """`.stApp:has(…)` has the browser style everything anew at each change of anything; the root
    says it (static/page.js).
    """
    asking = re.compile(r"(?:\.stApp|\bhtml|:root):has\(")
    found = {path.name: asking.findall(path.read_text("utf-8")) for path in STYLES_OF_SCREENS}
    assert found and not any(found.values()), found


def test_a_chart_for_paper_holds_no_variable():
    drawn = f'<rect fill="{theme.ACCENT.var}" stroke="{theme.PAPER.var}"/>'
    assert theme.for_print(drawn) == '<rect fill="#0B5A6E" stroke="#FFFFFF"/>'


def test_the_application_is_imported_before_anything_reads_the_settings_of_streamlit():
    asked = (
        "import dashboard.asgi, streamlit.config as c; print(c.get_option('client.toolbarMode'))"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, cwd=ROOT)
    assert told.stdout.split()[-1:] == [CONFIG["client"]["toolbarMode"]], told.stderr


# ── What a reader sees as French ──────────────────────────────────────────────────────────────────
# Each story fails if a space, a sign or a plural is wrong.

NARROW, NO_BREAK, MINUS = "\u202f", "\u00a0", "\u2212"


@pytest.mark.parametrize(
    ("x", "decimals", "read"),
    [
        (3200, None, f"3{NARROW}200"),
        (1234567.85, 2, f"1{NARROW}234{NARROW}567,85"),
        (13.66, None, "13,7"),
        (13.0, None, "13"),
        (13, 1, "13,0"),
        (0, None, "0"),
        (-7.8, None, f"{MINUS}7,8"),
        (2.25, 1, "2,3"),  # half up, where Python and Babel would say 2,2
        (1.005, 2, "1,01"),
        (Decimal("0.05"), 1, "0,1"),
        (-0.04, 1, "0,0"),  # nobody reads « −0,0 »
        (None, None, "n.d."),
        (float("nan"), 1, "n.d."),
    ],
)
def test_a_number_reads_as_french(x, decimals, read):
    assert french.number(x, decimals) == read


def test_a_percentage_is_kept_from_0_to_100_and_holds_its_sign():
    assert french.percent(13.73) == f"13,7{NARROW}%"
    assert french.percent(100, 0) == f"100{NARROW}%"
    assert french.percent(None) == "n.d."


def test_a_rate_shows_both_counts_or_says_it_does_not_know():
    assert french.rate(412, 3000) == f"13,7{NARROW}% (412{NO_BREAK}/{NO_BREAK}3{NARROW}000)"
    assert french.rate(0, 20) == f"0,0{NARROW}% (0{NO_BREAK}/{NO_BREAK}20)"
    assert french.rate(0, 0) == "n.d."
    assert french.rate(5, None) == "n.d."
    assert french.rate(None, 5) == "n.d."


@pytest.mark.parametrize(
    ("x", "unit", "read"),
    [
        (-7.8, "point", f"{MINUS}7,8{NO_BREAK}points"),
        (1.7, "point", f"+1,7{NO_BREAK}point"),
        (-1.9, "mois", f"{MINUS}1,9{NO_BREAK}mois"),
        (2, "point", f"+2{NO_BREAK}points"),
        (0, "point", f"0{NO_BREAK}point"),
        (4, "%", f"+4{NARROW}%"),
        (-3, "", f"{MINUS}3"),
        (None, "point", "n.d."),
    ],
)
def test_a_change_carries_its_sign_and_its_unit(x, unit, read):
    assert french.signed(x, unit) == read


def test_a_change_that_rounds_to_nothing_has_no_sign():
    assert french.signed(0.04, "point", 1) == f"0,0{NO_BREAK}point"
    assert french.signed(-0.04, "point", 1) == f"0,0{NO_BREAK}point"


def test_french_is_singular_below_two():
    assert [french.plural(n, "idée") for n in (0, 1, 1.9, 2, -1.5, -2)] == [
        "idée", "idée", "idée", "idées", "idée", "idées",
    ]  # fmt: skip
    assert french.plural(5, "mois") == "mois"
    assert french.plural(5, "ETP") == "ETP"
    assert french.plural(3, "journal", "journaux") == "journaux"
    assert french.counted(1200, "idée") == f"1{NARROW}200{NO_BREAK}idées"


def test_a_delay_is_said_in_words():
    assert french.months_late(-1.7) == f"1,7{NO_BREAK}mois de retard"
    assert french.months_late(0.5) == f"0,5{NO_BREAK}mois d'avance"
    assert french.months_late(0.04) == french.months_late(-0.04) == "à l'heure"
    assert french.months_late(None) == "n.d."


def test_dates_for_tables_sentences_and_curves():
    frozen = date(2023, 6, 30)
    assert french.day(frozen) == "30/06/2023"
    assert french.day_long(frozen) == f"30{NO_BREAK}juin 2023"
    assert french.day_long(date(2023, 7, 1)) == f"1er{NO_BREAK}juillet 2023"
    assert french.month(date(2022, 8, 15)) == "août 2022"
    assert french.day(None) == french.day_long(None) == french.month(None) == "n.d."


@pytest.mark.parametrize(
    ("written", "set_"),
    [
        ("Pourquoi ce chiffre ?", f"Pourquoi ce chiffre{NARROW}?"),
        ("Bravo! Encore?", f"Bravo{NARROW}! Encore{NARROW}?"),
        ("Note : lu", f"Note{NO_BREAK}: lu"),
        ("Note: lu", f"Note{NO_BREAK}: lu"),
        ("13,7 % et 5€", f"13,7{NARROW}% et 5{NO_BREAK}€"),
        ("13,7%", f"13,7{NARROW}%"),
        ("« Retenue »", f"«{NO_BREAK}Retenue{NO_BREAK}»"),
        ("«Retenue»", f"«{NO_BREAK}Retenue{NO_BREAK}»"),
        ("(« Retenue ») ?", f"(«{NO_BREAK}Retenue{NO_BREAK}»){NARROW}?"),
        ("un ; deux", f"un{NARROW}; deux"),
        ("5 voix · 1 soutien", f"5 voix{NO_BREAK}· 1 soutien"),
        ("à 10:30", "à 10:30"),
        ("https://intranet/?a=b;c", "https://intranet/?a=b;c"),
        ("", ""),
    ],
)
def test_punctuation_gets_its_spaces_and_addresses_stay_whole(written, set_):
    assert french.typo(written) == set_
    assert french.typo(set_) == set_, "setting twice must change nothing"


@pytest.mark.parametrize(
    "n,said",
    [
        (0, "les chantiers"),
        (1, "le chantier"),
        (6, "les six chantiers"),
        (16, "les seize chantiers"),
        (17, "les 17 chantiers"),
    ],
)
def test_all_of_a_kind_are_counted_in_words(n, said):
    assert french.every(n, "chantier") == said


def test_a_heading_begins_with_a_capital():
    assert french.sentence_case("les six chantiers") == "Les six chantiers"
    assert french.sentence_case("") == ""


def test_hours_stay_on_one_line():
    """A line may end after a dash: « 13:30– » above « 15:30 » on a phone."""
    assert french.hours("13:30", "15:30") == "13:30\u2060–\u206015:30"
