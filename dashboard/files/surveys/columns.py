"""The role of each column of a file of answers: the response itself, a question, or ignored."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from dashboard.files.csvout import restored
from dashboard.files.matching.fields import fields_of
from dashboard.files.matching.layout import Matched
from dashboard.files.tables import Problem, Row, Table, is_number
from dashboard.files.values import compact, day_of, number_of, readable
from models.scales import is_scale
from models.search import fold
from models.surveys import QuestionKind
from models.texts import Refused, clean_text

_TICKED = frozenset(("oui", "yes", "y", "o", "1", "x", "coche", "vrai", "true", "quoted"))
_UNTICKED = frozenset(("non", "no", "n", "0", "faux", "false", "notquoted"))
# What survey tools write for no answer.
NO_ANSWER = frozenset(("na", "sansreponse", "nonaffiche"))
_OUT_OF = re.compile(r"(\d+(?:[.,]\d+)?)\s*/\s*(?:5|10)")
MOST_CHOICES = 12
LONGEST_CHOICE = 80


@dataclass(frozen=True)
class ReadQuestion:
    """One interpreted question: `columns` are its positions in a row, several for a multiple
    choice; `labels`, the meaning of known codes.
    """

    code: str
    text: str
    kind: QuestionKind
    columns: Sequence[int]
    matrix: str = ""
    choices: Sequence[str] = ()
    joint: str = ""  # separator of the choices in a cell
    labels: Mapping[str, str] = field(default_factory=dict)

    def answer_in(self, cells: Sequence[str]) -> str | float | tuple[str, ...] | None:
        """The answer of a response; None without one."""
        if self.kind is not QuestionKind.multiple:
            cell = cells[self.columns[0]]
            return _mark(cell) if cell and self.kind.is_scale else cell or None
        if self.joint:
            return tuple(parts_of(cells[self.columns[0]], self.joint)) or None
        marks = [compact(cells[place]) for place in self.columns]
        if not any(marks):
            return None
        ticks = zip(self.choices, marks, strict=True)
        return tuple(tick for tick, mark in ticks if mark in _TICKED or mark == compact(tick) != "")


def are_ticks(values: Iterable[list[str]]) -> bool:
    """Whether the values are ticks of sub-questions, as in LimeSurvey's multiple choice."""
    spellings = {compact(value) for column in values for value in column}
    return bool(spellings) and bool(spellings & _TICKED) and spellings <= _TICKED | _UNTICKED


def parts_of(cell: str, joint: str) -> list[str]:
    """The choices in a cell."""
    return [part.strip() for part in cell.split(joint) if part.strip()]


def joint_of(values: Sequence[str]) -> str:
    """The separator of choices in a cell, « ; » or « , »; empty if each cell has one choice. A
    comma separates only choices that also occur alone: « Oui, tout à fait » is one choice.
    """
    for joint in (";", ","):
        cells = [parts_of(value, joint) for value in values]
        several = {part for cell in cells if len(cell) > 1 for part in cell}
        alone = {cell[0] for cell in cells if len(cell) == 1}
        all_parts = several | alone
        is_short = (
            len(all_parts) <= MOST_CHOICES and max(map(len, all_parts), default=0) <= LONGEST_CHOICE
        )
        # When in doubt, a text, which few people may read.
        come_again = sum(map(len, cells)) >= 2 * len(all_parts)
        if several and is_short and come_again and (joint == ";" or several & alone):
            return joint
    return ""


def _mark(text: str) -> float | None:
    """« 8 », « 8/10 »."""
    match = _OUT_OF.fullmatch(text.strip())
    return readable(number_of, match[1] if match else text)


def kind_of(values: list[str]) -> QuestionKind | None:
    """The kind guessed from the values: whole numbers from 0 to 10 are a scale; few, short,
    repeated words a choice; the rest texts.

    When in doubt, a text, which few people may read. Other numbers (an age, a year) could
    identify people and are ignored.
    """
    distinct = set(values)
    are_days = (readable(number_of, v) is None and readable(day_of, v) for v in distinct)
    if distinct and all(are_days):
        return None
    numbers = [_mark(value) for value in distinct]
    if distinct and None not in numbers:
        is_of_ten = any(value.replace(" ", "").endswith("/10") for value in distinct)
        return _scale_of([*numbers, 10.0] if is_of_ten else numbers)
    if is_scale(sorted(distinct)):
        return QuestionKind.single
    longest = max((len(value) for value in distinct), default=0)
    repeated = len(values) >= 2 * len(distinct)
    if distinct and len(distinct) <= MOST_CHOICES and longest <= LONGEST_CHOICE and repeated:
        return QuestionKind.single
    return QuestionKind.free


def _scale_of(numbers: list[float]) -> QuestionKind | None:
    """The scale of these steps."""
    if not all(0 <= n <= 10 and n == int(n) for n in numbers):
        return None
    is_short = min(numbers) >= 1 and max(numbers) <= 5
    return QuestionKind.one_to_five if is_short else QuestionKind.zero_to_ten


def as_json(choices: Sequence[str]) -> str:
    return json.dumps(list(choices), ensure_ascii=False)


