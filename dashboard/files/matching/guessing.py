"""Columns proposed (correspondance proposée): which unknown column may hold which field, by its
name and its values.

A proposal is never read by itself: a person confirms it.
"""

from collections.abc import Callable, Mapping, Sequence

from rapidfuzz import fuzz

from dashboard.files.matching.fields import Field
from dashboard.files.values import READS, compact, day_of, number_of
from models.ideas import TITLE_MAX
from models.search import fold

_ENOUGH = 0.5
_SURE = 0.9
_LIKE = 75  # per cent of the letters of a header


def guessed(
    headers: Mapping[int, str], values: Mapping[int, Sequence[str]], asked: Sequence[Field]
) -> dict[str, int]:
    """Field → column, for the fields `asked` of which one is likely; each column serves one field,
    the surest first.
    """
    scores = []
    for i, header in headers.items():
        written = [value.strip() for value in values[i] if value.strip()]
        # The place is negated for the order alone: of two equal scores the first column wins.
        scores += [(_score(field, header, written), -i, field.code) for field in asked]
    scores.sort(reverse=True)
    found: dict[str, int] = {}
    for score, place, code in scores:
        if score >= _ENOUGH and code not in found and -place not in found.values():
            found[code] = -place
    return found


def is_surely(field: Field, header: str, values: Sequence[str]) -> bool:
    """Whether a column can hardly be anything else, by its header and what stands under it."""
    written = [value.strip() for value in values if value.strip()]
    return bool(written) and _score(field, header, written) >= _SURE


def _score(field: Field, header: str, values: list[str]) -> float:
    """From 0 to 1: half by the header, half by what stands under it; 0 where the values
    contradict the field.
    """
    fits = _fits(field.kind, values) if values else 0.3
    return 0.55 * _likeness(field, header) + 0.45 * fits if fits else 0.0


def _likeness(field: Field, header: str) -> float:
    plain = fold(header).translate(str.maketrans("_/'.-", "     "))
    words = set(plain.split())
    if any(
        word == hint or (len(hint) > 4 and word.startswith(hint))
        for word in words
        for hint in field.hints
    ):
        return 0.7 if field.kind in ("text", "reference") and len(words) > 3 else 1.0
    around = f" {' '.join(plain.split())} "
    if not field.hints and any(f" {fold(known)} " in around for known in field.spellings):
        return 0.9
    best = max(
        (fuzz.ratio(compact(header), compact(known)) for known in field.spellings), default=0.0
    )
    return best / 100 if best >= _LIKE else 0.0


def _fits(kind: str, values: list[str]) -> float:
    """How well values are of a kind."""
    if kind in _FITS:
        return _FITS[kind](values)
    share = _share(values, READS[kind])
    is_decimal = kind == "whole" and any("," in value for value in values)
    return share if share >= 0.8 and not is_decimal else 0.0


def _share(values: Sequence[str], reads: Callable[[str], object]) -> float:
    """The part of the values that can be read so."""
    return sum(1 for value in values if _reads(value, reads)) / len(values)


def _reads(value: str, reads: Callable[[str], object]) -> bool:
    try:
        return reads(value[:100]) is not None
    except ValueError:
        return False


def _are_figures(values: Sequence[str]) -> bool:
    return _share(values, number_of) > 0.5 or _share(values, day_of) > 0.5


def _as_title(values: list[str]) -> float:
    if _are_figures(values) or any(len(value) > 4 * TITLE_MAX for value in values):
        return 0.0
    mean = sum(map(len, values)) / len(values)
    return (0.6 if 8 <= mean <= 120 else 0.2) + 0.4 * len(set(values)) / len(values)


def _as_body(values: list[str]) -> float:
    mean = sum(map(len, values)) / len(values)
    if _are_figures(values):
        return 0.0
    return min(mean / 150, 1.0) if mean > 25 else 0.1


def _as_key(values: list[str]) -> float:
    unique = len(set(values)) == len(values)
    return 1.0 if unique and all(len(value) <= 40 and " " not in value for value in values) else 0.0


def _as_choice(values: list[str]) -> float:
    """A few short words that come again."""
    if _are_figures(values) or max(map(len, values)) > 120:
        return 0.0
    return 0.9 if len(set(values)) < max(len(values) * 0.6, 2) else 0.4


def _as_names(values: list[str]) -> float:
    """« DUPONT Anne »."""
    named = (len(v.split()) > 1 and not any(map(str.isdigit, v)) for v in values)
    return sum(named) / len(values)


def _as_text(values: list[str]) -> float:
    return 0.0 if _are_figures(values) else 0.5


_FITS: dict[str, Callable[[list[str]], float]] = {
    "title": _as_title,
    "indented": _as_title,
    "family_first": _as_names,
    "given_first": _as_names,
    "body": _as_body,
    "key": _as_key,
    "choice": _as_choice,
    "text": _as_text,
    "long": _as_text,
    "reference": lambda values: 0.5 if _share(values, number_of) > 0.5 else 0.2,
}
