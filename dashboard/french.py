"""French as Wallonia writes it: numbers, dates, plurals and spaces, as pure functions.

For screens, the report and mails, so that the same value is spelt the same way everywhere. Babel
knows the language (locale fr_BE); this module only adds what it does not decide: rounding half up,
the true minus sign, « n.d. » for what is unknown, singular below 2.
"""

import math
import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal

LOCALE = "fr_BE"
NARROW = "\u202f"  # narrow no-break space: thousands, and before ; ! ? %
JOINER = "\u2060"  # nothing is seen of it, and no line ends there
NO_BREAK = "\u00a0"  # no-break space: before : and €, inside « », between a number and its word
MINUS = "\u2212"
UNKNOWN = "n.d."
_WORDS = tuple(
    "aucun un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze"
    " seize".split()
)

Number = int | float | Decimal


@lru_cache(100_000)  # a page writes hundreds of numbers, the same ones at every run
def number(x: Number | None, decimals: int | None = None) -> str:
    """« 1 234,5 ». Without `decimals`, whole numbers have none and the others one. None or NaN
    gives « n.d. ».
    """
    if _is_unknown(x):
        return UNKNOWN
    if decimals is None:
        decimals = 0 if x == int(x) else 1
    rounded = _round(x, decimals)
    pattern = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    digits = format_decimal(abs(rounded), pattern, locale=LOCALE)
    return MINUS + digits if rounded < 0 else digits


def percent(x: Number | None, decimals: int = 1) -> str:
    """« 13,7 % » from 13.7: a percentage is 0 to 100 everywhere in the product."""
    return UNKNOWN if _is_unknown(x) else f"{number(x, decimals)}{NARROW}%"


def rate(numerator: Number | None, denominator: Number | None, decimals: int = 1) -> str:
    """« 13,7 % (412 / 3 000) », or « n.d. » where there is nothing to divide by: never a silent
    0.
    """
    if _is_unknown(numerator) or _is_unknown(denominator) or not denominator:
        return UNKNOWN
    return f"{percent(100 * numerator / denominator, decimals)} {counts(numerator, denominator)}"


def counts(numerator: Number, denominator: Number) -> str:
    """« (412 / 3 000) », the two counts behind a rate; the bracket never breaks over
    two lines.
    """
    return f"({number(numerator)}{NO_BREAK}/{NO_BREAK}{number(denominator)})"


def signed(x: Number | None, unit: str = "", decimals: int | None = None) -> str:
    """« −7,8 points », « +1,7 point », « +3 », « 0 point ». `unit` is given in the singular.

    Without `decimals` the number has one, or none if it is whole. Zero, also after rounding, has no
    sign.
    """
    if _is_unknown(x):
        return UNKNOWN
    digits = number(x, decimals)
    sign = "+" if x > 0 and re.search("[1-9]", digits) else ""
    if unit == "%":
        return f"{sign}{digits}{NARROW}%"
    # « +2 jours » from 1,5 without decimals: the word goes with the number that is read.
    if decimals is None:
        decimals = 0 if x == int(x) else 1
    word = f"{NO_BREAK}{plural(_round(x, decimals), unit)}" if unit else ""
    return f"{sign}{digits}{word}"


def plural(n: Number, one: str, many: str | None = None) -> str:
    """The word that goes with n: French is singular below 2 (« 0 idée », « 1,9 point », « 2
    idées »).
    """
    return (many or _plural_of(one)) if abs(n) >= 2 else one


def counted(n: Number, one: str, many: str | None = None) -> str:
    """« 1 200 idées »: the number and its word, on one line."""
    return f"{number(n)}{NO_BREAK}{plural(n, one, many)}"


def counted_up_to(most: int, n: int, one: str) -> str:
    """« 42 idées »; « plus de 100 idées » for more than the most that are counted."""
    return f"plus de {counted(most, one)}" if n > most else counted(n, one)


def in_words(n: int) -> str:
    """« six », « douze »; above sixteen in digits."""
    return _WORDS[n] if 0 <= n < len(_WORDS) else number(n)


_SHARES = (
    *((5, "un vingtième"), (10, "un dixième"), (20, "un cinquième"), (25, "un quart")),
    *((100 / 3, "un tiers"), (50, "la moitié"), (200 / 3, "les deux tiers")),
    (75, "les trois quarts"),
)


def share_in_words(x: Number) -> str:
    """« un quart » from 24: the nearest simple share, if it is within a tenth of itself; else
    « 41 % ».
    """
    nearest, words = min(_SHARES, key=lambda share: abs(share[0] - x))
    return words if abs(nearest - x) <= nearest / 10 else percent(x, 0)


def every(n: int, one: str) -> str:
    """« les six chantiers », « le chantier »: all that there are of a masculine word."""
    if n == 1:
        return f"le {one}"
    words = _plural_of(one)
    return f"les {in_words(n)} {words}" if n else f"les {words}"


def at_least(percent: Number) -> str:
    """« trois personnes sur quatre au moins »: a share in words, never more than it is."""
    shares = (
        (90, "neuf personnes sur dix au moins"),
        (75, "trois personnes sur quatre au moins"),
        (200 / 3, "deux personnes sur trois au moins"),
        (60, "six personnes sur dix au moins"),
        (50, "la moitié au moins"),
        (100 / 3, "un tiers au moins"),
        (25, "un quart au moins"),
    )
    return next((words for least, words in shares if percent >= least), "moins d'un quart")


def sentence_case(text: str) -> str:
    """The first letter in capital, the others as they are."""
    return text[:1].upper() + text[1:]


