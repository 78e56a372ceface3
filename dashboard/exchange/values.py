"""The words and dates of other people's files, in ours: states (états), kinds (genres), days.

Everything is compared folded: case, accents, apostrophes and punctuation do not matter.
"""

import re
from calendar import monthrange
from datetime import date

from models.ideas import Audience, Channel, IdeaKind, IdeaStatus
from models.search import fold
from models.words import Word

_OLDEST, _LATEST = 1900, 2100  # outside, a typing error: the year of no filing, and calendars end
_NOT_ALNUM = re.compile(r"[^a-z0-9/]+")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ].*)?")
_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ,].*)?")

_S = IdeaStatus
# What other sources call their states. A project that citizens elected is accepted, however far its works are.
_STATES: dict[IdeaStatus, tuple[str, ...]] = {
    _S.received: ("reçu", "open", "pending", "not answered", "not_answered", "published", "nouveau", "new",
                  "en attente", "sans réponse"),
    _S.read: ("lu",),
    _S.studied: ("evaluating", "à l'étude", "en évaluation", "en cours d'évaluation", "in review", "under review",
                 "en analyse", "à l'analyse"),
    _S.submitted: ("soumis", "soumise"),
    _S.accepted: ("accepted", "acceptée", "accepté", "retenu", "planned", "planifié", "started", "en cours",
                  "in progress", "approved", "approuvé", "ETUDES", "PROCEDURES", "TRAVAUX", "LIVRAISON",
                  "(non démarré)"),
    _S.implemented: ("FIN", "completed", "réalisé", "terminé", "terminée", "done", "implemented", "livré"),
    _S.already: ("already exists", "existe déjà"),
    _S.postponed: ("reporté", "postponed"),
    _S.refused: ("ABANDONNÉ", "abandonnée", "rejected", "refusé", "refusée", "rejeté", "rejetée", "declined",
                 "non retenu"),
    _S.taken_in: ("pris en compte", "answered"),
    _S.merged: ("duplicate", "fusionné", "merged", "doublon"),
    _S.redirected: ("réorienté",),
    _S.withdrawn: ("withdrawn", "retiré"),
}


def compact(text: str) -> str:
    """A word or header without case, accents, spaces or punctuation: « Créée_le » and « creee le » are the same."""
    return _NOT_ALNUM.sub("", fold(text))


def _by_spelling(words: type[Word]) -> dict[str, Word]:
    return {compact(spelling): word for word in words for spelling in (word.value, word.label)}


_STATUS = {compact(name): status for status, names in _STATES.items() for name in names} | _by_spelling(IdeaStatus)
_KIND = _by_spelling(IdeaKind) | {"idea": IdeaKind.idea, "proposition": IdeaKind.idea, "proposal": IdeaKind.idea}
_CHANNEL, _AUDIENCE = _by_spelling(Channel), _by_spelling(Audience)
_YES = frozenset({"oui", "vrai", "true", "1", "yes"})
_NO = frozenset({"non", "faux", "false", "0", "no"})


def status_of(text: str) -> IdeaStatus | None:
    return _STATUS.get(compact(text))


def kind_of(text: str) -> IdeaKind | None:
    return _KIND.get(compact(text))


def channel_of(text: str) -> Channel | None:
    return _CHANNEL.get(compact(text))


def audience_of(text: str) -> Audience | None:
    return _AUDIENCE.get(compact(text))


def truth_of(text: str) -> bool | None:
    """« oui » or « non »; None for anything else."""
    word = compact(text)
    return True if word in _YES else False if word in _NO else None


def day_of(text: str) -> date | None:
    """A day written YYYY-MM-DD or jj/mm/aaaa, with or without a time; the last day of a month written YYYY-MM.

    None for an empty cell and for a year alone, which is no date. Raises ValueError, in French, for what is
    not a date or does not exist. What is only known to have happened in a month is certain at its end.
    """
    text = text.strip()
    if not text or re.fullmatch(r"\d{4}", text):
        return None
    found = _ISO.fullmatch(text)
    year, month, day = found.groups() if found else (None, None, None)
    if not found and (found := _FRENCH.fullmatch(text)):
        day, month, year = found.groups()
    if not found:
        raise ValueError(f"« {text[:40]} » n'est pas une date lisible (attendu : AAAA-MM-JJ ou jj/mm/aaaa).")
    return _real_day(text, int(year), int(month), int(day) if day else None)


def _real_day(text: str, year: int, month: int, day: int | None) -> date:
    if not _OLDEST <= year <= _LATEST:
        raise ValueError(f"L'année de « {text[:40]} » n'est pas plausible.")
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError:  # calendar's own error for a month is a ValueError too
        raise ValueError(f"La date « {text[:40]} » n'existe pas.") from None
