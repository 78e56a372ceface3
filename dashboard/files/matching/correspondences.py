"""A correspondence (correspondance): which column of a file is which field, what every row has of a
field without a column, what the file's words are called here.

It is a small TOML file. One that comes along for each tool is known by the headers that only its
exports have; a town stores its own; the screen and the command propose one and take it again.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from dashboard.files.matching.fields import Field, Fields
from dashboard.files.uploads import open_table
from dashboard.files.values import compact
from dashboard.files.words import tool_files
from models.errors import Refused

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
    return [Correspondence(**tool) for tool in tool_files() if kind in tool["kinds"]]


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
        found = _toml(_bytes_of(file, name), name)
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

    columns = {code: _headers(value) for code, value in coded(_COLUMNS).items()}
    named = str(found.get("nom", ""))
    return Correspondence(named, columns=columns, fixed=coded(_FIXED), values=coded(_VALUES))


def _headers(value: str | Sequence[str]) -> list[str]:
    """Headers one by one, as a list or parted by « | »."""
    given = value.split("|") if isinstance(value, str) else value
    return [header.strip() for header in given if header.strip()]


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


def _bytes_of(file: Path | bytes, name: str) -> bytes:
    try:
        content = file if isinstance(file, bytes) else file.read_bytes()
    except FileNotFoundError:
        raise Refused(f"Le fichier « {name} » est introuvable.") from None
    except OSError as error:
        raise Refused(
            f"Le fichier « {name} » ne peut pas être ouvert : {error.strerror}."
        ) from error
    if len(content) > _LARGEST:
        raise Refused(f"« {name} » est trop long pour une correspondance.")
    return content


def _key(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else _quoted(name)


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"'
        + "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else c for c in plain)
        + '"'
    )
