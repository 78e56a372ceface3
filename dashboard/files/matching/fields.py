"""What a file of one kind may hold (champs), declared once: it feeds the reading, the guessing,
what is said to be missing, and the columns that people are told.
"""

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from dashboard.files.uploads import open_table, opened
from dashboard.files.values import compact
from dashboard.files.words import FOLDER, words_of
from models.texts import Refused


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
    # The field under columns that are each a day of this one.
    across: str = ""

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
    fields = []
    for code in dict.fromkeys((*(own or {}), *words)):
        ours, more = (own or {}).get(code, {}), words.get(code, {})
        spellings = dict.fromkeys((*ours.get("spellings", ()), *more.get("spellings", ())))
        fields.append(Field(code, **{**ours, **more, "spellings": tuple(spellings)}))
    return Fields(kind, fields)


_COLUMNS, _FIXED, _VALUES = "colonnes", "fixes", "valeurs"
_LARGEST = 100_000  # bytes of a correspondence: a few lines


@dataclass(frozen=True)
class Correspondence:
    """Field → headers, the preferred ones first (none: it is not read); field → what every row
    has; field → the file's word → ours.

    `marks` are sets of headers, one of which a file of this tool has whole; of a stored one, all
    headers that it names. `source` is that of all files of a tool, where there is but one.
    """

    name: str = ""
    kinds: Sequence[str] = ()
    marks: Sequence[Sequence[str]] = ()
    source: str = ""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def fits(self, headers: Iterable[str]) -> bool:
        """Whether a file of these headers is one of this tool."""
        there = set(map(compact, headers))
        named = [header for each in self.columns.values() for header in each]
        return any(marks and set(map(compact, marks)) <= there for marks in self.marks or [named])

    def over(self, other: "Correspondence") -> "Correspondence":
        """This one, and another's where it says nothing of a field."""
        silent = {c: h for c, h in other.columns.items() if c not in self.columns | self.fixed}
        return Correspondence(
            self.name or other.name,
            source=self.source or other.source,
            columns={**self.columns, **silent},
            fixed={c: v for c, v in other.fixed.items() if c not in self.columns} | self.fixed,
            values=other.values | self.values,
        )

    def as_json(self) -> dict:
        return asdict(self)

    def as_toml(self, fields: Fields) -> str:
        """A file that a person can read and correct; fields without a column stand empty."""
        lines = [
            "# Correspondance : champ de C-Possible = en-tête du fichier à importer.",
            "# Un champ vide n'est pas lu. À reprendre à l'écran « Imports », ou :"
            " c-possible import … FICHIER --correspondence CE_FICHIER",
            *([f"nom = {_quoted(self.name)}"] if self.name else ()),
            "",
            f"[{_COLUMNS}]",
            *(self._line(one) for one in fields.asked if one.code not in self.fixed),
        ]
        if self.fixed:
            lines += ["", f"[{_FIXED}]"]
        lines += [f"{_key(fields[c].in_file)} = {_quoted(v)}" for c, v in self.fixed.items()]
        for code, words in self.values.items():
            lines += ["", f"[{_VALUES}.{_key(fields[code].in_file)}]"]
            lines += [f"{_quoted(theirs)} = {_quoted(ours)}" for theirs, ours in words.items()]
        return "\n".join(lines) + "\n"

    def _line(self, one: Field) -> str:
        headers = [_quoted(header) for header in self.columns.get(one.code, ())] or ['""']
        header = headers[0] if len(headers) == 1 else f"[{', '.join(headers)}]"
        note = f", {one.note}" if one.note else ""
        return f"{_key(one.in_file)} = {header}  # {one.label}{note}"


NONE = Correspondence()


@cache
def tools(kind: str) -> list[Correspondence]:
    """Those that come along for the tools of which files of this kind are known."""
    found = (words_of(file.stem) for file in sorted(FOLDER.glob("tool-*.toml")))
    return [Correspondence(**tool) for tool in found if kind in tool["kinds"]]


def read_correspondence(file: Path | bytes, fields: Fields, name: str = "") -> Correspondence:
    """A TOML file, or a CSV « champ;colonne ». Raises Refused, with the fields that there are."""
    name = name or (file.name if isinstance(file, Path) else "correspondance.toml")
    if Path(name).suffix.lower() == ".csv":
        table = open_table(file, name)
        if len(table.headers) < 2:
            raise Refused(f"« {name} » doit compter deux colonnes : champ;colonne.")
        rows = [row.cells for row in table.rows]
        found = {_COLUMNS: {cells[0]: cells[1] for cells in rows if len(cells) > 1}}
    else:
        with opened(file, name) as stream:
            content = stream.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise Refused(f"« {name} » est trop long pour une correspondance.")
        found = _toml(content, name)
    codes = {
        compact(word): one.code
        for one in fields.values()
        for word in (one.code, one.in_file, one.label, *one.spellings[:1])
    }

    def coded(part: str) -> dict[str, object]:
        unknown = [word for word in found.get(part, {}) if compact(word) not in codes]
        if unknown:
            known = ", ".join(one.in_file for one in fields.asked)
            raise Refused(
                f"« {unknown[0][:80]} » n'est pas un champ connu. Champs de « {name} » : {known}."
            )
        return {codes[compact(word)]: value for word, value in found.get(part, {}).items()}

    columns = {}
    for code, value in coded(_COLUMNS).items():
        headers = value.split("|") if isinstance(value, str) else value
        columns[code] = [header.strip() for header in headers if header.strip()]
    named = str(found.get("nom", ""))
    return Correspondence(named, columns=columns, fixed=coded(_FIXED), values=coded(_VALUES))


def _toml(content: bytes, name: str) -> dict:
    try:
        found = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        where = f" : {error}" if "line" in str(error) else ""
        raise Refused(
            f"« {name} » n'est pas une correspondance lisible"
            f" (TOML){where.replace('(at line', '(ligne').replace('column', 'colonne')}."
        ) from None
    tables = [found.get(_COLUMNS), found.get(_FIXED, {}), *found.get(_VALUES, {}).values()]
    is_text = all(
        isinstance(value, str | list) for table in tables if table for value in table.values()
    )
    if not all(isinstance(table, dict) for table in tables) or not is_text:
        raise Refused(
            f'« {name} » doit tenir un tableau [{_COLUMNS}], où chaque ligne dit : champ = "en-tête'
            ' du fichier".'
        )
    return found


def _key(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else _quoted(name)


def _quoted(text: str) -> str:
    """A basic string of TOML: one of JSON, but for the sign that only JSON takes as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
