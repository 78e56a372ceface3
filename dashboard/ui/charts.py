"""A chart on a page: its message as title, a sentence of explanation, the drawing, its table,
CSV and image; interactive curves on request.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

import streamlit as st
from markupsafe import Markup

from dashboard import french, theme
from dashboard.access import may
from dashboard.charts.chart import Chart
from dashboard.charts.plots import on_page
from dashboard.files import csvout
from dashboard.queries.figures.events import Event
from dashboard.rendering import render
from dashboard.report.picture import picture
from dashboard.scope import Scope
from dashboard.ui.blocks import fold, gathering, is_gathering, place, together
from dashboard.ui.downloads import data_link, download
from dashboard.ui.scripts import screen_component
from dashboard.ui.tables import link, table
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from dashboard.visit.screens import screen_at
from dashboard.web.scope_files import ScopeFile

_NOTHING_ELSE: Mapping[str, str] = {}
EXPLAINED = "Ce qui explique la courbe"


def show(
    chart: Chart,
    scope: Scope,
    *,
    note: str = "",
    files: Sequence[ScopeFile] = (),
    asked: Mapping[str, str] = _NOTHING_ELSE,
    level: int = 3,
) -> None:
    """The chart, with its data and files one click away. `files`: those built from the scope and
    the `asked` parameters; without them the page offers its own, with `note` (default: the
    scope) printed on the image.
    """
    with _drawn(chart.code), together():
        place(render("charts/head.html", title=chart.title, message=chart.message, level=level))
        place(on_page(chart.plot, chart.alt))
        if chart.events:
            with fold(EXPLAINED, icon="pin_drop"):
                events_table(chart, scope)
        with fold("Les données et l’image du graphique"):
            place(data_table(chart))
            with together():
                if files:
                    for file, (_, _, label, icon) in zip(files, _FILES, strict=True):
                        data_link(file, scope, label, icon=icon, **asked)
                else:
                    _downloads(chart, note or scope.sentence())


def events_table(chart: Chart, scope: Scope) -> None:
    """The events marked on the curve, by their numbers; those that the reader may open are
    links.
    """
    table(
        ("N°", "Date", "Quoi", "Ce qui s’est passé"),
        [
            (number, french.day(event.on), event.kind.label, _event_link(event, scope))
            for number, event in chart.events
        ],
        EXPLAINED,
    )


def _event_link(event: Event, scope: Scope) -> object:
    if not event.param or not may(scope.reader, screen_at(event.page).right):
        return event.text
    return link(event.text, address(event.page, scope, **dict([event.param])))


@contextmanager
def _drawn(code: str) -> Iterator[None]:
    """The drawing as a part of the block, or as our own element: Streamlit strips SVG from HTML."""
    if is_gathering():
        yield
        return
    with gathering() as parts:
        yield
    screen_component()(key=f"cp_screen_{code}", data=[{"parts": parts}])


def explore(chart: Chart) -> None:
    """The interactive version of a chart, loaded when opened."""
    unfolding("Explorer ce graphique", _explored, chart, key=f"w_{chart.code}_explorer")


def _explored(chart: Chart) -> None:
    # Altair is imported only when used.
    from dashboard.charts.explorer import explorer

    st.altair_chart(
        explorer(chart.curves, chart.unit).configure(**theme.vega_config()),
        theme=None,
        alt=chart.alt,
        key=f"w_{chart.code}_explored",
    )


def data_table(chart: Chart) -> Markup:
    """The rows of the chart; wider than a phone if needed."""
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
    """The rows as CSV for French spreadsheets, with full numbers; or the chart as an image."""
    return csvout.as_bytes(chart.columns, chart.rows) if ending == "csv" else picture(chart, note)


def _downloads(chart: Chart, note: str) -> None:
    """Files made on request."""
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
    """The two files of a chart built from a scope and the parameters it `asks`: rows (CSV) and
    image (PNG).
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
