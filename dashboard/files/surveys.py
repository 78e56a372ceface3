"""Reading the answers of a survey (enquête): an export of LimeSurvey, or any table of one row a
respondent and one column a question.

Columns that tell who answered, from where or when (address, code, name, day) are recognised to be
left: they are never read. What a column asks is told by its values: see `_kind_of`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from dashboard.files.csvout import restored
from dashboard.files.ideas.values import compact, number_of
from dashboard.files.tables import Known, Problem, Table
from dashboard.french import counted
from models.errors import Refused
from models.ideas import clean_text
from models.progress import Tell, between, without_progress
from models.scales import in_order, is_scale, known_labels
from models.surveys import QuestionKind

# The fields of a correspondence; the last three name several columns, parted by « | ».
FIELDS = ("direction", "famille", "soumise", "choix", "textes", "ignorees")
_DIRECTION = frozenset(
    map(
        compact,
        (
            "direction",
            "votre direction",
            "dans quelle direction travaillez-vous ?",
            "service",
            "direction ou service",
        ),
    )
)
_FAMILY = frozenset(
    map(
        compact,
        (
            "famille",
            "famille de fonction",
            "famille de fonctions",
            "votre famille de fonction",
            "fonction",
            "métier",
            "votre fonction",
        ),
    )
)
_SUBMITTED = frozenset(
    map(compact, ("submitdate", "date de soumission", "date submitted", "soumis le"))
)
# What tells who, where from or when; and what a survey tool adds for itself.
_LEFT = frozenset(
    map(
        compact,
        (
            "id",
            "response id",
            "id de la réponse",
            "lastpage",
            "last page",
            "dernière page",
            "startlanguage",
            "start language",
            "langue de départ",
            "langue de base",
            "seed",
            "tête de série",
            "token",
            "access code",
            "code d'invitation",
            "code d'accès",
            "invitation",
            "ipaddr",
            "ip address",
            "adresse ip",
            "ip",
            "refurl",
            "referrer url",
            "url de référence",
            "startdate",
            "date started",
            "date de lancement",
            "datestamp",
            "date last action",
            "date de la dernière action",
            "horodateur",
            "timestamp",
            "date",
            "heure",
            "interviewtime",
            "temps total",
            "firstname",
            "first name",
            "prénom",
            "lastname",
            "last name",
            "nom",
            "nom de famille",
            "nom et prénom",
            "nom complet",
            "name",
            "email",
            "e-mail",
            "adresse e-mail",
            "courriel",
            "adresse électronique",
            "mail",
            "matricule",
            "numéro de matricule",
            "numéro national",
            "niss",
            "registre national",
            "téléphone",
            "gsm",
            "phone",
            "adresse",
            "adresse postale",
            "identifiant",
            "login",
            "utilisateur",
            "username",
            "user",
            "numéro",
            "n°",
        ),
    )
)
_TIME = re.compile(
    r"(?:question|group|groupe)?time\d*|.*(?:temps de la question|temps du groupe|question"
    r" time|group time).*",
    re.IGNORECASE,
)
_CODED = re.compile(
    r"(?P<code>[A-Za-z][A-Za-z0-9_]{0,30})\s*(?:\[(?P<sub>[^\]]{1,60})\])?\s*[.:]\s+(?P<text>\S.*)"
)
_BRACKETS = re.compile(r"(?P<stem>.+?)\s*\[(?P<sub>[^\[\]]+)\]")
_OTHER = frozenset(("other", "autre", "comment", "commentaire"))
_TICKED = frozenset(("oui", "yes", "y", "o", "1", "x", "coche", "vrai", "true", "quoted"))
_UNTICKED = frozenset(("non", "no", "n", "0", "faux", "false", "notquoted"))
_EMPTY = frozenset(("", "na", "sansreponse", "nonaffiche"))
# What tells a survey's headers from a title above them, and from another table below.
KNOWN = Known(names=_DIRECTION | _FAMILY | _SUBMITTED | _LEFT)
MOST_CHOICES = 12
LONGEST_CHOICE = 80
MOST_COLUMNS = 400
_SOME = 250  # rows between two words on how far one is
# How far one is, as measured, once the rows are read, and once the questions are understood.
_READ = 0.5
_UNDERSTOOD = 0.8
_Row = tuple[int, list[str]]  # its line in the file, and its cells
_KINDS = QuestionKind


@dataclass
class QuestionRead:
    """One question as the file asks it: `columns` are its places in a row, several for a
    multiple choice.
    """

    code: str
    text: str
    columns: list[int]
    matrix: str = ""
    kind: QuestionKind | None = None
    choices: list[str] = field(default_factory=list)
    subs: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(
        default_factory=dict
    )  # what its known codes mean: answers stay as the file says them


@dataclass(frozen=True)
class Sheet:
    """One respondent: per question (by its place in the survey) a choice, a number, a text, or
    the choices that were ticked.
    """

    line: int
    direction: str
    family: str
    answers: dict[int, str | float | tuple[str, ...]]


@dataclass
class SurveyTable:
    """The file's survey: all of it is held, since what a column asks is told by its values."""

    questions: list[QuestionRead]
    sheets: list[Sheet]
    rows: int
    unfinished: int = 0
    empty: int = 0
    left: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class _Places:
    """Which column is what."""

    direction: int | None
    family: int | None
    submitted: int | None
    choices: frozenset[int]
    texts: frozenset[int]
    left: frozenset[int]


