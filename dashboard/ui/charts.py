"""A chart as a page shows it: the message as its title, a sentence of reading, the chart, its
table, CSV and image.

The chart comes from `dashboard/charts` as a compiled spec without data; the image is made in a
process of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import streamlit as st
from markupsafe import Markup

from dashboard import french, theme
from dashboard.charts.rows import ChartRows
from dashboard.files import csvout
from dashboard.rendering import render
from dashboard.report.picture import picture
from dashboard.scope import Scope
from dashboard.ui.blocks import fold, place, together
from dashboard.ui.components import draw
from dashboard.ui.downloads import data_link, download
from dashboard.ui.unfolding import unfolding
from dashboard.web.scope_files import ScopeFile

_NOTHING_ELSE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Drawing:
    """A chart ready to be shown: its parts as text, so that a screen that remembers it writes
    them only once.
    """

    spec: Callable[[], Mapping]
    table: ChartRows
    alt: str
    title: str
    message: str
    shown: ChartRows
    columns: Mapping[str, str]
    head: Markup
    rows: Markup


def drawing(
    spec: Callable[[], Mapping],
    table: ChartRows,
    alt: str,
    title: str,
    *,
    message: str = "",
    columns: Mapping[str, str] | None = None,
    level: int = 3,
    shown: ChartRows | None = None,
) -> Drawing:
    """A chart under the title that says its message, and the sentence `message`.

    `spec` gives one without data (they go apart, as Arrow), which is not changed: only the live
    chart and its image ask for it. `columns` gives the French
    heading of the fields shown in the table and the download, in order; without it all fields are
    shown under their own names. A number is grouped by thousands: give years and references as
    text. `shown` is the same data as people read it in a table, where the chart wants them arranged
    otherwise.
    """
    shown = table if shown is None else shown
    columns = columns or {name: name for name in shown.kinds}
    head = render("charts/head.html", title=title, message=message, level=level)
    return Drawing(
        spec, table, alt, title, message, shown, columns, head, table_html(shown, columns, title)
    )


def show(drawn: Drawing, *, key: str, note: str) -> None:
    """The chart, its data and image one click away. `note` is printed on the image: the scope,
    with its day.
    """
    # A heading of the page, not a title inside the chart: it is found and read aloud like the
    # others.
    place(drawn.head)
    st.vega_lite_chart(
        drawn.table.arrow(),
        # The remembered spec is shared by all sessions: a new dictionary, never a change of it.
        {"config": theme.vega_config(), **drawn.spec()},
        # Not Streamlit's theme: its axis labels reach a contrast of 3.7:1 only.
        theme=None,
        alt=drawn.alt,
        key=f"w_{key}",
    )
    unfolding(
        "Les données et l’image du graphique", _data_of, drawn, key, note, key=f"w_{key}_data"
    )


def _data_of(drawn: Drawing, key: str, note: str) -> None:
    st.html(drawn.rows)
    with st.container(key=f"cp_chart_files_{key}", horizontal=True):
        _download("Télécharger (CSV)", key, "csv", lambda: csv_of(drawn.shown, drawn.columns))
        _download(
            "Télécharger l’image (PNG)",
            key,
            "png",
            lambda: picture(drawn.spec(), drawn.table, drawn.title, drawn.message, note),
        )


def show_picture(
    drawn: Drawing,
    plot: Markup,
    scope: Scope,
    files: Sequence[ScopeFile],
    *,
    live: str,
    asked: Mapping[str, str] = _NOTHING_ELSE,
) -> None:
    """The chart as the page itself draws it, its data and files one click away; `live` is the
    address where it answers to the pointer, `asked` what the files ask for besides the scope.
    """
    with together():
        place(drawn.head)
        place(plot)
        with fold("Les données et l’image du graphique"):
            place(drawn.rows)
            with together():
                for file, label, icon in zip(files, _FILE_LABELS, _FILE_ICONS, strict=True):
                    data_link(file, scope, label, icon=icon, **asked)
        draw("charts/explore.html", href=live, title=drawn.title)


def files_of(
    name: str,
    right: str,
    drawing_of: Callable[..., Drawing | None],
    note: Callable[..., str],
    asks: tuple[str, ...] = (),
) -> tuple[ScopeFile, ScopeFile]:
    """The two files of a chart that follows from a scope, and from what it `asks` of the address
    besides: its rows (CSV), its image (PNG).
    """

    def as_csv(scope: Scope, **asked: str) -> bytes | None:
        drawn = drawing_of(scope, **asked)
        return csv_of(drawn.shown, drawn.columns) if drawn else None

    def as_png(scope: Scope, **asked: str) -> bytes | None:
        drawn = drawing_of(scope, **asked)
        if drawn is None:
            return None
        said = note(scope, **asked)
        return picture(drawn.spec(), drawn.table, drawn.title, drawn.message, said)

    return (
        ScopeFile(f"{name}.csv", _MIMES["csv"], right, as_csv, asks),
        ScopeFile(f"{name}.png", _MIMES["png"], right, as_png, asks),
    )


def chart_with_table(
    spec: Callable[[], Mapping],
    table: ChartRows,
    alt: str,
    title: str,
    *,
    key: str,
    note: str,
    **more: object,
) -> None:
    """Draws and shows in one go; `more` are the further parts of a `drawing`."""
    show(drawing(spec, table, alt, title, **more), key=key, note=note)


# ── The table ─────────────────────────────────────────────────────────────────────────────────────


def table_html(table: ChartRows, columns: Mapping[str, str], title: str) -> Markup:
    """A real table: read by screen readers, printed, copied into a spreadsheet, without a grid
    to load.
    """
    headings = [(heading, table.is_number(name)) for name, heading in columns.items()]
    rows = ([_cell(row[name]) for name in columns] for row in table.lines)
    return render("charts/table.html", headings=headings, rows=rows, title=title)


def _cell(value: object) -> tuple[object, bool]:
    """A value as people read it, and whether it is aligned as a number."""
    if isinstance(value, bool):
        return "oui" if value else "non", False
    if isinstance(value, int | float | Decimal):
        return french.number(value), True
    if isinstance(value, date):
        return french.day(value), False
    return "" if value is None else value, False


# ── The files ─────────────────────────────────────────────────────────────────────────────────────


def csv_of(table: ChartRows, columns: Mapping[str, str]) -> bytes:
    """The rows of the table for a French spreadsheet, numbers in full."""
    return csvout.as_bytes(
        list(columns.values()), ([row[name] for name in columns] for row in table.lines)
    )


def _download(label: str, key: str, ending: str, make: Callable[[], bytes]) -> None:
    """A file that is made only when asked for."""
    download(
        label,
        make,
        f"{key}.{ending}",
        _MIMES[ending],
        key=f"{key}_{ending}",
        icon="download" if ending == "csv" else "image",
    )


_FILE_LABELS = ("Télécharger (CSV)", "Télécharger l’image (PNG)")
_FILE_ICONS = ("download", "image")
_MIMES = {"csv": "text/csv", "png": "image/png"}
