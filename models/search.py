"""Search words (mots de recherche): text normalised, split at élisions and stemmed, the same for
both engines.

The index contains the stems of an entry, those of its title again with a mark, and the sound of
each word, for misspelt words. Other meanings of a word (its family, a prefix) are added by the
query, so that a new table of families does not make the index outdated.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path

import snowballstemmer

_FAMILIES = Path(__file__).with_name("word_families.csv")
_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss", "’": "'", "ʼ": "'", "‘": "'", "´": "'"}
_ELIDED = frozenset(("qu", "jusqu", "lorsqu", "puisqu", "quoiqu", *"cdjlmnst"))
WORD = re.compile(r"[^\W_]+")
_WORDS = re.compile(r"\w+")
_NO_ELISION = re.compile(r"_([^\W_]+)'")  # there is no elision after an underscore
_STOP = frozenset(
    "a au aux avec ce ces cet cette dans de des du elle en et eux il ils je la le les leur leurs"
    " lui ma mais me meme mes moi mon ne nos notre nous on ou par pas pour qu que qui sa se ses son"
    " sur ta te tes toi ton tu un une vos votre vous y est sont c d j l m n s t si plus".split()
)
_MAX_WORD = 60


def bears(words: str, *texts: str) -> bool:
    """Whether each word begins one of the texts' words, whatever its case and accents."""
    text = fold(" ".join(texts))
    return all(re.search(rf"(?<!\w){re.escape(word)}", text) for word in fold(words).split())


def fold(text: str) -> str:
    """Lower case, without accents or ligatures: « Œuvre » → « oeuvre »."""
    if text.isascii():  # most words: nothing to remove
        return text.lower()
    plain = unicodedata.normalize("NFKD", _spelled_out(text.lower()))
    return "".join(c for c in plain if not unicodedata.combining(c))


def _spelled_out(text: str) -> str:
    """Ligatures as two letters, one kind of apostrophe."""
    if not text.isascii():
        for sign, spelled in _LIGATURES.items():
            text = text.replace(sign, spelled)
    return text


@lru_cache(200_000)
def _read_word(word: str) -> tuple[str, str, str]:
    """One word, normalised; its stem; its sound."""
    plain = fold(word)
    return plain, _stem(plain), sound_of(plain)


def plain_word(word: str) -> str:
    """One word, normalised."""
    return _read_word(word)[0]


def stem_of(word: str) -> str:
    """The stem of one written word; empty for a stop word."""
    return _read_word(word)[1]


def _stem(plain: str) -> str:
    if plain in _STOP:
        return ""
    if plain.isascii() and plain.isdigit():  # a number has no other form
        return plain[:_MAX_WORD]
    word = stem = singular(plain[:_MAX_WORD])
    if stem in _AS_IT_IS:
        return stem
    # A stemmer has state and many threads stem at once; a new one is cheap.
    stemmer = snowballstemmer.stemmer("french")
    # « petite » first loses its e, « petit » its -it at once: repeat until nothing changes.
    for _ in range(_TIMES_STEMMED):
        shorter = fold(stemmer.stemWord(stem))
        lost = len(word.rstrip("e")) - len(shorter)
        # Of « décision » not « dec », which is also « décès ».
        shortest = _SHORTEST_STEM if lost < 3 else _SHORTEST_STEM + 1
        if not shortest <= len(shorter) < len(stem):
            break
        stem = shorter
    return _without_ending(stem)


_TIMES_STEMMED = 4
_SHORTEST_STEM = 3


def _without_ending(stem: str) -> str:
    if len(stem) <= _SHORTEST_STEM:
        return stem
    # « composteur », « compostage » and « compost », « déchetterie » and « déchet ».
    stem = _first_replaced(stem, _DERIVED)
    if stem[-1] in "sx":
        return stem[:-1]
    # « publique » and « public », « neuve » and « neuf ».
    return stem[:-2] + "c" if stem.endswith("iqu") else stem[:-1] + "f" if stem[-1] == "v" else stem


