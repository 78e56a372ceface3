"""The 480 written entries of the demonstration, with the facts of each."""

from dataclasses import dataclass, field
from datetime import date

from models.errors import Refused
from models.idea_events import EventKind
from models.idea_states import ANSWERS, Channel, IdeaKind, IdeaStatus
from seed.csvfiles import CsvRow, read
from seed.stage import DATA, Agent

_ANSWER = "Réponse"


@dataclass
class EntryStep:
    """One fact of an entry after its filing: a change of state, or an answer without one."""

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
    """One entry: its text, its state on the frozen day, and the facts that led to it."""

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
    filed_on: date
    status: IdeaStatus | None
    steps: list[EntryStep] = field(default_factory=list)
    author: Agent | None = None
    relay: Agent | None = None

    def state_of_steps(self) -> IdeaStatus:
        """The state of the last step; without steps, « à l’étude » if there is an answer."""
        last = next((step.status for step in reversed(self.steps) if step.status), None)
        is_answered = any(step.is_answer for step in self.steps)
        return last or (IdeaStatus.studied if is_answered else IdeaStatus.read)


def written_entries() -> list[DemoEntry]:
    """The entries of idees.csv with the steps of suites.csv; without a written state, that of the
    last step.
    """
    rows = read(DATA / "idees.csv", "numéro")
    entries = {row.text("numéro"): _entry(row) for row in rows}
    for row in read(DATA / "suites.csv"):
        status = None if row.text("suite") == _ANSWER else row.word("suite", IdeaStatus)
        step = EntryStep(row.day("le"), status, row.text("texte"))
        entries[row.needed("numéro")].steps.append(step)
    for entry in entries.values():
        entry.status = entry.status or entry.state_of_steps()
    return list(entries.values())


def _entry(row: CsvRow) -> DemoEntry:
    return DemoEntry(
        row.needed("numéro"),
        row.word("genre", IdeaKind),
        row.needed("titre"),
        row.text("texte"),
        row.whole("ambition") if row.text("ambition") else None,
        row.text("concerne") or None,
        row.text("origine") or None,
        Channel(row.needed("canal")),
        row.is_yes("anonyme"),
        row.is_yes("ça va") if row.text("ça va") else None,
        row.text("fusion") or None,
        row.day("déposée"),
        row.word("état", IdeaStatus) if row.text("état") else None,
    )


def check_texts(entries: list[DemoEntry], units: dict[str, int]) -> None:
    """Refuses an entry that names an unknown unit, or one merged into a missing entry."""
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
