"""Which column of a file of answers is what: the sheet itself, a question, or never read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

from dashboard.files.csvout import restored
from dashboard.files.ideas.values import compact
from dashboard.files.surveys.questions import NO_ANSWER, QuestionRead
from dashboard.files.tables import Known, Table
from models.errors import Refused
from models.surveys import QuestionKind
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


def questions_of(headers: Sequence[str], places: Places) -> list[QuestionRead]:
    """One question per column; columns of one stem are gathered, to be told apart by their
    values. What the file asks once more under the same header is another question.
    """
    found: dict[str, QuestionRead] = {}
    groups: dict[str, QuestionRead] = {}
    for i, header in enumerate(headers):
        if i in places.left or i in (places.direction, places.family):
            continue
        parts = _parts(restored(header))
        if parts.sub and not parts.is_remark:
            group = groups.get(parts.code)
            if group is None or parts.sub in group.codes:
                group = QuestionRead(_free_code(parts.code, found), parts.stem, [])
                groups[parts.code] = found[group.code] = group
            group.columns.append(i)
            group.subs.append(parts.text)
            group.codes.append(parts.sub)
        else:
            own = _free_code(f"{parts.code}[{parts.sub}]" if parts.sub else parts.code, found)
            text = f"{parts.stem} ({parts.text})" if parts.sub else parts.text
            found[own] = QuestionRead(own, text, [i], kind=QuestionKind.free if parts.sub else None)
    return list(found.values())


def _free_code(code: str, found: Mapping[str, QuestionRead]) -> str:
    """« Q1 », or « Q1 (2) » for what the file asks under the same header again."""
    numbered = (f"{code} ({n})" for n in count(2))
    return next(each for each in chain((code,), numbered) if each not in found)


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
    coded = CODED.fullmatch(header)
    if coded:
        inner = _BRACKETS.fullmatch(coded["text"])
        if inner:
            label = inner["sub"].strip() or NO_LABEL
            return _Parts(coded["code"], inner["stem"], coded["sub"] or label, label)
        return _Parts(coded["code"], coded["text"], coded["sub"] or "", coded["text"])
    inner = _BRACKETS.fullmatch(header)
    if inner:
        label = inner["sub"].strip() or NO_LABEL
        return _Parts(inner["stem"], inner["stem"], label, label)
    return _Parts(header, header, "", header)
