"""Search words (mots de recherche): text folded, élisions split and stemmed once, the same for both engines."""

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

_STEMMER = snowballstemmer.stemmer("french")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "’": "'", "ʼ": "'"})
_ELISION = re.compile(r"\b(?:qu|jusqu|lorsqu|puisqu|quoiqu|[cdjlmnst])'", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_STOP = frozenset(
    "a au aux avec ce ces cet cette dans de des du elle en et eux il ils je la le les leur leurs lui ma mais me "
    "meme mes moi mon ne nos notre nous on ou par pas pour qu que qui sa se ses son sur ta te tes toi ton tu un "
    "une vos votre vous y est sont c d j l m n s t si plus".split()
)
_MAX_WORD = 60


def fold(text: str) -> str:
    """Lower case, without accents or ligatures: « Œuvre » → « oeuvre »."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES))
    return "".join(c for c in plain if not unicodedata.combining(c))


@lru_cache(200_000)
def _stem(word: str) -> str:
    """The stem of one written word; empty for a stop word."""
    plain = fold(word)
    if plain in _STOP:
        return ""
    stem = fold(_STEMMER.stemWord(plain))[:_MAX_WORD]
    # The stemmer keeps the plural of « vélos » and « bureaux »: whoever searches one means the other.
    return stem[:-1] if len(stem) > 3 and stem[-1] in "sx" else stem


def stems(text: str) -> list[str]:
    """The words of a text as they are indexed, in order, with repeats; stop words are left out."""
    spaced = _ELISION.sub(" ", text.lower().translate(_LIGATURES))
    # A typed word may lack its accents: both the accented and the plain spelling reach the same stem.
    return [stem for word in _WORD.findall(spaced) if (stem := _stem(word))]
