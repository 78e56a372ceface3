"""Parses words, dates and numbers in the cells of foreign files.

Comparisons ignore case, accents, apostrophes and punctuation.
"""

import json
import re
import sys
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial
from itertools import product
from pathlib import Path
from typing import TypeVar

from dashboard.french import counted
from models.search import fold
from models.settings import ROOT
from models.texts import Refused, clean_text

T = TypeVar("T")
# Years outside are typing errors.
_OLDEST = 1900
_LATEST = 2100
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(?:[.,][0-9]{1,12})?")
_MINUS = str.maketrans("−–", "--")
_NOT_ALNUM = re.compile(r"[^a-z0-9/]+")
_TIME = r"(?:[ t,].*)?"
MONTHS = {
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
# Formats of a date, without its weekday; the day before the month, as in Europe.
_DAYS = [
    re.compile(form)
    for form in (
        rf"(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})(?:[-/.](?P<d>\d{{1,2}}))?{_TIME}",
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
        rf"(?P<d>\d{{1,2}})[/.-](?P<m>\d{{1,2}})[/.-](?P<y>\d{{4}}){_TIME}",
        rf"(?P<d>\d{{1,2}})[/.](?P<m>\d{{1,2}})[/.](?P<y>\d{{2}}){_TIME}",
        r"(?P<m>\d{1,2})/(?P<y>\d{4})",
        r"(?P<d>\d{1,2})(?:er|e|st|nd|rd|th)?[\s/-]+(?P<m>[a-z]+)\.?,?[\s/-]+"
        rf"(?P<y>\d{{4}}|\d{{2}}){_TIME}",
        rf"(?P<m>[a-z]+)\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,\s+(?P<y>\d{{4}}){_TIME}",
        r"(?P<m>[a-z]+)\.?[\s-]+(?P<y>\d{4})",
    )
]
_WEEKDAY = re.compile(r"[a-z]{2,9}\.?,?\s+(?=\d{1,2}\D)")
_YEAR = re.compile(r"\d{4}")
# A spreadsheet's unformatted date: days since the end of 1899.
_SERIAL = re.compile(r"[2-6]\d{4}(?:[.,]\d+)?")
_ZERO = date(1899, 12, 30)
_RANGE = re.compile(r"(?:du |from )?(\S.*?)\s*(?:→|–|—| - | au | to )\s*(\S.*)")
_DAY_HOURS = 7.6  # hours of a working day (38 hours a week)
_UNITS = {
    unit: hours
    for units, hours in (
        ("j jr jrs jour jours journee journees d day days", _DAY_HOURS),
        ("h heure heures hr hrs hour hours u uur", 1),
        ("m min mn minute minutes", 1 / 60),
    )
    for unit in units.split()
}
_DURATION = re.compile(r"(\d+(?:[.,]\d+)?|1[/⁄]2|demi)[\s-]*([a-z]+)\s*(\d{2}(?!\d|\s*[a-z]))?\s*")
_HOUR = re.compile(r"([01]?\d|2[0-3]) ?[:hH] ?([0-5]\d)?(?::\d\d)?")
_CLOCK = re.compile(r"(\d{1,3}):(\d{2})(?::\d{2})?")
_YES = frozenset(("oui", "o", "yes", "y", "1", "x", "vrai", "true", "ja"))
_NO = frozenset(("non", "n", "no", "0", "faux", "false", "nee"))
_CIVIL = re.compile(r"(?:mr?|mme|mlle|mrs|ms|dr|monsieur|madame)\.?\s+", re.IGNORECASE)


def compact(text: str) -> str:
    """A word or header without case, accents, spaces or punctuation: « Créée_le » and « creee le
    » are equal.
    """
    return _NOT_ALNUM.sub("", fold(text)) if text else ""


def truth_of(text: str) -> bool | None:
    """« oui » or « non »; None for anything else."""
    word = compact(text)
    return word in _YES if word in _YES | _NO else None


@lru_cache(10_000)
def day_of(text: str) -> date | None:
    """A date as YYYY-MM-DD, jj/mm/aaaa, jj/mm/aa, AAAAMMJJ, « 3 mars 2023 » or a spreadsheet's
    number, with or without a time; for a month alone, its last day.

    None for an empty cell and for a year alone. Raises ValueError, in French, for anything else.
    A month alone gives its last day, when the event has certainly happened.
    """
    text = text.strip()
    if not text or _YEAR.fullmatch(text):
        return None
    if _SERIAL.fullmatch(text):
        return _ZERO + timedelta(int(text[:5]))
    if "→" in text:
        raise ValueError(_no_day(text))
    plain = fold(text).removeprefix("fin ")
    for written, form in product((plain, _WEEKDAY.sub("", plain, count=1)), _DAYS):
        if match := form.fullmatch(written):
            return _real_day(text, **match.groupdict())
    raise ValueError(_no_day(text))


def _no_day(text: str) -> str:
    return f"« {shown(text)} » n'est pas une date lisible (attendu : AAAA-MM-JJ ou jj/mm/aaaa)."


def _real_day(text: str, y: str, m: str, d: str | None = None) -> date:
    year, month = int(y) + 2000 * (len(y) == 2), int(m) if m.isdecimal() else MONTHS.get(m)
    if month is None:
        raise ValueError(_no_day(text))
    if not _OLDEST <= year <= _LATEST:
        raise ValueError(f"L'année de « {shown(text)} » n'est pas plausible.")
    try:
        return date(year, month, int(d) if d else monthrange(year, month)[1])
    except ValueError:  # calendar's error for an invalid month is a ValueError too
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


def flag_of(text: str) -> bool | None:
    """« oui », « non »; None for an empty cell. Raises ValueError, in French, for anything else."""
    if compact(text) and truth_of(text) is None:
        raise ValueError(f"« {shown(text)} » n'est ni « oui » ni « non ».")
    return truth_of(text)


def date_of(text: str) -> date | None:
    """A day, or None for an empty cell. Raises ValueError, in French; a year alone is no day."""
    parsed = day_of(text)
    if text.strip() and parsed is None:
        raise ValueError(f"« {shown(text)} » n'est pas une date.")
    return parsed


def hours_of(text: str) -> float | None:
    """« 7,5 », « 7 h », « 3h30 », « 7:30 », « 3 j » (of 7 h 36); None for an empty cell. Raises
    ValueError, in French.
    """
    plain = fold(text.strip())
    if clock := _CLOCK.fullmatch(plain):
        return int(clock[1]) + int(clock[2]) / 60
    parts = _DURATION.findall(plain)
    if parts and not _DURATION.sub("", plain) and all(unit in _UNITS for _, unit, _ in parts):
        return round(sum(_UNITS[unit] * _count(n) + int(m or 0) / 60 for n, unit, m in parts), 4)
    try:
        return number_of(text)
    except ValueError:
        raise ValueError(f"« {shown(text)} » n'est pas un nombre d'heures.") from None


def hour_of(text: str) -> str:
    """« 9h », « 09:00 » → « 09:00 »; empty for an empty cell. Raises ValueError, in French."""
    found = _HOUR.fullmatch(text.strip())
    if text.strip() and not found:
        raise ValueError(f"« {shown(text)} » n'est pas une heure : écrivez « 09:00 ».")
    return f"{int(found[1]):02}:{found[2] or '00'}" if found else ""


def _count(text: str) -> float:
    return 0.5 if text in ("1/2", "1⁄2", "demi") else float(text.replace(",", "."))


def names_of(family_first: bool, text: str) -> dict[str, str] | None:
    """« NOM Prénom », « Nom, Prénom », « Prénom Nom » → both fields; None for an empty cell.
    Capitals or a comma decide, else the order.
    """
    plain = _CIVIL.sub("", " ".join(text.split()), count=1)
    words = plain.split()
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    if "," in plain:
        family, given = map(str.strip, plain.split(",", 1))
    elif capitals and len(capitals) < len(words):
        family = " ".join(capitals)
        given = " ".join(word for word in words if word not in capitals)
    else:
        first, _, rest = plain.partition(" ")
        family, given = (first, rest) if family_first else (rest or first, first if rest else "")
    return {"family_name": family, "given_name": given} if plain else None


def days_of(text: str) -> dict[str, float]:
    """A number of working days, in hours."""
    days = number_of(text)
    return {} if days is None else {"hours": round(days * _DAY_HOURS, 4)}


def indented_of(text: str) -> dict[str, object]:
    """A title and its indent: the level of a task."""
    plain = clean_text(text)
    indent = len(text) - len(text.lstrip())
    return {"title": plain} | ({"indent": indent} if plain and indent else {})


def percent_of(text: str) -> float | None:
    """« 45 % », « 45 », or 0.45 from an unformatted cell; None for an empty cell. Raises
    ValueError, in French.
    """
    value = number_of(text)
    is_share = value is not None and "%" not in text and 0 < value < 1
    return 100 * value if is_share else value


def period_of(text: str) -> dict[str, date]:
    """« du 12 au 15 mars 2026 », « 12/03/2026 → 15/04/2026 » as start and end; a day alone is the
    end. Raises ValueError, in French.
    """
    found = _RANGE.fullmatch(fold(text.strip()))
    end = readable(day_of, found[2]) if found else None
    if end is None:
        day = date_of(text)
        return {"end": day} if day else {}
    # What the first day leaves out, the second one says: « 12 », « 12 mars ».
    rests = ["", *(found[2][n:] for n, sign in enumerate(found[2]) if not sign.isalnum())]
    starts = (readable(day_of, found[1] + rest) for rest in rests)
    start = next(filter(None, starts), None)
    if start is None:
        raise ValueError(_no_day(text))
    return {"start": start, "end": end}


def closing_day_of(text: str) -> str:
    """« 27/09 », each year, or « 27/09/2026 », once, as stored. Raises ValueError, in French."""
    # A leap year, for 29 February.
    each_year = text.count("/") == 1
    day = readable(day_of, f"{''.join(text.split())}/2020" if each_year else text)
    if day is None:
        raise ValueError(
            f"« {shown(text)} » n'est pas un jour : jj/mm (chaque année) ou jj/mm/aaaa (une fois)."
        )
    return f"{day:%d/%m}" if each_year else f"{day:%d/%m/%Y}"


def stated_day(text: str) -> date | None:
    """A day that somebody gives beside a file; None for an empty text. Raises Refused."""
    try:
        return day_of(text)
    except ValueError as error:
        raise Refused(str(error)) from None


def readable(read: Callable[[str], T], text: str) -> T | None:
    """What a cell says; None where it cannot be read."""
    try:
        return read(text)
    except ValueError:
        return None


# Parser of a cell by kind of field; other kinds are texts.
READS: Mapping[str, Callable[[str], object]] = {
    "whole": whole_of,
    "number": number_of,
    "flag": flag_of,
    "date": date_of,
    "hours": hours_of,
    "hour": hour_of,
    "percent": percent_of,
    "days": days_of,
    "period": period_of,
    "indented": indented_of,
    "closing_day": closing_day_of,
    "lower": str.lower,
    "upper": str.upper,
    "family_first": partial(names_of, True),
    "given_first": partial(names_of, False),
}


_FEW = 40


def structure_of(text: str) -> list | dict | None:
    """The list or object in a JSON cell, or None."""
    plain = text.strip()
    if not plain.startswith(("[", "{")) or not plain.endswith(("]", "}")):
        return None
    try:
        value = json.loads(plain)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list | dict) else None


