"""What a file of one kind may hold (champs), declared once: it feeds the reading, the guessing,
what is said to be missing, and the columns that people are told.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.files.words import words_of


@dataclass(frozen=True)
class Field:
    """One field: the headers of its column (the first one is what people call it), how its cells
    are read (`READS`), whether a file may lack it.

    `instead` are fields of which one may stand in its place; `name` is its name in a
    correspondence and `title` its label on the screen, where these are not the first header.
    """

    code: str
    spellings: Sequence[str]
    kind: str = "text"
    needed: bool = False
    instead: Sequence[str] = ()
    name: str = ""
    title: str = ""
    note: str = ""
    # Words that tell it without being its whole header.
    hints: Sequence[str] = ()
    # Whether a person is asked for it.
    asked: bool = True

    @property
    def holds_columns(self) -> bool:
        """Whether several columns may be this field."""
        return self.kind == "columns"

    @property
    def label(self) -> str:
        return self.title or f"{self.spellings[0][:1].upper()}{self.spellings[0][1:]}"

    @property
    def called(self) -> str:
        """As a sentence calls it."""
        return f"{self.title[:1].lower()}{self.title[1:]}" if self.title else self.spellings[0]

    @property
    def in_file(self) -> str:
        """Its name in the file of a correspondence."""
        return self.name or self.spellings[0]


class Fields(dict[str, Field]):
    """The fields of one kind by their codes, in the order in which they claim a column."""

    def __init__(self, kind: str, fields: Iterable[Field]):
        super().__init__({field.code: field for field in fields})
        self.kind = kind

    @property
    def asked(self) -> list[Field]:
        """Those that a person may put a column to; first what a file may not lack."""
        found = [field for field in self.values() if field.asked]
        return sorted(found, key=lambda field: not field.needed)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns as people are told of them: « matricule (ou e-mail) », « prénom », …"""
        return tuple(map(self.told, self.asked))

    def told(self, field: Field) -> str:
        """« matricule (ou e-mail) »."""
        also = ", ".join(self[code].called for code in field.instead)
        return f"{field.called} (ou {also})" if also else field.called

    def missing(self, there: Collection[str]) -> list[Field]:
        """What a file with these fields lacks."""
        return [
            field
            for field in self.values()
            if field.needed and not there & {field.code, *field.instead}
        ]

    @property
    def telling(self) -> set[str]:
        """The fields by which a table of this kind is found: what it may not lack."""
        needed = (field for field in self.values() if field.needed)
        return {code for field in needed for code in (field.code, *field.instead)}


def fields_of(kind: str, own: Mapping[str, Mapping[str, object]] | None = None) -> Fields:
    """The fields of `fields-KIND.toml`; `own` are those that a record declares, code → what it
    says, whose headers come first.
    """
    words = words_of(f"fields-{kind}")
    codes = dict.fromkeys((*(own or {}), *words))
    return Fields(kind, (_field(code, (own or {}).get(code, {}), words) for code in codes))


def _field(code: str, own: Mapping[str, object], words: Mapping[str, Mapping]) -> Field:
    more = words.get(code, {})
    spellings = tuple(dict.fromkeys((*own.get("spellings", ()), *more.get("spellings", ()))))
    return Field(code, **{**own, **more, "spellings": spellings})
