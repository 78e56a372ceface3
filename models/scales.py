"""Scales (échelles): the words people answer with, from the least favourable to the most; the
marks from 1 to 5 and 0 to 10.
"""

import re
from collections.abc import Iterable, Sequence

from models.search import fold

# −2 … 2; the two highest steps are favourable. The words of a scale of four have no middle.
_WORDS: dict[int, tuple[str, ...]] = {
    -2: (
        "pas du tout d'accord",
        "tout à fait en désaccord",
        "très insatisfait",
        "pas du tout satisfait",
        "très mauvais",
        "très mauvaise",
        "jamais",
        "pas du tout",
        "non, pas du tout",
        "très mal",
        "très insuffisant",
    ),
    -1: (
        "plutôt pas d'accord",
        "pas d'accord",
        "plutôt en désaccord",
        "en désaccord",
        "plutôt insatisfait",
        "insatisfait",
        "peu satisfait",
        "mauvais",
        "mauvaise",
        "rarement",
        "plutôt non",
        "peu",
        "mal",
        "plutôt mal",
        "insuffisant",
    ),
    0: (
        "ni d'accord ni pas d'accord",
        "ni d'accord, ni pas d'accord",
        "ni satisfait ni insatisfait",
        "neutre",
        "moyen",
        "moyenne",
        "parfois",
        "ni l'un ni l'autre",
    ),
    1: (
        "plutôt d'accord",
        "d'accord",
        "plutôt satisfait",
        "satisfait",
        "bon",
        "bonne",
        "souvent",
        "plutôt oui",
        "assez",
        "bien",
        "plutôt bien",
        "suffisant",
    ),
    2: (
        "tout à fait d'accord",
        "très satisfait",
        "tout à fait satisfait",
        "très bon",
        "très bonne",
        "excellent",
        "excellente",
        "toujours",
        "tout à fait",
        "oui, tout à fait",
        "beaucoup",
        "très bien",
    ),
}
_ASIDE = (
    "sans avis",
    "sans opinion",
    "ne sait pas",
    "je ne sais pas",
    "nsp",
    "sans objet",
    "pas concerné",
    "ne se prononce pas",
    "n/a",
)
# What the survey tool writes for some answers whatever the questionnaire, and what it means.
_KNOWN_CODES = {"Y": "Oui", "N": "Non", "-oth-": "Autre"}
_CODE = re.compile(r"[A-Z]{1,4}\d{1,4}")
_FEMININE = re.compile(r"[(·.\-]e[)]?(?=\s|$)")


def _plain(label: str) -> str:
    """Case, accents, signs and the feminine of inclusive writing left out."""
    return re.sub(r"[^a-z0-9]+", "", fold(_FEMININE.sub("", label)))


_RANK = {
    _plain(word + ending): rank
    for rank, words in _WORDS.items()
    for word in words
    for ending in ("", "e", "s", "es")
}
_LEFT_OUT = frozenset(_plain(word + ending) for word in _ASIDE for ending in ("", "e"))


def rank_of(label: str) -> int | None:
    """From −2 to 2; None for a word of no scale."""
    return _RANK.get(_plain(label))


def is_aside(label: str) -> bool:
    """« Sans avis »: an answer that is on no step."""
    return _plain(label) in _LEFT_OUT


def is_scale(labels: Sequence[str]) -> bool:
    """Whether these are the steps of one scale: two at least, on both sides, and nothing else
    but « sans avis ».
    """
    ranks = [rank_of(label) for label in labels if not is_aside(label)]
    return len(ranks) >= 2 and None not in ranks and min(ranks) < 1 <= max(ranks)


def in_order(labels: Iterable[str]) -> list[str]:
    """From the least favourable step to the most, « sans avis » last; words of no scale by the
    alphabet, numbers by size.
    """
    found = list(dict.fromkeys(labels))
    if is_scale(found):
        return sorted(found, key=lambda label: (is_aside(label), rank_of(label) or 0, label))
    return sorted(
        found,
        key=lambda label: (
            not label.isdigit(),
            int(label) if label.isdigit() else 0,
            fold(label),
            label,
        ),
    )


# ── Codes ─────────────────────────────────────────────────────────────────────────────────────────


def are_codes(labels: Iterable[str]) -> bool:
    """Whether these are codes of a file (« A1 », « A2 ») that nobody has named yet."""
    found = list(labels)
    known = frozenset(_KNOWN_CODES.values())
    return any(map(_CODE.fullmatch, found)) and all(
        _CODE.fullmatch(label) or label in known or is_aside(label) for label in found
    )


def known_labels(codes: Iterable[str]) -> dict[str, str]:
    """Code → label, for those that mean the same in every questionnaire. « Y » and « N » only
    mean yes and no beside one another, or among codes.
    """
    found = set(codes)
    alone = {
        code
        for code in found
        if code not in _KNOWN_CODES and not _CODE.fullmatch(code) and not is_aside(code)
    }
    return {
        code: label
        for code, label in _KNOWN_CODES.items()
        if code in found and label not in found and (code == "-oth-" or not alone)
    }