def holds_objects(text: str) -> bool:
    """Whether a cell is a JSON object, or a list with objects: not a person's text."""
    value = structure_of(text)
    if isinstance(value, list):
        return any(isinstance(item, dict | list) for item in value)
    return value is not None


def shown(text: str, most: int = _FEW) -> str:
    """The beginning of a cell, or its type."""
    value = structure_of(text)
    if isinstance(value, list):
        return f"une liste de {counted(len(value), 'élément')}"
    return text[:most] if value is None else "un objet JSON"


def quoted(names: Iterable[str]) -> str:
    """« one », « two »."""
    return ", ".join(f"« {name} »" for name in names)


_SOURCES = ROOT / "deploy" / "systemd"
# From a wheel, they are installed in the environment.
UNITS = _SOURCES if _SOURCES.is_dir() else Path(sys.prefix) / "share" / "c-possible" / "systemd"
# Placeholders in the units of `deploy/`.
_NAME = "c-possible"
_STATE = Path("/var/lib")
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
# systemd would read a space as a separator, and a percent sign as a specifier.
_PLAIN_PATH = re.compile(r"/[^\s%\"'\\$;|&]*")


@dataclass(frozen=True)
class Place:
    """One installation: the name of its units, its user, and its absolute paths."""

    name: str
    user: str
    program: Path
    settings: Path
    data: Path
    backups: Path


