"""Words, days and numbers as they stand in the cells of other people's files.

Everything is compared folded: case, accents, apostrophes and punctuation do not matter.
"""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache

from dashboard.files.quoting import shown
from models.search import fold

# Outside these years, a typing error: no idea was filed then, and the calendars end.
_OLDEST = 1900


_LATEST = 2100


_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(?:[.,][0-9]{1,12})?")


_MINUS = str.maketrans("−–", "--")


_NOT_ALNUM = re.compile(r"[^a-z0-9/]+")


_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ].*)?")


_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ,].*)?")


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january januari",
            "fevrier fevr fev feb february februari",
            "mars mar march maart mrt",
            "avril avr apr april",
            "mai may mei",
            "juin jun june juni",
            "juillet juil jul july juli",
            "aout aou aug august augustus",
            "septembre sept sep september",
            "octobre oct october oktober okt",
            "novembre nov november",
            "decembre dec december",
        ),
        1,
    )
    for name in names.split()
}


_WORDED = re.compile(
    r"(?:[a-z]+\.?,?\s+)?(\d{1,2})(?:er|e|st|nd|rd|th)?\s+([a-z]+)\.?,?\s+(\d{4})(?:[ ,t].*)?"
)


_AMERICAN = re.compile(r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,\s+(\d{4})(?:[ ,t].*)?")


_YEAR = re.compile(r"\d{4}")


_TIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})")


_SHORT = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{2})")


def compact(text: str) -> str:
    """A word or header without case, accents, spaces or punctuation: « Créée_le » and « creee le
    » are the same.
    """
    return _NOT_ALNUM.sub("", fold(text)) if text else ""


_YES = frozenset({"oui", "vrai", "true", "1", "yes"})


_NO = frozenset({"non", "faux", "false", "0", "no"})


def truth_of(text: str) -> bool | None:
    """« oui » or « non »; None for anything else."""
    word = compact(text)
    if word in _YES:
        return True
    if word in _NO:
        return False
    return None


@lru_cache(10_000)
def day_of(text: str) -> date | None:
    """A day written YYYY-MM-DD, jj/mm/aaaa, jj/mm/aa, AAAAMMJJ or « 3 mars 2023 », with or without
    a time; the last day of a month written YYYY-MM.

    None for an empty cell and for a year alone, which is no date. Raises ValueError, in French, for
    what is not a date or does not exist. What is only known to have happened in a month is certain
    at its end.
    """
    text = text.strip()
    if not text or _YEAR.fullmatch(text):
        return None
    year, month, day = _written(text)
    return _real_day(text, year, month, day)


def _written(text: str) -> tuple[int, int, int | None]:
    """(year, month, day) as they are written; a day before a month, as everywhere in Europe."""
    if found := _ISO.fullmatch(text) or _TIGHT.fullmatch(text):
        year, month, day = found.groups()
    elif found := _FRENCH.fullmatch(text):
        day, month, year = found.groups()
    elif found := _SHORT.fullmatch(text):
        day = found[1]
        month = found[2]
        year = f"20{found[3]}"
    else:
        day, month, year = _in_words(text)
    return int(year), int(month), int(day) if day else None


def _in_words(text: str) -> tuple[str, int, str]:
    plain = fold(text)
    if found := _WORDED.fullmatch(plain):
        day, name, year = found.groups()
    elif found := _AMERICAN.fullmatch(plain):
        name, day, year = found.groups()
    if not found or name not in _MONTHS:
        raise ValueError(
            f"« {shown(text)} » n'est pas une date lisible (attendu : AAAA-MM-JJ ou jj/mm/aaaa)."
        )
    return day, _MONTHS[name], year


def _real_day(text: str, year: int, month: int, day: int | None) -> date:
    if not _OLDEST <= year <= _LATEST:
        raise ValueError(f"L'année de « {shown(text)} » n'est pas plausible.")
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError:  # calendar's own error for a month is a ValueError too
        raise ValueError(f"La date « {shown(text)} » n'existe pas.") from None


def number_of(text: str) -> float | None:
    """« 1 234,5 », « 80.5 », « 62 % »; None for an empty cell. Raises ValueError, in French, for
    anything else.
    """
    plain = re.sub(r"[\s\u00a0\u202f']", "", text.translate(_MINUS)).removesuffix("%")
    if not plain:
        return None
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"« {shown(text)} » n'est pas un nombre.")
    return float(plain.replace(",", "."))


def whole_of(text: str) -> int | None:
    """A whole number; None for an empty cell."""
    value = number_of(text)
    if value is not None and value != int(value):
        raise ValueError(f"« {shown(text)} » n'est pas un nombre entier.")
    return None if value is None else int(value)