def read_survey(
    table: Table, columns: Mapping[str, str] | None = None, tell: Tell = without_progress
) -> SurveyTable:
    """The survey of a table. Raises Refused where the headers cannot be told apart, or ask
    nothing.
    """
    _refuse_headers(table)
    places = _places(table, columns or {})
    rows, problems, unfinished, total = _finished_rows(table, places, between(tell, 0, _READ))
    warnings = list(table.warnings)
    stored_questions = _used_questions(
        table, places, rows, warnings, between(tell, _READ, _UNDERSTOOD)
    )
    sheets = _sheets(stored_questions, places, rows, between(tell, _UNDERSTOOD, 1))
    filled = [sheet for sheet in sheets if sheet.answers]
    left = [table.headers[i] for i in sorted(places.left) if table.headers[i]]
    return SurveyTable(
        stored_questions,
        filled,
        total,
        unfinished,
        len(sheets) - len(filled),
        left,
        problems,
        warnings,
    )


def _finished_rows(
    table: Table, places: _Places, tell: Tell
) -> tuple[list[_Row], list[Problem], int, int]:
    """The rows of finished sheets, the rows that cannot be read, how many sheets are unfinished,
    and how many rows there are.

    All columns that tell about persons go here, before anything is looked at.
    """
    rows = []
    problems = []
    unfinished = 0
    total = 0
    cell = cache(_cell)  # the same few words come back in nearly every row
    for row in table.rows:
        total += 1
        if total % _SOME == 0:
            tell(table.share(), f"Lecture : {counted(total, 'fiche')}")
        if row.problem:
            problems.append(Problem(row.line, "", row.problem))
            continue
        if places.submitted is not None and compact(row.cells[places.submitted]) in _EMPTY:
            unfinished += 1
            continue
        rows.append(
            (row.line, ["" if i in places.left else cell(text) for i, text in enumerate(row.cells)])
        )
    return rows, problems, unfinished, total


def _used_questions(
    table: Table, places: _Places, rows: list[_Row], warnings: list[Problem], tell: Tell
) -> list[QuestionRead]:
    """The questions that could be understood. Raises Refused where there is none."""
    questions = _questions(table.headers, places)
    stored_questions = []
    cells = [row_cells for _, row_cells in rows]
    for number, question in enumerate(questions, 1):
        tell((number - 1) / len(questions), f"Lecture : question {number} sur {len(questions)}")
        if _settle(question, cells, places, warnings, table):
            stored_questions.append(question)
    if not stored_questions:
        raise Refused(
            f"« {table.name} » ne contient aucune question : une ligne par fiche, une colonne par"
            " question."
        )
    return stored_questions


def _sheets(
    stored_questions: list[QuestionRead], places: _Places, rows: list[_Row], tell: Tell
) -> list[Sheet]:
    found = []
    for done, (line, cells) in enumerate(rows):
        if done % _SOME == 0:
            tell(done / len(rows), f"Lecture : réponses de {counted(len(rows), 'fiche')}")
        found.append(
            Sheet(
                line,
                _at(cells, places.direction),
                _at(cells, places.family),
                _answers(stored_questions, cells),
            )
        )
    tell(1, f"Lecture : {counted(len(rows), 'fiche')}")
    return found


def _refuse_headers(table: Table) -> None:
    seen = [compact(header) for header in table.headers if header]
    twice = next(
        (header for header in table.headers if header and seen.count(compact(header)) > 1), None
    )
    if twice is not None:
        raise Refused(
            f"La colonne « {twice[:80]} » figure plusieurs fois dans « {table.name} » : donnez à"
            " chaque question un en-tête différent (dans LimeSurvey, exportez avec les codes des"
            " questions)."
        )
    if table.broken_headers:
        raise Refused(
            f"L'en-tête « {table.broken_headers[0][:80]} » de « {table.name} » contient une"
            " tabulation ou un retour à la ligne : mettez chaque en-tête sur une ligne (dans"
            " LimeSurvey, exportez avec les codes des questions)."
        )
    if len(table.headers) > MOST_COLUMNS:
        raise Refused(
            f"« {table.name} » compte {len(table.headers)} colonnes ; une enquête peut en compter"
            f" {MOST_COLUMNS} au plus."
        )


