"""Charts on paper: the specs of dashboard/charts drawn as SVG by vl-convert, with their alternative texts."""

from datetime import date
from pathlib import Path
from typing import TypedDict

import pyarrow as pa
import vl_convert

from dashboard import theme


class Image(TypedDict):
    """One chart: its SVG and what it says to those who do not see it."""

    svg: str
    alt: str


def chart(spec: dict, rows: pa.Table, width: int, height: int, alt: str, fonts: Path) -> Image:
    """The chart of `spec` over `rows`, in the light colours; `fonts` holds the house's fonts."""
    vl_convert.register_font_directory(str(fonts))
    config = {name: value for name, value in theme.vega_config().items() if name != "locale"}
    whole = theme.for_print({**spec, "width": width, "height": height, "config": config,
                             "data": {"name": "rows", "values": [_plain(row) for row in rows.to_pylist()]}})
    svg = vl_convert.vegalite_to_svg(whole, format_locale=_FORMATS, time_format_locale=theme.VEGA_LOCALE["time"])
    return {"svg": svg, "alt": alt}


_FORMATS = {name: value for name, value in theme.VEGA_LOCALE["number"].items() if name != "nan"}


def _plain(row: dict) -> dict:
    """Days as local midnights: a bare date is read as UTC and may be drawn a day early."""
    return {name: f"{value.isoformat()}T00:00:00" if isinstance(value, date) else value for name, value in row.items()}
