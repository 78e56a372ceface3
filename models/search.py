"""Search words (mots de recherche): text folded, élisions split and stemmed once, the same for both
engines.

The index holds stems. What else a word may mean (its family, a beginning, one typing error) is
asked by the query, so that a longer table of families never makes an index out of date.
"""

import csv
import re
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import snowballstemmer

_STEMMER = snowballstemmer.stemmer("french")
_FAMILIES = Path(__file__).with_name("word_families.csv")
_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss", "’": "'", "ʼ": "'", "‘": "'", "´": "'"}
_ELISION = re.compile(r"\b(?:qu|jusqu|lorsqu|puisqu|quoiqu|[cdjlmnst])'", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+")
_STOP = frozenset(
    "a au aux avec ce ces cet cette dans de des du elle en et eux il ils je la le les leur leurs"
    " lui ma mais me meme mes moi mon ne nos notre nous on ou par pas pour qu que qui sa se ses son"
    " sur ta te tes toi ton tu un une vos votre vous y est sont c d j l m n s t si plus".split()
)
_MAX_WORD = 60


def fold(text: str) -> str:
    """Lower case, without accents or ligatures: « Œuvre » → « oeuvre »."""
    plain = unicodedata.normalize("NFKD", _spelled_out(text.lower()))
    return "".join(c for c in plain if not unicodedata.combining(c))


@lru_cache(200_000)
def plain_word(word: str) -> str:
    """One written word, folded."""
    return fold(word)


def _spelled_out(text: str) -> str:
    """Ligatures as two letters, one kind of apostrophe."""
    if not text.isascii():
        for sign, spelled in _LIGATURES.items():
            text = text.replace(sign, spelled)
    return text


@lru_cache(200_000)
def stem_of(word: str) -> str:
    """The stem of one written word; empty for a stop word."""
    return _stem(plain_word(word))


def _stem(plain: str) -> str:
    if plain in _STOP:
        return ""
    stem = fold(_STEMMER.stemWord(plain))[:_MAX_WORD]
    # The stemmer keeps the plural of « vélos » and « bureaux »: whoever searches one means the
    # other.
    return stem[:-1] if len(stem) > 3 and stem[-1] in "sx" else stem


def stems(text: str) -> list[str]:
    """The words of a text as they are indexed, in order, with repeats; stop words are left out."""
    # A typed word may lack its accents: both the accented and the plain spelling reach the same
    # stem.
    return [stem for word in written_words(text) if (stem := stem_of(word))]


def written_words(text: str) -> list[str]:
    """The words of a text as they are written, without their élisions."""
    word = _spelled_out(unicodedata.normalize("NFC", text).lower())
    return WORD.findall(_ELISION.sub(" ", word) if "'" in word else word)


@cache
def _families() -> dict[str, tuple[str, ...]]:
    """Stem → the stems of its family, as `word_families.csv` keeps them with the reason of each."""
    found: dict[str, set[str]] = {}
    with _FAMILIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            family = set(stems(row["mots"]))
            for stem in family:
                found.setdefault(stem, set()).update(family)
    return {stem: tuple(sorted(family - {stem})) for stem, family in found.items()}


def family(stem: str) -> tuple[str, ...]:
    """A stem and those of its family, itself first: « chauffag » → « chauffag », « chauff », …"""
    return (stem, *_families().get(stem, ()))


@lru_cache(200_000)
def root_of(word: str) -> str:
    """One stem for the whole family of a written word; empty for a stop word."""
    stem = stem_of(word)
    return min(family(stem)) if stem else ""


# --- one typing error -----------------------------------------------------------------------------


def one_edit(word: str) -> frozenset[str]:
    """Every stem one typing error away: a letter lost, added, changed, two exchanged, a sound
    spelled otherwise.
    """
    plain = fold(word)
    stem = _stem(plain)
    # An error in the ending may change what the stemmer takes off; elsewhere the error is one of
    # the stem.
    others = {*_edits(plain, max(len(plain) - _ENDING, 0)), *_sounds(plain)}
    return frozenset({near for other in others if (near := _stem(other))} | set(_edits(stem))) - {
        stem,
        "",
    }


_ENDING = 4
_SOUNDS = (
    ("f", "ph"),
    ("k", "c"),
    ("k", "qu"),
    ("o", "au"),
    ("o", "eau"),
    ("an", "en"),
    ("t", "th"),
)


def _sounds(word: str) -> Iterator[str]:
    """The word with one sound spelled otherwise: « orthografe » → « orthographe »."""
    for pair in _SOUNDS:
        for heard, spelled in (pair, pair[::-1]):
            for found in re.finditer(heard, word):
                yield word[: found.start()] + spelled + word[found.end() :]


def _edits(word: str, start: int = 0) -> Iterator[str]:
    for i in range(start, len(word) + 1):
        head, tail = word[:i], word[i:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in string.ascii_lowercase:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]


# --- what somebody asks for -----------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """One thing asked for: a word with its family, or a phrase; `beginning` where the word may
    still be typed.
    """

    written: str
    stems: tuple[str, ...]
    beginning: str = ""
    is_phrase: bool = False

    @property
    def alternatives(self) -> tuple[str, ...]:
        """The stems of which one is enough; none for a phrase, whose stems follow one another."""
        return () if self.is_phrase else family(self.stems[0])


@dataclass(frozen=True)
class Query:
    """What is asked for: every term (or, for `some`, at least so many of them), and none of the
    excluded ones.
    """

    terms: tuple[Term, ...]
    excluded: tuple[Term, ...] = ()
    some: int = 0


_MOST_TERMS, _SHORTEST_BEGINNING = 16, 3
_PART = re.compile(r'(?:(?<=\s)|^)(-?)(?:"([^"]*)"|«([^»]*)»)|(\S+)')


def parsed(text: str, some: int = 0) -> Query | None:
    """What a typed text asks for; None where it names no word that can be searched.

    « -mot » and « -"deux mots" » exclude, quotes hold a phrase, the last word is also a beginning.
    """
    terms: list[Term] = []
    excluded: list[Term] = []
    for part in _PART.finditer(unicodedata.normalize("NFC", text)):
        minus, quoted, french_quoted, bare = part.groups()
        if bare is None:
            phrase = quoted if quoted is not None else french_quoted
            (excluded if minus else terms).extend(_phrase(phrase))
        elif bare[0] == "-" and len(bare) > 1 and WORD.match(bare[1]):
            excluded.extend(_phrase(bare[1:]))
        else:
            terms.extend(_words(bare, is_last=part.end() == len(text.rstrip())))
    if not terms:
        return None
    return Query(
        tuple(dict.fromkeys(terms))[:_MOST_TERMS],
        tuple(dict.fromkeys(excluded))[:_MOST_TERMS],
        some,
    )


def _phrase(text: str) -> list[Term]:
    found = tuple(stems(text))[:_MOST_TERMS]
    if not found:
        return []
    return [Term(text.strip(), found, is_phrase=len(found) > 1)]


def _words(text: str, is_last: bool) -> list[Term]:
    """A word between spaces; a hyphen or an apostrophe in it makes several."""
    written = [word for word in written_words(text) if stem_of(word)]
    found = [Term(word, (stem_of(word),)) for word in written]
    if is_last and found and len(fold(written[-1])) >= _SHORTEST_BEGINNING:
        found[-1] = Term(
            written[-1], (stem_of(written[-1]),), beginning=fold(written[-1])[:_MAX_WORD]
        )
    return found


# --- where the words stand in a text --------------------------------------------------------------


def is_meant(word: str, query: Query) -> bool:
    """Whether a written word is one of those that are asked for."""
    stem = stem_of(word)
    return bool(stem) and any(matches(stem, term) for term in query.terms)


def matches(stem: str, term: Term) -> bool:
    """Whether a stem of a text answers a term (for a phrase: is one of its words)."""
    if term.is_phrase:
        return stem in term.stems
    return stem in term.alternatives or (bool(term.beginning) and stem.startswith(term.beginning))


def places(text: str, query: Query) -> list[tuple[int, int]]:
    """Where the words that are asked for stand in a text as it is written: (from, to), in order."""
    return [found.span() for found in WORD.finditer(text) if is_meant(found.group(), query)]
