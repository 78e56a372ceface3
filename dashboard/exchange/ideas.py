"""Reading ideas (idées) out of a table: columns recognised by their names, rows turned into neutral ones.

Paris's participatory budget, the Grand débat, Decidim, Cap Collectif, Fider, our own export and plain French or
English headers are all read by the one table of names below; `IdeaRow` knows nothing of the file it came from.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from dashboard.exchange.csvout import OWN_HEADERS, OWN_SOURCE, restored
from dashboard.exchange.files import Problem, Row, Table
from dashboard.exchange.values import audience_of, channel_of, compact, day_of, kind_of, status_of, truth_of
from models.errors import Refused
from models.ideas import TITLE_MAX, IdeaInput, IdeaKind, IdeaStatus, clean_text

# Field → headers, the preferred ones first; each column of a file serves one field.
NAMES: dict[str, tuple[str, ...]] = {
    "source": (OWN_HEADERS["source"],),
    "key": (OWN_HEADERS["key"], "identifiant du projet lauréat", "export_proposal_id", "id", "identifiant", "référence",
            "reference", "number", "numéro", "n°", "clé", "key", "ID de la réponse"),
    "part": ("questionIndex",),
    "title": ("titre", "titre du projet lauréat", "title/fr", "title", "export_proposal_title", "intitulé", "title/en",
              "objet", "sujet", "subject", "nom de l'idée", "idée"),
    "body": ("texte", "body/fr", "description/fr", "body", "description", "export_proposal_description", "contenu",
             "content", "export_proposal_summary", "body/en", "description/en", "message", "détail", "détails", "text",
             "résumé"),
    "theme": ("ambition", "thématique", "thème", "theme", "catégorie", "category/name/fr", "category",
              "export_proposal_theme_title", "export_proposal_category_name", "category/name/en"),
    "direction": ("direction pilote du projet lauréat", "direction concernée", "direction", "concerne", "service",
                  "scope/name/fr", "scope", "département", "scope/name/en"),
    "status": ("avancement du projet", "état", "statut", "state", "status", "status/key",
               "export_proposal_status_name", "status/name/fr"),
    "opened_on": ("date d'ouverture du projet au public",),
    "status_on": (OWN_HEADERS["status_on"], "date de l'état", "date du statut", "état le", "status date",
                  "responded_at", "answered_at", "date de décision", "décidée le"),
    "answered_on": (OWN_HEADERS["answered_on"],),
    "filed_on": (OWN_HEADERS["filed_on"], "date de dépôt", "date", "publishedAt", "published_at", "created_at",
                 "export_proposal_published_at", "créée le", "publiée le", "date de création", "date de soumission",
                 "déposé le", "reçue le", "filed_on"),
    "filing_dated": (OWN_HEADERS["filing_dated"],),
    "status_dated": (OWN_HEADERS["status_dated"],),
    "kind": ("genre", "kind", "nature"),
    "good": (OWN_HEADERS["good"], "ça va"),
    "audience": (OWN_HEADERS["audience"],),
    "voices": (OWN_HEADERS["voices"],),
    "channel": (OWN_HEADERS["channel"],),
    "number": (OWN_HEADERS["number"],),
    "published": (OWN_HEADERS["published"],),
    "merged_into": (OWN_HEADERS["merged_into"], "original_number", "fusion"),
    # In the Grand débat the text itself is called « reponse »: only where no column holds a text.
    "answer": ("response", "réponse", "answer/fr", "answer", "answer/en"),
}
# Files whose source is known by a header: imported again under another name they are still the same source.
_SOURCES = {"identifiant du projet lauréat": "paris-budget-participatif", "questionIndex": "grand-debat"}
_KEY_MAX = 200


@dataclass(slots=True)
class IdeaRow:
    """One idea as the file tells it. `source` is set only where the file names it for each row (our own export)."""

    line: int
    key: str
    title: str
    body: str = ""
    theme: str = ""
    direction: str = ""
    kind: IdeaKind = IdeaKind.idea
    status: IdeaStatus = IdeaStatus.received
    filed_on: date | None = None
    filing_dated: bool = False
    status_on: date | None = None
    status_dated: bool = False
    answered_on: date | None = None
    answer: str = ""
    source: str = ""
    published: bool = True
    merged_into: str = ""
    good: bool | None = None
    audience: str | None = None
    voices: int | None = None
    channel: str | None = None
    number: int | None = None
    words: str | None = None  # its search words, where they were made beforehand


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """Ligne refusée: what is wrong, and the key it would have had (a known idea is not gone because of it)."""

    problem: Problem
    key: str = ""
    source: str = ""


@dataclass
class IdeaTable:
    """The file's ideas: `rows` can be walked once; `warnings` is complete when the walk ends."""

    source: str
    rows: Iterator["IdeaRow | RefusedRow"]
    warnings: list[Problem] = field(default_factory=list)
    is_own: bool = False
    share: Callable[[], float] = lambda: 0.0  # how much of it has been walked, from 0 to 1