def units_of(place: Place) -> dict[str, str]:
    """File → its text: services, timers, user (sysusers) and folders (tmpfiles). Raises Refused for
    values that systemd would misread.
    """
    for what in (place.name, place.user):
        if not _PLAIN_NAME.fullmatch(what):
            raise Refused(
                f"« {what} » ne convient pas à systemd : des minuscules, des chiffres et des traits"
                " d'union, en commençant par une lettre."
            )
    for path in (place.program, place.settings, place.data, place.backups):
        if not _PLAIN_PATH.fullmatch(str(path)):
            raise Refused(
                f"« {path} » ne convient pas à systemd : choisissez un chemin sans espace ni signe"
                " particulier."
            )
    return {
        source.name.replace(_NAME, place.name): _filled(source.read_text(encoding="utf-8"), place)
        for source in sorted(UNITS.iterdir())
    }


def write_units(folder: Path, units: dict[str, str]) -> None:
    """Writes the units, unless one exists with another content. Raises Refused, without writing
    any.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in units.items():
        file = folder / name
        if file.exists() and file.read_text(encoding="utf-8") != text:
            raise Refused(f"{file} existe déjà et dit autre chose : choisissez un autre dossier.")
    for name, text in units.items():
        (folder / name).write_text(text, encoding="utf-8")


def _filled(text: str, place: Place) -> str:
    """Replaces whole words of the units of `deploy/`, longest first. systemd creates folders below
    /var/lib, and hides home folders; another folder exists, and is made accessible.
    """
    state = f"ReadWritePaths={place.data}"
    if place.data.is_relative_to(_STATE) and place.data != _STATE:
        state = f"StateDirectory={place.data.relative_to(_STATE)}"
    paths = (place.program, place.settings, place.data, place.backups)
    in_a_home = any(path.is_relative_to(home) for path in paths for home in _HOMES)
    own = {
        "/srv/c-possible/.venv/bin/c-possible": place.program,
        "/etc/c-possible.env": place.settings,
        "/var/backups/c-possible": place.backups,
        "StateDirectory=c-possible": state,
        "ProtectHome=true": f"ProtectHome={'read-only' if in_a_home else 'true'}",
        "/var/lib/c-possible": place.data,
        "User=c-possible": f"User={place.user}",
        "Group=c-possible": f"Group={place.user}",
        "u c-possible ": f"u {place.user} ",
        "c-possible c-possible -": f"{place.user} {place.user} -",
        # Backup files are not renamed.
        "-name c-possible-*.zip": "-name c-possible-*.zip",
        "c-possible": place.name,
    }
    any_of = re.compile("|".join(re.escape(word) for word in own))
    return any_of.sub(lambda found: str(own[found[0]]), text)