FIELDS = fields_of("enquetes")
# How people may say that columns are to be read.
LISTS = ("choix", "plusieurs", "textes")
_TIME = re.compile(
    r"(?:question|group|groupe)?time\d*|.*(?:temps de la question|temps du groupe|question"
    r" time|group time).*",
    re.IGNORECASE,
)
CODED = re.compile(
    r"(?P<code>[A-Za-z][A-Za-z0-9_]{0,30})\s*(?:\[(?P<sub>[^\]]{1,60})\])?\s*[.:]\s+(?P<text>\S.*)"
)
_BRACKETS = re.compile(r"(?P<stem>.+?)\s*\[(?P<sub>[^\[\]]*)\]")
NO_LABEL = "(sans intitulé)"
_OTHER = frozenset(
    map(
        compact,
        (
            "other",
            "autre",
            "comment",
            "commentaire",
            "autre (veuillez préciser)",
            "other (please specify)",
        ),
    )
)
# Below a single-choice question, in a second header row.
_ONE_ANSWER = frozenset(
    map(compact, ("response", "réponse", "open-ended response", "réponse ouverte"))
)
MOST_COLUMNS = 400


def find_headers(table: Table) -> None:
    """Builds headers if the file has none, or has two rows of them: question, then choice."""
    if len(table.headers) > MOST_COLUMNS:
        raise Refused(
            f"« {table.name} » compte {len(table.headers)} colonnes ; une enquête peut en compter"
            f" {MOST_COLUMNS} au plus."
        )
    if any(map(is_number, table.headers)):
        table.rows = chain([Row(table.header_line, table.headers)], table.rows)
        table.headers = [f"Colonne {place}" for place, _ in enumerate(table.headers, 1)]
        message = "La première ligne n'est pas un en-tête : elle est lue comme les autres."
        table.warnings.append(Problem(table.header_line, "", message))
        return
    first = next(table.rows, None)
    if first is None or not _is_second(table.headers, first):
        table.rows = chain(filter(None, [first]), table.rows)
        return
    stem, headers = "", []
    for header, cell in zip(table.headers, first.cells, strict=False):
        stem, choice = header or stem, " ".join(cell.split())
        headers.append(header if _asks_nothing(choice) else f"{stem} [{choice}]")
    table.headers = headers
    message = "L'en-tête occupe deux lignes : la question, puis la réponse proposée."
    table.warnings.append(Problem(table.header_line, "", message))


def _is_second(headers: Sequence[str], row: Row) -> bool:
    """Whether a row continues the headers: words below the empty ones, little below the others,
    and nothing in front.
    """
    pairs = list(zip(headers, row.cells, strict=False))
    more = [cell for header, cell in pairs if not header and cell.strip()]
    blank = [_asks_nothing(cell) for header, cell in pairs if header]
    is_words = not row.problem and not any(map(is_number, row.cells))
    return is_words and bool(more) and blank[:1] == [True] and 2 * sum(blank) >= len(blank)


def _asks_nothing(cell: str) -> bool:
    return not cell.strip() or compact(cell) in _ONE_ANSWER


def names_of(header: str) -> tuple[str, ...]:
    """The possible names of a header: itself, its code, its text."""
    coded = CODED.fullmatch(header)
    return (header, coded["code"], coded["text"]) if coded else (header,)


def left_of(matched: Matched) -> frozenset[int]:
    """The columns that are not read: what says who, from where or when, and those without a
    header that are not named.
    """
    headers, lists, places = matched.table.headers, matched.lists, matched.places
    named = frozenset().union(*(lists[code] for code in LISTS))
    about = {places[code] for code in ("direction", "famille") if code in places}
    own = {places[code] for code in ("soumise", "response", "seed") if code in places}
    untitled = {i for i, text in enumerate(headers) if not text or _TIME.fullmatch(restored(text))}
    return ((lists["left"] | untitled | own) - named - about) | lists["ignorees"]


def plain_cell(cell: str) -> str:
    """A cell as stored: empty if blank or a tool's word for no answer."""
    text = clean_text(restored(cell))
    return "" if len(text) < 20 and compact(text) in NO_ANSWER else text


@dataclass(frozen=True)
class Header:
    """The parsed header of a column: code and text of its question, and those of its line, if
    any.
    """

    place: int
    code: str
    stem: str
    sub: str
    text: str

    @property
    def is_remark(self) -> bool:
        """Whether it holds free text: « Autre » and « commentaire » of a choice."""
        return compact(self.sub) in _OTHER or compact(self.sub).endswith("comment")

    @property
    def is_line(self) -> bool:
        """Whether it is one of several columns of its question."""
        return bool(self.sub) and not self.is_remark


def groups_of(headers: Sequence[str], unasked: Collection[int]) -> dict[str, list[Header]]:
    """Code of a question → its columns: those with the same stem together, to be classified by
    their values. A repeated header is another question.
    """
    groups: dict[str, list[Header]] = {}
    latest: dict[str, str] = {}
    for place, text in enumerate(headers):
        if place in unasked:
            continue
        header = header_of(place, restored(text))
        if not header.is_line:
            own = f"{header.code}[{header.sub}]" if header.sub else header.code
            groups[_free_code(own, groups)] = [header]
            continue
        group = latest.get(header.code)
        if group is None or header.sub in {line.sub for line in groups[group]}:
            latest[header.code] = group = _free_code(header.code, groups)
        groups.setdefault(group, []).append(header)
    return groups


