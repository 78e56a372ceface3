"""Matching (rapprochement) the themes and directions of a file with ambitions and units."""

import re
from datetime import date
from pathlib import Path

from sqlmodel import Session

from dashboard.actions.register_imports import units_by_word
from dashboard.files.ideas.rows import IdeaRead
from dashboard.files.tables import Problem, Warned
from dashboard.files.uploads import open_table
from dashboard.files.values import compact, shown
from dashboard.queries.directions import ambitions, organisation
from models.search import fold
from models.settings import ROOT

AMBITIONS = ROOT / "seed" / "correspondances-ambitions.csv"
DIRECTIONS = ROOT / "seed" / "correspondances-directions.csv"


def correspondences(path: Path) -> dict[str, str]:
    """Foreign name → our name, code or number, from the first two columns; empty without a file."""
    rows = open_table(path).rows if path.exists() else ()
    return {row.cells[0]: row.cells[1].strip() for row in rows if len(row.cells) > 1}


_FIELDS = {"ambition_id": "theme", "concerns_id": "direction"}
_NONE = {
    "theme": "Le thème « {} » ne correspond à aucune ambition",
    "direction": "La direction « {} » ne correspond à aucune des nôtres",
}


class Matches:
    """Finds ids by code, name or correspondence; unmatched names are reported in `warnings`, and
    may be mapped to one of `labels`.
    """

    def __init__(self, session: Session, on: date):
        tree = organisation(session).at(on)
        choices = ambitions(session)
        self._ids = {
            "theme": {
                compact(name): choice.id
                for choice in choices
                for name in (choice.name, choice.code, str(choice.id))
            },
            "direction": {word: unit.id for word, unit in units_by_word(tree).items()},
        }
        known = {"theme": correspondences(AMBITIONS), "direction": correspondences(DIRECTIONS)}
        self._others = {
            field: {compact(name): ours for name, ours in names.items()}
            for field, names in known.items()
        }
        self.labels = {
            "theme": [choice.name for choice in choices],
            "direction": [unit.code for unit in tree.units],
        }
        self._names = {choice.id: choice.name for choice in choices}
        themes = {choice.name: choice.id for choice in choices}
        for theme, ours in known["theme"].items():
            themes[theme] = self._ids["theme"].get(compact(ours))
        self._themes = [(_words(theme), ident) for theme, ident in themes.items()]
        self.words: dict[str, dict[str, list[str]]] = {}  # field → unmatched word → ours
        self.warnings = Warned()

    def places(self, row: IdeaRead) -> tuple[int | None, int | None]:
        """(ambition id, direction id) of a row; None where the cell is empty or unmatched."""
        return self._find("theme", row), self._find("direction", row)

    def unknown(self, row: IdeaRead, places: tuple[int | None, int | None]) -> set[str]:
        """Fields of `places` whose cell holds an unmatched name, as opposed to an empty cell."""
        found = dict(zip(_FIELDS, places, strict=True))
        return {
            name
            for name, field in _FIELDS.items()
            if found[name] is None and self._is_unmatched(field, compact(getattr(row, field)))
        }

    def _is_unmatched(self, field: str, name: str) -> bool:
        # An empty second cell of the correspondences means « none, on purpose ».
        return bool(name) and self._others[field].get(name) != ""

    def _find(self, field: str, row: IdeaRead) -> int | None:
        word = getattr(row, field)
        name, ids = compact(word), self._ids[field]
        found = ids.get(name) or ids.get(compact(self._others[field].get(name, "")))
        if found is None and self._is_unmatched(field, name):
            found = self._by_words(word) if field == "theme" else None
            said = f"{_NONE[field].format(shown(word, 80))} : laissé vide"
            if found is not None:
                near = self._names[found]
                said = f"Le thème « {shown(word, 80)} » est rapproché de « {near} » par ses mots"
            else:
                self.words.setdefault(field, {})[word] = self.labels[field]
            self.warnings.append(Problem(row.line, "", f"{said}."))
        return found

    def _by_words(self, theme: str) -> int | None:
        """The one ambition of which a theme that is known stands in this one."""
        words = _words(theme)
        near = {ident for known, ident in self._themes if ident and known <= words}
        return near.pop() if len(near) == 1 else None


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", fold(text)))
