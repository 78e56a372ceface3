"""A correspondence proposed (correspondance proposée): which unknown column may hold which field,
by its name and its values.

A proposal is never read by itself: a person confirms it.
"""

from collections.abc import Callable, Mapping, Sequence

from rapidfuzz import fuzz

from dashboard.files.ideas.profiles import NAMES
from dashboard.files.ideas.values import kind_of, status_of
from dashboard.files.ideas.words import words_of
from dashboard.files.values import compact, day_of, number_of
from models.ideas import TITLE_MAX
from models.search import fold

_ENOUGH = 0.5
_SURE = 0.9
# Words that tell a field without being its whole header.
_HINTS = words_of("hints")


def guessed(
    headers: Mapping[int, str], values: Mapping[int, Sequence[str]], asked: Sequence[str]
) -> dict[str, str]:
    """Field → header, for the fields `asked` of which one column is likely; each column serves
    one field, the surest first.
    """
    scores = []
    for i, header in headers.items():
        written = [value.strip() for value in values[i] if value.strip()]
        # The place is negated for the order alone: of two equal scores the first column wins.
        scores += [(_score(name, header, written), -i, name) for name in asked]
    scores.sort(reverse=True)
    found: dict[str, str] = {}
    used: set[int] = set()
    for score, place, name in scores:
        if score >= _ENOUGH and name not in found and -place not in used:
            found[name] = headers[-place]
            used.add(-place)
    return found


def is_surely(name: str, header: str, values: Sequence[str]) -> bool:
    """Whether a column can hardly be anything else, by its header and what stands under it."""
    written = [value.strip() for value in values if value.strip()]
    return bool(written) and _score(name, header, written) >= _SURE


def _score(name: str, header: str, values: list[str]) -> float:
    """From 0 to 1: half by the header, half by what stands under it; 0 where the values
    contradict the field.
    """
    fits = _FITS[name](values) if values else 0.3
    if fits == 0:
        return 0.0
    return 0.55 * _likeness(name, header) + 0.45 * fits


def _likeness(name: str, header: str) -> float:
    words = set(fold(header).replace("_", " ").replace("/", " ").replace("'", " ").split())
    if any(
        word == hint or (len(hint) > 4 and word.startswith(hint))
        for word in words
        for hint in _HINTS[name]
    ):
        return 1.0 if name not in ("answer", "merged_into") or len(words) < 4 else 0.7
    best = max((fuzz.ratio(compact(header), compact(known)) for known in NAMES[name]), default=0.0)
    return best / 100 if best >= 75 else 0.0


def _share(values: Sequence[str], reads: Callable[[str], object]) -> float:
    """The part of the values that can be read so."""
    return sum(1 for value in values if _reads(value, reads)) / len(values)


def _reads(value: str, reads: Callable[[str], object]) -> bool:
    try:
        return reads(value[:100]) is not None
    except ValueError:
        return False


def _as_title(values: list[str]) -> float:
    if (
        _share(values, number_of) > 0.5
        or _share(values, day_of) > 0.5
        or any(len(value) > 4 * TITLE_MAX for value in values)
    ):
        return 0.0
    mean = sum(map(len, values)) / len(values)
    return (0.6 if 8 <= mean <= 120 else 0.2) + 0.4 * len(set(values)) / len(values)


def _as_body(values: list[str]) -> float:
    if _share(values, number_of) > 0.5 or _share(values, day_of) > 0.5:
        return 0.0
    mean = sum(map(len, values)) / len(values)
    return min(mean / 150, 1.0) if mean > 25 else 0.1


def _as_key(values: list[str]) -> float:
    unique = len(set(values)) == len(values)
    return 1.0 if unique and all(len(value) <= 40 and " " not in value for value in values) else 0.0


def _as_day(values: list[str]) -> float:
    share = _share(values, day_of)
    return share if share >= 0.8 else 0.0


def _as_count(values: list[str]) -> float:
    if _share(values, number_of) >= 0.9 and not any("," in value for value in values):
        return 1.0
    return 0.0


def _as_choice(values: list[str]) -> float:
    """A few short words that come again."""
    if (
        _share(values, number_of) > 0.5
        or _share(values, day_of) > 0.5
        or max(map(len, values)) > 120
    ):
        return 0.0
    return 0.9 if len(set(values)) < max(len(values) * 0.6, 2) else 0.4


def _as_status(values: list[str]) -> float:
    share = _share(values, status_of)
    return share if share >= 0.3 else 0.5 * _as_choice(values)


def _as_kind(values: list[str]) -> float:
    share = _share(values, kind_of)
    return share if share >= 0.3 else 0.3 * _as_choice(values)


def _as_words(values: list[str]) -> float:
    return 0.0 if _share(values, number_of) > 0.5 or _share(values, day_of) > 0.5 else 0.5


_FITS: dict[str, Callable[[list[str]], float]] = {
    "title": _as_title,
    "body": _as_body,
    "key": _as_key,
    "filed_on": _as_day,
    "theme": _as_choice,
    "direction": _as_choice,
    "kind": _as_kind,
    "status": _as_status,
    "status_on": _as_day,
    "answer": _as_words,
    "voices": _as_count,
    "comments": _as_words,
    "merged_into": lambda values: 0.5 if _share(values, number_of) > 0.5 else 0.2,
}
