"""Colours that can be read by everybody, and one palette for our components, Streamlit and the
charts.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit import config
from support.colours import contrast

from dashboard import theme
from models.roadmap import AmbitionColour
from models.settings import ROOT

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
