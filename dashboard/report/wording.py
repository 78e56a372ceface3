"""How a report writes a value of the board: units, counts, target, status; and printable texts.

The PDF and the workbook use the same texts.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from dashboard import french, theme
from dashboard.figures.board import Board, Entry, of_ambition
from dashboard.figures.kinds import Theme, Unit, figure_of, value_of
from dashboard.figures.reasons import say
from dashboard.scope import Scope
from models.clock import local

IMPOSED = "(imposé)"  # shown with an imposed status
MISSING_GLYPH = "□"


def entries_of(board: Board, of_theme: Theme) -> list[Entry]:
    """The entries of one theme, in the order of the catalogue."""
    return [entry for entry in board.entries if figure_of(entry.code).theme is of_theme]


def noun(unit: str) -> str:
    """The singular of a unit; empty if the number alone suffices."""
    return "" if unit == Unit.percent else Unit(unit).singular


def written(entry: Entry) -> str:
    """The value as text: « 80,6 % », « −7,8 points », « 12 jours ouvrables », « petit effectif » or
    « n.d. ».
    """
    if entry.suppressed:
        return value_of(entry.code).hidden_as
    return measure(entry.value, entry.unit, signed=value_of(entry.code).signed)


def measure(x: float | None, unit: str, signed: bool = False) -> str:
    """A number with its unit; « n.d. » without one."""
    return say(x, Unit(unit), Unit(unit).decimals, signed)


def counts(entry: Entry) -> str:
    """Both counts of a rate, or n: « 412 / 3 000 », « n = 58 », or empty."""
    if entry.suppressed or entry.value is None:
        return ""
    has_both = entry.numerator is not None and entry.denominator is not None
    if Unit(entry.unit).has_counts and has_both:
        return french.counts(entry.numerator, entry.denominator)[1:-1]
    if entry.n is not None:
        return f"n{french.NO_BREAK}={french.NO_BREAK}{french.number(entry.n)}"
    return ""


def aim(entry: Entry) -> str:
    return "" if entry.target is None else _short(entry.target, entry.unit)


def figures_of(ambitions: Iterable[str]) -> list[str]:
    """The codes of the figures of these ambitions."""
    codes = (figure_of(code).code for ambition in ambitions for code in of_ambition(ambition))
    return list(dict.fromkeys(codes))


def ambition_aim(entries_by_code: Board, ambition: str) -> tuple[str, str] | None:
    """The first figure of an ambition with a target: its name and the target."""
    entries = (entries_by_code[code] for code in of_ambition(ambition))
    first = next((entry for entry in entries if entry.target is not None), None)
    if first is None:
        return None
    return first.label, aim(first) if first.unit == "%" else measure(first.target, first.unit)


def expected(entry: Entry) -> str:
    return "" if entry.expected is None else _short(entry.expected, entry.unit)


def _short(x: float, unit: str) -> str:
    """A target without its unit, which the value shows: « 80 % », « 30 »."""
    places = 0 if x == int(x) else Unit(unit).decimals or 1
    return french.percent(x, places) if unit == "%" else french.number(x, places)


def change(entry: Entry) -> str:
    """« +3,1 points » since the day compared with, or empty."""
    if entry.change is None:
        return ""
    unit = Unit(entry.unit)
    return french.signed(entry.change, unit.change, unit.decimals)


def of_everybody(scope: Scope) -> str:
    """Suffix of a heading about the whole administration, if only some directions are selected."""
    return "" if scope.is_whole else ", toute l'administration"


def status_on_card(entry: Entry) -> str | None:
    """The status shown beside a value. The programme has one, that of its gap to the plan: how its
    progress compares with a target is told on the figure's own page.
    """
    return None if entry.code == "avancement" and not entry.imposed else entry.status


def status_of(entry: Entry) -> str:
    return status_word(entry.status, entry.imposed)


def status_word(code: str | None, imposed: bool = False) -> str:
    """« À jour », « À jour (imposé) », or nothing."""
    if not code:
        return ""
    return f"{theme.STATUSES[code].word} {IMPOSED}" if imposed else theme.STATUSES[code].word


def moment(at: datetime) -> str:
    """« 24/11/2026 à 19 h 32 », in local time."""
    return french.moment(local(at))


# ── Printable user texts ────────────────────────────────────────────────────────────────────────


def printable(text: str, limit: int | None = None) -> str:
    """A text the fonts can print: one line, French spaces, breakable long words, cut at `limit`
    with « … ».

    PDF/UA refuses a file with a character that no font contains (an emoji): it is replaced by « □
    ».
    """
    cleaned = "".join(_sign(c) for c in unicodedata.normalize("NFC", text))
    # Spaces that hold a number and its word together stay.
    spaced = re.sub(r"[^\S\u00a0\u202f]+", " ", cleaned.strip())
    line = french.typo(re.sub(rf"{MISSING_GLYPH}+", MISSING_GLYPH, spaced))
    if limit is not None and len(line) > limit:
        cut = line[:limit]
        line = (cut.rpartition(" ")[0] if " " in cut[-30:] else cut).rstrip() + "…"
    return re.sub(r"\S{24}(?=\S)", "\\g<0>\u200b", line)


def _sign(c: str) -> str:
    kind = unicodedata.category(c)
    code = ord(c)
    if kind in ("Cf", "Cs", "Co", "Cn") or "\ufe00" <= c <= "\ufe0f":
        return ""
    if kind == "Cc" or kind in ("Zl", "Zp"):
        return " "
    is_printable = (
        code < 0x500
        or 0x1E00 <= code < 0x1F00
        or 0x2000 <= code < 0x2040
        or 0x2070 <= code < 0x20C0
        or code == 0x2122
        or 0x2190 <= code < 0x2300
        or 0x25A0 <= code < 0x2600
    )
    return c if is_printable else MISSING_GLYPH


def without_scheme(address: str, limit: int | None = None) -> str:
    """An address without its scheme, as one types it."""
    return printable(address.removeprefix("https://").removeprefix("http://"), limit)
