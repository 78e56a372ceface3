"""Matching (rapprochement) the themes and directions of a file with ambitions and units."""

from datetime import date

from sqlmodel import Session

from dashboard.actions.correspondences import units_by_word
from dashboard.files.ideas.correspondences import (
    AMBITIONS,
    DIRECTIONS,
    correspondence_rows,
    correspondences,
)
from dashboard.files.ideas.rows import IdeaRead
from dashboard.files.ideas.themes import ThemeWords
from dashboard.files.quoting import shown
from dashboard.files.uploads import Problem
from dashboard.files.values import compact
from dashboard.french import counted
from dashboard.queries.directions import ambitions, organisation


class Matches:
    """Finds ids by code, name or correspondence; each unmatched name is reported once, with its
    number of lines.
    """

    def __init__(self, session: Session, on: date):
        tree = organisation(session).at(on)
        choices = ambitions(session)
        self._ambitions = {
            compact(name): choice.id
            for choice in choices
            for name in (choice.name, choice.code, str(choice.id))
        }
        self._units = {word: unit.id for word, unit in units_by_word(tree).items()}
        self._themes = correspondences(AMBITIONS)
        self._names = correspondences(DIRECTIONS)
        self._words = ThemeWords(
            [
                *((choice.id, choice.name) for choice in choices),
                *(
                    (self._ambitions[compact(ours)], theme)
                    for theme, ours in correspondence_rows(AMBITIONS)
                    if compact(ours) in self._ambitions
                ),
            ]
        )
        self._near: dict[str, list[int]] = {}
        self._labels = {choice.id: choice.name for choice in choices}
        self._by_words: dict[str, int | None] = {}
        self._unmatched: dict[tuple[str, str], list[int]] = {}

    def places(self, row: IdeaRead) -> tuple[int | None, int | None]:
        """(ambition id, direction id) of a row; None where the cell is empty or unmatched."""
        return (
            self._ambition(row),
            self._find(
                "La direction",
                "aucune des nôtres",
                row.direction,
                row.line,
                self._units,
                self._names,
            ),
        )

    def unknown(self, row: IdeaRead, places: tuple[int | None, int | None]) -> set[str]:
        """Fields of `places` whose cell holds an unmatched name, as opposed to an empty cell."""
        cells = {
            "ambition_id": (row.theme, self._themes),
            "concerns_id": (row.direction, self._names),
        }
        return {
            field
            for (field, (word, correspondences)), place in zip(cells.items(), places, strict=True)
            if place is None and compact(word) and correspondences.get(compact(word)) != ""
        }

    def _ambition(self, row: IdeaRead) -> int | None:
        """By name or correspondence, else by the words of the theme, with a warning."""
        name = compact(row.theme)
        is_known = name in self._ambitions or name in self._themes
        near = None if is_known else self._by_theme_words(row.theme)
        if near is None:
            return self._find(
                "Le thème", "aucune ambition", row.theme, row.line, self._ambitions, self._themes
            )
        warning = (
            f"Le thème « {shown(row.theme, 80)} » est rapproché de « {self._labels[near]} » par"
            " ses mots"
        )
        self._near.setdefault(warning, [row.line, 0])[1] += 1
        return near

    def _by_theme_words(self, theme: str) -> int | None:
        if theme not in self._by_words:
            self._by_words[theme] = self._words.best(theme)
        return self._by_words[theme]

    def _find(
        self,
        what: str,
        none: str,
        value: str,
        line: int,
        ids: dict[str, int],
        others: dict[str, str],
    ) -> int | None:
        name = compact(value)
        if not name:
            return None
        id_found = ids.get(name) or ids.get(compact(others.get(name, "")))
        # An empty second cell of the correspondences means « none, on purpose »: no warning.
        if id_found is None and others.get(name) != "":
            reason = self._unmatched.setdefault(
                (f"{what} « {shown(value, 80)} » ne correspond à {none}", name), [line, 0]
            )
            reason[1] += 1
        return id_found

    def warnings(self) -> list[Problem]:
        near = [
            Problem(line, "", f"{reason} ({counted(times, 'ligne')}).")
            for reason, (line, times) in self._near.items()
        ]
        return near + [
            Problem(line, "", f"{reason} : laissé vide ({counted(times, 'ligne')}).")
            for (reason, _), (line, times) in self._unmatched.items()
        ]
