"""Scales (échelles): answers in words, from the least to the most favourable; marks from 1 to 5 and
0 to 10.
"""

import base64
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from models.search import fold
from models.signing import keyed_hash

# −2 … 2; the two highest steps are favourable. A scale of four has no middle.
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
# Codes that the survey tool uses for some answers in every questionnaire, and their meaning.
_KNOWN_CODES = {"Y": "Oui", "N": "Non", "-oth-": "Autre"}
_CODE = re.compile(r"[A-Z]{1,4}\d{1,4}")
_FEMININE = re.compile(r"[(·.\-]e[)]?(?=\s|$)")


def _plain(label: str) -> str:
    """Without case, accents, punctuation and inclusive endings."""
    return re.sub(r"[^a-z0-9]+", "", fold(_FEMININE.sub("", label)))


_RANK = {
    _plain(word + ending): rank
    for rank, words in _WORDS.items()
    for word in words
    for ending in ("", "e", "s", "es")
}
_LEFT_OUT = frozenset(_plain(word + ending) for word in _ASIDE for ending in ("", "e"))


def rank_of(label: str) -> int | None:
    """From −2 to 2; None for a word that is on no scale."""
    return _RANK.get(_plain(label))


def is_off_scale(label: str) -> bool:
    """« Sans avis »: an answer outside the scale."""
    return _plain(label) in _LEFT_OUT


def is_scale(labels: Sequence[str]) -> bool:
    """Whether these are the steps of one scale: at least two, on both sides, and otherwise only «
    sans avis ».
    """
    ranks = [rank_of(label) for label in labels if not is_off_scale(label)]
    return len(ranks) >= 2 and None not in ranks and min(ranks) < 1 <= max(ranks)


def in_order(labels: Iterable[str]) -> list[str]:
    """From the least to the most favourable step, « sans avis » last; other words alphabetically,
    numbers by size.
    """
    distinct = list(dict.fromkeys(labels))
    if is_scale(distinct):
        return sorted(distinct, key=lambda label: (is_off_scale(label), rank_of(label) or 0, label))
    return sorted(
        distinct,
        key=lambda label: (
            not label.isdigit(),
            int(label) if label.isdigit() else 0,
            fold(label),
            label,
        ),
    )


# ── Codes ───────────────────────────────────────────────────────────────────────────────────────


def are_codes(labels: Iterable[str]) -> bool:
    """Whether these are codes of a file (« A1 », « A2 ») without labels yet."""
    codes = list(labels)
    meanings = frozenset(_KNOWN_CODES.values())
    return any(map(_CODE.fullmatch, codes)) and all(
        _CODE.fullmatch(label) or label in meanings or is_off_scale(label) for label in codes
    )


def known_labels(codes: Iterable[str]) -> dict[str, str]:
    """Code → label, for codes with the same meaning in every questionnaire. « Y » and « N » mean
    yes and no only together, or among codes.
    """
    distinct = set(codes)
    alone = {
        code
        for code in distinct
        if code not in _KNOWN_CODES and not _CODE.fullmatch(code) and not is_off_scale(code)
    }
    return {
        code: label
        for code, label in _KNOWN_CODES.items()
        if code in distinct and label not in distinct and (code == "-oth-" or not alone)
    }


# Without letters that look like digits, or vowels that would form words.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OF_RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_CROCKFORD = str.maketrans(_OF_RFC_4648, _SIGNS)
_MISREAD = str.maketrans("OIL", "011")
_BITS, _GROUP = 5, 4
_SPACING = dict.fromkeys(map(ord, " -\u00a0\u202f\u2010\u2011\u2013"))


def drawn(seed: str, length: int) -> str:
    """The code derived from this seed and the key, always the same: « 7K3M-Q9XA ». The seed alone
    does not reveal it.
    """
    digest = bytes.fromhex(keyed_hash(seed))[: length * _BITS // 8]
    return in_groups(base64.b32encode(digest).decode().rstrip("=").translate(_TO_CROCKFORD))


def in_groups(signs: str) -> str:
    return "-".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))


def without_spacing(code: str) -> str:
    return code.translate(_SPACING)


def read(code: str) -> str:
    """The characters of a typed code: lower case, other spacing, or O for zero are accepted."""
    return without_spacing(code).upper().translate(_MISREAD)


class Word(StrEnum):
    """A stored code with its French label, and in some vocabularies the rules of each word."""

    label: str

    def __new__(cls, code: str, label: str, rules: object = None):
        member = str.__new__(cls, code)
        member._value_ = code
        member.label, member.rules = label, rules
        return member