# ── Which column is what ──────────────────────────────────────────────────────────────────────────


def _places(table: Table, columns: Mapping[str, str]) -> _Places:
    at = {compact(restored(header)): i for i, header in enumerate(table.headers) if header}

    def named(field_: str) -> list[int]:
        wanted = [compact(part) for part in columns.get(field_, "").split("|") if part.strip()]
        missing = next(
            (
                part
                for part in columns.get(field_, "").split("|")
                if part.strip() and compact(part) not in at
            ),
            None,
        )
        if missing:
            raise Refused(
                f"La colonne « {missing.strip()[:80]} » de la correspondance n'est pas dans «"
                f" {table.name} »."
            )
        return [at[part] for part in wanted]

    def one(field_: str, known: frozenset[str]) -> int | None:
        if field_ in columns:
            return next(iter(named(field_)), None)
        return next(
            (i for i, header in enumerate(table.headers) if known & _names_of(header)), None
        )

    direction = one("direction", _DIRECTION)
    family = one("famille", _FAMILY)
    submitted = one("soumise", _SUBMITTED)
    about = {i for i in (direction, family) if i is not None}
    left = {
        i
        for i, header in enumerate(table.headers)
        if i not in about and (not header or _is_left(header))
    } | set(named("ignorees"))
    return _Places(
        direction,
        family,
        submitted,
        frozenset(named("choix")),
        frozenset(named("textes")),
        frozenset(left | ({submitted} - {None})),
    )


def _names_of(header: str) -> frozenset[str]:
    """What a header may be called: itself, its code, its text."""
    plain = restored(header)
    coded = _CODED.fullmatch(plain)
    return frozenset(
        compact(part) for part in (plain, *((coded["code"], coded["text"]) if coded else ()))
    )


def _is_left(header: str) -> bool:
    return (
        bool(_names_of(header) & (_LEFT | _SUBMITTED))
        or _TIME.fullmatch(restored(header)) is not None
    )


def _cell(cell: str) -> str:
    text = clean_text(restored(cell))
    return "" if len(text) < 20 and compact(text) in _EMPTY else text


def _at(cells: Sequence[str], place: int | None) -> str:
    return "" if place is None else cells[place]


def _questions(headers: Sequence[str], places: _Places) -> list[QuestionRead]:
    """One question per column; columns of one stem are gathered, to be told apart by their
    values.
    """
    found: dict[str, QuestionRead] = {}
    for i, header in enumerate(headers):
        if i in places.left or i in (places.direction, places.family):
            continue
        parts = _parts(restored(header))
        if parts.sub and not parts.is_remark:
            group = found.setdefault(parts.code, QuestionRead(parts.code, parts.stem, []))
            group.columns.append(i)
            group.subs.append(parts.text)
            group.codes.append(parts.sub)
        else:
            own = f"{parts.code}[{parts.sub}]" if parts.sub else parts.code
            text = f"{parts.stem} ({parts.text})" if parts.sub else parts.text
            found[own] = QuestionRead(own, text, [i], kind=_KINDS.free if parts.sub else None)
    return list(found.values())


@dataclass(frozen=True)
class _Parts:
    """A header taken apart: the code and the words of its question, the code and the words of
    its line, where it has one.
    """

    code: str
    stem: str
    sub: str
    text: str

    @property
    def is_remark(self) -> bool:
        """« Autre » and « commentaire » of a choice hold what people wrote."""
        return compact(self.sub) in _OTHER or compact(self.sub).endswith("comment")


def _parts(header: str) -> _Parts:
    """« Q2[SQ001] », « Q2[SQ001]. Texte [ligne] », « Q2. Texte [ligne] », « Q1. Texte », « Texte
    [ligne] », « Texte ».
    """
    coded = _CODED.fullmatch(header)
    if coded:
        inner = _BRACKETS.fullmatch(coded["text"])
        if inner and (coded["sub"] or inner["sub"]):
            return _Parts(coded["code"], inner["stem"], coded["sub"] or inner["sub"], inner["sub"])
        return _Parts(coded["code"], coded["text"], coded["sub"] or "", coded["text"])
    inner = _BRACKETS.fullmatch(header)
    return (
        _Parts(inner["stem"], inner["stem"], inner["sub"], inner["sub"])
        if inner
        else _Parts(header, header, "", header)
    )


