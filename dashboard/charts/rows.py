"""The rows of a chart (lignes): plain values in named columns, read by drawings, tables, files and
live charts alike.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import pyarrow


class Kind(Enum):
    """What a column holds."""

    TEXT = "string"
    DAY = "date32"
    WHOLE = "int32"
    NUMBER = "float64"
    YES_NO = "bool_"


# A share of 80 is read as « 80,0 » in a file, whichever way it was counted.
_AS_HELD: Mapping[Kind, Callable] = {Kind.NUMBER: float}


@dataclass(frozen=True)
class ChartRows:
    """`lines`: one dict per row, with a value for each of `kinds`, in their order; None where
    there is none.
    """

    kinds: Mapping[str, Kind]
    lines: Sequence[Mapping[str, object]]

    @classmethod
    def of(cls, kinds: Mapping[str, Kind], lines: Iterable[Mapping[str, object]]) -> Self:
        """ChartRows that may lack some of the columns."""
        return cls(kinds, [_held(kinds, line) for line in lines])

    def column(self, name: str) -> list:
        return [line[name] for line in self.lines]

    def is_number(self, name: str) -> bool:
        return self.kinds[name] in (Kind.WHOLE, Kind.NUMBER)

    def for_vega(self) -> list[dict[str, object]]:
        """As Vega reads them from JSON: days as local midnights, in milliseconds. A bare date is
        read as UTC, and a text not at all once it is folded.
        """
        return [{name: _plain(value) for name, value in line.items()} for line in self.lines]

    def arrow(self) -> "pyarrow.Table":
        """As Streamlit sends them to a live chart."""
        written = "\n".join(json.dumps(_numbered(line)) for line in self.lines)
        return _table_of(tuple(self.kinds.items()), written)


# The same chart is drawn at each run of its page, for each of its readers.
@lru_cache(256)
def _table_of(kinds: tuple[tuple[str, Kind], ...], written: str) -> "pyarrow.Table":
    """The lines of JSON as a table of Arrow, which nobody can change."""
    # Arrow weighs 30 MiB: only who draws a live chart needs it. It reads JSON by itself, where
    # lists of Python's would make it load pandas, another 40, to see whether they are its own.
    import pyarrow
    from pyarrow import json as arrow_json

    schema = pyarrow.schema({name: getattr(pyarrow, kind.value)() for name, kind in kinds})
    if not written:
        return schema.empty_table()
    return arrow_json.read_json(
        BytesIO(written.encode()),
        read_options=arrow_json.ReadOptions(use_threads=False),
        parse_options=arrow_json.ParseOptions(explicit_schema=schema),
    )


def _held(kinds: Mapping[str, Kind], line: Mapping[str, object]) -> dict[str, object]:
    held = {}
    for name, kind in kinds.items():
        value = line.get(name)
        held[name] = _AS_HELD[kind](value) if kind in _AS_HELD and value is not None else value
    return held


def _numbered(line: Mapping[str, object]) -> dict[str, object]:
    """As Arrow reads a row from JSON: days by their number since 1970."""
    return {
        name: (value - _FIRST_DAY).days if isinstance(value, date) else value
        for name, value in line.items()
    }


_FIRST_DAY = date(1970, 1, 1)


def _plain(value: object) -> object:
    if isinstance(value, date):
        return datetime.combine(value, time()).timestamp() * 1000
    return value


def live(chart: str, *how: object) -> dict:
    """The specification of a live chart (« roadmap.gantt »), without data; Altair is imported with
    the first one.
    """
    module, _, function = chart.partition(".")
    return getattr(import_module(f"dashboard.charts.specs.{module}"), function)(*how)
