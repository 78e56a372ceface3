"""Which column of a file of answers is what: the sheet itself, a question, or never read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

from dashboard.files.csvout import restored
from dashboard.files.surveys.questions import NO_ANSWER
from dashboard.files.tables import Known, Table
from dashboard.files.values import compact
from models.errors import Refused
from models.texts import clean_text

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
_RESPONSE = frozenset(map(compact, ("id", "response id", "id de la réponse")))
_SEED = frozenset(map(compact, ("seed", "tête de série")))
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
CODED = re.compile(
    r"(?P<code>[A-Za-z][A-Za-z0-9_]{0,30})\s*(?:\[(?P<sub>[^\]]{1,60})\])?\s*[.:]\s+(?P<text>\S.*)"
)
_BRACKETS = re.compile(r"(?P<stem>.+?)\s*\[(?P<sub>[^\[\]]*)\]")
NO_LABEL = "(sans intitulé)"
_OTHER = frozenset(("other", "autre", "comment", "commentaire"))
# What tells a survey's headers from a title above them, and from another table below.
KNOWN = Known(names=_DIRECTION | _FAMILY | _SUBMITTED | _LEFT, repeats=True)
MOST_COLUMNS = 400


@dataclass(frozen=True)
class Places:
    """Which column is what."""

    direction: int | None
    family: int | None
    submitted: int | None
    choices: frozenset[int]
    texts: frozenset[int]
    left: frozenset[int]
    # By which the tool that made the export knows a response.
    response: int | None = None
    seed: int | None = None


def refuse_headers(table: Table) -> None:
    if len(table.headers) > MOST_COLUMNS:
        raise Refused(
            f"« {table.name} » compte {len(table.headers)} colonnes ; une enquête peut en compter"
            f" {MOST_COLUMNS} au plus."
        )


def places_of(table: Table, columns: Mapping[str, str]) -> Places:
    at: dict[str, int] = {}
    for i, header in enumerate(table.headers):
        if header:
            at.setdefault(compact(restored(header)), i)

    def named(field_: str) -> list[int]:
        wanted = [part.strip() for part in columns.get(field_, "").split("|") if part.strip()]
        for header in wanted:
            if compact(header) not in at:
                raise Refused(
                    f"La colonne « {header[:80]} » de la correspondance n'est pas dans «"
                    f" {table.name} »."
                )
        return [at[compact(header)] for header in wanted]

    def one(field_: str, known: frozenset[str]) -> int | None:
        if field_ in columns:
            return next(iter(named(field_)), None)
        return next(
            (i for i, header in enumerate(table.headers) if known & _names_of(header)), None
        )

    direction = one("direction", _DIRECTION)
    family = one("famille", _FAMILY)
    submitted = one("soumise", _SUBMITTED)
    choices = frozenset(named("choix"))
    texts = frozenset(named("textes"))
    about = {i for i in (direction, family) if i is not None} | choices | texts
    left = {
        i
        for i, header in enumerate(table.headers)
        if i not in about and (not header or _is_left(header))
    } | set(named("ignorees"))
    return Places(
        direction,
        family,
        submitted,
        choices,
        texts,
        frozenset(left | ({submitted} - {None})),
        one("", _RESPONSE),
        one("", _SEED),
    )


def _names_of(header: str) -> frozenset[str]:
    """What a header may be called: itself, its code, its text."""
    plain = restored(header)
    names = [plain]
    if coded := CODED.fullmatch(plain):
        names += [coded["code"], coded["text"]]
    return frozenset(map(compact, names))


def _is_left(header: str) -> bool:
    return (
        bool(_names_of(header) & (_LEFT | _SUBMITTED))
        or _TIME.fullmatch(restored(header)) is not None
    )


def plain_cell(cell: str) -> str:
    """A cell as stored: empty where nothing is written, or a tool's word for it."""
    text = clean_text(restored(cell))
    return "" if len(text) < 20 and compact(text) in NO_ANSWER else text


def cell_at(cells: Sequence[str], place: int | None) -> str:
    return "" if place is None else cells[place]


@dataclass(frozen=True)
class Header:
    """The header of a column, taken apart: the code and the words of its question, the code and the
    words of its line, where it has one.
    """

    place: int
    code: str
    stem: str
    sub: str
    text: str

    @property
    def is_remark(self) -> bool:
        """« Autre » and « commentaire » of a choice hold what people wrote."""
        return compact(self.sub) in _OTHER or compact(self.sub).endswith("comment")

    @property
    def is_line(self) -> bool:
        """Whether it is one of several columns of its question."""
        return bool(self.sub) and not self.is_remark


def groups_of(headers: Sequence[str], places: Places) -> dict[str, list[Header]]:
    """Code of a question → its columns: those of one stem together, to be told apart by their
    values. What the file asks once more under the same header is another question.
    """
    found: dict[str, list[Header]] = {}
    latest: dict[str, str] = {}
    for place, text in enumerate(headers):
        if place in places.left or place in (places.direction, places.family):
            continue
        header = header_of(place, restored(text))
        if not header.is_line:
            own = f"{header.code}[{header.sub}]" if header.sub else header.code
            found[_free_code(own, found)] = [header]
            continue
        group = latest.get(header.code)
        if group is None or header.sub in {line.sub for line in found[group]}:
            latest[header.code] = group = _free_code(header.code, found)
        found.setdefault(group, []).append(header)
    return found


def _free_code(code: str, found: Mapping[str, object]) -> str:
    """« Q1 », or « Q1 (2) » for what the file asks under the same header again."""
    numbered = (f"{code} ({n})" for n in count(2))
    return next(each for each in chain((code,), numbered) if each not in found)


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