def read_ideas(table: Table, columns: Mapping[str, str] | None = None) -> IdeaTable:
    """The ideas of a table; `columns` says which header holds a field, before the known names do.

    Raises Refused where no column holds a title.
    """
    places = _places(table.headers, columns or {})
    if "title" not in places:
        known = ", ".join(f"« {name} »" for name in NAMES["title"])
        found = ", ".join(f"« {header} »" for header in table.headers if header) or "aucune"
        raise Refused(f"« {table.name} » n'a pas de colonne de titre. Titres reconnus : {known}. "
                      f"Colonnes du fichier : {found}.")
    is_own = "source" in places and all(compact(header) in {compact(h) for h in table.headers}
                                        for header in OWN_HEADERS.values())
    reading = _Reading(table, places, is_own)
    return IdeaTable(_source(table, is_own), reading.rows(), table.warnings, is_own, lambda: table.share())


def _places(headers: list[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Field → column. A column is used once, for the first field that claims it."""
    at: dict[str, int] = {}
    for index, header in enumerate(headers):
        at.setdefault(compact(restored(header)), index)
    places = {name: at.pop(compact(header)) for name, header in columns.items()
              if name in NAMES and compact(header) in at}
    for name, known in NAMES.items():
        found = next((spelling for spelling in map(compact, known) if spelling in at), None)
        if found is not None and name not in places:
            places[name] = at.pop(found)
    if "body" not in places and "answer" in places:
        places["body"] = places.pop("answer")
    return places


def _source(table: Table, is_own: bool) -> str:
    if is_own:
        return OWN_SOURCE
    headers = {compact(header) for header in table.headers}
    known = next((source for header, source in _SOURCES.items() if compact(header) in headers), None)
    return known or Path(table.name).stem.lower()


class _Keys:
    """Gives each row a key that no other row of the file has, and remembers where an identifier came first."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._times: dict[int, int] = {}
        self._taken: set[int] = set()

    def seen(self, source: str, name: str, line: int) -> int | None:
        """The line where this identifier came first, or None when this is the first."""
        first = self._first.setdefault(hash((source, name)), line)
        return None if first == line else first

    def unique(self, source: str, base: str) -> str:
        """`base`, or « base#2 », « base#3 »… for its recurrences."""
        mark = hash((source, base))
        key, n = base, self._times.get(mark, 1)
        while hash((source, key)) in self._taken:
            n += 1
            key = f"{base}#{n}"
        self._taken.add(hash((source, key)))
        self._times[mark] = n
        return key


class _Reading:
    """One walk through the rows of one table."""

    def __init__(self, table: Table, places: dict[str, int], is_own: bool):
        self.table, self.places, self.is_own = table, places, is_own
        self.keys = _Keys()
        self.unknown: dict[tuple[str, str], tuple[int, int]] = {}

    def rows(self) -> Iterator[IdeaRow | RefusedRow]:
        for row in self.table.rows:
            yield self.refused(row, "", row.problem) if row.problem else self.row(row)
        for (name, value), (line, times) in self.unknown.items():
            told = f"« {value[:80]} » n'est pas reconnu"
            effect = {"status": "Reçue", "kind": "Idée"}.get(name)
            self.warn(line, name, f"{told} : {f'lu comme « {effect} »' if effect else 'laissé vide'} "
                                  f"({times} {'ligne' if times < 2 else 'lignes'}).")

    def cell(self, row: Row, name: str) -> str:
        place = self.places.get(name)
        if place is None:
            return ""
        return restored(row.cells[place]) if self.is_own else row.cells[place]

    def header(self, name: str) -> str:
        place = self.places.get(name)
        return self.table.headers[place] if place is not None else ""

    def warn(self, line: int, name: str, reason: str) -> None:
        self.table.warnings.append(Problem(line, self.header(name), reason))

    def refused(self, row: Row, name: str, reason: str, key: str = "", source: str = "") -> RefusedRow:
        return RefusedRow(Problem(row.line, self.header(name), reason), key, source)

    def row(self, row: Row) -> IdeaRow | RefusedRow:
        """One row read: an idea, or the first thing that is wrong with it."""
        source = clean_text(self.cell(row, "source")) if self.is_own else ""
        key = self.key(row, source)
        try:
            given = IdeaInput(title=self.cell(row, "title"), body=self.cell(row, "body"))
        except ValidationError as error:
            return self.refused(row, *self.fault(row, error), key, source)
        idea = IdeaRow(row.line, key, given.title, given.body, source=source)
        for name in ("filed_on", "status_on", "answered_on"):
            try:
                setattr(idea, name, day_of(self.cell(row, name)))
            except ValueError as error:
                return self.refused(row, name, str(error), key, source)
        problem = self.fill(row, idea)
        return self.refused(row, *problem, key, source) if problem else idea

    def fault(self, row: Row, error: ValidationError) -> tuple[str, str]:
        """The field at fault and its sentence."""
        first = error.errors()[0]
        if first["loc"][0] == "title" and not clean_text(self.cell(row, "title")).strip():
            return "title", f"Le titre est vide (1 à {TITLE_MAX} caractères)."
        return str(first["loc"][0]), str(first["ctx"]["error"])

    def key(self, row: Row, source: str) -> str:
        """The row's key: its identifier (and its part, where one identifier has several), else its content."""
        name = clean_text(self.cell(row, "key"))
        base = f"{name}/{part}" if name and (part := clean_text(self.cell(row, "part"))) else name
        if not name or len(base) > _KEY_MAX:
            text = f"{base}\0{self.cell(row, 'title')}\0{self.cell(row, 'body')}"
            base = "texte:" + hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()
        first = self.keys.seen(source, name or base, row.line)
        if first is not None:
            what = f"L'identifiant « {name[:80]} »" if name else "Ce titre avec ce texte"
            where = "à l'élément" if self.table.header_line == 0 else "à la ligne"
            self.warn(row.line, "key", f"{what} figure déjà {where} {first} : gardé comme une autre entrée.")
        return self.keys.unique(source, base)

    def fill(self, row: Row, idea: IdeaRow) -> tuple[str, str] | None:
        """The other fields. Returns (field, sentence) for one that cannot be read."""
        idea.theme, idea.direction = self.cell(row, "theme").strip(), self.cell(row, "direction").strip()
        idea.kind = self.word(row, "kind", kind_of, IdeaKind.idea)
        idea.status = self.word(row, "status", status_of, IdeaStatus.received)
        if not idea.kind.is_decided and idea.status.needs_reason and idea.status not in _OPEN_TO_ALL:
            self.warn(row.line, "status", f"Ce genre d'entrée ({idea.kind.label}) n'est pas décidé : "
                                          "lu comme « Prise en compte ».")
            idea.status = IdeaStatus.taken_in
        if idea.status is IdeaStatus.implemented and idea.status_on is None:
            try:
                idea.status_on = day_of(self.cell(row, "opened_on"))
            except ValueError as error:
                return "opened_on", str(error)
        self.order(row, idea)
        idea.filing_dated = idea.filed_on is not None and truth_of(self.cell(row, "filing_dated")) is not False
        idea.status_dated = idea.status_on is not None and truth_of(self.cell(row, "status_dated")) is not False
        idea.answer = clean_text(self.cell(row, "answer"))
        idea.merged_into = clean_text(self.cell(row, "merged_into"))
        if self.is_own:
            self.fill_own(row, idea)
        return None

    def order(self, row: Row, idea: IdeaRow) -> None:
        """A state cannot precede the filing: such a date is a mistake of the source, told and left aside."""
        for name in ("status_on", "answered_on"):
            day = getattr(idea, name)
            if day and idea.filed_on and day < idea.filed_on:
                self.warn(row.line, name, f"L'état est daté du {day:%d/%m/%Y}, avant le dépôt "
                                          f"({idea.filed_on:%d/%m/%Y}) : cette date est laissée de côté.")
                setattr(idea, name, None)

    def word(self, row: Row, name: str, reads, otherwise):
        """A word of a vocabulary; an unknown one is told once, with the number of lines, and read as `otherwise`."""
        value = self.cell(row, name).strip()
        if not value:
            return otherwise
        found = reads(value)
        if found is None:
            line, times = self.unknown.get((name, value), (row.line, 0))
            self.unknown[name, value] = (line, times + 1)
        return found or otherwise

    def fill_own(self, row: Row, idea: IdeaRow) -> None:
        """What only our own export carries."""
        idea.published = truth_of(self.cell(row, "published")) is not False
        idea.good = truth_of(self.cell(row, "good"))
        idea.audience = self.word(row, "audience", audience_of, None)
        idea.channel = self.word(row, "channel", channel_of, None)
        idea.voices = _whole(self.cell(row, "voices"))
        idea.number = _whole(self.cell(row, "number"))


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,18}", text.strip()) else None


_OPEN_TO_ALL = (IdeaStatus.taken_in, IdeaStatus.merged, IdeaStatus.redirected)