def months_late(schedule_variance: Number | None) -> str:
    """« 1,7 mois de retard » from −1.7, « 0,5 mois d'avance » from 0.5, « à l'heure » below a
    tenth of a month.
    """
    if _is_unknown(schedule_variance):
        return UNKNOWN
    months = _round(abs(schedule_variance), 1)
    if not months:
        return "à l'heure"
    side = "de retard" if schedule_variance < 0 else "d'avance"
    return f"{number(months, 1)}{NO_BREAK}mois {side}"


def against_plan(gap: Number | None) -> str:
    """« 7,8 points sous le prévu » from −7.8, « 0,5 point au-dessus du prévu », « comme prévu »."""
    if _is_unknown(gap):
        return UNKNOWN
    points = _round(abs(gap), 1)
    if not points:
        return "comme prévu"
    side = "sous le prévu" if gap < 0 else "au-dessus du prévu"
    return f"{number(points, 1)}{NO_BREAK}{plural(points, 'point')} {side}"


@lru_cache(20_000)
def day(d: date | None) -> str:
    """« 30/06/2023 », for tables."""
    return UNKNOWN if d is None else format_date(d, "dd/MM/y", locale=LOCALE)


def nth(name: str, number: int) -> str:
    """« 14/06/2023 (2) »: the second of that name; the first bears the name alone."""
    return name if number == 1 else f"{name}{NO_BREAK}({number})"


@lru_cache(5_000)
def day_long(d: date | None) -> str:
    """« 30 juin 2023 », « 1er juillet 2023 », for sentences."""
    if d is None:
        return UNKNOWN
    first = "1er" if d.day == 1 else str(d.day)
    return f"{first}{NO_BREAK}{format_date(d, 'MMMM y', locale=LOCALE)}"


def moment(at: datetime) -> str:
    """« 24/11/2026 à 19 h 32 », of a moment by the clocks of the town."""
    return f"{day(at.date())} à {at:%H}{NO_BREAK}h{NO_BREAK}{at:%M}"


def size(n: int) -> str:
    """Bytes: « 12,4 Mo », « 3,1 Go »."""
    for unit, name in ((10**9, "Go"), (10**6, "Mo")):
        if n >= unit:
            return f"{number(n / unit, 1)}{NO_BREAK}{name}"
    return f"{number(n / 1000, 1)}{NO_BREAK}ko"


@lru_cache(5_000)
def month(d: date | None) -> str:
    """« juin 2023 »."""
    return UNKNOWN if d is None else format_date(d, "MMMM y", locale=LOCALE)


@lru_cache(5_000)
def month_short(d: date | None) -> str:
    """« juin », « juil. », for a date block."""
    return UNKNOWN if d is None else format_date(d, "MMM", locale=LOCALE)


def month_in_short(d: date) -> str:
    """« juil. 2024 », on one line."""
    return f"{month_short(d)}{NO_BREAK}{d.year}"


@lru_cache(5_000)
def weekday(d: date | None) -> str:
    """« mardi »."""
    return UNKNOWN if d is None else format_date(d, "EEEE", locale=LOCALE)


def hours(starts: str, ends: str) -> str:
    """« 13:30–15:30 », on one line; nothing where an hour is not known."""
    return f"{starts}{JOINER}–{JOINER}{ends}" if starts and ends else ""


@lru_cache(5_000)
def typo(text: str) -> str:
    """Put the spaces that French punctuation asks for, and make them unbreakable.

    « : » and « ! » inside an address, a time or a code (10:30, https://…, C++!) are left alone: a
    sign gets a space only where the writer put one, or where the sign ends a word.
    """
    for pattern, replacement in _SPACES:
        text = pattern.sub(replacement, text)
    return text


_BLANK = f"[ {NO_BREAK}{NARROW}]"
_WORD_BEFORE = r"(?<=[\w»)\]’'])"
_SPACES = [
    (re.compile(rf"{_BLANK}+(?=[;!?%](?:\W|$))"), NARROW),
    (re.compile(rf"{_WORD_BEFORE}(?=[;!?](?:[\s»)]|$))"), NARROW),
    (re.compile(r"(?<=\d)(?=%)"), NARROW),
    (re.compile(rf"{_BLANK}+(?=[:€](?:\W|$))"), NO_BREAK),
    (re.compile(rf"{_WORD_BEFORE}(?=:(?:\s|$))"), NO_BREAK),
    (re.compile(r"(?<=\d)(?=€)"), NO_BREAK),
    # A point between two facts ends a line, and begins none.
    (re.compile(rf"{_BLANK}+(?=· )"), NO_BREAK),
    (re.compile(rf"«{_BLANK}*"), "«" + NO_BREAK),
    (re.compile(rf"{_BLANK}*»"), NO_BREAK + "»"),
]


def _is_unknown(x: Number | None) -> bool:
    return x is None or math.isnan(x)


def _round(x: Number, decimals: int) -> Decimal:
    """Half up, on the decimal digits that a person reads (2,25 → 2,3), not on the binary ones."""
    # `repr` gives the digits one reads; `float` first, since numpy's own floats are written
    # otherwise.
    exact = Decimal(x) if isinstance(x, int | Decimal) else Decimal(repr(float(x)))
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _plural_of(word: str) -> str:
    """« point » → « points »; « mois », « € » and abbreviations such as « ETP » stay as they
    are.
    """
    is_abbreviation = len(word) == 1 or not word[-1:].islower()
    if is_abbreviation or word[-1:] in "sxz":
        return word
    return word + "s"