# ── What a question asks ──────────────────────────────────────────────────────────────────────────


def _settle(
    question: QuestionRead,
    rows: list[list[str]],
    places: _Places,
    warnings: list[Problem],
    table: Table,
) -> bool:
    """Gives a question its kind and its choices; whether it can be kept."""
    if question.kind is None and set(question.columns) <= places.texts:
        question.kind = _KINDS.free
    if set(question.columns) <= places.choices:
        question.kind = _KINDS.single
    values = [[cells[i] for cells in rows if cells[i]] for i in question.columns]
    if question.subs and _are_ticks(values):
        question.kind = _KINDS.multiple
        question.choices = list(question.subs)
        return True
    if question.kind is None:
        question.kind = _kind_of([value for column in values for value in column])
    if question.kind is None:
        header = table.headers[question.columns[0]]
        warnings.append(
            Problem(
                table.header_line,
                header,
                f"La colonne « {header[:80]} » n'est ni un choix, ni une échelle de 0 à 10, ni un"
                " texte : elle n'est pas lue.",
            )
        )
        return False
    question.choices = _choices(question.kind, [value for column in values for value in column])
    if question.kind is _KINDS.single:
        question.labels = known_labels(question.choices)
        question.choices = in_order(
            question.labels.get(choice, choice) for choice in question.choices
        )
    return True


def _are_ticks(values: list[list[str]]) -> bool:
    """Sub-questions that are ticked or not, as LimeSurvey writes a multiple choice."""
    spellings = {compact(value) for column in values for value in column}
    return bool(spellings) and bool(spellings & _TICKED) and spellings <= _TICKED | _UNTICKED


def _kind_of(values: list[str]) -> QuestionKind | None:
    """Told by the values: whole numbers from 0 to 10 are a scale; few, short, repeated words a
    choice; the rest texts.

    In doubt it is a text, which few may read. Numbers beyond (an age, a year) would single people
    out and are read as nothing.
    """
    distinct = set(values)
    numbers = [_number(value) for value in distinct]
    if distinct and None not in numbers:
        return _KINDS.scale if all(0 <= n <= 10 and n == int(n) for n in numbers) else None
    if is_scale(sorted(distinct)):
        return _KINDS.single
    longest = max((len(value) for value in distinct), default=0)
    repeated = len(values) >= 2 * len(distinct)
    return (
        _KINDS.single
        if distinct and len(distinct) <= MOST_CHOICES and longest <= LONGEST_CHOICE and repeated
        else _KINDS.free
    )


def _number(text: str) -> float | None:
    try:
        return number_of(text)
    except ValueError:
        return None


def _choices(kind: QuestionKind, values: list[str]) -> list[str]:
    if kind is _KINDS.free:
        return []
    if kind is _KINDS.scale:
        numbers = [int(_number(value)) for value in set(values)]
        low, high = (1, 5) if min(numbers) >= 1 and max(numbers) <= 5 else (0, 10)
        return [str(n) for n in range(low, high + 1)]
    return in_order(values)


def _answers(
    questions: list[QuestionRead], cells: list[str]
) -> dict[int, str | float | tuple[str, ...]]:
    """Place of the question (of each line of a matrix) → what this sheet says; nothing where it
    says nothing.
    """
    found: dict[int, str | float | tuple[str, ...]] = {}
    place = 0
    for question in questions:
        if question.kind is _KINDS.multiple:
            ticks = {
                sub: compact(cells[i])
                for sub, i in zip(question.subs, question.columns, strict=True)
                if cells[i]
            }
            if ticks:
                found[place] = tuple(sub for sub, mark in ticks.items() if mark in _TICKED)
            place += 1
            continue
        for i in question.columns:
            if cells[i]:
                found[place] = (
                    float(_number(cells[i])) if question.kind is _KINDS.scale else cells[i]
                )
            place += 1
    return found


def flat(questions: list[QuestionRead]) -> list[QuestionRead]:
    """The questions as they are kept: a matrix is one question per line, all of them with its
    stem.
    """
    found = []
    for question in questions:
        if question.subs and question.kind is not _KINDS.multiple:
            found += [
                QuestionRead(
                    f"{question.code}[{code}]",
                    sub,
                    [i],
                    question.text,
                    question.kind,
                    question.choices,
                    labels=question.labels,
                )
                for sub, code, i in zip(
                    question.subs, question.codes, question.columns, strict=True
                )
            ]
        else:
            found.append(question)
    return found


def as_json(choices: Sequence[str]) -> str:
    return json.dumps(list(choices), ensure_ascii=False)