# Irregular plurals; and words of which the stemmer leaves too little.
_PLURALS = {
    "travaux": "travail",
    "vitraux": "vitrail",
    "emaux": "email",
    "baux": "bail",
    "yeux": "oeil",
    "lobbies": "lobby",
    "hobbies": "hobby",
}
_AS_IT_IS = frozenset("loyer foyer loisir chauffeur directeur compteur pointage".split())
_ENDINGS = tuple(
    (re.compile(ending), instead)
    for ending, instead in (
        (r"eaux$", "eau"),
        (r"yaux$", "yau"),
        (r"aux$", "al"),
        (r"(?<=..[^s])s$|(?<=..)x$", ""),
    )
)
_DERIVED = tuple(
    (re.compile(ending), instead)
    for ending, instead in (
        (r"(?<=.{3})yag$|(?<=.{3})yeu[rs]$", "i"),
        (r"(?<=.{5})(?:ag|eu[rs])$|(?<=.{5})(?<!tt)eri$|(?<=.{5})teri$", ""),
    )
)
_FEMININES = tuple(
    (re.compile(ending), instead)
    for ending, instead in (
        (r"(?<=..)ee$", "e"),
        (r"(?<=..)ie$", "i"),
        (r"(?<=.)(i|g|ch)ere$", r"\1er"),
        (r"(?<=..)trice$", "teur"),
    )
)


def singular(plain: str) -> str:
    """A normalised word in one form for both numbers and genders: « rénovées », « rénové » → «
    renove ».
    """
    if plain in _PLURALS:
        return _PLURALS[plain]
    if len(plain) > _SHORTEST_STEM:
        plain = _first_replaced(plain, _ENDINGS)
    return _first_replaced(plain, _FEMININES) if len(plain) > _SHORTEST_STEM + 1 else plain


def _first_replaced(plain: str, endings: tuple[tuple[re.Pattern, str], ...]) -> str:
    for ending, instead in endings:
        if ending.search(plain):
            return ending.sub(instead, plain)
    return plain


def stems(text: str) -> list[str]:
    """The indexed words of a text, in order, with repeats, without stop words."""
    # A typed word may lack its accents: both spellings have the same stem.
    return [stem for word in written_words(text) if (stem := stem_of(word))]


def stem_set(text: str) -> set[str]:
    """The stems of a text, each once."""
    return {_read_word(word)[1] for word in set(written_words(text))} - {""}


def written_words(text: str) -> list[str]:
    """The words of a text, without their élisions."""
    plain = _spelled_out(unicodedata.normalize("NFC", text).lower())
    if "_" in plain:
        plain = _NO_ELISION.sub(r"_\1 ", plain).replace("_", " ")
    *before, last = plain.split("'")
    all_words: list[str] = []
    # Most parts contain no elision and are not checked word by word.
    for part in before:
        words = _WORDS.findall(part)
        if words and words[-1] in _ELIDED and part.endswith(words[-1]):
            words.pop()
        all_words += words
    return all_words + _WORDS.findall(last)


@cache
def _families() -> dict[str, tuple[str, ...]]:
    """Stem → the stems of its family, from `word_families.csv`, which gives the reason of each."""
    by_stem: dict[str, set[str]] = {}
    with _FAMILIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            family = set(stems(row["mots"]))
            family.update(*(by_stem.get(stem, ()) for stem in family))
            by_stem |= dict.fromkeys(family, family)
    return {stem: tuple(sorted(family - {stem})) for stem, family in by_stem.items()}


def family(stem: str) -> tuple[str, ...]:
    """A stem and those of its family, itself first: « chauffag » → « chauffag », « chauff », …"""
    return (stem, *_families().get(stem, ()))


# --- content of the index -----------------------------------------------------------------------

# No word starts like this: a letter, then a digit.
OF_TITLE, OF_SOUND = "t0", "s0"


def index_words(title: str, body: str) -> str:
    """The indexed words of an entry."""
    return f"{title_words(title)} {body_words(body)}".strip()


def title_words(title: str) -> str:
    """The indexed words of a title: its stems, the same with their mark, its sounds."""
    title_stems, sounds = _stems_and_sounds(title)
    return " ".join(
        [*title_stems, *(OF_TITLE + stem for stem in dict.fromkeys(title_stems)), *sounds]
    )


def body_words(body: str) -> str:
    """The indexed words of a text: its stems and its sounds."""
    body_stems, sounds = _stems_and_sounds(body)
    return " ".join([*body_stems, *sounds])


def _stems_and_sounds(text: str) -> tuple[list[str], list[str]]:
    """The stems of a text in order; the sounds of its words, without repeats and with their
    mark.
    """
    found_stems: list[str] = []
    sounds: dict[str, None] = {}
    for word in written_words(text):
        _, stem, sound = _read_word(word)
        if stem:
            found_stems.append(stem)
            if sound:
                sounds[OF_SOUND + sound] = None
    return found_stems, list(sounds)