def _free_code(code: str, used: Mapping[str, object]) -> str:
    """« Q1 », or « Q1 (2) » for a repeated header."""
    numbered = (f"{code} ({n})" for n in count(2))
    return next(candidate for candidate in chain((code,), numbered) if candidate not in used)


def header_of(place: int, header: str) -> Header:
    """« Q2[SQ001] », « Q2[SQ001]. Texte [ligne] », « Q2. Texte [ligne] », « Q1. Texte », « Texte
    [ligne] », « Texte ».
    """
    coded = CODED.fullmatch(header)
    words = coded["text"] if coded else header
    inner = _BRACKETS.fullmatch(words)
    stem = inner["stem"] if inner else words
    text = (inner["sub"].strip() or NO_LABEL) if inner else words
    sub = (coded["sub"] if coded else "") or (text if inner else "")
    return Header(place, coded["code"] if coded else stem, stem, sub, text)


_WHO = re.compile(
    r"\b(?:noms?|prenoms?|patronyme|identite|e ?mails?|mails?|courriels?|adresse|telephone|gsm"
    r"|portable|mobile|coordonnees|full name|first name|last name|your name|phone|naam|voornaam"
    r"|telefoon|tel|mel|matricule|identifiant|login|registre national|niss|rr?n|nrn|badge"
    r"|surname|achternaam|rijksregisternummer|(?:date|annee|lieu) de naissance|ddn|nee? (?:e )?le"
    r"|d agent|qui etes vous|qui es tu|qui repond(?= a ce| a l |$)|comment vous appelez vous"
    r"|repondante?s?|signature|initiales|contact$|auteur)\b"
)
# Matches « Téléphone ou GSM », « Q5. Nom et prénom », but not « L'usage du portable ».
_LABEL = re.compile(rf"(?:(?:[a-z]\w*)?\d+ )*(?:(?:numero|n) (?:de )?)?{_WHO.pattern}")
_ASKED = re.compile(
    r"\b(?:votre|vos|ton|ta|tes|your|uw|indiquez|indiquer|laissez|laisser|donnez|precisez"
    r"|recontacte\w*|contacter|joindre)\b"
)
# « Le nom de votre service » names a thing, « Nom de l'agent » a person.
_OF_A_THING = re.compile(
    r"\bnoms? (?:du|de la|de l|de votre|de vos|des|d un|d une|que)\b(?! (?:famille|agents?|auteur"
    r"|chef|citoyen|collaborat|collegue|employe|fonctionnaire|membre|participant|personne|referent"
    r"|repondant|responsable|salarie|travailleur)\w*)"
)
_FEW_WORDS = 5  # of a name
_LABEL_WORDS = 6
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_NUMBER = re.compile(r"\+?[\d\s./()-]{8,20}")
_DIGITS = 8
_REGISTER = re.compile(r"[A-Za-z]{1,3}[ .-]?\d{4,}")  # « M12345 », « AG-0041 »
_SHORT = 40
_NEARLY_ALL = 0.9
_FEWEST = 5  # minimum number of answers for uniqueness to be meaningful


def asks_who(header: str) -> bool:
    """Whether a question asks for a name, a mail address, a telephone or a number."""
    plain = re.sub(r"[^a-z0-9]+", " ", fold(restored(header))).strip()
    if not _WHO.search(plain) or _OF_A_THING.search(plain):
        return False
    is_label = len(plain.split()) <= _LABEL_WORDS and _LABEL.match(plain) is not None
    return is_label or _ASKED.search(plain) is not None


def tell_who(values: Sequence[str]) -> bool:
    """Whether most answers are mail addresses, numbers or names, or nearly all are short and
    unique.
    """
    distinct = len(set(values))
    if _most(_is_reachable, values):
        return True
    if distinct * 2 > len(values) and _most(_is_name, values):
        return True
    once = distinct >= _NEARLY_ALL * len(values)
    short = [value for value in values if len(value) <= _SHORT and len(value.split()) < _FEW_WORDS]
    return len(values) >= _FEWEST and once and len(short) > _NEARLY_ALL * len(values)


def _most(holds: Callable[[str], bool], values: Sequence[str]) -> bool:
    return 2 * sum(map(holds, values)) > len(values)


def _is_reachable(value: str) -> bool:
    is_number = _NUMBER.fullmatch(value) and sum(c.isdigit() for c in value) >= _DIGITS
    return bool(is_number or _REGISTER.fullmatch(value) or _MAIL.search(value))


def _is_name(value: str) -> bool:
    """« Anne Van den Broeck », « DUPONT Marie-Ève »."""
    words = re.sub(r"['’.-]", "", value).split()
    return (
        1 < len(words) < _FEW_WORDS
        and all(word.isalpha() for word in words)
        and words[0][0].isupper()
        and words[-1][0].isupper()
    )
