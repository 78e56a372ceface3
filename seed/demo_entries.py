"""The 480 entries of the demonstration as they are written: the sixty told in full, and the
texts of the others.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from models.errors import Refused
from models.idea_events import EventKind
from models.idea_states import ANSWERS, OPEN, Channel, IdeaKind, IdeaStatus
from seed.csvfiles import CsvRow, read
from seed.stage import DATA, Agent

# The day each progress group was set up: an answer cannot name a group that does not exist yet.
GROUPS = {
    "G01": date(2022, 4, 27),
    "G02": date(2022, 5, 3),
    "G03": date(2022, 5, 9),
    "G04": date(2022, 9, 14),
    "G05": date(2022, 9, 20),
    "G06": date(2022, 9, 22),
    "G07": date(2023, 1, 26),
    "G08": date(2023, 2, 23),
    "G09": date(2023, 4, 20),
    "G10": date(2023, 6, 15),
}
_ANSWER = "Réponse"
_FORM = "anonyme"  # a channel of the texts: the form, without a name
_SCRIPTED = (
    "numéro",
    "ambition",
    "genre",
    "titre",
    "texte",
    "concerne",
    "origine",
    "canal",
    "anonyme",
    "déposée",
    "fusion",
    "ça va",
)
_TEXTS = (
    "cle",
    "ambition",
    "genre",
    "titre",
    "texte",
    "concerne",
    "origine",
    "canal",
    "etat",
    "reponse",
    "fusion",
    "ca_va",
)
_DATES = ("clé", "déposé du", "déposé au", "réalisé à partir du", "réponse")


@dataclass
class EntryStep:
    """One fact of an entry's life after its filing: a change of state, or an answer that leaves
    the state.
    """

    on: date
    status: IdeaStatus | None
    text: str = ""

    @property
    def is_answer(self) -> bool:
        return self.status is None or self.status in ANSWERS

    @property
    def what(self) -> EventKind:
        return EventKind.answered if self.status is None else EventKind.status


@dataclass
class DemoEntry:
    """One entry: what was said, where it stands on the frozen day, and the facts that led there."""

    key: str
    kind: IdeaKind
    title: str
    body: str
    ambition: int | None
    concerns: str | None
    origin: str | None
    channel: Channel
    anonymous: bool
    good: bool | None
    merged_into: str | None
    status: IdeaStatus = IdeaStatus.received
    answer: str = ""
    filed_on: date = date.max
    steps: list[EntryStep] = field(default_factory=list)
    author: Agent | None = None
    relay: Agent | None = None
    not_before: date | None = None
    not_after: date | None = None
    done_from: date | None = None

    @property
    def is_scripted(self) -> bool:
        """One of the sixty, whose dates are given."""
        return self.key.isdecimal()

    @property
    def group_day(self) -> date | None:
        named = [GROUPS[code] for code in re.findall(r"\bG\d\d\b", self.answer)]
        return max(named, default=None)

    @property
    def waits(self) -> bool:
        """Open on the frozen day, without any answer."""
        return self.status in OPEN and not self.answer

    @property
    def first_answer(self) -> EntryStep | None:
        return next((step for step in self.steps if step.is_answer), None)


def scripted_entries() -> list[DemoEntry]:
    """The sixty of idees.csv with the steps of suites.csv; the state is the one of the last
    step.
    """
    entries = {
        row.text("numéro"): _scripted(row) for row in read(DATA / "idees.csv", _SCRIPTED, "numéro")
    }
    for row in read(DATA / "suites.csv", ("numéro", "le", "suite", "texte")):
        entry = entries[row.needed("numéro")]
        label = row.needed("suite")
        entry.steps.append(
            EntryStep(
                row.day("le"), None if label == _ANSWER else _status(row, label), row.text("texte")
            )
        )
    for entry in entries.values():
        entry.status = next(
            (step.status for step in reversed(entry.steps) if step.status), IdeaStatus.read
        )
        if entry.status is IdeaStatus.read and entry.first_answer:
            entry.status = IdeaStatus.studied
        entry.answer = entry.first_answer.text if entry.first_answer else ""
    entries["36"].status = IdeaStatus.received
    return list(entries.values())


def _scripted(row: CsvRow) -> DemoEntry:
    return DemoEntry(
        row.needed("numéro"),
        _kind(row),
        row.needed("titre"),
        row.text("texte"),
        row.whole("ambition"),
        row.text("concerne") or None,
        row.text("origine") or None,
        Channel(row.needed("canal")),
        row.is_yes("anonyme"),
        _good(row, "ça va"),
        row.text("fusion") or None,
        filed_on=row.day("déposée"),
    )


def written_entries() -> list[DemoEntry]:
    """The texts of textes-1.csv and textes-2.csv; textes-dates.csv says when some of them can
    only have been filed.
    """
    rows = [
        row for name in ("textes-1.csv", "textes-2.csv") for row in read(DATA / name, _TEXTS, "cle")
    ]
    entries = {row.text("cle"): _written(row) for row in rows}
    for row in read(DATA / "textes-dates.csv", _DATES, "clé"):
        entry = entries.get(row.text("clé"))
        if entry is None:
            raise row.refuse(f"« {row.text('clé')} » n'est pas la clé d'un texte.")
        entry.not_before = row.maybe_day("déposé du")
        entry.not_after = row.maybe_day("déposé au")
        entry.done_from = row.maybe_day("réalisé à partir du")
        if entry.status is IdeaStatus.studied and not entry.answer:
            entry.answer = row.text("réponse")
    return list(entries.values())


def _written(row: CsvRow) -> DemoEntry:
    channel = row.needed("canal")
    anonymous = channel == _FORM
    ambition = row.text("ambition")
    return DemoEntry(
        row.needed("cle"),
        _kind(row),
        row.needed("titre"),
        row.text("texte"),
        int(ambition) if ambition else None,
        row.text("concerne") or None,
        row.text("origine") or None,
        Channel.form if anonymous else Channel(channel),
        anonymous,
        _good(row, "ca_va"),
        row.text("fusion") or None,
        _status(row, row.needed("etat")),
        row.text("reponse"),
    )


def _kind(row: CsvRow) -> IdeaKind:
    label = row.needed("genre")
    kind = IdeaKind.of_label(label[:1].upper() + label[1:])
    if kind is None:
        raise row.refuse(f"« {label} » n'est pas un genre.")
    return kind


def _status(row: CsvRow, label: str) -> IdeaStatus:
    status = IdeaStatus.of_label(label)
    if status is None:
        raise row.refuse(f"« {label} » n'est pas un état d'idée.")
    return status


def _good(row: CsvRow, column: str) -> bool | None:
    return row.is_yes(column) if row.text(column) else None


def check_texts(entries: list[DemoEntry], units: dict[str, int]) -> None:
    """Refuses an entry that names an unknown unit, or one merged into an entry that does not
    exist.
    """
    keys = {entry.key for entry in entries}
    for entry in entries:
        for code in (entry.concerns, entry.origin):
            if code and code not in units:
                raise Refused(f"L'entrée {entry.key} nomme une direction inconnue : « {code} ».")
        if entry.merged_into and entry.merged_into not in keys:
            raise Refused(
                f"L'entrée {entry.key} est fusionnée avec « {entry.merged_into} », qui n'existe"
                " pas."
            )
