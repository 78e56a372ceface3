"""Which column of a file of ideas holds which field: named, known from a platform, or guessed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice

from dashboard.files.csvout import restored
from dashboard.files.ideas.columns import COLUMNS, begun_by
from dashboard.files.ideas.guessing import guessed, is_surely
from dashboard.files.ideas.hiding import Hiding
from dashboard.files.ideas.profiles import (
    ASKED,
    NAMES,
    VOICES_WORDS,
    Profile,
    known_headers,
    profile_of,
)
from dashboard.files.quoting import shown
from dashboard.files.tables import Known, Problem, Table, is_number
from dashboard.files.values import compact
from models.errors import Refused

_LOOKED_AT = 100  # rows from which columns are guessed


@dataclass(frozen=True)
class Layout:
    """Disposition d'un fichier: its headers with one value of each, the headers read (field →
    header) and those that are proposed for the other fields, which nobody has confirmed.
    """

    profile: str
    headers: list[str]
    samples: list[str]
    columns: dict[str, str]
    proposed: dict[str, str]
    # By which the source hides an entry.
    hiding: tuple[str, ...] = ()
    # Proposed, and almost certain.
    sure_title: str = ""

    @property
    def left(self) -> list[str]:
        """The headers that fill no field."""
        used = {*self.columns.values(), *self.hiding}
        return [header for header in self.headers if header and header not in used]

    @property
    def may_hold_titles(self) -> bool:
        """Whether some column holds words: a person may then say which one is the title."""
        return any(
            sample and not is_number(sample)
            for header, sample in zip(self.headers, self.samples, strict=True)
            if header
        )


class NoTitle(Refused):
    """No column holds a title; the layout says what there is."""

    def __init__(self, sentence: str, layout: Layout):
        super().__init__(sentence)
        self.layout = layout


def known_for(columns: Mapping[str, str] | None = None) -> Known:
    """The headers by which a table of ideas is found in a file, with those of a correspondence."""
    columns = columns or {}
    return known_headers(
        columns.values(), [columns.get("title", "")], [columns.get("comments", "")]
    )


def layout_of(table: Table, columns: Mapping[str, str] | None = None) -> Layout:
    """How a table would be read, without reading it."""
    profile = profile_of(map(restored, table.headers))
    return layout_at(
        table, places_of(table.headers, columns or {}, profile), profile, columns or {}
    )


def no_title(table: Table, layout: Layout) -> str:
    known = ", ".join(f"« {name} »" for name in NAMES["title"])
    found = ", ".join(f"« {header} »" for header in table.headers if header) or "aucune"
    proposed = layout.proposed.get("title")
    more = ""
    if layout.sure_title:
        more = (
            f" C'est presque certainement « {proposed} » : la commande le prend avec --yes, une"
            " correspondance des colonnes aussi."
        )
    elif proposed:
        more = f" Peut-être « {proposed} » : dites-le par une correspondance des colonnes."
    return (
        f"« {table.name} » n'a pas de colonne de titre. Titres reconnus : {known}. Colonnes du"
        f" fichier : {found}.{more}"
    )


def report_absent(table: Table, columns: Mapping[str, str]) -> None:
    there = {compact(restored(header)) for header in table.headers}
    for header in columns.values():
        if header and compact(header) not in there:
            table.warnings.append(
                Problem(
                    table.header_line,
                    header,
                    f"La correspondance nomme la colonne « {header[:80]} », que le fichier n'a"
                    " pas.",
                )
            )


def places_of(
    headers: list[str], columns: Mapping[str, str], profile: Profile | None
) -> dict[str, int]:
    """Field → column. A column is used once, for the first field that claims it."""
    at: dict[str, int] = {}
    for index, header in enumerate(headers):
        if compact(restored(header)):
            at.setdefault(compact(restored(header)), index)
    places = {
        name: at.pop(compact(header))
        for name, header in columns.items()
        if name in NAMES and compact(header) in at
    }
    special = profile.columns if profile else {}
    for known in (special, NAMES):
        for name, spellings in known.items():
            found = next((spelling for spelling in map(compact, spellings) if spelling in at), None)
            if found is not None and name not in places and name not in columns:
                places[name] = at.pop(found)
    if "body" not in places and "answer" in places and "body" not in columns:
        places["body"] = places.pop("answer")
    return places


def _sample(values: Iterable[str]) -> str:
    """The first value that says something, as far as a screen shows it."""
    return next((shown(value.strip(), 80) for value in values if value.strip()), "")


def layout_at(
    table: Table, places: dict[str, int], profile: Profile | None, columns: Mapping[str, str]
) -> Layout:
    """What the first rows show; they are put back before the others."""
    first = list(islice(table.rows, _LOOKED_AT))
    table.rows = chain(first, table.rows)
    cells = [row.cells for row in first if not row.problem]
    # A row may be shorter than the headers: spreadsheets drop the empty cells at its end.
    by_column = [[row[i] for row in cells if i < len(row)] for i, _ in enumerate(table.headers)]
    samples = [_sample(values) for values in by_column]
    free = {
        i: header for i, header in enumerate(table.headers) if header and i not in places.values()
    }
    asked = [name for name in ASKED if name not in places and name not in columns]
    proposed = guessed(free, {i: by_column[i] for i in free}, asked)
    titles = [
        header
        for i, header in free.items()
        if header == proposed.get("title") and is_surely("title", header, by_column[i])
    ]
    read = {name: restored(table.headers[place]) for name, place in places.items()}
    return Layout(
        profile.label if profile else "",
        [restored(header) for header in table.headers],
        samples,
        read,
        proposed,
        tuple(Hiding(table.headers).headers),
        next(iter(titles), ""),
    )


def text_rests(headers: list[str]) -> dict[int, list[int]]:
    """Column → those where its long texts go on, in their order."""
    found: dict[int, list[int]] = {}
    for place, header in enumerate(headers):
        begun = begun_by(header)
        if begun in headers:
            found.setdefault(headers.index(begun), []).append(place)
    return found


def report_voices(table: Table, layout: Layout) -> None:
    """Columns that seem to count who is for an entry, and that are not read."""
    samples = dict(zip(layout.headers, layout.samples, strict=True))
    read = layout.columns.get("voices")
    for header in layout.left:
        is_count = any(word in compact(header) for word in VOICES_WORDS) and is_number(
            samples[header]
        )
        if is_count:
            instead = "une correspondance des colonnes peut le dire"
            if read:
                instead = f"les votes viennent de « {read[:80]} »"
            table.warnings.append(
                Problem(
                    table.header_line,
                    header,
                    f"La colonne « {header[:80]} » semble compter des soutiens et n'est pas lue :"
                    f" {instead}.",
                )
            )


def require_whole(table: Table) -> None:
    there = {compact(restored(header)) for header in table.headers}
    missing = [
        column.header for column in COLUMNS if column.core and compact(column.header) not in there
    ]
    if missing:
        named = ", ".join(f"« {header} »" for header in missing)
        raise Refused(
            f"« {table.name} » est un export de C-Possible où il manque des colonnes ({named}) :"
            " exportez-les toutes pour le réimporter."
        )
