"""A chart as a page shows it: the message as its title, a sentence of reading, the chart, its table, CSV and image.

The chart comes from `dashboard/charts` as a compiled spec without data; the image is made in a process of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa
import streamlit as st

from dashboard import french, theme
from dashboard.components import escape_html, text_html
from dashboard.downloads import download
from dashboard.exchange import csvout
from dashboard.report.picture import picture


@dataclass(frozen=True)
class Drawing:
    """A chart ready to be shown: its parts as text, so that a screen that remembers it writes them only once."""

    spec: Mapping
    table: pa.Table
    alt: str
    title: str
    said: str
    shown: pa.Table
    columns: Mapping[str, str]
    head: str
    rows: str


def drawing(
    spec: Mapping,
    table: pa.Table,
    alt: str,
    title: str,
    *,
    said: str = "",
    columns: Mapping[str, str] | None = None,
    level: int = 3,
    shown: pa.Table | None = None,
) -> Drawing:
    """A chart under the title that says its message, and the sentence `said`.

    `spec` has no data (they go apart, as Arrow) and is not changed. `columns` gives the French heading of the fields shown
    in the table and the download, in order; without it all fields are shown under their own names. A number is grouped by
    thousands: give years and references as text. `shown` is the same data as people read it in a table, where the chart
    wants them arranged otherwise.
    """
    shown = table if shown is None else shown
    columns = columns or {name: name for name in shown.column_names}
    sentence = f'<p class="cp-reading">{text_html(said)}</p>' if said else ""
    head = f'<div class="cp-chart-head"><h{level}>{text_html(title)}</h{level}>{sentence}</div>'
    return Drawing(spec, table, alt, title, said, shown, columns, head, table_html(shown, columns, title))


def show(drawn: Drawing, *, key: str, note: str) -> None:
    """The chart, its data and image one click away. `note` is printed on the image: the scope, with its day."""
    st.html(drawn.head)
    st.vega_lite_chart(drawn.table, {"config": theme.vega_config(), **drawn.spec}, theme=None, alt=drawn.alt, key=f"w_{key}")
    with st.expander("Les données et l’image du graphique", key=f"w_{key}_data"):
        st.html(drawn.rows)
        with st.container(key=f"cp_chart_files_{key}", horizontal=True):
            _download("Télécharger (CSV)", key, "csv", lambda: csv_of(drawn.shown, drawn.columns))
            _download("Télécharger l’image (PNG)", key, "png", lambda: picture(drawn.spec, drawn.table, drawn.title, drawn.said, note))


def chart_with_table(spec: Mapping, table: pa.Table, alt: str, title: str, *, key: str, note: str, **more: object) -> None:
    """Draws and shows in one go; `more` are the further parts of a `drawing`."""
    show(drawing(spec, table, alt, title, **more), key=key, note=note)


# ── The table ────────────────────────────────────────────────────────────────────────────────────────────────────


def table_html(table: pa.Table, columns: Mapping[str, str], title: str) -> str:
    """A real table: read by screen readers, printed, copied into a spreadsheet, without a grid to load."""
    head = "".join(
        f'<th scope="col"{_NUMBER if _is_number(table.field(name).type) else ""}>{text_html(heading)}</th>'
        for name, heading in columns.items()
    )
    body = "".join(
        "<tr>" + "".join(_cell_html(row[name]) for name in columns) + "</tr>"
        for row in table.select(list(columns)).to_pylist()
    )
    return (
        f'<div class="cp-table" tabindex="0" role="region" aria-label="{text_html(title)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


_NUMBER = ' class="cp-number"'


def _is_number(type_: pa.DataType) -> bool:
    return pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_)


def _cell_html(value: object) -> str:
    if isinstance(value, bool):
        return f"<td>{'oui' if value else 'non'}</td>"
    if isinstance(value, int | float | Decimal):
        return f"<td{_NUMBER}>{french.number(value)}</td>"
    if isinstance(value, date):
        return f"<td>{french.day(value)}</td>"
    return f"<td>{escape_html('' if value is None else value)}</td>"


# ── The files ────────────────────────────────────────────────────────────────────────────────────────────────────


def csv_of(table: pa.Table, columns: Mapping[str, str]) -> bytes:
    """The rows of the table for a French spreadsheet, numbers in full."""
    return csvout.as_bytes(list(columns.values()), ([row[name] for name in columns] for row in table.to_pylist()))


def _download(label: str, key: str, ending: str, make: Callable[[], bytes]) -> None:
    """A file that is made only when asked for."""
    download(label, make, f"{key}.{ending}", _MIMES[ending], key=f"{key}_{ending}", icon="download" if ending == "csv" else "image")


_MIMES = {"csv": "text/csv", "png": "image/png"}