# --- misspelt words -----------------------------------------------------------------------------

_SHORTEST_HEARD = 4
_SPELLED = tuple(
    (re.compile(spelled), heard)
    for spelled, heard in (
        (r"ph", "f"),
        (r"h", ""),
        (r"c(?=[eiy])|z|t(?=ion)", "s"),
        (r"qu?|c", "k"),
        (r"g(?=[eiy])", "j"),
        (r"x", "ks"),
        (r"w", "v"),
        (r"m", "n"),
        (r"(.)\1+", r"\1"),
        (r"^[aeiouy]+", "A"),
        (r"[aeiouy]", ""),
    )
)
_HEARD = "bdfgjklnprstv"


@lru_cache(200_000)
def sound_of(plain: str) -> str:
    """The consonants of a normalised word as pronounced: « bibliotek », « bibliothèque » → bbltk.

    Empty for a word that is too short.
    """
    if len(plain) < _SHORTEST_HEARD or not (plain.isascii() and plain.isalpha()):
        return ""
    sound = singular(plain[:_MAX_WORD])
    for spelled, instead in _SPELLED:
        sound = spelled.sub(instead, sound)
    return sound.lower()


def near_sounds(sound: str) -> list[str]:
    """Every sound at distance one: a consonant lost, added, changed, or two exchanged."""
    near = set()
    for i in range(len(sound) + 1):
        head, tail = sound[:i], sound[i:]
        if tail:
            near.add(head + tail[1:])
        if len(tail) > 1:
            near.add(head + tail[1] + tail[0] + tail[2:])
        for letter in _HEARD:
            near.update((head + letter + tail, head + letter + tail[1:]))
    return sorted(near - {sound, ""})


# --- the query ----------------------------------------------------------------------------------

Run = tuple[str, ...]  # adjacent stems


@dataclass(frozen=True)
class Term:
    """One search term: a word with its family, or a phrase; `same` lists its synonyms, `beginning`
    its prefix if the word may still be typed, `begun` the stems with that prefix, if known.
    """

    written: str
    stems: Run
    beginning: str = ""
    begun: tuple[str, ...] | None = None
    same: tuple[Run, ...] = ()

    @property
    def is_phrase(self) -> bool:
        return len(self.stems) > 1

    @cached_property
    def own(self) -> tuple[Run, ...]:
        """The phrase, or the word and its family."""
        return (self.stems,) if self.is_phrase else tuple((s,) for s in family(self.stems[0]))

    @cached_property
    def stems_meant(self) -> frozenset[str]:
        """Every stem of the term and its synonyms."""
        return frozenset(stem for run in (*self.own, *self.same) for stem in run)

    def is_begun_by(self, stem: str) -> bool:
        return bool(self.beginning) and stem.startswith(self.beginning)

    def is_in(self, text_stems: Sequence[str]) -> bool:
        """Whether the stems of a text, in order, match."""
        if any(map(self.is_begun_by, text_stems)):
            return True
        return any(
            tuple(text_stems[i : i + len(run)]) == run
            for run in (*self.own, *self.same)
            for i in range(len(text_stems) - len(run) + 1)
        )


@dataclass(frozen=True)
class Query:
    """A search: every term (or, with `some`, at least so many of them), and none of the excluded
    ones.
    """

    terms: tuple[Term, ...]
    excluded: tuple[Term, ...] = ()
    some: int = 0

    def is_answered_by(self, text: str) -> bool:
        """Whether a text has every term and none of the excluded ones."""
        there = stems(text)
        return all(term.is_in(there) for term in self.terms) and not any(
            term.is_in(there) for term in self.excluded
        )


_MOST_TERMS, _SHORTEST_BEGINNING = 16, 3
_PART = re.compile(r'(?:(?<=\s)|^)(-?)(?:"([^"]*)"|«([^»]*)»)|(\S+)')


