"""A chart as a page shows it: the message as its title, a sentence of reading, the drawing, its
table, CSV and image; its curves explored in place.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

import streamlit as st
from markupsafe import Markup

from dashboard import french, theme
from dashboard.charts.chart import Chart
from dashboard.charts.plots import on_page
from dashboard.files import csvout
from dashboard.rendering import render
from dashboard.report.picture import picture
from dashboard.scope import Scope
from dashboard.ui.blocks import fold, gathering, is_gathering, place, together
from dashboard.ui.downloads import data_link, download
from dashboard.ui.scripts import screen_component
from dashboard.ui.unfolding import unfolding
from dashboard.web.scope_files import ScopeFile

_NOTHING_ELSE: Mapping[str, str] = {}


def show(
    chart: Chart,
    scope: Scope,
    *,
    note: str = "",
    files: Sequence[ScopeFile] = (),
    asked: Mapping[str, str] = _NOTHING_ELSE,
    level: int = 3,
) -> None:
    """The chart, its data and files one click away. `files` are those that follow from the scope
    and from what is `asked` besides; without them the page offers its own, with `note` (the scope
    where there is none) printed on the image.
    """
    with _drawn(chart.code), together():
        place(render("charts/head.html", title=chart.title, message=chart.message, level=level))
        place(on_page(chart.plot, chart.alt))
        with fold("Les données et l’image du graphique"):
            place(data_table(chart))
            with together():
                if files:
                    _links(files, scope, asked)
                else:
                    _downloads(chart, note or scope.sentence())


@contextmanager
def _drawn(code: str) -> Iterator[None]:
    """A part of the block that is gathered, else an element of our own: Streamlit's takes every SVG
    out of the HTML that it draws.
    """
    if is_gathering():
        yield
        return
    with gathering() as parts:
        yield
    screen_component()(key=f"cp_screen_{code}", data=[{"parts": parts}])


def explore(chart: Chart) -> None:
    """The curves of a chart that answer to the pointer, for whoever opens them."""
    unfolding("Explorer ce graphique", _explored, chart, key=f"w_{chart.code}_explorer")


def _explored(chart: Chart) -> None:
    # Altair comes with the first one who explores.
    from dashboard.charts.explorer import explorer

    st.altair_chart(
        explorer(chart.curves, chart.unit).configure(**theme.vega_config()),
        theme=None,
        alt=chart.alt,
        key=f"w_{chart.code}_explored",
    )


def data_table(chart: Chart) -> Markup:
    """The rows behind the chart: whole, and wider than a phone where they are."""
    columns = [
        (heading, any(isinstance(row[n], int | float) for row in chart.rows))
        for n, heading in enumerate(chart.columns)
    ]
    return render(
        "ui/table.html",
        columns=columns,
        rows=[zip(map(_in_words, row), columns, strict=True) for row in chart.rows],
        caption=chart.title,
        is_wide=False,
        more_cards="",
        more_lines="",
    )


def _in_words(value: object) -> object:
    if isinstance(value, date):
        return french.day(value)
    return french.number(value) if isinstance(value, int | float) else value


# ── The files ─────────────────────────────────────────────────────────────────────────────────────

_FILES = (
    ("csv", "text/csv", "Télécharger (CSV)", "download"),
    ("png", "image/png", "Télécharger l’image (PNG)", "image"),
)


def _content(chart: Chart, ending: str, note: str) -> bytes:
    """The rows of the table for a French spreadsheet, numbers in full; or the chart as an image."""
    return csvout.as_bytes(chart.columns, chart.rows) if ending == "csv" else picture(chart, note)


def _links(files: Sequence[ScopeFile], scope: Scope, asked: Mapping[str, str]) -> None:
    for file, (_, _, label, icon) in zip(files, _FILES, strict=True):
        data_link(file, scope, label, icon=icon, **asked)


def _downloads(chart: Chart, note: str) -> None:
    """Files that are made only when asked for."""
    for ending, mime, label, icon in _FILES:
        download(
            label,
            lambda ending=ending: _content(chart, ending, note),
            f"{chart.code}.{ending}",
            mime,
            key=f"{chart.code}_{ending}",
            icon=icon,
        )


def files_of(
    name: str,
    right: str,
    chart_of: Callable[..., Chart | None],
    note: Callable[..., str] = lambda scope, **_asked: scope.sentence(),
    asks: tuple[str, ...] = (),
) -> tuple[ScopeFile, ...]:
    """The two files of a chart that follows from a scope, and from what it `asks` of the address
    besides: its rows (CSV), its image (PNG).
    """

    def maker(ending: str) -> Callable[..., bytes | None]:
        def make(scope: Scope, **asked: str) -> bytes | None:
            chart = chart_of(scope, **asked)
            return _content(chart, ending, note(scope, **asked)) if chart else None

        return make

    return tuple(
        ScopeFile(f"{name}.{ending}", mime, right, maker(ending), asks)
        for ending, mime, _, _ in _FILES
    )