def parsed(text: str, some: int = 0) -> Query | None:
    """The query of a typed text; None without a searchable word.

    « -mot » and « -"deux mots" » exclude, quotes make a phrase, the last word is also a prefix.
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
    phrase_stems = tuple(stems(text))[:_MOST_TERMS]
    return [Term(text.strip(), phrase_stems)] if phrase_stems else []


def _words(text: str, is_last: bool) -> list[Term]:
    """A word between spaces; a hyphen or an apostrophe in it makes several."""
    terms = terms_of(text)
    if is_last and terms and len(plain := fold(terms[-1].written)) >= _SHORTEST_BEGINNING:
        terms[-1] = replace(terms[-1], beginning=plain[:_MAX_WORD])
    return terms


def terms_of(text: str) -> list[Term]:
    """The words of a text as terms, in order, with repeats."""
    return [Term(word, (stem,)) for word in written_words(text) if (stem := stem_of(word))]


# --- synonyms -----------------------------------------------------------------------------------

Synonyms = Mapping[Run, tuple[Run, ...]]
_MOST_OF_RUN = 4
# Words of questions or wishes, which say nothing about the subject.
_ASKING = frozenset(
    stem
    for word in (
        "comment pourquoi quand quel quelle quoi est être avoir avons ont faire fait faut faudrait"
        " peut peuvent pouvoir pourrait voudrais veut vouloir aimerais trop très bien encore aussi"
        " tout toute comme chaque quelque autre chez vers lors alors cela moins peu beaucoup"
        " assez toujours jamais plutôt mieux mettre placer installer prévoir proposer permettre"
        " rendre créer création lieu contre sans dont car afin lequel laquelle cet ça même seul"
        " grand petit nouveau bon vrai gros premier deux trois quatre cinq avant après pendant"
        " depuis selon ailleurs ici ainsi bas haut soi devant derrière entre sous près autour parmi"
        " durant quand ensemble aucun plusieurs certains déjà voire"
    ).split()
    if (stem := stem_of(word))
)


@lru_cache(4)
def synonyms_of(groups: tuple[str, ...]) -> Synonyms:
    """Adjacent roots → their synonyms, from groups such as « wc, toilettes, bloc sanitaire »."""
    by_root: dict[Run, dict[Run, None]] = {}
    for group in groups:
        runs = dict.fromkeys(tuple(stems(part)) for part in re.split("[,;]", group))
        # A synonym and its family, except for very short stems: « louer », lou.
        meant_by = [
            (_roots(run), own)
            for run in filter(None, runs)
            for own in Term("", run).own
            if own == run or len("".join(own)) > _SHORTEST_STEM
        ]
        for root, _ in meant_by:
            others = (own for other, own in meant_by if other != root)
            by_root.setdefault(root, {}).update(dict.fromkeys(others))
    return {root: tuple(others) for root, others in by_root.items() if others}


def _roots(run: Run) -> Run:
    return tuple(min(family(stem)) for stem in run)


def meant(query: Query, synonyms: Synonyms) -> Query:
    """A query with the synonyms of its words, words that form a synonym combined into one term, and
    without the words of the question.
    """
    terms = list(query.terms)
    terms_found: list[Term] = []
    while terms:
        n = _length_of_run(terms, synonyms)
        terms_found.append(_with_synonyms(terms[:n], synonyms))
        del terms[:n]
    subject_terms = tuple(
        term for term in terms_found if term.is_phrase or term.stems[0] not in _ASKING
    )
    return replace(query, terms=subject_terms or tuple(terms_found))


def _length_of_run(terms: Sequence[Term], synonyms: Synonyms) -> int:
    """How many of the first words form a synonym."""
    for n in range(min(_MOST_OF_RUN, len(terms)), 1, -1):
        if not any(term.is_phrase for term in terms[:n]) and _root_of(terms[:n]) in synonyms:
            return n
    return 1


def _root_of(terms: Sequence[Term]) -> Run:
    return _roots(tuple(stem for term in terms for stem in term.stems))


def _with_synonyms(terms: Sequence[Term], synonyms: Synonyms) -> Term:
    same = synonyms.get(_root_of(terms), ())
    if len(terms) == 1:
        return terms[0] if terms[0].is_phrase else replace(terms[0], same=same)
    written = " ".join(term.written for term in terms)
    return Term(written, tuple(term.stems[0] for term in terms), same=same)


# --- positions in a text ------------------------------------------------------------------------


def places(text: str, query: Query) -> list[tuple[int, int]]:
    """The positions of matching words in a text: (from, to), in order."""
    found = []
    for match in WORD.finditer(text):
        stem = stem_of(match.group())
        if stem and any(stem in term.stems_meant or term.is_begun_by(stem) for term in query.terms):
            found.append(match.span())
    return found
